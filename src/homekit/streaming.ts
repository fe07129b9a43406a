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
import type { AudioCodec, WantedAudio } from './audio-policy.js';
import { LiveAudio } from './live-audio.js';
import { TalkBack, type TalkBackTarget } from './talk-back.js';
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
  readonly sound: SoundOptions;
}

/** What of sound there is. */
export interface SoundOptions {
  /** Undefined for a silent live view: the household wants it so, or ffmpeg has no codec that HomeKit takes. */
  readonly codec: AudioCodec | undefined;
  /** Where what the phone says goes; undefined where nobody can be spoken to. */
  readonly talkBack?: TalkBackTarget | undefined;
}

interface Viewer {
  readonly session: LiveSession;
  readonly request: PrepareStreamRequest;
  readonly ssrc: number;
  readonly audio?: { readonly live: LiveAudio; readonly ssrc: number } | undefined;
  /** What is being shown. */
  video?: StartStreamRequest['video'];
}

/** So many phones may watch at once. */
export const VIEWERS = 4;

/**
 * What the doorbell's camera can do, in HomeKit's terms. iOS insists on a codec for sound, also where there is none; a
 * button to speak is shown only where somebody can be spoken to.
 */
export function streamingOptions(hap: HAP, { codec, talkBack }: SoundOptions): CameraStreamingOptions {
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
          type: codec === 'aac-eld' ? AudioStreamingCodecType.AAC_ELD : AudioStreamingCodecType.OPUS,
          audioChannels: 1,
          samplerate: [AudioStreamingSamplerate.KHZ_16, AudioStreamingSamplerate.KHZ_24],
        },
      ],
      twoWayAudio: codec !== undefined && talkBack !== undefined,
    },
  };
}

/** Snapshots and live sessions of one doorbell; every session ends with its ffmpeg. */
export class Streaming implements CameraStreamingDelegate {
  private controller?: CameraController;
  private readonly muted = { microphone: false, speaker: false };
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

  /** Once the controller exists: a session that ended by itself frees its place, and mute is heeded. */
  attach(controller: CameraController): void {
    this.controller = controller;
    const events = hapValues(this.options.hap).CameraControllerEvents;
    controller.on(events.MICROPHONE_PROPERTIES_CHANGED, (muted) => (this.muted.microphone = muted));
    controller.on(events.SPEAKER_PROPERTIES_CHANGED, (muted) => (this.muted.speaker = muted));
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
    const isIpv6 = request.addressVersion === 'ipv6';
    const session = await LiveSession.open(
      {
        name,
        logger: this.logger,
        onEnd: (reason) => this.endedItself(request.sessionID, reason),
      },
      isIpv6,
    );
    const live = await this.openAudio(isIpv6);
    if (live !== undefined) {
      session.own(live);
    }
    const ssrc = hap.CameraController.generateSynchronisationSource();
    const audioSsrc = hap.CameraController.generateSynchronisationSource();
    const audio = live && { live, ssrc: audioSsrc };
    this.viewers.set(request.sessionID, { session, request, ssrc, audio });
    return {
      video: {
        port: session.port,
        ssrc,
        srtp_key: request.video.srtp_key,
        srtp_salt: request.video.srtp_salt,
      },
      // iOS refuses a camera without sound; its keys are answered, even where nothing is sent.
      audio: {
        port: live?.port ?? session.port,
        ssrc: audioSsrc,
        srtp_key: request.audio.srtp_key,
        srtp_salt: request.audio.srtp_salt,
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
      keyAndSalt: keyAndSalt(prepared.video),
      ssrc: viewer.ssrc,
    };
    viewer.video = request.video;
    viewer.session.play({ camera, ffmpeg, configured, encoder }, target, request.video);
    const { audio } = viewer;
    const wanted = wantedAudio(request.audio, this.options.sound);
    if (audio !== undefined && wanted !== undefined) {
      const end = { address: target.address, port: prepared.audio.port };
      audio.live.start({ ...end, keyAndSalt: keyAndSalt(prepared.audio), ssrc: audio.ssrc }, wanted);
    }
  }

  private async openAudio(isIpv6: boolean): Promise<LiveAudio | undefined> {
    const { ffmpeg, name, logger, camera, sound } = this.options;
    const { codec, talkBack: target } = sound;
    const openMouth =
      target && ((wanted: WantedAudio) => new TalkBack({ ffmpegPath: ffmpeg.path, name, logger, target }, wanted));
    return codec === undefined
      ? undefined
      : LiveAudio.open({ ffmpeg, name, logger, camera, muted: () => this.muted, openMouth }, isIpv6);
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

const keyAndSalt = ({ srtp_key, srtp_salt }: PrepareStreamRequest['video']): Buffer =>
  Buffer.concat([srtp_key, srtp_salt]);

/** What the phone asks for; undefined when it asks for a codec that was not offered. */
function wantedAudio(asked: StartStreamRequest['audio'], { codec }: SoundOptions): WantedAudio | undefined {
  if (codec === undefined || asked.codec.toLowerCase() !== codec) {
    return undefined;
  }
  return {
    codec,
    sampleRate: asked.sample_rate * 1000,
    channels: asked.channel,
    bitrate: asked.max_bit_rate,
    packetMs: asked.packet_time,
    payloadType: asked.pt,
  };
}

const describeWish = ({ width, height, fps, max_bit_rate: bitrate }: ReconfigureStreamRequest['video']): string =>
  `${width}x${height} at ${fps} fps, ${bitrate} kbit/s`;
