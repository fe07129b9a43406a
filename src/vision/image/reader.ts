import type { Frame } from '../../types.js';

/** Adds the colour at a sub-pixel position (pixel centres are whole) to `sum`: R, G, B, each 0 … 255. */
export type ColorReader = (x: number, y: number, sum: Float32Array) => void;

/** R = y + rv·v, G = y − gu·u − gv·v, B = y + bu·u; luma factor and offset for studio or full range. */
interface YuvMatrix {
  readonly gain: number;
  readonly offset: number;
  readonly rv: number;
  readonly gu: number;
  readonly gv: number;
  readonly bu: number;
}

/** ITU-R BT.601 and BT.709, from Kr and Kb; chroma spans 224 steps in studio range, 255 in full range. */
export function yuvMatrix(frame: Pick<Frame, 'matrix' | 'fullRange'>): YuvMatrix {
  const [kr, kb] = frame.matrix === 'bt709' ? [0.2126, 0.0722] : [0.299, 0.114];
  const kg = 1 - kr - kb;
  const full = frame.fullRange === true;
  const chroma = full ? 1 : 255 / 224;
  const rv = 2 * (1 - kr) * chroma;
  const bu = 2 * (1 - kb) * chroma;
  return {
    gain: full ? 1 : 255 / 219,
    offset: full ? 0 : 16,
    rv,
    gu: (kb / kg) * bu,
    gv: (kr / kg) * rv,
    bu,
  };
}

const clampByte = (value: number): number => (value < 0 ? 0 : value > 255 ? 255 : value);

function rgbReader(frame: Frame): ColorReader {
  const { data, width, height } = frame;
  const [lastX, lastY] = [width - 1, height - 1];
  return (px, py, sum) => {
    const x = px < 0 ? 0 : px > lastX ? lastX : px;
    const y = py < 0 ? 0 : py > lastY ? lastY : py;
    const [x0, y0] = [x | 0, y | 0];
    const [fx, fy] = [x - x0, y - y0];
    const top = (y0 * width + x0) * 3;
    const bottom = y0 < lastY ? top + width * 3 : top;
    const right = x0 < lastX ? 3 : 0;
    const w11 = fx * fy;
    const w01 = fx - w11;
    const w10 = fy - w11;
    const w00 = 1 - fx - w10;
    for (let channel = 0; channel < 3; channel++) {
      sum[channel]! +=
        w00 * data[top + channel]! +
        w01 * data[top + right + channel]! +
        w10 * data[bottom + channel]! +
        w11 * data[bottom + right + channel]!;
    }
  };
}

function plane(data: Uint8Array, start: number, width: number, height: number): (x: number, y: number) => number {
  const [lastX, lastY] = [width - 1, height - 1];
  return (px, py) => {
    const x = px < 0 ? 0 : px > lastX ? lastX : px;
    const y = py < 0 ? 0 : py > lastY ? lastY : py;
    const [x0, y0] = [x | 0, y | 0];
    const [fx, fy] = [x - x0, y - y0];
    const top = start + y0 * width + x0;
    const bottom = y0 < lastY ? top + width : top;
    const right = x0 < lastX ? 1 : 0;
    const upper = data[top]! + fx * (data[top + right]! - data[top]!);
    const lower = data[bottom]! + fx * (data[bottom + right]! - data[bottom]!);
    return upper + fy * (lower - upper);
  };
}

function i420Reader(frame: Frame): ColorReader {
  const { data, width, height } = frame;
  const [chromaWidth, chromaHeight] = [(width + 1) >> 1, (height + 1) >> 1];
  const luma = plane(data, 0, width, height);
  const blue = plane(data, width * height, chromaWidth, chromaHeight);
  const red = plane(data, width * height + chromaWidth * chromaHeight, chromaWidth, chromaHeight);
  const { gain, offset, rv, gu, gv, bu } = yuvMatrix(frame);
  return (x, y, sum) => {
    const brightness = (luma(x, y) - offset) * gain;
    // Chroma samples lie midway between luma columns and rows (MPEG-1 siting); MPEG-2's differs by a quarter pixel.
    const [cx, cy] = [x / 2 - 0.25, y / 2 - 0.25];
    const u = blue(cx, cy) - 128;
    const v = red(cx, cy) - 128;
    sum[0]! += clampByte(brightness + rv * v);
    sum[1]! += clampByte(brightness - gu * u - gv * v);
    sum[2]! += clampByte(brightness + bu * u);
  };
}

/**
 * A reader of the frame's colours. Outside the frame it gives `border` where one is set, else the nearest pixel.
 * @throws RangeError when the frame's buffer is too short for its size
 */
export function frameReader(frame: Frame, border?: number): ColorReader {
  const { width, height, data, format } = frame;
  const needed =
    format === 'rgb24' ? width * height * 3 : width * height + 2 * ((width + 1) >> 1) * ((height + 1) >> 1);
  if (width < 1 || height < 1 || data.length < needed) {
    throw new RangeError(`a ${format} frame of ${width}x${height} needs ${needed} bytes, got ${data.length}`);
  }
  const inside = format === 'rgb24' ? rgbReader(frame) : i420Reader(frame);
  if (border === undefined) {
    return inside;
  }
  return (x, y, sum) => {
    if (x < -0.5 || y < -0.5 || x > width - 0.5 || y > height - 0.5) {
      sum[0]! += border;
      sum[1]! += border;
      sum[2]! += border;
    } else {
      inside(x, y, sum);
    }
  };
}
