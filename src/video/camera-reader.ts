import type { Clock, Frame, Logger } from '../types.js';
import type { CameraFault } from './camera-fault.js';
import { pause, runCameraSession } from './camera-session.js';
import { CameraUrlError, maskSecrets, parseCameraUrl, type CameraUrl } from './camera-url.js';
import { decoderArguments, workingDecoders, type Decoder, type DecoderChoice } from './decoder.js';
import type { Ffmpeg } from './ffmpeg.js';
import { NewestFrame, type FrameListener } from './newest-frame.js';
import { probeCamera } from './probe-camera.js';
import type { Transport } from './reader-arguments.js';
import type { VideoDescription } from './stream-log.js';

export interface CameraReaderOptions {
  readonly ffmpeg: Ffmpeg;
  /** rtsp:// or rtsps://, with credentials if need be. */
  readonly url: string;
  readonly transport: Transport;
  readonly framesPerSecond: number;
  /** Wider pictures are scaled down; by default nothing is, so that small faces keep their pixels. */
  readonly maxWidth?: number;
  readonly decoder: DecoderChoice;
  readonly logger: Logger;
  readonly clock?: Clock;
  readonly timing?: Partial<ReaderTiming>;
}

export interface ReaderTiming {
  /** From connecting to the first picture; long, since a camera may send a key frame only every ten seconds. */
  readonly firstFrameMs: number;
  /** Without a picture for so long, the connection counts as dead. */
  readonly stallMs: number;
  /** The pauses between attempts; the last one repeats for ever. */
  readonly retryMs: readonly number[];
  /** A connection that lived so long starts from the shortest pause again. */
  readonly stableMs: number;
}

const defaultTiming: ReaderTiming = {
  firstFrameMs: 20_000,
  stallMs: 8_000,
  retryMs: [1000, 2000, 4000, 8000, 16_000, 30_000],
  stableMs: 30_000,
};

export interface CameraReaderEvents {
  /**
   * A frame. Its pixels stay valid until the listener's promise resolves, then the buffer is used again: copy what is
   * kept longer. While any listener is busy, newer frames replace each other; none are queued.
   */
  frame: FrameListener;
  online: (video: VideoDescription | undefined) => void;
  /** One sentence without credentials. Also called when the first attempt fails. */
  offline: (reason: string, fault: CameraFault) => void;
}

/**
 * Reads a camera for ever: connects, decodes, connects again. One log line per change between online and offline.
 */
export class CameraReader {
  private readonly listeners: { [E in keyof CameraReaderEvents]: Set<CameraReaderEvents[E]> } = {
    frame: new Set(),
    online: new Set(),
    offline: new Set(),
  };
  private readonly frames = new NewestFrame((frame) => this.deliver(frame));
  private readonly timing: ReaderTiming;
  private readonly clock: Clock;
  private readonly stopping = new AbortController();
  private running: Promise<void> | undefined;
  private state: 'starting' | 'online' | 'offline' = 'starting';
  private decoders: Decoder[] = [];

  constructor(private readonly options: CameraReaderOptions) {
    this.timing = { ...defaultTiming, ...options.timing };
    this.clock = options.clock ?? Date.now;
  }

  /** Subscribes; returns how to unsubscribe. */
  on<E extends keyof CameraReaderEvents>(event: E, listener: CameraReaderEvents[E]): () => void {
    this.listeners[event].add(listener);
    return () => void this.listeners[event].delete(listener);
  }

  /** The newest frame, for a snapshot: use or copy its pixels before you await anything. */
  get latest(): Frame | undefined {
    return this.frames.latest;
  }

  get online(): boolean {
    return this.state === 'online';
  }

