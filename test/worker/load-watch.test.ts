import { describe, expect, it } from '@jest/globals';
import { HealthMeter } from '../../src/worker/health.js';
import { LoadWatch } from '../../src/worker/load-watch.js';

const health = (droppedShare: number) => ({ online: true, framesPerSecond: 1.5, droppedShare, frameTime: 640 });
const said = (shares: readonly number[]): (string | undefined)[] => {
  const watch = new LoadWatch();
  return shares.map((share) => watch.observe(health(share)));
};

describe('a machine that may be too slow', () => {
  it('is left alone while it keeps up, and when it stumbles once', () => {
    expect(said([0, 0.9, 0, 0.49, 0.6, 0.3]).filter(Boolean)).toEqual([]);
  });

  it('is told of once, with what is dropped and what to do', () => {
    const words = said([0.8, 0.8, 0.8, 0.8, 0.8, 0.9]).filter(Boolean);
    expect(words).toEqual([
      'This machine is too slow: 80 % of the frames are left out and 1.5 a second are looked at; a frame with a face takes 640 ms. Names come later than usual; set "framesPerSecond" lower, or give a smaller stream as "detectUrl".',
    ]);
  });

  it('is told of once more when it keeps up again for half a minute', () => {
    const words = said([0.8, 0.8, 0.1, 0.3, 0, 0, 0, 0, 0, 0, 0, 0.8, 0.8]);
    expect(words.flatMap((text, at) => (text === undefined ? [] : [at]))).toEqual([1, 9, 12]);
    expect(words[9]).toBe('This machine keeps up with the camera again.');
  });

  it('is told of when one decision comes late with many frames left out, and not when it waited for a sign of life', () => {
    const watch = new LoadWatch();
    expect(watch.decided(4400, 0.1)).toBeUndefined();
    expect(watch.decided(2900, 0.6)).toBeUndefined();
    expect(watch.decided(4400, 0.41)).toBe(
      'This machine is too slow: a decision took 4.4 s, and 41 % of the frames were left out meanwhile; set "framesPerSecond" lower, or give a smaller stream as "detectUrl".',
    );
    expect(watch.decided(4400, 0.41)).toBeUndefined();
  });
});

describe('the share of frames left out lately', () => {
  it('is that of the interval under way and the one before it', () => {
    const meter = new HealthMeter();
    const look = (frames: number): void =>
      Array.from({ length: frames }).forEach(() => meter.frame(undefined, undefined));
    look(10);
    meter.report(30);
    look(20);
    expect(meter.recentlyDropped(30)).toBe(0.5);
    meter.report(30);
    look(5);
    expect(meter.recentlyDropped(30)).toBe(0);
    expect(meter.recentlyDropped(55)).toBe(0.5);
  });
});
