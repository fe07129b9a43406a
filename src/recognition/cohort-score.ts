import { variance, type LowRankCovariance } from './low-rank.js';
import type { Population } from './population.js';
import { dot } from './vector.js';

/** Mean and covariance of many people's unit vectors under one kind of conditions. */
export interface Cohort {
  readonly mean: Float32Array;
  readonly covariance: LowRankCovariance;
}

/** Mean and standard deviation of the cosines between one unit vector and everybody of a cohort. */
export interface CohortMoments {
  readonly mean: number;
  readonly deviation: number;
}

/** A guest's moments against strangers as they look in photos, and as they look at the door. */
export interface GuestMoments {
  readonly photos: CohortMoments;
  readonly visits: CohortMoments;
}

/**
 * The moments follow from the cohort's mean and covariance: E[u·x] = u·μ, Var[u·x] = uᵀΣu. So scores are normalised
 * without a stranger's template at hand.
 */
export function cohortMoments({ mean, covariance }: Cohort, unit: Float32Array): CohortMoments {
  return { mean: dot(unit, mean), deviation: Math.sqrt(Math.max(variance(covariance, unit), 1e-12)) };
}

export function guestMoments(population: Pick<Population, 'photos' | 'visits'>, mean: Float32Array): GuestMoments {
  return { photos: cohortMoments(population.photos, mean), visits: cohortMoments(population.visits, mean) };
}

/**
 * A symmetric score normalisation (S-norm: Kenny 2010, after Z-norm and T-norm of Auckenthaler et al. 2000): how far
 * the cosine lies above what strangers reach against this guest and what this probe reaches against other people,
 * in units of both spreads. A guest with an average face needs a higher cosine, and so does a blurred probe that
 * resembles everybody.
 *
 * @param frames pooled frames: one look is compared like a photo, a visit like other visits at the door.
 */
export function normalisedScore(cosine: number, guest: GuestMoments, probe: CohortMoments, frames: number): number {
  const side = frames > 1 ? guest.visits : guest.photos;
  return (2 * cosine - side.mean - probe.mean) / (side.deviation + probe.deviation);
}

/** The cosine at which `normalisedScore` reaches `score`. */
export function cosineForScore(score: number, guest: GuestMoments, probe: CohortMoments, frames: number): number {
  const side = frames > 1 ? guest.visits : guest.photos;
  return (score * (side.deviation + probe.deviation) + side.mean + probe.mean) / 2;
}
