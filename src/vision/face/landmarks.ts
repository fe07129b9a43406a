import type { FaceObservation, Point } from '../../types.js';

/** Indices into MediaPipe's 468-point face mesh. "Right" and "left" are the person's own. */
export const MESH_POINTS = 468;

export const RIGHT_EYE = {
  outer: 33,
  inner: 133,
  upper: [246, 161, 160, 159, 158, 157, 173],
  lower: [33, 7, 163, 144, 145, 153, 154, 155, 133],
} as const;

export const LEFT_EYE = {
  outer: 263,
  inner: 362,
  upper: [466, 388, 387, 386, 385, 384, 398],
  lower: [263, 249, 390, 373, 374, 380, 381, 382, 362],
} as const;

export const NOSE_TIP = 1;
export const NOSE_BASE = 2;
export const RIGHT_MOUTH_CORNER = 61;
export const LEFT_MOUTH_CORNER = 291;
export const RIGHT_CHEEK = 234;
export const LEFT_CHEEK = 454;
export const FOREHEAD = 10;
export const CHIN = 152;

export type Mesh = FaceObservation['mesh'];

export function meshPoint(mesh: Mesh, index: number): Point {
  return { x: mesh[3 * index]!, y: mesh[3 * index + 1]! };
}

export const midpoint = (a: Point, b: Point): Point => ({ x: (a.x + b.x) / 2, y: (a.y + b.y) / 2 });

/** The points of a face that alignment needs; enough for every encoder's template. */
export interface AlignmentPoints {
  readonly rightEyeOuter: Point;
  readonly rightEyeInner: Point;
  readonly leftEyeInner: Point;
  readonly leftEyeOuter: Point;
  readonly noseTip: Point;
  readonly noseBase: Point;
  readonly rightMouthCorner: Point;
  readonly leftMouthCorner: Point;
}

export function alignmentPoints(mesh: Mesh): AlignmentPoints {
  return {
    rightEyeOuter: meshPoint(mesh, RIGHT_EYE.outer),
    rightEyeInner: meshPoint(mesh, RIGHT_EYE.inner),
    leftEyeInner: meshPoint(mesh, LEFT_EYE.inner),
    leftEyeOuter: meshPoint(mesh, LEFT_EYE.outer),
    noseTip: meshPoint(mesh, NOSE_TIP),
    noseBase: meshPoint(mesh, NOSE_BASE),
    rightMouthCorner: meshPoint(mesh, RIGHT_MOUTH_CORNER),
    leftMouthCorner: meshPoint(mesh, LEFT_MOUTH_CORNER),
  };
}

/** The customary five: the eyes' centres (picture's left first), the nose's tip, the mouth's corners. */
export function fivePoints(points: AlignmentPoints): Point[] {
  return [
    midpoint(points.rightEyeOuter, points.rightEyeInner),
    midpoint(points.leftEyeOuter, points.leftEyeInner),
    points.noseTip,
    points.rightMouthCorner,
    points.leftMouthCorner,
  ];
}
