import type { Cohort } from './cohort-score.js';
import { leadingCovariance, type LowRankCovariance } from './low-rank.js';
import type { Random } from './random.js';
import { addScaled, dot, normalise, weightedMean } from './vector.js';

/**
 * What varies between pictures of one person, other photos and the doorbell's own conditions, as a covariance, and what
 * a doorbell does to everybody, as a shift. Comparing with the first played down is within-class covariance
 * normalisation (Hatch et al. 2006), here shrunk towards the covariance of all faces and towards none at all: unshrunk
 * it hurts. Alone it is no better than the plain cosine; the sum of both is.
 */
export interface Nuisance {
  readonly spread: LowRankCovariance;
  /** Added to every variance before its root is divided by. */
  readonly ridge: number;
  /** Subtracted from everybody. */
  readonly centre: Float32Array;
  /** Mean difference between visits at the door and photos; subtracted from visits. */
  readonly shift: Float32Array;
  /** One photo of everybody, seen like this. */
  readonly cohort: Cohort;
}

/** How the two sides of a comparison are seen. */
export const nuisanceView = {
  /** Unit vector: the mean of the templates, each seen and normalised. */
  ofGuest(nuisance: Nuisance, templates: readonly Float32Array[]): Float32Array {
    const seen = templates.map((template) => calmed(nuisance, template, false));
    return normalise(
      weightedMean(
        seen,
        seen.map(() => 1),
      ),
    );
  },
  /** Unit vector. */
  ofProbe(nuisance: Nuisance, direction: Float32Array, visit: boolean): Float32Array {
    return calmed(nuisance, direction, visit);
  },
};

/** (spread + ridge·I)^(−1/2) (x − centre [− shift]), normalised. */
function calmed(nuisance: Omit<Nuisance, 'cohort'>, direction: Float32Array, visit: boolean): Float32Array {
  const { spread, ridge, centre, shift } = nuisance;
  const x = direction.map((value, i) => value - centre[i]! - (visit ? shift[i]! : 0));
  const rank = spread.values.length;
  const rest = 1 / Math.sqrt(spread.residual + ridge);
  const result = new Float32Array(x.length);
  addScaled(result, x, rest);
  for (let i = 0; i < rank; i += 1) {
    const axis = spread.vectors.subarray(i * x.length, (i + 1) * x.length);
    addScaled(result, axis, (1 / Math.sqrt(spread.values[i]! + ridge) - rest) * dot(axis, x));
  }
  return normalise(result);
}

/** Shares of the three covariances: within photos, between a photo and a visit, of all faces. */
const shares = { photos: 1, visits: 1, everybody: 0.3 };

/**
 * @param photos each person's photos as unit vectors; visits: pooled visits of the person in the first photo, if any.
 * @param cohortOf how a cohort is summed up.
 */
export function measureNuisance(
  people: readonly { readonly photos: readonly Float32Array[]; readonly visits: readonly Float32Array[] }[],
  everybody: Cohort,
  rank: number,
  random: Random,
  cohortOf: (units: readonly Float32Array[]) => Cohort,
): Nuisance {
  const centre = everybody.mean;
  const within = people.flatMap(({ photos }) => {
    if (photos.length < 2) return [];
    const mean = weightedMean(
      photos,
      photos.map(() => 1),
    );
    const factor = Math.sqrt(photos.length / (photos.length - 1));
    return photos.map((photo) => photo.map((value, i) => factor * (value - mean[i]!)));
  });
  const moved = people.flatMap(({ photos, visits }) =>
    visits.map((visit) => visit.map((value, i) => value - photos[0]![i]!)),
  );
  const shift = new Float32Array(centre.length);
  for (const move of moved) addScaled(shift, move, 1 / moved.length);
  const shaken = moved.map((move) => move.map((value, i) => value - shift[i]!));
  const all = people.map(({ photos }) => photos[0]!.map((value, i) => value - centre[i]!));
  const rows = [...within, ...shaken, ...all];
  const weights = [
    ...within.map(() => shares.photos / within.length),
    ...shaken.map(() => shares.visits / shaken.length),
    ...all.map(() => shares.everybody / all.length),
  ];
  const spread = leadingCovariance(rows, weights, rank, random);
  const kept = spread.values.reduce((sum, value) => sum + value, 0);
  const ridge = (kept + spread.residual * (centre.length - spread.values.length)) / centre.length;
  const view = { spread, ridge, centre, shift };
  return { ...view, cohort: cohortOf(people.map(({ photos }) => calmed(view, photos[0]!, false))) };
}
