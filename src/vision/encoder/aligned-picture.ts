import type { FaceObservation, Frame } from '../../types.js';
import { alignmentPoints, fivePoints, type AlignmentPoints } from '../face/landmarks.js';
import { invert } from '../image/geometry.js';
import { sample } from '../image/sample.js';
import { ARCFACE_SIZE, ARCFACE_TEMPLATE, arcfaceAlignment } from './alignment.js';
import type { FaceCrop } from './crop.js';

/** Where the five points lie in an aligned picture of this size, its pixels; pixel centres have whole coordinates. */
export function alignedTemplate(size: number): [number, number][] {
  return ARCFACE_TEMPLATE.map(({ x, y }) => [(x * size) / ARCFACE_SIZE, (y * size) / ARCFACE_SIZE]);
}

/**
 * A face cut out as encoders are trained on it: turned and scaled by its five points to ArcFace's template.
 * @returns size × size pixels, RGB, 3 bytes each, row by row
 */
export function alignedPicture(frame: Frame, face: FaceObservation, size: number): Uint8Array {
  const toPicture = arcfaceAlignment(fivePoints(alignmentPoints(face.mesh)), size, 1);
  const picture = sample(frame, invert(toPicture), size, { order: 'rgb', mean: [0, 0, 0], scale: 1 });
  return Uint8Array.from(picture, (value) => Math.round(value));
}

/**
 * An aligned picture as a crop that any encoder aligned by the customary five points can encode: the points are known,
 * no face need be found.
 * @param template where the five points lie, in the picture's pixels: eyes (the picture's left first), nose, mouth
 */
export function alignedCrop(rgb: Uint8Array, size: number, template: readonly (readonly [number, number])[]): FaceCrop {
  const [rightEye, leftEye, noseTip, rightMouthCorner, leftMouthCorner] = template.map(([x, y]) => ({ x, y }));
  const points: AlignmentPoints = {
    rightEyeOuter: rightEye!,
    rightEyeInner: rightEye!,
    leftEyeInner: leftEye!,
    leftEyeOuter: leftEye!,
    noseTip: noseTip!,
    noseBase: noseTip!,
    rightMouthCorner: rightMouthCorner!,
    leftMouthCorner: leftMouthCorner!,
  };
  return { width: size, height: size, rgb, points };
}
