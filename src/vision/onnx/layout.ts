/** Constant tensors from TensorFlow's order (channels last) to ONNX's (channels first). */

import type { Weight } from '../models/graph.js';

/** A weight's values as floats, without a copy where they are already. */
export function asFloats(weight: Weight): Float32Array {
  return weight.values instanceof Float32Array ? weight.values : Float32Array.from(weight.values);
}

/** Reorders a dense tensor: axis i of the result is axis order[i] of the source. */
export function permute(values: Float32Array, shape: readonly number[], order: readonly number[]): Float32Array {
  const strides = new Array<number>(shape.length).fill(1);
  for (let axis = shape.length - 2; axis >= 0; axis--) {
    strides[axis] = strides[axis + 1]! * shape[axis + 1]!;
  }
  const sizes = order.map((axis) => shape[axis]!);
  const steps = order.map((axis) => strides[axis]!);
  const result = new Float32Array(values.length);
  const index = new Array<number>(order.length).fill(0);
  let source = 0;
  for (let i = 0; i < result.length; i++) {
    result[i] = values[source]!;
    for (let axis = order.length - 1; axis >= 0; axis--) {
      source += steps[axis]!;
      if (++index[axis]! < sizes[axis]!) {
        break;
      }
      source -= sizes[axis]! * steps[axis]!;
      index[axis] = 0;
    }
  }
  return result;
}

/** A constant that meets a picture in arithmetic: scalar, [C], [H, W, C] or [N, H, W, C] becomes N, C, H, W. */
export function pictureConstant(weight: Weight): { values: Float32Array; shape: number[] } {
  const values = asFloats(weight);
  const padded = [...new Array<number>(4 - weight.shape.length).fill(1), ...weight.shape];
  return { values: permute(values, padded, [0, 3, 1, 2]), shape: [padded[0]!, padded[3]!, padded[1]!, padded[2]!] };
}

/** Convolution filters: [H, W, in, out] → [out, in, H, W]; depthwise [H, W, in, times] → [in × times, 1, H, W]. */
export function convolutionFilters(weight: Weight, depthwise: boolean): { values: Float32Array; shape: number[] } {
  const [height, width, inputs, outputs] = weight.shape as [number, number, number, number];
  return depthwise
    ? {
        values: permute(asFloats(weight), weight.shape, [2, 3, 0, 1]),
        shape: [inputs * outputs, 1, height, width],
      }
    : {
        values: permute(asFloats(weight), weight.shape, [3, 2, 0, 1]),
        shape: [outputs, inputs, height, width],
      };
}
