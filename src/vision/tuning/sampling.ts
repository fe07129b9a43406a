import { shuffled, type RandomSource } from './random-source.js';

/** One kept face of somebody, as the frozen part of the network sees it. */
export interface TuningFace {
  /** Everybody has a number of their own. */
  readonly person: number;
  /** Values at the cut: of the picture as it is, then of its augmentations. */
  readonly looks: readonly Float32Array[];
}

export interface TuningSet {
  readonly guests: readonly TuningFace[];
  /** People who are no guests. */
  readonly strangers: readonly TuningFace[];
}

/** One row of a batch. */
export interface BatchRow {
  readonly person: number;
  readonly activations: Float32Array;
  readonly stranger: boolean;
}

export interface BatchSizes {
  /** Rows for guests in all, shared by at most `people` of them. */
  readonly guestRows: number;
  readonly people: number;
  /** Rows for strangers; every second one is shown twice, in two looks, where it has two. */
  readonly strangerRows: number;
}

/** Draws a batch: some guests with several faces each, and strangers to be kept away from. */
export function drawBatch(set: TuningSet, sizes: BatchSizes, random: RandomSource): BatchRow[] {
  const byPerson = new Map<number, TuningFace[]>();
  for (const face of set.guests) {
    byPerson.set(face.person, [...(byPerson.get(face.person) ?? []), face]);
  }
  const chosen = shuffled([...byPerson.values()], random).slice(0, sizes.people);
  const each = Math.max(2, Math.floor(sizes.guestRows / Math.max(1, chosen.length)));
  const rows: BatchRow[] = chosen.flatMap((faces) => {
    const order = shuffled(faces, random);
    // Somebody with few faces comes again in another look.
    return Array.from({ length: Math.min(each, 2 * order.length) }, (_, i) =>
      rowOf(order[i % order.length]!, false, random),
    );
  });
  const strangers = shuffled(set.strangers, random).slice(0, sizes.strangerRows);
  strangers.forEach((face, i) => {
    rows.push(rowOf(face, true, random));
    if (i % 2 === 0 && face.looks.length > 1) {
      rows.push(rowOf(face, true, random));
    }
  });
  return rows.slice(0, sizes.guestRows + sizes.people + sizes.strangerRows);
}

function rowOf({ person, looks }: TuningFace, stranger: boolean, random: RandomSource): BatchRow {
  return { person, stranger, activations: looks[Math.floor(random() * looks.length)]! };
}
