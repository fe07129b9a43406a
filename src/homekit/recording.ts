import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import type {
  CameraRecordingConfiguration,
  CameraRecordingDelegate,
  HAP,
  HDSProtocolSpecificErrorReason,
  RecordingPacket,
} from 'homebridge';
import type { Clock, Logger } from '../types.js';
import { NutFeed } from '../video/nut-feed.js';
import { codecName, type CameraStreams, type MediaPacket, type PacketSource } from '../video/packets.js';
import type { Traffic } from '../video/traffic.js';
import { findEncoder } from './encoder.js';
import { hapValues } from './hap-values.js';
import { Mp4Fragments, type Mp4Piece } from './mp4-fragments.js';
import {
  HUB_DELAY_MS,
  keyframeInterval,
  LEAD_MS,
  PREBUFFER_MS,
  prebufferFor,
  recordingMode,
  recordingArguments,
  type RecordedStream,
} from './recording-policy.js';
import { wishOf } from './recording-options.js';
import type { EncoderArguments } from './stream-policy.js';

/** The camera's one connection, which also keeps the past. */
export interface RecordingCamera extends PacketSource {
  readonly traffic: Traffic | undefined;
  keepPrebuffer(ms: number): () => void;
}

export interface RecordingOptions {
  readonly hap: HAP;
  readonly name: string;
  readonly logger: Logger;
  readonly ffmpeg: { readonly path: string; readonly encoders: ReadonlySet<string> };
  readonly camera: RecordingCamera;
  /** The setting `videoEncoder`: `auto`, `copy`, or one of ffmpeg's H.264 encoders. */
  readonly videoEncoder: string | undefined;
  /** Whether the household lets sound be recorded: HomeKit's Recording Audio Active. */
  readonly audioAllowed: () => boolean;
  readonly clock?: Clock;
}

/** A camera that is away is waited for so long, ms. */
const CAMERA_MS = 8000;
/** The hub ends a recording some seconds after motion has ended. If it forgets, Doorman does, ms. */
const FORGOTTEN_MS = 30_000;

/** HomeKit Secure Video of one doorbell: fragmented MP4 with the time before the trigger, from the one connection. */
export class Recording implements CameraRecordingDelegate {
  private configuration: CameraRecordingConfiguration | undefined;
  private active = false;
  private encoder: Promise<EncoderArguments | undefined> | undefined;
  private release: (() => void) | undefined;
  private motionSince: number | undefined;
  private motionEnded: number | undefined;
  /** What the hub has asked for and not closed. */
  private readonly running = new Map<number, AbortController>();
  private stopped = false;
  private readonly clock: Clock;

  constructor(private readonly options: RecordingOptions) {
    this.clock = options.clock ?? Date.now;
  }

  updateRecordingActive(active: boolean): void {
    this.active = active;
    this.keepPast();
  }

  updateRecordingConfiguration(configuration: CameraRecordingConfiguration | undefined): void {
    this.configuration = configuration;
    this.keepPast();
  }

  /** What the motion sensor says: the trigger, and its end. */
  setMotion(detected: boolean): void {
    if (detected) {
      this.motionSince ??= this.clock();
      this.motionEnded = undefined;
    } else {
      this.motionSince = undefined;
      this.motionEnded ??= this.clock();
    }
  }

  async *handleRecordingStreamRequest(streamId: number, signal?: AbortSignal): AsyncGenerator<RecordingPacket> {
    const { configuration } = this;
    if (configuration === undefined) {
      throw this.failure('UNEXPECTED_FAILURE');
    }
    const closing = new AbortController();
    this.running.set(streamId, closing);
    const stop = signal === undefined ? closing.signal : AbortSignal.any([closing.signal, signal]);
    try {
      yield* this.record(configuration, stop);
      // A hub that has closed wants to hear no more; one that has not must be told that nothing comes.
      if (this.stopped && this.running.get(streamId) === closing) {
        throw this.failure('UNEXPECTED_FAILURE');
      }
    } finally {
      closing.abort();
      if (this.running.get(streamId) === closing) {
        this.running.delete(streamId);
      }
    }
  }

