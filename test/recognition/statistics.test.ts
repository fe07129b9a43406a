import { describe, expect, it } from '@jest/globals';
import { coach } from '../../src/recognition/coaching.js';
import { PopulationError } from '../../src/recognition/errors.js';
import { leadingCovariance, sample, solve, variance } from '../../src/recognition/low-rank.js';
import { confusionMatrix } from '../../src/recognition/metrics/confusion.js';
import { dirAtFpir } from '../../src/recognition/metrics/identification.js';
import { wilson } from '../../src/recognition/metrics/intervals.js';
import { bestThreshold, tarAtFar } from '../../src/recognition/metrics/verification.js';
import { parsePopulation, serialisePopulation } from '../../src/recognition/population-file.js';
import { gaussian, seededRandom } from '../../src/recognition/random.js';
import { createResemblance } from '../../src/recognition/resemblance.js';
import { createSpace, fusionScales } from '../../src/recognition/space.js';
import { exceedance, measureTail, scoreAt } from '../../src/recognition/tail.js';
import { dot } from '../../src/recognition/vector.js';
import { pool } from '../../src/visit/pooling.js';
import { people, syntheticPopulation } from './synthetic-people.js';

const population = syntheticPopulation();

describe('space', () => {
  it('makes one cosine of weighted section scores', () => {
    const scales = fusionScales([
      { weight: 1, deviation: 0.1 },
      { weight: 2, deviation: 0.05 },
    ]);
    const space = createSpace([
      { name: 'a', length: 2, scale: scales[0]! },
      { name: 'b', length: 2, scale: scales[1]! },
    ]);
    const score = dot(space.project(Float32Array.of(1, 0, 3, 0)), space.project(Float32Array.of(0, 2, 1, 0)));
    // Section cosines 0 and 1; weights over deviations 10 and 40.
    expect(score).toBeCloseTo(0.8, 5);
  });

  it.each([
    ['wrong-length', new Float32Array(3)],
    ['not-a-number', Float32Array.of(NaN, 1, 1, 1)],
    ['zero', Float32Array.of(1, 1, 0, 0)],
  ])('refuses %s', (fault, embedding) => {
    const space = createSpace([
      { name: 'a', length: 2, scale: 1 },
      { name: 'b', length: 2, scale: 1 },
    ]);
    let thrown: unknown;
    try {
      space.project(embedding);
    } catch (error) {
      thrown = error;
    }
    expect(thrown).toMatchObject({ name: 'EmbeddingError', fault });
  });
});

describe('low-rank covariance', () => {
  const random = seededRandom(3);
  const rows = Array.from({ length: 3000 }, () =>
    Float64Array.from([3, 2, 0.5, 0.5, 0.5], (deviation) => deviation * gaussian(random)),
  );
  const covariance = leadingCovariance(
    rows,
    rows.map(() => 1),
    2,
    random,
  );

  it('finds the leading variances and the rest', () => {
    expect(covariance.values[0]).toBeCloseTo(9, 0);
    expect(covariance.values[1]).toBeCloseTo(4, 0);
    expect(covariance.residual).toBeCloseTo(0.25, 1);
  });

  it('gives variances, solutions and samples that fit together', () => {
    const w = Float64Array.of(1, 1, 0, 0, 0);
    expect(variance(covariance, w)).toBeCloseTo(13, 0);
    expect(dot(solve(covariance, w, 0), w)).toBeCloseTo(1 / 9 + 1 / 4, 1);
    const draws = Array.from({ length: 2000 }, () => dot(sample(covariance, random), w) ** 2);
    expect(Math.abs(draws.reduce((sum, value) => sum + value, 0) / 2000 - 13)).toBeLessThan(1.5);
  });
});

describe('score tail', () => {
  it('continues a normal sample beyond what was counted', () => {
    const random = seededRandom(4);
    const tail = measureTail(
      Float32Array.from({ length: 200_000 }, () => gaussian(random)),
      { photos: 1, frames: 1, strangers: 1000 },
    );
    expect(scoreAt(tail, 0.01)).toBeCloseTo(2.326, 1);
    expect(Math.abs(scoreAt(tail, 1e-5) - 4.265)).toBeLessThan(0.5);
    for (const probability of [0.05, 1e-3, 1e-5]) {
      expect(Math.log10(exceedance(tail, scoreAt(tail, probability)))).toBeCloseTo(Math.log10(probability), 3);
    }
  });
});

describe('pooling', () => {
  const unit = (angle: number): Float32Array => Float32Array.of(Math.cos(angle), Math.sin(angle));

  it('weighs by quality and counts correlated frames as fewer', () => {
    const pooled = pool(
      [
        { direction: unit(0), quality: 1 },
        { direction: unit(1), quality: 0.1 },
      ],
      0.5,
    );
    expect(Math.atan2(pooled.direction[1]!, pooled.direction[0]!)).toBeLessThan(0.2);
    expect(pooled.weightedFrames).toBeLessThan(1.3);
    const four = pool(
      [0, 0, 0, 0].map((angle) => ({ direction: unit(angle), quality: 1 })),
      0.5,
    );
    expect(four.effectiveFrames).toBeCloseTo(4 / 2.5, 5);
  });

  it('survives qualities that are no numbers', () => {
    expect(pool([{ direction: unit(0.3), quality: NaN }], 1).direction[0]).toBeCloseTo(Math.cos(0.3), 5);
  });
});

