import type { VisitRules } from '../../src/visit/visits.js';
import { Visits } from '../../src/visit/visits.js';
import { MotionGate } from '../../src/video/motion-gate.js';
import { sightOf } from '../../src/video/sight.js';
import type { Vision } from '../../src/vision/vision.js';
import { Pipeline } from '../../src/worker/pipeline.js';
import { portraitOf, Visitor, type CastName } from '../../test/visitors/index.js';
import { enrol, household, openVision, rulesFor } from './household.js';
import { Reel } from './reel.js';

/** What the pipeline does in a second with so many people in view, at 1080p. */
export interface FrameRate {
  readonly people: number;
  /** While nobody is decided and every usable face is encoded: the dearest moment. */
  readonly undecided: number;
  /** After every decision, when faces are only followed. */
  readonly decided: number;
  /** CPU per frame of the dearest moment, ms. */
  readonly cpuPerFrame: number;
}

/** People come at once after a second of an empty porch, and stay. */
const WARM_UP = 18;

const places: readonly (readonly [CastName, number])[] = [
  ['Anna', 0.5],
  ['Ben', 0.22],
  ['Clara', 0.78],
];

/** Frames per second of gate, vision and visits with nobody, one and three people in view. */
export async function frameRates(quick = false): Promise<FrameRate[]> {
  const vision = await openVision();
  try {
    const rules = await rulesFor(await enrol(vision, household), 'announce');
    const rates: FrameRate[] = [];
    for (const people of [0, 1, 3]) {
      const performers = places
        .slice(0, people)
        .map(([name, x]) => new Visitor(name, portraitOf(name), { arrives: 1000, walk: 0, x, size: 190 }));
      const reel = new Reel(performers);
      const count = WARM_UP + (quick ? 12 : 40);
      const undecided = await timed(vision, { ...rules, decide: () => undefined }, reel, count);
      const decided = await timed(vision, rules, reel, count + (quick ? 12 : 20), people);
      rates.push({ people, undecided: undecided.rate, decided: decided.rate, cpuPerFrame: undecided.cpu });
    }
    return rates;
  } finally {
    await vision.dispose();
  }
}

/** @param decisions frames count from the moment when so many visits have been decided */
async function timed(
  vision: Vision,
  rules: VisitRules,
  reel: Reel,
  count: number,
  decisions = 0,
): Promise<{ rate: number; cpu: number }> {
  // Drawn before anything is timed.
  const frames = await reel.all(count);
  const pipeline = new Pipeline(new MotionGate(), vision, new Visits(rules));
  let [ms, cpu, counted, decided] = [0, 0, 0, 0];
  for (const [at, frame] of frames.entries()) {
    const used = process.cpuUsage();
    const began = performance.now();
    const { events } = await pipeline.process(sightOf(frame));
    if (at >= WARM_UP && decided >= decisions) {
      ms += performance.now() - began;
      const { user, system } = process.cpuUsage(used);
      cpu += (user + system) / 1000;
      counted++;
    }
    decided += events.filter(({ type }) => type === 'decided').length;
  }
  if (counted === 0) {
    throw new Error(`Only ${decided} of ${decisions} people were decided.`);
  }
  return { rate: (1000 * counted) / ms, cpu: cpu / counted };
}
