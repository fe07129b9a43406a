import { randomBytes } from 'node:crypto';
import type {
  CameraController,
  CameraStreamingDelegate,
  CameraStreamingOptions,
  HAP,
  PrepareStreamCallback,
  PrepareStreamRequest,
  PrepareStreamResponse,
  ReconfigureStreamRequest,
  SnapshotRequest,
  SnapshotRequestCallback,
  StartStreamRequest,
  StreamingRequest,
  StreamRequestCallback,
} from 'homebridge';
import type { Logger } from '../types.js';
import { findEncoder } from './encoder.js';
import { hapValues } from './hap-values.js';
import { LiveSession } from './live-session.js';
import type { LiveCamera, LiveFfmpeg } from './live-video.js';
import type { Snapshots } from './snapshot.js';
import { RESOLUTIONS, type EncoderArguments } from './stream-policy.js';

export interface StreamingOptions {
  readonly hap: HAP;
  readonly name: string;
  readonly logger: Logger;
  readonly ffmpeg: LiveFfmpeg;
  readonly camera: LiveCamera;
  /** The setting `videoEncoder`: `auto`, `copy`, or the name of one of ffmpeg's H.264 encoders. */
  readonly videoEncoder?: string;
  readonly snapshots: Snapshots;
}

interface Viewer {
  readonly session: LiveSession;
  readonly request: PrepareStreamRequest;
  readonly ssrc: number;
  /** What is being shown. */
  video?: StartStreamRequest['video'];
}

/** So many phones may watch at once. */
export const VIEWERS = 4;

/** What the doorbell's camera can do, in HomeKit's terms. Sound is negotiated (iOS insists) but silent. */
export function streamingOptions(hap: HAP): CameraStreamingOptions {
  const { SRTPCryptoSuites, H264Profile, H264Level, AudioStreamingCodecType, AudioStreamingSamplerate } =
    hapValues(hap);
  return {
    supportedCryptoSuites: [SRTPCryptoSuites.AES_CM_128_HMAC_SHA1_80],
    video: {
      codec: {
        profiles: [H264Profile.BASELINE, H264Profile.MAIN, H264Profile.HIGH],
        levels: [H264Level.LEVEL3_1, H264Level.LEVEL3_2, H264Level.LEVEL4_0],
      },
      resolutions: RESOLUTIONS.map(([width, height, fps]) => [width, height, fps]),
    },
    audio: {
      codecs: [
        {
          type: AudioStreamingCodecType.OPUS,
          audioChannels: 1,
          samplerate: [AudioStreamingSamplerate.KHZ_16, AudioStreamingSamplerate.KHZ_24],
        },
      ],
      twoWayAudio: false,
    },
  };
}

/** Snapshots and live sessions of one doorbell; every session ends with its ffmpeg. */
export class Streaming implements CameraStreamingDelegate {
  /** Set once the controller exists, so that a session that ended by itself frees its place. */
  controller?: CameraController;
  private readonly viewers = new Map<string, Viewer>();
  private encoder: Promise<EncoderArguments | undefined> | undefined;
  private stopped = false;
  private readonly logger: Logger;

  constructor(private readonly options: StreamingOptions) {
    const { name, logger } = options;
    const say =
      (level: 'debug' | 'info' | 'warn' | 'error') =>
      (...text: unknown[]): void =>
        logger[level](`${name}: ${text.map(String).join(' ')}`);
    this.logger = { debug: say('debug'), info: say('info'), warn: say('warn'), error: say('error') };
  }

  handleSnapshotRequest(request: SnapshotRequest, callback: SnapshotRequestCallback): void {
    this.options.snapshots.request({ width: request.width, height: request.height }).then(
      (jpeg) => callback(undefined, jpeg),
      (error: unknown) => callback(error instanceof Error ? error : new Error(String(error))),
    );
  }

  prepareStream(request: PrepareStreamRequest, callback: PrepareStreamCallback): void {
    this.prepare(request).then(
      (response) => callback(undefined, response),
      (error: unknown) => callback(this.failed('could not prepare a live view', error)),
    );
  }

