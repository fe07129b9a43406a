import { createCalibrated } from './calibrated.js';
import type { Population } from './population.js';
import type { Classifier, ClassifierKind, ClassifierOptions } from './surface.js';
import { createSvmTau } from './svm-tau.js';
import { createSvmUnknown } from './svm-unknown.js';

export * from './surface.js';

/** @throws ClassifierError for impossible options. */
export function createClassifier(
  kind: ClassifierKind,
  population: Population,
  options: ClassifierOptions = {},
): Classifier {
  switch (kind) {
    case 'calibrated':
      return createCalibrated(population, options);
    case 'svm-unknown':
      return createSvmUnknown(population, options);
    case 'svm-tau':
    case 'svm-tau-tuned':
      return createSvmTau(kind, population, options);
  }
}
