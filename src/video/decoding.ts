import type { Clock, Frame } from '../types.js';
import { faultFromDecoder, type CameraFault } from './camera-fault.js';
import type { DecoderArguments } from './decoder.js';
import type { Ffmpeg } from './ffmpeg.js';
import { NutFeed } from './nut-feed.js';
import type { CameraStreams, MediaPacket } from './packets.js';
import { startPictureProcess } from './picture-process.js';
import { Backlog, PresentationClock } from './presentation-clock.js';
import { feedArguments, sightArguments } from './reader-arguments.js';
import { markedTime, SightPairs, type Sight } from './sight.js';
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
  /** Whether the whole picture of the packet that comes next is wanted. The first one always is. */
  readonly wantsWhole: () => boolean;
  readonly onSight: (sight: Sight, video: VideoDescription | undefined) => void;
}

/** A picture after so much of which nothing could be made is no picture of the camera's: it was made up. */
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
  private readonly log = new StreamLog(() => {
    // Noise makes up sizes, too: in a quarter of the cases where a camera was made to send it.
    this.silent = this.hadPictures && this.isNoise;
    this.resized = !this.silent;
    this.stopping.abort();
  });
  /** What could not be decoded until the newest picture. */
  private undecodable = 0;
  /** Glances alone prove nothing: a decoder that changes the packets' times would never show a whole picture. */
  private hadPictures = false;
  private resized = false;
  private silent = false;

  constructor(
    private readonly options: DecodingOptions,
    streams: CameraStreams,
    backlog: readonly MediaPacket[],
  ) {
    const { ffmpeg, decoder } = options;
    const { log } = this;
    const pairs = new SightPairs(this.sightTaker(), ({ data }) => options.release(data));
    const process = startPictureProcess({
      ffmpeg,
      args: [
        ...['-copyts', '-flags', 'low_delay', ...decoder.input, ...feedArguments()],
        ...sightArguments(ffmpeg, decoder, options),
      ],
      signal: this.stopping.signal,
      buffer: options.buffer,
      log,
      onPicture: (picture) => pairs.whole(picture),
      onGlance: (picture) => pairs.glance(picture),
    });
    this.feed = new NutFeed(process.stdin, streams, backlog, {
      squeeze: true,
      date: (time) => markedTime(time, !this.hadPictures || options.wantsWhole()),
    });
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
    const { stallMs, firstFrameMs } = this.options;
    this.feed.packet(packet);
    this.timer ??= setTimeout(
      () => {
        this.silent = true;
        this.stopping.abort();
      },
      this.hadPictures ? stallMs : firstFrameMs,
    );
  }

  /** Ends the decoder; `ended` tells when it is gone. */
  stop(): void {
    this.stopping.abort();
  }

  /** Whether of what came since the newest picture next to nothing could be decoded. */
  private get isNoise(): boolean {
    return this.log.undecodable - this.undecodable >= NONSENSE;
  }

  private sightTaker(): (sight: Sight) => void {
    const { log } = this;
    const { clock, release, onSight } = this.options;
    const presentationClock = new PresentationClock();
    const backlog = new Backlog();
    const discard = (...pictures: readonly (Frame | undefined)[]): void =>
      pictures.forEach((picture) => picture !== undefined && release(picture.data));
    return ({ timestamp: presentation, glance, whole }) => {
      if (this.stopping.signal.aborted) {
        return;
      }
      const { isNoise } = this;
      this.undecodable = log.undecodable;
      if (isNoise) {
        discard(glance, whole);
        return;
      }
      this.hadPictures ||= whole !== undefined;
      if (this.hadPictures) {
        clearTimeout(this.timer);
        this.timer = undefined;
      }
      const arrival = clock();
      // Whole milliseconds: what is written down of a visit counts in them.
      const timestamp = Math.round(presentationClock.toWallClock(presentation, arrival));
      if (backlog.isBacklog(presentation, arrival)) {
        discard(glance, whole);
        return;
      }
      onSight(
        { timestamp, glance: { ...glance, timestamp }, ...(whole && { whole: { ...whole, timestamp } }) },
        log.input.video,
      );
    };
  }
}
