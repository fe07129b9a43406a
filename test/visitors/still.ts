import sharp, { type Sharp } from 'sharp';
import type { Frame } from '../../src/types.js';
import type { Canvas } from './canvas.js';
import { lights } from './light.js';
import type { Appearance, Portrait } from './portrait.js';
import { porch } from './porch.js';

/** A canvas in one colour, or with the porch under the light of the appearance. */
export async function canvasOf(
  width: number,
  height: number,
  background: 'grey' | 'porch',
  light = lights.day,
): Promise<Canvas> {
  return background === 'porch'
    ? porch(width, height, light)
    : { width, height, rgb: new Uint8ClampedArray(3 * width * height).fill(140) };
}

export interface StillOptions extends Partial<Appearance> {
  readonly width?: number;
  readonly height?: number;
  readonly background?: 'grey' | 'porch';
}

/** One photo of a person: as a frame, and as JPEG or PNG bytes when asked. Default 640 × 640, face 240 px. */
export async function stillOf(
  portrait: Portrait,
  options: StillOptions = {},
): Promise<{ readonly frame: Frame; jpeg(): Promise<Buffer>; png(): Promise<Buffer> }> {
  const { width = 640, height = 640, background = 'grey', light = lights.day } = options;
  const canvas = await canvasOf(width, height, background, light);
  await portrait.drawOn(canvas, { x: width / 2, y: height * 0.42, size: 240, ...options, light });
  const data = new Uint8Array(canvas.rgb.buffer);
  const picture = (): Sharp => sharp(data, { raw: { width, height, channels: 3 } });
  return {
    frame: { format: 'rgb24', width, height, data, timestamp: 0 },
    jpeg: () => picture().jpeg({ quality: 92 }).toBuffer(),
    png: () => picture().png().toBuffer(),
  };
}