describe('population file', () => {
  it('survives being written and read', () => {
    const read = parsePopulation(JSON.parse(JSON.stringify(serialisePopulation(population))));
    expect(read.encoder).toEqual(population.encoder);
    expect(read.tails).toEqual(population.tails);
    const [a, b] = [read.photos.covariance, population.photos.covariance].map(({ vectors }) => vectors);
    expect(Math.max(...a!.map((value, i) => Math.abs(value - b![i]!)))).toBeLessThan(1e-4);
  });

  it('names every fault', () => {
    const file = serialisePopulation(population) as Record<string, unknown>;
    expect(() => parsePopulation({ ...file, encoder: { id: 'x' }, tails: [] })).toThrow(/encoder.version.*tails/s);
    expect(() => parsePopulation({ ...file, sections: [{ name: 'a', length: 3, scale: 1 }] })).toThrow(PopulationError);
    expect(() => parsePopulation('nonsense')).toThrow(PopulationError);
  });
});

describe('resemblance', () => {
  it('tells one person from two, and says when it cannot', () => {
    const resembles = createResemblance(population);
    const crowd = people(60, 8);
    const same = crowd.map((person) => resembles(person.probes(4), person.probes(4)));
    const other = crowd.slice(1).map((person, i) => resembles(person.probes(4), crowd[i]!.probes(4)));
    expect(same.filter((answer) => answer === true).length).toBeGreaterThan(50);
    expect(other.filter((answer) => answer === true).length).toBeLessThan(3);
    expect(resembles([], crowd[0]!.probes(2))).toBeUndefined();
  });
});

describe('coaching', () => {
  it('finds the photo that belongs to somebody else', () => {
    const [anna, ben] = people(2, 21) as [ReturnType<typeof people>[number], ReturnType<typeof people>[number]];
    const guest = anna.guest(4);
    const wrong = { ...guest.templates[0]!, id: 'wrong', embedding: ben.look() };
    const { harmful, lines } = coach(population, [{ ...guest, templates: [...guest.templates, wrong] }, ben.guest(4)]);
    expect(harmful.map(({ templateId }) => templateId)).toEqual(['wrong']);
    expect(lines.join('\n')).toContain(`nearer to ${ben.name}`);
  });

  it('asks for photos where there is one, and for what no photo shows', () => {
    const [anna] = people(1, 22) as [ReturnType<typeof people>[number]];
    const guest = anna.guest(1);
    const { guests } = coach(population, [guest], new Map([[guest.id, [{ night: true }]]]));
    expect(guests[0]!.morePhotos).toBeGreaterThanOrEqual(1);
    expect(guests[0]!.missing).toEqual(['the face from the side']);
  });
});

describe('metrics', () => {
  it('gives TAR at the score that impostors exceed at the rate asked for', () => {
    const impostor = Float32Array.from({ length: 1000 }, (_, i) => i / 1000);
    expect(tarAtFar(Float32Array.of(0.98, 0.995), impostor, 0.01)).toEqual({ tar: 0.5, threshold: Math.fround(0.989) });
  });

  it('takes the threshold that tells most pairs right', () => {
    const pairs = [0.9, 0.8, 0.4].map((score) => ({ score, genuine: true, fold: 0 }));
    const others = [0.1, 0.2, 0.5].map((score) => ({ score, genuine: false, fold: 0 }));
    expect(bestThreshold([...pairs, ...others])).toBeCloseTo(0.65, 5);
  });

  it('counts a guest found under the wrong name as not found', () => {
    const strangers = Array.from({ length: 100 }, (_, i) => ({ score: i / 100 }));
    const guests = [
      { score: 2, correct: true },
      { score: 2, correct: false },
      { score: 0.5, correct: true },
    ];
    expect(dirAtFpir(guests, strangers, 0.01).dir.count).toBe(1);
  });

  it('gives an interval that never leaves 0 … 1', () => {
    expect(wilson(0, 1000).low).toBeGreaterThanOrEqual(0);
    expect(wilson(1000, 1000).high).toBeLessThanOrEqual(1);
    expect(wilson(0, 1000).high).toBeCloseTo(0.0038, 4);
  });

  it('counts false accepts and rejects', () => {
    const matrix = confusionMatrix([
      { actual: 'Anna', predicted: 'Anna' },
      { actual: 'Anna', predicted: 'unknown' },
      { actual: 'unknown', predicted: 'Anna' },
    ]);
    expect(matrix).toMatchObject({
      falseAccepts: 1,
      falseRejects: 1,
      misnamed: 0,
      counts: [
        [1, 1],
        [1, 0],
      ],
    });
  });
});
