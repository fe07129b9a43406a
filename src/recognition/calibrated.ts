import type { Candidate, Identification } from '../types.js';
import {
  defaultFalseAcceptRate,
  defaultMinimumFrames,
  type Classifier,
  type ClassifierOptions,
  type GuestScore,
} from './surface.js';
import {
  distanceOf,
  guestSide,
  normalisedScores,
  probeSide,
  stackSides,
  type GuestSide,
  type GuestSides,
} from './cohort-score.js';
import { ClassifierError } from './errors.js';
import { buildGuestModels, findLookAlikes, type GuestModel, type LookAlikes } from './guest-model.js';
import type { Population } from './population.js';
import { nothingToJudge, poolProbes } from './probing.js';
import { falseAcceptPromise } from './promise.js';
import { inSlices, partOf, type Steps } from './slices.js';
import { createSpace } from './space.js';
import { perGuestRate, scoreThreshold, strangerChance } from './thresholds.js';
import type { PooledProbe } from '../visit/pooling.js';

interface CalibratedGuest extends GuestModel {
  readonly side: GuestSide;
}

/** One guest's standing against the pooled probe. */
interface Standing {
  readonly guest: CalibratedGuest;
  /** Standard deviations above strangers, and how many are asked for. */
  readonly score: number;
  readonly threshold: number;
  readonly candidate: Candidate;
}

interface State {
  readonly guests: readonly CalibratedGuest[];
  /** The guests' own, in their order. */
  readonly sides: GuestSides;
  readonly lookAlikes: readonly LookAlikes[];
  readonly warnings: readonly string[];
}

/** Two guests whose scores are nearer than this, in strangers' standard deviations, cannot be told apart yet. */
const margin = 0.5;

/**
 * The default classifier: cohort-normalised scores (see cohort-score.ts) held against the population's own tail, for
 * the present number of guests, photos and frames. No stranger's photo is needed.
 * @throws ClassifierError for a rate outside 0 … 0.5.
 */
