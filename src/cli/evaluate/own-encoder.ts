import type { EncoderId, GuestTemplates } from '../../types.js';

/** The encoder that most of the book's templates were made by; undefined for an empty book. */
export function encoderDescriptionOf(book: readonly GuestTemplates[]): EncoderId | undefined {
  const counts = new Map<string, { encoder: EncoderId; count: number }>();
  for (const { encoder } of book.flatMap(({ templates }) => templates)) {
    const key = `${encoder.id} ${encoder.version}`;
    counts.set(key, { encoder, count: (counts.get(key)?.count ?? 0) + 1 });
  }
  return [...counts.values()].sort((a, b) => b.count - a.count)[0]?.encoder;
}
