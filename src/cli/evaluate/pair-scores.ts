import { basename } from 'node:path';
import { symmetric } from '../../recognition/cohort-score.js';
import { meanInterval } from '../../recognition/metrics/intervals.js';
import {
  foldAccuracies,
  rocCurve,
  tarAtFar,
  wrongPairs,
  type PairScore,
} from '../../recognition/metrics/verification.js';
import { fitSections } from '../../recognition/population-space.js';
import type { CohortMoments } from '../../recognition/regions.js';
import { createSpace } from '../../recognition/space.js';
import { dot } from '../../recognition/vector.js';
import type { Embedding, EncoderDescription } from '../../types.js';
import type { FaceRecord } from './embedding-cache.js';
import type { Errata } from './errata.js';
import { isMislabelled, type Pair } from './pair-list.js';
import { readPopulation } from './statistics.js';

/** How one encoder did. */
export interface PairReport {
  readonly accuracy: number;
  readonly accuracyInterval: { readonly low: number; readonly high: number };
  /** The same by the plain cosine. */
  readonly accuracyOfCosine: number;
  /** Without the pairs of which the errata say that their label is wrong, and how many those are. */
  readonly accuracyWithoutLabelErrors: number;
  readonly labelErrors: number;
  readonly wrong: readonly WrongPair[];
  readonly tarAtFar: Readonly<Record<string, number>>;
  /** The same from all pairs of pictures of the people who are not in the shipped statistics. */
  readonly tarAtFarAllPairs: Readonly<Record<string, number>>;
  readonly roc: readonly (readonly [number, number])[];
  readonly undetected: number;
}

export interface WrongPair {
  readonly first: string;
  readonly second: string;
  readonly genuine: boolean;
  readonly score: number;
  /** The errata say that the label is wrong, not the judgement. */
  readonly labelError?: true;
}

export const fars = [1e-2, 1e-3];
export const allPairsFars = [1e-2, 1e-3, 1e-4];

/** An encoder, or one section of a fused one, and how to cut its embedding out. */
export interface Part {
  readonly encoder: EncoderDescription;
  readonly slice: (embedding: Embedding) => Embedding;
}

/**
 * Centre, deviations, weights and cohort come from the people of the other folds: nobody is measured with statistics
 * that he or she is in. The threshold too is the other folds'. A score is the sum of the cosine in strangers' standard
 * deviations and of the cosine normalised for both faces (see cohort-score.ts): the one keeps strangers apart at low
 * false accept rates, the other tells more of all pairs right.
 */
