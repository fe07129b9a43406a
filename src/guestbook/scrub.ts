import { unpackFaces } from './faces.js';
import type { ObjectId } from './object-store.js';
import type { Shelves } from './shelves.js';

/** What a look at every file found. */
export interface ScrubReport {
  readonly files: number;
  /** Files that were damaged or missing and were restored from their second copy. */
  readonly mended: number;
  /** Files that are lost: no intact copy is left. */
  readonly lost: number;
}

/**
 * Reads every object the index refers to and checks it byte for byte against its authentication tag; a damaged copy
 * is restored from its twin. Memory cards lose bits silently, and only what is read is noticed.
 */
export async function scrub(shelves: Shelves): Promise<ScrubReport> {
  const { ledger, visits, logger } = shelves;
  return ledger.exclusively(async () => {
    const { root, objects } = ledger;
    const single: ObjectId[] = await visits.thumbnailsOf(root.days);
    const twins: ObjectId[] = [
      ...root.days.map((day) => day.object),
      ...root.inbox.map((stranger) => stranger.object),
      ...root.audit.chunks.map((chunk) => chunk.object),
    ];
    for (const { faces } of root.guests) {
      if (faces !== undefined) {
        twins.push(faces);
        const bytes = await objects.get(faces);
        single.push(...(bytes === undefined ? [] : unpackFaces(bytes).flatMap((face) => face.crop?.object ?? [])));
      }
    }
    let mended = 0;
    let lost = 0;
    for (const id of twins) {
      const state = await objects.mend(id);
      mended += state === 'mended' ? 1 : 0;
      lost += state === 'lost' ? 1 : 0;
    }
    for (const id of single) {
      lost += (await objects.get(id)) === undefined ? 1 : 0;
    }
    if (lost > 0) {
      logger.error(
        `${lost} files of the guest book are damaged and cannot be restored. The settings page shows which guests ` +
          'have to be enrolled again. The disk or card may be failing.',
      );
    }
    return { files: twins.length + single.length, mended, lost };
  });
}
