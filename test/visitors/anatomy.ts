import type { Person } from './person.js';

// Looked up once: inside a test's sandbox every access to a global object is slow.
const { abs, ceil, max, min } = Math;

/**
 * The drawing plane: faces are drawn from the front on 512 × 640 px and draped over a head of the same measures.
 * The eyes of the average face are 102 px apart, its cheekbones 224 px.
 */
export const canvas = { width: 512, height: 640 } as const;
export const middle = 256;
const cheekHalf = 112;

/** Where the parts of this person's face are, px of the drawing. */
export interface Anatomy {
  readonly crown: number;
  readonly hairline: number;
  readonly brow: number;
  readonly eye: number;
  readonly noseTip: number;
  readonly noseBase: number;
  readonly mouth: number;
  readonly chin: number;
  readonly half: number;
  readonly eyeX: number;
  readonly eyeHalf: number;
  readonly noseHalf: number;
  readonly mouthHalf: number;
  /** The face's outline as a closed polygon, clockwise from the crown. */
  readonly outline: readonly (readonly [number, number])[];
}

export function anatomy({ face, eyes, nose, mouth, brows, hair }: Person): Anatomy {
  const half = cheekHalf * face.width;
  const eye = 296 + eyes.level;
  const below = face.length;
  const noseTip = eye + 64 * nose.length * (0.5 + 0.5 * below);
  const noseBase = noseTip + 13;
  const chin = eye + 178 * below;
  const mouthLevel = max(noseBase + 22, eye + 109 * below + mouth.level);
  return {
    crown: 122,
    hairline: 196 + hair.line,
    brow: eye - 31 * brows.height,
    eye,
    noseTip,
    noseBase,
    mouth: mouthLevel,
    chin,
    half,
    eyeX: 50 * eyes.gap * (0.5 + 0.5 * face.width),
    eyeHalf: 23 * eyes.width,
    noseHalf: 29 * nose.width,
    mouthHalf: 42 * mouth.width,
    outline: outlineOf(face, half, eye, chin),
  };
}

function outlineOf(face: Person['face'], half: number, eye: number, chin: number): [number, number][] {
  const chinHalf = min(62, 46 * face.chin);
  const right: [number, number][] = [
    [0, 122],
    [half * 0.5 * face.forehead, 134],
    [half * 0.83 * face.forehead, 172],
    [half * 0.97 * face.forehead, 230],
    [half * 0.985, eye - 14],
    [half * face.cheek, eye + 30],
    [half * 0.93 * (0.5 * face.cheek + 0.5 * face.jaw), eye + 84],
    [half * 0.79 * face.jaw, eye + (chin - eye) * 0.72],
    [max(chinHalf, half * 0.52 * face.jaw), eye + (chin - eye) * 0.9],
    [chinHalf * 0.55, chin - 3],
    [0, chin],
  ];
  const all = [
    ...right,
    ...right
      .slice(1, -1)
      .reverse()
      .map(([x, y]): [number, number] => [-x, y]),
  ];
  return closedSpline(all, 8).map(([x, y]) => [middle + x, y]);
}

/** A smooth closed curve through the points (Catmull-Rom), `steps` pieces between neighbours. */
function closedSpline(points: readonly [number, number][], steps: number): [number, number][] {
  const at = (i: number): [number, number] => points[(i + points.length) % points.length]!;
  return points.flatMap((_, i) => {
    const [a, b, c, d] = [at(i - 1), at(i), at(i + 1), at(i + 2)];
    return Array.from({ length: steps }, (__, k): [number, number] => {
      const t = k / steps;
      const along = (axis: 0 | 1): number =>
        0.5 *
        (2 * b[axis] +
          (c[axis] - a[axis]) * t +
          (2 * a[axis] - 5 * b[axis] + 4 * c[axis] - d[axis]) * t * t +
          (3 * b[axis] - a[axis] - 3 * c[axis] + d[axis]) * t * t * t);
      return [along(0), along(1)];
    });
  });
}

/** Half the face's width at each row of the drawing; 0 above and below it. */
export function halfWidths({ outline }: Anatomy): Float32Array {
  const widths = new Float32Array(canvas.height);
  outline.forEach(([x, y], i) => {
    const [x2, y2] = outline[(i + 1) % outline.length]!;
    for (let row = ceil(min(y, y2)); row <= max(y, y2); row++) {
      const share = y2 === y ? 0 : (row - y) / (y2 - y);
      if (row >= 0 && row < widths.length) {
        widths[row] = max(widths[row]!, abs(x + (x2 - x) * share - middle));
      }
    }
  });
  return widths;
}

export const pathOf = (points: readonly (readonly [number, number])[]): string =>
  `M${points.map(([x, y]) => `${x.toFixed(1)},${y.toFixed(1)}`).join('L')}Z`;
