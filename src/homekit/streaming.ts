import { randomBytes } from 'node:crypto';
import type {
  CameraController,
  CameraStreamingDelegate,
  CameraStreamingOptions,
  HAP,
  PrepareStreamCallback,
  PrepareStreamRequest,
  PrepareStreamResponse,
  SnapshotRequest,
  SnapshotRequestCallback,
  StartStreamRequest,
  StreamingRequest,
  StreamRequestCallback,
} from 'homebridge';
import type { Logger } from '../types.js';
import { hapValues } from './hap-values.js';
import { LiveSession } from './live-session.js';
import type { Snapshots } from './snapshot.js';
import {
  cameraInput,
  chooseEncoder,
  RESOLUTIONS,
  silenceAllowed,
  srtpOutput,
  videoOutput,
  withoutSecrets,
  type CameraStream,
  type StreamingFfmpeg,
} from './stream-policy.js';

export interface StreamingOptions {
  readonly hap: HAP;
  readonly name: string;
  readonly logger: Logger;
  readonly ffmpeg: StreamingFfmpeg;
  readonly stream: CameraStream;
  readonly snapshots: Snapshots;
}

interface Viewer {
  readonly session: LiveSession;
  readonly request: PrepareStreamRequest;
  readonly ssrc: number;
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
  private stopped = false;

  constructor(private readonly options: StreamingOptions) {}

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
      // A second ffmpeg could not continue the first one's SRTP sequence, and the phone would see nothing more.
      const { width, height, fps, max_bit_rate: bitrate } = request.video;
      this.options.logger.debug(
        `${this.options.name}: viewer asks for ${width}x${height}@${fps}, ${bitrate} kbit/s; kept`,
      );
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
    const { hap, name, logger, ffmpeg, stream } = this.options;
    const secrets = [stream.url, keyAndSalt(request).toString('base64')];
    const session = await LiveSession.open(
      {
        ffmpegPath: ffmpeg.path,
        name,
        logger,
        redact: (text) => withoutSecrets(text, secrets),
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
    const { width, height, fps, max_bit_rate: bitrate } = request.video;
    this.options.logger.debug(`${this.options.name}: live view ${width}x${height}@${fps}, ${bitrate} kbit/s`);
    const viewer = this.viewers.get(request.sessionID);
    if (viewer === undefined) {
      throw new Error('there is no such session');
    }
    const { ffmpeg, stream } = this.options;
    const encoder = chooseEncoder(stream.encoder, ffmpeg.encoders);
    if (encoder === undefined) {
      throw new Error('this ffmpeg has no H.264 encoder; install one with libx264');
    }
    const prepared = viewer.request;
    const target = {
      address: prepared.targetAddress,
      port: prepared.video.port,
      keyAndSalt: keyAndSalt(prepared),
      ssrc: viewer.ssrc,
    };
    await viewer.session.play(
      [
        ...['-hide_banner', '-nostdin', '-loglevel', 'error'],
        ...cameraInput(stream, ffmpeg),
        ...videoOutput(request.video, encoder),
        ...srtpOutput(target, request.video),
      ],
      silenceAllowed(request.video.rtcp_interval),
    );
  }

  private end(id: string): void {
    this.viewers.get(id)?.session.stop();
    this.viewers.delete(id);
  }

  private endedItself(id: string, reason: string): void {
    this.viewers.delete(id);
    this.options.logger.info(`${this.options.name}: live view ended: ${reason}`);
    this.controller?.forceStopStreamingSession(id);
  }

  private failed(what: string, error: unknown): Error {
    const why = withoutSecrets(error instanceof Error ? error.message : String(error), [this.options.stream.url]);
    this.options.logger.error(`${this.options.name}: ${what}: ${why}`);
    return new Error(why);
  }
}

const keyAndSalt = (request: PrepareStreamRequest): Buffer =>
  Buffer.concat([request.video.srtp_key, request.video.srtp_salt]);
