import { describe, expect, it } from '@jest/globals';
import type { Identification, LivenessPolicy, LivenessVerdict } from '../../src/types.js';
import { decide, decisionBudgets } from '../../src/visit/decision.js';

const anna = { id: 'a', name: 'Anna' };
const candidate = (guestId: string, distance: number): NonNullable<Identification['best']> => ({
  guestId,
  name: guestId,
  distance,
  tau: 0.6,
});
const known: Identification = { guest: anna, best: candidate('a', 0.3), confidence: 0.99, frames: 4, reasons: [] };
const nobody: Identification = { best: candidate('a', 0.9), confidence: 0.9, frames: 6, reasons: ['not near enough'] };
const torn: Identification = { ...nobody, best: candidate('a', 0.5), second: candidate('b', 0.5), frames: 3 };
const unseen: Identification = { confidence: 0, frames: 0, reasons: [] };

const life = (state: LivenessVerdict['state'], ...signs: (keyof LivenessVerdict['signs'])[]): LivenessVerdict => ({
  state,
  score: 0.5,
  blinks: signs.includes('blink') ? 1 : 0,
  reasons: [],
  signs: {
    blink: signs.includes('blink'),
    parallax: signs.includes('parallax'),
    expression: signs.includes('expression'),
  },
});
const still = life('undecided');
const alive = life('live', 'blink');
const deep = life('live', 'blink', 'parallax');
const picture = life('spoof');
const flat = life('undecided', 'blink');
const late = decisionBudgets.lifeAfter;

type Row = [string, LivenessPolicy, Identification, LivenessVerdict, number, boolean, string];

describe('decide', () => {
  it.each<Row>([
    ['a guest, liveness off', 'off', known, picture, 300, false, 'guest'],
    ['a guest, announce', 'announce', known, still, 300, false, 'guest'],
    ['a picture of a guest, announce', 'announce', known, picture, 300, false, 'guest'],
    ['a guest without a sign of life yet', 'require', known, still, 300, false, 'wait'],
    ['a living guest', 'require', known, alive, 300, false, 'guest'],
    ['a guest with expression', 'require', known, life('live', 'expression'), 300, false, 'guest'],
    ['a guest with depth', 'require', known, life('live', 'parallax'), 300, false, 'guest'],
    ['a face that blinked but looked flat', 'require', known, flat, 900, false, 'wait'],
    ['a face that blinked but looked flat, to the end', 'require', known, flat, late, false, 'undecided, photo of a'],
    ['a guest who never moves', 'require', known, still, late, false, 'undecided, photo of a'],
    ['a guest who leaves unmoved', 'require', known, still, 900, true, 'undecided, photo of a'],
    ['a picture that may still come alive', 'require', known, picture, 900, false, 'wait'],
    ['a picture', 'require', known, picture, late, false, 'unknown, photo of a'],
    ['a picture that blinks', 'require', known, life('spoof', 'blink'), late, false, 'unknown, photo of a'],
    ['a guest who blinked only', 'strict', known, alive, 900, false, 'wait'],
    ['a guest who blinked only, to the end', 'strict', known, alive, late, false, 'undecided, photo of a'],
    ['a guest who blinked and turned', 'strict', known, deep, 900, false, 'guest, verified'],
    ['a stranger too early', 'require', nobody, still, 500, false, 'wait'],
    ['a stranger', 'require', nobody, still, 3000, false, 'unknown'],
    ['a stranger who left', 'require', nobody, still, 500, true, 'unknown'],
    ['too few frames of a stranger', 'require', { ...nobody, frames: 2 }, still, 5000, false, 'wait'],
    ['two guests equally near, gone', 'require', torn, still, 500, true, 'undecided'],
    ['nobody usable, gone', 'require', unseen, still, 500, true, 'undecided'],
    ['nobody usable yet', 'require', unseen, still, 5000, false, 'wait'],
  ])('%s (%s)', (_, policy, identification, liveness, elapsed, settled, expected) => {
    const decision = decide({ identification, liveness, policy, elapsed, settled });
    const words =
      decision === undefined
        ? 'wait'
        : [
            decision.outcome,
            ...(decision.possiblyPhotoOf ? [`photo of ${decision.possiblyPhotoOf.id}`] : []),
            ...(decision.verified ? ['verified'] : []),
          ].join(', ');
    expect(words).toBe(expected);
    expect(decision?.guest).toEqual(decision?.outcome === 'guest' ? anna : undefined);
  });

  it.each<[LivenessPolicy, LivenessVerdict, string]>([
    ['require', still, 'no sign of life'],
    ['require', flat, 'one sign of life is too little of a face that looked flat'],
    ['require', picture, 'looks like a picture'],
    ['strict', alive, 'too little life: depth not seen'],
    ['strict', still, 'too little life: a blink and depth not seen'],
  ])('says under %s why no name is told', (policy, liveness, reason) => {
    const decision = decide({ identification: known, liveness, policy, elapsed: late, settled: false });
    expect(decision?.reasons[0]).toBe(reason);
  });

  it('always decides once the visit is over', () => {
    for (const policy of ['off', 'announce', 'require', 'strict'] as const) {
      for (const identification of [known, nobody, torn, unseen]) {
        for (const liveness of [still, alive, deep, picture]) {
          expect(decide({ identification, liveness, policy, elapsed: 100, settled: true })).toBeDefined();
        }
      }
    }
  });
});
