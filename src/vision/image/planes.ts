import type { Frame } from '../../types.js';

/** One channel of a frame: sample (x, y) lies at data[start + y × rowStep + x × step]. */
export interface Plane {
  readonly data: Uint8Array;
  readonly start: number;
  readonly step: number;
  readonly rowStep: number;
  readonly width: number;
  readonly height: number;
}

/** The three channels of an interleaved picture, R, G, B. */
function rgbPlanes({ data, width, height }: Frame): Plane[] {
  return [0, 1, 2].map((start) => ({ data, start, step: 3, rowStep: 3 * width, width, height }));
}

/** Y at full size, U and V at half. */
function yuvPlanes({ data, width, height }: Frame): Plane[] {
  const [halfWidth, halfHeight] = [(width + 1) >> 1, (height + 1) >> 1];
  const half = { data, step: 1, rowStep: halfWidth, width: halfWidth, height: halfHeight };
  const luma = width * height;
  return [
    { data, start: 0, step: 1, rowStep: width, width, height },
    { ...half, start: luma },
    { ...half, start: luma + halfWidth * halfHeight },
  ];
}

/**
 * The channels of a frame.
 * @throws RangeError when its buffer is too short for its size
 */
export function planesOf(frame: Frame): Plane[] {
  const { width, height, data, format } = frame;
  const needed =
    format === 'rgb24' ? width * height * 3 : width * height + 2 * ((width + 1) >> 1) * ((height + 1) >> 1);
  if (width < 1 || height < 1 || data.length < needed) {
    throw new RangeError(`a ${format} frame of ${width}x${height} needs ${needed} bytes, got ${data.length}`);
  }
  return format === 'rgb24' ? rgbPlanes(frame) : yuvPlanes(frame);
}

/** From an input's pixels to a plane's: (u, v) → (a·u − b·v + x, b·u + a·v + y). */
interface Placement {
  readonly a: number;
  readonly b: number;
  readonly x: number;
  readonly y: number;
}

/** Where the four corners of a columns × rows input fall. */
function cornersOf({ a, b, x, y }: Placement, columns: number, rows: number): { x: number; y: number }[] {
  return [0, columns - 1].flatMap((u) => [0, rows - 1].map((v) => ({ x: a * u - b * v + x, y: b * u + a * v + y })));
}

/**
 * Resamples a channel bilinearly: out[v × columns + u] is the channel where the input's pixel (u, v) falls; beyond its
 * rim the nearest sample. Pre-processing spends its time here, so an input wholly inside goes without clamping.
 */
export function samplePlane(
  plane: Plane,
  placement: Placement,
  columns: number,
  rows: number,
  out: Float32Array,
): void {
  const inside = cornersOf(placement, columns, rows).every(
    (corner) => corner.x >= 0 && corner.y >= 0 && corner.x < plane.width - 1 && corner.y < plane.height - 1,
  );
  if (inside) {
    sampleInside(plane, placement, columns, rows, out);
  } else {
    sampleClamped(plane, placement, columns, rows, out);
  }
}

function sampleInside(plane: Plane, { a, b, x, y }: Placement, columns: number, rows: number, out: Float32Array): void {
  const { data, start, step, rowStep } = plane;
  let index = 0;
  for (let v = 0; v < rows; v++) {
    const rowX = x - b * v;
    const rowY = y + a * v;
    for (let u = 0; u < columns; u++) {
      const px = rowX + a * u;
      const py = rowY + b * u;
      const x0 = px | 0;
      const y0 = py | 0;
      const fx = px - x0;
      const top = (start + y0 * rowStep + x0 * step) | 0;
      const bottom = (top + rowStep) | 0;
      const upper = data[top]!;
      const lower = data[bottom]!;
      const upperMean = upper + fx * (data[top + step]! - upper);
      const lowerMean = lower + fx * (data[bottom + step]! - lower);
      out[index++] = upperMean + (py - y0) * (lowerMean - upperMean);
    }
  }
}

