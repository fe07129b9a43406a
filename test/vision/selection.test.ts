import { describe, expect, it } from '@jest/globals';
import { openVision } from '../../src/vision/vision.js';
import type { Engine, Session } from '../../src/vision/engine/engine.js';
import { EngineUnavailableError } from '../../src/vision/engine/engine.js';
import { createOnnxEngine } from '../../src/vision/engine/onnx.js';
import { selectEngine, type EngineFactory } from '../../src/vision/engine/select.js';
import { createWasmEngine } from '../../src/vision/engine/wasm.js';
import { recordingLogger, testCacheFolder } from './support/frames.js';

const onnx = (): Promise<Engine> =>
  createOnnxEngine({ cacheFolder: testCacheFolder, threads: 1, warn: () => undefined });

/** A build that gets something wrong: every network's input passes through `spoil`. */
async function brokenEngine(spoil: (input: Float32Array, model: string) => Float32Array): Promise<Engine> {
  const engine = await onnx();
  return {
    ...engine,
    load: async (model) => {
      const session = await engine.load(model);
      return { ...asSession(session), run: (input, shape) => session.run(spoil(input, model.name), shape) };
    },
  };
}

const asSession = (session: Session): Session => ({
  run: (input, shape) => session.run(input, shape),
  dispose: () => session.dispose(),
});

const swapRedAndBlue = (input: Float32Array): Float32Array => input.map((_, i) => input[i + 2 - 2 * (i % 3)]!);

const factory = (name: EngineFactory['name'], create: () => Promise<Engine>): EngineFactory => ({ name, create });

describe('the self-test at start', () => {
  const wasm = factory('wasm', createWasmEngine);

  it.each([
    ['swapped channels in the first encoder', 'faceres', swapRedAndBlue, /"faceres" has cosine 0\.\d+ .*red and blue/],
    ['swapped channels in the second encoder', 'dlib', swapRedAndBlue, /"dlib" has cosine 0\.\d+ .*red and blue/],
    ['a detector that sees nothing', 'blazeface', (input: Float32Array) => input.fill(0), /0 faces were found/],
    [
      'a mesh that sees a shifted picture',
      'facemesh',
      (input: Float32Array) => input.map((_, i) => input[i - 9216] ?? 0),
      /mesh|box|faces/,
    ],
  ])('catches %s, says so and falls back', async (_name, model, spoil, message) => {
    const logger = recordingLogger();
    const broken = factory('onnx', () => brokenEngine((input, name) => (name === model ? spoil(input) : input)));
    const encoder = model === 'dlib' ? 'dlib' : 'faceres';
    const vision = await openVision({ cacheFolder: testCacheFolder, encoder, logger }, [broken, wasm]);
    expect(vision.engine).toBe('wasm');
    const warnings = logger.lines.filter((line) => line.startsWith('warn'));
    expect(warnings).toHaveLength(1);
    expect(warnings[0]).toContain('The engine "onnx" is not used: it fails the self-test');
    expect(warnings[0]).toMatch(message);
    await vision.dispose();
  });

  it('refuses to start when no engine is fit, with the reason of each', async () => {
    const absent = factory('tensorflow', () => Promise.reject(new EngineUnavailableError('not installed')));
    const broken = factory('onnx', () => brokenEngine((input) => input.fill(0)));
    const starting = openVision({ cacheFolder: testCacheFolder, logger: recordingLogger() }, [absent, broken]);
    await expect(starting).rejects.toThrow(/No engine .* tensorflow: not installed; onnx: it fails the self-test/);
  });
});

describe('the choice of an engine', () => {
  const events: string[] = [];
  const engine = (name: EngineFactory['name']): EngineFactory =>
    factory(name, () =>
      Promise.resolve({
        name,
        load: () => Promise.reject(new Error('not used here')),
        dispose: () => Promise.resolve(void events.push(`end ${name}`)),
      }),
    );
  const choose = (milliseconds: Readonly<Record<string, number>>, names: readonly EngineFactory['name'][]) => {
    events.length = 0;
    return selectEngine<string>({
      factories: names.map(engine),
      attempt: ({ name }) => {
        events.push(`try ${name}`);
        const time = milliseconds[name];
        return time === undefined
          ? Promise.reject(new Error('broken'))
          : Promise.resolve({ built: name, milliseconds: time });
      },
      discard: () => Promise.resolve(),
      isFatal: (fault) => fault instanceof TypeError,
      note: (message) => events.push(message),
    });
  };

  it('takes the fastest native one and ends the others', async () => {
    const chosen = await choose({ 'tensorflow-gpu': 30, onnx: 40, wasm: 1 }, ['onnx', 'tensorflow-gpu', 'wasm']);
    expect(chosen.engine.name).toBe('tensorflow-gpu');
    expect(events).toEqual(['try onnx', 'try tensorflow-gpu', 'end onnx']);
  });

  it('tries WebAssembly only when no native engine is fit', async () => {
    const chosen = await choose({ wasm: 300 }, ['wasm', 'onnx']);
    expect(chosen.engine.name).toBe('wasm');
    expect(events).toEqual(['try onnx', 'end onnx', 'The engine "onnx" is not used: broken', 'try wasm']);
  });
});
