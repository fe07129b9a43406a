import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { LivenessJudge } from '../../src/liveness/judge.js';
import type { LivenessVerdict } from '../../src/types.js';
import { lidAt, sampleOf, type FaceState } from './synthetic-face.js';

function judge(kind: 'head' | 'picture', states: readonly FaceState[]): LivenessVerdict {
  const judge = new LivenessJudge();
  for (const state of states) judge.observe(sampleOf(kind, state));
  return judge.verdict(states.at(-1)?.at ?? 0);
}

const clip = (fps: number, seconds: number, state: (at: number) => Omit<FaceState, 'at'>): FaceState[] =>
  Array.from({ length: Math.round(fps * seconds) }, (_, n) => {
    const at = (n * 1000) / fps;
    return { at, ...state(at) };
  });

/** A repeatable source of noise: linear congruential. */
function noise(seed: number): () => number {
  let state = seed >>> 0;
  return () => (state = (Math.imul(state, 1664525) + 1013904223) >>> 0) / 2 ** 32;
}

describe('LivenessJudge', () => {
  it('is undecided before it has seen anything', () => {
    const verdict = new LivenessJudge().verdict(0);
    expect(verdict).toMatchObject({ state: 'undecided', score: 0.5, blinks: 0 });
    expect(verdict.reasons).toEqual(['the face was never near and clear enough to see life in it']);
  });

  it('judges a face live that blinks', () => {
    const verdict = judge(
      'head',
      clip(15, 4, (at) => ({ eyes: [lidAt(at - 2000), lidAt(at - 2000)] })),
    );
    expect(verdict).toMatchObject({ state: 'live', blinks: 1, signs: { blink: true, parallax: false } });
    expect(verdict.reasons).toContain('blinked once');
    expect(verdict.score).toBeGreaterThan(0.9);
  });

  it('judges a head live that turns', () => {
    const verdict = judge(
      'head',
      clip(15, 4, (at) => ({ yaw: 0.3 * Math.sin(at / 500) })),
    );
    expect(verdict).toMatchObject({ state: 'live', signs: { blink: false, parallax: true, expression: false } });
  });

  it('judges a face live that opens its mouth', () => {
    const verdict = judge(
      'head',
      clip(15, 4, (at) => ({ mouth: 0.3 * Math.max(0, Math.sin(at / 300)) })),
    );
    expect(verdict).toMatchObject({ state: 'live', signs: { blink: false, parallax: false, expression: true } });
  });

  it('takes lips alone, of all parts, for a wavering mesh and no expression', () => {
    const judge = new LivenessJudge();
    for (const { at } of clip(15, 4, () => ({}))) {
      const sample = sampleOf('head', { at });
      sample.mesh[3 * 14 + 1]! += 40 * Math.max(0, Math.sin(at / 300));
      judge.observe(sample);
    }
    expect(judge.verdict(4000)).toMatchObject({ state: 'undecided', signs: { expression: false } });
  });

  it('takes an open mouth in single frames for a fault of the mesh', () => {
    const verdict = judge(
      'head',
      clip(15, 4, (at) => ({ mouth: Math.round((at * 15) / 1000) % 9 === 0 ? 0.5 : 0 })),
    );
    expect(verdict).toMatchObject({ state: 'undecided', signs: { expression: false } });
  });

  it('is undecided about a face that blinks but was slanted like a sheet for a moment', () => {
    const glimpse = (at: number) => (at > 1800 && at < 2300 ? 0.62 : 0);
    const states = clip(15, 4, (at) => ({ yaw: glimpse(at), eyes: [lidAt(at - 3000), lidAt(at - 3000)] }));
    // The pose network need not be taken in: it is what tells a profile, where landmarks are guesswork.
    const judge = new LivenessJudge();
    states.forEach((state) => judge.observe({ ...sampleOf('picture', state), pose: { yaw: 0, pitch: 0, roll: 0 } }));
    expect(judge.verdict(4000)).toMatchObject({ state: 'undecided', blinks: 1, signs: { blink: true } });
    expect(judge.verdict(4000).reasons).toContain('looked like a flat sheet for a moment');
  });

  it('is undecided about a face that stands still, and says why', () => {
    const verdict = judge(
      'head',
      clip(15, 3, () => ({})),
    );
    expect(verdict).toMatchObject({ state: 'undecided', signs: { blink: false, parallax: false, expression: false } });
    expect(verdict.reasons).toContain('no blink in 2.9 s');
  });

  it('says when the frame rate is too low to see a blink', () => {
    const verdict = judge(
      'head',
      clip(6, 4, () => ({})),
    );
    expect(verdict.reasons).toContain('6 fps is too slow to see a blink');
  });

  it('judges a picture spoof that is slanted like a sheet', () => {
    const verdict = judge(
      'picture',
      clip(15, 8, (at) => ({ yaw: 0.48 * Math.sin(at / 700), pitch: 0.49 * Math.sin(at / 1100) })),
    );
    expect(verdict.state).toBe('spoof');
    expect(verdict.score).toBeLessThan(0.1);
  });

  it('never judges a head spoof that turns far', () => {
    const verdict = judge(
      'head',
      clip(15, 8, (at) => ({ yaw: 0.7 * Math.sin(at / 700), pitch: 0.3 * Math.sin(at / 1100) })),
    );
    expect(verdict.state).toBe('live');
  });

  it('ignores frames out of order and meshes that are unsure or broken', () => {
    const judge = new LivenessJudge();
    judge.observe(sampleOf('head', { at: 100 }));
    judge.observe(sampleOf('head', { at: 50, yaw: 0.5 }));
    judge.observe({ ...sampleOf('head', { at: 200, yaw: 0.5 }), meshConfidence: 0.3 });
    judge.observe({ ...sampleOf('head', { at: 300 }), mesh: new Float32Array(468 * 3).fill(NaN) });
    judge.observe({ ...sampleOf('head', { at: 400 }), mesh: new Float32Array(468 * 3) });
    expect(judge.verdict(500)).toMatchObject({ state: 'undecided' });
  });
});

