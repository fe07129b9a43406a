import { leadingCovariance } from './low-rank.js';
import type { Random } from './random.js';
import { addRows, addScaled, difference, dot, multiply, normalise, weightedMean, type Vector } from './vector.js';

/**
 * What a doorbell's picture does to an embedding, undone as far as it can be foretold: the linear map from pooled
 * visits to clean photos of the same picture (ridge regression of reduced rank; Hoerl and Kennard 1970, Izenman 1975).
 * A visit x becomes photos + (x − visits) + Σⱼ (fromⱼ·(x − visits))·toⱼ, at length 1.
 */
export interface Restoration {
  /** Means of visits and of their people's photos. */
  readonly visits: Float32Array;
  readonly photos: Float32Array;
  /** rank × dimensions each, row by row; empty where there were too few visits to learn more than a shift. */
  readonly from: Float32Array;
  readonly to: Float32Array;
}

/** A pooled visit, and a photo of the picture that it was made of. */
export interface SeenTwice {
  readonly visit: Float32Array;
  readonly photo: Float32Array;
}

const rank = 48;
/** Fewer visits say nothing about directions. */
const fewestVisits = 50;
/** The ridge in mean squared lengths of a visit's deviation: a visit is moved a small part of the way. */
const ridge = 2;

/** The visit as the photo that it might have been. */
export function restore({ visits, photos, from, to }: Restoration, visit: Float32Array): Float32Array {
  const away = difference(visit, visits);
  const restored = Float32Array.from(photos);
  addScaled(restored, away, 1);
  addRows(restored, to, multiply(from, away));
  return normalise(restored);
}

/** @param dimensions of the vectors, for the case that there is no visit. */
export function measureRestoration(pairs: readonly SeenTwice[], dimensions: number, random: Random): Restoration {
  const none = new Float32Array(dimensions);
  if (pairs.length === 0) return { visits: none, photos: none, from: new Float32Array(), to: new Float32Array() };
  const mean = (vectors: readonly Float32Array[]): Float32Array =>
    Float32Array.from(
      weightedMean(
        vectors,
        vectors.map(() => 1),
      ),
    );
  const visits = mean(pairs.map(({ visit }) => visit));
  const photos = mean(pairs.map(({ photo }) => photo));
  if (pairs.length < fewestVisits) return { visits, photos, from: new Float32Array(), to: new Float32Array() };
  const away = pairs.map(({ visit }) => visit.map((value, i) => value - visits[i]!));
  const lost = pairs.map(({ photo }, n) => photo.map((value, i) => value - photos[i]! - away[n]![i]!));
  const gram = away.map((a) => Float64Array.from(away, (b) => dot(a, b)));
  const load = (ridge * gram.reduce((sum, row, i) => sum + row[i]!, 0)) / gram.length;
  // (G + λI)⁻¹ R, then the directions in which its forecasts vary most.
  const dual = solveSymmetric(
    gram.map((row, i) => row.map((value, j) => (i === j ? value + load : value))),
    lost,
  );
  const forecasts = gram.map((row) => combine(row, dual));
  const { vectors: to } = leadingCovariance(
    forecasts,
    forecasts.map(() => 1),
    rank,
    random,
  );
  const kept = to.length / dimensions;
  const from = new Float32Array(to.length);
  for (let j = 0; j < kept; j += 1) {
    const axis = to.subarray(j * dimensions, (j + 1) * dimensions);
    from.set(
      combine(
        dual.map((row) => dot(row, axis)),
        away,
      ),
      j * dimensions,
    );
  }
  return { visits, photos, from, to };
}

function combine(weights: ArrayLike<number>, vectors: readonly Vector[]): Float64Array {
  const sum = new Float64Array(vectors[0]!.length);
  vectors.forEach((vector, i) => addScaled(sum, vector, weights[i]!));
  return sum;
}

/** X of A·X = B for a positive definite A (Cholesky); rows of B in, rows of X out. A is overwritten. */
function solveSymmetric(a: readonly Float64Array[], b: readonly Vector[]): Float64Array[] {
  const n = a.length;
  for (let i = 0; i < n; i += 1) {
    for (let j = 0; j <= i; j += 1) {
      let sum = a[i]![j]!;
      for (let k = 0; k < j; k += 1) sum -= a[i]![k]! * a[j]![k]!;
      a[i]![j] = i === j ? Math.sqrt(sum) : sum / a[j]![j]!;
    }
  }
  const x = b.map((row) => Float64Array.from(row));
  for (let i = 0; i < n; i += 1) {
    for (let k = 0; k < i; k += 1) addScaled(x[i]!, x[k]!, -a[i]![k]!);
    scale(x[i]!, 1 / a[i]![i]!);
  }
  for (let i = n - 1; i >= 0; i -= 1) {
    for (let k = i + 1; k < n; k += 1) addScaled(x[i]!, x[k]!, -a[k]![i]!);
    scale(x[i]!, 1 / a[i]![i]!);
  }
  return x;
}

function scale(vector: Float64Array, factor: number): void {
  for (let i = 0; i < vector.length; i += 1) vector[i] = vector[i]! * factor;
}
