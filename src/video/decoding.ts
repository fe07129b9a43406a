import type { Clock, Frame } from '../types.js';
import { faultFromDecoder, type CameraFault } from './camera-fault.js';
import type { DecoderArguments } from './decoder.js';
import type { Ffmpeg } from './ffmpeg.js';
import { NutFeed } from './nut-feed.js';
import type { CameraStreams, MediaPacket } from './packets.js';
import { startPictureProcess } from './picture-process.js';
import { Backlog, PresentationClock } from './presentation-clock.js';
import { feedArguments, pictureArguments } from './reader-arguments.js';
import { StreamLog, type VideoDescription } from './stream-log.js';

export interface DecodingOptions {
  readonly ffmpeg: Ffmpeg;
  readonly decoder: DecoderArguments;
  readonly framesPerSecond: number;
  readonly maxWidth?: number;
  /** How long the first picture, and how long each further one may take although packets are there, in ms. */
  readonly firstFrameMs: number;
  readonly stallMs: number;
  readonly clock: Clock;
  readonly buffer: (size: number) => Uint8Array;
  /** Takes back a buffer whose picture is not used. */
  readonly release: (buffer: Uint8Array) => void;
  readonly onFrame: (frame: Frame, video: VideoDescription | undefined) => void;
}

/** A picture after so many packets of which nothing could be made is no picture of the camera's: it was made up. */
const NONSENSE = 5;

/** How a decoder ended. */
export type DecodingEnd =
  /** Asked to stop. */
  | { readonly reason: 'stopped' }
  /** The pictures' size changed: begin again at once, all is well. */
  | { readonly reason: 'resized' }
  | { readonly reason: 'fault'; readonly fault: CameraFault; readonly log: string; readonly hadPictures: boolean };

/** One ffmpeg that makes a connection's packets into pictures. Leaves no process behind. */
export class Decoding {
  readonly ended: Promise<DecodingEnd>;
  private readonly stopping = new AbortController();
  private readonly feed: NutFeed;
  private timer: NodeJS.Timeout | undefined;
  private hadPictures = false;
  private resized = false;
  private silent = false;

  constructor(
    private readonly options: DecodingOptions,
    streams: CameraStreams,
    backlog: readonly MediaPacket[],
  ) {
    const { ffmpeg, decoder } = options;
    const log = new StreamLog(() => {
      this.resized = true;
      this.stopping.abort();
    });
    const process = startPictureProcess({
      ffmpeg,
      args: [
        ...['-flags', 'low_delay', ...decoder.input, ...feedArguments()],
        ...pictureArguments(ffmpeg, decoder, { ...options, dropWhenSlow: true }),
      ],
      signal: this.stopping.signal,
      buffer: options.buffer,
      log,
      onPicture: this.pictureTaker(log),
    });
    this.feed = new NutFeed(process.stdin, streams, backlog, { squeeze: true });
    this.ended = process.ended.then(({ error }) => {
      clearTimeout(this.timer);
      if (this.resized) {
        return { reason: 'resized' };
      }
      if (this.stopping.signal.aborted && !this.silent) {
        return { reason: 'stopped' };
      }
      const fault = faultFromDecoder(error?.message ?? log.tail);
      return { reason: 'fault', fault, log: log.tail, hadPictures: this.hadPictures };
    });
  }

  packet(packet: MediaPacket): void {
    this.feed.packet(packet);
    this.timer ??= setTimeout(
      () => {
        this.silent = true;
        this.stopping.abort();
      },
      this.hadPictures ? this.options.stallMs : this.options.firstFrameMs,
    );
  }

  /** Ends the decoder; `ended` tells when it is gone. */
  stop(): void {
    this.stopping.abort();
  }

  private pictureTaker(log: StreamLog): (picture: Frame) => void {
    const { clock, release, onFrame } = this.options;
    const presentationClock = new PresentationClock();
    const backlog = new Backlog();
    let undecodable = 0;
    return (picture) => {
      if (this.stopping.signal.aborted) {
        return;
      }
      const nonsense = log.undecodable - undecodable;
      undecodable = log.undecodable;
      if (nonsense >= NONSENSE) {
        release(picture.data);
        return;
      }
      this.hadPictures = true;
      clearTimeout(this.timer);
      this.timer = undefined;
      const arrival = clock();
      // Whole milliseconds: what is written down of a visit counts in them.
      const timestamp = Math.round(presentationClock.toWallClock(picture.timestamp, arrival));
      if (backlog.isBacklog(picture.timestamp, arrival)) {
        release(picture.data);
        return;
      }
      onFrame({ ...picture, timestamp }, log.input.video);
    };
  }
}
