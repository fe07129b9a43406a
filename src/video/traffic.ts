import type { MediaPacket } from './packets.js';

/** What a camera really sends, measured over the last seconds. */
export interface Traffic {
  /** kbit/s of the video */
  readonly bitrate: number;
  readonly framesPerSecond: number;
  /** From the last key frame but one to the last, s; undefined until two have come. */
  readonly keyInterval?: number;
  /** Whether pictures come in another order than they are shown. */
  readonly reordered: boolean;
}

const SPAN_S = 6;
/** Less than this says nothing. */
const ENOUGH_S = 1;

/** Measures a camera's video. */
export class TrafficMeter {
  private pictures: { readonly time: number; readonly bytes: number }[] = [];
  private bytes = 0;
  private lastKey: number | undefined;
  private keyInterval: number | undefined;
  private reordered = false;

  push({ kind, time, isKey, data }: MediaPacket): void {
    if (kind !== 'video') {
      return;
    }
    const newest = this.pictures.at(-1)?.time ?? time;
    // Right after connecting, ffmpeg's times are guesses.
    this.reordered ||= time < newest && this.span > ENOUGH_S;
    if (Math.abs(time - newest) > SPAN_S) {
      this.clear();
    }
    this.pictures.push({ time, bytes: data.length });
    this.bytes += data.length;
    while (time - this.pictures[0]!.time > SPAN_S) {
      this.bytes -= this.pictures.shift()!.bytes;
    }
    if (isKey) {
      this.keyInterval = this.lastKey === undefined ? undefined : time - this.lastKey;
      this.lastKey = time;
    }
  }

  /** Undefined while too little has come. */
  get traffic(): Traffic | undefined {
    const { span } = this;
    if (span < ENOUGH_S) {
      return undefined;
    }
    return {
      bitrate: (this.bytes * 8) / 1000 / span,
      framesPerSecond: (this.pictures.length - 1) / span,
      ...(this.keyInterval !== undefined && { keyInterval: this.keyInterval }),
      reordered: this.reordered,
    };
  }

  clear(): void {
    this.pictures = [];
    this.bytes = 0;
    this.lastKey = undefined;
    this.keyInterval = undefined;
    this.reordered = false;
  }

  private get span(): number {
    const [first] = this.pictures;
    return first === undefined ? 0 : this.pictures.at(-1)!.time - first.time;
  }
}
