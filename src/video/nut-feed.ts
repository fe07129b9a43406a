import type { Writable } from 'node:stream';
import { nutFrameHeader, nutHeader } from './nut-writer.js';
import type { CameraStreams, MediaPacket } from './packets.js';

/** A process that leaves so many bytes unread is slow: it gets nothing until it has caught up and a key frame comes. */
const MAX_WAITING_BYTES = 8 * 1024 * 1024;
/** Whoever looks wants the present: less may wait, some two seconds of a usual camera. */
const MAX_WAITING_LIVE_BYTES = 1024 * 1024;
const CAUGHT_UP_BYTES = 256 * 1024;

/** The past squeezed: so far apart, s, are its pictures, so that they are decoded at once and end at the present. */
const SQUEEZED_S = 0.002;

export interface NutFeedOptions {
  /** With sound, if the camera has any. */
  readonly audio?: boolean;
  /** Whether the past may be hurried through, without its sound: for whoever looks, not for whoever records. */
  readonly squeeze?: boolean;
  /** What a picture's time, s, is written as; asked when it is written. */
  readonly date?: (time: number) => number;
}

/** Writes packets as NUT for an ffmpeg to read, from a key frame on. One feed is one connection of the camera. */
export class NutFeed {
  /** Pictures that a slow reader did not get. */
  dropped = 0;
  private skipping = false;
  private readonly hasAudio: boolean;
  private readonly maxWaiting: number;
  private readonly date: (time: number) => number;

  constructor(
    private readonly output: Writable,
    streams: CameraStreams,
    backlog: readonly MediaPacket[],
    options: NutFeedOptions = {},
  ) {
    const { audio = false, squeeze = false, date = (time: number): number => time } = options;
    this.date = date;
    this.hasAudio = audio && streams.audio !== undefined;
    const pastBytes = backlog.reduce((sum, { data }) => sum + data.length, 0);
    this.maxWaiting = (squeeze ? MAX_WAITING_LIVE_BYTES : MAX_WAITING_BYTES) + pastBytes;
    const past = squeeze ? squeezed(backlog) : backlog;
    const sent = [streams.video, ...(this.hasAudio && streams.audio !== undefined ? [streams.audio] : [])];
    output.cork();
    output.write(nutHeader(sent, past[0]?.time ?? 0));
    past.forEach((packet) => this.packet(packet));
    output.uncork();
  }

  packet(packet: MediaPacket): void {
    const { output } = this;
    const isVideo = packet.kind === 'video';
    if (output.destroyed || output.writableEnded || (!isVideo && !this.hasAudio)) {
      return;
    }
    const { writableLength } = output;
    if (this.skipping) {
      this.skipping = !(isVideo && packet.isKey && writableLength < CAUGHT_UP_BYTES);
    } else {
      this.skipping = writableLength > this.maxWaiting;
    }
    if (this.skipping) {
      this.dropped += isVideo ? 1 : 0;
      return;
    }
    const time = isVideo ? this.date(packet.time) : packet.time;
    output.write(nutFrameHeader(packet.data.length, { ...packet, time, stream: isVideo ? 0 : 1 }));
    output.write(packet.data);
  }

  end(): void {
    this.output.end();
  }
}

/** The pictures of the past, as if they had been taken just now one after the other. */
export function squeezed(backlog: readonly MediaPacket[]): readonly MediaPacket[] {
  const pictures = backlog.filter(({ kind }) => kind === 'video');
  const present = pictures.at(-1)?.time ?? 0;
  return pictures.map((packet, index) => ({
    ...packet,
    time: Math.max(0, present - (pictures.length - 1 - index) * SQUEEZED_S),
  }));
}
