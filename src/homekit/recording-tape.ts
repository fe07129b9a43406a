import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import type { CameraRecordingConfiguration, HAP } from 'homebridge';
import type { Clock, Logger } from '../types.js';
import { NutFeed } from '../video/nut-feed.js';
import { codecName, type CameraStreams, type MediaPacket, type PacketSource } from '../video/packets.js';
import type { Traffic } from '../video/traffic.js';
import { Mp4Fragments, type Mp4Piece } from './mp4-fragments.js';
import { wishOf } from './recording-options.js';
import { keyframeInterval, recordingArguments, recordingMode, type RecordedStream } from './recording-policy.js';
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

/** One recording's way from the camera's packets to pieces of MP4. */
export class RecordingTape {
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
