import { describe, expect, it } from '@jest/globals';
import { BlinkDetector, type Blink, type EyeSample } from '../../src/liveness/blink.js';
import { lidAt } from './synthetic-face.js';

/** Eyes over time, one sample per frame. */
function watch(
  detector: BlinkDetector,
  options: { fps: number; seconds: number; eyes: (at: number) => [left: number, right: number]; steady?: boolean },
): (Blink & { told: number })[] {
  const blinks: (Blink & { told: number })[] = [];
  for (let n = 0; n < options.seconds * options.fps; n++) {
    const at = (n * 1000) / options.fps;
    const [left, right] = options.eyes(at);
    const sample: EyeSample = { at, left: 0.3 * left, right: 0.32 * right, steady: options.steady ?? true };
    const blink = detector.observe(sample);
    if (blink !== undefined) blinks.push({ ...blink, told: at });
  }
  return blinks;
}

const both = (lid: number): [number, number] => [lid, lid];

describe('BlinkDetector', () => {
  it.each([30, 25, 15, 10])('finds each blink once at %d fps, soon after it ended', (fps) => {
    const starts = [1000, 2600, 4300];
    const blinks = watch(new BlinkDetector(), {
      fps,
      seconds: 6,
      eyes: (at) => both(Math.min(...starts.map((start) => lidAt(at - start)))),
    });
    expect(blinks).toHaveLength(3);
    blinks.forEach((blink, i) => {
      expect(blink.start).toBeGreaterThan(starts[i]! - 110);
      expect(blink.end).toBeLessThan(starts[i]! + 400);
      expect(blink.told - (starts[i]! + 290)).toBeLessThan(400);
      expect(blink.depth).toBeLessThan(0.7);
    });
  });

  it('says its frame rate, and finds nothing when frames are too rare', () => {
    const detector = new BlinkDetector();
    const blinks = watch(detector, { fps: 5, seconds: 8, eyes: (at) => both(lidAt((at % 2000) - 1000)) });
    expect(blinks).toEqual([]);
    expect(detector.frameRate).toBeCloseTo(5, 1);
  });

  it('tells two blinks in quick succession apart', () => {
    const blinks = watch(new BlinkDetector(), {
      fps: 30,
      seconds: 4,
      eyes: (at) => both(Math.min(lidAt(at - 2000), lidAt(at - 2330))),
    });
    expect(blinks).toHaveLength(2);
  });

  it('takes a wink for no blink', () => {
    expect(watch(new BlinkDetector(), { fps: 25, seconds: 4, eyes: (at) => [lidAt(at - 2000), 1] })).toEqual([]);
  });

  it('takes eyes that stay closed for no blink', () => {
    const eyes = (at: number): [number, number] => both(at > 1500 && at < 3000 ? 0.2 : 1);
    expect(watch(new BlinkDetector(), { fps: 25, seconds: 5, eyes })).toEqual([]);
  });

  it('takes lids that sink for a look down for no blink', () => {
    const eyes = (at: number): [number, number] => both(at < 2000 ? 1 : 0.65);
    expect(watch(new BlinkDetector(), { fps: 25, seconds: 6, eyes })).toEqual([]);
  });

  it('takes a half-hearted lowering for no blink', () => {
    const eyes = (at: number): [number, number] => both(1 - 0.25 * (1 - lidAt(at - 2000)));
    expect(watch(new BlinkDetector(), { fps: 25, seconds: 4, eyes })).toEqual([]);
  });

  it('believes no eyelids while the face does not hold still', () => {
    const eyes = (at: number): [number, number] => both(lidAt(at - 2000));
    expect(watch(new BlinkDetector(), { fps: 25, seconds: 4, eyes, steady: false })).toEqual([]);
  });

  it('takes a dip of one frame for a fault of the mesh where a blink would show in several', () => {
    const eyes = (at: number): [number, number] => both(Math.abs(at - 2000) < 10 ? 0.6 : 1);
    expect(watch(new BlinkDetector(), { fps: 30, seconds: 4, eyes })).toEqual([]);
  });

  it('takes no dip for a blink that is hardly deeper than the signal’s own unrest', () => {
    const dip = (unrest: number) => (at: number) => {
      const jump = Math.round(at / 40) % 2 === 0 ? unrest : -unrest;
      return both((at > 2000 && at < 2200 ? 0.62 : 1) + jump);
    };
    expect(watch(new BlinkDetector(), { fps: 25, seconds: 4, eyes: dip(0) })).toHaveLength(1);
    expect(watch(new BlinkDetector(), { fps: 25, seconds: 4, eyes: dip(0.07) })).toEqual([]);
  });

  it('starts anew after a hole in the signal: nobody saw the eyes open again', () => {
    const detector = new BlinkDetector();
    watch(detector, { fps: 25, seconds: 2, eyes: (at) => both(at > 1900 ? 0.2 : 1) });
    const after = Array.from({ length: 25 }, (_, n) =>
      detector.observe({ at: 2420 + 40 * n, left: 0.3, right: 0.32, steady: true }),
    );
    expect(after.every((blink) => blink === undefined)).toBe(true);
  });
});
