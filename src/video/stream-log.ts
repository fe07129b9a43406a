/** What ffmpeg tells about a stream in its log, the only place where it says it in the same words from 4.1 to 7. */

export interface VideoDescription {
  /** ffmpeg's name: `h264`, `hevc`, `mjpeg` … */
  readonly codec: string;
  readonly width: number;
  readonly height: number;
  readonly framesPerSecond?: number;
  readonly fullRange: boolean;
  /** Undefined when the stream does not say. */
  readonly matrix?: 'bt601' | 'bt709';
}

export interface AudioDescription {
  readonly codec: string;
  /** Hz */
  readonly sampleRate?: number;
  readonly channels?: number;
}

export interface StreamDescription {
  readonly video?: VideoDescription;
  readonly audio?: AudioDescription;
}

/** How many of the last lines are kept to explain an end. */
const KEPT_LINES = 60;

/**
 * A packet of which no decoder could make anything (up to ffmpeg 6.0, and since), or a part of one that no camera
 * sends. Lost packets are not among it: of what is left of a picture something can be made.
 */
const UNDECODABLE =
  /Error while decoding stream #|Error submitting packet to decoder|Invalid NAL unit|data partitioning/;

/** Collects ffmpeg's log (level `verbose`), in pieces of any size. */
export class StreamLog {
  /** What comes in; complete as soon as ffmpeg has described it. */
  input: StreamDescription = {};
  /** What goes out; its size is the first picture's. */
  output: StreamDescription = {};
  /** Packets and their parts so far of which nothing could be made. */
  undecodable = 0;
  private section: 'input' | 'output' | undefined;
  private partial = '';
  private lines: string[] = [];

  /** `onResize` is told when the pictures' size changes in mid stream. */
  constructor(private readonly onResize?: () => void) {}

  push(text: string): void {
    const lines = (this.partial + text).split(/[\r\n]+/);
    this.partial = lines.pop() ?? '';
    lines.forEach((line) => this.readLine(line));
  }

  /** The last lines, oldest first. */
  get tail(): string {
    return [...this.lines, this.partial].join('\n');
  }

  private readLine(line: string): void {
    this.lines.push(line);
    if (this.lines.length > KEPT_LINES) {
      this.lines.shift();
    }
    if (UNDECODABLE.test(line)) {
      this.undecodable++;
    }
    const heading = /^(Input|Output) #0/.exec(line)?.[1];
    if (heading !== undefined) {
      this.section = heading === 'Input' ? 'input' : 'output';
    }
    if (this.section !== undefined && /^\s+Stream #0:\d/.test(line)) {
      const described = describeStream(line);
      this[this.section] = { ...described, ...this[this.section] };
    }
    const graph = /graph 0 input from stream 0:\d.* w:(\d+) h:(\d+)/.exec(line);
    const { video } = this.input;
    if (graph !== null && video !== undefined && this.section === 'output') {
      if (Number(graph[1]) !== video.width || Number(graph[2]) !== video.height) {
        this.onResize?.();
      }
    }
  }
}

/** Reads one `Stream #0:0: Video: …` or `… Audio: …` line. */
export function describeStream(line: string): StreamDescription {
  const [, kind, rest] = /(Video|Audio): (.*)$/.exec(line) ?? [];
  const codec = rest === undefined ? undefined : /^[\w-]+/.exec(rest)?.[0];
  if (rest === undefined || codec === undefined || codec === 'none') {
    return {};
  }
  if (kind === 'Audio') {
    const sampleRate = /(\d+) Hz/.exec(rest)?.[1];
    const layout = /Hz, (mono|stereo|(\d+) channels)/.exec(rest);
    const channels = layout === null ? undefined : layout[1] === 'mono' ? 1 : Number(layout[2] ?? 2);
    return { audio: { codec, ...(sampleRate !== undefined && { sampleRate: Number(sampleRate) }), channels } };
  }
  const size = /, (\d{2,5})x(\d{2,5})/.exec(rest);
  if (size === null) {
    return {};
  }
  const [, pixelFormat = '', details = ''] =
    /\b(yuv\w+|nv\d+|p0\d+\w*|gray\w*|rgb\w*|bgr\w*|gbrp\w*)(?:\(([^)]*)\))?/.exec(rest) ?? [];
  const framesPerSecond = /([\d.]+) fps/.exec(rest)?.[1];
  return {
    video: {
      codec,
      width: Number(size[1]),
      height: Number(size[2]),
      ...(framesPerSecond !== undefined && { framesPerSecond: Number(framesPerSecond) }),
      fullRange: pixelFormat.startsWith('yuvj') || /\bpc\b/.test(details),
      matrix: /bt709/.test(details) ? 'bt709' : /smpte170m|bt470bg|bt601/.test(details) ? 'bt601' : undefined,
    },
  };
}
