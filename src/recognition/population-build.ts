import type { EncoderDescription, Embedding, Probe } from '../types.js';
import { pool } from '../visit/pooling.js';
import type { ScoringStatistics } from './cohort-score.js';
import { PopulationError } from './errors.js';
import { leadingCovariance } from './low-rank.js';
import { measureNuisance } from './nuisance.js';
import { measureGenuine, measureStrangers, type ScoredPerson } from './population-scores.js';
import { fitSections } from './population-space.js';
import type { Population, PopulationSource } from './population.js';
import { seededRandom, type Random } from './random.js';
import { measureRegions, type Cohort } from './regions.js';
import { measureRestoration } from './restoration.js';
import { createSpace } from './space.js';
import { addScaled, dot, norm } from './vector.js';

/** One person of the face set: usable photos (at least one) and simulated visits of the first, each a run of degraded frames. */
export interface PopulationPerson {
  readonly photos: readonly Embedding[];
  readonly visits: readonly (readonly Probe[])[];
}

export interface PopulationRequest {
  readonly encoder: EncoderDescription;
  readonly people: readonly PopulationPerson[];
  readonly source: Pick<PopulationSource, 'description' | 'degradations'>;
  readonly tunedFrom?: Population['tunedFrom'];
  readonly seed?: number;
}

/** Directions kept of each covariance: 96 carry more than nine tenths of the variance of the packaged encoders. */
const rank = 96;
const minimumPeople = 20;

/**
 * Computes an encoder's aggregate statistics from labelled embeddings; nobody's embedding is kept.
 * @throws PopulationError for fewer than 20 people or nobody with two photos; EmbeddingError for broken embeddings.
 */
export function buildPopulation(request: PopulationRequest): Population {
  const { people } = request;
  const repeated = people.filter(({ photos }) => photos.length > 1).length;
  if (people.length < minimumPeople) {
    throw new PopulationError(`${people.length} people are too few for statistics; ${minimumPeople} is the least`);
  }
  if (repeated < 5) throw new PopulationError('at least five people must have two photos or more');
  const random = seededRandom(request.seed ?? 1);
  const sections = fitSections(request.encoder.sections, people);
  const space = createSpace(sections);
  const projected = people.map(({ photos, visits }) => ({
    photos: photos.map((photo) => space.project(photo)),
    looks: visits.map((probes) =>
      probes.map(({ embedding, quality }) => ({ direction: space.project(embedding), quality })),
    ),
  }));
  const withVisits = projected.flatMap(({ looks }) => looks.filter((visit) => visit.length > 1));
  const frameCorrelation = withVisits.length === 0 ? 1 : correlationOfFrames(withVisits);
  const scored: ScoredPerson[] = projected.map(({ photos, looks }) => ({
    photos,
    frames: looks.flatMap((visit) => (visit[0] === undefined ? [] : [visit[0].direction])),
    visits: looks.filter((visit) => visit.length > 1).map((visit) => pool(visit, frameCorrelation)),
  }));
  const base = statisticsOf(scored, random);
  // Two and two, since visits may have been simulated for every second person only.
  const half = (wanted: boolean): ScoredPerson[] => scored.filter((_, index) => index % 4 < 2 === wanted);
  const folds = [true, false].map((own) => ({ people: half(own), statistics: statisticsOf(half(!own), random) }));
  return {
    encoder: { id: request.encoder.id, version: request.encoder.version },
    ...(request.tunedFrom && { tunedFrom: request.tunedFrom }),
    source: {
      ...request.source,
      people: people.length,
      images: people.reduce((sum, person) => sum + person.photos.length, 0),
      repeated,
      visits: scored.reduce((sum, person) => sum + person.visits.length, 0),
    },
    sections,
    ...base,
    frameCorrelation,
    ...measureGenuine(scored, base),
    tails: measureStrangers(folds, random),
  };
}

function statisticsOf(people: readonly ScoredPerson[], random: Random): ScoringStatistics {
  const cohort = (units: readonly Float32Array[]): Cohort => cohortOf(units, random);
  const photos = cohort(people.map((person) => person.photos[0]!));
  const seen = people.map((person) => ({
    photos: person.photos,
    visits: person.visits.map(({ direction }) => direction),
  }));
  const twice = seen.flatMap(({ photos: own, visits }) => visits.map((visit) => ({ visit, photo: own[0]! })));
  return {
    photos,
    nuisance: measureNuisance(seen, photos, rank, random, cohort),
    restoration: measureRestoration(twice, photos.mean.length, random),
  };
}

function cohortOf(units: readonly Float32Array[], random: Random): Cohort {
  const mean = new Float32Array(units[0]!.length);
  for (const unit of units) addScaled(mean, unit, 1 / units.length);
  const deviations = units.map((unit) => unit.map((value, i) => value - mean[i]!));
  const weights = deviations.map(() => 1);
  const covariance = leadingCovariance(deviations, weights, rank, random);
  return { mean, covariance, regions: measureRegions(units, mean, covariance, random) };
}

/**
 * How much of a frame's deviation from the person's true direction is shared by the other frames of the visit. With
 * per-frame noise variance s² and shared deviation unknown, the visit's own spread gives s², and the distance of two
 * frames' mean to one frame the rest; here: 1 − spread within a visit / spread of visits' frames in all.
 */
function correlationOfFrames(visits: readonly (readonly { direction: Float32Array }[])[]): number {
  let within = 0;
  const grand = new Float64Array(visits[0]![0]!.direction.length);
  let all = 0;
  let count = 0;
  for (const visit of visits) {
    const mean = new Float64Array(grand.length);
    for (const { direction } of visit) {
      addScaled(mean, direction, 1 / visit.length);
      addScaled(grand, direction, 1);
      all += dot(direction, direction);
      count += 1;
    }
    within += (1 - norm(mean) ** 2) * (visit.length / (visit.length - 1));
  }
  const total = all / count - (norm(grand) / count) ** 2;
  return Math.min(1, Math.max(0, 1 - within / visits.length / total));
}
