import type { GuestBook } from '../../../src/guestbook/book.js';
import type { Promotion } from '../../../src/guestbook/tuning.js';

export const former = { id: 'test-encoder', version: '1' };
export const tuned = { id: 'test-encoder', version: '1+tuned.0badcafe' };

/** A promotion of every face in the book: the embeddings are the former ones, turned round. */
export function promotionOf(book: GuestBook, size = 200_000): Promotion {
  const embeddings = new Map(
    book.galleryFor(former).map(({ id, templates }) => [
      id,
      templates.map((template) => ({
        templateId: template.id,
        embedding: template.embedding.map((value) => -value),
      })),
    ]),
  );
  return { file: new Uint8Array(size).map((_, i) => (i * 2_654_435_761) >>> 13), id: tuned, former, embeddings };
}
