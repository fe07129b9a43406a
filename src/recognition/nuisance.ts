import { leadingCovariance, projections, type LowRankCovariance } from './low-rank.js';
import type { Random } from './random.js';
import type { Cohort } from './regions.js';
import { addRows, addScaled, difference, dot, normalise, weightedMean } from './vector.js';

/**
 * What varies between pictures of one person, other photos and the doorbell's own conditions, as a covariance.
 * Comparing with it played down is within-class covariance normalisation (Hatch et al. 2006), here shrunk towards the
 * covariance of all faces and towards none at all: unshrunk it hurts. Alone it is no better than the plain cosine; the
 * sum of both is.
 */
export interface Nuisance {
  readonly spread: LowRankCovariance;
  /** Added to every variance before its root is divided by. */
  readonly ridge: number;
  /** Subtracted from everybody. */
  readonly centre: Float32Array;
  /** One photo of everybody, seen like this. */
  readonly cohort: Cohort;
}

/** How the two sides of a comparison are seen. With S = (spread + ridge·I)^(−1/2), a picture x is seen as S(x − centre). */
export const nuisanceView = {
  /** Unit vector: the mean of the templates, each seen and normalised. */
  ofGuest(nuisance: Nuisance, templates: readonly Float32Array[]): Float32Array {
    // S is linear: the mean of the seen is the seen mean of those that are divided by their lengths as seen.
    const mean = weightedMean(
      templates.map((template) => nuisanceView.ofProbe(nuisance, template)),
      templates.map(() => 1),
    );
    return normalise(shrunk(nuisance, Float32Array.from(mean)));
  },
  /**
   * S is symmetric, so that a seen guest g meets a probe x as (S·g)·(x − centre): the guest is seen twice, once and for
   * all, and a probe, of which there are many, not at all.
   */
  again(nuisance: Nuisance, seen: Float32Array): Float32Array {
    return shrunk(nuisance, seen);
  },
  /** The probe less the centre, divided by its length as seen. */
  ofProbe({ spread, ridge, centre }: Nuisance, unit: Float32Array): Float32Array {
    const x = difference(unit, centre);
    const along = projections(spread, x);
    const rest = 1 / (spread.residual + ridge);
    let square = rest * dot(x, x);
    for (let i = 0; i < along.length; i += 1) {
      square += (1 / (spread.values[i]! + ridge) - rest) * along[i]! * along[i]!;
    }
    const length = Math.sqrt(square);
    if (length > 0) for (let i = 0; i < x.length; i += 1) x[i] = x[i]! / length;
    return x;
  },
};

function calmed(nuisance: Omit<Nuisance, 'cohort'>, unit: Float32Array): Float32Array {
  return normalise(shrunk(nuisance, difference(unit, nuisance.centre)));
}

/** S·x */
function shrunk({ spread, ridge }: Pick<Nuisance, 'spread' | 'ridge'>, x: Float32Array): Float32Array {
  const rest = 1 / Math.sqrt(spread.residual + ridge);
  const result = new Float32Array(x.length);
  addScaled(result, x, rest);
  const factors = projections(spread, x).map((along, i) => (1 / Math.sqrt(spread.values[i]! + ridge) - rest) * along);
  addRows(result, spread.vectors, factors);
  return result;
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
  const view = { spread, ridge, centre };
  return { ...view, cohort: cohortOf(people.map(({ photos }) => calmed(view, photos[0]!))) };
}
