import { MOBILE_LANDMARKS, OUTER_EYE_CORNERS, RIGID_LANDMARKS } from './landmarks.js';
import { PlaneMotionFit, type PlaneMotion, type Points } from './plane-motion.js';

/** How many of a view's points are rigid; they come first, those that move in a living face after them. */
export const RIGID = RIGID_LANDMARKS.length;
const INDICES = [...RIGID_LANDMARKS, ...MOBILE_LANDMARKS].map(([index]) => index);
const RIGID_DEPTHS = Float64Array.from(RIGID_LANDMARKS, ([, depth]) => depth);
const solver = new PlaneMotionFit();

/** How the rigid landmarks moved from one upright view to another. */
export function compareViews(from: Points, to: Points): PlaneMotion | undefined {
  return solver.fit(from.subarray(0, 2 * RIGID), to.subarray(0, 2 * RIGID), RIGID_DEPTHS);
}

/** The landmarks turned upright, centred on the rigid ones and scaled to their rms radius; undefined if degenerate. */
export function uprightView(mesh: ArrayLike<number>): Points | undefined {
  const [right, left] = OUTER_EYE_CORNERS;
  const [dx, dy] = [mesh[3 * left]! - mesh[3 * right]!, mesh[3 * left + 1]! - mesh[3 * right + 1]!];
  const span = Math.hypot(dx, dy);
  const view = new Float64Array(2 * INDICES.length);
  let [meanX, meanY] = [0, 0];
  INDICES.forEach((index, i) => {
    const [x, y] = [mesh[3 * index]!, mesh[3 * index + 1]!];
    view[2 * i] = (dx * x + dy * y) / span;
    view[2 * i + 1] = (dx * y - dy * x) / span;
    if (i < RIGID) {
      meanX += view[2 * i]! / RIGID;
      meanY += view[2 * i + 1]! / RIGID;
    }
  });
  let squares = 0;
  for (let i = 0; i < RIGID; i++) {
    squares += (view[2 * i]! - meanX) ** 2 + (view[2 * i + 1]! - meanY) ** 2;
  }
  const radius = Math.sqrt(squares / RIGID);
  if (!(radius > 0) || !Number.isFinite(radius)) {
    return undefined;
  }
  for (let i = 0; i < INDICES.length; i++) {
    view[2 * i] = (view[2 * i]! - meanX) / radius;
    view[2 * i + 1] = (view[2 * i + 1]! - meanY) / radius;
  }
  return view;
}
