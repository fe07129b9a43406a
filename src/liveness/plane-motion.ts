import { NormalEquations } from './normal-equations.js';

/** Points in a plane, one x after one y. */
export type Points = Float64Array;

/** How a set of points moved from one view to another. */
export interface PlaneMotion {
  /**
   * What no plane's motion explains: the shift of a point per unit of depth, in rms radii. For a rigid head seen from
   * afar this is about the sine of the angle it turned by; for a flat picture it is 0, however it is moved.
   */
  readonly turn: { readonly x: number; readonly y: number };
  /** log of the ratio of the largest to the smallest scaling in the plane: 0 when nothing was foreshortened. */
  readonly stretch: number;
  /** What is left over at the points fitted, rms, in rms radii. */
  readonly residual: number;
  /** Where the motion takes a point of the first view that lies at the given depth. */
  project(x: number, y: number, depth: number): { readonly x: number; readonly y: number };
  /** Takes a small displacement in the second view back to the first view's scale and shape. */
  pullBack(dx: number, dy: number): { readonly x: number; readonly y: number };
}

const UNKNOWNS = 10;

/**
 * Fits plane plus parallax: a homography, which explains any motion of a flat picture in perspective, and beside it a
 * common shift in proportion to each point's depth, which only a solid face can show (Irani and Anandan, "Parallax
 * geometry of pairs of points for 3D scene analysis", 1996). Linear least squares in ten unknowns.
 */
export class PlaneMotionFit {
  private readonly equations = new NormalEquations(UNKNOWNS);
  private readonly row = new Float64Array(UNKNOWNS);

  /**
   * @param from points of the first view, centred, scaled to an rms radius of 1
   * @param to the same points in the second view, centred and scaled likewise
   * @param depths of the points, in rms radii
   * @returns undefined when the points do not determine a motion
   */
  fit(from: Points, to: Points, depths: Float64Array): PlaneMotion | undefined {
    const { equations, row } = this;
    equations.reset();
    for (let i = 0; i < depths.length; i++) {
      const [x, y, u, v] = [from[2 * i]!, from[2 * i + 1]!, to[2 * i]!, to[2 * i + 1]!];
      row.fill(0);
      row[0] = x;
      row[1] = y;
      row[2] = 1;
      row[6] = -x * u;
      row[7] = -y * u;
      row[8] = depths[i]!;
      equations.add(row, u);
      row.fill(0);
      row[3] = x;
      row[4] = y;
      row[5] = 1;
      row[6] = -x * v;
      row[7] = -y * v;
      row[9] = depths[i]!;
      equations.add(row, v);
    }
    const solution = equations.solve();
    return solution === undefined ? undefined : describe(solution, from, to, depths);
  }
}

function describe(s: Float64Array, from: Points, to: Points, depths: Float64Array): PlaneMotion | undefined {
  const [a, b, c, d, e, f, g, h, tx, ty] = s as unknown as [
    number,
    number,
    number,
    number,
    number,
    number,
    number,
    number,
    number,
    number,
  ];
  const determinant = a * e - b * d;
  if (!(determinant > 0)) {
    return undefined;
  }
  const project = (x: number, y: number, depth: number) => {
    const w = 1 + g * x + h * y;
    return { x: (a * x + b * y + c + tx * depth) / w, y: (d * x + e * y + f + ty * depth) / w };
  };
  let squares = 0;
  for (let i = 0; i < depths.length; i++) {
    const expected = project(from[2 * i]!, from[2 * i + 1]!, depths[i]!);
    squares += (to[2 * i]! - expected.x) ** 2 + (to[2 * i + 1]! - expected.y) ** 2;
  }
  // Singular values of ((a, b), (d, e)): their product is the determinant, their squares' sum the Frobenius norm.
  const frobenius = a * a + b * b + d * d + e * e;
  const ratio = frobenius / (2 * determinant);
  return {
    turn: { x: tx, y: ty },
    stretch: Math.log(ratio + Math.sqrt(Math.max(0, ratio * ratio - 1))),
    residual: Math.sqrt(squares / depths.length),
    project,
    pullBack: (dx, dy) => ({ x: (e * dx - b * dy) / determinant, y: (a * dy - d * dx) / determinant }),
  };
}
