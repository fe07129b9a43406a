import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { DataStream } from './data-stream.js';
import { CHARACTERISTIC, SERVICE, type HapClient } from './hap-client.js';
import { encodeTlv8, uint16, uint32 } from './tlv8.js';

export interface RecordingWishes {
  readonly width?: number;
  readonly height?: number;
  readonly fps?: number;
  readonly audio?: boolean;
}

/** What a recording was made of. */
export interface Recorded {
  readonly initialization: Buffer;
  readonly fragments: readonly Buffer[];
  /** The doorbell said that this was all. */
  readonly ended: boolean;
}

/** A home hub that records: HomeKit Secure Video's controller side. */
export class HomeHub {
  private streams = 0;

  constructor(private readonly client: HapClient) {}

  /** Switches recording on, with what the hub wants. */
  async activate(wishes: RecordingWishes = {}): Promise<void> {
    const { width = 1280, height = 720, fps = 30, audio = true } = wishes;
    const configuration = encodeTlv8(
      [1, encodeTlv8([1, uint32(4000)], [2, uint64(1)], [3, encodeTlv8([1, 0], [2, encodeTlv8([1, uint32(4000)])])])],
      [
        2,
        encodeTlv8(
          [1, 0],
          [2, encodeTlv8([1, 2], [2, 2], [3, uint32(2000)], [4, uint32(4000)])],
          [3, encodeTlv8([1, uint16(width)], [2, uint16(height)], [3, fps])],
        ),
      ],
      [3, encodeTlv8([1, 0], [2, encodeTlv8([1, 1], [2, 0], [3, 3], [4, uint32(64)])])],
    );
    const { client } = this;
    const { selectedRecordingConfiguration, recordingAudioActive } = CHARACTERISTIC;
    await client.write(client.one(selectedRecordingConfiguration), configuration.toString('base64'));
    await client.writeTimed(client.one(recordingAudioActive), audio ? 1 : 0);
    await this.setActive(1);
  }

  async deactivate(): Promise<void> {
    await this.setActive(0);
  }

  /** The live views have an Active of their own. */
  private async setActive(active: 0 | 1): Promise<void> {
    const found = this.client
      .find(CHARACTERISTIC.active)
      .find(({ service }) => service === SERVICE.recordingManagement);
    await this.client.write(found!, active);
  }

  /** Asks for the recording of what happens now. @throws with the status when it is refused */
  async record(): Promise<HubRecording> {
    const { client } = this;
    const stream = await DataStream.open({
      ...client.session,
      write: async (request) =>
        Buffer.from(
          String(await client.writeForAnswer(client.one(CHARACTERISTIC.setupDataStream), request.toString('base64'))),
          'base64',
        ),
    });
    const streamId = ++this.streams;
    const answer = await stream.request('dataSend', 'open', {
      streamId,
      target: 'controller',
      type: 'ipcamera.recording',
      reason: 'motion',
    });
    if (answer.status !== 0) {
      stream.close();
      throw new Error(`the doorbell refuses to record: ${JSON.stringify(answer.body)}`);
    }
    return new HubRecording(stream, streamId);
  }
}

interface DataBody {
  readonly streamId: number;
  readonly packets: readonly {
    readonly data: Buffer;
    readonly metadata: {
      readonly dataType: string;
      readonly dataSequenceNumber: number;
      readonly isLastDataChunk: boolean;
    };
  }[];
  readonly endOfStream?: boolean;
}

/** One recording on its way to the hub. */
export class HubRecording {
  constructor(
    private readonly stream: DataStream,
    private readonly streamId: number,
  ) {}

  private get bodies(): DataBody[] {
    return this.stream.messages
      .filter(({ protocol, topic }) => protocol === 'dataSend' && topic === 'data')
      .map(({ body }) => body as unknown as DataBody);
  }