  acknowledgeStream(streamId: number): void {
    this.options.logger.debug(`${this.options.name}: the hub has the whole recording`);
    this.end(streamId);
  }

  closeRecordingStream(streamId: number, reason: HDSProtocolSpecificErrorReason | undefined): void {
    this.options.logger.debug(`${this.options.name}: the hub closes the recording (${reason ?? 'connection lost'})`);
    this.end(streamId);
  }

  /** Ends what runs; the past is not kept any more. */
  stop(): void {
    this.stopped = true;
    this.active = false;
    this.keepPast();
    this.running.forEach((closing) => closing.abort());
  }

  /** The hub is done with a recording. */
  private end(streamId: number): void {
    this.running.get(streamId)?.abort();
    this.running.delete(streamId);
  }

  private async *record(
    configuration: CameraRecordingConfiguration,
    signal: AbortSignal,
  ): AsyncGenerator<RecordingPacket> {
    const prebufferMs = prebufferFor(configuration.prebufferLength, this.motionSince, this.clock());
    const tape = new Tape(this.options, configuration, prebufferMs, await this.findEncoder());
    let held: Buffer | undefined;
    let isFirst = true;
    try {
      for await (const { bytes } of tape.pieces(signal)) {
        if (signal.aborted) {
          break;
        }
        if (held !== undefined) {
          yield { data: held, isLast: false };
          held = undefined;
        }
        const isForgotten = this.motionEnded !== undefined && this.clock() - this.motionEnded > FORGOTTEN_MS;
        if (isForgotten && !isFirst) {
          yield { data: bytes, isLast: true };
          return;
        }
        // What is the last one is known only when nothing follows.
        if (tape.isEnding && !isFirst) {
          held = bytes;
        } else {
          yield { data: bytes, isLast: false };
        }
        isFirst = false;
      }
      if (signal.aborted) {
        return;
      }
      if (held !== undefined) {
        yield { data: held, isLast: true };
      } else {
        this.options.logger.warn(`${this.options.name}: the recording ended: ${tape.why}`);
        throw this.failure(tape.isConnected ? 'UNEXPECTED_FAILURE' : 'TIMEOUT');
      }
    } finally {
      await tape.stop();
    }
  }

  /** Sought once, before the first recording. */
  private findEncoder(): Promise<EncoderArguments | undefined> {
    const { ffmpeg, videoEncoder: configured, logger } = this.options;
    this.encoder ??= findEncoder({ ffmpeg, configured, logger });
    return this.encoder;
  }

  private keepPast(): void {
    const wanted = this.active && this.configuration !== undefined;
    if (wanted && this.release === undefined) {
      const ms = Math.max(PREBUFFER_MS, this.configuration?.prebufferLength ?? 0) + LEAD_MS + HUB_DELAY_MS;
      this.release = this.options.camera.keepPrebuffer(ms);
      this.options.logger.info(`${this.options.name}: recording to HomeKit Secure Video is on`);
    } else if (!wanted && this.release !== undefined) {
      this.release();
      this.release = undefined;
    }
  }

  private failure(reason: 'UNEXPECTED_FAILURE' | 'TIMEOUT'): Error {
    const { hap } = this.options;
    const error = new hap.HDSProtocolError(hapValues(hap).HDSProtocolSpecificErrorReason[reason]);
    // HAP-NodeJS 0.14 is compiled to ES5, where a class of errors loses its kind, and would take it for a crash.
    return Object.setPrototypeOf(error, hap.HDSProtocolError.prototype) as Error;
  }
}

/** One recording's way from the camera's packets to pieces of MP4. */
class Tape {
  /** The camera sends no more: what is left is coming. */
  isEnding = false;
  isConnected = false;
  why = 'the camera is away';
  private child: ChildProcess | undefined;
  private feed: NutFeed | undefined;
  private unsubscribe: (() => void) | undefined;

  constructor(
    private readonly options: RecordingOptions,
    private readonly configuration: CameraRecordingConfiguration,
    private readonly prebufferMs: number,
    private readonly encoder: EncoderArguments | undefined,
  ) {}

