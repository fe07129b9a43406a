import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { VisitEvent } from '../../src/types.js';
import { findFfmpeg } from '../../src/video/ffmpeg.js';
import { readVideoFile } from '../../src/video/media-file.js';
import { MotionGate } from '../../src/video/motion-gate.js';
import { sightOf } from '../../src/video/sight.js';
import type { Vision } from '../../src/vision/vision.js';
import { Visits, type VisitRules } from '../../src/visit/visits.js';
import { Pipeline } from '../../src/worker/pipeline.js';
import { enrol, openVision, quiet, rulesFor } from '../../bench/pipeline/household.js';
import { film, type FilmPlan } from '../visitors/film-plan.js';
import type { Behaviour } from '../visitors/index.js';

/** Of the drawn strangers the one whom the encoder surely tells from Anna. */
const STRANGER = 100;
const FACE = { size: 100, y: 0.42 } as const;

/** Blinks every second and looks about: all the life that one can show. */
const lively: Behaviour = {
  ...FACE,
  arrives: 300,
  walk: 0,
  blinks: [0, 1, 2, 3, 4, 5, 6, 7].map((second) => 1000 * second + 600),
  looks: [0, 1, 2, 3, 4, 5, 6, 7].map((second) => ({ at: 1000 * second, yaw: second % 2 === 0 ? 0.3 : -0.3 })),
};
const inFront = [{ at: 0, x: 0.5, y: FACE.y }];

type Performers = FilmPlan['performers'];

/** Real networks, real recognition and the real rules of a visit; only the people are drawn. */
describe('a photo of Anna before a living stranger', () => {
  let vision: Vision;
  let rules: VisitRules;

  beforeAll(async () => {
    vision = await openVision();
    rules = await rulesFor(await enrol(vision, ['Anna']), 'require');
  }, 300_000);

  afterAll(() => vision.dispose());

  /** Plays a film to a doorbell. */
  async function watch(performers: Performers, seconds: number): Promise<VisitEvent[]> {
    const ffmpeg = await findFfmpeg({ logger: quiet });
    const plan = { width: 480, height: 300, framesPerSecond: 10, performers, seconds, ffmpegPath: ffmpeg.path };
    const visits = new Visits(rules);
    const pipeline = new Pipeline(new MotionGate(), vision, visits);
    const events: VisitEvent[] = [];
    for await (const frame of readVideoFile(ffmpeg, await film(plan))) {
      events.push(...(await pipeline.process(sightOf(frame))).events);
    }
    return [...events, ...visits.close(1000 * seconds)];
  }

  const decisions = (events: readonly VisitEvent[]): string[] =>
    events.flatMap((event) => {
      if (event.type !== 'decided') return [];
      const { guest, possiblyPhotoOf, outcome } = event.visit.decision;
      return [guest?.name ?? (possiblyPhotoOf ? `photo of ${possiblyPhotoOf.name}` : outcome)];
    });

  it('is not Anna when it is lowered for every blink', async () => {
    const shown = [0, 1, 2, 3, 4, 5].flatMap((second) => [[1000 * second, 1000 * second + 550] as const]);
    const events = await watch(
      [
        { kind: 'visitor', who: STRANGER, behaviour: { ...lively, looks: [] } },
        { kind: 'photo', who: 'Anna', held: { size: FACE.size, path: inFront, shown } },
      ],
      6,
    );
    expect(decisions(events)).not.toContain('Anna');
    expect(decisions(events).length).toBeGreaterThan(0);
  }, 300_000);

  it('is not Anna when it is held up after the stranger showed life, nor when it is taken down', async () => {
    const events = await watch(
      [
        { kind: 'visitor', who: STRANGER, behaviour: lively },
        { kind: 'photo', who: 'Anna', held: { size: FACE.size, path: inFront, shown: [[1500, 4500]] } },
      ],
      6,
    );
    expect(decisions(events)).not.toContain('Anna');
    expect(decisions(events)).toContain('photo of Anna');
  }, 300_000);

  it('is not Anna when it is held beside the face and drawn over it', async () => {
    const path = [
      { at: 1500, x: 0.75, y: FACE.y },
      { at: 3000, x: 0.42, y: FACE.y },
      { at: 4500, x: 0.75, y: FACE.y },
    ];
    const events = await watch(
      [
        { kind: 'visitor', who: STRANGER, behaviour: { ...lively, x: 0.4 } },
        { kind: 'photo', who: 'Anna', held: { size: FACE.size, path, shown: [[300, 6000]] } },
      ],
      6,
    );
    expect(decisions(events)).not.toContain('Anna');
    expect(decisions(events)).toContain('photo of Anna');
  }, 300_000);

  it('is told from Anna herself in the same place', async () => {
    const events = await watch([{ kind: 'visitor', who: 'Anna', behaviour: lively }], 4);
    expect(decisions(events)).toEqual(['Anna']);
  }, 300_000);
});
