import { z } from 'zod';
import { PopulationError } from './errors.js';
import type { Cohort } from './cohort-score.js';
import type { LowRankCovariance } from './low-rank.js';
import { packNumbers, unpackNumbers } from './packed.js';
import type { Population } from './population.js';

const packed = z.object({ count: z.int().min(0), scale: z.number().positive(), int16: z.string() });
const covariance = z.object({ values: z.array(z.number().min(0)), vectors: packed, residual: z.number().min(0) });
const cohort = z.object({ mean: packed, covariance });
const curve = z.object({
  photos: z.number().positive(),
  frames: z.number().positive(),
  probabilities: z.array(z.number().gt(0).lte(1)),
  scores: z.array(z.number()),
});

const encoder = z.object({ id: z.string().min(1), version: z.string().min(1) });

/** The file's form; version 1. */
const populationFile = z.object({
  format: z.literal('doorman-population'),
  formatVersion: z.literal(1),
  encoder,
  tunedFrom: encoder.optional(),
  source: z.object({
    description: z.string(),
    people: z.int().positive(),
    images: z.int().positive(),
    repeated: z.int().min(0),
    visits: z.int().min(0),
    degradations: z.array(z.string()),
  }),
  sections: z
    .array(
      z.object({
        name: z.string(),
        length: z.int().positive(),
        scale: z.number().positive(),
        centre: packed.optional(),
      }),
    )
    .min(1),
  photos: cohort,
  nuisance: z.object({ spread: covariance, ridge: z.number().positive(), centre: packed, shift: packed, cohort }),
  lookAlike: z.object({ near: z.number().positive(), same: z.number().min(0) }),
  frameCorrelation: z.number().min(0).max(1),
  genuine: z.array(curve),
  tails: z
    .array(
      curve.extend({
        comparisons: z.int().positive(),
        strangers: z.int().positive(),
        shape: z.number(),
        scale: z.number().positive(),
      }),
    )
    .min(1),
});

/** @throws PopulationError naming every faulty field of JSON that was read from a `*.population.json` file. */
export function parsePopulation(json: unknown): Population {
  const parsed = populationFile.safeParse(json);
  if (!parsed.success) {
    const faults = parsed.error.issues.map((issue) => `${issue.path.join('.') || 'the file'}: ${issue.message}`);
    throw new PopulationError(`not a population file: ${faults.join('; ')}`);
  }
  const { format: _format, formatVersion: _version, ...file } = parsed.data;
  const dimensions = file.sections.reduce((sum, section) => sum + section.length, 0);
  const population: Population = {
    ...file,
    sections: file.sections.map(({ centre, ...section }) => ({
      ...section,
      ...(centre && { centre: expectCount(unpackNumbers(centre, 'centre'), section.length, 'centre') }),
    })),
    photos: unpackCohort(file.photos, dimensions, 'photos'),
    nuisance: {
      spread: unpackCovariance(file.nuisance.spread, dimensions, 'nuisance.spread'),
      ridge: file.nuisance.ridge,
      centre: expectCount(unpackNumbers(file.nuisance.centre, 'nuisance.centre'), dimensions, 'nuisance.centre'),
      shift: expectCount(unpackNumbers(file.nuisance.shift, 'nuisance.shift'), dimensions, 'nuisance.shift'),
      cohort: unpackCohort(file.nuisance.cohort, dimensions, 'nuisance.cohort'),
    },
  };
  for (const tail of [...population.tails, ...population.genuine]) {
    if (tail.probabilities.length !== tail.scores.length) {
      throw new PopulationError('not a population file: a curve has more probabilities than scores, or fewer');
    }
  }
  return population;
}

/** What `JSON.stringify` writes into a `*.population.json` file. */
export function serialisePopulation(population: Population): unknown {
  return {
    format: 'doorman-population',
    formatVersion: 1,
    ...population,
    sections: population.sections.map(({ centre, ...section }) => ({
      ...section,
      ...(centre && { centre: packNumbers(centre) }),
    })),
    photos: packCohort(population.photos),
    nuisance: {
      spread: packCovariance(population.nuisance.spread),
      ridge: population.nuisance.ridge,
      centre: packNumbers(population.nuisance.centre),
      shift: packNumbers(population.nuisance.shift),
      cohort: packCohort(population.nuisance.cohort),
    },
  };
}

function packCohort({ mean, covariance: spread }: Cohort): z.input<typeof cohort> {
  return { mean: packNumbers(mean), covariance: packCovariance(spread) };
}

function unpackCohort(file: z.output<typeof cohort>, dimensions: number, path: string): Cohort {
  return {
    mean: expectCount(unpackNumbers(file.mean, `${path}.mean`), dimensions, `${path}.mean`),
    covariance: unpackCovariance(file.covariance, dimensions, `${path}.covariance`),
  };
}

function packCovariance({ values, vectors, residual }: LowRankCovariance): z.input<typeof covariance> {
  return { values: [...values].map((value) => Number(value.toPrecision(6))), vectors: packNumbers(vectors), residual };
}

function unpackCovariance(
  { values, vectors, residual }: z.output<typeof covariance>,
  dimensions: number,
  path: string,
): LowRankCovariance {
  return {
    values: Float32Array.from(values),
    vectors: expectCount(unpackNumbers(vectors, path), values.length * dimensions, `${path}.vectors`),
    residual,
  };
}

function expectCount(values: Float32Array, count: number, path: string): Float32Array {
  if (values.length !== count) {
    throw new PopulationError(`not a population file: ${path} holds ${values.length} numbers, expected ${count}`);
  }
  return values;
}
