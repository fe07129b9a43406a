import type { GenuineScores, Population } from './population.js';
import { exceedance, scoreAt } from './tail.js';

/**
 * The promised rate is this many times the one that thresholds are set for: who comes to a house are not the people of
 * the statistics, and a guest with more photos than theirs is resembled a little more.
 */
const reserve = 4;

/** Per-guest probability that keeps the promised rate over all guests: 1 − (1 − rate/reserve)^(1/guests). */
export function perGuestRate(rate: number, guests: number): number {
  return -Math.expm1(Math.log1p(-rate / reserve) / Math.max(1, guests));
}

/** The score a stranger's pooled probe exceeds against one guest with `probability`. */
export function scoreThreshold(population: Population, photos: number, frames: number, probability: number): number {
  return blend(population.tails, photos, frames, (tail) => scoreAt(tail, probability));
}

/** The chance that a stranger's pooled probe scores at least this against one guest. */
export function strangerChance(population: Population, photos: number, frames: number, score: number): number {
  const logarithm = blend(population.tails, photos, frames, (tail) =>
    Math.log(Math.max(1e-12, exceedance(tail, score))),
  );
  return Math.exp(logarithm);
}

/** The score that a guest's pooled probe stays below with `probability`, by photos and frames. */
export function genuineScore(population: Population, photos: number, frames: number, probability: number): number {
  return blend(population.genuine, photos, frames, (curve) => quantileAt(curve, probability));
}

/** Linear between the counted quantiles, held at their ends. */
function quantileAt({ probabilities, scores }: GenuineScores, probability: number): number {
  const above = probabilities.findIndex((candidate) => candidate >= probability);
  if (above < 0) return scores.at(-1) ?? 0;
  if (above === 0) return scores[0] ?? 0;
  const low = probabilities[above - 1]!;
  const share = (probability - low) / (probabilities[above]! - low);
  return scores[above - 1]! + share * (scores[above]! - scores[above - 1]!);
}

/**
 * Interpolates a quantity between the measured conditions, linear in the reciprocal of photos and of frames (the
 * variance of a mean falls with 1/n). Outside the measured range the nearest condition holds.
 */
function blend<Curve extends { readonly photos: number; readonly frames: number }>(
  tails: readonly Curve[],
  photos: number,
  frames: number,
  quantity: (curve: Curve) => number,
): number {
  const [lowPhotos, highPhotos, photoShare] = bracket([...new Set(tails.map((tail) => tail.photos))], photos);
  const at = (count: number): number => {
    const row = tails.filter((tail) => tail.photos === count);
    const [low, high, share] = bracket([...new Set(row.map((tail) => tail.frames))], frames);
    const value = (wanted: number): number => {
      const tail = row.find((candidate) => candidate.frames === wanted);
      return tail === undefined ? Infinity : quantity(tail);
    };
    return share === 0 ? value(low) : value(low) * (1 - share) + value(high) * share;
  };
  return photoShare === 0 ? at(lowPhotos) : at(lowPhotos) * (1 - photoShare) + at(highPhotos) * photoShare;
}

/** The measured values on either side and the share of the upper one. */
function bracket(measured: number[], value: number): [number, number, number] {
  measured.sort((a, b) => a - b);
  const first = measured[0] ?? 1;
  const last = measured.at(-1) ?? 1;
  if (value <= first) return [first, first, 0];
  if (value >= last) return [last, last, 0];
  const index = measured.findIndex((candidate) => candidate >= value);
  const low = measured[index - 1]!;
  const high = measured[index]!;
  return [low, high, (1 / low - 1 / value) / (1 / low - 1 / high)];
}