  handleStreamRequest(request: StreamingRequest, callback: StreamRequestCallback): void {
    if ('audio' in request) {
      this.start(request).then(
        () => callback(),
        (error: unknown) => {
          this.end(request.sessionID);
          callback(this.failed('could not start the live view', error));
        },
      );
    } else if ('video' in request) {
      const { video, sessionID } = request;
      this.logger.debug(`live view changes to ${describeWish(video)}`);
      const viewer = this.viewers.get(sessionID);
      if (viewer?.video !== undefined) {
        // Profile and level are told at the start only.
        viewer.video = { ...viewer.video, ...video };
        viewer.session.reconfigure(viewer.video);
      }
      callback();
    } else {
      this.end(request.sessionID);
      callback();
    }
  }

  /** Ends every session. */
  stop(): void {
    this.stopped = true;
    [...this.viewers.keys()].forEach((id) => this.end(id));
  }

  private async prepare(request: PrepareStreamRequest): Promise<PrepareStreamResponse> {
    if (this.stopped) {
      throw new Error('the doorbell is stopping');
    }
    this.end(request.sessionID);
    void this.findEncoder();
    const { hap, name } = this.options;
    const session = await LiveSession.open(
      {
        name,
        logger: this.logger,
        onEnd: (reason) => this.endedItself(request.sessionID, reason),
      },
      request.addressVersion === 'ipv6',
    );
    const ssrc = hap.CameraController.generateSynchronisationSource();
    this.viewers.set(request.sessionID, { session, request, ssrc });
    return {
      video: {
        port: session.port,
        ssrc,
        srtp_key: request.video.srtp_key,
        srtp_salt: request.video.srtp_salt,
      },
      // iOS refuses a camera without sound; its keys are answered, and nothing is sent.
      audio: {
        port: session.port,
        ssrc: hap.CameraController.generateSynchronisationSource(),
        srtp_key: randomBytes(16),
        srtp_salt: randomBytes(14),
      },
    };
  }

  private async start(request: StartStreamRequest): Promise<void> {
    const { camera, ffmpeg, videoEncoder: configured } = this.options;
    this.logger.debug(`live view of ${describeWish(request.video)}`);
    const encoder = await this.findEncoder();
    const viewer = this.viewers.get(request.sessionID);
    if (viewer === undefined) {
      throw new Error('there is no such session');
    }
    const prepared = viewer.request;
    const target = {
      address: prepared.targetAddress,
      port: prepared.video.port,
      keyAndSalt: keyAndSalt(prepared),
      ssrc: viewer.ssrc,
    };
    viewer.video = request.video;
    viewer.session.play({ camera, ffmpeg, configured, encoder }, target, request.video);
  }

  /** Sought once, before the first view. */
  private findEncoder(): Promise<EncoderArguments | undefined> {
    const { ffmpeg, videoEncoder: configured } = this.options;
    this.encoder ??= findEncoder({ ffmpeg, configured, logger: this.logger });
    return this.encoder;
  }

  private end(id: string): void {
    this.viewers.get(id)?.session.stop();
    this.viewers.delete(id);
  }

  private endedItself(id: string, reason: string): void {
    this.viewers.delete(id);
    this.logger.info(`live view ended: ${reason}`);
    this.controller?.forceStopStreamingSession(id);
  }

  private failed(what: string, error: unknown): Error {
    const why = error instanceof Error ? error.message : String(error);
    this.logger.error(`${what}: ${why}`);
    return new Error(why);
  }
}

const keyAndSalt = (request: PrepareStreamRequest): Buffer =>
  Buffer.concat([request.video.srtp_key, request.video.srtp_salt]);

const describeWish = ({ width, height, fps, max_bit_rate: bitrate }: ReconfigureStreamRequest['video']): string =>
  `${width}x${height} at ${fps} fps, ${bitrate} kbit/s`;
