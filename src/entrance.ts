import { availableParallelism, totalmem } from 'node:os';
import type { API } from 'homebridge';
import type { DoorbellConfig, DoormanConfig } from './config.js';
import type { GuestBook } from './guestbook/book.js';
import { Announcer } from './homekit/announcer.js';
import { Doorbell } from './homekit/doorbell.js';
import type { GuestAccessories } from './homekit/guest-accessories.js';
import type { Notifier } from './notify/notifier.js';
import { OfflineWatch } from './homekit/offline-watch.js';
import { recordingOffered } from './homekit/recording-policy.js';
import type { TalkBackTarget } from './homekit/talk-back.js';
import type { GuestTemplates, Logger, VisitEvent } from './types.js';
import type { Ffmpeg } from './video/ffmpeg.js';
import { keyframeJpeg } from './video/keyframe.js';
import { SharedCamera } from './video/shared-camera.js';
import { describeDecision } from './visit/words.js';
import { VisitRecorder } from './visit-recorder.js';
import { WorkerHost } from './worker/host.js';
import type { DoorbellView, FromWorker, LiveEnrolment, WorkerHealth } from './worker/messages.js';

const machine = { cores: availableParallelism(), memory: totalmem() };

/** Pictures for the Home app's notification are no wider. */
const SNAPSHOT_WIDTH = 1280;

const suspensions = {
  'consent-expired': 'the consent has run out; record a new one',
  'other-encoder': 'the faces were encoded by another encoder; run "doorman train"',
  'no-faces': 'no face is enrolled yet',
  damaged: 'the stored faces are damaged; enrol again',
} as const;

export interface EntranceContext {
  readonly api: API;
  readonly logger: Logger;
  readonly config: DoormanConfig;
  readonly doorbell: DoorbellConfig;
  readonly ffmpeg: Ffmpeg;
  readonly cacheFolder: string;
  readonly guests: GuestAccessories;
  /** Absent when the guest book cannot be opened: the doorbell rings all the same. */
  readonly book: GuestBook | undefined;
  /** Others beside HomeKit who are told. */
  readonly notifier: Notifier;
}

/** One doorbell, wired: its worker's decisions go to HomeKit and into the guest book. */
export class Entrance {
  readonly name: string;
  /** Why the camera is not there, in words. */
  offlineReason: string | undefined;
  /** The one connection to the camera; a second one only where recognition has a stream of its own. */
  private readonly camera: SharedCamera;
  private readonly detectCamera: SharedCamera;
  private readonly worker: WorkerHost;
  private readonly accessory: Doorbell;
  private readonly announcer: Announcer;
  private readonly offline: OfflineWatch;
  private readonly recorder: VisitRecorder | undefined;

  constructor(private readonly context: EntranceContext) {
    const { api, logger, config, doorbell, ffmpeg } = context;
    this.name = doorbell.name;
    this.offline = new OfflineWatch((offline) => context.guests.offline(doorbell.name, offline));
    const { transport, url, detectUrl } = doorbell;
    const { book } = context;
    this.recorder = book && new VisitRecorder({ book, classifier: config.classifier, doorbell: doorbell.name, logger });
    const cameraLogger = named(logger, doorbell.name);
    this.camera = new SharedCamera({ ffmpeg, url, transport, logger: cameraLogger });
    this.detectCamera =
      detectUrl === undefined
        ? this.camera
        : new SharedCamera({ ffmpeg, url: detectUrl, transport, logger: cameraLogger });
    this.worker = new WorkerHost(
      {
        doorbell,
        ffmpeg,
        engine: config.engine,
        encoder: config.encoder,
        tuned: context.book?.tunedEncoder(),
        classifier: config.classifier,
        falseAcceptRate: context.book?.settings().falseAcceptRate ?? config.falseAcceptRate,
        ...(config.threads !== undefined && { threads: config.threads }),
        cacheFolder: context.cacheFolder,
        inbox: config.retention.inbox,
      },
      this.detectCamera,
      {
        onEvent: (message) => this.onEvent(message),
        onCamera: (online, reason) => {
          this.offlineReason = online ? undefined : reason;
          this.accessory.setOnline(online, reason);
          this.offline.set(online);
          this.context.notifier.tellCamera(online, this.name);
        },
        onReady: ({ encoder }) => this.sendGallery(encoder),
      },
      logger,
    );
    this.accessory = new Doorbell({
      api,
      logger,
      name: doorbell.name,
      seed: doorbell.name,
      ffmpeg,
      camera: this.camera,
      videoEncoder: doorbell.videoEncoder,
      records: recordingOffered(doorbell.recording, machine),
      silent: !doorbell.sound,
      talkBack: talkBackOf(doorbell),
      snapshots: {
        newest: async () => {
          const jpeg = await this.worker.snapshot(SNAPSHOT_WIDTH);
          return jpeg === undefined ? undefined : Buffer.from(jpeg);
        },
        keyframe: async (signal) =>
          this.detectCamera.fault === undefined ? keyframeJpeg(ffmpeg, this.detectCamera, signal) : undefined,
      },
    });
    if (doorbell.recording === 'auto' && !recordingOffered('auto', machine)) {
      logger.info(
        `${doorbell.name}: recording to HomeKit Secure Video is not offered on a machine as small as this one (${machine.cores} cores); "recording": "on" offers it all the same.`,
      );
    }
    this.announcer = new Announcer({
      name: doorbell.name,
      logger,
      doorbell: {
        showEvent: (text, jpeg) => this.accessory.showEvent(text, jpeg),
        setMotion: (detected) => this.accessory.setMotion(detected),
        ring: () => {
          this.accessory.ring();
          context.notifier.tellRing(this.name);
        },
      },
      guests: context.guests,
      rules: { ...doorbell.rings, holdMs: doorbell.holdSeconds * 1000 },
    });
  }

