import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createOnnxEngine } from '../../src/vision/engine/onnx.js';
import { modelEntry } from '../../src/vision/models/catalogue.js';
import { cachedOnnxModel } from '../../src/vision/onnx/cache.js';

describe('the cache of converted models', () => {
  const model = modelEntry('liveness');
  const warnings: string[] = [];
  const warn = (message: string): void => void warnings.push(message);
  let folder: string;

  beforeEach(async () => {
    warnings.length = 0;
    folder = await mkdtemp(join(tmpdir(), 'doorman-cache-'));
  });
  afterEach(() => rm(folder, { recursive: true, force: true }));

  const onlyFile = async (): Promise<string> => {
    const names = await readdir(folder);
    expect(names).toHaveLength(1);
    expect(names[0]).toMatch(/^liveness-[0-9a-f]{16}-v\d+\.onnx$/);
    return join(folder, names[0]!);
  };

  it('keeps what it made, and gives it again', async () => {
    const made = await cachedOnnxModel(model, folder, warn);
    await onlyFile();
    expect(Buffer.from(await cachedOnnxModel(model, folder, warn)).equals(Buffer.from(made))).toBe(true);
    expect(warnings).toEqual([]);
  });

  it.each([
    ['a flipped byte', (bytes: Buffer) => bytes.fill(~bytes[1000]! & 0xff, 1000, 1001)],
    ['a torn end', (bytes: Buffer) => bytes.subarray(0, bytes.length / 2)],
    ['an empty file', () => Buffer.alloc(0)],
  ])('makes a file with %s anew', async (_name, damage) => {
    const made = Buffer.from(await cachedOnnxModel(model, folder, warn));
    const file = await onlyFile();
    const whole = await readFile(file);
    await writeFile(file, damage(Buffer.from(whole)));
    expect(Buffer.from(await cachedOnnxModel(model, folder, warn)).equals(made)).toBe(true);
    expect((await readFile(file)).equals(whole)).toBe(true);
  });

  it('serves several starts at once and leaves one file', async () => {
    const engines = await Promise.all(
      Array.from({ length: 4 }, () => createOnnxEngine({ cacheFolder: folder, threads: 1, warn })),
    );
    const outputs = await Promise.all(
      engines.map(async (engine) => {
        const session = await engine.load(model);
        const { score } = await session.run(new Float32Array(32 * 32 * 3).fill(0.5), [1, 32, 32, 3]);
        return Array.from(score!);
      }),
    );
    outputs.forEach((output) => expect(output).toEqual(outputs[0]));
    await onlyFile();
    await Promise.all(engines.map((engine) => engine.dispose()));
  });

  it('does without a folder that cannot be written, and says so', async () => {
    const file = join(folder, 'a-file');
    await writeFile(file, '');
    expect((await cachedOnnxModel(model, join(file, 'models'), warn)).length).toBeGreaterThan(100_000);
    expect(warnings).toHaveLength(1);
    expect(warnings[0]).toContain('cannot be written');
  });
});
