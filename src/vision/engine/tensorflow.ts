import type * as Core from '@tensorflow/tfjs-core';
import type * as Converter from '@tensorflow/tfjs-converter';
import type { ModelEntry } from '../models/catalogue.js';
import { parseModelGraph, readModelFiles } from '../models/graph-reader.js';
import type { ModelGraph } from '../models/graph.js';
import { EngineUnavailableError, OpenSessions, type Engine, type EngineName, type Session } from './engine.js';

/** What is used of TensorFlow.js, whichever package it comes from. */
export type TensorFlow = Pick<
  typeof Core,
  'tensor' | 'dispose' | 'memory' | 'ready' | 'setBackend' | 'getBackend' | 'enableProdMode'
> &
  Pick<typeof Converter, 'loadGraphModel'>;

/** A graph in the form TensorFlow.js's loader takes; weights are handed over as plain floats. */
function artifacts(graph: ModelGraph): Core.io.ModelArtifacts {
  const weights = [...graph.weights];
  const bytes = new Uint8Array(weights.reduce((sum, [, weight]) => sum + weight.values.byteLength, 0));
  let offset = 0;
  for (const [, { values }] of weights) {
    bytes.set(new Uint8Array(values.buffer, values.byteOffset, values.byteLength), offset);
    offset += values.byteLength;
  }
  return {
    format: 'graph-model',
    modelTopology: { node: graph.nodes, library: {}, versions: { producer: 1 } },
    weightSpecs: weights.map(([name, { shape, dtype }]) => ({ name, shape: [...shape], dtype })),
    weightData: bytes.buffer,
  };
}

class TensorFlowSession implements Session {
  constructor(
    private readonly tf: TensorFlow,
    private readonly model: Converter.GraphModel,
    private readonly outputs: readonly (readonly [alias: string, node: string])[],
    readonly dispose: () => Promise<void>,
  ) {}

  async run(input: Float32Array, shape: readonly number[]): Promise<Record<string, Float32Array>> {
    const tensor = this.tf.tensor(input, [...shape], 'float32');
    let results: Core.Tensor[] = [];
    try {
      const nodes = this.outputs.map(([, node]) => node);
      const made = this.model.execute({ [this.model.inputs[0]!.name]: tensor }, nodes);
      results = Array.isArray(made) ? made : [made];
      const values = await Promise.all(results.map((result) => result.data<'float32'>()));
      return Object.fromEntries(this.outputs.map(([alias], i) => [alias, values[i]!]));
    } finally {
      this.tf.dispose([tensor, ...results]);
    }
  }
}

/** An engine over a loaded TensorFlow.js. */
export function tensorFlowEngine(name: EngineName, tf: TensorFlow): Engine {
  tf.enableProdMode();
  const open = new OpenSessions();
  return {
    name,
    load: async (entry: ModelEntry) => {
      const graph = parseModelGraph(entry, await readModelFiles(entry));
      const model = await tf.loadGraphModel({ load: () => Promise.resolve(artifacts(graph)) });
      const close = open.add(() => {
        model.dispose();
        return Promise.resolve();
      });
      return new TensorFlowSession(tf, model, Object.entries(entry.outputs), close);
    },
    tensors: () => tf.memory().numTensors,
    dispose: () => open.closeAll(),
  };
}

/**
 * TensorFlow's native library through `@tensorflow/tfjs-node` or `-gpu`, which the user installs beside the plugin;
 * Doorman never requires them.
 *
 * @throws EngineUnavailableError when the package is absent or its library does not load
 */
export async function createTensorFlowEngine(name: 'tensorflow' | 'tensorflow-gpu'): Promise<Engine> {
  const packageName = name === 'tensorflow' ? '@tensorflow/tfjs-node' : '@tensorflow/tfjs-node-gpu';
  try {
    const loaded = (await import(packageName)) as TensorFlow & { readonly default?: TensorFlow };
    const tf = loaded.default ?? loaded;
    await tf.ready();
    return tensorFlowEngine(name, tf);
  } catch (error) {
    throw new EngineUnavailableError(
      `${packageName} is not installed or does not run here (${(error as Error).message.split('\n')[0]})`,
      { cause: error },
    );
  }
}
