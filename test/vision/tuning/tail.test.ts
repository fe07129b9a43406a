import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type * as Core from '@tensorflow/tfjs-core';
import type { Engine } from '../../../src/vision/engine/engine.js';
import { createOnnxEngine } from '../../../src/vision/engine/onnx.js';
import { packagedInputs, type PackagedName } from '../../../src/vision/encoder/packaged.js';
import { sample } from '../../../src/vision/image/sample.js';
import { modelEntry } from '../../../src/vision/models/catalogue.js';
import { parseModelGraph, readModelFiles } from '../../../src/vision/models/graph-reader.js';
import type { ModelGraph } from '../../../src/vision/models/graph.js';
import { loadSelfTest } from '../../../src/vision/selftest.js';
import { openTrainingBackend } from '../../../src/vision/tuning/backend.js';
import { cutEntry, cuts } from '../../../src/vision/tuning/cut.js';
import { TrainableTail } from '../../../src/vision/tuning/tail.js';
import { testCacheFolder } from '../support/frames.js';

const names: readonly PackagedName[] = ['dlib', 'faceres'];

describe('the layers after the cut', () => {
  let tf: typeof Core;
  let onnx: Engine;
  const graphs = new Map<PackagedName, ModelGraph>();
  const atCut = new Map<PackagedName, { activations: Float32Array; embedding: Float32Array }>();

  beforeAll(async () => {
    ({ tf } = await openTrainingBackend());
    onnx = await createOnnxEngine({ cacheFolder: testCacheFolder, threads: 1, warn: () => undefined });
    const { frame } = await loadSelfTest();
    for (const name of names) {
      graphs.set(name, parseModelGraph(modelEntry(name), await readModelFiles(modelEntry(name))));
      const { size, format } = packagedInputs[name];
      const session = await onnx.load(cutEntry(name));
      const pictures = [0, 30].map((x) => sample(frame, { a: 240 / size, b: 0, x: 80 + x, y: 100 }, size, format));
      const input = Float32Array.from(pictures.flatMap((picture) => Array.from(picture)));
      const { cut, embedding } = await session.run(input, [2, size, size, 3]);
      atCut.set(name, { activations: cut!, embedding: embedding! });
    }
  });
  afterAll(() => onnx.dispose());

  const tailOf = (name: PackagedName): TrainableTail =>
    new TrainableTail(tf, graphs.get(name)!, cuts[name], modelEntry(name).outputs['embedding']!);
  const activationsOf = (name: PackagedName): Core.Tensor4D =>
    tf.tensor4d(atCut.get(name)!.activations, [2, ...cuts[name].shape]);

  it.each(names)('give the original’s outputs before training: %s', (name) => {
    const tail = tailOf(name);
    const { embedding } = atCut.get(name)!;
    const found = tf.tidy(() => tail.apply(activationsOf(name)).dataSync<'float32'>());
    const largest = embedding.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
    const difference = embedding.reduce((most, value, i) => Math.max(most, Math.abs(value - found[i]!)), 0);
    expect(largest).toBeGreaterThan(0.1);
    expect(difference).toBeLessThan(1e-4);
    tail.dispose();
  });

  it.each(names)('have gradients that agree with finite differences: %s', (name) => {
    const tail = tailOf(name);
    const activations = activationsOf(name);
    // A random direction in the outputs makes one number of them.
    const length = atCut.get(name)!.embedding.length / 2;
    const towards = tf.randomNormal([2, length], 0, 1, 'float32', 7);
    const loss = (): Core.Scalar => tf.sum(tf.mul(tail.apply(activations), towards));
    const { grads } = tf.variableGrads(
      loss,
      tail.weights.map(({ variable }) => variable),
    );
    for (const { variable } of tail.weights) {
      const gradient = grads[variable.name]!;
      const [expected, found] = tf.tidy(() => {
        // Along the gradient itself the loss rises fastest: its length is the slope.
        const slope = tf.sqrt(tf.sum(tf.square(gradient)));
        const direction = tf.div(gradient, slope);
        const start = variable.clone();
        const step = 2e-4 * Math.sqrt(tf.sum(tf.square(variable)).dataSync()[0]!);
        const at = (distance: number): number => {
          variable.assign(tf.add(start, tf.mul(direction, distance)));
          return loss().dataSync()[0]!;
        };
        const difference = (at(step) - at(-step)) / (2 * step);
        variable.assign(start);
        return [slope.dataSync()[0]!, difference];
      });
      expect(expected).toBeGreaterThan(0);
      // Where the way crosses the bend of a rectifier, a little more than rounding remains.
      expect(Math.abs(found / expected - 1)).toBeLessThan(0.01);
    }
    tail.dispose();
  });

  it('become another tuning’s, and the original again, and leave no tensor behind', () => {
    const before = tf.memory().numTensors;
    const tail = tailOf('dlib');
    const outputs = (): number[] => tf.tidy(() => [...tail.apply(activationsOf('dlib')).dataSync()]);
    const original = outputs();
    const values = new Float32Array(256 * 128).fill(0.01);
    tail.add(new Map([['fc', { shape: [256, 128], dtype: 'float32', values }]]));
    expect(outputs()).not.toEqual(original);
    tail.add(new Map());
    expect(outputs()).toEqual(original);
    tail.dispose();
    expect(tf.memory().numTensors).toBe(before);
  });
});
