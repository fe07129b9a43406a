import { coach } from '../../recognition/coaching.js';
import type { Population } from '../../recognition/population.js';
import type { KeptGuest } from './tune-encoder.js';

/** There is too little to tune with; the message says what is missing. */
export class TooLittleToTuneError extends Error {
  override readonly name = 'TooLittleToTuneError';
}

/** Faces that seem to be kept under a wrong name; the message says whose. */
export class WrongNamesError extends Error {
  override readonly name = 'WrongNamesError';
}

/**
 * Tuning would learn a wrong name, and the held-out faces, some of them under a wrong name too, would praise it for that:
 * no judgement at the end can find it out.
 *
 * @throws WrongNamesError
 */
export function refuseWrongNames(guests: readonly KeptGuest[], population: Population): void {
  const { encoder } = population;
  const { harmful } = coach(
    population,
    guests.map(({ id, name, faces }) => ({
      id,
      name,
      templates: faces.map((face) => ({ id: face.id, encoder, embedding: face.embedding, quality: 1 })),
    })),
  );
  const [first] = harmful;
  if (first !== undefined) {
    const name = guests.find(({ id }) => id === first.guestId)?.name ?? first.guestId;
    const others = harmful.length > 1 ? ` (and ${harmful.length - 1} more)` : '';
    throw new WrongNamesError(
      `A photo of ${name} is nearer to ${first.nearerTo} than to ${name}'s others${others}: tuning would learn wrong ` +
        'names. Remove such photos first (page "Accuracy"), then tune.',
    );
  }
}
