import type { Steps } from './slices.js';
import { dot, multiply, multiplyBoth, rowOf } from './vector.js';

/** scikit-learn's `gamma="scale"`: 1 / (dimensions · variance). */
export function scaleGamma(samples: readonly Float32Array[]): number {
  let sum = 0;
  let squares = 0;
  let count = 0;
  for (const sample of samples) {
    for (const value of sample) {
      sum += value;
      squares += value * value;
    }
    count += sample.length;
  }
  const variance = squares / count - (sum / count) ** 2;
  return variance > 0 ? 1 / ((samples[0]?.length ?? 1) * variance) : 1;
}

/** RBF of a squared distance from three inner products. */
function rbf(gamma: number, xx: number, yy: number, xy: number): number {
  return Math.exp(-gamma * Math.max(0, xx + yy - 2 * xy));
}

/** Squared lengths of a matrix's rows. */
export function squaredLengths(rows: Float32Array, length: number): Float64Array {
  return Float64Array.from({ length: rows.length / length }, (_, row) => {
    const own = rowOf(rows, row, length);
    return dot(own, own);
  });
}

/** The kernel between one sample and a matrix's rows. */
export function kernelRow(
  gamma: number,
  rows: Float32Array,
  squares: Float64Array,
  sample: Float32Array,
): Float64Array {
  const square = dot(sample, sample);
  const values = multiply(rows, sample);
  for (let row = 0; row < values.length; row += 1) values[row] = rbf(gamma, square, squares[row]!, values[row]!);
  return values;
}

/** The kernel among a matrix's rows, n × n row by row. Two rows are a step. */
export function* kernelMatrix(rows: Float32Array, length: number, gamma: number): Steps<Float64Array> {
  const squares = squaredLengths(rows, length);
  const n = squares.length;
  const kernel = new Float64Array(n * n);
  for (let i = 0; i < n; i += 2) {
    const pair = [i, Math.min(i + 1, n - 1)] as const;
    const upTo = rows.subarray(0, (pair[1] + 1) * length);
    const products = multiplyBoth(upTo, rowOf(rows, pair[0], length), rowOf(rows, pair[1], length));
    pair.forEach((row, which) => {
      kernel[row * n + row] = 1;
      for (let j = 0; j < row; j += 1) {
        const value = rbf(gamma, squares[row]!, squares[j]!, products[which]![j]!);
        kernel[row * n + j] = value;
        kernel[j * n + row] = value;
      }
    });
    yield (Math.min(n, i + 2) / n) ** 2;
  }
  return kernel;
}