export function reportPairs(
  pairs: readonly Pair[],
  records: ReadonlyMap<string, FaceRecord>,
  errata: Errata,
  { encoder, slice }: Part,
): Omit<PairReport, 'tarAtFarAllPairs'> {
  const scores: (PairScore & { readonly cosine: number; readonly pair: Pair })[] = [];
  for (const fold of new Set(pairs.map((pair) => pair.fold))) {
    const people = new Map<string, Map<string, Embedding>>();
    for (const { first, second } of pairs.filter((pair) => pair.fold !== fold)) {
      for (const { person, file } of [first, second]) {
        const embedding = records.get(file)?.embedding;
        if (embedding === undefined) continue;
        people.set(person, (people.get(person) ?? new Map<string, Embedding>()).set(file, slice(embedding)));
      }
    }
    const statistics = [...people.values()].map((photos) => ({ photos: [...photos.values()], visits: [] }));
    const space = createSpace(fitSections(encoder.sections, statistics));
    const cohort = statistics.map(({ photos }) => space.project(photos[0]!));
    const typical = averageMoments(cohort.slice(0, typicalFaces).map((unit) => sideAmong(cohort, unit).moments));
    const sides = new Map<string, Side>();
    const sideOf = (file: string): Side | undefined => {
      const embedding = records.get(file)?.embedding;
      if (embedding === undefined) return undefined;
      const side = sides.get(file) ?? sideAmong(cohort, space.project(slice(embedding)));
      sides.set(file, side);
      return side;
    };
    for (const pair of pairs.filter((candidate) => candidate.fold === fold)) {
      const [a, b] = [sideOf(pair.first.file), sideOf(pair.second.file)];
      const { genuine } = pair;
      if (a === undefined || b === undefined) {
        scores.push({ score: undetected, cosine: undetected, genuine, fold, pair });
      } else {
        const cosine = dot(a.unit, b.unit);
        const score = symmetric(cosine, a.moments, b.moments) + symmetric(cosine, typical, typical);
        scores.push({ score, cosine, genuine, fold, pair });
      }
    }
  }
  const accuracyOf = (chosen: readonly PairScore[]): ReturnType<typeof meanInterval> =>
    meanInterval(foldAccuracies(undetectedAreErrors(chosen)));
  const { mean, low, high } = accuracyOf(scores);
  const labelledRight = scores.filter(({ pair }) => !isMislabelled(pair, errata));
  const genuine = Float32Array.from(scores.filter((pair) => pair.genuine).map(({ score }) => score));
  const impostor = Float32Array.from(scores.filter((pair) => !pair.genuine).map(({ score }) => score));
  return {
    accuracy: mean,
    accuracyInterval: { low, high },
    accuracyOfCosine: accuracyOf(scores.map((score) => ({ ...score, score: score.cosine }))).mean,
    accuracyWithoutLabelErrors: accuracyOf(labelledRight).mean,
    labelErrors: scores.length - labelledRight.length,
    wrong: wrongPairs(undetectedAreErrors(scores)).map(({ pair, genuine, score }) => ({
      first: basename(pair.first.file),
      second: basename(pair.second.file),
      genuine,
      score,
      ...(isMislabelled(pair, errata) && { labelError: true }),
    })),
    tarAtFar: Object.fromEntries(fars.map((far) => [far, tarAtFar(genuine, impostor, far).tar])),
    roc: rocCurve(genuine, impostor),
    undetected: scores.filter(({ score }) => score === undetected).length,
  };
}

/** One face, and what it scores among the people of the other folds. */
interface Side {
  readonly unit: Float32Array;
  readonly moments: CohortMoments;
}

function sideAmong(cohort: readonly Float32Array[], unit: Float32Array): Side {
  let [sum, squares] = [0, 0];
  for (const other of cohort) {
    const cosine = dot(unit, other);
    sum += cosine;
    squares += cosine * cosine;
  }
  const mean = sum / cohort.length;
  return { unit, moments: { mean, deviation: Math.sqrt(Math.max(1e-12, squares / cohort.length - mean * mean)) } };
}

/** So many faces say what a face scores among strangers on average. */
const typicalFaces = 300;

function averageMoments(moments: readonly CohortMoments[]): CohortMoments {
  const mean = (pick: (one: CohortMoments) => number): number =>
    moments.reduce((sum, one) => sum + pick(one), 0) / moments.length;
  return { mean: mean((one) => one.mean), deviation: mean((one) => one.deviation) };
}

/** Far below every score. */
const undetected = -1000;

/** A pair with an undetected face is wrong either way: genuine ones stay low, impostors are lifted above all. */
function undetectedAreErrors<Pair extends PairScore>(scores: readonly Pair[]): Pair[] {
  return scores.map((pair) => (pair.score === undetected && !pair.genuine ? { ...pair, score: -undetected } : pair));
}

/** TAR at FAR from all pairs of some faces, by the plain cosine. */
export async function allPairs(
  faces: readonly { readonly person: string; readonly embedding: Embedding }[],
  { encoder, slice }: Part,
): Promise<Record<string, number>> {
  const space = createSpace((await readPopulation(encoder)).sections);
  const units = faces.map(({ embedding }) => space.project(slice(embedding)));
  const genuine: number[] = [];
  const impostor = new Float32Array((units.length * (units.length - 1)) / 2);
  let count = 0;
  units.forEach((a, i) => {
    for (let j = 0; j < i; j += 1) {
      const score = dot(a, units[j]!);
      if (faces[i]!.person === faces[j]!.person) genuine.push(score);
      else impostor[count++] = score;
    }
  });
  const scores = Float32Array.from(genuine);
  return Object.fromEntries(allPairsFars.map((far) => [far, tarAtFar(scores, impostor.subarray(0, count), far).tar]));
}
