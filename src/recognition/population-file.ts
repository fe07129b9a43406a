import { z } from 'zod';
import { PopulationError } from './errors.js';
import type { LowRankCovariance } from './low-rank.js';
import { packNumbers, unpackNumbers } from './packed.js';
import type { Population } from './population.js';
import type { Cohort } from './regions.js';

const packed = z.object({ count: z.int().min(0), scale: z.number().positive(), int16: z.string() });
const covariance = z.object({ values: z.array(z.number().min(0)), vectors: packed, residual: z.number().min(0) });
const region = z.object({ mean: packed, spread: packed, residual: z.number().min(0) });
const cohort = z.object({ mean: packed, covariance, regions: z.array(region).min(1) });
const curve = z.object({
  photos: z.number().positive(),
  frames: z.number().positive(),
  probabilities: z.array(z.number().gt(0).lte(1)),
  scores: z.array(z.number()),
});

const encoder = z.object({ id: z.string().min(1), version: z.string().min(1) });

/** The file's form; version 2. */
const populationFile = z.object({
  format: z.literal('doorman-population'),
  formatVersion: z.literal(2),
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
  nuisance: z.object({ spread: covariance, ridge: z.number().positive(), centre: packed, cohort }),
  restoration: z.object({ visits: packed, photos: packed, from: packed, to: packed }),
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
  if (isOlder(json)) {
    throw new PopulationError(
      'the statistics were made by an older Doorman; `doorman population build` makes new ones',
    );
  }
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
      cohort: unpackCohort(file.nuisance.cohort, dimensions, 'nuisance.cohort'),
    },
    restoration: unpackRestoration(file.restoration, dimensions),
  };
  for (const tail of [...population.tails, ...population.genuine]) {
    if (tail.probabilities.length !== tail.scores.length) {
      throw new PopulationError('not a population file: a curve has more probabilities than scores, or fewer');
    }
  }
  return population;
}

function isOlder(json: unknown): boolean {
  const { format, formatVersion } = (json ?? {}) as Record<string, unknown>;
  return format === 'doorman-population' && formatVersion === 1;
}

/** What `JSON.stringify` writes into a `*.population.json` file. */
export function serialisePopulation(population: Population): unknown {
  return {
    format: 'doorman-population',
    formatVersion: 2,
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
      cohort: packCohort(population.nuisance.cohort),
    },
    restoration: {
      visits: packNumbers(population.restoration.visits),
      photos: packNumbers(population.restoration.photos),
      from: packNumbers(population.restoration.from),
      to: packNumbers(population.restoration.to),
    },
  };
}

function packCohort({ mean, covariance: spread, regions }: Cohort): z.input<typeof cohort> {
  return {
    mean: packNumbers(mean),
    covariance: packCovariance(spread),
    regions: regions.map((own) => ({ ...own, mean: packNumbers(own.mean), spread: packNumbers(own.spread) })),
  };
}

function unpackCohort(file: z.output<typeof cohort>, dimensions: number, path: string): Cohort {
  const rank = file.covariance.values.length;
  return {
    mean: expectCount(unpackNumbers(file.mean, `${path}.mean`), dimensions, `${path}.mean`),
    covariance: unpackCovariance(file.covariance, dimensions, `${path}.covariance`),
    regions: file.regions.map(({ mean, spread, residual }, k) => {
      const at = `${path}.regions.${k}`;
      return {
        mean: expectCount(unpackNumbers(mean, at), dimensions, `${at}.mean`),
        spread: expectCount(unpackNumbers(spread, at), (rank * (rank + 1)) / 2, `${at}.spread`),
        residual,
      };
    }),
  };
}

function unpackRestoration(
  file: z.output<typeof populationFile>['restoration'],
  dimensions: number,
): Population['restoration'] {
  const unpack = (part: keyof typeof file, count: number): Float32Array =>
    expectCount(unpackNumbers(file[part], `restoration.${part}`), count, `restoration.${part}`);
  const numbers = Math.floor(file.from.count / dimensions) * dimensions;
  return {
    visits: unpack('visits', dimensions),
    photos: unpack('photos', dimensions),
    from: unpack('from', numbers),
    to: unpack('to', numbers),
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
