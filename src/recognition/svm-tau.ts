import type { Candidate } from '../types.js';
import { defaultMinimumFrames, type Classifier, type ClassifierOptions } from './surface.js';
import { ClassifierError } from './errors.js';
import type { GuestModel } from './guest-model.js';
import type { Population } from './population.js';
import { nothingToJudge, poolProbes } from './probing.js';
import { inSlices, partOf, type Steps } from './slices.js';
import { createSpace } from './space.js';
import {
  emptySvmState,
  labelledTemplates,
  prepareGuests,
  strangerDirections,
  svmParameters,
  type SvmState,
} from './svm-state.js';
import { trainSvm } from './svm.js';
import { chord, multiply, stack } from './vector.js';
import { withoutGuest, notNamed } from './svm-statement.js';

/**
 * The prototype's second approach: an SVM over the known people says whom a face resembles most, and the distance to
 * that person's mean under τ says whether it is anybody known. τ is the smallest distance of any training stranger to
 * any known mean (with `tauPerGuest`: to that guest's mean).
 * @throws ClassifierError for `svm-tau-tuned` when the population belongs to no tuned encoder.
 */
export function createSvmTau(
  kind: 'svm-tau' | 'svm-tau-tuned',
  population: Population,
  options: ClassifierOptions,
): Classifier {
  if (kind === 'svm-tau-tuned' && population.tunedFrom === undefined) {
    throw new ClassifierError(
      'svm-tau-tuned needs an encoder tuned on the guests’ own faces, and none is present; svm-tau does the same with the encoder as it is',
    );
  }
  const minimumFrames = options.minimumFrames ?? defaultMinimumFrames;
  const parameters = svmParameters(options);
  const space = createSpace(population.sections);
  let state: SvmState = emptySvmState;

  const candidates = (direction: Float32Array): Candidate[] => {
    const cosines = multiply(state.means, direction);
    return state.guests.map(({ id, name }, i) => ({
      guestId: id,
      name,
      distance: chord(cosines[i]!),
      tau: state.tau.get(id) ?? 0,
    }));
  };

  return {
    kind,
    get gamma() {
      return state.svm?.gamma;
    },
    get C() {
      return state.svm?.C;
    },
    get tau() {
      return state.tau.size === 0 ? undefined : Math.min(...state.tau.values());
    },
    get lookAlikes() {
      return state.lookAlikes;
    },
    get warnings() {
      return state.warnings;
    },
    promise: { kept: false, reason: 'the smallest distance of a training stranger says nothing about the next one' },
    async fit(guests, strangers, control) {
      const prepared = await prepareGuests(guests, space, population, partOf(control, 0, 0.05));
      const seed = options.seed ?? 1;
      const cohort = await strangerDirections(strangers, space, population, seed, partOf(control, 0.05, 0.15));
      const distances = smallestDistances(prepared.guests, cohort.directions, options.tauPerGuest ?? false);
      const tau = await inSlices(distances, partOf(control, 0.15, 0.2));
      const { samples, labels } = labelledTemplates(prepared.guests);
      const svm =
        prepared.guests.length < 2 ? undefined : await trainSvm(samples, labels, parameters, partOf(control, 0.2, 1));
      control?.signal?.throwIfAborted();
      state = {
        ...prepared,
        svm,
        tau,
        warnings: [...prepared.warnings, ...cohort.warnings, ...fewGuests(kind, prepared.guests.length)],
      };
      return this;
    },
    predict(probes) {
      const { pooled, reasons } = poolProbes(probes, space, population.frameCorrelation);
      if (pooled === undefined) return nothingToJudge(reasons);
      const ranked = candidates(pooled.direction).sort((a, b) => a.distance - b.distance);
      if (ranked.length === 0) return notNamed(pooled.frames, ranked, [...reasons, 'the guest book is empty']);
      const winner = resembles(pooled.direction);
      const best = ranked.find(({ guestId }) => guestId === winner?.id) ?? ranked[0]!;
      const ordered = [best, ...ranked.filter((candidate) => candidate !== best)];
      if (winner === undefined || best.distance >= best.tau) {
        return notNamed(pooled.frames, ordered, [...reasons, `not near enough to ${best.name}`]);
      }
      if (pooled.frames < minimumFrames) {
        return notNamed(pooled.frames, ordered, [...reasons, `${pooled.frames} of ${minimumFrames} frames seen`]);
      }
      const twin = state.lookAlikes.find(
        ({ indistinguishable, first, second }) =>
          indistinguishable && (first.id === winner.id || second.id === winner.id),
      );
      if (twin !== undefined) {
        const same = `${twin.first.name} and ${twin.second.name} have the same face in the guest book`;
        return notNamed(pooled.frames, ordered, [...reasons, same]);
      }
      return {
        ...notNamed(pooled.frames, ordered, [...reasons, `resembles ${winner.name} most and lies within τ`]),
        guest: { id: winner.id, name: winner.name },
        confidence: Math.min(1, 0.5 + 0.5 * (1 - best.distance / best.tau)),
      };
    },
    decisionFunction(probes) {
      const { pooled } = poolProbes(probes, space, population.frameCorrelation);
      if (pooled === undefined) return [];
      return candidates(pooled.direction)
        .map(({ guestId, name, distance, tau }) => ({ guestId, name, score: tau - distance }))
        .sort((a, b) => b.score - a.score);
    },
    forget(guestId) {
      state = withoutGuest(state, guestId);
    },
  };

  /** The SVM's word; a guest forgotten since the training is nobody. */
  function resembles(direction: Float32Array): GuestModel | undefined {
    if (state.svm === undefined) return state.guests[0];
    const label = state.svm.predict(direction);
    return state.guests.find((_, index) => (state.labels?.[index] ?? index) === label);
  }
}

/** With one guest the SVM has nobody to tell apart, and with two a stranger is one of them: τ alone keeps strangers out. */
function fewGuests(kind: string, guests: number): string[] {
  return guests === 1 || guests === 2
    ? [
        `${kind} with ${guests === 1 ? 'one guest' : 'two guests'} names strangers who come nearer than its training strangers did; "calibrated" keeps to a stated rate`,
      ]
    : [];
}

/** τ by guest id: one for all is the smallest of them. One guest is a step. */
function* smallestDistances(
  guests: readonly GuestModel[],
  strangers: readonly Float32Array[],
  perGuest: boolean,
): Steps<ReadonlyMap<string, number>> {
  const rows = stack(strangers);
  const own: number[] = [];
  for (const { mean } of guests) {
    own.push(multiply(rows, mean).reduce((least, cosine) => Math.min(least, chord(cosine)), 2));
    yield own.length / guests.length;
  }
  const smallest = Math.min(2, ...own);
  return new Map(guests.map((guest, index) => [guest.id, perGuest ? own[index]! : smallest]));
}