export function createCalibrated(population: Population, options: ClassifierOptions): Classifier {
  const rate = options.falseAcceptRate ?? defaultFalseAcceptRate;
  if (!(rate > 0 && rate < 0.5)) throw new ClassifierError(`falseAcceptRate must lie in 0 … 0.5, not ${rate}`);
  const minimumFrames = options.minimumFrames ?? defaultMinimumFrames;
  const space = createSpace(population.sections);
  let state: State = { guests: [], sides: stackSides([]), lookAlikes: [], warnings: [] };

  const thresholdFor = (guest: GuestModel, frames: number): number =>
    scoreThreshold(population, guest.templates.length, frames, perGuestRate(rate, state.guests.length));

  const standings = (pooled: PooledProbe): Standing[] => {
    const probe = probeSide(population, pooled.direction, pooled.weightedFrames);
    const thresholds = byPhotos((guest) => thresholdFor(guest, pooled.weightedFrames));
    const scores = normalisedScores(state.sides, probe);
    return state.guests
      .map((guest, i) => {
        const score = scores[i]!;
        const threshold = thresholds(guest);
        // The distance that is told is the score's: below τ exactly when the guest is accepted, and τ is one number.
        const distance = distanceOf(score, guest.side);
        const tau = distanceOf(threshold, guest.side);
        return { guest, score, threshold, candidate: { guestId: guest.id, name: guest.name, distance, tau } };
      })
      .sort((a, b) => b.score - b.threshold - (a.score - a.threshold));
  };

  return {
    kind: 'calibrated',
    gamma: undefined,
    C: undefined,
    get tau() {
      const [guest] = state.guests;
      if (guest === undefined) return undefined;
      return distanceOf(thresholdFor(guest, minimumFrames), guest.side);
    },
    get lookAlikes() {
      return state.lookAlikes;
    },
    get warnings() {
      return state.warnings;
    },
    get promise() {
      return falseAcceptPromise(population, rate, state.guests, state.lookAlikes, minimumFrames);
    },
    async fit(guests, _strangers, control) {
      const building = buildGuestModels(guests, space, population.encoder);
      const { models, warnings } = await inSlices(building, partOf(control, 0, 0.1));
      const known = await inSlices(calibrate(population, models), partOf(control, 0.1, 0.9));
      const { near, same } = population.lookAlike;
      const lookAlikes = await inSlices(findLookAlikes(models, near, same), partOf(control, 0.9, 1));
      state = { guests: known, sides: stackSides(known.map(({ side }) => side)), lookAlikes, warnings };
      return this;
    },
    predict(probes) {
      const { pooled, reasons } = poolProbes(probes, space, population.frameCorrelation);
      if (pooled === undefined) return nothingToJudge(reasons);
      return judge(pooled, standings(pooled), reasons);
    },
    decisionFunction(probes): readonly GuestScore[] {
      const { pooled } = poolProbes(probes, space, population.frameCorrelation);
      if (pooled === undefined) return [];
      return standings(pooled).map(({ guest, score, threshold, candidate }) => ({
        guestId: guest.id,
        name: guest.name,
        score: score - threshold,
        candidate,
      }));
    },
    forget(guestId) {
      const concerns = (pair: LookAlikes): boolean => pair.first.id === guestId || pair.second.id === guestId;
      const guests = state.guests.filter(({ id }) => id !== guestId);
      state = {
        ...state,
        guests,
        sides: stackSides(guests.map(({ side }) => side)),
        lookAlikes: state.lookAlikes.filter((pair) => !concerns(pair)),
      };
    },
  };

  function judge(pooled: PooledProbe, ranked: readonly Standing[], notes: readonly string[]): Identification {
    const [best, second] = ranked;
    const statement = {
      ...(best && { best: best.candidate }),
      ...(second && { second: second.candidate }),
      frames: pooled.frames,
    };
    if (best === undefined) {
      return { ...statement, confidence: 1, reasons: [...notes, 'the guest book is empty'] };
    }
    const chance = (standing: Standing): number =>
      Math.min(
        1,
        state.guests.length *
          strangerChance(population, standing.guest.templates.length, pooled.weightedFrames, standing.score),
      );
    const unknown = (confidence: number, reason: string): Identification => ({
      ...statement,
      confidence,
      reasons: [...notes, reason],
    });
    if (best.score <= best.threshold) {
      return unknown(chance(best) / (chance(best) + rate), `not near enough to anybody; nearest is ${best.guest.name}`);
    }
    if (pooled.frames < minimumFrames) {
      return unknown(0.5, `${best.guest.name} perhaps, but ${pooled.frames} of ${minimumFrames} frames seen`);
    }
    const twin = state.lookAlikes.find(
      (pair) => pair.indistinguishable && (pair.first.id === best.guest.id || pair.second.id === best.guest.id),
    );
    if (twin !== undefined) {
      return unknown(0.5, `${twin.first.name} and ${twin.second.name} have the same face in the guest book`);
    }
    if (second !== undefined && second.score > second.threshold && best.score - second.score < margin) {
      return unknown(0.5, `${best.guest.name} and ${second.guest.name} are equally near`);
    }
    return {
      guest: { id: best.guest.id, name: best.guest.name },
      ...statement,
      confidence: 1 - chance(best) / (chance(best) + 1),
      reasons: [...notes, `near ${best.guest.name} in ${pooled.frames} frame${pooled.frames === 1 ? '' : 's'}`],
    };
  }
}

/** One guest is a step. */
function* calibrate(population: Population, models: readonly GuestModel[]): Steps<CalibratedGuest[]> {
  const known: CalibratedGuest[] = [];
  for (const model of models) {
    known.push({ ...model, side: guestSide(population, model.templates, model.mean) });
    yield known.length / models.length;
  }
  return known;
}

/** Asks once for each number of photos: thresholds depend on nothing else of a guest. */
function byPhotos(ask: (guest: GuestModel) => number): (guest: GuestModel) => number {
  const known = new Map<number, number>();
  return (guest) => {
    const photos = guest.templates.length;
    const answer = known.get(photos) ?? ask(guest);
    known.set(photos, answer);
    return answer;
  };
}
