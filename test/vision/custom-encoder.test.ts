import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { modelEntry } from '../../src/vision/models/catalogue.js';
import { DLIB_MEAN } from '../../src/vision/models/dlib-graph.js';
import { parseModelGraph, readModelFiles } from '../../src/vision/models/graph-reader.js';
import { convertToOnnx } from '../../src/vision/onnx/convert.js';
import { createVision, EncoderError, type Vision } from '../../src/vision/vision.js';
import { faceFrame, recordingLogger, testCacheFolder } from './support/frames.js';

describe('an encoder of the user’s own', () => {
  let folder: string;
  let model: string;

  /** dlib's network as if it were somebody's own, aligned by five points of theirs. */
  const description = {
    id: 'my-encoder',
    version: '2024-05',
    license: 'CC0-1.0',
    input: {
      size: 150,
      order: 'rgb',
      layout: 'nhwc',
      mean: DLIB_MEAN as unknown,
      scale: 1 / 255,
      template: [
        [52, 56],
        [98, 56],
        [75, 88],
        [57, 112],
        [93, 112],
      ],
    },
    output: { name: 'face', length: 128 },
  };

  const open = async (
    content: unknown,
    options: { engine?: 'onnx' | 'wasm'; mirror?: boolean } = {},
  ): Promise<Vision> => {
    const file = join(folder, 'encoder.json');
    await writeFile(file, typeof content === 'string' ? content : JSON.stringify(content));
    return createVision({
      cacheFolder: testCacheFolder,
      encoder: { model, description: file },
      logger: recordingLogger(),
      ...options,
    });
  };

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'doorman-encoder-'));
    model = join(folder, 'encoder.onnx');
    const entry = modelEntry('dlib');
    const graph = parseModelGraph(entry, await readModelFiles(entry));
    await writeFile(model, convertToOnnx('own', graph, { face: 'descriptor', pooled: 'pooling' }));
  });
  afterAll(() => rm(folder, { recursive: true, force: true }));

  it('is described by its file and encodes', async () => {
    const vision = await open(description);
    expect(vision.encoder).toEqual({
      id: 'my-encoder',
      version: '2024-05',
      license: 'CC0-1.0',
      sections: [{ name: 'my-encoder', length: 128 }],
    });
    const frame = await faceFrame();
    const [face] = await vision.find(frame);
    const embedding = await vision.encode(frame, face!);
    expect(embedding).toHaveLength(128);
    expect(Math.hypot(...embedding)).toBeGreaterThan(0.5);
    await vision.dispose();
  });

  it('gets another version when averaged with the mirrored face', async () => {
    const vision = await open(description, { mirror: true });
    expect(vision.encoder.version).toBe('2024-05+mirror');
    await vision.dispose();
  });

  const without = (path: 'input' | 'output', key: string): unknown => ({
    ...description,
    [path]: Object.fromEntries(Object.entries(description[path]).filter(([name]) => name !== key)),
  });

  it.each<[string, unknown, RegExp]>([
    ['text that is not JSON', '{', /encoder\.json cannot be read/],
    ['a missing size', without('input', 'size'), /input\.size/],
    [
      'four points',
      { ...description, input: { ...description.input, template: [[1, 2]] } },
      /input\.template: must be five points/,
    ],
    ['an id that is taken', { ...description, id: 'faceres' }, /"faceres" is taken/],
    ['a misspelt key', { ...description, licence: 'MIT' }, /licence/],
    ['the wrong length', { ...description, output: { name: 'face', length: 512 } }, /gives 128 numbers, not 512/],
    [
      'an unknown output',
      { ...description, output: { name: 'fc1', length: 128 } },
      /no output "fc1"; it has face, pooled/,
    ],
    ['no output name where there are several', without('output', 'name'), /several outputs \(face, pooled\)/],
    [
      'the wrong layout',
      { ...description, input: { ...description.input, layout: 'nchw' } },
      /does not take a picture of 1 × 3 × 150 × 150/,
    ],
  ])('is refused with %s', async (_name, content, message) => {
    const opening = open(content);
    await expect(opening).rejects.toThrow(EncoderError);
    await expect(opening).rejects.toThrow(message);
  });

  it('is refused where the engine cannot run ONNX files', async () => {
    await expect(open(description, { engine: 'wasm' })).rejects.toThrow(
      /the engine "wasm" cannot run; use the engine "onnx"/,
    );
  });

  it('is refused when the model is missing', async () => {
    const file = join(folder, 'encoder.json');
    await writeFile(file, JSON.stringify(description));
    const encoder = { model: join(folder, 'none.onnx'), description: file };
    const opening = createVision({ cacheFolder: testCacheFolder, encoder, logger: recordingLogger() });
    await expect(opening).rejects.toThrow(/none\.onnx cannot be loaded/);
  });
});
