import { createClassifier, classifierKinds, type ClassifierKind } from '../../recognition/classifier.js';
import { confusionMatrix, unknownName, type ConfusionMatrix } from '../../recognition/metrics/confusion.js';
import type { Population } from '../../recognition/population.js';
import type { Embedding, GuestTemplates } from '../../types.js';
import type { FaceRecord } from './embedding-cache.js';
import { probeFrom } from './gallery.js';

/** One labelled face of a validation set; `actual` is a guest's name or `unknown`. */
export interface LabelledFace {
  readonly actual: string;
  readonly label: string;
  readonly record: FaceRecord;
}

export interface Misclassified {
  readonly face: string;
  readonly actual: string;
  readonly predicted: string;
  readonly nearest?: string;
  readonly distance?: number;
  readonly tau?: number;
}

/** What one classifier made of a validation set. */
export interface ClassifierReport {
  readonly confusion: ConfusionMatrix;
  readonly accuracy: number;
  readonly tau: number | undefined;
  readonly gamma: number | undefined;
  readonly C: number | undefined;
  readonly misclassified: readonly Misclassified[];
  /** Distances from the nearest (or named) guest's mean. */
  readonly distances: { readonly guests: readonly number[]; readonly strangers: readonly number[] };
}

/** The classifiers that can be judged: `svm-tau-tuned` only with statistics of a tuned encoder. */
export function judgedKinds(population: Population): readonly ClassifierKind[] {
  return classifierKinds.filter((kind) => kind !== 'svm-tau-tuned' || population.tunedFrom !== undefined);
}

export const noTunedEncoder = 'svm-tau-tuned is left out: no tuned encoder is present';

/** Trains every classifier and judges single faces. A face that was not found counts as *unknown*. */
export async function judgeSplit(
  population: Population,
  guests: readonly GuestTemplates[],
  strangers: readonly Embedding[],
  validation: readonly LabelledFace[],
  seed: number,
): Promise<Record<string, ClassifierReport>> {
  const reports: Record<string, ClassifierReport> = {};
  for (const kind of judgedKinds(population)) {
    const classifier = createClassifier(kind, population, { minimumFrames: 1, seed });
    await classifier.fit(guests, strangers);
    const judged = validation.map(({ actual, label, record }) => {
      const probe = probeFrom(record);
      const { guest, best } = classifier.predict(probe === undefined ? [] : [probe]);
      return { actual, label, predicted: guest?.name ?? unknownName, best };
    });
    const confusion = confusionMatrix(judged);
    const distancesOf = (strangersOnly: boolean): number[] =>
      judged.flatMap(({ actual, best }) =>
        best !== undefined && (actual === unknownName) === strangersOnly ? [best.distance] : [],
      );
    reports[kind] = {
      confusion,
      accuracy: confusion.accuracy,
      tau: classifier.tau,
      gamma: classifier.gamma,
      C: classifier.C,
      misclassified: judged
        .filter(({ actual, predicted }) => actual !== predicted)
        .map(({ actual, predicted, label, best }) => ({
          face: label,
          actual,
          predicted,
          ...(best && { nearest: best.name, distance: best.distance, tau: best.tau }),
        })),
      distances: { guests: distancesOf(false), strangers: distancesOf(true) },
    };
  }
  return reports;
}
