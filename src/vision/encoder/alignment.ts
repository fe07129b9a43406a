import type { Point } from '../../types.js';
import { fitSimilarity, type Similarity } from '../image/geometry.js';
import type { AlignmentPoints } from '../face/landmarks.js';

/** ArcFace's five points in a 112 × 112 picture (Deng et al. 2019, insightface): eyes, nose tip, mouth corners. */
export const ARCFACE_TEMPLATE: readonly Point[] = [
  { x: 38.2946, y: 51.6963 },
  { x: 73.5318, y: 51.5014 },
  { x: 56.0252, y: 71.7366 },
  { x: 41.5493, y: 92.3655 },
  { x: 70.7299, y: 92.2041 },
];
export const ARCFACE_SIZE = 112;

/** From the frame to an ArcFace-aligned picture of the given size; `zoom` below 1 shows more around the face. */
export function arcfaceAlignment(five: readonly Point[], size: number, zoom: number): Similarity {
  const scale = size / ARCFACE_SIZE;
  const middle = size / 2;
  const place = (value: number): number => (value * scale - middle) * zoom + middle;
  return fitSimilarity(
    five,
    ARCFACE_TEMPLATE.map(({ x, y }) => ({ x: place(x), y: place(y) })),
  );
}

/** dlib's five points (shape_predictor_5_face_landmarks) in a unit square: eye corners and the nose's base. */
const DLIB_TEMPLATE: readonly Point[] = [
  { x: 0.12058, y: 0.21373 },
  { x: 0.33409, y: 0.22906 },
  { x: 0.85957, y: 0.2135 },
  { x: 0.64606, y: 0.22897 },
  { x: 0.49011, y: 0.6278 },
];
/** Room around the unit square on every side, as dlib's training had it. */
const DLIB_PADDING = 0.25;

/** From the frame to dlib's face chip of the given size. */
export function dlibAlignment(points: AlignmentPoints, size: number): Similarity {
  const place = (value: number): number => (size * (DLIB_PADDING + value)) / (1 + 2 * DLIB_PADDING);
  return fitSimilarity(
    [points.rightEyeOuter, points.rightEyeInner, points.leftEyeOuter, points.leftEyeInner, points.noseBase],
    DLIB_TEMPLATE.map(({ x, y }) => ({ x: place(x), y: place(y) })),
  );
}
