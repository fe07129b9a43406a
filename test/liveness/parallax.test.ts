import { describe, expect, it } from '@jest/globals';
import { FaceMotionMeter } from '../../src/liveness/face-motion.js';
import { compareViews, uprightView } from '../../src/liveness/face-view.js';
import { PARALLAX_NEEDED, ParallaxDetector } from '../../src/liveness/parallax.js';
import { sampleOf, type FaceState } from './synthetic-face.js';

const view = (kind: 'head' | 'picture', state: Omit<FaceState, 'at'>) =>
  uprightView(sampleOf(kind, { at: 0, ...state }).mesh)!;

function parallaxOf(kind: 'head' | 'picture', states: readonly FaceState[]): ParallaxDetector {
  const meter = new FaceMotionMeter();
  const detector = new ParallaxDetector();
  for (const state of states) {
    detector.observe(meter.observe(state.at, uprightView(sampleOf(kind, state).mesh)!), true);
  }
  return detector;
}

/** Four seconds at 15 fps. */
const clip = (state: (seconds: number) => Omit<FaceState, 'at'>): FaceState[] =>
  Array.from({ length: 60 }, (_, n) => ({ at: (n * 1000) / 15, ...state(n / 15) }));

describe('compareViews', () => {
  it.each([0.1, 0.2, 0.35])('measures a head’s turn of %f rad as its sine', (yaw) => {
    const motion = compareViews(view('head', {}), view('head', { yaw }))!;
    expect(Math.hypot(motion.turn.x, motion.turn.y)).toBeCloseTo(Math.sin(yaw), 1);
    expect(motion.stretch).toBeLessThan(0.12);
  });

  it.each([
    { yaw: 0.5 },
    { pitch: -0.6 },
    { yaw: 0.4, pitch: 0.4, roll: 0.7 },
    { size: 140, x: 100, y: 400 },
    { roll: -1.2 },
  ])('explains any motion of a flat picture without depth: %j', (state) => {
    const motion = compareViews(view('picture', {}), view('picture', state))!;
    expect(Math.hypot(motion.turn.x, motion.turn.y)).toBeLessThan(0.01);
    expect(motion.residual).toBeLessThan(0.005);
  });

  it('measures a picture’s slant as foreshortening', () => {
    const motion = compareViews(view('picture', {}), view('picture', { yaw: 0.5 }))!;
    expect(motion.stretch).toBeCloseTo(-Math.log(Math.cos(0.5)), 1);
  });
});

describe('ParallaxDetector', () => {
  it('sees the depth of a head that turns far enough', () => {
    const detector = parallaxOf(
      'head',
      clip((t) => ({ yaw: 0.25 * Math.sin(t * 2) })),
    );
    expect(detector.seen()).toBe(true);
    expect(detector.turn).toBeGreaterThan(PARALLAX_NEEDED);
  });

  it('says nothing of a head that hardly turns', () => {
    const detector = parallaxOf(
      'head',
      clip((t) => ({ yaw: 0.05 * Math.sin(t * 2) })),
    );
    expect(detector.seen()).toBe(false);
    expect(detector.turn).toBeGreaterThan(0.05);
  });

  it('sees no depth in a picture that is slanted, turned and moved', () => {
    const detector = parallaxOf(
      'picture',
      clip((t) => ({
        yaw: 0.6 * Math.sin(t * 2),
        pitch: 0.4 * Math.cos(t),
        roll: Math.sin(t),
        size: 80 + 30 * Math.sin(t),
      })),
    );
    expect(detector.turn).toBeLessThan(0.05);
  });

  it('is not taken in by one picture exchanged for another of the same face', () => {
    const detector = parallaxOf(
      'head',
      clip((t) => ({ yaw: t < 2 ? 0 : 0.4 })),
    );
    expect(detector.seen()).toBe(false);
  });

  it('does not compare across a hole in the track', () => {
    const states = [
      ...clip(() => ({ yaw: 0 })),
      ...clip(() => ({ yaw: 0.4 })).map((state) => ({ ...state, at: state.at + 6000 })),
    ];
    expect(parallaxOf('head', states).seen()).toBe(false);
  });
});
