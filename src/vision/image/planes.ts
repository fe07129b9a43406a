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

/**
 * Resamples a channel bilinearly: out[v × columns + u] is the channel at (a·u − b·v + x, b·u + a·v + y); beyond its
 * rim the nearest sample. This loop is where pre-processing spends its time.
 */
export function samplePlane(
  plane: Plane,
  { a, b, x, y }: { readonly a: number; readonly b: number; readonly x: number; readonly y: number },
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
 * Like {@link samplePlane} without rotation, averaging taps × taps samples a pixel: against aliasing where the picture
 * shrinks. Taps lie a whole sample or more apart, so that the nearest sample is as good as an interpolated one.
 */
export function shrinkPlane(
  plane: Plane,
  { a, x, y }: { readonly a: number; readonly x: number; readonly y: number },
  columns: number,
  rows: number,
  taps: number,
  out: Float32Array,
): void {
  const { data, start } = plane;
  const acrossOffsets = tapOffsets(a, x, columns, taps, plane.width - 1, plane.step);
  const downOffsets = tapOffsets(a, y, rows, taps, plane.height - 1, plane.rowStep);
  const weight = 1 / (taps * taps);
  const sums = new Int32Array(columns);
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
    for (let u = 0; u < columns; u++) {
      out[v * columns + u] = sums[u]! * weight;
    }
  }
}

/**
 * The part of a plane that a rotated input looks at, shrunk by the whole part of its scale, and the transform from the
 * input to it.
 */
export function shrinkAround(
  plane: Plane,
  toPlane: { readonly a: number; readonly b: number; readonly x: number; readonly y: number },
  columns: number,
  rows: number,
): { readonly smaller: Plane; readonly toSmaller: typeof toPlane } {
  const { a, b, x, y } = toPlane;
  const factor = Math.max(2, Math.round(Math.hypot(a, b)));
  const corners = [0, columns - 1].flatMap((u) =>
    [0, rows - 1].map((v) => ({ x: a * u - b * v + x, y: b * u + a * v + y })),
  );
  const span = (axis: 'x' | 'y', last: number): [number, number] => {
    const values = corners.map((corner) => Math.min(last, Math.max(0, corner[axis])));
    return [Math.min(...values), Math.max(...values)];
  };
  const [left, right] = span('x', plane.width - 1);
  const [top, bottom] = span('y', plane.height - 1);
  const width = Math.ceil((right - left) / factor) + 2;
  const height = Math.ceil((bottom - top) / factor) + 2;
  const values = new Float32Array(width * height);
  shrinkPlane(plane, { a: factor, x: left, y: top }, width, height, factor, values);
  const data = new Uint8Array(values.length);
  for (let i = 0; i < data.length; i++) {
    data[i] = values[i]! + 0.5;
  }
  return {
    smaller: {
      data,
      start: 0,
      step: 1,
      rowStep: width,
      width,
      height,
    },
    toSmaller: { a: a / factor, b: b / factor, x: (x - left) / factor, y: (y - top) / factor },
  };
}
