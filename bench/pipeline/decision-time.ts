import type { LivenessPolicy } from '../../src/types.js';
import { MotionGate } from '../../src/video/motion-gate.js';
import { sightOf } from '../../src/video/sight.js';
import type { Vision } from '../../src/vision/vision.js';
import { Visits, type VisitRules } from '../../src/visit/visits.js';
import { Pipeline } from '../../src/worker/pipeline.js';
import { portraitOf, Visitor, type Behaviour } from '../../test/visitors/index.js';
import { enrol, household, openVision, rulesFor } from './household.js';
import { FRAMES_PER_SECOND, Reel } from './reel.js';

/** From the first usable face to the name, over many visits, ms. */
export interface DecisionTimes {
  readonly policy: LivenessPolicy;
  readonly visits: number;
  /** Visits that ended with the right name; the times are theirs. */
  readonly named: number;
  readonly wrong: number;
  readonly median: number;
  readonly percentile95: number;
  /** Part of the median visit's time that is this machine's work and not the camera's time. */
  readonly backlogMedian: number;
  readonly droppedShare: number;
}

export const goals = { median: 1000, percentile95: 2000 } as const;

const INTERVAL = 1000 / FRAMES_PER_SECOND;
/** A visit is given up after so long. */
const PATIENCE = 13_000;

interface Outcome {
  readonly name: string | undefined;
  readonly delay: number;
  readonly backlog: number;
  readonly frames: number;
  readonly dropped: number;
}

/**
 * Guests walk up, one visit after the other, under every policy on the same frames.
 *
 * How time is counted: frame n is taken at n × 100 ms of a clock that exists only here. The pipeline's work on a frame
 * is measured with the real clock and added to it; meanwhile newer frames replace each other, as in the camera's
 * reader. A visit's delay is the moment when the work on the deciding frame ends, less the moment when the first
 * frame with a usable face (one that the quality gate has no fault with) was taken. Decoding is not in it.
 */
export async function decisionTimes(policies: readonly LivenessPolicy[], visits = 20): Promise<DecisionTimes[]> {
  const vision = await openVision();
  try {
    const guests = await enrol(vision, household);
    const rules = await Promise.all(policies.map((policy) => rulesFor(guests, policy)));
    const outcomes = policies.map((): { outcome: Outcome; right: string }[] => []);
    for (let at = 0; at < visits; at++) {
      const name = household[at % household.length]!;
      const reel = new Reel([new Visitor(name, portraitOf(name), behaviourOf(at))]);
      for (const [which, rule] of rules.entries()) {
        outcomes[which]!.push({ outcome: await play(vision, rule, reel), right: name });
      }
    }
    return policies.map((policy, which) => summary(policy, outcomes[which]!));
  } finally {
    await vision.dispose();
  }
}

/** No two visits are alike in distance, place, pace and blinks; each begins with an empty second. */
function behaviourOf(visit: number): Behaviour {
  const arrives = 1000 + ((visit * 37) % 100);
  const blinks: number[] = [];
  // People blink every 2 … 5 s; the first blink comes anywhere within that.
  for (let at = arrives + 1000 + ((visit * 1013) % 4000); at < PATIENCE + arrives; at += 2000 + ((at * 7) % 3000)) {
    blinks.push(at);
  }
  return { arrives, blinks, x: 0.3 + 0.1 * (visit % 5), size: 130 + ((visit * 37) % 100), walk: 1500 + 40 * visit };
}

/** One visit, until its decision. */
async function play(vision: Vision, rules: VisitRules, reel: Reel): Promise<Outcome> {
  const pipeline = new Pipeline(new MotionGate(), vision, new Visits(rules));
  let usableAt: number | undefined;
  let freeAt = 0;
  let whole = true;
  let [frames, dropped] = [0, 0];
  for (let index = 0; index * INTERVAL < PATIENCE; index++) {
    const next = Math.max(index, Math.floor(freeAt / INTERVAL));
    dropped += next - index;
    index = next;
    const takenAt = index * INTERVAL;
    const frame = await reel.frame(index);
    const began = performance.now();
    // As from a camera, whole pictures come only after somebody has stirred.
    const { events, faces, closer } = await pipeline.process(
      whole ? sightOf(frame) : { timestamp: frame.timestamp, glance: frame },
    );
    whole = closer;
    freeAt = Math.max(freeAt, takenAt) + performance.now() - began;
    frames++;
    if (faces.some(({ quality }) => quality.faults.length === 0)) {
      usableAt ??= takenAt;
    }
    const decided = events.find((event) => event.type === 'decided');
    if (decided !== undefined) {
      const name = decided.visit.decision.guest?.name;
      return { name, delay: freeAt - (usableAt ?? takenAt), backlog: freeAt - takenAt, frames, dropped };
    }
  }
  return { name: undefined, delay: NaN, backlog: NaN, frames, dropped };
}

function summary(policy: LivenessPolicy, visits: readonly { outcome: Outcome; right: string }[]): DecisionTimes {
  const named = visits.filter(({ outcome, right }) => outcome.name === right).map(({ outcome }) => outcome);
  const sum = (of: (outcome: Outcome) => number): number =>
    visits.reduce((total, { outcome }) => total + of(outcome), 0);
  const dropped = sum((outcome) => outcome.dropped);
  return {
    policy,
    visits: visits.length,
    named: named.length,
    wrong: visits.filter(({ outcome, right }) => outcome.name !== undefined && outcome.name !== right).length,
    median: percentile(
      named.map(({ delay }) => delay),
      0.5,
    ),
    percentile95: percentile(
      named.map(({ delay }) => delay),
      0.95,
    ),
    backlogMedian: percentile(
      named.map(({ backlog }) => backlog),
      0.5,
    ),
    droppedShare: dropped / (dropped + sum((outcome) => outcome.frames)),
  };
}

/** Nearest rank; NaN of nothing. */
function percentile(values: readonly number[], share: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)] ?? NaN;
}
