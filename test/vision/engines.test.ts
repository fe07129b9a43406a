import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { Frame } from '../../src/types.js';
import type { Engine } from '../../src/vision/engine/engine.js';
import { createOnnxEngine } from '../../src/vision/engine/onnx.js';
import { createWasmEngine } from '../../src/vision/engine/wasm.js';
import { sample } from '../../src/vision/image/sample.js';
import { modelEntry, type ModelName } from '../../src/vision/models/catalogue.js';
import { loadSelfTest } from '../../src/vision/selftest.js';
import { testCacheFolder } from './support/frames.js';

/** Input ranges as the networks see them in use. */
const inputs: readonly [ModelName, number, number, number][] = [
  ['blazeface', 1, 127.5, 1 / 127.5],
  ['facemesh', 1, 0, 1 / 255],
  ['iris', 2, 0, 1 / 255],
  ['faceres', 1, 110, 1],
  ['dlib', 1, 110, 1 / 255],
  ['antispoof', 1, 0, 1 / 255],
  ['liveness', 1, 0, 1 / 255],
];

describe('the ONNX models made by the converter', () => {
  let onnx: Engine;
  let wasm: Engine;
  let frame: Frame;

  beforeAll(async () => {
    onnx = await createOnnxEngine({ cacheFolder: testCacheFolder, threads: 1, warn: () => undefined });
    wasm = await createWasmEngine();
    frame = (await loadSelfTest()).frame;
  });
  afterAll(async () => {
    await onnx.dispose();
    await wasm.dispose();
  });

  it.each(inputs)('give the numbers that TensorFlow.js gives: %s', async (name, batch, mean, scale) => {
    const entry = modelEntry(name);
    const { size } = entry;
    const format = { order: 'rgb', mean: [mean, mean, mean], scale } as const;
    // The second picture of a batch is shifted, so that a mix-up would show.
    const pictures = Array.from({ length: batch }, (_, i) =>
      sample(frame, { a: 240 / size, b: 0, x: 80 + 20 * i, y: 100 }, size, format),
    );
    const input = Float32Array.from(pictures.flatMap((picture) => Array.from(picture)));
    const shape = [batch, size, size, 3];
    const [first, second] = [await onnx.load(entry), await wasm.load(entry)];
    const [ours, theirs] = [await first.run(input, shape), await second.run(input, shape)];
    expect(Object.keys(ours).sort()).toEqual(Object.keys(entry.outputs).sort());
    for (const [output, expected] of Object.entries(theirs)) {
      const found = ours[output]!;
      expect(found).toHaveLength(expected.length);
      const largest = expected.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
      const difference = expected.reduce((most, value, i) => Math.max(most, Math.abs(value - found[i]!)), 0);
      expect(largest).toBeGreaterThan(0);
      expect(difference / Math.max(1, largest)).toBeLessThan(2e-5);
    }
    await Promise.all([first.dispose(), second.dispose()]);
  });

  it('leave no tensor behind in TensorFlow.js', async () => {
    const before = wasm.tensors!();
    const session = await wasm.load(modelEntry('liveness'));
    for (let i = 0; i < 20; i++) {
      await session.run(new Float32Array(32 * 32 * 3), [1, 32, 32, 3]);
    }
    await session.dispose();
    expect(wasm.tensors!()).toBe(before);
  });
});
