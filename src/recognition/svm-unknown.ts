import type { Candidate } from '../types.js';
import { defaultMinimumFrames, type Classifier, type ClassifierOptions } from './surface.js';
import type { Population } from './population.js';
import { nothingToJudge, poolProbes } from './probing.js';
import { partOf } from './slices.js';
import { createSpace } from './space.js';
import {
  emptySvmState,
  labelledTemplates,
  prepareGuests,
  strangerDirections,
  svmParameters,
  type SvmState,
} from './svm-state.js';
import { notNamed, withoutGuest } from './svm-statement.js';
import { trainSvm } from './svm.js';
import { chord, multiply } from './vector.js';

/** The unknown class; guests are 0, 1, 2, … */
const unknownLabel = -1;

/**
 * The prototype's first approach: an RBF SVM with a class for unknown people. A stranger unlike all training
 * strangers may fall to a guest, for there is no τ: its candidates' τ is 2, the largest distance there is.
 */
export function createSvmUnknown(population: Population, options: ClassifierOptions): Classifier {
  const minimumFrames = options.minimumFrames ?? defaultMinimumFrames;
  const parameters = svmParameters(options);
  const space = createSpace(population.sections);
  let state: SvmState = emptySvmState;

  const labelOf = (index: number): number => state.labels?.[index] ?? index;
  const candidates = (direction: Float32Array): Candidate[] => {
    const cosines = multiply(state.means, direction);
    return state.guests
      .map(({ id, name }, i) => ({ guestId: id, name, distance: chord(cosines[i]!), tau: 2 }))
      .sort((a, b) => a.distance - b.distance);
  };

  return {
    kind: 'svm-unknown',
    get gamma() {
      return state.svm?.gamma;
    },
    get C() {
      return state.svm?.C;
    },
    tau: undefined,
    get lookAlikes() {
      return state.lookAlikes;
    },
    get warnings() {
      return state.warnings;
    },
    promise: { kept: false, reason: 'an SVM with an unknown class has no threshold that a rate could be promised for' },
    async fit(guests, strangers, control) {
      const prepared = await prepareGuests(guests, space, population, partOf(control, 0, 0.05));
      const seed = options.seed ?? 1;
      const cohort = await strangerDirections(strangers, space, population, seed, partOf(control, 0.05, 0.15));
      const { samples, labels } = labelledTemplates(prepared.guests);
      const svm =
        prepared.guests.length === 0
          ? undefined
          : await trainSvm(
              [...samples, ...cohort.directions],
              [...labels, ...cohort.directions.map(() => unknownLabel)],
              parameters,
              partOf(control, 0.15, 1),
            );
      control?.signal?.throwIfAborted();
      state = { ...prepared, svm, tau: new Map(), warnings: [...prepared.warnings, ...cohort.warnings] };
      return this;
    },
    predict(probes) {
      const { pooled, reasons } = poolProbes(probes, space, population.frameCorrelation);
      if (pooled === undefined) return nothingToJudge(reasons);
      const ranked = candidates(pooled.direction);
      const label = state.svm?.predict(pooled.direction) ?? unknownLabel;
      const winner = state.guests.find((_, index) => labelOf(index) === label);
      if (winner === undefined) {
        return notNamed(pooled.frames, ranked, [...reasons, 'resembles the unknown people more than any guest']);
      }
      const best = ranked.find(({ guestId }) => guestId === winner.id)!;
      const ordered = [best, ...ranked.filter((candidate) => candidate !== best)];
      const twin = state.lookAlikes.find(
        ({ indistinguishable, first, second }) =>
          indistinguishable && (first.id === winner.id || second.id === winner.id),
      );
      if (twin !== undefined) {
        const same = `${twin.first.name} and ${twin.second.name} have the same face in the guest book`;
        return notNamed(pooled.frames, ordered, [...reasons, same]);
      }
      if (pooled.frames < minimumFrames) {
        return notNamed(pooled.frames, ordered, [...reasons, `${pooled.frames} of ${minimumFrames} frames seen`]);
      }
      return {
        ...notNamed(pooled.frames, ordered, [...reasons, `resembles ${winner.name} most`]),
        guest: { id: winner.id, name: winner.name },
        confidence: 0.7,
      };
    },
    decisionFunction(probes) {
      const { pooled } = poolProbes(probes, space, population.frameCorrelation);
      if (pooled === undefined || state.svm === undefined) return [];
      const { svm } = state;
      const values = svm.decisionFunction(pooled.direction);
      const unknown = values[svm.classes.indexOf(unknownLabel)] ?? 0;
      return state.guests
        .map(({ id, name }, index) => ({
          guestId: id,
          name,
          score: (values[svm.classes.indexOf(labelOf(index))] ?? -Infinity) - unknown,
        }))
        .sort((a, b) => b.score - a.score);
    },
    forget(guestId) {
      state = withoutGuest(state, guestId);
    },
  };
}
