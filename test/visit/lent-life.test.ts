import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import type { FaceObservation, LivenessVerdict, Probe, VisitEvent } from '../../src/types.js';
import { decide } from '../../src/visit/decision.js';
import { Visits } from '../../src/visit/visits.js';

/**
 * A living stranger and a photograph of Anna take turns in one place. Life is theirs, looks are the photograph's; the
 * two must never be put together. Looks are unit vectors that pool as real ones do, so that a mixture resembles both.
 */
const LOOKS = { photo: [1, 0], stranger: [0, 1] } as const;

type Who = keyof typeof LOOKS;

interface Turn {
  readonly who: Who | 'nobody';
  readonly frames: number;
  /** Whether the face is good enough to be recognised. */
  readonly usable: boolean;
  /** How alike the look is to the other one, 0 … 1: a poor look says little. */
  readonly poor: number;
}

function cosine(a: readonly Probe[], b: readonly Probe[]): number {
  const [u, v] = [a, b].map((probes) =>
    [0, 1].map((axis) => probes.reduce((sum, { embedding }) => sum + embedding[axis]!, 0)),
  ) as [number[], number[]];
  return (u[0]! * v[0]! + u[1]! * v[1]!) / Math.hypot(...u) / Math.hypot(...v);
}

const alike = (a: readonly Probe[], b: readonly Probe[]): boolean | undefined => {
  if (a.length === 0 || b.length === 0) return undefined;
  const likeness = cosine(a, b);
  return likeness > 0.75 ? true : likeness < 0.55 ? false : undefined;
};

const anna: readonly Probe[] = [{ embedding: Float32Array.of(1, 0), quality: 1 }];

/** Alive is whoever was watched for two of the stranger's frames in a row. */
function watchful(): { observe(face: FaceObservation): void; verdict(): LivenessVerdict } {
  let inARow = 0;
  let alive = false;
  return {
    observe: ({ confidence }) => {
      inARow = confidence === 1 ? inARow + 1 : 0;
      alive ||= inARow >= 2;
    },
    verdict: () => ({
      state: alive ? 'live' : 'undecided',
      score: alive ? 1 : 0.5,
      blinks: alive ? 1 : 0,
      reasons: [],
      signs: { blink: alive, parallax: false, expression: false },
    }),
  };
}

function play(turns: readonly Turn[], interval: number, alive: Who): VisitEvent[] {
  let id = 0;
  const visits = new Visits({
    doorbell: 'Front Door',
    policy: 'require',
    gap: 10_000,
    newId: () => `v${++id}`,
    decide,
    samePerson: alike,
    judge: watchful,
    identify: (probes) => ({
      ...(probes.length >= 3 && cosine(probes, anna) > 0.6 && { guest: { id: 'anna', name: 'Anna' } }),
      confidence: 0.9,
      frames: probes.length,
      reasons: [],
    }),
  });
  const events: VisitEvent[] = [];
  let time = 0;
  for (const { who, frames, usable, poor } of turns) {
    for (let n = 0; n < frames; n++) {
      time += interval;
      const faces = who === 'nobody' ? [] : [face(time, who === alive, usable)];
      for (const wanted of visits.see(time, faces)) {
        const [x, y] = LOOKS[who as Who];
        const [u, v] = [x + poor * y, y + poor * x];
        visits.learn(wanted, Float32Array.of(u / Math.hypot(u, v), v / Math.hypot(u, v)));
      }
      events.push(...visits.settle(time));
    }
  }
  return [...events, ...visits.close(time + interval)];
}

/** In these tests the detector's confidence says whether the face in the frame is a living one. */
function face(timestamp: number, alive: boolean, usable: boolean): FaceObservation {
  return {
    timestamp,
    box: { x: 100, y: 100, width: 80, height: 100 },
    confidence: alive ? 1 : 0.5,
    meshConfidence: 0.9,
    mesh: new Float32Array(468 * 3),
    pose: { yaw: 0, pitch: 0, roll: 0 },
    eyes: { left: 0.3, right: 0.3 },
    quality: {
      score: 0.8,
      faults: usable ? [] : ['turned-away'],
      size: 80,
      sharpness: 1,
      brightness: 120,
      contrast: 40,
    },
  };
}

const named = (events: readonly VisitEvent[]): boolean =>
  events.some((event) => event.type === 'decided' && event.visit.decision.guest?.name === 'Anna');

const turn = (who: Turn['who'], frames: number, rest: Partial<Turn> = {}): Turn => ({
  who,
  frames,
  usable: true,
  poor: 0,
  ...rest,
});

describe('a living stranger’s signs of life', () => {
  it.each<[string, readonly Turn[]]>([
    ['a photo held up later', [turn('stranger', 20), turn('photo', 80)]],
    ['a photo taken down later', [turn('photo', 20), turn('stranger', 80)]],
    [
      'a photo waved to and fro, frame by frame',
      Array.from({ length: 80 }, (_, n) => turn(n % 2 ? 'photo' : 'stranger', 1)),
    ],
    ['a photo lowered for a blink', Array.from({ length: 20 }, () => [turn('photo', 6), turn('stranger', 3)]).flat()],
    [
      'a photo lowered before a face too poor to be known',
      Array.from({ length: 20 }, () => [turn('photo', 6), turn('stranger', 3, { usable: false })]).flat(),
    ],
    [
      'a photo lowered before a face that says little',
      Array.from({ length: 20 }, () => [turn('photo', 6), turn('stranger', 3, { poor: 0.7 })]).flat(),
    ],
    ['a photo after a hand before the face', [turn('stranger', 20), turn('nobody', 5), turn('photo', 80)]],
  ])('are not lent to %s', (_, turns) => {
    expect(named(play(turns, 100, 'stranger'))).toBe(false);
    expect(named(play(turns, 66, 'stranger'))).toBe(false);
  });

  it('are never lent to a photo, however the two take turns', () => {
    const turns = fc.array(
      fc.record({
        who: fc.constantFrom<Turn['who']>('photo', 'stranger', 'photo', 'stranger', 'nobody'),
        frames: fc.integer({ min: 1, max: 25 }),
        usable: fc.boolean(),
        poor: fc.double({ min: 0, max: 0.3, noNaN: true }),
      }),
      { minLength: 1, maxLength: 25 },
    );
    fc.assert(
      fc.property(turns, fc.integer({ min: 50, max: 240 }), (scene, interval) => {
        expect(named(play(scene, interval, 'stranger'))).toBe(false);
      }),
      { numRuns: 300 },
    );
  });

  it('are the guest’s own, though some looks are poor or missing', () => {
    const own = Array.from({ length: 8 }, () => [
      turn('photo', 4),
      turn('photo', 1, { poor: 1 }),
      turn('photo', 2, { usable: false }),
    ]).flat();
    expect(named(play(own, 100, 'photo'))).toBe(true);
  });
});
