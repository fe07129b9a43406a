import { beforeAll, describe, expect, it } from '@jest/globals';
import type * as Core from '@tensorflow/tfjs-core';
import type { GraphNode, ModelGraph, Weight } from '../../../src/vision/models/graph.js';
import { openTrainingBackend } from '../../../src/vision/tuning/backend.js';
import { defaultTuningPlan, trainTail, type TuningRequest } from '../../../src/vision/tuning/train.js';
import { supervisedContrastive, unitRows } from '../../../src/vision/tuning/loss.js';
import { TrainableTail } from '../../../src/vision/tuning/tail.js';
import type { TuningFace, TuningSet } from '../../../src/vision/tuning/sampling.js';

const SIZE = 12;

/** A network whose last layer is the identity: [1, 1, 12] → 12 numbers. */
function plainGraph(): ModelGraph {
  const identity = Float32Array.from({ length: SIZE * SIZE }, (_, i) => (i % (SIZE + 1) === 0 ? 1 : 0));
  const weights = new Map<string, Weight>([
    ['axes', { shape: [2], dtype: 'int32', values: Int32Array.of(1, 2) }],
    ['dense', { shape: [SIZE, SIZE], dtype: 'float32', values: identity }],
  ]);
  const nodes: GraphNode[] = [
    { name: 'input', op: 'Placeholder' },
    { name: 'cut', op: 'Relu', input: ['input'] },
    { name: 'axes', op: 'Const' },
    { name: 'dense', op: 'Const' },
    { name: 'pooled', op: 'Mean', input: ['cut', 'axes'] },
    { name: 'out', op: 'MatMul', input: ['pooled', 'dense'] },
  ];
  return { nodes, weights };
}

function seeded(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 32;
  };
}

/** Who somebody is lies in the first four numbers; the other eight are louder and say nothing. */
function face(person: number, random: () => number): TuningFace {
  const own = seeded(1000 + person);
  const identity = Array.from({ length: 4 }, () => own());
  const noise = (): Float32Array =>
    Float32Array.from({ length: SIZE }, (_, i) => (i < 4 ? identity[i]! + 0.1 * random() : 2 * random()));
  return { person, looks: [noise(), noise()] };
}

function people(from: number, count: number, faces: number, random: () => number): TuningFace[] {
  return Array.from({ length: count * faces }, (_, i) => face(from + Math.floor(i / faces), random));
}

describe('tuning', () => {
  let tf: typeof Core;
  beforeAll(async () => {
    ({ tf } = await openTrainingBackend());
  });

  function request(changes: Partial<TuningRequest> = {}): TuningRequest {
    const random = seeded(5);
    const set = (faces: number, strangersFrom: number): TuningSet => ({
      guests: people(0, 3, faces, random),
      strangers: people(strangersFrom, 30, 1, random),
    });
    return {
      tf,
      tail: new TrainableTail(tf, plainGraph(), { at: 'cut', trained: ['dense'] }, 'out'),
      shape: [1, 1, SIZE],
      training: set(12, 100),
      heldOut: set(6, 200),
      plan: { ...defaultTuningPlan, steps: 120, learningRate: 0.02, distillation: 0, departure: 0.01 },
      random,
      ...changes,
    };
  }

  it('learns a toy problem: what says who it is counts, what is louder is played down', async () => {
    const made = request();
    const { heldOutBefore, heldOutAfter, weights } = await trainTail(made);
    expect(heldOutAfter).toBeLessThan(0.8 * heldOutBefore);
    const { values } = weights.get('dense')!;
    const rowLength = (row: number): number => Math.hypot(...values.subarray(row * SIZE, (row + 1) * SIZE));
    const mean = (rows: readonly number[]): number => rows.reduce((sum, row) => sum + rowLength(row), 0) / rows.length;
    expect(mean([0, 1, 2, 3])).toBeGreaterThan(1.5 * mean([4, 5, 6, 7, 8, 9, 10, 11]));
  });

  it('is the same again with the same seed', async () => {
    const shortly = (made: TuningRequest): TuningRequest => ({ ...made, plan: { ...made.plan, steps: 20 } });
    const first = await trainTail(shortly(request()));
    const second = await trainTail(shortly(request()));
    expect(second.heldOutAfter).toBe(first.heldOutAfter);
  });

  it('stays with the original when the penalty for leaving it is overwhelming', async () => {
    const made = request();
    const plan = { ...made.plan, steps: 30, departure: 1e6, learningRate: 1e-3 };
    const { weights } = await trainTail({ ...made, plan });
    const original = plainGraph().weights.get('dense')!.values;
    const moved = weights.get('dense')!.values.map((value, i) => Math.abs(value - original[i]!));
    expect(Math.max(...moved)).toBeLessThan(5e-3);
  });

  it('stops early, at the time limit, and when cancelled', async () => {
    const made = request();
    const still = await trainTail({ ...made, plan: { ...made.plan, learningRate: 0 } });
    expect(still).toMatchObject({ ended: 'no further gain', bestStep: 0 });
    expect(still.heldOutAfter).toBe(still.heldOutBefore);
    let now = 0;
    const late = await trainTail({ ...request(), clock: () => (now += 400_000) });
    expect(late.ended).toBe('time limit');
    const controller = new AbortController();
    const cancelled = trainTail(
      request({ signal: controller.signal, progress: () => controller.abort(new Error('enough')) }),
    );
    await expect(cancelled).rejects.toThrow('enough');
  });

  it('leaves no tensor behind', async () => {
    const before = tf.memory().numTensors;
    const made = request();
    await trainTail({ ...made, plan: { ...made.plan, steps: 10 } });
    made.tail.dispose();
    expect(tf.memory().numTensors).toBe(before);
  });
});

describe('the supervised contrastive loss', () => {
  it('is what its formula says', async () => {
    const { tf } = await openTrainingBackend();
    const rows = [
      [1, 0.2, 0],
      [0.9, -0.1, 0.3],
      [-0.2, 1, 0.4],
      [0.1, 0.8, -0.5],
      [0.3, 0.3, 1],
    ];
    const persons = [1, 1, 2, 2, 3];
    const units = rows.map((row) => row.map((value) => value / Math.hypot(...row)));
    const similarity = (i: number, j: number): number =>
      units[i]!.reduce((sum, value, k) => sum + value * units[j]![k]!, 0) / 0.1;
    const anchors = [0, 1, 2, 3].map((i) => {
      const partner = [1, 0, 3, 2][i]!;
      const all = [0, 1, 2, 3, 4].filter((j) => j !== i).map((j) => Math.exp(similarity(i, j)));
      return Math.log(all.reduce((sum, value) => sum + value, 0)) - similarity(i, partner);
    });
    const expected = anchors.reduce((sum, value) => sum + value, 0) / 4;
    const found = tf.tidy(
      () => supervisedContrastive(tf, unitRows(tf, tf.tensor2d(rows)), persons, 0.1).dataSync()[0]!,
    );
    expect(found).toBeCloseTo(expected, 4);
  });
});
