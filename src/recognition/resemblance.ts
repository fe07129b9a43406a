import type { Probe } from '../types.js';
import type { Population } from './population.js';
import { poolProbes } from './probing.js';
import { createSpace } from './space.js';
import { chord, dot } from './vector.js';

/** Unrelated faces stand at right angles: distance √2 between unit vectors. */
const STRANGERS = Math.SQRT2;

/** So far from `near` towards the strangers, two sets of looks are believed to show different people. */
const DISAGREEMENT = 0.5;

/**
 * Do two sets of looks, taken by one camera within minutes, show one person? True when they lie nearer than two
 * guests whose likeness is worth a word; false when they lie well on the strangers' side; undefined in between, and
 * when either has no usable look.
 */
export function createResemblance(
  population: Population,
): (a: readonly Probe[], b: readonly Probe[]) => boolean | undefined {
  const space = createSpace(population.sections);
  const { near } = population.lookAlike;
  const apart = near + (STRANGERS - near) * DISAGREEMENT;
  return (a, b) => {
    const first = poolProbes(a, space, population.frameCorrelation).pooled;
    const second = poolProbes(b, space, population.frameCorrelation).pooled;
    if (first === undefined || second === undefined) {
      return undefined;
    }
    const distance = chord(dot(first.direction, second.direction));
    return distance < near ? true : distance > apart ? false : undefined;
  };
}
