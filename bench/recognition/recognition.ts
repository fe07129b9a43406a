import { monitorEventLoopDelay } from 'node:perf_hooks';
import { setTimeout } from 'node:timers/promises';
import { createClassifier, type ClassifierKind } from '../../src/recognition/classifier.js';
import type { Population } from '../../src/recognition/population.js';
import { gaussian, seededRandom } from '../../src/recognition/random.js';
import type { GuestTemplates, Probe } from '../../src/types.js';

/** One row: how a classifier's costs grow with the guest book. */
export interface RecognitionCost {
  readonly kind: ClassifierKind;
  readonly guests: number;
  readonly templates: number;
  /** Wall clock, and CPU time, which other work on the machine does not lengthen. */
  readonly trainMs: number;
  readonly trainCpuMs: number;
  /** One face, one decision: CPU time, mean of many. */
  readonly predictMs: number;
  /** The longest that training kept the thread from other work. */
  readonly longestSliceMs: number;
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

const decisions = 200;
const turnMs = 20;

/** Trains and asks. */
export async function measureClassifier(
  kind: ClassifierKind,
  population: Population,
  guests: number,
  photos: number,
): Promise<RecognitionCost> {
  const book = syntheticGuests(population, guests, photos);
  const classifier = createClassifier(kind, population, { minimumFrames: 1 });
  const loop = monitorEventLoopDelay({ resolution: 1 });
  loop.enable();
  // The first and the last slice are seen only between two of the loop's turns.
  await setTimeout(turnMs);
  const [start, cpu] = [performance.now(), process.cpuUsage()];
  await classifier.fit(book);
  const [trainMs, trainCpuMs] = [performance.now() - start, milliseconds(process.cpuUsage(cpu))];
  await setTimeout(turnMs);
  loop.disable();
  const probes: Probe[] = Array.from({ length: decisions }, (_, index) => ({
    embedding: book[index % guests]!.templates[0]!.embedding,
    quality: 1,
  }));
  // Once round beforehand: the first ones are slow, the engine has yet to compile.
  probes.forEach((probe) => classifier.predict([probe]));
  const asked = process.cpuUsage();
  probes.forEach((probe) => classifier.predict([probe]));
  const predictMs = milliseconds(process.cpuUsage(asked)) / decisions;
  return { kind, guests, templates: guests * photos, trainMs, trainCpuMs, predictMs, longestSliceMs: loop.max / 1e6 };
}

const milliseconds = ({ user, system }: NodeJS.CpuUsage): number => (user + system) / 1000;

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
