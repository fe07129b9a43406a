import type { Logger } from '../types.js';
import { h264Demands } from '../video/h264.js';
import { NutFeed, squeezed } from '../video/nut-feed.js';
import { startNutProcess } from '../video/nut-process.js';
import { codecName, type CameraStreams, type MediaPacket, type PacketSource } from '../video/packets.js';
import { StreamLog } from '../video/stream-log.js';
import type { Traffic } from '../video/traffic.js';
import { planLiveView, type LiveWish } from './live-policy.js';
import { transcodeArguments, type EncoderArguments } from './stream-policy.js';

/** A camera to look at; `SharedCamera` of the video room is one. */
export interface LiveCamera extends PacketSource {
  readonly traffic: Traffic | undefined;
}

export interface LiveFfmpeg {
  readonly path: string;
  readonly major: number;
  readonly encoders: ReadonlySet<string>;
}

/** One H.264 picture on its way to a phone. */
export interface LivePicture {
  /** Annex B */
  readonly data: Uint8Array;
  /** Seconds, in its source's time. */
  readonly time: number;
  readonly isKey: boolean;
  /** Annex B */
  readonly parameterSets: Uint8Array;
}

export interface LiveVideoOptions {
  readonly camera: LiveCamera;
  readonly ffmpeg: LiveFfmpeg;
  /** The setting `videoEncoder`. */
  readonly configured: string | undefined;
  readonly encoder: EncoderArguments | undefined;
  readonly wish: LiveWish;
  readonly logger: Logger;
  readonly onPicture: (picture: LivePicture) => void;
  /** The next picture has nothing to do with the one before: the camera was connected anew. */
  readonly onRestart: () => void;
  /** Called once, when no more pictures will come. */
  readonly onEnd: (reason: string) => void;
}

/** So long without a picture and the view is given up. */
const PATIENCE_MS = 12_000;

/** The pictures of one live view: the camera's own, or made anew by an ffmpeg. Survives a camera that is lost for a moment. */
export class LiveVideo {
  private readonly unsubscribe: () => void;
  private readonly patience: NodeJS.Timeout;
  private transcoder: Transcoder | undefined;
  private copied: Uint8Array | undefined;
  private hadPictures = false;
  private stopped = false;

  constructor(private readonly options: LiveVideoOptions) {
    this.patience = setTimeout(() => this.endItself('the camera sends no picture'), PATIENCE_MS);
    this.unsubscribe = options.camera.subscribe(
      {
        connected: (streams, backlog) => this.begin(streams, backlog),
        packet: (packet) => this.take(packet),
        lost: ({ message }) => {
          this.pause();
          if (!this.hadPictures) {
            this.endItself(message);
          }
        },
      },
      { hurry: true },
    );
    if (this.isStopped()) {
      this.unsubscribe();
    }
  }

  stop(): void {
    if (!this.stopped) {
      this.stopped = true;
      clearTimeout(this.patience);
      this.pause();
      // In the constructor it is not there yet.
      (this.unsubscribe as (() => void) | undefined)?.();
    }
  }

  private isStopped(): boolean {
    return this.stopped;
  }

  private begin(streams: CameraStreams, backlog: readonly MediaPacket[]): void {
    if (this.stopped) {
      return;
    }
    this.pause();
    const { camera, configured, encoder, wish, logger, ffmpeg } = this.options;
    const { video } = streams;
    const { traffic } = camera;
    const plan = planLiveView({
      ...{ configured, wish, traffic },
      canEncode: encoder !== undefined,
      camera: {
        ...{ codec: codecName(video.fourcc), width: video.width, height: video.height },
        demands: h264Demands(video.codecHeader),
      },
    });
    logger.debug(`live view: ${plan.kind}${plan.kind === 'copy' ? '' : `, since ${plan.because}`}`);
    if (this.hadPictures) {
      this.options.onRestart();
    }
    if (plan.kind === 'copy') {
      this.copied = video.codecHeader;
      squeezed(backlog).forEach((packet) => this.take(packet));
    } else if (plan.kind === 'transcode' && encoder !== undefined) {
      const rate = traffic?.framesPerSecond ?? streams.framesPerSecond;
      this.transcoder = new Transcoder(ffmpeg.path, transcodeArguments(wish, encoder, ffmpeg, rate), streams, backlog, {
        onPicture: (picture) => this.show(picture),
        onEnd: (reason) => this.endItself(reason),
        onLog: (line) => logger.debug(`live view: ffmpeg: ${line}`),
      });
    } else {
      this.endItself(plan.kind === 'impossible' ? plan.because : 'there is no encoder');
    }
  }

  private take(packet: MediaPacket): void {
    this.transcoder?.packet(packet);
    if (this.copied !== undefined && packet.kind === 'video') {
      this.show({ data: packet.data, time: packet.time, isKey: packet.isKey, parameterSets: this.copied });
    }
  }

  private show(picture: LivePicture): void {
    if (!this.stopped) {
      this.hadPictures = true;
      this.patience.refresh();
      this.options.onPicture(picture);
    }
  }

  /** Until the camera is connected again. */
  private pause(): void {
    this.copied = undefined;
    this.transcoder?.stop();
    this.transcoder = undefined;
  }

  private endItself(reason: string): void {
    if (!this.stopped) {
      this.stop();
      this.options.onEnd(reason);
    }
  }
}

interface TranscoderEvents {
  readonly onPicture: (picture: LivePicture) => void;
  /** It ended although nobody stopped it. */
  readonly onEnd: (reason: string) => void;
  readonly onLog: (line: string) => void;
}

/** One ffmpeg that makes a camera's packets into the H.264 that a phone asked for. */
class Transcoder {
  private readonly stopping = new AbortController();
  private readonly feed: NutFeed;

  constructor(
    path: string,
    args: readonly string[],
    streams: CameraStreams,
    backlog: readonly MediaPacket[],
    events: TranscoderEvents,
  ) {
    const log = new StreamLog();
    let parameterSets: Uint8Array = new Uint8Array(0);
    const process = startNutProcess({
      ffmpeg: { path },
      args,
      signal: this.stopping.signal,
      log,
      consumer: {
        stream: (description) => (parameterSets = description.codecHeader),
        buffer: (size) => Buffer.allocUnsafe(size),
        packet: (data, { time, isKey }) => events.onPicture({ data, time, isKey, parameterSets }),
      },
    });
    this.feed = new NutFeed(process.stdin, streams, backlog, { squeeze: true });
    void process.ended.then(({ code, error }) => {
      if (!this.stopping.signal.aborted) {
        events.onLog(log.tail);
        const words = error?.message ?? `code ${String(code)}; ${log.tail.trim().split('\n').at(-1) ?? ''}`;
        events.onEnd(`ffmpeg ended (${words})`);
      }
    });
  }

  packet(packet: MediaPacket): void {
    this.feed.packet(packet);
  }

  stop(): void {
    this.stopping.abort();
  }
}
