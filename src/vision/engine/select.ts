import type { Engine, EngineName } from './engine.js';

/** Makes an engine, or throws EngineUnavailableError. */
export interface EngineFactory {
  readonly name: EngineName;
  create(): Promise<Engine>;
}

/** An engine that has proved itself, with whatever was built on it. */
export interface Candidate<Built> {
  readonly engine: Engine;
  readonly built: Built;
  /** What one face costs on it, in ms. */
  readonly milliseconds: number;
}

export interface Attempt<Built> {
  /** Builds on the engine, tests it and measures it; throws with the reason when it is not fit. */
  (engine: Engine): Promise<{ readonly built: Built; readonly milliseconds: number }>;
}

/** No engine is fit; the message lists what was wrong with each. */
export class NoEngineError extends Error {
  override readonly name = 'NoEngineError';
}

async function tryEngine<Built>(
  factory: EngineFactory,
  attempt: Attempt<Built>,
): Promise<Candidate<Built> | { readonly fault: unknown }> {
  let engine: Engine | undefined;
  try {
    engine = await factory.create();
    return { engine, ...(await attempt(engine)) };
  } catch (fault) {
    await engine?.dispose();
    return { fault };
  }
}

/**
 * The fastest engine that passes. All native engines that are installed are measured; WebAssembly, slower by far, is
 * tried only when none of them is fit.
 *
 * @param isFatal faults that no other engine would cure: thrown at once
 * @param note called with one sentence per engine that is not fit
 * @throws NoEngineError when none passes
 */
export async function selectEngine<Built>(options: {
  readonly factories: readonly EngineFactory[];
  readonly attempt: Attempt<Built>;
  readonly discard: (built: Built) => Promise<void>;
  readonly isFatal: (fault: unknown) => boolean;
  readonly note: (message: string, fault: unknown) => void;
}): Promise<Candidate<Built>> {
  const faults: string[] = [];
  let best: Candidate<Built> | undefined;
  const ordered = [
    options.factories.filter(({ name }) => name !== 'wasm'),
    options.factories.filter(({ name }) => name === 'wasm'),
  ];
  for (const group of ordered) {
    for (const factory of group) {
      const result = await tryEngine(factory, options.attempt);
      if ('fault' in result) {
        if (options.isFatal(result.fault)) {
          throw result.fault;
        }
        const reason = result.fault instanceof Error ? result.fault.message : String(result.fault);
        faults.push(`${factory.name}: ${reason}`);
        options.note(`The engine "${factory.name}" is not used: ${reason}`, result.fault);
      } else if (best === undefined || result.milliseconds < best.milliseconds) {
        await dropped(best, options.discard);
        best = result;
      } else {
        await dropped(result, options.discard);
      }
    }
    if (best !== undefined) {
      return best;
    }
  }
  throw new NoEngineError(`No engine can recognise faces here. ${faults.join('; ')}`);
}

async function dropped<Built>(
  candidate: Candidate<Built> | undefined,
  discard: (built: Built) => Promise<void>,
): Promise<void> {
  if (candidate !== undefined) {
    await discard(candidate.built);
    await candidate.engine.dispose();
  }
}
