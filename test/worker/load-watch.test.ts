import { describe, expect, it } from '@jest/globals';
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
});
