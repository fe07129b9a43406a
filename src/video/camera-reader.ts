import { setTimeout as delay } from 'node:timers/promises';
import type { Clock, Frame, Logger } from '../types.js';
import type { CameraFault, CameraFaultKind } from './camera-fault.js';
import { Decoding, type DecodingEnd } from './decoding.js';
import { decoderArguments, workingDecoders, type Decoder, type DecoderChoice } from './decoder.js';
import type { Ffmpeg } from './ffmpeg.js';
import { NewestSight, type SightListener } from './newest-sight.js';
import { codecName, type CameraStreams, type MediaPacket, type PacketListener, type PacketSource } from './packets.js';
import type { Sight } from './sight.js';
import type { VideoDescription } from './stream-log.js';

export interface CameraReaderOptions {
  readonly ffmpeg: Ffmpeg;
  /** The camera's connection, shared with whoever else looks. */
  readonly camera: PacketSource;
  readonly framesPerSecond: number;
  /** Wider pictures are scaled down; by default nothing is, so that small faces keep their pixels. */
  readonly maxWidth?: number;
  readonly decoder: DecoderChoice;
  readonly logger: Logger;
  readonly clock?: Clock;
  readonly timing?: Partial<ReaderTiming>;
}

export interface ReaderTiming {
  /** How long a decoder may take for its first picture, and for each further one, although packets come. */
  readonly firstFrameMs: number;
  readonly stallMs: number;
  /** The pauses before a decoder that failed is tried again; the last one repeats for ever. */
  readonly retryMs: readonly number[];
}

const defaultTiming: ReaderTiming = {
  firstFrameMs: 20_000,
  // Longer than a connection may be silent, so that a dead camera is not taken for a dead decoder.
  stallMs: 16_000,
  retryMs: [1000, 2000, 4000, 8000, 16_000, 30_000],
};

export interface CameraReaderEvents {
  /**
   * What the camera shows. Pixels stay valid until the listener's promise resolves, then the buffer is used again: copy
   * what is kept longer. While any listener is busy, newer sights replace each other; none are queued.
   */
  sight: SightListener;
  online: (video: VideoDescription | undefined) => void;
  /** One sentence without credentials. Also called when the first attempt fails. */
  offline: (reason: string, fault: CameraFault) => void;
}

/** Faults that do not pass by themselves: they are told also when they come to light while the camera is gone. */
const needsSomebody: readonly CameraFaultKind[] = ['unauthorized', 'forbidden', 'not-found'];

/** A picture so old, ms, is not what the door looks like now; the next one is waited for so long. */
const FRESH_MS = 500;
const FRESH_WAIT_MS = 1000;

/**
 * Decodes a camera for ever: whenever its connection is there, and again when the decoder fails. One log line per
 * change between online and offline, and one where somebody must do something.
 */
export class CameraReader {
  private readonly listeners: { [E in keyof CameraReaderEvents]: Set<CameraReaderEvents[E]> } = {
    sight: new Set(),
    online: new Set(),
    offline: new Set(),
  };
  /**
   * Whether the sights to come are to have whole pictures. While nothing happens glances are enough, at a small part of
   * the cost; the next picture that the camera sends obeys.
   */
  wantsWhole = true;
  private readonly sights = new NewestSight((sight) => this.deliver(sight));
  /** Who waits for the next whole picture. */
  private readonly curious = new Set<() => void>();
  private readonly timing: ReaderTiming;
  private readonly clock: Clock;
  private readonly stopping = new AbortController();
  private running: Promise<void> | undefined;
  private state: 'starting' | 'online' | 'offline' = 'starting';
  /** Which faults of this outage have been told. */
  private readonly told = new Set<CameraFaultKind>();
  private decoders: Decoder[] = [];
  private failures = 0;

  constructor(private readonly options: CameraReaderOptions) {
    this.timing = { ...defaultTiming, ...options.timing };
    this.clock = options.clock ?? Date.now;
  }

  /** Subscribes; returns how to unsubscribe. */
  on<E extends keyof CameraReaderEvents>(event: E, listener: CameraReaderEvents[E]): () => void {
    this.listeners[event].add(listener);
    return () => void this.listeners[event].delete(listener);
  }

  /** The newest whole picture, however old: use or copy its pixels before you await anything. */
  get latest(): Frame | undefined {
    return this.sights.latest;
  }

  /**
   * A whole picture of the present: the newest one, or the next one where that is old; the old one where none comes.
   * Use or copy its pixels before you await anything else.
   */
  async fresh(): Promise<Frame | undefined> {
    if (this.latest === undefined || this.clock() - this.latest.timestamp > FRESH_MS) {
      await new Promise<void>((resolve) => {
        const done = (): void => {
          clearTimeout(timer);
          this.curious.delete(done);
          resolve();
        };
        const timer = setTimeout(done, FRESH_WAIT_MS);
        this.curious.add(done);
      });
    }
    return this.latest;
  }

  get online(): boolean {
    return this.state === 'online';
  }

  /** Sights that came while a listener was busy and were replaced by newer ones. */
  get dropped(): number {
    return this.sights.dropped;
  }

  /** Begins to read. Never throws; a useless address is reported as offline. */
  start(signal?: AbortSignal): void {
    if (this.running !== undefined || signal?.aborted === true) {
      return;
    }
    signal?.addEventListener('abort', () => this.stopping.abort(), { once: true, signal: this.stopping.signal });
    this.running = this.run();
  }

  /** Resolves when the decoder is gone and no more events come. */
  async stop(): Promise<void> {
    this.stopping.abort();
    await this.running;
  }

