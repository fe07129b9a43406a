import type { Frame } from '../../types.js';
import { yuvMatrix, yuvToRgb } from './color.js';
import { scaleOf, type Similarity } from './geometry.js';
import { planesOf, samplePlane, shrinkAround, shrinkPlane, type Plane } from './planes.js';

/** How a network wants its pixels: value = (0 … 255 − mean) × scale, the means per channel in the order given. */
export interface PixelFormat {
  readonly order: 'rgb' | 'bgr';
  readonly mean: readonly [number, number, number];
  /** One factor for all channels, or one each. */
  readonly scale: number | readonly [number, number, number];
}

/** Taps per axis and pixel at most, when a large area shrinks into a small input; colour needs fewer. */
const MAX_TAPS = { full: 2, chroma: 1 } as const;

/** From the input's pixels to those of a chroma plane, whose samples lie midway between four of luma's (MPEG-1). */
const halved = ({ a, b, x, y }: Similarity): Similarity => ({ a: a / 2, b: b / 2, x: x / 2 - 0.25, y: y / 2 - 0.25 });

/**
 * Part of a plane at the size of the input. Up to half size bilinear interpolation sees every sample; a picture that
 * shrinks more is averaged: at once where it is not rotated, by way of an upright, smaller picture where it is.
 */
function resample(plane: Plane, toPlane: Similarity, width: number, height: number, maxTaps: number): Float32Array {
  const out = new Float32Array(width * height);
  const taps = Math.min(maxTaps, Math.floor(scaleOf(toPlane) + 1e-6));
  if (taps <= 1) {
    samplePlane(plane, toPlane, width, height, out);
  } else if (toPlane.b === 0) {
    out.set(shrinkPlane(plane, toPlane, width, height, taps).data);
  } else {
    const { smaller, placement } = shrinkAround(plane, toPlane, width, height);
    samplePlane(smaller, placement, width, height, out);
  }
  return out;
}

/** R, G and B of part of a frame, each width × height. */
function sampleChannels(
  frame: Frame,
  toFrame: Similarity,
  width: number,
  height: number,
): [Float32Array, Float32Array, Float32Array] {
  const channels = planesOf(frame).map((plane) =>
    plane.width === frame.width && plane.height === frame.height
      ? resample(plane, toFrame, width, height, MAX_TAPS.full)
      : resample(plane, halved(toFrame), width, height, MAX_TAPS.chroma),
  ) as [Float32Array, Float32Array, Float32Array];
  if (frame.format === 'i420') {
    yuvToRgb(channels, yuvMatrix(frame));
  }
  return channels;
}

/** Sets what lies outside the frame. */
function fillOutside(
  channels: readonly Float32Array[],
  frame: Frame,
  { a, b, x, y }: Similarity,
  width: number,
  value: number,
): void {
  const right = frame.width - 0.5;
  const bottom = frame.height - 0.5;
  const count = channels[0]!.length;
  for (let i = 0; i < count; i++) {
    const u = i % width;
    const v = (i - u) / width;
    const px = a * u - b * v + x;
    const py = b * u + a * v + y;
    if (px < -0.5 || py < -0.5 || px > right || py > bottom) {
      for (const channel of channels) {
        channel[i] = value;
      }
    }
  }
}

/** Whether the whole input lies inside the frame: all its corners do. */
function inside(frame: Frame, { a, b, x, y }: Similarity, width: number, height: number): boolean {
  return [0, width - 1].every((u) =>
    [0, height - 1].every((v) => {
      const [px, py] = [a * u - b * v + x, b * u + a * v + y];
      return px >= -0.5 && py >= -0.5 && px <= frame.width - 0.5 && py <= frame.height - 0.5;
    }),
  );
}

/**
 * Warps part of a frame into a network's input by bilinear interpolation, straight from the frame's own format: only
 * the pixels that the network sees are ever converted. Where the picture shrinks, several taps are averaged against
 * aliasing. What lies outside the frame is `border` (0 … 255 per channel), or the nearest pixel when undefined.
 *
 * @param toFrame from the input's pixels to the frame's
 * @param target filled with width × height × 3 values (NHWC) from `offset`
 * @throws RangeError when the frame's buffer is too short for its size
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
  const channels = sampleChannels(frame, toFrame, width, height);
  if (border !== undefined && !inside(frame, toFrame, width, height)) {
    fillOutside(channels, frame, toFrame, width, border);
  }
  const [first, second, third] = format.order === 'rgb' ? channels : [channels[2], channels[1], channels[0]];
  const [mean0, mean1, mean2] = format.mean;
  const { scale } = format;
  const [scale0, scale1, scale2] = typeof scale === 'number' ? [scale, scale, scale] : scale;
  for (let i = 0, to = offset; i < first.length; i++, to += 3) {
    target[to] = (first[i]! - mean0) * scale0;
    target[to + 1] = (second[i]! - mean1) * scale1;
    target[to + 2] = (third[i]! - mean2) * scale2;
  }
}

/** A new network input of size × size × 3 values. */
export function sample(frame: Frame, toFrame: Similarity, size: number, format: PixelFormat): Float32Array {
  const target = new Float32Array(size * size * 3);
  sampleInto(frame, toFrame, size, size, format, target);
  return target;
}
