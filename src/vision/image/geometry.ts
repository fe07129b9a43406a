import type { Point } from '../../types.js';

/**
 * A plane transform without shear: (u, v) → (a·u − b·v + x, b·u + a·v + y). Rotation, uniform scale, translation.
 * Pixel centres have whole coordinates.
 */
export interface Similarity {
  readonly a: number;
  readonly b: number;
  readonly x: number;
  readonly y: number;
}

export function transform({ a, b, x, y }: Similarity, point: Point): Point {
  return { x: a * point.x - b * point.y + x, y: b * point.x + a * point.y + y };
}

export function invert({ a, b, x, y }: Similarity): Similarity {
  const square = a * a + b * b;
  return { a: a / square, b: -b / square, x: -(a * x + b * y) / square, y: (b * x - a * y) / square };
}

export function scaleOf({ a, b }: Similarity): number {
  return Math.hypot(a, b);
}

/**
 * The similarity that takes `from` to `to` with the least squared error (Umeyama 1991, in the plane, without
 * reflection).
 */
export function fitSimilarity(from: readonly Point[], to: readonly Point[]): Similarity {
  const mean = (points: readonly Point[], axis: 'x' | 'y'): number =>
    points.reduce((sum, point) => sum + point[axis], 0) / points.length;
  const [fromX, fromY, toX, toY] = [mean(from, 'x'), mean(from, 'y'), mean(to, 'x'), mean(to, 'y')];
  let [dot, cross, square] = [0, 0, 0];
  from.forEach((source, i) => {
    const [u, v] = [source.x - fromX, source.y - fromY];
    const [p, q] = [to[i]!.x - toX, to[i]!.y - toY];
    dot += u * p + v * q;
    cross += u * q - v * p;
    square += u * u + v * v;
  });
  const [a, b] = [dot / square, cross / square];
  return { a, b, x: toX - a * fromX + b * fromY, y: toY - b * fromX - a * fromY };
}

/** From the pixels of a size × size crop to the frame: the crop's centre, side and rotation in the frame. */
export function cropTransform(center: Point, side: number, angle: number, size: number): Similarity {
  const scale = side / size;
  const [a, b] = [scale * Math.cos(angle), scale * Math.sin(angle)];
  const middle = (size - 1) / 2;
  return { a, b, x: center.x - a * middle + b * middle, y: center.y - b * middle - a * middle };
}
