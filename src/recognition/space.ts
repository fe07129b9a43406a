import type { Embedding } from '../types.js';
import { EmbeddingError } from './errors.js';

/** How one section of a raw embedding enters the common unit vector. */
export interface SectionSpace {
  readonly name: string;
  readonly length: number;
  /** Subtracted before normalising; absent for encoders that centring hurts. */
  readonly centre?: Float32Array;
  /** The section's share of the fused score, > 0; the squares of all sections' scales sum to 1. */
  readonly scale: number;
}

/** Turns raw embeddings into points on the unit sphere where one cosine is the fused score. */
export interface Space {
  readonly dimensions: number;
  /** @throws EmbeddingError for a wrong length, NaN or infinite values, or a section that is zero. */
  project(embedding: Embedding): Float32Array;
}

/**
 * Scales for a sum of z-normalised section scores: with impostor deviation s and weight w, the fused score is
 * Σ w·cos/s, which is one cosine of concatenated unit vectors, each scaled by √(w/s), up to a constant factor.
 */
export function fusionScales(sections: readonly { readonly weight: number; readonly deviation: number }[]): number[] {
  const squares = sections.map(({ weight, deviation }) => weight / deviation);
  const total = squares.reduce((sum, value) => sum + value, 0);
  return squares.map((value) => Math.sqrt(value / total));
}

/** @param sections in the order in which the encoder concatenates them. */
export function createSpace(sections: readonly SectionSpace[]): Space {
  const dimensions = sections.reduce((sum, section) => sum + section.length, 0);
  return {
    dimensions,
    project(embedding) {
      if (embedding.length !== dimensions) {
        throw new EmbeddingError('wrong-length', `embedding has ${embedding.length} values, expected ${dimensions}`);
      }
      const unit = new Float32Array(dimensions);
      let offset = 0;
      for (const section of sections) {
        projectSection(embedding, unit, offset, section);
        offset += section.length;
      }
      return unit;
    },
  };
}

function projectSection(embedding: Embedding, unit: Float32Array, offset: number, section: SectionSpace): void {
  const { length, centre, scale, name } = section;
  let square = 0;
  for (let i = 0; i < length; i += 1) {
    const value = embedding[offset + i]! - (centre?.[i] ?? 0);
    unit[offset + i] = value;
    square += value * value;
  }
  if (!Number.isFinite(square)) throw new EmbeddingError('not-a-number', `embedding section ${name} is not finite`);
  if (square === 0) throw new EmbeddingError('zero', `embedding section ${name} is zero`);
  const factor = scale / Math.sqrt(square);
  for (let i = 0; i < length; i += 1) unit[offset + i] = unit[offset + i]! * factor;
}
