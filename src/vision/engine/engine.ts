import type { ModelEntry } from '../models/catalogue.js';

export type EngineName = 'onnx' | 'tensorflow-gpu' | 'tensorflow' | 'wasm';

/** A network ready to run. */
export interface Session {
  /**
   * @param input values in the order of `shape`
   * @param shape NHWC for the packaged networks
   * @returns the outputs by name, flat
   */
  run(input: Float32Array, shape: readonly number[]): Promise<Readonly<Record<string, Float32Array>>>;
  dispose(): Promise<void>;
}

/** Something that executes networks. All engines get the same input and give the same numbers. */
export interface Engine {
  readonly name: EngineName;
  /** A network of the catalogue. */
  load(model: ModelEntry): Promise<Session>;
  /** A network of the user's own, from an ONNX file; engines that cannot do this lack the method. */
  loadFile?(file: string): Promise<Session>;
  /** Tensors alive now, where the engine counts them. */
  tensors?(): number;
  /** Ends every session that is still open. */
  dispose(): Promise<void>;
}

/** The engine is not installed, or its build does not run here: `auto` goes on to the next one. */
export class EngineUnavailableError extends Error {
  override readonly name = 'EngineUnavailableError';
}

/** The sessions an engine has opened, so that none is left behind when something fails half-way. */
export class OpenSessions {
  private readonly open = new Set<() => Promise<void>>();

  /** Registers how a session is ended; what is returned ends it, once. */
  add(end: () => Promise<void>): () => Promise<void> {
    this.open.add(end);
    return async () => {
      if (this.open.delete(end)) {
        await end();
      }
    };
  }

  async closeAll(): Promise<void> {
    const open = [...this.open];
    this.open.clear();
    await Promise.all(open.map((end) => end()));
  }
}
