import type { Probe } from '../types.js';
import { guestSide, normalisedScore, probeSide } from './cohort-score.js';
import type { Population } from './population.js';
import { poolProbes } from './probing.js';
import { createSpace } from './space.js';
import { genuineScore, scoreThreshold } from './thresholds.js';

/** Strangers taken for one person in this share of comparisons at most. */
const strangerRate = 0.005;
/** One person taken for two in this share of comparisons at most. */
const genuineRate = 0.02;

/**
 * Says whether two sets of looks show one person, without knowing who it is: true, false, or undefined when they
 * are too few or too much in between to tell.
 */
export function createResemblance(
  population: Population,
): (a: readonly Probe[], b: readonly Probe[]) => boolean | undefined {
  const space = createSpace(population.sections);
  return (a, b) => {
    const first = poolProbes(a, space, population.frameCorrelation).pooled;
    const second = poolProbes(b, space, population.frameCorrelation).pooled;
    if (first === undefined || second === undefined) return undefined;
    const frames = Math.min(first.weightedFrames, second.weightedFrames);
    const score = normalisedScore(
      guestSide(population, [first.direction], first.direction),
      probeSide(population, second.direction, frames),
    );
    if (score > scoreThreshold(population, 1, frames, strangerRate)) return true;
    return score < genuineScore(population, 1, frames, genuineRate) ? false : undefined;
  };
}
