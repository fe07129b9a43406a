import { readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import { ClassifierError } from '../../src/recognition/errors.js';
import { trainSvm } from '../../src/recognition/svm.js';

interface Fixture {
  readonly samples: number[][];
  readonly targets: number[];
  readonly probes: number[][];
  readonly machines: {
    C: number;
    gamma: number | 'scale';
    usedGamma: number;
    labels: number[];
    pairwise: number[][];
  }[];
}

/** Made with scikit-learn 1.2.1's SVC on random unit vectors: five classes, of which the probes overlap several. */
const fixture = JSON.parse(readFileSync(new URL('./sklearn-svc.json', import.meta.url), 'utf8')) as Fixture;
const samples = fixture.samples.map((row) => Float32Array.from(row));
const probes = fixture.probes.map((row) => Float32Array.from(row));

describe('trainSvm', () => {
  it.each(fixture.machines)('agrees with scikit-learn at C=$C, gamma=$gamma', async (expected) => {
    const svm = await trainSvm(samples, fixture.targets, expected);
    expect(svm.gamma).toBeCloseTo(expected.usedGamma, 5);
    expect(probes.map((probe) => svm.predict(probe))).toEqual(expected.labels);
    let largest = 0;
    probes.forEach((probe, row) => {
      svm.pairwise(probe).forEach((value, column) => {
        largest = Math.max(largest, Math.abs(value - expected.pairwise[row]![column]!));
      });
    });
    // Both stop when the optimality conditions hold to 1e-3.
    expect(largest).toBeLessThan(5e-3);
  });

  it('reports progress up to 1 and leaves the event loop free', async () => {
    const shares: number[] = [];
    await trainSvm(samples, fixture.targets, { C: 1, gamma: 'scale' }, { progress: (share) => shares.push(share) });
    expect(shares.at(-1)).toBe(1);
    expect([...shares].sort((a, b) => a - b)).toEqual(shares);
  });

  it('refuses a single class', async () => {
    await expect(trainSvm(samples.slice(0, 2), [1, 1], { C: 1, gamma: 1 })).rejects.toThrow(ClassifierError);
  });
});
