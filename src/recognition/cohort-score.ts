import { direction as axis, variance, type LowRankCovariance } from './low-rank.js';
import { nuisanceView, type Nuisance } from './nuisance.js';
import { dot } from './vector.js';

/** Mean and covariance of many people's unit vectors. */
export interface Cohort {
  readonly mean: Float32Array;
  readonly covariance: LowRankCovariance;
}

/** Mean and standard deviation of the cosines between one unit vector and everybody of a cohort. */
export interface CohortMoments {
  readonly mean: number;
  readonly deviation: number;
}

/** What scoring needs of a population. */
export interface ScoringStatistics {
  /** One photo of everybody. */
  readonly photos: Cohort;
  readonly nuisance: Nuisance;
}

/**
 * One side of a comparison, ready to be compared: as it is, and with what varies within people played down. The inner
 * product of a guest's and a probe's `calm` is the cosine of the two as seen so.
 */
export interface Comparand {
  readonly direction: Float32Array;
  readonly moments: CohortMoments;
  readonly calm: Float32Array;
  readonly calmMoments: CohortMoments;
}

/**
 * The moments follow from the cohort's mean and covariance: E[u·x] = u·μ, Var[u·x] = uᵀΣu. So scores are normalised
 * without a stranger's template at hand.
 */
export function cohortMoments({ mean, covariance }: Cohort, unit: Float32Array): CohortMoments {
  return { mean: dot(unit, mean), deviation: Math.sqrt(Math.max(variance(covariance, unit, 1), 1e-12)) };
}

/** A guest's mean (a unit vector) as one side. */
export function guestComparand(
  statistics: ScoringStatistics,
  templates: readonly Float32Array[],
  mean: Float32Array,
): Comparand {
  const { photos, nuisance } = statistics;
  const seen = nuisanceView.ofGuest(nuisance, templates);
  return {
    direction: mean,
    moments: cohortMoments(photos, mean),
    calm: nuisanceView.again(nuisance, seen),
    calmMoments: cohortMoments(nuisance.cohort, seen),
  };
}

/** @param frames pooled frames: a single look is taken for a photo, more for a visit at the door. */
export function probeComparand(statistics: ScoringStatistics, direction: Float32Array, frames: number): Comparand {
  const { photos, nuisance } = statistics;
  const calm = nuisanceView.ofProbe(nuisance, direction, frames > 1);
  return {
    direction,
    moments: cohortMoments(photos, direction),
    calm,
    calmMoments: cohortMoments(cohortOfProbes(nuisance), calm),
  };
}

const probeCohorts = new WeakMap<Nuisance, Cohort>();

/** The cohort as unseen probes meet it: seen once more, like guests. Made once for each population. */
function cohortOfProbes(nuisance: Nuisance): Cohort {
  const known = probeCohorts.get(nuisance);
  if (known !== undefined) return known;
  const { mean, covariance } = nuisance.cohort;
  const vectors = new Float32Array(covariance.vectors.length);
  for (let i = 0; i < covariance.values.length; i += 1) {
    vectors.set(nuisanceView.again(nuisance, axis(covariance, i)), i * mean.length);
  }
  const made = { mean: nuisanceView.again(nuisance, mean), covariance: { ...covariance, vectors } };
  probeCohorts.set(nuisance, made);
  return made;
}

/**
 * Symmetric score normalisation (S-norm: Kenny 2010, after Z-norm and T-norm of Auckenthaler et al. 2000): how far
 * the cosine lies above what strangers reach against this guest and what this probe reaches against other people,
 * in units of both spreads. A guest with an average face needs a higher cosine, and so does a blurred probe that
 * resembles everybody.
 */
export function symmetric(cosine: number, a: CohortMoments, b: CohortMoments): number {
  return (2 * cosine - a.mean - b.mean) / (a.deviation + b.deviation);
}

/** The mean of both views' normalised scores. */
export function normalisedScore(guest: Comparand, probe: Comparand): number {
  const plain = symmetric(dot(guest.direction, probe.direction), guest.moments, probe.moments);
  return (plain + calmScore(guest, probe)) / 2;
}

/**
 * The cosine at which a probe that is like the guest in everything else would reach `score`: it puts scores, which
 * nobody can picture, on the scale of cosines, the same for every probe. At most 1.
 */
export function equivalentCosine(score: number, { moments }: Comparand): number {
  return Math.max(-1, Math.min(1, moments.mean + moments.deviation * score));
}

function calmScore(guest: Comparand, probe: Comparand): number {
  return symmetric(dot(guest.calm, probe.calm), guest.calmMoments, probe.calmMoments);
}
