import { describe, expect, it } from '@jest/globals';
import { seededRandom } from '../../../src/recognition/random.js';
import { splitFaces, splitStrangers } from '../../../src/recognition/tuning/hold-out.js';
import type { EncoderJudgement } from '../../../src/recognition/tuning/judgement.js';
import { judgePromotion } from '../../../src/recognition/tuning/promotion-policy.js';

const judgement = (falseRejects: number, falseAccepts: number, loose = [3, 12]): EncoderJudgement => ({
  falseRejects,
  falseAccepts,
  falseAcceptsLoose: loose,
  confusion: { names: [], counts: [], accuracy: 1, falseAccepts, falseRejects, misnamed: 0 },
  distances: { guests: [], strangers: [] },
  tau: 0.5,
});
const enough = { strangersCalibrated: 700, strangersJudged: 150 };

describe('promotion', () => {
  it.each([
    ['fewer false rejects, no more false accepts', judgement(5, 0), judgement(2, 0), true, 'turns away 2'],
    ['fewer of both', judgement(5, 1), judgement(2, 0), true, 'turns away 2'],
    ['as many false rejects', judgement(5, 0), judgement(5, 0), false, 'gained nothing'],
    ['more false rejects', judgement(1, 0), judgement(2, 0), false, 'gained nothing'],
    ['one false accept more', judgement(5, 0), judgement(0, 1), false, 'tuning hurt: 1 stranger is named'],
    ['a rise at a looser threshold', judgement(5, 0), judgement(0, 0, [9, 12]), false, 'at a looser threshold'],
    ['nothing to gain', judgement(0, 0), judgement(0, 0), false, 'nothing to gain'],
  ])('%s', (_case, before, after, promote, words) => {
    const verdict = judgePromotion({ before, after, ...enough });
    expect(verdict.promote).toBe(promote);
    expect(verdict.reason).toContain(words);
  });

  it('is refused without strangers who were not tuned with, however good it looks', () => {
    const good = { before: judgement(9, 3), after: judgement(0, 0) };
    const few = judgePromotion({ ...good, strangersCalibrated: 299, strangersJudged: 150 });
    expect(few.promote).toBe(false);
    expect(few.reason).toContain('at least 300 people who are no guests');
    expect(judgePromotion({ ...good, strangersCalibrated: 700, strangersJudged: 0 }).promote).toBe(false);
  });
});

describe('what is held out', () => {
  it('is in one part only, and small galleries are not cut up', () => {
    const faces = Array.from({ length: 23 }, (_, i) => i);
    const { training, stopping, judging } = splitFaces(faces, seededRandom(1));
    expect([...training, ...stopping, ...judging].sort((a, b) => a - b)).toEqual(faces);
    expect([training.length, stopping.length, judging.length]).toEqual([15, 4, 4]);
    expect(splitFaces([1, 2, 3, 4], seededRandom(1))).toEqual({ training: [1, 2, 3, 4], stopping: [], judging: [] });
    const people = Array.from({ length: 600 }, (_, i) => i);
    const shares = splitStrangers(people, seededRandom(1));
    expect(
      Object.values(shares)
        .flat()
        .sort((a, b) => a - b),
    ).toEqual(people);
    expect(shares.calibrating).toHaveLength(300);
  });
});
