import { addScaled, dot, multiply, norm, type Vector } from './vector.js';
import { gaussian, type Random } from './random.js';

/**
 * A covariance matrix in compact form: exact along `rank` orthonormal directions, isotropic across the rest.
 * Σ = Σᵢ valuesᵢ·vᵢvᵢᵀ + residual·(I − Σᵢ vᵢvᵢᵀ)
 */
export interface LowRankCovariance {
  /** rank × dimensions, row-major, orthonormal rows. */
  readonly vectors: Float32Array;
  /** Variances along the rows of `vectors`, descending. */
  readonly values: Float32Array;
  /** Variance along every direction orthogonal to them. */
  readonly residual: number;
}

/** The index-th of the orthonormal directions. */
export function direction(covariance: LowRankCovariance, index: number): Float32Array {
  const dimensions = covariance.vectors.length / covariance.values.length;
  return covariance.vectors.subarray(index * dimensions, (index + 1) * dimensions);
}

/** The parts of w along the directions. */
export function projections(covariance: LowRankCovariance, w: Vector): Float64Array {
  return multiply(covariance.vectors, w);
}

/** wᵀΣw: the variance of the scores w·x over the population. */
export function variance(covariance: LowRankCovariance, w: Vector): number {
  return projections(covariance, w).reduce(
    (sum, along, i) => sum + (covariance.values[i]! - covariance.residual) * along * along,
    covariance.residual * dot(w, w),
  );
}

/** (Σ + ridge·I)⁻¹ w. `ridge` must be positive where Σ is singular. */
export function solve(covariance: LowRankCovariance, w: Vector, ridge: number): Float64Array {
  const rest = 1 / (covariance.residual + ridge);
  const result = new Float64Array(w.length);
  addScaled(result, w, rest);
  for (let i = 0; i < covariance.values.length; i += 1) {
    const axis = direction(covariance, i);
    addScaled(result, axis, (1 / (covariance.values[i]! + ridge) - rest) * dot(axis, w));
  }
  return result;
}

/** Draws a deviation from the mean with this covariance. */
export function sample(covariance: LowRankCovariance, random: Random): Float64Array {
  const dimensions = covariance.vectors.length / covariance.values.length;
  const result = new Float64Array(dimensions);
  const spread = Math.sqrt(covariance.residual);
  for (let i = 0; i < dimensions; i += 1) result[i] = spread * gaussian(random);
  for (let i = 0; i < covariance.values.length; i += 1) {
    const axis = direction(covariance, i);
    const wanted = Math.sqrt(covariance.values[i]!) * gaussian(random);
    addScaled(result, axis, wanted - dot(axis, result));
  }
  return result;
}

/**
 * Leading eigenpairs of the covariance of `deviations` (already centred; n rows) by subspace iteration.
 * @param rank number of directions kept; reduced to what the rows can carry.
 */
export function leadingCovariance(
  deviations: readonly Vector[],
  weights: readonly number[],
  rank: number,
  random: Random,
  iterations = 8,
): LowRankCovariance {
  const dimensions = deviations[0]?.length ?? 0;
  const kept = Math.max(1, Math.min(rank, dimensions, deviations.length - 1));
  const totalWeight = weights.reduce((sum, weight) => sum + weight, 0);
  const trace = deviations.reduce((sum, row_, i) => sum + weights[i]! * dot(row_, row_), 0) / totalWeight;
  let basis: Float64Array[] = Array.from({ length: kept }, () =>
    Float64Array.from({ length: dimensions }, () => gaussian(random)),
  );
  let values: number[] = [];
  for (let iteration = 0; iteration < iterations; iteration += 1) {
    orthonormalise(basis);
    const next = basis.map(() => new Float64Array(dimensions));
    deviations.forEach((deviation, i) => {
      const weight = weights[i]! / totalWeight;
      basis.forEach((axis, j) => addScaled(next[j]!, deviation, weight * dot(axis, deviation)));
    });
    values = next.map((vector, j) => dot(vector, basis[j]!));
    const order = values.map((_, j) => j).sort((a, b) => values[b]! - values[a]!);
    values = order.map((j) => values[j]!);
    basis = iteration + 1 < iterations ? order.map((j) => next[j]!) : order.map((j) => basis[j]!);
  }
  const explained = values.reduce((sum, value) => sum + value, 0);
  const residual = dimensions > kept ? Math.max(0, trace - explained) / (dimensions - kept) : 0;
  const vectors = new Float32Array(kept * dimensions);
  basis.forEach((axis, j) => vectors.set(axis, j * dimensions));
  return { vectors, values: Float32Array.from(values), residual };
}

/** Modified Gram–Schmidt, in place; directions that vanish are left as zero. */
function orthonormalise(basis: readonly Float64Array[]): void {
  basis.forEach((axis, j) => {
    for (let i = 0; i < j; i += 1) addScaled(axis, basis[i]!, -dot(basis[i]!, axis));
    const length = norm(axis);
    for (let i = 0; i < axis.length; i += 1) axis[i] = length > 1e-12 ? axis[i]! / length : 0;
  });
}
