import type { Frame } from '../../types.js';

/** R = y + rv·v, G = y − gu·u − gv·v, B = y + bu·u, with y = (Y − offset) × gain and u, v around zero. */
export interface YuvMatrix {
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
  return { gain: full ? 1 : 255 / 219, offset: full ? 0 : 16, rv, gu: (kb / kg) * bu, gv: (kr / kg) * rv, bu };
}

/** Turns Y, U and V (0 … 255) into R, G and B (0 … 255), in place. */
export function yuvToRgb(channels: readonly [Float32Array, Float32Array, Float32Array], matrix: YuvMatrix): void {
  const [first, second, third] = channels;
  const { gain, offset, rv, gu, gv, bu } = matrix;
  for (let i = 0; i < first.length; i++) {
    const luma = (first[i]! - offset) * gain;
    const u = second[i]! - 128;
    const v = third[i]! - 128;
    const red = luma + rv * v;
    const green = luma - gu * u - gv * v;
    const blue = luma + bu * u;
    first[i] = red < 0 ? 0 : red > 255 ? 255 : red;
    second[i] = green < 0 ? 0 : green > 255 ? 255 : green;
    third[i] = blue < 0 ? 0 : blue > 255 ? 255 : blue;
  }
}
