import { join } from 'node:path';
import sharp, { type Sharp } from 'sharp';
import { packageRoot } from '../../../src/package-root.js';
import type { Frame, Logger } from '../../../src/types.js';
import { drawnFaceSvg, type DrawnFace } from './drawn-face.js';

/** Converted models are shared by all test files; parallel starts are safe. */
export const testCacheFolder = join(packageRoot, '.cache', 'test-models');

/** A logger that remembers. */
export function recordingLogger(): Logger & { readonly lines: string[] } {
  const lines: string[] = [];
  const log =
    (level: string) =>
    (...message: unknown[]): void => {
      lines.push(`${level}: ${message.map(String).join(' ')}`);
    };
  return { lines, debug: log('debug'), info: log('info'), warn: log('warn'), error: log('error') };
}

async function frameOf(picture: Sharp): Promise<Frame> {
  const { data, info } = await picture.removeAlpha().raw().toBuffer({ resolveWithObject: true });
  return { format: 'rgb24', width: info.width, height: info.height, data, timestamp: 0 };
}

/** A drawn face alone in the picture, 400 × 440. */
export function faceFrame(face: DrawnFace = {}): Promise<Frame> {
  return frameOf(sharp(Buffer.from(drawnFaceSvg(face))));
}

export interface PlacedFace {
  readonly face?: DrawnFace;
  readonly x: number;
  readonly y: number;
  /** The portrait's width in pixels; its face is about half as wide. */
  readonly width: number;
}

/** Drawn people in a wider grey scene; `treat` degrades the finished picture. */
export async function sceneFrame(
  width: number,
  height: number,
  people: readonly PlacedFace[],
  treat: (picture: Sharp) => Sharp = (picture) => picture,
): Promise<Frame> {
  const layers = await Promise.all(
    people.map(async ({ face, x, y, width: faceWidth }) => ({
      input: await sharp(Buffer.from(drawnFaceSvg(face)))
        .resize({ width: faceWidth })
        .png()
        .toBuffer(),
      left: x,
      top: y,
    })),
  );
  const background = { r: 118, g: 122, b: 116 };
  const scene = await sharp({ create: { width, height, channels: 3, background } })
    .composite(layers)
    .png()
    .toBuffer();
  return frameOf(treat(sharp(scene)));
}

/** The same picture as a camera delivers it: BT.601 studio range, chroma at half size. */
export function toI420(frame: Frame): Frame {
  const { width, height, data } = frame;
  const [halfWidth, halfHeight] = [(width + 1) >> 1, (height + 1) >> 1];
  const out = new Uint8Array(width * height + 2 * halfWidth * halfHeight);
  const rgb = (x: number, y: number): readonly [number, number, number] => {
    const i = 3 * (Math.min(y, height - 1) * width + Math.min(x, width - 1));
    return [data[i]!, data[i + 1]!, data[i + 2]!];
  };
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const [r, g, b] = rgb(x, y);
      out[y * width + x] = Math.round(16 + (219 / 255) * (0.299 * r + 0.587 * g + 0.114 * b));
    }
  }
  for (let y = 0; y < halfHeight; y++) {
    for (let x = 0; x < halfWidth; x++) {
      const four = [rgb(2 * x, 2 * y), rgb(2 * x + 1, 2 * y), rgb(2 * x, 2 * y + 1), rgb(2 * x + 1, 2 * y + 1)];
      const [r, g, b] = [0, 1, 2].map((channel) => four.reduce((sum, pixel) => sum + pixel[channel]!, 0) / 4) as [
        number,
        number,
        number,
      ];
      const luma = 0.299 * r + 0.587 * g + 0.114 * b;
      const at = width * height + y * halfWidth + x;
      out[at] = Math.round(128 + ((b - luma) / 1.772) * (224 / 255));
      out[at + halfWidth * halfHeight] = Math.round(128 + ((r - luma) / 1.402) * (224 / 255));
    }
  }
  return { ...frame, format: 'i420', data: out };
}
