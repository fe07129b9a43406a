import type { Frame, Point } from '../../types.js';
import { fivePoints, type AlignmentPoints } from '../face/landmarks.js';
import { invert, scaleOf, transform } from '../image/geometry.js';
import { sample } from '../image/sample.js';
import { arcfaceAlignment } from './alignment.js';

/**
 * What is kept of a face so that any encoder can encode it later: a small upright picture and the points that
 * alignment needs, in its pixels.
 */
export interface FaceCrop {
  readonly width: number;
  readonly height: number;
  /** RGB, 3 bytes a pixel, row by row. */
  readonly rgb: Uint8Array;
  readonly points: AlignmentPoints;
}

/** Pixels a side: enough for a 224-pixel input, and never more than the camera saw. */
const LARGEST = 256;
const SMALLEST = 64;
/** Shows a little more around the face than any encoder looks at. */
const ZOOM = 0.8;

/** Cuts a face out, upright. */
export function cropFace(frame: Frame, points: AlignmentPoints): FaceCrop {
  const five = fivePoints(points);
  const native = Math.ceil(LARGEST / scaleOf(arcfaceAlignment(five, LARGEST, ZOOM)));
  const side = Math.min(LARGEST, Math.max(SMALLEST, native));
  const toCrop = arcfaceAlignment(five, side, ZOOM);
  const picture = sample(frame, invert(toCrop), side, { order: 'rgb', mean: [0, 0, 0], scale: 1 });
  const moved = Object.fromEntries(
    Object.entries(points as unknown as Record<string, Point>).map(([name, point]) => [name, transform(toCrop, point)]),
  ) as unknown as AlignmentPoints;
  const rgb = Uint8Array.from(picture, (value) => Math.round(value));
  return { width: side, height: side, rgb, points: moved };
}

/** The crop as a frame, to be encoded like any other. */
export function cropAsFrame(crop: FaceCrop): Frame {
  return { format: 'rgb24', width: crop.width, height: crop.height, data: crop.rgb, timestamp: 0 };
}
