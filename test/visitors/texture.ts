import sharp from 'sharp';
import { infraredGrey } from './light.js';
import { Chance } from './random.js';

// Looked up once: inside a test's sandbox every access to a global object is slow.
const { ceil, floor } = Math;

/** A drawn layer with its half, quarter … sizes; RGBA with the colours multiplied by alpha. */
export interface Texture {
  readonly levels: readonly { readonly width: number; readonly height: number; readonly rgba: Uint8ClampedArray }[];
}

/**
 * Renders an SVG drawing. `infrared`: as a camera sees it by its own lamp at night. `grain`: how uneven the surface is
 * (0 … 1), as skin and cloth are; the same for the same `seed`.
 */
export async function textureOf(svg: string, infrared: boolean, grain = 0, seed = 1): Promise<Texture> {
  const { data, info } = await sharp(Buffer.from(svg)).ensureAlpha().raw().toBuffer({ resolveWithObject: true });
  const rgba = new Uint8ClampedArray(data.length);
  const unevenness = grain === 0 ? undefined : grainOf(info.width, info.height, grain, seed);
  for (let i = 0; i < data.length; i += 4) {
    const alpha = (data[i + 3]! / 255) * (unevenness?.[i >> 2] ?? 1);
    const grey = infrared ? infraredGrey(data[i]!, data[i + 1]!, data[i + 2]!) : undefined;
    for (let c = 0; c < 3; c++) {
      rgba[i + c] = (grey ?? data[i + c]!) * alpha;
    }
    rgba[i + 3] = data[i + 3]!;
  }
  return withLevels({ width: info.width, height: info.height, rgba });
}

/** Factors about 1: blotches of 24 and 8 px and pores of 2 px, as a sum of smooth noises. */
function grainOf(width: number, height: number, strength: number, seed: number): Float32Array {
  const factors = new Float32Array(width * height).fill(1);
  const octaves = [
    [24, 0.07],
    [8, 0.045],
    [2, 0.05],
  ] as const;
  for (const [cell, amplitude] of octaves) {
    const by = new Chance(seed * 31 + cell);
    const columns = ceil(width / cell) + 2;
    const lattice = Float32Array.from({ length: columns * (ceil(height / cell) + 2) }, () => by.around(0, 1));
    for (let y = 0; y < height; y++) {
      const row = floor(y / cell);
      const fy = y / cell - row;
      for (let x = 0; x < width; x++) {
        const column = floor(x / cell);
        const fx = x / cell - column;
        const from = row * columns + column;
        const above = lattice[from]! * (1 - fx) + lattice[from + 1]! * fx;
        const below = lattice[from + columns]! * (1 - fx) + lattice[from + columns + 1]! * fx;
        factors[y * width + x]! += strength * amplitude * (above * (1 - fy) + below * fy);
      }
    }
  }
  return factors;
}

/** A picture without transparency as a texture. `rgb`: 3 bytes a pixel. */
export function opaqueTexture(rgb: Uint8Array, width: number, height: number): Texture {
  const rgba = new Uint8ClampedArray(4 * width * height).fill(255);
  for (let i = 0; i < width * height; i++) {
    rgba.set(rgb.subarray(3 * i, 3 * i + 3), 4 * i);
  }
  return withLevels({ width, height, rgba });
}

function withLevels(full: Texture['levels'][number]): Texture {
  const levels = [full];
  for (let last = full; last.width > 64 && last.height > 64; last = levels.at(-1)!) {
    const [width, height] = [last.width >> 1, last.height >> 1];
    const rgba = new Uint8ClampedArray(4 * width * height);
    for (let y = 0; y < height; y++) {
      for (let x = 0; x < width; x++) {
        const from = 4 * (2 * y * last.width + 2 * x);
        const below = from + 4 * last.width;
        for (let c = 0; c < 4; c++) {
          const sum =
            last.rgba[from + c]! + last.rgba[from + 4 + c]! + last.rgba[below + c]! + last.rgba[below + 4 + c]!;
          rgba[4 * (y * width + x) + c] = sum / 4;
        }
      }
    }
    levels.push({ width, height, rgba });
  }
  return { levels };
}
