import type { EyeOpenness, Pose } from '../../types.js';
import { CHIN, FOREHEAD, LEFT_CHEEK, LEFT_EYE, meshPoint, RIGHT_CHEEK, RIGHT_EYE, type Mesh } from './landmarks.js';

/** The line from chin to forehead leans this much in a face that looks straight ahead (measured on LFW, median). */
const REST_PITCH = 0;

/** Head pose from the mesh's depth: the lines from cheek to cheek and from chin to forehead. */
export function poseOf(mesh: Mesh): Pose {
  const [right, left] = [meshPoint(mesh, RIGHT_EYE.outer), meshPoint(mesh, LEFT_EYE.outer)];
  const roll = Math.atan2(left.y - right.y, left.x - right.x);
  const [cos, sin] = [Math.cos(roll), Math.sin(roll)];
  const along = (from: number, to: number): { across: number; down: number; away: number } => {
    const [dx, dy] = [mesh[3 * to]! - mesh[3 * from]!, mesh[3 * to + 1]! - mesh[3 * from + 1]!];
    return { across: cos * dx + sin * dy, down: cos * dy - sin * dx, away: mesh[3 * to + 2]! - mesh[3 * from + 2]! };
  };
  const cheeks = along(RIGHT_CHEEK, LEFT_CHEEK);
  const profile = along(CHIN, FOREHEAD);
  return {
    yaw: Math.atan2(cheeks.away, cheeks.across),
    pitch: Math.atan2(profile.away, -profile.down) - REST_PITCH,
    roll,
  };
}

type Eye = typeof RIGHT_EYE | typeof LEFT_EYE;

/** Pairs of points on the upper and lower lid, facing each other: a quarter, half and three quarters of the way. */
const LID_PAIRS: readonly (readonly [number, number])[] = [
  [2, 3],
  [3, 4],
  [4, 5],
];

function openness(mesh: Mesh, eye: Eye): number {
  const distance = (a: number, b: number): number =>
    Math.hypot(mesh[3 * a]! - mesh[3 * b]!, mesh[3 * a + 1]! - mesh[3 * b + 1]!);
  const lids = LID_PAIRS.map(([upper, lower]) => distance(eye.upper[upper]!, eye.lower[lower]!));
  const width = distance(eye.outer, eye.inner);
  return lids.reduce((sum, lid) => sum + lid, 0) / lids.length / width;
}

/** Each eye's aspect ratio (Soukupová and Čech 2016): mean distance of the lids over the distance of the corners. */
export function eyesOf(mesh: Mesh): EyeOpenness {
  return { left: openness(mesh, LEFT_EYE), right: openness(mesh, RIGHT_EYE) };
}
