import { createClassifier, type ClassifierKind } from '../../src/recognition/classifier.js';
import type { Population } from '../../src/recognition/population.js';
import { gaussian, seededRandom } from '../../src/recognition/random.js';
import type { GuestTemplates, Probe } from '../../src/types.js';

/** One row: how a classifier's costs grow with the guest book. */
export interface RecognitionCost {
  readonly kind: ClassifierKind;
  readonly guests: number;
  readonly templates: number;
  readonly trainMs: number;
  /** One face, one decision. */
  readonly predictMs: number;
}

/** People who do not exist, in the encoder's raw space. */
function syntheticGuests(population: Population, guests: number, photos: number): GuestTemplates[] {
  const random = seededRandom(1);
  const dimensions = population.sections.reduce((sum, { length }) => sum + length, 0);
  return Array.from({ length: guests }, (_, index) => {
    const centre = Float32Array.from({ length: dimensions }, () => gaussian(random));
    const name = `guest ${index}`;
    return {
      id: name,
      name,
      templates: Array.from({ length: photos }, (__, photo) => ({
        id: `${name}/${photo}`,
        encoder: population.encoder,
        embedding: centre.map((value) => value + 0.5 * gaussian(random)),
        quality: 1,
      })),
    };
  });
}

/** Trains and asks; `predictMs` is the median of 30 decisions. */
export async function measureClassifier(
  kind: ClassifierKind,
  population: Population,
  guests: number,
  photos: number,
): Promise<RecognitionCost> {
  const book = syntheticGuests(population, guests, photos);
  const classifier = createClassifier(kind, population, { minimumFrames: 1 });
  const start = performance.now();
  await classifier.fit(book);
  const trainMs = performance.now() - start;
  const times = Array.from({ length: 30 }, (_, index) => {
    const probe: Probe = { embedding: book[index % guests]!.templates[0]!.embedding, quality: 1 };
    const asked = performance.now();
    classifier.predict([probe]);
    return performance.now() - asked;
  }).sort((a, b) => a - b);
  return { kind, guests, templates: guests * photos, trainMs, predictMs: times[15]! };
}

/** The table for docs/performance.md: the default up to 1,000 guests, the SVM up to the size the plan names. */
export async function benchRecognition(population: Population): Promise<RecognitionCost[]> {
  const rows: RecognitionCost[] = [];
  for (const guests of [10, 50, 200, 1000]) rows.push(await measureClassifier('calibrated', population, guests, 5));
  rows.push(await measureClassifier('calibrated', population, 50, 40));
  for (const [guests, photos] of [
    [10, 5],
    [50, 5],
    [50, 40],
    [200, 5],
  ] as const) {
    rows.push(await measureClassifier('svm-tau', population, guests, photos));
  }
  return rows;
}
