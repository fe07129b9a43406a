import type * as Core from '@tensorflow/tfjs-core';
import { unitRows } from './loss.js';

/** Rows that pass through the tail at once: keeps memory small. */
const BATCH = 64;

/** Rows' activations as one batch. */
export function stack(
  tf: typeof Core,
  rows: readonly { readonly activations: Float32Array }[],
  shape: readonly [number, number, number],
): Core.Tensor4D {
  const size = shape[0] * shape[1] * shape[2];
  const values = new Float32Array(rows.length * size);
  rows.forEach(({ activations }, i) => values.set(activations, i * size));
  return tf.tensor4d(values, [rows.length, ...shape]);
}

/** Unit vectors of what the tail makes of activations. */
export function embedActivations(
  tf: typeof Core,
  tail: { apply(activations: Core.Tensor4D): Core.Tensor2D },
  shape: readonly [number, number, number],
  all: readonly Float32Array[],
  normalised = true,
): Float32Array[] {
  const rows: Float32Array[] = [];
  for (let from = 0; from < all.length; from += BATCH) {
    const part = all.slice(from, from + BATCH).map((activations) => ({ activations }));
    const values = tf.tidy(() => {
      const outputs = tail.apply(stack(tf, part, shape));
      return (normalised ? unitRows(tf, outputs) : outputs).dataSync<'float32'>();
    });
    const length = values.length / part.length;
    part.forEach((_, i) => rows.push(Float32Array.from(values.subarray(i * length, (i + 1) * length))));
  }
  return rows;
}
