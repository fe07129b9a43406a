/**
 * The values that pass between rooms. Plain data only: whatever is here can cross a thread boundary.
 *
 * Units everywhere: pixels of the frame a thing was measured in, milliseconds, radians; distances between
 * embeddings are Euclidean between unit vectors (0 … 2).
 */

/**
 * A decoded picture, 8 bits a sample. `rgb24`: row-major, 3 bytes per pixel. `i420`: the Y plane (width × height),
 * then U and V at half width and height (rounded up); studio range and BT.601 unless `fullRange` or `matrix` say
 * otherwise. Cameras deliver `i420`, so that nothing is converted that nobody looks at.
 */
export interface Frame {
  readonly format: 'rgb24' | 'i420';
  readonly width: number;
  readonly height: number;
  readonly data: Uint8Array;
  /** Capture time in ms since the epoch (for files: since the file's beginning). */
  readonly timestamp: number;
  readonly fullRange?: boolean;
  readonly matrix?: 'bt601' | 'bt709';
}

export interface Point {
  readonly x: number;
  readonly y: number;
}

/** An axis-aligned rectangle; (x, y) is its top left corner. */
export interface Box extends Point {
  readonly width: number;
  readonly height: number;
}

/** Head pose in radians. Positive yaw: towards the picture's right; pitch: up; roll: clockwise. */
export interface Pose {
  readonly yaw: number;
  readonly pitch: number;
  readonly roll: number;
}

/** Why a face was not good enough to be judged. */
export type QualityFault =
  'too-small' | 'blurred' | 'too-dark' | 'too-bright' | 'low-contrast' | 'turned-away' | 'cut-off' | 'uncertain';

/** What the quality gate measured. `score` 0 … 1 weighs a face in pooling; a face with faults is not encoded. */
export interface FaceQuality {
  readonly score: number;
  readonly faults: readonly QualityFault[];
  /** Distance between the outer eye corners' midpoints times 2: the face's width in px, about. */
  readonly size: number;
  readonly sharpness: number;
  readonly brightness: number;
  readonly contrast: number;
}

/** How open each eye is: eyelid distance over eye width (about 0.3 open, below 0.15 closed). */
export interface EyeOpenness {
  readonly left: number;
  readonly right: number;
}

/** One face in one frame, as vision reports it. */
export interface FaceObservation {
  readonly timestamp: number;
  readonly box: Box;
  /** The detector's confidence, 0 … 1. */
  readonly confidence: number;
  /** The mesh's confidence that this is a face, 0 … 1. */
  readonly meshConfidence: number;
  /** 468 mesh points as x, y, z triples in frame pixels (z relative to the head's centre), eyelids refined by the iris model. */
  readonly mesh: Float32Array;
  readonly pose: Pose;
  readonly eyes: EyeOpenness;
  readonly quality: FaceQuality;
}

/**
 * An encoder's raw output for one face: not centred, not normalised. For a fused encoder the parts'
 * outputs stand one behind the other. `recognition` turns it into a point on the unit sphere.
 */
export type Embedding = Float32Array;

/** One face of a visitor, good enough to be enrolled. */
export interface FaceEvidence {
  readonly embedding: Embedding;
  readonly quality: FaceQuality;
  readonly pose: Pose;
  /** The aligned face (JPEG), and the five points in it. */
  readonly crop: { readonly picture: Uint8Array; readonly points: readonly Point[] };
}

/** Says which encoder made an embedding; embeddings of different ids or versions are never compared. */
export interface EncoderId {
  readonly id: string;
  readonly version: string;
}

/** What an encoder's output is made of. */
export interface EncoderDescription extends EncoderId {
  readonly license: string;
  readonly sections: readonly { readonly name: string; readonly length: number }[];
}

/** One enrolled embedding of a guest. */
export interface Template {
  readonly id: string;
  readonly encoder: EncoderId;
  readonly embedding: Embedding;
  readonly quality: number;
}

/** What recognition needs to know of a guest. */
export interface GuestTemplates {
  readonly id: string;
  readonly name: string;
  readonly templates: readonly Template[];
}

