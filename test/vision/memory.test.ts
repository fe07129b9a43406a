import { describe, expect, it } from '@jest/globals';
import { createRequire } from 'node:module';
import type * as Core from '@tensorflow/tfjs-core';
import { createWasmEngine } from '../../src/vision/engine/wasm.js';
import { createVision } from '../../src/vision/vision.js';
import { faceFrame, recordingLogger, testCacheFolder } from './support/frames.js';

const core = createRequire(import.meta.url)('@tensorflow/tfjs-core') as typeof Core;

describe('memory', () => {
  it('stays flat over 200 faces in TensorFlow.js, and is given back at the end', async () => {
    // Starting the engine first lets tensors be counted before any network is loaded.
    const before = (await createWasmEngine()).tensors!();
    const logger = recordingLogger();
    const vision = await createVision({ cacheFolder: testCacheFolder, engine: 'wasm', encoder: 'dlib', logger });
    const frame = await faceFrame();
    let previous = await vision.find(frame);
    const { numTensors, numBytes } = core.memory();
    for (let i = 0; i < 200; i++) {
      previous = await vision.find(frame, { previous });
      await vision.encode(frame, previous[0]!);
    }
    expect(core.memory()).toMatchObject({ numTensors, numBytes });
    await vision.dispose();
    expect(core.memory().numTensors).toBe(before);
  }, 240_000);

  it('stays flat over 200 faces in ONNX Runtime', async () => {
    const vision = await createVision({
      cacheFolder: testCacheFolder,
      engine: 'onnx',
      encoder: 'dlib',
      threads: 1,
      logger: recordingLogger(),
    });
    const frame = await faceFrame();
    let previous = await vision.find(frame);
    const residentAfter = async (faces: number): Promise<number> => {
      for (let i = 0; i < faces; i++) {
        previous = await vision.find(frame, { previous });
        await vision.encode(frame, previous[0]!);
      }
      return process.memoryUsage().rss / 2 ** 20;
    };
    const settled = await residentAfter(50);
    // A leak of one network input a face would show as 60 MiB and more.
    expect((await residentAfter(150)) - settled).toBeLessThan(40);
    await vision.dispose();
  }, 240_000);
});
