import type { EncoderId } from '../types.js';
import type { ScoringStatistics } from './cohort-score.js';
import type { SectionSpace } from './space.js';
import type { ScoreTail } from './tail.js';

/** What the statistics were computed from. */
export interface PopulationSource {
  readonly description: string;
  readonly people: number;
  readonly images: number;
  /** People with two or more images. */
  readonly repeated: number;
  /** Simulated visits: runs of degraded frames of one face. */
  readonly visits: number;
  readonly degradations: readonly string[];
}

/**
 * Aggregate statistics of one encoder over many people: no template of anybody is in it.
 * Vectors live in the unit space that `createSpace(sections)` makes.
 */
export interface Population extends ScoringStatistics {
  readonly encoder: EncoderId;
  /** The encoder that this one was tuned from on the household's own faces, if it was. */
  readonly tunedFrom?: EncoderId;
  readonly source: PopulationSource;
  readonly sections: readonly SectionSpace[];
  /** Distances of two guests' means: worth a word below `near`, taken for one person below `same`. */
  readonly lookAlike: { readonly near: number; readonly same: number };
  /** Quantiles of what guests reach, by photos and frames. */
  readonly genuine: readonly GenuineScores[];
  /** Correlation between the deviations of frames of one visit, 0 … 1. */
  readonly frameCorrelation: number;
  /** Strangers' normalised scores by photos and frames. */
  readonly tails: readonly ScoreTail[];
}

/** Quantiles of genuine normalised scores: what a guest with so many photos reaches. */
export interface GenuineScores {
  readonly photos: number;
  readonly frames: number;
  readonly probabilities: readonly number[];
  readonly scores: readonly number[];
}