  async *pieces(signal: AbortSignal): AsyncGenerator<Mp4Piece> {
    const child = await this.start(signal);
    if (child?.stdout == null) {
      return;
    }
    const kill = (): boolean => child.kill('SIGKILL');
    signal.addEventListener('abort', kill, { once: true });
    const fragments = new Mp4Fragments();
    try {
      for await (const chunk of child.stdout as AsyncIterable<Buffer>) {
        yield* fragments.push(chunk);
      }
    } catch (error) {
      if (!signal.aborted) {
        this.why = error instanceof Error ? error.message : String(error);
      }
    } finally {
      signal.removeEventListener('abort', kill);
    }
  }

  /** Everything it started is gone when this resolves. */
  async stop(): Promise<void> {
    this.unsubscribe?.();
    const { child } = this;
    if (child?.exitCode === null && child.signalCode === null && child.pid !== undefined) {
      const exited = once(child, 'exit');
      child.kill('SIGKILL');
      await exited;
    }
  }

  /** Waits for the camera, if it must, and starts ffmpeg with the past. */
  private start(signal: AbortSignal): Promise<ChildProcess | undefined> {
    return new Promise((resolve) => {
      const giveUp = (): void => {
        clearTimeout(timer);
        signal.removeEventListener('abort', giveUp);
        resolve(this.child);
      };
      const timer = setTimeout(giveUp, CAMERA_MS);
      signal.addEventListener('abort', giveUp, { once: true });
      this.unsubscribe = this.options.camera.subscribe(
        {
          connected: (streams, backlog) => {
            if (this.isConnected || signal.aborted) {
              this.end('the camera was connected anew');
              return;
            }
            this.isConnected = true;
            this.child = this.begin(streams, backlog);
            giveUp();
          },
          packet: (packet) => this.feed?.packet(packet),
          lost: ({ message }) => this.end(message),
        },
        { prebufferMs: this.prebufferMs, hurry: true },
      );
    });
  }

  private end(why: string): void {
    this.why = why;
    if (this.isConnected) {
      this.isEnding = true;
      this.feed?.end();
    }
  }

  /** Undefined, and `why`, when nothing that HomeKit takes can be made of these pictures. */
  private begin(streams: CameraStreams, backlog: readonly MediaPacket[]): ChildProcess | undefined {
    const { ffmpeg, logger, name, videoEncoder, camera } = this.options;
    const wish = wishOf(this.configuration, this.options.audioAllowed());
    const { video, audio } = streams;
    const { keyInterval } = camera.traffic ?? {};
    const keyframes = backlog.filter(({ kind, isKey }) => kind === 'video' && isKey).map(({ time }) => time);
    const stream: RecordedStream = {
      codec: codecName(video.fourcc),
      width: video.width,
      height: video.height,
      keyframeMs: keyframeInterval(keyframes) ?? (keyInterval === undefined ? undefined : keyInterval * 1000),
      hasAudio: audio !== undefined,
    };
    const mode = recordingMode(stream, wish, videoEncoder, this.encoder !== undefined);
    if (mode === undefined) {
      this.why = `the camera sends ${stream.codec}, HomeKit takes H.264, and this ffmpeg has no encoder for it`;
      return undefined;
    }
    const withAudio = wish.audio !== undefined && audio !== undefined;
    const past = (backlog.at(-1)?.time ?? 0) - (backlog[0]?.time ?? 0);
    logger.debug(
      `${name}: recording begins (${mode}${withAudio ? ', with sound' : ''}), ${past.toFixed(1)} s before now`,
    );
    const child = spawn(
      ffmpeg.path,
      [
        ...['-hide_banner', '-nostdin', '-loglevel', 'error'],
        ...recordingArguments(stream, wish, mode === 'copy' ? undefined : this.encoder, ffmpeg.encoders.has('aac')),
      ],
      { stdio: ['pipe', 'pipe', 'pipe'] },
    );
    child.stdin.on('error', () => undefined); // Its end is told by standard output's.
    child.on('error', ({ message }) => (this.why = message));
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      this.why = text.trim().split('\n').at(-1) ?? this.why;
      logger.debug(`${name}: ffmpeg: ${text.trim()}`);
    });
    this.feed = new NutFeed(child.stdin, streams, backlog, { audio: withAudio });
    return child;
  }
}
