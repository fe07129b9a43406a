import type {
  CameraRecordingConfiguration,
  CameraRecordingDelegate,
  HDSProtocolSpecificErrorReason,
  RecordingPacket,
} from 'homebridge';
import type { Clock } from '../types.js';
import { findEncoder } from './encoder.js';
import { hapValues } from './hap-values.js';
import { HUB_DELAY_MS, LEAD_MS, PREBUFFER_MS, prebufferFor } from './recording-policy.js';
import { RecordingTape, type RecordingOptions } from './recording-tape.js';
import type { EncoderArguments } from './stream-policy.js';

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
    const tape = new RecordingTape(this.options, configuration, prebufferMs, await this.findEncoder());
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
