import { availableParallelism } from 'node:os';
import type { Logger } from '../types.js';
import { createOnnxEngine } from './engine/onnx.js';
import type { EngineFactory } from './engine/select.js';
import { createTensorFlowEngine } from './engine/tensorflow.js';
import { createWasmEngine } from './engine/wasm.js';

export interface EngineOptions {
  /** Where converted models are kept. */
  readonly cacheFolder: string;
  /** Threads per inference (default: half the cores, 2 at most). */
  readonly threads?: number;
  readonly logger: Logger;
}

/** All engines there are, the native ones first. */
export function engineFactories(options: EngineOptions): EngineFactory[] {
  const threads = options.threads ?? Math.max(1, Math.min(2, Math.floor(availableParallelism() / 2)));
  const warn = (message: string): void => options.logger.warn(message);
  return [
    { name: 'tensorflow-gpu', create: () => createTensorFlowEngine('tensorflow-gpu') },
    { name: 'onnx', create: () => createOnnxEngine({ cacheFolder: options.cacheFolder, threads, warn }) },
    { name: 'tensorflow', create: () => createTensorFlowEngine('tensorflow') },
    { name: 'wasm', create: createWasmEngine },
  ];
}