function sampleClamped(
  plane: Plane,
  { a, b, x, y }: Placement,
  columns: number,
  rows: number,
  out: Float32Array,
): void {
  const { data, start, step, rowStep } = plane;
  const lastX = plane.width - 1;
  const lastY = plane.height - 1;
  let index = 0;
  for (let v = 0; v < rows; v++) {
    const rowX = x - b * v;
    const rowY = y + a * v;
    for (let u = 0; u < columns; u++) {
      let px = rowX + a * u;
      let py = rowY + b * u;
      px = px < 0 ? 0 : px > lastX ? lastX : px;
      py = py < 0 ? 0 : py > lastY ? lastY : py;
      const x0 = px | 0;
      const y0 = py | 0;
      const fx = px - x0;
      const top = start + y0 * rowStep + x0 * step;
      const right = x0 < lastX ? step : 0;
      const bottom = y0 < lastY ? top + rowStep : top;
      const upper = data[top]!;
      const lower = data[bottom]!;
      const upperMean = upper + fx * (data[top + right]! - upper);
      const lowerMean = lower + fx * (data[bottom + right]! - lower);
      out[index++] = upperMean + (py - y0) * (lowerMean - upperMean);
    }
  }
}

/** Where the taps of each of `count` pixels fall along one axis, clamped, times `stride`. */
function tapOffsets(
  scale: number,
  shift: number,
  count: number,
  taps: number,
  last: number,
  stride: number,
): Int32Array {
  const offsets = new Int32Array(count * taps);
  for (let i = 0; i < offsets.length; i++) {
    const pixel = Math.floor(i / taps) + ((i % taps) + 0.5) / taps - 0.5;
    offsets[i] = Math.min(last, Math.max(0, Math.round(scale * pixel + shift))) * stride;
  }
  return offsets;
}

/**
 * Resamples a plane without rotation into a smaller one, averaging taps × taps samples a pixel: against aliasing where
 * the picture shrinks. Taps lie a whole sample or more apart, so that the nearest sample is as good as an interpolated
 * one.
 */
export function shrinkPlane(
  plane: Plane,
  { a, x, y }: Pick<Placement, 'a' | 'x' | 'y'>,
  columns: number,
  rows: number,
  taps: number,
): Plane {
  const { data, start } = plane;
  const acrossOffsets = tapOffsets(a, x, columns, taps, plane.width - 1, plane.step);
  const downOffsets = tapOffsets(a, y, rows, taps, plane.height - 1, plane.rowStep);
  // Division by the number of taps in 16-bit fixed point, rounded.
  const weight = Math.round(65536 / (taps * taps));
  const sums = new Int32Array(columns);
  const out = new Uint8Array(columns * rows);
  for (let v = 0; v < rows; v++) {
    sums.fill(0);
    for (let tap = 0; tap < taps; tap++) {
      const row = start + downOffsets[v * taps + tap]!;
      let index = 0;
      for (let u = 0; u < columns; u++) {
        let sum = 0;
        for (const end = index + taps; index < end; index++) {
          sum += data[row + acrossOffsets[index]!]!;
        }
        sums[u]! += sum;
      }
    }
    for (let u = 0, at = v * columns; u < columns; u++, at++) {
      out[at] = (sums[u]! * weight + 32768) >> 16;
    }
  }
  return { data: out, start: 0, step: 1, rowStep: columns, width: columns, height: rows };
}

/**
 * The part of a plane that a rotated input looks at, shrunk by the whole part of its scale, and the placement of the
 * input in it.
 */
export function shrinkAround(
  plane: Plane,
  placement: Placement,
  columns: number,
  rows: number,
): { readonly smaller: Plane; readonly placement: Placement } {
  const { a, b, x, y } = placement;
  const factor = Math.floor(Math.hypot(a, b));
  const corners = cornersOf(placement, columns, rows);
  const span = (axis: 'x' | 'y', last: number): [number, number] => {
    const values = corners.map((corner) => Math.min(last, Math.max(0, corner[axis])));
    return [Math.floor(Math.min(...values)), Math.ceil(Math.max(...values))];
  };
  const [left, right] = span('x', plane.width - 1);
  const [top, bottom] = span('y', plane.height - 1);
  const width = Math.ceil((right - left) / factor) + 2;
  const height = Math.ceil((bottom - top) / factor) + 2;
  return {
    smaller: shrinkPlane(plane, { a: factor, x: left, y: top }, width, height, factor),
    placement: { a: a / factor, b: b / factor, x: (x - left) / factor, y: (y - top) / factor },
  };
}
