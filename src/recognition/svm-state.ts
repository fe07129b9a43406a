import type { Embedding, GuestTemplates } from '../types.js';
import type { ClassifierOptions } from './surface.js';
import { EmbeddingError } from './errors.js';
import { buildGuestModels, findLookAlikes, type GuestModel, type LookAlikes } from './guest-model.js';
import { sample } from './low-rank.js';
import type { Population } from './population.js';
import { seededRandom } from './random.js';
import { inSlices, partOf, type Steps, type TrainingControl } from './slices.js';
import type { Space } from './space.js';
import type { SvmModel } from './svm-model.js';
import type { SvmParameters } from './svm.js';
import { addScaled, normalise, stack } from './vector.js';

/** Chosen on the development data by the prototype's protocol (docs/accuracy.md). */
export const defaultSvm: SvmParameters = { C: 10, gamma: 'scale' };
/** Size of the prototype's unknown class. */
const syntheticStrangers = 479;

/** What the prototype's classifiers remember between `fit` and `predict`. */
export interface SvmState {
  readonly guests: readonly GuestModel[];
  /** The guests' means as the rows of a matrix. */
  readonly means: Float32Array;
  readonly svm: SvmModel | undefined;
  /** The SVM's label of each guest, where guests were forgotten since the training; otherwise their index. */
  readonly labels?: readonly number[];
  readonly tau: ReadonlyMap<string, number>;
  readonly lookAlikes: readonly LookAlikes[];
  readonly warnings: readonly string[];
}

export const emptySvmState: SvmState = {
  guests: [],
  means: new Float32Array(),
  svm: undefined,
  tau: new Map(),
  lookAlikes: [],
  warnings: [],
};

export function svmParameters(options: ClassifierOptions): SvmParameters {
  return { ...defaultSvm, ...options.svm };
}

/** Guests' models and look-alikes, before any SVM is trained. */
export async function prepareGuests(
  guests: readonly GuestTemplates[],
  space: Space,
  population: Population,
  control: TrainingControl,
): Promise<Pick<SvmState, 'guests' | 'means' | 'lookAlikes' | 'warnings'>> {
  const building = buildGuestModels(guests, space, population.encoder);
  const { models, warnings } = await inSlices(building, partOf(control, 0, 0.5));
  const { near, same } = population.lookAlike;
  const lookAlikes = await inSlices(findLookAlikes(models, near, same), partOf(control, 0.5, 1));
  return { guests: models, means: meansOf(models), lookAlikes, warnings };
}

/** The guests' means as the rows of a matrix. */
export const meansOf = (guests: readonly GuestModel[]): Float32Array => stack(guests.map(({ mean }) => mean));

/** The given strangers in the unit space; without any, a cohort drawn from the population's statistics. */
export async function strangerDirections(
  strangers: readonly Embedding[] | undefined,
  space: Space,
  population: Population,
  seed: number,
  control: TrainingControl,
): Promise<{ readonly directions: Float32Array[]; readonly warnings: string[] }> {
  if (strangers === undefined || strangers.length === 0) {
    return { directions: await inSlices(syntheticCohort(population, syntheticStrangers, seed), control), warnings: [] };
  }
  const warnings: string[] = [];
  const directions = strangers.flatMap((embedding) => {
    try {
      return [space.project(embedding)];
    } catch (error) {
      if (!(error instanceof EmbeddingError)) throw error;
      warnings.push(`a stranger's photo is not used: ${error.message}`);
      return [];
    }
  });
  return { directions, warnings };
}

/** People who do not exist: unit vectors with the population's mean and covariance. One of them is a step. */
export function* syntheticCohort(population: Population, count: number, seed: number): Steps<Float32Array[]> {
  const random = seededRandom(seed);
  const people: Float32Array[] = [];
  while (people.length < count) {
    const person = sample(population.photos.covariance, random);
    addScaled(person, population.photos.mean, 1);
    people.push(normalise(person));
    yield people.length / count;
  }
  return people;
}

/** All templates with the index of their guest as label. */
export function labelledTemplates(guests: readonly GuestModel[]): { samples: Float32Array[]; labels: number[] } {
  return {
    samples: guests.flatMap((guest) => [...guest.templates]),
    labels: guests.flatMap((guest, index) => guest.templates.map(() => index)),
  };
}