/** One look at a face inside a track: the embedding with the quality that weighs it. */
export interface Probe {
  readonly embedding: Embedding;
  /** 0 … 1 */
  readonly quality: number;
}

/** How near a probe is to one guest. */
export interface Candidate {
  readonly guestId: string;
  readonly name: string;
  /**
   * Euclidean distance of the pooled probe to the guest's mean, both unit vectors. The calibrated classifier puts its
   * score on this scale, so that it is comparable from probe to probe.
   */
  readonly distance: number;
  /** The threshold that held for this guest and this many frames; accepted only when distance < tau. */
  readonly tau: number;
}

/** Whom a face, or a track's pooled faces, is taken for. */
export interface Identification {
  /** The guest, or undefined for *unknown*. */
  readonly guest?: { readonly id: string; readonly name: string };
  readonly best?: Candidate;
  readonly second?: Candidate;
  /** Belief in the statement made (named or unknown), 0 … 1; for people to read, never for thresholds. */
  readonly confidence: number;
  /** Frames that were pooled. */
  readonly frames: number;
  readonly reasons: readonly string[];
}

export type LivenessState = 'live' | 'spoof' | 'undecided';

export interface LivenessVerdict {
  readonly state: LivenessState;
  /** 0 (surely a picture) … 1 (surely alive). */
  readonly score: number;
  readonly blinks: number;
  /** Each sign that spoke, for the receipt and the log, in plain words. */
  readonly reasons: readonly string[];
  readonly signs: { readonly blink: boolean; readonly parallax: boolean; readonly expression: boolean };
}

/** How much life is asked for before a name is told. See docs/accuracy.md and issue text in README. */
export type LivenessPolicy = 'off' | 'announce' | 'require' | 'strict';

export type VisitOutcome = 'guest' | 'unknown' | 'undecided';

/** The one decision about one visitor's visit. */
export interface VisitDecision {
  readonly outcome: VisitOutcome;
  readonly guest?: { readonly id: string; readonly name: string };
  /** The guest this would have been, had liveness not judged it a picture. */
  readonly possiblyPhotoOf?: { readonly id: string; readonly name: string };
  readonly identification: Identification;
  readonly liveness: LivenessVerdict;
  /** Under `strict`, blink and parallax were both seen. */
  readonly verified: boolean;
  readonly reasons: readonly string[];
}

/** A visitor's stay before one doorbell. */
export interface Visit {
  readonly id: string;
  readonly doorbell: string;
  readonly startedAt: number;
  readonly decidedAt?: number;
  readonly endedAt?: number;
  readonly pressedAt?: number;
  readonly decision?: VisitDecision;
}

/**
 * What happens during a visit, in this order: `started`, perhaps `withheld`, `decided` (exactly once), `ended`.
 * `pressed` may come at any time, and with no visit at all.
 */
export type VisitEvent =
  /** A person is at the door; nothing is known of them yet. */
  | { readonly type: 'started'; readonly visit: Visit }
  /** A guest is recognised, but the liveness policy does not let the name out yet: ring plainly, the name may follow. */
  | { readonly type: 'withheld'; readonly visit: Visit }
  /** The one decision. `face` is where the visitor is in the newest frame. */
  | {
      readonly type: 'decided';
      readonly visit: Visit & { readonly decision: VisitDecision };
      readonly face?: Box;
      /** What the decision was made from beside what it holds itself, so that it can be replayed. */
      readonly inputs: { readonly policy: LivenessPolicy; readonly elapsed: number; readonly settled: boolean };
    }
  | { readonly type: 'ended'; readonly visit: Visit }
  /** The button was pressed; `visit` is the visit it belongs to, if anybody is there. */
  | { readonly type: 'pressed'; readonly at: number; readonly visit?: Visit };

export type Logger = Pick<Console, 'debug' | 'info' | 'warn' | 'error'>;

/** The present time in ms since the epoch; injected wherever a test wants to hold it. */
export type Clock = () => number;
