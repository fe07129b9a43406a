import type { MessagePort } from 'node:worker_threads';
import type { DoorbellConfig, DoormanConfig } from '../config.js';
import type { Ffmpeg } from '../video/ffmpeg.js';
import type { PoseCoverage } from '../enrolment/guide.js';
import type { Box, EncoderDescription, FaceEvidence, GuestTemplates, VisitEvent } from '../types.js';

/** What a doorbell's worker thread gets: its settings, and the end of a port on which the camera's packets come. */
export interface WorkerInput {
  readonly settings: WorkerSettings;
  readonly camera: MessagePort;
}

/** What a doorbell's worker is started with; everything it does is in its doorbell's settings. */
export interface WorkerSettings {
  readonly doorbell: DoorbellConfig;
  readonly ffmpeg: Ffmpeg;
  readonly engine: DoormanConfig['engine'];
  readonly encoder: DoormanConfig['encoder'];
  /** The encoder tuned on site, where one is in force. */
  readonly tuned?: Uint8Array | undefined;
  readonly classifier: DoormanConfig['classifier'];
  readonly falseAcceptRate: number;
  readonly threads?: number;
  /** Converted models live here. */
  readonly cacheFolder: string;
  /** Unknown visitors' faces are sent along with the decision, to be named later. */
  readonly inbox: boolean;
}

/** From the main thread to a doorbell's worker. */
export type ToWorker =
  | { readonly type: 'gallery'; readonly guests: readonly GuestTemplates[] }
  | { readonly type: 'press'; readonly at: number }
  | { readonly type: 'snapshot'; readonly request: number; readonly width: number }
  /** The newest picture with the faces found in it. */
  | { readonly type: 'view'; readonly request: number; readonly width: number }
  /** The household wants another false accept rate. */
  | { readonly type: 'false-accept-rate'; readonly rate: number }
  /** Guides whoever stands there through an enrolment; one at a time, a new one ends the one before. */
  | { readonly type: 'enrol'; readonly request: number }
  | { readonly type: 'enrol-end'; readonly request: number }
  | { readonly type: 'stop' };

/** One step of a live enrolment, some times a second. */
export interface LiveEnrolment {
  /** What to ask of the person, in words. */
  readonly guidance: string;
  readonly coverage: readonly PoseCoverage[];
  /** What the camera sees, a small JPEG. */
  readonly picture?: Uint8Array;
  /** A look that was taken just now, or why one was not. */
  readonly taken?: FaceEvidence;
  readonly refused?: string;
}

/** A picture with the faces found in it. */
export interface DoorbellView {
  readonly jpeg: Uint8Array;
  readonly at: number;
  /** The camera's own picture, px; the boxes are in it. */
  readonly frame: { readonly width: number; readonly height: number };
  readonly faces: readonly { readonly box: Box; readonly size: number }[];
}

/** How a doorbell is doing, every few seconds. */
export interface WorkerHealth {
  readonly online: boolean;
  readonly framesPerSecond: number;
  /** Share of frames that came while the one before was still being looked at. */
  readonly droppedShare: number;
  /** Time spent on one frame with a face, ms, median of late. */
  readonly frameTime?: number;
  readonly frameSize?: { readonly width: number; readonly height: number };
}

/** From a doorbell's worker to the main thread. */
export type FromWorker =
  | { readonly type: 'ready'; readonly engine: string; readonly encoder: EncoderDescription }
  | { readonly type: 'camera'; readonly online: boolean; readonly reason?: string }
  | {
      readonly type: 'event';
      readonly event: VisitEvent;
      /** The scene as JPEG, with `started` and `decided`. */
      readonly picture?: Uint8Array;
      readonly evidence?: readonly FaceEvidence[];
    }
  | { readonly type: 'snapshot'; readonly request: number; readonly jpeg?: Uint8Array }
  | { readonly type: 'view'; readonly request: number; readonly view?: DoorbellView }
  | { readonly type: 'enrolment'; readonly request: number; readonly step: LiveEnrolment }
  | { readonly type: 'enrolment-over'; readonly request: number }
  | { readonly type: 'health'; readonly health: WorkerHealth }
  | { readonly type: 'log'; readonly level: 'debug' | 'info' | 'warn' | 'error'; readonly message: string };
