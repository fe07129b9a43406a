import type * as Onnx from 'onnxruntime-node';
import type { ModelEntry } from '../models/catalogue.js';
import { cachedOnnxModel } from '../onnx/cache.js';
import { EngineUnavailableError, OpenSessions, type Engine, type Session } from './engine.js';

type OnnxRuntime = typeof Onnx;

class OnnxSession implements Session {
  constructor(
    private readonly runtime: OnnxRuntime,
    private readonly session: Onnx.InferenceSession,
    readonly dispose: () => Promise<void>,
  ) {}

  async run(input: Float32Array, shape: readonly number[]): Promise<Record<string, Float32Array>> {
    const tensor = new this.runtime.Tensor('float32', input, shape);
    const outputs = await this.session.run({ [this.session.inputNames[0]!]: tensor });
    const result: Record<string, Float32Array> = {};
    for (const [name, output] of Object.entries(outputs)) {
      if (!(output.data instanceof Float32Array)) {
        throw new Error(`the output "${name}" is ${output.type}, not float32`);
      }
      result[name] = output.data;
    }
    return result;
  }
}

/**
 * ONNX Runtime (`onnxruntime-node`), the fastest engine on a CPU. The package is an optional dependency: npm leaves
 * it out without a word when its install script fails.
 *
 * @throws EngineUnavailableError when the package is absent or its library does not load
 */
export async function createOnnxEngine(options: {
  readonly cacheFolder: string;
  readonly threads: number;
  readonly warn: (message: string) => void;
}): Promise<Engine> {
  let runtime: OnnxRuntime;
  try {
    const loaded = (await import('onnxruntime-node')) as OnnxRuntime & { readonly default?: OnnxRuntime };
    runtime = loaded.default ?? loaded;
  } catch (error) {
    throw new EngineUnavailableError(
      `onnxruntime-node is not installed or does not run here (${(error as Error).message.split('\n')[0]}); ` +
        'install it with "npm install onnxruntime-node" (needs glibc 2.28)',
      { cause: error },
    );
  }
  const sessionOptions: Onnx.InferenceSession.SessionOptions = {
    intraOpNumThreads: options.threads,
    interOpNumThreads: 1,
    executionMode: 'sequential',
    graphOptimizationLevel: 'all',
    logSeverityLevel: 3,
  };
  const open = new OpenSessions();
  const start = (session: Onnx.InferenceSession): Session =>
    new OnnxSession(
      runtime,
      session,
      open.add(() => session.release()),
    );
  return {
    name: 'onnx',
    load: async (model: ModelEntry) => {
      const bytes = await cachedOnnxModel(model, options.cacheFolder, options.warn);
      return start(await runtime.InferenceSession.create(bytes, sessionOptions));
    },
    loadFile: async (file) => start(await runtime.InferenceSession.create(file, sessionOptions)),
    dispose: () => open.closeAll(),
  };
}
