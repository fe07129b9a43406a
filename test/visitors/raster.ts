import type { Pose } from '../../src/types.js';
import type { Surface } from './head-shape.js';
import type { Light } from './light.js';
import type { Texture } from './texture.js';

// Looked up once: inside a test's sandbox every access to a global object is slow.
const { ceil, cos, floor, log2, max, min, sin } = Math;

/** A picture under work: RGBA with the colours multiplied by alpha, and how near each pixel's surface is. */
export interface Patch {
  readonly width: number;
  readonly height: number;
  readonly rgba: Float32Array;
  readonly depth: Float32Array;
}

/** Where a surface stands: pixels of the patch per px of the drawing, and where its pivot is in the patch. */
export interface Stand {
  readonly scale: number;
  readonly x: number;
  readonly y: number;
  readonly pose: Pose;
}

/** How far the camera is, px of the drawing: a head at about 1.7 m. */
const cameraDistance = 2500;

/** Turns a point about the pivot and sees it through the camera. Yaw to the right, pitch up, roll clockwise. */
export function project(
  { scale, x: cx, y: cy, pose }: Stand,
  x: number,
  y: number,
  z: number,
): [number, number, number] {
  const [sy, cosY] = [sin(pose.yaw), cos(pose.yaw)];
  const [sp, cosP] = [sin(pose.pitch), cos(pose.pitch)];
  const [sr, cosR] = [sin(pose.roll), cos(pose.roll)];
  const [x1, z1] = [x * cosY + z * sy, z * cosY - x * sy];
  const [y2, z2] = [y * cosP - z1 * sp, z1 * cosP + y * sp];
  const [x3, y3] = [x1 * cosR - y2 * sr, x1 * sr + y2 * cosR];
  const near = (scale * cameraDistance) / (cameraDistance - z2);
  return [cx + x3 * near, cy + y3 * near, z2];
}

export function clearPatch(width: number, height: number): Patch {
  return {
    width,
    height,
    rgba: new Float32Array(4 * width * height),
    depth: new Float32Array(width * height).fill(-Infinity),
  };
}

/** Draws a textured, lit surface over what the patch holds; within one surface the nearest part wins. */
export function drawSurface(patch: Patch, surface: Surface, texture: Texture, stand: Stand, light: Light): void {
  const { columns, rows, texels } = surface;
  const corners = transformed(surface, stand, light);
  const wanted = max(0, floor(log2(1.2 / stand.scale)));
  const level = min(texture.levels.length - 1, wanted);
  const sampler = { ...texture.levels[level]!, share: 1 / 2 ** level };
  patch.depth.fill(-Infinity);
  for (let j = 0; j + 1 < rows; j++) {
    for (let i = 0; i + 1 < columns; i++) {
      const a = j * columns + i;
      drawTriangle(patch, corners, texels, a, a + 1, a + columns, sampler, light);
      drawTriangle(patch, corners, texels, a + 1, a + columns + 1, a + columns, sampler, light);
    }
  }
}

/** For each grid point: x, y in the patch, nearness, and how much direct light it gets. */
function transformed({ points, normals }: Surface, stand: Stand, light: Light): Float32Array {
  const corners = new Float32Array((points.length / 3) * 4);
  const turn: Stand = { scale: 1, x: 0, y: 0, pose: stand.pose };
  for (let i = 0; i < points.length / 3; i++) {
    const [x, y, z] = project(stand, points[3 * i]!, points[3 * i + 1]!, points[3 * i + 2]!);
    // Far from any perspective: a direction is turned, not moved.
    const [nx, ny, nz] = project(turn, normals[3 * i]! * 1e-3, normals[3 * i + 1]! * 1e-3, normals[3 * i + 2]! * 1e-3);
    const facing = 1e3 * (nx * light.from[0] + ny * light.from[1] + nz * light.from[2]);
    corners.set([x, y, z, max(0, facing)], 4 * i);
  }
  return corners;
}

interface Sampler {
  readonly width: number;
  readonly height: number;
  readonly rgba: Uint8ClampedArray;
  readonly share: number;
}

/** The inner loop of everything that is drawn: plain arithmetic, nothing allocated per pixel. */
function drawTriangle(
  patch: Patch,
  corners: Float32Array,
  texels: Float32Array,
  a: number,
  b: number,
  c: number,
  sampler: Sampler,
  light: Light,
): void {
  const ax = corners[4 * a]!;
  const ay = corners[4 * a + 1]!;
  const bx = corners[4 * b]!;
  const by = corners[4 * b + 1]!;
  const cx = corners[4 * c]!;
  const cy = corners[4 * c + 1]!;
  const area = (bx - ax) * (cy - ay) - (by - ay) * (cx - ax);
  // Seen from behind, or edge on.
  if (area <= 1e-6) {
    return;
  }
  const { rgba, depth, width } = patch;
  const { width: columns, rgba: texture, share } = sampler;
  const lastColumn = columns - 2;
  const lastRow = sampler.height - 2;
  const x0 = max(0, ceil(min(ax, bx, cx)));
  const x1 = min(width - 1, floor(max(ax, bx, cx)));
  const y0 = max(0, ceil(min(ay, by, cy)));
  const y1 = min(patch.height - 1, floor(max(ay, by, cy)));
  for (let y = y0; y <= y1; y++) {
    for (let x = x0; x <= x1; x++) {
      const wb = ((x - ax) * (cy - ay) - (y - ay) * (cx - ax)) / area;
      const wc = ((bx - ax) * (y - ay) - (by - ay) * (x - ax)) / area;
      const wa = 1 - wb - wc;
      if (wa < -1e-4 || wb < -1e-4 || wc < -1e-4) {
        continue;
      }
      const z = wa * corners[4 * a + 2]! + wb * corners[4 * b + 2]! + wc * corners[4 * c + 2]!;
      const pixel = y * width + x;
      if (z <= depth[pixel]!) {
        continue;
      }
      const u = (wa * texels[2 * a]! + wb * texels[2 * b]! + wc * texels[2 * c]!) * share - 0.5;
      const v = (wa * texels[2 * a + 1]! + wb * texels[2 * b + 1]! + wc * texels[2 * c + 1]!) * share - 0.5;
      const left = min(lastColumn, max(0, floor(u)));
      const top = min(lastRow, max(0, floor(v)));
      const fx = min(1, max(0, u - left));
      const fy = min(1, max(0, v - top));
      const from = 4 * (top * columns + left);
      const below = from + 4 * columns;
      const w00 = (1 - fx) * (1 - fy);
      const w10 = fx * (1 - fy);
      const w01 = (1 - fx) * fy;
      const w11 = fx * fy;
      const alpha =
        texture[from + 3]! * w00 + texture[from + 7]! * w10 + texture[below + 3]! * w01 + texture[below + 7]! * w11;
      if (alpha < 1) {
        continue;
      }
      const lit = wa * corners[4 * a + 3]! + wb * corners[4 * b + 3]! + wc * corners[4 * c + 3]!;
      const through = 1 - alpha / 255;
      const at = 4 * pixel;
      for (let k = 0; k < 3; k++) {
        const color =
          texture[from + k]! * w00 +
          texture[from + 4 + k]! * w10 +
          texture[below + k]! * w01 +
          texture[below + 4 + k]! * w11;
        rgba[at + k] = rgba[at + k]! * through + color * (light.ambient[k]! + light.direct[k]! * lit);
      }
      rgba[at + 3] = rgba[at + 3]! * through + alpha;
      if (alpha > 128) {
        depth[pixel] = z;
      }
    }
  }
}
