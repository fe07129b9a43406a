import { setTimeout as delay } from 'node:timers/promises';
import type { Clock, Logger } from '../types.js';
import { runConnection } from './camera-connection.js';
import type { CameraFault } from './camera-fault.js';
import { CameraUrlError, maskSecrets, parseCameraUrl, type CameraUrl } from './camera-url.js';
import { isAbsent, knock } from './knock.js';
import { PacketRing } from './packet-ring.js';
import type { CameraStreams, MediaPacket, PacketListener, PacketSource, SubscribeOptions } from './packets.js';
import type { CameraFfmpeg, Transport } from './reader-arguments.js';
import { TrafficMeter, type Traffic } from './traffic.js';

export interface CameraTiming {
  /** From connecting to the first key frame; long, since a camera may send one only every ten seconds. */
  readonly firstPacketMs: number;
  /** Without a picture for so long, the connection counts as dead. */
  readonly stallMs: number;
  /** The pauses between attempts; the last one repeats for ever. A camera that is there again ends them early. */
  readonly retryMs: readonly number[];
  /** A connection that brought pictures for so long starts from the shortest pause again. */
  readonly stableMs: number;
  /** So long the connection stays when nobody listens any more: who looks often looks again. */
  readonly lingerMs: number;
}

const defaultTiming: CameraTiming = {
  firstPacketMs: 20_000,
  stallMs: 8_000,
  retryMs: [1000, 2000, 4000, 8000, 16_000, 30_000],
  stableMs: 10_000,
  lingerMs: 10_000,
};

export interface SharedCameraOptions {
  readonly ffmpeg: CameraFfmpeg;
  /** rtsp:// or rtsps://, with credentials if need be. */
  readonly url: string;
  readonly transport: Transport;
  readonly logger: Logger;
  readonly clock?: Clock;
  readonly timing?: Partial<CameraTiming>;
}

/**
 * The one connection to a camera. It is open for as long as anybody listens; everybody gets the same compressed
 * packets, beginning with a key frame that is already there. It reconnects for ever.
 */
export class SharedCamera implements PacketSource {
  private readonly timing: CameraTiming;
  private readonly clock: Clock;
  private readonly ring = new PacketRing();
  private readonly meter = new TrafficMeter();
  private readonly listeners = new Set<PacketListener>();
  private readonly kept = new Set<{ readonly ms: number }>();
  private readonly stopping = new AbortController();
  private leaving = new AbortController();
  private hurry = new AbortController();
  private linger: NodeJS.Timeout | undefined;
  private running: Promise<void> | undefined;
  private streams: CameraStreams | undefined;
  /** When the connection brought its first picture. */
  private connectedAt = Infinity;
  /** Why there was no connection when it was last tried; undefined while there is one, or before the first trial. */
  fault: CameraFault | undefined;
  /** The address is useless: nothing to try. */
  private hopeless: CameraFault | undefined;
  private withAudio = true;

  constructor(private readonly options: SharedCameraOptions) {
    this.timing = { ...defaultTiming, ...options.timing };
    this.clock = options.clock ?? Date.now;
  }

  subscribe(listener: PacketListener, { prebufferMs = 0, hurry = false }: SubscribeOptions = {}): () => void {
    this.listeners.add(listener);
    this.wake();
    if (hurry) {
      this.hurry.abort();
    }
    if (this.streams !== undefined) {
      listener.connected(this.streams, this.ring.since(prebufferMs));
    } else if (this.hopeless !== undefined) {
      listener.lost(this.hopeless);
    }
    return () => {
      this.listeners.delete(listener);
      this.rest();
    };
  }

  /** What the camera sends, once that is known. */
  get traffic(): Traffic | undefined {
    return this.meter.traffic;
  }

  /** Keeps the connection open and so much of the past at hand, until the function returned is called. */
  keepPrebuffer(ms: number): () => void {
    const wish = { ms };
    this.kept.add(wish);
    this.wake();
    return () => {
      this.kept.delete(wish);
      this.rest();
    };
  }

  /** Resolves when the connection is closed; nothing comes any more. */
  async stop(): Promise<void> {
    this.stopping.abort();
    clearTimeout(this.linger);
    await this.running;
  }

