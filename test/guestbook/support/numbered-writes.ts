import type { GuestBook } from '../../../src/guestbook/book.js';

const encoder = { id: 'test-encoder', version: '1' };
const header = Buffer.from('ffd8ffc0001108000a000a00301220002110103110100000000', 'hex');
const start = Date.UTC(2026, 0, 15, 12);

/** The n-th of a fixed row of changes; each touches several files. */
export async function writeNumber(book: GuestBook, number: number): Promise<void> {
  const [guest] = book.guests();
  switch (number % 4) {
    case 1:
      await book.recordVisit({ id: `v${number}`, doorbell: 'door', startedAt: start + number * 3_600_000 });
      return;
    case 2:
      await book.addFaces(guest!.id, [
        {
          embedding: new Float32Array(256).fill(number),
          encoder,
          quality: 0.5,
          source: 'photo',
          crop: { picture: Uint8Array.from(Buffer.concat([header, Buffer.alloc(2000, number)])), points },
        },
      ]);
      return;
    case 3:
      await book.updateGuest(guest!.id, { notes: String(number) });
      return;
    default:
      await book.removeFaces(
        guest!.id,
        book.faces(guest!.id).map(({ id }) => id),
      );
  }
}

const points = [
  { x: 1, y: 1 },
  { x: 2, y: 2 },
];

/** What a book holds, as far as the row of changes says. */
export interface Holding {
  readonly visits: number;
  readonly faces: readonly number[];
  readonly notes: string | undefined;
}

/** What the book must hold after the n-th change. */
export function holdingAfter(number: number): Holding {
  const lastOf = (rest: number): number => number - ((number - rest + 4) % 4);
  return {
    visits: Math.floor((number + 3) / 4),
    faces: number % 4 === 2 || number % 4 === 3 ? [lastOf(2)] : [],
    notes: number >= 3 ? String(lastOf(3)) : undefined,
  };
}

export async function holdingOf(book: GuestBook): Promise<Holding> {
  let visits = 0;
  for await (const { id } of book.allVisits()) {
    visits += id.startsWith('v') ? 1 : 0;
  }
  const templates = book.galleryFor(encoder)[0]?.templates ?? [];
  return { visits, faces: templates.map(({ embedding }) => embedding[255]!), notes: book.guests()[0]?.notes };
}
