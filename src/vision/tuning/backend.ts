import { createRequire } from 'node:module';
import type * as Core from '@tensorflow/tfjs-core';
import { startWasm } from '../engine/wasm.js';
import { registerConvolutionGradients } from './convolution-gradient.js';

const require = createRequire(import.meta.url);

/** A TensorFlow.js that can train. */
export interface TrainingBackend {
  readonly name: 'tensorflow-gpu' | 'tensorflow' | 'wasm';
  readonly tf: typeof Core;
}

const native = [
  ['tensorflow-gpu', '@tensorflow/tfjs-node-gpu'],
  ['tensorflow', '@tensorflow/tfjs-node'],
] as const;

/** The fastest TensorFlow.js that is installed; WebAssembly is always there. */
export async function openTrainingBackend(): Promise<TrainingBackend> {
  for (const [name, packageName] of native) {
    try {
      const loaded = (await import(packageName)) as typeof Core & { readonly default?: typeof Core };
      const tf = loaded.default ?? loaded;
      await tf.ready();
      return { name, tf };
    } catch {
      // Not installed, or not for this machine: the next one.
    }
  }
  const { core: tf } = await startWasm();
  // Core's own build leaves the operators' gradients out; the package of layers registers them when it is loaded.
  require('@tensorflow/tfjs-layers');
  registerConvolutionGradients(tf, 'wasm');
  return { name: 'wasm', tf };
}
