import type { GuestTemplates } from '../types.js';
import type { DistanceMeter } from './distances.js';

/** An enrolled face that does more harm than good, and why. */
export interface HarmfulFace {
  readonly guestId: string;
  readonly templateId: string;
  /** In words. */
  readonly reason: string;
}

/** A face this much farther from the others than they are from one another (times their median distance) … */
const FAR = 1.6;
/** … is told of only where there are enough others to say so. */
const ENOUGH = 4;

/** Faces that lie nearer to another guest than to their own, or far from everything else of their guest. */
export function findHarmful(meter: DistanceMeter, gallery: readonly GuestTemplates[]): HarmfulFace[] {
  return gallery.flatMap((guest) => {
    const own = meter.own(guest.id);
    const middle = [...own].sort((a, b) => a - b)[Math.floor(own.length / 2)] ?? 0;
    const embeddings = guest.templates.map(({ embedding }) => embedding);
    const others = gallery
      .filter(({ id }) => id !== guest.id)
      .map(({ id, name }) => ({ name, distances: meter.to(id, embeddings) }));
    return guest.templates.flatMap(({ id }, index): HarmfulFace[] => {
      const distance = own[index];
      if (distance === undefined) {
        return [];
      }
      const nearer = others
        .filter(({ distances }) => distances[index]! < distance)
        .sort((a, b) => a.distances[index]! - b.distances[index]!)[0];
      if (nearer !== undefined) {
        return [{ guestId: guest.id, templateId: id, reason: `this one is nearer to ${nearer.name}` }];
      }
      return own.length >= ENOUGH && distance > middle * FAR
        ? [{ guestId: guest.id, templateId: id, reason: 'this one is unlike all the others' }]
        : [];
    });
  });
}
