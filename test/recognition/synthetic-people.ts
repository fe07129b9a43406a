import { buildPopulation, type PopulationPerson } from '../../src/recognition/population-build.js';
import type { Population } from '../../src/recognition/population.js';
import { gaussian, seededRandom, type Random } from '../../src/recognition/random.js';
import type { EncoderDescription, GuestTemplates, Probe } from '../../src/types.js';

/** Two sections, as in the fused encoder, small enough for tests. */
export const encoder: EncoderDescription = {
  id: 'synthetic',
  version: '1',
  license: 'none',
  sections: [
    { name: 'wide', length: 48 },
    { name: 'narrow', length: 16 },
  ],
};
const dimensions = 64;

/** A person who does not exist: a point, and looks scattered about it. */
export class SyntheticPerson {
  private readonly centre: Float32Array;

  constructor(
    readonly name: string,
    private readonly random: Random,
  ) {
    this.centre = Float32Array.from({ length: dimensions }, () => 0.4 + gaussian(random));
  }

  /** @param noise 0.5 for a good photo, about 1 for a frame at the door. */
  look(noise = 0.5): Float32Array {
    return this.centre.map((value) => value + noise * gaussian(this.random));
  }

  probes(count: number, noise = 0.8): Probe[] {
    return Array.from({ length: count }, () => ({ embedding: this.look(noise), quality: 0.5 + this.random() / 2 }));
  }

  guest(photos: number): GuestTemplates {
    return {
      id: this.name.toLowerCase(),
      name: this.name,
      templates: Array.from({ length: photos }, (_, i) => ({
        id: `${this.name}-${i}`,
        encoder,
        embedding: this.look(),
        quality: 1,
      })),
    };
  }
}

export function people(count: number, seed: number): SyntheticPerson[] {
  const random = seededRandom(seed);
  return Array.from({ length: count }, (_, i) => new SyntheticPerson(`Person${i}`, random));
}

/** Statistics of people of whom none is in any test. */
export function syntheticPopulation(): Population {
  return buildPopulation({
    encoder,
    people: people(400, 77).map((person, index): PopulationPerson => ({
      photos: Array.from({ length: 1 + (index % 4) }, () => person.look()),
      visits: [person.probes(5)],
    })),
    source: { description: 'synthetic people', degradations: ['noise'] },
  });
}
