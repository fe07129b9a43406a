import type { Population } from '../recognition/population.js';
import { atOnce } from '../recognition/slices.js';
import { syntheticCohort } from '../recognition/svm-state.js';
import type { Embedding } from '../types.js';

/** Raw embeddings of people who do not exist, with the population's mean and covariance. */
export function drawStrangers(population: Population, count: number, seed: number): Embedding[] {
  return atOnce(syntheticCohort(population, count, seed)).map((direction) => {
    const raw = Float32Array.from(direction);
    let offset = 0;
    for (const { length, centre } of population.sections) {
      // The space subtracts the centre and sets each section's length itself.
      for (let i = 0; centre !== undefined && i < length; i++) {
        raw[offset + i] = raw[offset + i]! + centre[i]!;
      }
      offset += length;
    }
    return raw;
  });
}
