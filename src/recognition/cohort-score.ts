import { direction as axis, projections } from './low-rank.js';
import { nuisanceView, type Nuisance } from './nuisance.js';
import { regionMoments, regionOf, type Cohort, type CohortMoments } from './regions.js';
import { restore, type Restoration } from './restoration.js';
import { chord, dot, multiply, stack } from './vector.js';

/** What scoring needs of a population. */
export interface ScoringStatistics {
  /** One photo of everybody. */
  readonly photos: Cohort;
  readonly nuisance: Nuisance;
  readonly restoration: Restoration;
}

/** A guest in one view: normalised by the people of his own region of face space. */
interface GuestView {
  readonly vector: Float32Array;
  readonly region: number;
  readonly moments: CohortMoments;
}

/** A probe in one view, with its moments in every region. */
interface ProbeView {
  readonly vector: Float32Array;
  readonly moments: readonly CohortMoments[];
}

/**
 * One side of a comparison, as it is and with what varies within people played down (calm). The inner product of a
 * guest's and a probe's vectors is the cosine in that view.
 */
export interface GuestSide {
  readonly plain: GuestView;
  readonly calm: GuestView;
}
export interface ProbeSide {
  readonly plain: ProbeView;
  readonly calm: ProbeView;
}

/** A guest's mean (a unit vector) as one side. */
export function guestSide(
  { photos, nuisance }: ScoringStatistics,
  templates: readonly Float32Array[],
  mean: Float32Array,
): GuestSide {
  const seen = nuisanceView.ofGuest(nuisance, templates);
  const calm = guestView(nuisance.cohort, seen);
  return { plain: guestView(photos, mean), calm: { ...calm, vector: nuisanceView.again(nuisance, seen) } };
}

/** @param frames pooled frames: a single look is taken for a photo, more for a visit at the door. */
export function probeSide(
  { photos, nuisance, restoration }: ScoringStatistics,
  direction: Float32Array,
  frames: number,
): ProbeSide {
  const restored = frames > 1 ? restore(restoration, direction) : direction;
  return {
    plain: probeView(photos, restored),
    calm: probeView(cohortOfProbes(nuisance), nuisanceView.ofProbe(nuisance, restored)),
  };
}

function guestView(cohort: Cohort, vector: Float32Array): GuestView {
  const region = regionOf(cohort, vector);
  const moments = regionMoments(cohort.regions[region]!, vector, projections(cohort.covariance, vector));
  return { vector, region, moments };
}

function probeView(cohort: Cohort, vector: Float32Array): ProbeView {
  const along = projections(cohort.covariance, vector);
  return { vector, moments: cohort.regions.map((region) => regionMoments(region, vector, along)) };
}

const probeCohorts = new WeakMap<Nuisance, Cohort>();

/** The cohort as unseen probes meet it: seen once more, like guests. Made once for each population. */
function cohortOfProbes(nuisance: Nuisance): Cohort {
  const known = probeCohorts.get(nuisance);
  if (known !== undefined) return known;
  const { mean, covariance, regions } = nuisance.cohort;
  const vectors = new Float32Array(covariance.vectors.length);
  for (let i = 0; i < covariance.values.length; i += 1) {
    vectors.set(nuisanceView.again(nuisance, axis(covariance, i)), i * mean.length);
  }
  const made = {
    mean: nuisanceView.again(nuisance, mean),
    covariance: { ...covariance, vectors },
    regions: regions.map((region) => ({ ...region, mean: nuisanceView.again(nuisance, region.mean) })),
  };
  probeCohorts.set(nuisance, made);
  return made;
}

/**
 * Symmetric score normalisation (S-norm: Kenny 2010, after Z-norm and T-norm of Auckenthaler et al. 2000): how far
 * the cosine lies above what strangers reach against this guest and what this probe reaches against other people,
 * in units of both spreads. A guest with an average face needs a higher cosine, and so does a blurred probe that
 * resembles everybody. The strangers are those of the guest's region: among people who look much alike to an encoder,
 * a high cosine says less.
 */
export function symmetric(cosine: number, a: CohortMoments, b: CohortMoments): number {
  return (2 * cosine - a.mean - b.mean) / (a.deviation + b.deviation);
}

/** The mean of both views' normalised scores. */
export function normalisedScore(guest: GuestSide, probe: ProbeSide): number {
  const { plain, calm } = guest;
  return (
    (viewScore(plain, probe.plain, dot(plain.vector, probe.plain.vector)) +
      viewScore(calm, probe.calm, dot(calm.vector, probe.calm.vector))) /
    2
  );
}

/** Many guests, whose vectors are the rows of two matrices. */
export interface GuestSides {
  readonly sides: readonly GuestSide[];
  readonly plain: Float32Array;
  readonly calm: Float32Array;
}

export function stackSides(sides: readonly GuestSide[]): GuestSides {
  return {
    sides,
    plain: stack(sides.map(({ plain }) => plain.vector)),
    calm: stack(sides.map(({ calm }) => calm.vector)),
  };
}

/** `normalisedScore` of every guest. */
export function normalisedScores({ sides, plain, calm }: GuestSides, probe: ProbeSide): Float64Array {
  const plainCosines = multiply(plain, probe.plain.vector);
  const calmCosines = multiply(calm, probe.calm.vector);
  return Float64Array.from(
    sides,
    (side, i) =>
      (viewScore(side.plain, probe.plain, plainCosines[i]!) + viewScore(side.calm, probe.calm, calmCosines[i]!)) / 2,
  );
}

function viewScore({ moments, region }: GuestView, probe: ProbeView, cosine: number): number {
  return symmetric(cosine, moments, probe.moments[region]!);
}

/**
 * A score, which nobody can picture, as a distance: that of two unit vectors for a stranger like all others (score 0),
 * and shrinking as that does with each deviation more, but never to nothing. It depends on the guest alone, so that τ
 * is one number for all probes.
 */
export function distanceOf(score: number, { plain: { moments } }: GuestSide): number {
  return chord(moments.mean) * Math.exp((-0.5 * moments.deviation * score) / (1 - moments.mean));
}
