/**
 * How high strangers' normalised scores reach: upper-tail quantiles counted on the population, continued by a
 * generalised Pareto tail (Pickands 1975; fitted by probability-weighted moments, Hosking and Wallis 1987)
 * where counting ends.
 */
export interface ScoreTail {
  /** Enrolled photos per guest and pooled frames per probe that this tail was measured with. */
  readonly photos: number;
  readonly frames: number;
  /** Stranger comparisons behind it, and distinct strangers among them. */
  readonly comparisons: number;
  readonly strangers: number;
  /** Descending exceedance probabilities and the scores they belong to. */
  readonly probabilities: readonly number[];
  readonly scores: readonly number[];
  /** The Pareto continuation beyond the last counted score; `shape` 0 is exponential. */
  readonly shape: number;
  readonly scale: number;
}

const counted = [
  0.5, 0.2, 0.1, 0.05, 0.02, 0.01, 5e-3, 2e-3, 1e-3, 5e-4, 2e-4, 1e-4, 5e-5, 2e-5, 1e-5, 5e-6, 2e-6, 1e-6,
];
/** Fewer exceedances than this are chance, not a quantile. */
const minimumExceedances = 25;

/** Measures the tail of a sample of stranger scores. The sample is sorted in place, descending. */
export function measureTail(
  scores: Float32Array,
  conditions: { readonly photos: number; readonly frames: number; readonly strangers: number },
): ScoreTail {
  scores.sort().reverse();
  const comparisons = scores.length;
  const probabilities = counted.filter((probability) => probability * comparisons >= minimumExceedances);
  const quantiles = probabilities.map((probability) => scores[Math.floor(probability * comparisons)]!);
  const last = Math.floor((probabilities.at(-1) ?? 1) * comparisons);
  const threshold = quantiles.at(-1) ?? 0;
  const from = Math.min(comparisons - 1, last * 20);
  const { shape, scale } = fitPareto(scores.subarray(0, from), scores[from] ?? threshold);
  return {
    ...conditions,
    comparisons,
    probabilities,
    scores: quantiles,
    shape,
    // The Pareto family is closed under raising the threshold: the scale moves linearly with it.
    scale: Math.max(1e-3, scale + shape * (threshold - (scores[from] ?? threshold))),
  };
}

/** Quantiles from here on say how far two tails lie apart. */
const tailFrom = 0.02;

/**
 * Where a tail's own counting ends it goes on like a better counted one, moved by the distance that they have where
 * both are counted: normalised scores differ little with the number of photos, and a tail continued from few people
 * is chance.
 */
export function continueLike(tail: ScoreTail, other: ScoreTail): ScoreTail {
  const last = tail.probabilities.at(-1) ?? 1;
  const both = tail.probabilities.map((_, i) => i).filter((i) => tail.probabilities[i]! <= tailFrom);
  const beyond = other.probabilities.map((_, i) => i).filter((i) => other.probabilities[i]! < last);
  if (both.length === 0 || beyond.length === 0) return tail;
  const apart =
    both.reduce((sum, i) => sum + tail.scores[i]! - scoreAt(other, tail.probabilities[i]!), 0) / both.length;
  return {
    ...tail,
    probabilities: [...tail.probabilities, ...beyond.map((i) => other.probabilities[i]!)],
    scores: [...tail.scores, ...beyond.map((i) => Math.max(tail.scores.at(-1)!, other.scores[i]! + apart))],
    shape: other.shape,
    scale: other.scale,
  };
}

/** Probability-weighted moments; the shape is held in [-0.5, 0.3], where small samples do not run away. */
export function fitPareto(descending: Float32Array, threshold: number): { shape: number; scale: number } {
  const n = descending.length;
  let mean = 0;
  let weighted = 0;
  for (let i = 0; i < n; i += 1) {
    const excess = descending[i]! - threshold;
    mean += excess / n;
    weighted += (excess * (i / Math.max(1, n - 1))) / n;
  }
  // Descending order: rank i has about i/(n−1) of the sample above it, which is the survival weight.
  if (n < 5 || mean <= 0 || mean - 2 * weighted <= 0) return { shape: 0, scale: Math.max(mean, 1e-3) };
  const shape = Math.min(0.3, Math.max(-0.5, 2 - mean / (mean - 2 * weighted)));
  return { shape, scale: mean * (1 - shape) };
}

/** The score that a stranger exceeds with `probability`. */
export function scoreAt(tail: ScoreTail, probability: number): number {
  const { probabilities, scores } = tail;
  const last = probabilities.length - 1;
  if (last < 0) return Infinity;
  if (probability >= probabilities[0]!) return scores[0]!;
  for (let i = 1; i <= last; i += 1) {
    if (probability >= probabilities[i]!) {
      const share = Math.log(probabilities[i - 1]! / probability) / Math.log(probabilities[i - 1]! / probabilities[i]!);
      return scores[i - 1]! + share * (scores[i]! - scores[i - 1]!);
    }
  }
  const ratio = probabilities[last]! / probability;
  const excess = Math.abs(tail.shape) < 1e-6 ? Math.log(ratio) : (ratio ** tail.shape - 1) / tail.shape;
  return scores[last]! + tail.scale * excess;
}

/** The probability that a stranger exceeds `score`: the inverse of `scoreAt`, 0.5 and above reported as 0.5. */
export function exceedance(tail: ScoreTail, score: number): number {
  const { probabilities, scores } = tail;
  const last = probabilities.length - 1;
  if (last < 0) return 0.5;
  if (score <= scores[0]!) return probabilities[0]!;
  for (let i = 1; i <= last; i += 1) {
    if (score <= scores[i]!) {
      const width = scores[i]! - scores[i - 1]!;
      const share = width > 0 ? (score - scores[i - 1]!) / width : 1;
      return probabilities[i - 1]! * (probabilities[i]! / probabilities[i - 1]!) ** share;
    }
  }
  const excess = (score - scores[last]!) / tail.scale;
  const survival =
    Math.abs(tail.shape) < 1e-6 ? Math.exp(-excess) : Math.max(0, 1 + tail.shape * excess) ** (-1 / tail.shape);
  return probabilities[last]! * survival;
}
