import type { Weight } from './graph.js';

/** One entry of a TensorFlow.js weights manifest. */
export interface WeightSpecification {
  readonly name: string;
  readonly shape: readonly number[];
  readonly dtype: string;
  readonly quantization?: { readonly dtype: string; readonly scale?: number; readonly min?: number };
}

const bytesPerValue: Readonly<Record<string, number>> = { float32: 4, int32: 4, float16: 2, uint16: 2, uint8: 1 };

/** IEEE 754 half precision to a number. */
export function halfToFloat(half: number): number {
  const sign = half & 0x8000 ? -1 : 1;
  const exponent = (half >> 10) & 0x1f;
  const fraction = half & 0x3ff;
  if (exponent === 0) {
    return sign * fraction * 2 ** -24;
  }
  if (exponent === 31) {
    return fraction === 0 ? sign * Infinity : NaN;
  }
  return sign * (1 + fraction / 1024) * 2 ** (exponent - 15);
}

function decodeOne(specification: WeightSpecification, view: DataView, offset: number, count: number): Weight {
  const { name, shape, dtype, quantization } = specification;
  if (dtype === 'int32' && quantization === undefined) {
    const values = Int32Array.from({ length: count }, (_, i) => view.getInt32(offset + 4 * i, true));
    return { shape, dtype, values };
  }
  if (dtype !== 'float32') {
    throw new Error(`weight "${name}" has the unsupported type ${dtype}`);
  }
  const stored = quantization?.dtype ?? 'float32';
  const scale = quantization?.scale ?? 1;
  const minimum = quantization?.min ?? 0;
  const values = new Float32Array(count);
  for (let i = 0; i < count; i++) {
    switch (stored) {
      case 'float32':
        values[i] = view.getFloat32(offset + 4 * i, true);
        break;
      case 'float16':
        values[i] = halfToFloat(view.getUint16(offset + 2 * i, true));
        break;
      case 'uint16':
        values[i] = view.getUint16(offset + 2 * i, true) * scale + minimum;
        break;
      default:
        values[i] = view.getUint8(offset + i) * scale + minimum;
    }
  }
  return { shape, dtype, values };
}

/**
 * Decodes a TensorFlow.js weight file, quantised (uint8, uint16: value × scale + min; float16) or not.
 * @throws Error when the bytes do not fit the manifest
 */
export function decodeWeights(specifications: readonly WeightSpecification[], bytes: Uint8Array): Map<string, Weight> {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const weights = new Map<string, Weight>();
  let offset = 0;
  for (const specification of specifications) {
    const stored = specification.quantization?.dtype ?? specification.dtype;
    const size = bytesPerValue[stored];
    if (size === undefined) {
      throw new Error(`weight "${specification.name}" is stored as ${stored}, which is not supported`);
    }
    const count = specification.shape.reduce((product, length) => product * length, 1);
    if (offset + count * size > bytes.byteLength) {
      throw new Error(`the weight file ends inside "${specification.name}"`);
    }
    weights.set(specification.name, decodeOne(specification, view, offset, count));
    offset += count * size;
  }
  if (offset !== bytes.byteLength) {
    throw new Error(`the weight file has ${bytes.byteLength - offset} bytes more than its manifest`);
  }
  return weights;
}
