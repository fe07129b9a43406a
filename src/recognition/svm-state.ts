import type { Embedding, GuestTemplates } from '../types.js';
import type { ClassifierOptions } from './surface.js';
import { EmbeddingError } from './errors.js';
import { buildGuestModels, findLookAlikes, type GuestModel, type LookAlikes } from './guest-model.js';
import { sample } from './low-rank.js';
import type { Population } from './population.js';
import { seededRandom } from './random.js';
import type { Space } from './space.js';
import type { SvmModel, SvmParameters } from './svm.js';
import { addScaled, normalise } from './vector.js';

/** Chosen on the development data by the prototype's protocol (docs/accuracy.md). */
export const defaultSvm: SvmParameters = { C: 10, gamma: 'scale' };
/** Size of the prototype's unknown class. */
const syntheticStrangers = 479;

/** What the prototype's classifiers remember between `fit` and `predict`. */
export interface SvmState {
  readonly guests: readonly GuestModel[];
  readonly svm: SvmModel | undefined;
  /** The SVM's label of each guest, where guests were forgotten since the training; otherwise their index. */
  readonly labels?: readonly number[];
  readonly tau: ReadonlyMap<string, number>;
  readonly lookAlikes: readonly LookAlikes[];
  readonly warnings: readonly string[];
}

export const emptySvmState: SvmState = { guests: [], svm: undefined, tau: new Map(), lookAlikes: [], warnings: [] };

export function svmParameters(options: ClassifierOptions): SvmParameters {
  return { ...defaultSvm, ...options.svm };
}

/** Guests' models and look-alikes, before any SVM is trained. */
export function prepareGuests(
  guests: readonly GuestTemplates[],
  space: Space,
  population: Population,
): Pick<SvmState, 'guests' | 'lookAlikes' | 'warnings'> {
  const { models, warnings } = buildGuestModels(guests, space, population.encoder);
  const lookAlikes = findLookAlikes(models, population.lookAlike.near, population.lookAlike.same);
  return { guests: models, lookAlikes, warnings };
}

/** The given strangers in the unit space; without any, a cohort drawn from the population's statistics. */
export function strangerDirections(
  strangers: readonly Embedding[] | undefined,
  space: Space,
  population: Population,
  seed: number,
): { readonly directions: Float32Array[]; readonly warnings: string[] } {
  if (strangers === undefined || strangers.length === 0) {
    return { directions: syntheticCohort(population, syntheticStrangers, seed), warnings: [] };
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

/** People who do not exist: unit vectors with the population's mean and covariance. */
export function syntheticCohort(population: Population, count: number, seed: number): Float32Array[] {
  const random = seededRandom(seed);
  return Array.from({ length: count }, () => {
    const person = sample(population.photos.covariance, random);
    addScaled(person, population.photos.mean, 1);
    return normalise(person);
  });
}

/** All templates with the index of their guest as label. */
export function labelledTemplates(guests: readonly GuestModel[]): { samples: Float32Array[]; labels: number[] } {
  return {
    samples: guests.flatMap((guest) => [...guest.templates]),
    labels: guests.flatMap((guest, index) => guest.templates.map(() => index)),
  };
}
