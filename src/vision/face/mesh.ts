import type { Box, Frame, Point } from '../../types.js';
import type { Session } from '../engine/engine.js';
import { cropTransform, scaleOf, transform, type Similarity } from '../image/geometry.js';
import { sampleInto, type PixelFormat } from '../image/sample.js';
import type { Detection } from './detector.js';
import { LEFT_EYE, meshPoint, MESH_POINTS, RIGHT_EYE, type Mesh } from './landmarks.js';

/** The square that the mesh network looks at: centre and side in frame pixels, rotation in radians. */
export interface MeshRegion {
  readonly center: Point;
  readonly side: number;
  readonly angle: number;
}

export interface MeshResult {
  readonly mesh: Mesh;
  readonly confidence: number;
  readonly region: MeshRegion;
}

const SIZE = 192;
const FORMAT: PixelFormat = { order: 'rgb', mean: [0, 0, 0], scale: 1 / 255 };
/** The crop's side over the detector's box, and over the mesh's own extent (MediaPipe uses 1.5 for both). */
const DETECTION_SCALE = 1.5;
const MESH_SCALE = 1.5;

/** Below this there is nothing like a face in the crop; above, a better crop may yet make it one. */
const WORTH_A_SECOND_LOOK = 0.1;

/** A second look is taken when the mesh lies elsewhere than the first crop assumed. */
const MOVED = { center: 0.06, side: 0.12, angle: 0.1 } as const;

const angleBetween = (from: Point, to: Point): number => Math.atan2(to.y - from.y, to.x - from.x);

export function regionOfDetection(detection: Detection): MeshRegion {
  const { box } = detection;
  return {
    center: { x: box.x + box.width / 2, y: box.y + box.height / 2 },
    side: DETECTION_SCALE * Math.max(box.width, box.height),
    angle: angleBetween(detection.rightEye, detection.leftEye),
  };
}

/** The region that shows the face of a known mesh upright: how tracking looks for it in the next frame. */
export function regionOfMesh(mesh: Mesh): MeshRegion {
  const angle = angleBetween(meshPoint(mesh, RIGHT_EYE.outer), meshPoint(mesh, LEFT_EYE.outer));
  const [cos, sin] = [Math.cos(angle), Math.sin(angle)];
  let [left, top, right, bottom] = [Infinity, Infinity, -Infinity, -Infinity];
  for (let i = 0; i < MESH_POINTS; i++) {
    const [x, y] = [mesh[3 * i]!, mesh[3 * i + 1]!];
    const [u, v] = [cos * x + sin * y, cos * y - sin * x];
    left = Math.min(left, u);
    right = Math.max(right, u);
    top = Math.min(top, v);
    bottom = Math.max(bottom, v);
  }
  const [u, v] = [(left + right) / 2, (top + bottom) / 2];
  return {
    center: { x: cos * u - sin * v, y: sin * u + cos * v },
    side: MESH_SCALE * Math.max(right - left, bottom - top),
    angle,
  };
}

/** The mesh's extent in the frame. */
export function boxOfMesh(mesh: Mesh): Box {
  let [left, top, right, bottom] = [Infinity, Infinity, -Infinity, -Infinity];
  for (let i = 0; i < MESH_POINTS; i++) {
    left = Math.min(left, mesh[3 * i]!);
    right = Math.max(right, mesh[3 * i]!);
    top = Math.min(top, mesh[3 * i + 1]!);
    bottom = Math.max(bottom, mesh[3 * i + 1]!);
  }
  return { x: left, y: top, width: right - left, height: bottom - top };
}

function moved(from: MeshRegion, to: MeshRegion): boolean {
  const distance = Math.hypot(to.center.x - from.center.x, to.center.y - from.center.y);
  return (
    distance > MOVED.center * from.side ||
    Math.abs(Math.log(to.side / from.side)) > MOVED.side ||
    Math.abs(to.angle - from.angle) > MOVED.angle
  );
}

/** Places MediaPipe's 468-point mesh on a face. */
export class FaceMesh {
  private readonly input = new Float32Array(SIZE * SIZE * 3);

  constructor(private readonly session: Session) {}

  /** The mesh in a region; where it turns out to lie elsewhere, a second look with the crop put right. */
  async locate(frame: Frame, region: MeshRegion): Promise<MeshResult> {
    const first = await this.look(frame, region);
    if (!(first.confidence >= WORTH_A_SECOND_LOOK)) {
      return first;
    }
    const better = regionOfMesh(first.mesh);
    if (!moved(region, better)) {
      return first;
    }
    return this.look(frame, better);
  }

  private async look(frame: Frame, region: MeshRegion): Promise<MeshResult> {
    const toFrame: Similarity = cropTransform(region.center, region.side, region.angle, SIZE);
    sampleInto(frame, toFrame, SIZE, SIZE, FORMAT, this.input, 0, 0);
    const outputs = await this.session.run(this.input, [1, SIZE, SIZE, 3]);
    const raw = outputs.mesh!;
    const scale = scaleOf(toFrame);
    const mesh = new Float32Array(raw.length);
    for (let i = 0; i < raw.length; i += 3) {
      const { x, y } = transform(toFrame, { x: raw[i]!, y: raw[i + 1]! });
      mesh[i] = x;
      mesh[i + 1] = y;
      mesh[i + 2] = raw[i + 2]! * scale;
    }
    return { mesh, confidence: outputs.confidence![0]!, region };
  }
}
