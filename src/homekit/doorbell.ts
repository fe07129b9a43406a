import type { API, DoorbellController, PlatformAccessory } from 'homebridge';
import { packageVersion } from '../package-root.js';
import type { Clock, Logger } from '../types.js';
import { chooseAudioCodec } from './audio-policy.js';
import { hapValues } from './hap-values.js';
import { homekitName } from './names.js';
import { recordingOptions } from './recording-options.js';
import { Recording } from './recording.js';
import type { RecordingCamera } from './recording-tape.js';
import { Snapshots, type SnapshotSource } from './snapshot.js';
import type { LiveCamera, LiveFfmpeg } from './live-video.js';
import { Streaming, streamingOptions, VIEWERS, type SoundOptions } from './streaming.js';
import type { TalkBackTarget } from './talk-back.js';

export const PLUGIN_NAME = 'homebridge-doorman';

export interface DoorbellOptions {
  readonly api: API;
  readonly logger: Logger;
  readonly name: string;
  /** What HomeKit knows the accessory by: must never change for one doorbell, whatever it is called. */
  readonly seed: string;
  readonly ffmpeg: LiveFfmpeg;
  readonly camera: LiveCamera & RecordingCamera;
  /** The setting `videoEncoder`. */
  readonly videoEncoder?: string;
  readonly snapshots: SnapshotSource;
  /** No sound in live views, whatever the camera has. */
  readonly silent?: boolean;
  /** Where what is said into the phone goes. */
  readonly talkBack?: TalkBackTarget | undefined;
  /** Whether HomeKit Secure Video is offered. */
  readonly records?: boolean;
  readonly model?: string;
  readonly clock?: Clock;
}

/** A HomeKit video doorbell, an accessory of its own beside the bridge: iOS routes bridged cameras through the hub. */
export class Doorbell {
  readonly accessory: PlatformAccessory;
  private readonly controller: DoorbellController;
  private readonly streaming: Streaming;
  private readonly recording: Recording | undefined;
  private readonly snapshots: Snapshots;

  constructor(private readonly options: DoorbellOptions) {
    const { api, logger, seed } = options;
    const name = homekitName(options.name, 'Doorbell');
    this.snapshots = new Snapshots({
      name: options.name,
      source: options.snapshots,
      logger,
      ...(options.clock !== undefined && { clock: options.clock }),
    });
    this.accessory = new api.platformAccessory(
      name,
      api.hap.uuid.generate(`doorman:doorbell:${seed}`),
      hapValues(api.hap).Categories.VIDEO_DOORBELL,
    );
    this.describe(name);
    const sound: SoundOptions = {
      codec: options.silent === true ? undefined : chooseAudioCodec(options.ffmpeg.encoders),
      talkBack: options.talkBack,
    };
    this.streaming = new Streaming({
      hap: api.hap,
      name: options.name,
      logger,
      ffmpeg: options.ffmpeg,
      camera: options.camera,
      ...(options.videoEncoder !== undefined && { videoEncoder: options.videoEncoder }),
      snapshots: this.snapshots,
      sound,
    });
    this.recording =
      options.records === true
        ? new Recording({
            hap: api.hap,
            name: options.name,
            logger,
            ffmpeg: options.ffmpeg,
            camera: options.camera,
            videoEncoder: options.videoEncoder,
            audioAllowed: () => this.recordsSound,
          })
        : undefined;
    this.controller = new api.hap.DoorbellController({
      name,
      cameraStreamCount: VIEWERS,
      delegate: this.streaming,
      streamingOptions: streamingOptions(api.hap, sound),
      sensors: { motion: true },
      ...(this.recording && { recording: { options: recordingOptions(api.hap), delegate: this.recording } }),
    });
    this.streaming.attach(this.controller);
    this.accessory.configureController(this.controller);
    this.setMotion(false);
    this.setOnline(true);
  }

  /** Makes the accessory known to Homebridge; call it once. */
  publish(): void {
    this.options.api.publishExternalAccessories(PLUGIN_NAME, [this.accessory]);
  }

  /** Draws the event's picture: with `text` on the given JPEG, or on the newest frame. Resolves when it is ready. */
  async showEvent(text: string, jpeg?: Buffer): Promise<void> {
    await this.snapshots.showEvent(text, jpeg);
  }

  ring(): void {
    this.controller.ringDoorbell();
  }

  setMotion(detected: boolean): void {
    this.recording?.setMotion(detected);
    this.controller.motionService?.updateCharacteristic(this.options.api.hap.Characteristic.MotionDetected, detected);
  }

  /** Whether the camera delivers. Home shows the fault at the motion sensor; snapshots get their age written on. */
  setOnline(online: boolean, reason?: string): void {
    const { StatusActive, StatusFault } = this.options.api.hap.Characteristic;
    this.snapshots.setOnline(online, reason);
    this.controller.motionService
      ?.updateCharacteristic(StatusActive, online)
      .updateCharacteristic(StatusFault, online ? StatusFault.NO_FAULT : StatusFault.GENERAL_FAULT);
  }

  /** Ends every live session and recording. The accessory itself goes with Homebridge. */
  stop(): void {
    this.streaming.stop();
    this.recording?.stop();
  }

  /** Whether the household lets sound be recorded. */
  private get recordsSound(): boolean {
    const { recordingManagementService: service } = this.controller.recordingManagement ?? {};
    return Boolean(service?.getCharacteristic(this.options.api.hap.Characteristic.RecordingAudioActive).value);
  }

  private describe(name: string): void {
    const { Characteristic, Service } = this.options.api.hap;
    this.accessory
      .getService(Service.AccessoryInformation)
      ?.setCharacteristic(Characteristic.Name, name)
      .setCharacteristic(Characteristic.Manufacturer, 'Doorman')
      .setCharacteristic(Characteristic.Model, this.options.model ?? 'Video doorbell')
      .setCharacteristic(Characteristic.SerialNumber, this.accessory.UUID.slice(0, 8))
      .setCharacteristic(Characteristic.FirmwareRevision, packageVersion);
  }
}
