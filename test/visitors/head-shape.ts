import { canvas, halfWidths, middle, type Anatomy } from './anatomy.js';
import { hairVolume } from './draw-hair.js';
import type { Person } from './person.js';

// Looked up once: inside a test's sandbox every access to a global object is slow.
const { abs, ceil, exp, hypot, max, min, round, sqrt } = Math;

/** A drawn layer as a surface in space: a regular grid over the drawing, x right, y down, z towards the camera. */
export interface Surface {
  readonly columns: number;
  readonly rows: number;
  /** x, y, z for each grid point, px of the drawing about the head's pivot. */
  readonly points: Float32Array;
  /** Unit normals, as many. */
  readonly normals: Float32Array;
  /** Where each point is in the drawing, px. */
  readonly texels: Float32Array;
}

/** The head turns about this row of the drawing, and this far behind the ears' plane. */
export const pivot = { y: 330, z: -30 } as const;
const step = 8;

/** The head with this person's brow, sockets, nose, cheekbones, lips and chin. */
export function faceSurface(person: Person, at: Anatomy): Surface {
  const widths = halfWidths(at);
  const off = hairVolume(person);
  return surface((x, y) => headDepth(person, at, widths, off, x, y));
}

/** What is behind the face (ears, hair), nearly flat. */
export function backSurface(at: Anatomy): Surface {
  return surface((x, y) => {
    const r = min(1, hypot(x / (at.half * 1.6), (y - at.eye) / 330));
    return 14 - 60 * (1 - sqrt(1 - r * r));
  });
}

/** Spectacles: they rest on the nose and bend back to the ears. */
export function glassesSurface(person: Person, at: Anatomy): Surface {
  const front = at.half * (1 + 0.16 * person.nose.height);
  return surface((x) => {
    const share = min(1, abs(x) / (at.half * 1.05));
    return 10 + (front - 10) * sqrt(max(0, 1 - share ** 5));
  });
}

function headDepth(person: Person, at: Anatomy, widths: Float32Array, off: number, x: number, y: number): number {
  const { eyes, nose, face } = person;
  const row = min(canvas.height - 1, max(0, round(y)));
  const depth = at.half * 0.98;
  const profile = midline(at, y) * depth;
  // A little wider than the face, so that its edge is not seen edge on; what is behind comes with the back layer.
  const wide = max(widths[row]! * 1.07 + (y < at.eye ? off * 0.7 : 0), 40);
  const share = min(1, abs(x) / wide);
  let z = profile * (1 - share ** 2.3) ** (1 / 2.2);
  const bump = (cx: number, cy: number, sx: number, sy: number): number =>
    exp(-0.5 * (((abs(x) - cx) / sx) ** 2 + ((y - cy) / sy) ** 2));
  z -= 0.1 * depth * eyes.depth * bump(at.eyeX - 3, at.eye - 3, 20, 14);
  z += 0.05 * depth * bump(at.eyeX, at.eye, 15, 9);
  z += 0.05 * depth * (2 - person.brows.height) * bump(at.eyeX * 0.8, at.brow + 4, 34, 9);
  z += 0.07 * depth * face.cheek * bump(at.half * 0.6, at.eye + 44, 24, 20);
  z += 0.06 * depth * bump(0, at.mouth, 34, 15);
  z += 0.08 * depth * face.chin * bump(0, at.chin - 26, 30, 18);
  // The nose: a ridge that rises from the root to the tip and ends sharply.
  const along = (y - (at.eye - 10)) / (at.noseTip - at.eye + 10);
  const ridge = along < 0 ? 0 : along < 1 ? along ** 1.3 : exp(-(((along - 1) / 0.16) ** 2));
  const sigma = 7 * nose.bridge + max(0, along) * (0.42 * at.noseHalf + 3 * nose.tip - 4 * nose.bridge);
  z += 0.42 * depth * nose.height * ridge * exp(-0.5 * (x / max(5, sigma)) ** 2);
  z += 0.1 * depth * bump(at.noseHalf * 0.72, at.noseTip + 2, 8, 9);
  return z;
}

/** The head's depth along its middle as a share of its half width, without the nose. */
function midline(at: Anatomy, y: number): number {
  const knots: readonly (readonly [number, number])[] = [
    [at.crown - 50, 0],
    [at.crown, 0.25],
    [at.crown + 24, 0.6],
    [at.hairline, 0.9],
    [at.brow - 20, 1],
    [at.brow, 1.03],
    [at.eye, 0.97],
    [at.noseBase, 1],
    [at.mouth, 1],
    [at.mouth + 26, 0.95],
    [at.chin - 20, 0.97],
    [at.chin, 0.82],
    [at.chin + 30, 0.4],
    [canvas.height, 0.1],
  ];
  const i = knots.findIndex(([edge]) => y < edge);
  if (i <= 0) {
    return i === 0 ? 0 : 0.1;
  }
  const [[y0, z0], [y1, z1]] = [knots[i - 1]!, knots[i]!];
  const t = (y - y0) / (y1 - y0);
  return z0 + (z1 - z0) * t * t * (3 - 2 * t);
}

/** A flat card of the size given, px, about its middle. */
export function flatSurface(width: number, height: number): Surface {
  return grid(width, height, 24, (x, y) => [x - width / 2, y - height / 2, 0]);
}

const surface = (depth: (x: number, y: number) => number): Surface =>
  grid(canvas.width, canvas.height, step, (x, y) => [x - middle, y - pivot.y, depth(x - middle, y) - pivot.z]);

function grid(
  width: number,
  height: number,
  spacing: number,
  point: (x: number, y: number) => readonly [number, number, number],
): Surface {
  const columns = ceil(width / spacing) + 1;
  const rows = ceil(height / spacing) + 1;
  const points = new Float32Array(3 * columns * rows);
  const texels = new Float32Array(2 * columns * rows);
  for (let j = 0; j < rows; j++) {
    for (let i = 0; i < columns; i++) {
      const [x, y] = [min(width, i * spacing), min(height, j * spacing)];
      texels.set([x, y], 2 * (j * columns + i));
      points.set(point(x, y), 3 * (j * columns + i));
    }
  }
  return { columns, rows, points, texels, normals: normalsOf(points, columns, rows) };
}

function normalsOf(points: Float32Array, columns: number, rows: number): Float32Array {
  const normals = new Float32Array(points.length);
  const at = (i: number, j: number, axis: number): number =>
    points[3 * (min(rows - 1, max(0, j)) * columns + min(columns - 1, max(0, i))) + axis]!;
  for (let j = 0; j < rows; j++) {
    for (let i = 0; i < columns; i++) {
      const dx = max(1, at(i + 1, j, 0) - at(i - 1, j, 0));
      const dy = max(1, at(i, j + 1, 1) - at(i, j - 1, 1));
      const slopeX = (at(i + 1, j, 2) - at(i - 1, j, 2)) / dx;
      const slopeY = (at(i, j + 1, 2) - at(i, j - 1, 2)) / dy;
      const length = hypot(slopeX, slopeY, 1);
      normals.set([-slopeX / length, -slopeY / length, 1 / length], 3 * (j * columns + i));
    }
  }
  return normals;
}
