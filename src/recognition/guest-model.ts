import type { EncoderId, GuestTemplates } from '../types.js';
import { EmbeddingError } from './errors.js';
import type { Steps } from './slices.js';
import type { Space } from './space.js';
import { chord, dot, multiply, normalise, stack, weightedMean } from './vector.js';

/** A guest's enrolled templates in the unit space. */
export interface GuestModel {
  readonly id: string;
  readonly name: string;
  /** Unit vectors of the usable templates, at least one. */
  readonly templates: readonly Float32Array[];
  /** Unit vector: the templates' mean direction. */
  readonly mean: Float32Array;
}

/** Two guests whose means are nearer than any two people's: the same person under two names, or one's photo twice. */
export interface LookAlikes {
  readonly first: { readonly id: string; readonly name: string };
  readonly second: { readonly id: string; readonly name: string };
  /** Euclidean distance of their means. */
  readonly distance: number;
  /** They share a photo, or are nearer than one person's photos usually are: neither can be named. */
  readonly indistinguishable: boolean;
}

/** What came out of turning the guest book into models. */
export interface GuestModels {
  readonly models: readonly GuestModel[];
  /** Templates and guests that could not be used, in plain words. */
  readonly warnings: readonly string[];
}

/**
 * Unusable templates (other encoder, wrong length, NaN, zero) are left out with a warning; a guest without a usable
 * template is left out altogether. Two entries with one id are refused by keeping the first. One guest is a step.
 */
export function* buildGuestModels(
  guests: readonly GuestTemplates[],
  space: Space,
  encoder: EncoderId,
): Steps<GuestModels> {
  const models: GuestModel[] = [];
  const warnings: string[] = [];
  const ids = new Set<string>();
  for (const guest of guests) {
    if (ids.has(guest.id)) {
      warnings.push(`${guest.name} is in the guest book twice with the same id; the second entry is ignored`);
      continue;
    }
    ids.add(guest.id);
    const templates: Float32Array[] = [];
    for (const template of guest.templates) {
      try {
        if (template.encoder.id !== encoder.id || template.encoder.version !== encoder.version) {
          throw new EmbeddingError('other-encoder', 'was made by another encoder and must be made again');
        }
        templates.push(space.project(template.embedding));
      } catch (error) {
        if (!(error instanceof EmbeddingError)) throw error;
        warnings.push(`a photo of ${guest.name} is not used: ${error.message}`);
      }
    }
    if (templates.length === 0) {
      warnings.push(`${guest.name} has no usable photo and cannot be recognised`);
      continue;
    }
    const mean = normalise(
      weightedMean(
        templates,
        Array.from({ length: templates.length }, () => 1),
      ),
    );
    models.push({ id: guest.id, name: guest.name, templates, mean });
    yield models.length / guests.length;
  }
  return { models, warnings };
}

/** A cosine above this between photos of two guests means that they are copies of one picture. */
const sameImage = 0.995;

/**
 * Guests that resemble each other, nearest pair first. One guest against all later ones is a step.
 * @param near distance of two means from which a pair is worth a word.
 * @param indistinguishable distance below which two means are taken for one person.
 */
export function* findLookAlikes(
  models: readonly GuestModel[],
  near: number,
  indistinguishable: number,
): Steps<readonly LookAlikes[]> {
  const pairs: LookAlikes[] = [];
  const means = stack(models.map(({ mean }) => mean));
  for (const [i, first] of models.entries()) {
    const cosines = multiply(means.subarray((i + 1) * first.mean.length), first.mean);
    for (let j = 0; j < cosines.length; j += 1) {
      const distance = chord(cosines[j]!);
      if (distance >= near) continue;
      const second = models[i + 1 + j]!;
      pairs.push({
        first: { id: first.id, name: first.name },
        second: { id: second.id, name: second.name },
        distance,
        indistinguishable: distance < indistinguishable || shareImage(first, second),
      });
    }
    // The later a guest, the fewer are left.
    yield 1 - (1 - (i + 1) / models.length) ** 2;
  }
  return pairs.sort((a, b) => a.distance - b.distance);
}

/** Whether at least half of the smaller guest's photos are copies of the other's: one stray photo is coaching's matter. */
function shareImage(first: GuestModel, second: GuestModel): boolean {
  const [fewer, more] = first.templates.length <= second.templates.length ? [first, second] : [second, first];
  const copies = fewer.templates.filter((a) => more.templates.some((b) => dot(a, b) > sameImage));
  return copies.length * 2 >= fewer.templates.length;
}
