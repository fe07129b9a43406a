import type { DoormanConfig } from '../config.js';
import type { CropFile } from '../enrolment/crop-file.js';
import type { Embedding, EncoderId, FaceEvidence, GuestTemplates } from '../types.js';
import type { AccuracyFigures } from './accuracy.js';
import type { TuningAnswer, TuningAsked, TuningStep } from './tuning/run.js';

/** What the studio works with. */
export interface StudioSettings {
  readonly engine: DoormanConfig['engine'];
  readonly encoder: DoormanConfig['encoder'];
  /** The tuned encoder in force, as a file. */
  readonly tuned?: Uint8Array | undefined;
  readonly classifier: DoormanConfig['classifier'];
  readonly threads?: number;
  readonly ffmpegPath?: string;
  /** Converted models live here. */
  readonly cacheFolder: string;
}

/** One picture that was looked at, of a photo or a film. */
export interface StudioLook {
  /** The file's name as people know it, for a film with the time of the frame. */
  readonly source: string;
  readonly taken?: FaceEvidence;
  readonly refused?: string;
  /** The face that was refused, aligned. */
  readonly seen?: CropFile;
}

/** What the studio can be asked, with what comes back at the end and (`partial`) on the way. */
export interface StudioTasks {
  /** The encoder in force. */
  readonly encoder: { readonly asked: object; readonly answer: EncoderId; readonly partial: never };
  /** Looks for one guest's face in a photo or film. @see StudioLook */
  readonly look: {
    readonly asked: { readonly file: string; readonly name: string };
    readonly answer: object;
    readonly partial: StudioLook;
  };
  readonly encode: { readonly asked: CropFile; readonly answer: Embedding; readonly partial: never };
  /** Learns the guests, and says what could not be used and what is promised. */
  readonly learn: {
    readonly asked: { readonly gallery: readonly GuestTemplates[]; readonly falseAcceptRate: number };
    readonly answer: { readonly warnings: readonly string[]; readonly statement: string };
    readonly partial: never;
  };
  readonly accuracy: {
    readonly asked: { readonly gallery: readonly GuestTemplates[]; readonly falseAcceptRate: number };
    readonly answer: AccuracyFigures;
    /** Share done, 0 … 1. */
    readonly partial: number;
  };
  readonly tune: TuneTask;
}

/** @see runTuning */
interface TuneTask {
  readonly asked: TuningAsked;
  readonly answer: TuningAnswer;
  readonly partial: TuningStep;
}

export type StudioTask = keyof StudioTasks;

export type ToStudio =
  /** The first message. */
  | { readonly type: 'begin'; readonly settings: StudioSettings }
  | StudioRequest<StudioTask>
  /** The asker does not want the answer any more. */
  | { readonly type: 'abandon'; readonly request: number }
  | { readonly type: 'stop' };

export interface StudioRequest<T extends StudioTask> {
  readonly type: 'ask';
  readonly request: number;
  readonly task: T;
  readonly asked: StudioTasks[T]['asked'];
}

export type FromStudio =
  | { readonly type: 'partial'; readonly request: number; readonly partial: StudioTasks[StudioTask]['partial'] }
  | { readonly type: 'answer'; readonly request: number; readonly answer: StudioTasks[StudioTask]['answer'] }
  | { readonly type: 'failed'; readonly request: number; readonly message: string }
  | { readonly type: 'log'; readonly level: 'debug' | 'info' | 'warn' | 'error'; readonly message: string };
