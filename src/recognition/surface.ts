import type { Candidate, Embedding, GuestTemplates, Identification, Probe } from '../types.js';
import type { LookAlikes } from './guest-model.js';
import type { TrainingControl } from './slices.js';
import type { SvmParameters } from './svm.js';

/** The prototype's three classifiers by name, and ours. `svm-tau-tuned` is `svm-tau` on a tuned encoder's population. */
export const classifierKinds = ['calibrated', 'svm-tau', 'svm-unknown', 'svm-tau-tuned'] as const;
export type ClassifierKind = (typeof classifierKinds)[number];

export interface ClassifierOptions {
  /** Promised share of strangers' visits that may be given a name, 0 … 1. Only `calibrated` can keep it. */
  readonly falseAcceptRate?: number;
  /** `svm-tau`: one τ per guest instead of one for all. */
  readonly tauPerGuest?: boolean;
  /** Frames that a track must have shown before anybody is named; 1 for judging single photos. */
  readonly minimumFrames?: number;
  readonly svm?: Partial<SvmParameters>;
  /** Seed of the synthetic strangers that stand in where none are given. */
  readonly seed?: number;
}

/** How near a probe came to one guest. */
export interface GuestScore {
  readonly guestId: string;
  readonly name: string;
  /** Above 0: this guest would be accepted. The unit is the classifier's own. */
  readonly score: number;
  /** Distance and τ, where the classifier judges by one. */
  readonly candidate?: Candidate;
}

/** The false-accept promise for the present guest book, or why none is made. */
export type FalseAcceptPromise =
  | { readonly kept: true; readonly rate: number; readonly statement: string }
  | { readonly kept: false; readonly reason: string };

/** scikit-learn's surface: fit, predict, decisionFunction, and attributes named after the literature. */
export interface Classifier {
  readonly kind: ClassifierKind;
  /** RBF width and penalty of the trained SVM; undefined for `calibrated` and before `fit`. */
  readonly gamma: number | undefined;
  readonly C: number | undefined;
  /** Largest distance at which a guest is accepted (for `calibrated`: of an average probe and guest). */
  readonly tau: number | undefined;
  /** Guests who resemble each other, nearest first. */
  readonly lookAlikes: readonly LookAlikes[];
  /** What could not be used, in plain words. */
  readonly warnings: readonly string[];
  readonly promise: FalseAcceptPromise;
  /**
   * Learns the guest book. Until it resolves, `predict` answers with the former guests (less the forgotten ones).
   * @param strangers raw embeddings of people who are no guests; without them a synthetic cohort is drawn.
   * @throws the signal's reason when aborted; the former state stays in force.
   */
  fit(guests: readonly GuestTemplates[], strangers?: readonly Embedding[], control?: TrainingControl): Promise<this>;
  /** Pools the probes of one track and says who it is. Unusable probes are left out and mentioned in the reasons. */
  predict(probes: readonly Probe[]): Identification;
  /** The pooled probe's score for every guest, best first; empty when no probe is usable. */
  decisionFunction(probes: readonly Probe[]): readonly GuestScore[];
  /** Stops naming a guest at once; the rest is relearnt by the next `fit`. */
  forget(guestId: string): void;
}

/** Default promise: at most one stranger's visit in a thousand is given a name. */
export const defaultFalseAcceptRate = 0.001;
/** Frames before anybody is named. */
export const defaultMinimumFrames = 3;
