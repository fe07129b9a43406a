import { createRequire } from 'node:module';
import { dirname, sep } from 'node:path';
import type * as Core from '@tensorflow/tfjs-core';
import type * as Converter from '@tensorflow/tfjs-converter';
import type * as Wasm from '@tensorflow/tfjs-backend-wasm';
import { EngineUnavailableError, type Engine } from './engine.js';
import { tensorFlowEngine } from './tensorflow.js';

const require = createRequire(import.meta.url);

/** TensorFlow.js on its WebAssembly backend. @throws Error when it does not start */
export async function startWasm(): Promise<{ readonly core: typeof Core; readonly converter: typeof Converter }> {
  // CommonJS, so that everybody in this process, Human in the benchmark too, shares one registry of backends.
  const core = require('@tensorflow/tfjs-core') as typeof Core;
  const converter = require('@tensorflow/tfjs-converter') as typeof Converter;
  const wasm = require('@tensorflow/tfjs-backend-wasm') as typeof Wasm;
  wasm.setWasmPaths(dirname(require.resolve('@tensorflow/tfjs-backend-wasm')) + sep);
  if (!(await core.setBackend('wasm'))) {
    throw new Error('the backend did not start');
  }
  await core.ready();
  return { core, converter };
}

/**
 * TensorFlow.js in WebAssembly: runs wherever Node runs, on one thread, some five times slower than ONNX Runtime.
 *
 * @throws EngineUnavailableError when WebAssembly does not start
 */
export async function createWasmEngine(): Promise<Engine> {
  try {
    const { core, converter } = await startWasm();
    return tensorFlowEngine('wasm', {
      tensor: core.tensor,
      dispose: core.dispose,
      memory: core.memory,
      ready: core.ready,
      setBackend: core.setBackend,
      getBackend: core.getBackend,
      enableProdMode: core.enableProdMode,
      loadGraphModel: converter.loadGraphModel,
    });
  } catch (error) {
    throw new EngineUnavailableError(`WebAssembly does not run here (${(error as Error).message.split('\n')[0]})`, {
      cause: error,
    });
  }
}
