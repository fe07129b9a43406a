import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { createClassifier } from '../../src/recognition/classifier.js';
import { parsePopulation } from '../../src/recognition/population-file.js';
import type { NewFace } from '../../src/guestbook/types.js';
import { consent, embedding, face, openBook, temporaryFolder } from './support/fixtures.js';

const population = parsePopulation(JSON.parse(readFileSync(join('models', 'dlib.population.json'), 'utf8')));
const encoder = { id: 'dlib', version: '1' };

/** Looks at one person: the same direction with a little noise. */
function looks(person: number, count: number): NewFace[] {
  return Array.from({ length: count }, (_, at) => {
    const noise = embedding(500 * person + at);
    const vector = embedding(person).map((value, index) => value + 0.3 * noise[index]!);
    return { ...face(1), encoder, embedding: vector };
  });
}

describe.each(['calibrated', 'svm-tau', 'svm-unknown'] as const)('a %s trained after forgetting', (kind) => {
  it('gives the same numbers as one that never knew the guest', async () => {
    const numbers: string[] = [];
    for (const withBen of [true, false]) {
      const book = await openBook(temporaryFolder());
      for (const [at, name] of ['Anna', 'Ben', 'Cleo'].entries()) {
        if (name !== 'Ben' || withBen) {
          const { id } = await book.addGuest({ name, consent });
          await book.addFaces(id, looks(at + 1, 5));
        }
      }
      const ben = book.guests().find(({ name }) => name === 'Ben');
      if (ben !== undefined) {
        const knowing = await createClassifier(kind, population).fit(book.galleryFor(encoder));
        expect(knowing.decisionFunction(looks(2, 5))).toHaveLength(3);
        await book.forget(ben.id);
      }
      // Ids are drawn by chance; names are not.
      const gallery = book.galleryFor(encoder).map((guest) => ({ ...guest, id: guest.name }));
      const classifier = await createClassifier(kind, population).fit(gallery);
      const answers = [1, 2, 3].map((person) => {
        const probes = looks(person, 9).slice(5);
        return [classifier.decisionFunction(probes), classifier.predict(probes)];
      });
      numbers.push(JSON.stringify(answers));
    }
    expect(numbers[0]).toBe(numbers[1]);
    expect(numbers[0]).toContain('Anna');
    expect(numbers[0]).not.toContain('Ben');
  });
});
