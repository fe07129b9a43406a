import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { FaceObservation } from '../../src/types.js';
import { createVision, type Vision } from '../../src/vision/vision.js';
import { LiveEnrolmentSession } from '../../src/worker/live-enrolment.js';
import type { LiveEnrolment } from '../../src/worker/messages.js';
import { Recogniser } from '../../src/worker/recogniser.js';
import { recordingLogger } from '../support/recording-logger.js';
import { ObedientVisitor, portraitOf, Scene, type Guidance } from '../visitors/index.js';
import { cacheFolder } from './support.js';

/** What the words ask of somebody who understands them. */
const meaning: Readonly<Record<string, Guidance>> = {
  'Come closer': 'come-closer',
  'Look straight at the camera': 'look-straight',
  'Turn a little to the left': 'turn-left',
  'Turn a little to the right': 'turn-right',
  'Look up': 'look-up',
  'Look down': 'look-down',
  Blink: 'blink',
  'Hold still': 'hold-still',
};

let vision: Vision;
let recogniser: Recogniser;

beforeAll(async () => {
  vision = await createVision({ cacheFolder, engine: 'onnx', threads: 1, logger: recordingLogger() });
  recogniser = await Recogniser.create({ encoder: 'fusion', classifier: 'calibrated', falseAcceptRate: 0.001 });
});
afterAll(() => vision.dispose());

describe('a live enrolment at the door', () => {
  it('guides somebody who does what is said until every look is covered', async () => {
    const visitor = new ObedientVisitor('Anna', portraitOf('Anna'), { size: 110, y: 0.5 });
    const scene = new Scene([visitor], { width: 480, height: 360 });
    const steps: LiveEnrolment[] = [];
    const session = new LiveEnrolmentSession({
      vision,
      samePerson: recogniser.samePerson,
      tell: (step) => {
        if (steps.at(-1)?.guidance !== step.guidance) {
          const asked = meaning[step.guidance];
          if (asked !== undefined) {
            visitor.follow(asked);
          }
        }
        steps.push(step);
      },
    });
    const begun = 1_700_000_000_000;
    let previous: readonly FaceObservation[] = [];
    for (let time = 0; time < 40_000 && !session.isOver; time += 100) {
      const { frame } = await scene.frame(time, begun + time);
      previous = await vision.find(frame, previous.length > 0 ? { previous } : undefined);
      await session.see(frame, previous, new Map());
    }
    const last = steps.at(-1)!;
    expect(last.coverage.filter(({ covered }) => !covered)).toEqual([]);
    expect(last.guidance).toBe('Done, thank you');
    const taken = steps.flatMap((step) => step.taken ?? []);
    expect(taken).toHaveLength(9);
    // Different looks, not one look nine times.
    const yaws = taken.map(({ pose }) => pose.yaw);
    expect(Math.max(...yaws)).toBeGreaterThan(0.2);
    expect(Math.min(...yaws)).toBeLessThan(-0.2);
    expect(steps.every(({ picture }) => picture !== undefined)).toBe(true);
  });

  it('does not mix two people', async () => {
    const steps: LiveEnrolment[] = [];
    const session = new LiveEnrolmentSession({
      vision,
      samePerson: recogniser.samePerson,
      tell: (step) => steps.push(step),
    });
    let time = 1_700_000_000_000;
    for (const name of ['Anna', 'Felix'] as const) {
      const scene = new Scene([new ObedientVisitor(name, portraitOf(name), { size: 110, y: 0.5 })], {
        width: 480,
        height: 360,
      });
      for (let frames = 0; frames < 2; frames++, time += 600) {
        const { frame } = await scene.frame(600 * frames, time);
        await session.see(frame, await vision.find(frame), new Map());
      }
    }
    expect(steps.map(({ taken, refused }) => [taken !== undefined, refused])).toEqual([
      [true, undefined],
      [true, undefined],
      [false, 'this looks like somebody else than before'],
      [false, undefined],
    ]);
  });
});