  private async run(): Promise<void> {
    const { signal } = this.stopping;
    this.decoders = await this.chooseDecoders(signal);
    while (!signal.aborted) {
      const end = await this.decodeOnce(signal);
      if (end.reason === 'fault') {
        await this.afterFault(end, signal);
      }
    }
    this.sights.clear();
  }

  /** From the camera's next packets on until the decoder ends, over as many connections as it takes to begin. */
  private async decodeOnce(signal: AbortSignal): Promise<DecodingEnd> {
    let current: Decoding | undefined;
    let unsubscribe = (): void => undefined;
    let giveUp = (): void => undefined;
    const stop = (): void => (current === undefined ? giveUp() : current.stop());
    const ended = new Promise<DecodingEnd>((resolve) => {
      giveUp = () => resolve({ reason: 'stopped' });
      const listener: PacketListener = {
        connected: (streams, backlog) => {
          if (current !== undefined) {
            // A decoder of a connection before; its end begins the next turn.
            current.stop();
          } else if (!signal.aborted) {
            current = this.startDecoding(streams, backlog);
            void current.ended.then(resolve);
          }
        },
        packet: (packet) => current?.packet(packet),
        lost: (fault) => {
          this.becomeOffline(fault);
          current?.stop();
        },
      };
      signal.addEventListener('abort', stop, { once: true });
      unsubscribe = this.options.camera.subscribe(listener);
    });
    const end = await ended;
    unsubscribe();
    signal.removeEventListener('abort', stop);
    return end;
  }

  private startDecoding(streams: CameraStreams, backlog: readonly MediaPacket[]): Decoding {
    const { ffmpeg } = this.options;
    const codec = codecName(streams.video.fourcc);
    let decoder = decoderArguments(this.decoders[0] ?? 'software', codec, ffmpeg);
    while (decoder === undefined) {
      this.giveUpDecoder(this.decoders[0] ?? 'software');
      decoder = decoderArguments(this.decoders[0] ?? 'software', codec, ffmpeg);
    }
    let isFirst = true;
    return new Decoding(
      {
        ...this.options,
        ...this.timing,
        decoder,
        clock: this.clock,
        buffer: (size) => this.sights.pool.acquire(size),
        release: (buffer) => this.sights.pool.release(buffer),
        wantsWhole: () => this.wantsWhole || this.curious.size > 0,
        onSight: (sight, video) => {
          if (isFirst && sight.whole !== undefined) {
            isFirst = false;
            this.failures = 0;
            this.becomeOnline(sight.whole, video, streams.framesPerSecond);
          }
          this.sights.offer(sight);
          if (sight.whole !== undefined) {
            this.curious.forEach((done) => done());
          }
        },
      },
      streams,
      backlog,
    );
  }

  private async afterFault(end: Extract<DecodingEnd, { reason: 'fault' }>, signal: AbortSignal): Promise<void> {
    const { logger } = this.options;
    logger.debug(`The decoder's last words: ${end.log}`);
    const decoder = this.decoders[0] ?? 'software';
    if (!end.hadPictures && decoder !== 'software') {
      this.giveUpDecoder(decoder);
      return;
    }
    this.becomeOffline(end.fault);
    const ms = this.timing.retryMs[Math.min(this.failures++, this.timing.retryMs.length - 1)] ?? 1000;
    await delay(ms, undefined, { signal }).catch(() => undefined);
  }

  private async chooseDecoders(signal: AbortSignal): Promise<Decoder[]> {
    const { decoder, ffmpeg, logger } = this.options;
    if (decoder !== 'auto') {
      return [decoder];
    }
    const working = await workingDecoders(ffmpeg, signal);
    logger.debug(`Decoders that work here: ${working.join(', ')}.`);
    return working;
  }

  private giveUpDecoder(decoder: Decoder): void {
    this.decoders = this.decoders.slice(1);
    this.options.logger.warn(
      `The ${decoder} decoder does not work for this camera; decoding with ${this.decoders[0] ?? 'software'}.`,
    );
  }

  private becomeOnline(frame: Frame, video: VideoDescription | undefined, framesPerSecond?: number): void {
    if (this.state === 'online') {
      return;
    }
    this.state = 'online';
    this.told.clear();
    const rate = framesPerSecond === undefined ? '' : ` at ${framesPerSecond} frames per second`;
    const codec = video === undefined ? '' : ` ${video.codec}`;
    this.options.logger.info(`The camera is online: ${frame.width}x${frame.height}${codec}${rate}.`);
    this.listeners.online.forEach((listener) => listener(video));
  }

  private becomeOffline(fault: CameraFault): void {
    if (this.state === 'offline' && (this.told.has(fault.kind) || !needsSomebody.includes(fault.kind))) {
      this.options.logger.debug(fault.message);
      return;
    }
    this.told.add(fault.kind);
    this.state = 'offline';
    this.sights.clear();
    this.options.logger.warn(`The camera is offline. ${fault.message}`);
    this.listeners.offline.forEach((listener) => listener(fault.message, fault));
  }

  private async deliver(sight: Sight): Promise<void> {
    if (this.stopping.signal.aborted) {
      return;
    }
    const results = await Promise.allSettled([...this.listeners.sight].map(async (listener) => listener(sight)));
    for (const result of results) {
      if (result.status === 'rejected') {
        const reason: unknown = result.reason;
        this.options.logger.error(
          `A frame could not be judged: ${reason instanceof Error ? reason.message : String(reason)}`,
        );
      }
    }
  }
}
