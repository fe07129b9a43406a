import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { readErrata, withoutErrors } from '../../src/cli/evaluate/errata.js';
import { packageRoot } from '../../src/package-root.js';
import { foldAccuracies, wrongPairs } from '../../src/recognition/metrics/verification.js';
import { temporaryFolder } from '../guestbook/support/fixtures.js';

describe('errata of a face set', () => {
  it('take out pictures of others and second folders of one person', async () => {
    const folder = temporaryFolder();
    const file = join(folder, 'errata.json');
    writeFileSync(file, JSON.stringify({ source: 'a test', wrong: ['Ben_0001', 'Anna_0002'], same: [['Eva', 'Ewa']] }));
    const people = ['Anna', 'Ben', 'Eva', 'Ewa'].map((name) => ({
      name,
      files: [`x/${name}_0001.jpg`, `x/${name}_0002.jpg`],
    }));
    people[1]!.files.pop();
    expect(withoutErrors(people, await readErrata(file))).toEqual([
      { name: 'Anna', files: ['x/Anna_0001.jpg'] },
      { name: 'Eva', files: ['x/Eva_0001.jpg', 'x/Eva_0002.jpg'] },
    ]);
  });

  it('that come with the evaluation can be read; others are refused in a sentence', async () => {
    const known = await readErrata(join(packageRoot, 'scripts', 'evaluate', 'lfw-errata.json'));
    expect(known.wrong.has('Carlos_Ruckauf_0001')).toBe(true);
    expect((await readErrata(undefined)).wrong.size).toBe(0);
    await expect(readErrata('/nowhere/errata.json')).rejects.toThrow(
      /is no list of errata; it needs|is no list of errata: it needs/,
    );
  });
});

describe('pairs that are told wrong', () => {
  it('are those that the accuracy counts', () => {
    const pairs = Array.from({ length: 40 }, (_, i) => ({
      score: i % 2 === 0 ? 5 + (i % 7) : i % 5,
      genuine: i % 2 === 0,
      fold: i % 4 < 2 ? 0 : 1,
    }));
    pairs[8] = { ...pairs[8]!, score: -1 };
    pairs[11] = { ...pairs[11]!, score: 12 };
    const accuracies = foldAccuracies(pairs);
    const wrong = wrongPairs(pairs);
    expect(wrong.map(({ score }) => score).sort()).toEqual([-1, 12]);
    expect(accuracies.reduce((sum, value) => sum + (1 - value) * 20, 0)).toBeCloseTo(wrong.length);
  });
});
