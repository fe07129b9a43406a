import type { Patch } from './raster.js';

// Looked up once: inside a test's sandbox every access to a global object is slow.
const { floor, max, min } = Math;

/** A picture in the making: RGB, 3 bytes a pixel. */
export interface Canvas {
  readonly width: number;
  readonly height: number;
  readonly rgb: Uint8ClampedArray;
}

/** Lays a patch over the canvas, its pixels averaged in blocks of `fine` × `fine`; (left, top) in canvas pixels. */
export function layPatch(canvas: Canvas, patch: Patch, left: number, top: number, fine: number): void {
  const { rgba, width: stride } = patch;
  const [columns, rows] = [floor(patch.width / fine), floor(patch.height / fine)];
  const share = 1 / (fine * fine);
  for (let y = max(0, -top); y < min(rows, canvas.height - top); y++) {
    for (let x = max(0, -left); x < min(columns, canvas.width - left); x++) {
      let r = 0;
      let g = 0;
      let b = 0;
      let a = 0;
      for (let j = 0; j < fine; j++) {
        for (let i = 0; i < fine; i++) {
          const from = 4 * ((y * fine + j) * stride + x * fine + i);
          a += rgba[from + 3]!;
          r += rgba[from]!;
          g += rgba[from + 1]!;
          b += rgba[from + 2]!;
        }
      }
      if (a === 0) {
        continue;
      }
      const at = 3 * ((y + top) * canvas.width + x + left);
      const through = 1 - (a * share) / 255;
      canvas.rgb[at] = canvas.rgb[at]! * through + r * share;
      canvas.rgb[at + 1] = canvas.rgb[at + 1]! * through + g * share;
      canvas.rgb[at + 2] = canvas.rgb[at + 2]! * through + b * share;
    }
  }
}