describe('noise', () => {
  const seed = fc.integer({ min: 0, max: 1_000_000 });
  const runs = { numRuns: 25 };

  it('of landmarks and eyelids is never life', () => {
    fc.assert(
      fc.property(
        seed,
        fc.double({ min: 0, max: 2, noNaN: true }),
        fc.double({ min: 0, max: 0.15, noNaN: true }),
        (s, jitter, lids) => {
          const random = noise(s);
          const states = clip(15, 6, () => ({
            jitter,
            random,
            eyes: [1 + lids * (2 * random() - 1), 1 + lids * (2 * random() - 1)] as const,
          }));
          expect(judge('picture', states).state).not.toBe('live');
        },
      ),
      runs,
    );
  });

  it('in the timestamps with dropped frames and gaps is never life', () => {
    fc.assert(
      fc.property(seed, fc.double({ min: 0, max: 0.6, noNaN: true }), (s, dropped) => {
        const random = noise(s);
        let at = 0;
        const states: FaceState[] = [];
        for (let n = 0; n < 150; n++) {
          at += random() < 0.02 ? 900 + 1500 * random() : 20 + 100 * random();
          if (random() >= dropped) states.push({ at, jitter: 1, random, relief: 0.25, yaw: 0.4 * Math.sin(at / 900) });
        }
        expect(judge('picture', states).state).not.toBe('live');
      }),
      runs,
    );
  });

  it('of a picture that is moved in any way is never life', () => {
    const amount = (max: number) => fc.double({ min: -max, max, noNaN: true });
    fc.assert(
      fc.property(
        seed,
        amount(0.9),
        amount(0.7),
        amount(1.5),
        amount(40),
        amount(150),
        fc.double({ min: 0.3, max: 6, noNaN: true }),
        fc.double({ min: 0, max: 0.25, noNaN: true }),
        (s, yaw, pitch, roll, zoom, shift, speed, relief) => {
          const random = noise(s);
          const states = clip(15, 6, (at) => {
            const phase = (at / 1000) * speed;
            return {
              yaw: yaw * Math.sin(phase),
              pitch: pitch * Math.sin(0.7 * phase + 1),
              roll: roll * Math.sin(0.4 * phase),
              size: 80 + zoom * Math.sin(0.5 * phase),
              x: 320 + shift * Math.sin(phase),
              relief,
              jitter: 0.7,
              random,
            };
          });
          expect(judge('picture', states).state).not.toBe('live');
        },
      ),
      runs,
    );
  });

  it('of one eye while the other is hidden is never life', () => {
    fc.assert(
      fc.property(seed, fc.boolean(), (s, hiddenIsLeft) => {
        const random = noise(s);
        // The mesh makes up an eye where a hand or hair hides it: open, or shut, and wavering.
        const hidden = random() < 0.5 ? 1 : 0.3;
        const states = clip(25, 5, () => {
          const seen = random() < 0.1 ? 0.2 : 1;
          const made = hidden * (1 + 0.1 * (random() - 0.5));
          return { eyes: hiddenIsLeft ? [made, seen] : [seen, made], jitter: 0.7, random };
        });
        expect(judge('picture', states)).toMatchObject({ state: 'undecided', blinks: 0 });
      }),
      runs,
    );
  });

  it('on flat, glaring glasses is never life', () => {
    fc.assert(
      fc.property(seed, fc.double({ min: 0.05, max: 1, noNaN: true }), (s, level) => {
        const random = noise(s);
        const states = clip(25, 5, () => ({
          eyes: [level + 0.02 * random(), level + 0.02 * random()] as const,
          jitter: 0.7,
          random,
        }));
        expect(judge('picture', states)).toMatchObject({ state: 'undecided', blinks: 0 });
      }),
      runs,
    );
  });

  it('in a picture’s eyelids, with dropped frames, odd intervals and gaps, is never a blink', () => {
    fc.assert(
      fc.property(seed, fc.double({ min: 0, max: 0.5, noNaN: true }), (s, dropped) => {
        const random = noise(s);
        const states: FaceState[] = [];
        let at = 0;
        for (let n = 0; n < 120; n++) {
          at += random() < 0.03 ? 300 + 2000 * random() : 25 + 90 * random();
          const eyes = [0.88 + 0.24 * random(), 0.88 + 0.24 * random()] as const;
          if (random() >= dropped) states.push({ at, jitter: 1, random, eyes });
        }
        expect(judge('picture', states)).toMatchObject({ state: 'undecided', blinks: 0 });
      }),
      runs,
    );
  });

  it('keeps score between 0 and 1 and state in step with the signs, whatever comes', () => {
    fc.assert(
      fc.property(seed, fc.double({ min: 0, max: 20, noNaN: true }), (s, jitter) => {
        const random = noise(s);
        const states = clip(15, 3, () => ({
          jitter,
          random,
          yaw: random() - 0.5,
          eyes: [random(), random()] as const,
        }));
        const { state, score, signs } = judge('head', states);
        expect(score).toBeGreaterThanOrEqual(0);
        expect(score).toBeLessThanOrEqual(1);
        if (state === 'live') expect(signs.blink || signs.parallax || signs.expression).toBe(true);
        // One sign is undecided where the face also looked flat.
        if (state === 'undecided') expect(Object.values(signs).filter(Boolean).length).toBeLessThan(2);
      }),
      runs,
    );
  });
});