  /** Frames that came while every listener was busy and were replaced by newer ones. */
  get dropped(): number {
    return this.frames.dropped;
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
    const url = this.parseUrl();
    if (url === undefined) {
      return;
    }
    const { signal } = this.stopping;
    this.decoders = await this.chooseDecoders(signal);
    let attempts = 0;
    while (!signal.aborted) {
      const startedAt = this.clock();
      const again = await this.readOnce(url, signal).catch((error: unknown) => this.surprised(error));
      attempts = this.clock() - startedAt >= this.timing.stableMs ? 0 : attempts;
      if (again === 'later') {
        await pause(this.timing.retryMs[Math.min(attempts++, this.timing.retryMs.length - 1)] ?? 1000, signal);
      }
    }
    this.frames.clear();
  }

  /** One connection. Says whether to connect again at once or after a pause. */
  private async readOnce(url: CameraUrl, signal: AbortSignal): Promise<'now' | 'later'> {
    const decoder = this.decoders[0] ?? 'software';
    const chosen = await this.argumentsFor(decoder, url, signal);
    if (chosen === undefined) {
      this.giveUpDecoder(decoder);
      return 'now';
    }
    let frames = 0;
    const end = await runCameraSession({
      ...this.options,
      ...this.timing,
      url,
      decoder: chosen,
      clock: this.clock,
      signal,
      buffer: (size) => this.frames.pool.acquire(size),
      release: (buffer) => this.frames.pool.release(buffer),
      onFrame: (frame, video) => {
        if (frames++ === 0) {
          this.becomeOnline(frame, video);
        }
        this.frames.offer(frame);
      },
    });
    if (end.reason !== 'fault') {
      return 'now';
    }
    if (frames === 0 && decoder !== 'software' && (end.fault.kind === 'decoder' || end.fault.kind === 'failed')) {
      this.giveUpDecoder(decoder);
      return 'now';
    }
    this.options.logger.debug(`ffmpeg's last words: ${maskSecrets(end.log, url)}`);
    this.becomeOffline(end.fault);
    return 'later';
  }

  /** A fault of ours must not end the reading. */
  private surprised(error: unknown): 'later' {
    this.options.logger.debug(error instanceof Error ? error.stack : String(error));
    this.becomeOffline({ kind: 'failed', message: 'The camera could not be read because of an internal fault.' });
    return 'later';
  }

  /** Hardware decoders go by the codec's name, which only the camera knows. */
  private async argumentsFor(decoder: Decoder, url: CameraUrl, signal: AbortSignal) {
    const { ffmpeg, transport } = this.options;
    if (decoder === 'software') {
      return decoderArguments('software', '', ffmpeg);
    }
    const found = await probeCamera(ffmpeg, url.href, transport, signal).catch(() => undefined);
    // A camera that cannot be probed now says nothing against the decoder.
    return decoderArguments(decoder, found?.codec ?? 'h264', ffmpeg);
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

  private parseUrl(): CameraUrl | undefined {
    try {
      return parseCameraUrl(this.options.url);
    } catch (error) {
      const message = error instanceof CameraUrlError ? error.message : 'The camera address cannot be read.';
      this.becomeOffline({ kind: 'address', message });
      return undefined;
    }
  }

  private becomeOnline(frame: Frame, video: VideoDescription | undefined): void {
    if (this.state === 'online') {
      return;
    }
    this.state = 'online';
    const rate = video?.framesPerSecond === undefined ? '' : ` at ${video.framesPerSecond} frames per second`;
    const codec = video === undefined ? '' : ` ${video.codec}`;
    this.options.logger.info(`The camera is online: ${frame.width}x${frame.height}${codec}${rate}.`);
    this.listeners.online.forEach((listener) => listener(video));
  }

  private becomeOffline(fault: CameraFault): void {
    if (this.state === 'offline') {
      this.options.logger.debug(fault.message);
      return;
    }
    this.state = 'offline';
    this.frames.clear();
    this.options.logger.warn(`The camera is offline. ${fault.message}`);
    this.listeners.offline.forEach((listener) => listener(fault.message, fault));
  }

  private async deliver(frame: Frame): Promise<void> {
    if (this.stopping.signal.aborted) {
      return;
    }
    const results = await Promise.allSettled([...this.listeners.frame].map(async (listener) => listener(frame)));
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
