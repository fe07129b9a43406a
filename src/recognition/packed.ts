import { PopulationError } from './errors.js';

/**
 * Numbers in a population file: 16-bit integers times a scale, in base64. Half a thousandth of the largest value is
 * far below what images of one person vary by, and a covariance of rank 96 takes 0.3 MB instead of 2.
 */
export interface PackedNumbers {
  readonly count: number;
  readonly scale: number;
  readonly int16: string;
}

export function packNumbers(values: Float32Array): PackedNumbers {
  let largest = 0;
  for (const value of values) largest = Math.max(largest, Math.abs(value));
  const scale = largest / 32767 || 1;
  const bytes = new Uint8Array(values.length * 2);
  const view = new DataView(bytes.buffer);
  values.forEach((value, index) => view.setInt16(index * 2, Math.round(value / scale), true));
  return { count: values.length, scale, int16: Buffer.from(bytes).toString('base64') };
}

/** @throws PopulationError naming `path` when this is not `count` packed numbers. */
export function unpackNumbers(packed: PackedNumbers, path: string): Float32Array {
  const bytes = Buffer.from(packed.int16, 'base64');
  if (bytes.length !== packed.count * 2) {
    throw new PopulationError(`${path} holds ${bytes.length / 2} numbers, ${packed.count} were announced`);
  }
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  return Float32Array.from({ length: packed.count }, (_, index) => view.getInt16(index * 2, true) * packed.scale);
}