  private get isWanted(): boolean {
    return !this.stopping.signal.aborted && (this.listeners.size > 0 || this.kept.size > 0);
  }

  private wake(): void {
    clearTimeout(this.linger);
    if (this.running === undefined && this.hopeless === undefined && this.isWanted) {
      this.leaving = new AbortController();
      this.running = this.run(AbortSignal.any([this.stopping.signal, this.leaving.signal])).finally(() => {
        this.running = undefined;
        if (this.isWanted) {
          this.wake();
        }
      });
    }
  }

  private rest(): void {
    if (!this.isWanted && !this.stopping.signal.aborted) {
      clearTimeout(this.linger);
      this.linger = setTimeout(() => this.leaving.abort(), this.timing.lingerMs);
    }
  }

  private async run(signal: AbortSignal): Promise<void> {
    const url = this.parseUrl();
    let attempts = 0;
    while (url !== undefined && !signal.aborted) {
      this.connectedAt = Infinity;
      const again = await this.connectOnce(url, signal);
      attempts = this.clock() - this.connectedAt >= this.timing.stableMs ? 0 : attempts;
      if (again === 'later') {
        const ms = this.timing.retryMs[Math.min(attempts++, this.timing.retryMs.length - 1)] ?? 1000;
        await this.pause(ms, url, signal);
      }
    }
  }

  private async connectOnce(url: CameraUrl, signal: AbortSignal): Promise<'now' | 'later'> {
    const audio = this.withAudio;
    const end = await runConnection({
      ...this.options,
      ...this.timing,
      ...{ url, audio, signal },
      onStreams: (streams) => {
        this.streams = streams;
        this.connectedAt = this.clock();
        this.fault = undefined;
        this.tell((listener) => listener.connected(streams, []));
      },
      onPacket: (packet) => this.take(packet),
    });
    this.streams = undefined;
    this.ring.clear();
    this.meter.clear();
    if (end.reason === 'stopped') {
      return 'now';
    }
    this.options.logger.debug(`ffmpeg's last words: ${maskSecrets(end.log, url)}`);
    if (audio && !end.hadPackets && (end.fault.kind === 'failed' || end.fault.kind === 'refused-request')) {
      this.withAudio = false;
      this.options.logger.debug('The camera is tried again without its sound.');
      return 'now';
    }
    this.withAudio ||= !end.hadPackets;
    this.fault = end.fault;
    this.tell((listener) => listener.lost(end.fault));
    return 'later';
  }

  private take(packet: MediaPacket): void {
    this.meter.push(packet);
    this.ring.push(packet, Math.max(0, ...[...this.kept].map(({ ms }) => ms)));
    this.tell((listener) => listener.packet(packet));
  }

  /** Who fails does not disturb the others. */
  private tell(say: (listener: PacketListener) => void): void {
    for (const listener of [...this.listeners]) {
      try {
        say(listener);
      } catch (error) {
        const { message, stack } = error instanceof Error ? error : new Error(String(error));
        this.options.logger.error(`Somebody could not take the camera's packets: ${message}`);
        this.options.logger.debug(stack);
      }
    }
  }

  /** Until the next attempt: for so long, until somebody is in a hurry, or until an absent camera is there again. */
  private async pause(ms: number, url: CameraUrl, signal: AbortSignal): Promise<void> {
    this.hurry = new AbortController();
    const over = new AbortController();
    const any = AbortSignal.any([signal, this.hurry.signal, over.signal]);
    const absent = this.fault !== undefined && isAbsent(this.fault.kind);
    await Promise.race([
      delay(ms, undefined, { signal: any }).catch(() => undefined),
      ...(absent ? [knock(url, any)] : []),
    ]);
    over.abort();
  }

  private parseUrl(): CameraUrl | undefined {
    try {
      return parseCameraUrl(this.options.url);
    } catch (error) {
      const message = error instanceof CameraUrlError ? error.message : 'The camera address cannot be read.';
      const fault: CameraFault = { kind: 'address', message };
      this.hopeless = fault;
      this.fault = fault;
      this.tell((listener) => listener.lost(fault));
      return undefined;
    }
  }
}
