import type { NewVisit, VisitLabel } from './types.js';

/** Stands where a forgotten guest stood. */
export const forgottenGuest = { id: 'forgotten', name: 'a forgotten guest' } as const;

interface Mentioning {
  readonly visit: NewVisit;
  readonly label?: VisitLabel;
}

/** Whether this was the guest's own visit: as decided, as suspected of a photo, or as a person said afterwards. */
export function isVisitOf({ visit, label }: Mentioning, guestId: string): boolean {
  const { decision } = visit;
  const people = [decision?.guest?.id, decision?.possiblyPhotoOf?.id, decision?.identification.guest?.id];
  return label?.actualGuestId === guestId || people.includes(guestId);
}

/**
 * A visit without any trace of a guest: wherever the id or one of the names stands (as runner-up, in the receipt,
 * in a reason's words) it gives way. What remains are numbers that tell nothing of a person. The very same value
 * comes back when there was nothing to take out.
 *
 * @param names every name the guest has had
 */
export function withoutGuest<T extends Mentioning>(record: T, guestId: string, names: readonly string[]): T {
  const text = JSON.stringify(record);
  const spoken = names.map((name) => new RegExp(`(?<![\\p{L}\\p{N}])${escape(name)}(?![\\p{L}\\p{N}])`, 'iu'));
  if (!text.includes(guestId) && !spoken.some((name) => name.test(text))) {
    return record;
  }
  return clean(record, { guestId, mentions: (sentence) => spoken.some((name) => name.test(sentence)) }) as T;
}

interface Forgetting {
  readonly guestId: string;
  readonly mentions: (sentence: string) => boolean;
}

function clean(value: unknown, forgetting: Forgetting): unknown {
  if (typeof value === 'string') {
    if (value === forgetting.guestId) {
      return forgottenGuest.id;
    }
    return forgetting.mentions(value) || value.includes(forgetting.guestId) ? forgottenGuest.name : value;
  }
  if (Array.isArray(value)) {
    const kept: unknown[] = value.filter(
      (entry) => typeof entry !== 'string' || !(forgetting.mentions(entry) || entry.includes(forgetting.guestId)),
    );
    return kept.map((entry) => clean(entry, forgetting));
  }
  if (typeof value !== 'object' || value === null) {
    return value;
  }
  const fields = Object.entries(value);
  const person = fields.find(([key]) => key === 'id' || key === 'guestId')?.[1] as unknown;
  const isAnother = typeof person === 'string' && person !== forgetting.guestId;
  return Object.fromEntries(
    // Ann Smith keeps her name when Ann is forgotten.
    fields.map(([key, entry]) => [key, isAnother && key === 'name' ? entry : clean(entry, forgetting)] as const),
  );
}

function escape(name: string): string {
  return name.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
}
