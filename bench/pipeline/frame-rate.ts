import type { VisitRules } from '../../src/visit/visits.js';
import { Visits } from '../../src/visit/visits.js';
import { MotionGate } from '../../src/video/motion-gate.js';
import { sightOf } from '../../src/video/sight.js';
import type { Vision } from '../../src/vision/vision.js';
import { Pipeline } from '../../src/worker/pipeline.js';
import { portraitOf, Visitor } from '../../test/visitors/index.js';
import { enrol, household, openVision, rulesFor } from './household.js';
import { FULL_HD, Reel } from './reel.js';

/** What the pipeline does in a second with so many people in view. */
export interface FrameRate {
  readonly people: number;
  readonly width: number;
  readonly height: number;
  /** While nobody is decided and every usable face is encoded: the dearest moment. */
  readonly undecided: number;
  /** After every decision, when faces are only followed. */
  readonly decided: number;
  /** CPU per frame of the dearest moment, ms. */
  readonly cpuPerFrame: number;
}

/** People come at once after a second of an empty porch, and stay. */
const WARM_UP = 18;
const standing = { arrives: 1000, walk: 0 };

/** How the cost grows: with people, and with the picture, of which a face takes the same share. */
const scenes = [
  ...[0, 1, 2, 3, 5].map((people) => ({ people, ...FULL_HD })),
  { people: 1, width: 1280, height: 720 },
  { people: 1, width: 3840, height: 2160 },
];

/** Frames per second of gate, vision and visits. */
export async function frameRates(quick = false): Promise<FrameRate[]> {
  const vision = await openVision();
  try {
    const rules = await rulesFor(await enrol(vision, household), 'announce');
    const rates: FrameRate[] = [];
    for (const { people, width, height } of scenes) {
      const performers = household
        .slice(0, people)
        .map(
          (name, at) => new Visitor(name, portraitOf(name), { ...standing, x: (at + 0.5) / people, size: width / 10 }),
        );
      const reel = new Reel(performers, { width, height });
      const count = WARM_UP + (quick ? 12 : 40);
      const undecided = await timed(vision, { ...rules, decide: () => undefined }, reel, count);
      const decided = await timed(vision, rules, reel, count + (quick ? 12 : 20), people);
      rates.push({
        people,
        width,
        height,
        undecided: undecided.rate,
        decided: decided.rate,
        cpuPerFrame: undecided.cpu,
      });
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
