import { projections, type LowRankCovariance } from './low-rank.js';
import { shuffled, type Random } from './random.js';
import { addScaled, dot, normalise } from './vector.js';

/** People of a cohort whose faces resemble each other. */
export interface Region {
  readonly mean: Float32Array;
  /** Covariance about that mean along the cohort's own directions: the lower triangle, row by row. */
  readonly spread: Float32Array;
  /** Variance along every direction orthogonal to them. */
  readonly residual: number;
}

/** Mean and covariance of many people's unit vectors, as a whole and by region. */
export interface Cohort {
  readonly mean: Float32Array;
  readonly covariance: LowRankCovariance;
  /** At least one. */
  readonly regions: readonly Region[];
}

/** Mean and standard deviation of the cosines between one unit vector and everybody of a region. */
export interface CohortMoments {
  readonly mean: number;
  readonly deviation: number;
}

/** Regions at most, and people of a cohort for each: fewer do not make statistics. */
const mostRegions = 6;
const peoplePerRegion = 100;
/** Nor do so few in one region. */
const fewestPeople = 40;
const restarts = 5;
const iterations = 30;

/** The region that a unit vector lies in: whose mean it is nearest to in direction, seen from everybody's mean. */
export function regionOf({ mean, regions }: Cohort, unit: Float32Array): number {
  let best = 0;
  let nearest = -Infinity;
  for (let k = 0; regions.length > 1 && k < regions.length; k += 1) {
    const axis = regions[k]!.mean.map((value, i) => value - mean[i]!);
    const cosine = (dot(axis, unit) - dot(axis, mean)) / Math.sqrt(dot(axis, axis));
    if (cosine > nearest) [best, nearest] = [k, cosine];
  }
  return best;
}

/**
 * The moments follow from a region's mean and covariance: E[u·x] = u·μ, Var[u·x] = uᵀΣu. So scores are normalised
 * without a stranger's template at hand.
 * @param along the vector's parts along the cohort's directions.
 */
export function regionMoments(region: Region, unit: Float32Array, along: Float64Array): CohortMoments {
  const { mean, spread, residual } = region;
  let variance = 0;
  let square = 0;
  for (let i = 0, at = 0; i < along.length; i += 1) {
    let row = 0;
    for (let j = 0; j < i; j += 1, at += 1) row += spread[at]! * along[j]!;
    variance += along[i]! * (2 * row + spread[at]! * along[i]!);
    at += 1;
    square += along[i]! * along[i]!;
  }
  variance += residual * Math.max(0, 1 - square);
  return { mean: dot(unit, mean), deviation: Math.sqrt(Math.max(variance, 1e-12)) };
}

/** Divides a cohort into regions by spherical k-means in the space of its leading directions. */
export function measureRegions(
  units: readonly Float32Array[],
  mean: Float32Array,
  covariance: LowRankCovariance,
  random: Random,
): Region[] {
  const along = units.map((unit) =>
    projections(
      covariance,
      unit.map((value, i) => value - mean[i]!),
    ),
  );
  const directions = along.map(normalise);
  for (let count = Math.min(mostRegions, Math.floor(units.length / peoplePerRegion)); count > 1; count -= 1) {
    const members = clusters(directions, count, random);
    if (members.every((people) => people.length >= fewestPeople)) {
      return members.map((people) => summarise(people, units, along, covariance));
    }
  }
  return [summarise([...units.keys()], units, along, covariance)];
}

/** The best of some runs: for each cluster the indices of its members. */
function clusters(directions: readonly Float32Array[], count: number, random: Random): number[][] {
  let best: { members: number[][]; nearness: number } | undefined;
  for (let run = 0; run < restarts; run += 1) {
    let centres = shuffled(directions, random).slice(0, count);
    let members: number[][] = [];
    let nearness = 0;
    for (let iteration = 0; iteration < iterations; iteration += 1) {
      members = centres.map(() => []);
      nearness = 0;
      directions.forEach((direction, person) => {
        const cosines = centres.map((centre) => dot(centre, direction));
        const cosine = Math.max(...cosines);
        members[cosines.indexOf(cosine)]!.push(person);
        nearness += cosine;
      });
      centres = members.map((people, k) => {
        const sum = new Float32Array(centres[k]!.length);
        for (const person of people) addScaled(sum, directions[person]!, 1);
        return people.length === 0 ? centres[k]! : normalise(sum);
      });
    }
    if (best === undefined || nearness > best.nearness) best = { members, nearness };
  }
  return best!.members;
}

function summarise(
  people: readonly number[],
  units: readonly Float32Array[],
  along: readonly Float64Array[],
  { values }: LowRankCovariance,
): Region {
  const rank = values.length;
  const mean = new Float32Array(units[0]!.length);
  const centre = new Float64Array(rank);
  for (const person of people) {
    addScaled(mean, units[person]!, 1 / people.length);
    addScaled(centre, along[person]!, 1 / people.length);
  }
  const spread = new Float32Array((rank * (rank + 1)) / 2);
  let square = 0;
  for (const person of people) {
    const z = along[person]!.map((value, i) => value - centre[i]!);
    for (let i = 0, at = 0; i < rank; i += 1) {
      for (let j = 0; j <= i; j += 1, at += 1) spread[at] = spread[at]! + (z[i]! * z[j]!) / people.length;
    }
    square += (dot(units[person]!, units[person]!) - dot(z, z)) / people.length;
  }
  const others = mean.length - rank;
  return { mean, spread, residual: others > 0 ? Math.max(0, square - dot(mean, mean)) / others : 0 };
}
