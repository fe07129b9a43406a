import { solve, variance } from './low-rank.js';
import type { Population } from './population.js';
import { dot } from './vector.js';

/**
 * A guest against the whole population: the direction that best separates the guest's mean from strangers
 * (Fisher's direction with the population's covariance, damped by a ridge; "exemplar LDA", Hariharan et al. 2012),
 * with the mean and the deviation of strangers' scores along it. Both follow from the population's mean and
 * covariance, so the normalisation (Z-norm, Auckenthaler et al. 2000) needs no stranger's template.
 */
export interface CohortModel {
  /** w, length = dimensions. */
  readonly direction: Float32Array;
  /** Mean and standard deviation of w·x over strangers x. */
  readonly mean: number;
  readonly deviation: number;
}

/** @param guestMean unit vector. */
export function cohortModel(population: Population, guestMean: Float32Array): CohortModel {
  const difference = guestMean.map((value, i) => value - population.mean[i]!);
  const direction = Float32Array.from(solve(population.total, difference, population.ridge));
  return {
    direction,
    mean: dot(direction, population.mean),
    deviation: Math.sqrt(Math.max(variance(population.total, direction), 1e-12)),
  };
}

/** How many standard deviations above strangers a probe (unit vector) scores. */
export function cohortScore(model: CohortModel, probe: Float32Array): number {
  return (dot(model.direction, probe) - model.mean) / model.deviation;
}
