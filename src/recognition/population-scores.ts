import type { PooledProbe } from '../visit/pooling.js';
import {
  guestSide,
  normalisedScore,
  probeSide,
  type GuestSide,
  type ProbeSide,
  type ScoringStatistics,
} from './cohort-score.js';
import type { GenuineScores, Population } from './population.js';
import { shuffled } from './random.js';
import { continueLike, measureTail, type ScoreTail } from './tail.js';
import { chord, dot, normalise, weightedMean } from './vector.js';

/** A person of the population in the unit space. */
export interface ScoredPerson {
  readonly photos: readonly Float32Array[];
  /** One degraded frame of each simulated visit. */
  readonly frames: readonly Float32Array[];
  readonly visits: readonly PooledProbe[];
}

interface PseudoGuest {
  readonly person: number;
  readonly side: GuestSide;
}

interface PseudoProbe {
  readonly person: number;
  readonly side: ProbeSide;
  readonly frames: number;
}

const photoCounts = [1, 2, 3, 4] as const;
/** More comparisons than this do not make the tail surer: they share their people. */
const mostComparisons = 600_000;
/** A tail needs so many pseudo-guests. */
const fewestGuests = 15;

/** Everybody with so many photos, enrolled with them. */
function pseudoGuests(people: readonly ScoredPerson[], statistics: ScoringStatistics, photos: number): PseudoGuest[] {
  return people.flatMap((person, index) => {
    if (person.photos.length < photos) return [];
    const templates = person.photos.slice(0, photos);
    const mean = normalise(
      weightedMean(
        templates,
        templates.map(() => 1),
      ),
    );
    return [{ person: index, side: guestSide(statistics, templates, mean) }];
  });
}

function probes(
  people: readonly ScoredPerson[],
  statistics: ScoringStatistics,
  kind: 'single' | 'visit',
): PseudoProbe[] {
  return people.flatMap(({ photos, frames, visits }, person) => {
    const looks =
      kind === 'visit'
        ? visits.map(({ direction, weightedFrames }) => ({ direction, frames: weightedFrames }))
        : [photos.at(-1)!, ...frames].map((direction) => ({ direction, frames: 1 }));
    return looks.map(({ direction, frames: count }) => ({
      person,
      side: probeSide(statistics, direction, count),
      frames: count,
    }));
  });
}

const scoreOf = (guest: PseudoGuest, probe: PseudoProbe): number => normalisedScore(guest.side, probe.side);

/** People, and statistics of others that they are scored with: scores with one's own statistics are too good. */
export interface ScoringFold {
  readonly people: readonly ScoredPerson[];
  readonly statistics: ScoringStatistics;
}

/** Tails of strangers' scores for 1 to 4 photos, for single looks and for visits, over all folds. */
export function measureStrangers(folds: readonly ScoringFold[], random: () => number): ScoreTail[] {
  const tails: ScoreTail[] = [];
  for (const kind of ['single', 'visit'] as const) {
    const looks = folds.map(({ people, statistics }) => probes(people, statistics, kind));
    const strangers = looks.reduce((sum, own) => sum + new Set(own.map(({ person }) => person)).size, 0);
    if (strangers < fewestGuests) continue;
    const frames = median(looks.flat().map((probe) => probe.frames));
    let counted: ScoreTail | undefined;
    for (const photos of photoCounts) {
      const guests = folds.map(({ people, statistics }) => shuffled(pseudoGuests(people, statistics, photos), random));
      if (guests.flat().length < fewestGuests && photos > 1) break;
      const scores = Float32Array.from(
        folds.flatMap((_, fold) => strangerScores(guests[fold]!, looks[fold]!, mostComparisons / folds.length)),
      );
      const tail = measureTail(scores, { photos, frames, strangers });
      counted ??= tail;
      tails.push(continueLike(tail, counted));
    }
  }
  return tails;
}

function strangerScores(guests: readonly PseudoGuest[], looks: readonly PseudoProbe[], most: number): number[] {
  const used = guests.slice(0, Math.max(fewestGuests, Math.ceil(most / Math.max(1, looks.length))));
  return used.flatMap((guest) =>
    looks.filter(({ person }) => person !== guest.person).map((probe) => scoreOf(guest, probe)),
  );
}

/** Genuine scores, each photo against the person's others, and the distances that make two guests look alike. */
export function measureGenuine(
  people: readonly ScoredPerson[],
  statistics: ScoringStatistics,
): Pick<Population, 'genuine' | 'lookAlike'> {
  const genuine: GenuineScores[] = [];
  const distances: number[] = [];
  for (const photos of [1, 2, 3]) {
    const scores: number[] = [];
    people.forEach((person, index) => {
      if (person.photos.length <= photos) return;
      person.photos.forEach((probe, left) => {
        const others = person.photos.filter((_, i) => i !== left).slice(0, photos);
        const mean = normalise(
          weightedMean(
            others,
            others.map(() => 1),
          ),
        );
        const guest = { person: index, side: guestSide(statistics, others, mean) };
        scores.push(scoreOf(guest, { person: index, side: probeSide(statistics, probe, 1), frames: 1 }));
        if (photos === 1) distances.push(chord(dot(mean, probe)));
      });
    });
    if (scores.length >= fewestGuests) genuine.push({ photos, frames: 1, ...quantiles(scores) });
  }
  distances.sort((a, b) => a - b);
  const at = (share: number): number => distances[Math.floor(share * (distances.length - 1))] ?? 0;
  // Two means are nearer to one another than two photos of one person: below the lowest tenth it is one person.
  return { genuine, lookAlike: { near: at(0.9), same: at(0.1) } };
}

const genuineProbabilities = [0.01, 0.02, 0.05, 0.1, 0.25, 0.5, 0.75, 0.9];

function quantiles(scores: number[]): Pick<GenuineScores, 'probabilities' | 'scores'> {
  scores.sort((a, b) => a - b);
  return {
    probabilities: genuineProbabilities,
    scores: genuineProbabilities.map((probability) => scores[Math.floor(probability * (scores.length - 1))]!),
  };
}

function median(values: number[]): number {
  values.sort((a, b) => a - b);
  return values[Math.floor(values.length / 2)] ?? 1;
}
