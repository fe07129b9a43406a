import type { Frame } from '../../types.js';
import { scaleOf, type Similarity } from './geometry.js';
import { frameReader } from './reader.js';

/** How a network wants its pixels: value = (0 … 255 − mean) × scale, the means per channel in the order given. */
export interface PixelFormat {
  readonly order: 'rgb' | 'bgr';
  readonly mean: readonly [number, number, number];
  /** One factor for all channels, or one each. */
  readonly scale: number | readonly [number, number, number];
}

/** Taps per axis and pixel at most, when a large area shrinks into a small input. */
const MAX_TAPS = 3;

/**
 * Warps part of a frame into a network's input by bilinear interpolation, straight from the frame's own format: only
 * the pixels that the network sees are ever converted. Where the picture shrinks, several taps are averaged against
 * aliasing. What lies outside the frame is `border` (0 … 255 per channel), or the nearest pixel when undefined.
 *
 * @param toFrame from the input's pixels to the frame's
 * @param target filled with width × height × 3 values (NHWC) from `offset`
 */
export function sampleInto(
  frame: Frame,
  toFrame: Similarity,
  width: number,
  height: number,
  format: PixelFormat,
  target: Float32Array,
  offset = 0,
  border?: number,
): void {
  const read = frameReader(frame, border);
  const rgb = new Float32Array(3);
  const taps = Math.min(MAX_TAPS, Math.max(1, Math.round(scaleOf(toFrame))));
  const scales = typeof format.scale === 'number' ? [format.scale, format.scale, format.scale] : format.scale;
  const [weight0, weight1, weight2] = scales.map((scale) => scale / (taps * taps)) as [number, number, number];
  const { a, b, x, y } = toFrame;
  const [first, last] = format.order === 'rgb' ? [0, 2] : [2, 0];
  // The means are given in the network's channel order.
  const [mean0, mean1, mean2] = format.mean.map((mean, channel) => mean * scales[channel]!) as [number, number, number];
  let index = offset;
  for (let v = 0; v < height; v++) {
    for (let u = 0; u < width; u++) {
      rgb[0] = rgb[1] = rgb[2] = 0;
      for (let i = 0; i < taps; i++) {
        const tapV = v + (i + 0.5) / taps - 0.5;
        for (let j = 0; j < taps; j++) {
          const tapU = u + (j + 0.5) / taps - 0.5;
          read(a * tapU - b * tapV + x, b * tapU + a * tapV + y, rgb);
        }
      }
      target[index++] = rgb[first]! * weight0 - mean0;
      target[index++] = rgb[1] * weight1 - mean1;
      target[index++] = rgb[last]! * weight2 - mean2;
    }
  }
}

/** A new network input of size × size × 3 values. */
export function sample(frame: Frame, toFrame: Similarity, size: number, format: PixelFormat): Float32Array {
  const target = new Float32Array(size * size * 3);
  sampleInto(frame, toFrame, size, size, format, target);
  return target;
}
