import type { Identification, Probe } from '../types.js';
import { pool, type PooledProbe } from '../visit/pooling.js';
import { EmbeddingError } from './errors.js';
import type { Space } from './space.js';

/** A track's probes as one, or none when nothing was usable. */
export interface PooledProbes {
  readonly pooled?: PooledProbe;
  /** Why probes were left out, in plain words. */
  readonly reasons: readonly string[];
}

/** Projects and pools; probes that are no embeddings of this encoder are left out with a reason. */
export function poolProbes(probes: readonly Probe[], space: Space, correlation: number): PooledProbes {
  const reasons: string[] = [];
  const looks = probes.flatMap((probe) => {
    try {
      return [{ direction: space.project(probe.embedding), quality: probe.quality }];
    } catch (error) {
      if (!(error instanceof EmbeddingError)) throw error;
      if (!reasons.includes(error.message)) reasons.push(error.message);
      return [];
    }
  });
  return looks.length === 0 ? { reasons } : { pooled: pool(looks, correlation), reasons };
}

/** The answer when no frame could be judged. */
export function nothingToJudge(reasons: readonly string[]): Identification {
  return { confidence: 0, frames: 0, reasons: [...reasons, 'no face could be judged'] };
}
