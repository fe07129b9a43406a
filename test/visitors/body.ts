import type { Canvas } from './canvas.js';
import type { Light } from './light.js';
import type { Texture } from './texture.js';

// Looked up once: inside a test's sandbox every access to a global object is slow.
const { ceil, floor, log2, max, min } = Math;

/** Lays the body on: shoulders and clothes do not turn with the head, and are lit evenly. (left, top) in px. */
export function drawBody(
  canvas: Canvas,
  texture: Texture,
  light: Light,
  scale: number,
  left: number,
  top: number,
): void {
  const index = min(texture.levels.length - 1, max(0, floor(log2(1.2 / scale))));
  const { width, height, rgba } = texture.levels[index]!;
  const share = 1 / (scale * 2 ** index);
  const [red, green, blue] = [0, 1, 2].map((c) => light.ambient[c]! + 0.7 * light.direct[c]!) as [
    number,
    number,
    number,
  ];
  const y1 = min(canvas.height, floor(top + height / share));
  const x0 = max(0, ceil(left));
  const x1 = min(canvas.width, floor(left + width / share));
  for (let y = max(0, ceil(top)); y < y1; y++) {
    const v = min(height - 1.001, max(0, (y + 0.5 - top) * share - 0.5));
    const row = min(height - 2, floor(v));
    const fy = v - row;
    for (let x = x0; x < x1; x++) {
      const u = min(width - 1.001, max(0, (x + 0.5 - left) * share - 0.5));
      const column = min(width - 2, floor(u));
      const fx = u - column;
      const from = 4 * (row * width + column);
      const below = from + 4 * width;
      const w00 = (1 - fx) * (1 - fy);
      const w10 = fx * (1 - fy);
      const w01 = (1 - fx) * fy;
      const w11 = fx * fy;
      const alpha = rgba[from + 3]! * w00 + rgba[from + 7]! * w10 + rgba[below + 3]! * w01 + rgba[below + 7]! * w11;
      if (alpha < 1) {
        continue;
      }
      const through = 1 - alpha / 255;
      const at = 3 * (y * canvas.width + x);
      const { rgb } = canvas;
      rgb[at] =
        rgb[at]! * through +
        red * (rgba[from]! * w00 + rgba[from + 4]! * w10 + rgba[below]! * w01 + rgba[below + 4]! * w11);
      rgb[at + 1] =
        rgb[at + 1]! * through +
        green * (rgba[from + 1]! * w00 + rgba[from + 5]! * w10 + rgba[below + 1]! * w01 + rgba[below + 5]! * w11);
      rgb[at + 2] =
        rgb[at + 2]! * through +
        blue * (rgba[from + 2]! * w00 + rgba[from + 6]! * w10 + rgba[below + 2]! * w01 + rgba[below + 6]! * w11);
    }
  }
}