  get health(): WorkerHealth | undefined {
    return this.worker.health;
  }

  get ready(): WorkerHost['ready'] {
    return this.worker.ready;
  }

  start(): void {
    this.worker.start();
    this.accessory.publish();
  }

  press(): void {
    this.worker.press(Date.now());
  }

  /** The guests have changed: the worker learns the new ones and forgets the old. */
  refreshGallery(): void {
    if (this.worker.ready !== undefined) {
      this.sendGallery(this.worker.ready.encoder);
    }
  }

  /** Another encoder is in force. */
  refreshEncoder(): void {
    this.worker.setTuned(this.context.book?.tunedEncoder());
  }

  /** The household's settings have changed. */
  refreshSettings(): void {
    const { book, config } = this.context;
    this.worker.setFalseAcceptRate(book?.settings().falseAcceptRate ?? config.falseAcceptRate);
  }

  snapshot(width: number): Promise<Uint8Array | undefined> {
    return this.worker.snapshot(width);
  }

  /** The newest picture with the faces in it. */
  view(width: number): Promise<DoorbellView | undefined> {
    return this.worker.view(width);
  }

  /** Guides whoever stands there through an enrolment. */
  enrol(signal: AbortSignal, tell: (step: LiveEnrolment) => void): Promise<void> {
    return this.worker.enrol(signal, tell);
  }

  async stop(): Promise<void> {
    this.announcer.stop();
    this.offline.stop();
    this.accessory.stop();
    await this.worker.stop();
    await Promise.all([this.camera.stop(), this.detectCamera.stop()]);
    await this.recorder?.finish();
  }

  private sendGallery(encoder: { readonly id: string; readonly version: string }): void {
    this.worker.setGallery(this.gallery(encoder));
  }

  private gallery(encoder: { readonly id: string; readonly version: string }): readonly GuestTemplates[] {
    const { book, logger } = this.context;
    if (book === undefined) {
      return [];
    }
    const { gallery, suspended } = book.galleryReport(encoder);
    for (const { name, reason } of suspended) {
      logger.info(`${this.name}: ${name} cannot be recognised: ${suspensions[reason]}.`);
    }
    return gallery;
  }

  private onEvent({ event, picture, evidence }: Extract<FromWorker, { type: 'event' }>): void {
    this.log(event);
    void this.announcer.announce(event, picture && Buffer.from(picture));
    this.context.notifier.tellVisit(event, this.name, picture);
    this.recorder?.record(event, { picture, evidence, ready: this.worker.ready });
  }

  private log(event: VisitEvent): void {
    const { logger } = this.context;
    switch (event.type) {
      case 'started':
        logger.info(`${this.name}: somebody is at the door.`);
        break;
      case 'withheld':
        logger.info(`${this.name}: somebody is recognised; the name waits for a sign of life.`);
        break;
      case 'decided':
        logger.info(`${this.name}: ${describeDecision(event.visit.decision, event.inputs.elapsed)}.`);
        break;
      case 'ended':
        logger.info(`${this.name}: ${event.visit.decision?.guest?.name ?? 'the visitor'} has left.`);
        break;
      case 'pressed':
        logger.info(`${this.name}: the button was pressed.`);
        break;
    }
  }
}

/** Where what is said into the phone goes. */
function talkBackOf({ talkBack, talkBackCommand, url }: DoorbellConfig): TalkBackTarget | undefined {
  if (talkBackCommand.length > 0) {
    return { kind: 'command', command: talkBackCommand };
  }
  if (talkBack === 'off') {
    return undefined;
  }
  return /^rtp:/i.test(talkBack)
    ? { kind: 'address', url: talkBack }
    : { kind: 'backchannel', url: talkBack === 'camera' ? url : talkBack };
}

/** Says of which doorbell each line speaks. */
function named(logger: Logger, name: string): Logger {
  const log =
    (level: 'debug' | 'info' | 'warn' | 'error') =>
    (...text: unknown[]): void =>
      logger[level](`${name}: ${text.map(String).join(' ')}`);
  return { debug: log('debug'), info: log('info'), warn: log('warn'), error: log('error') };
}