  /** What has come so far, put together from its chunks. */
  get recorded(): Recorded {
    const pieces: { type: string; chunks: Buffer[]; whole: boolean }[] = [];
    for (const { packets } of this.bodies) {
      for (const { data, metadata } of packets) {
        const piece = (pieces[metadata.dataSequenceNumber - 1] ??= {
          type: metadata.dataType,
          chunks: [],
          whole: false,
        });
        piece.chunks.push(data);
        piece.whole ||= metadata.isLastDataChunk;
      }
    }
    const whole = pieces.filter((piece) => piece.whole);
    const of = (type: string): Buffer[] =>
      whole.filter((piece) => piece.type === type).map(({ chunks }) => Buffer.concat(chunks));
    return {
      initialization: Buffer.concat(of('mediaInitialization')),
      fragments: of('mediaFragment'),
      ended: this.bodies.some(({ endOfStream }) => endOfStream === true),
    };
  }

  /** Waits for so many whole fragments. @throws when they do not come in time */
  async fragments(count: number, timeoutMs = 30_000): Promise<void> {
    await this.stream.received(() => this.recorded.fragments.length >= count, timeoutMs);
  }

  /** Waits until the doorbell says that this was all. */
  async ended(timeoutMs = 30_000): Promise<void> {
    await this.stream.received(() => this.recorded.ended, timeoutMs);
  }

  /** Waits for the doorbell to close the recording; returns its reason. */
  async refused(timeoutMs = 30_000): Promise<unknown> {
    const { body } = await this.stream.received(({ topic }) => topic === 'close', timeoutMs);
    return body['reason'];
  }

  acknowledge(): void {
    this.stream.event('dataSend', 'ack', { streamId: this.streamId, endOfStream: true });
  }

  /** Ends it as a hub does that has seen enough. */
  close(reason = 0): void {
    this.stream.event('dataSend', 'close', { streamId: this.streamId, reason });
  }

  /** Hangs up. */
  hangUp(): void {
    this.stream.close();
  }
}

/** What ffmpeg says of a recording, and what it decodes: pictures in grey of 64 × 36, and samples of sound. */
export interface Watched {
  readonly log: string;
  readonly pictures: readonly Buffer[];
  /** Picture times, s. */
  readonly times: readonly number[];
  readonly samples: Int16Array;
}

/** Reads a recording as a player would. @throws when ffmpeg finds a fault in it */
export async function watch(ffmpegPath: string, { initialization, fragments }: Recorded): Promise<Watched> {
  const file = Buffer.concat([initialization, ...fragments]);
  const decode = async (...args: string[]): Promise<{ out: Buffer; log: string }> => {
    const child = spawn(ffmpegPath, ['-hide_banner', '-xerror', '-err_detect', 'explode', '-i', 'pipe:0', ...args], {
      stdio: 'pipe',
    });
    const [chunks, lines]: [Buffer[], string[]] = [[], []];
    child.stdout.on('data', (chunk: Buffer) => chunks.push(chunk));
    child.stderr.setEncoding('utf8').on('data', (text: string) => lines.push(text));
    child.stdin.on('error', () => undefined);
    child.stdin.end(file);
    const [code] = (await once(child, 'close')) as [number];
    if (code !== 0) {
      throw new Error(`ffmpeg finds a fault: ${lines.join('').slice(-2000)}`);
    }
    return { out: Buffer.concat(chunks), log: lines.join('') };
  };
  const size = 64 * 36;
  const video = await decode(
    ...['-map', '0:v', '-vf', 'showinfo,scale=64:36', '-vsync', '0', '-pix_fmt', 'gray', '-f', 'rawvideo', '-'],
  );
  const hasAudio = /Stream #0:\d.*: Audio:/.test(video.log);
  const audio = hasAudio ? await decode('-map', '0:a', '-ac', '1', '-f', 's16le', '-') : { out: Buffer.alloc(0) };
  return {
    log: video.log,
    pictures: Array.from({ length: Math.floor(video.out.length / size) }, (_, at) =>
      video.out.subarray(at * size, (at + 1) * size),
    ),
    times: [...video.log.matchAll(/pts_time:\s*([\d.]+)/g)].map(([, time]) => Number(time)),
    samples: new Int16Array(new Uint8Array(audio.out).buffer, 0, Math.floor(audio.out.length / 2)),
  };
}

const uint64 = (value: number): Buffer => {
  const bytes = Buffer.alloc(8);
  bytes.writeBigUInt64LE(BigInt(value));
  return bytes;
};
