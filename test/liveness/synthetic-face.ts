import { MOBILE_LANDMARKS, RIGID_LANDMARKS } from '../../src/liveness/landmarks.js';
import type { LivenessSample } from '../../src/liveness/judge.js';

/** Where the landmarks of an invented face lie, seen from the front: x to the right, y down, z away, in rms radii. */
const SHAPE = new Map<number, readonly [number, number, number]>();
{
  // Points spread over an oval by the golden angle; the outer eye corners and the mouth where a face has them.
  const placed: Record<number, readonly [number, number]> = {
    33: [-0.88, -0.1],
    263: [0.88, -0.1],
    13: [0, 1.2],
    14: [0, 1.25],
    61: [-0.5, 1.22],
    291: [0.5, 1.22],
    0: [0, 1.1],
    17: [0, 1.4],
  };
  [...RIGID_LANDMARKS, ...MOBILE_LANDMARKS].forEach(([index, depth], i, all) => {
    const radius = 1.3 * Math.sqrt((i + 0.5) / all.length);
    const [x, y] = placed[index] ?? [radius * Math.cos(2.39996 * i), 1.2 * radius * Math.sin(2.39996 * i)];
    SHAPE.set(index, [x, y, depth]);
  });
}

/** How an invented face is shown in one frame; angles in radians, lengths in px. */
export interface FaceState {
  readonly at: number;
  readonly yaw?: number;
  readonly pitch?: number;
  readonly roll?: number;
  readonly x?: number;
  readonly y?: number;
  /** Size: px per rms radius of the face. */
  readonly size?: number;
  /** 1 as usual, 0 shut; each eye. */
  readonly eyes?: readonly [left: number, right: number];
  /** How far the lips are apart more than usual, rms radii. */
  readonly mouth?: number;
  /** The share of a head's depth that the mesh network makes up for a picture. */
  readonly relief?: number;
  /** Random displacement of every landmark, px, uniform to both sides. */
  readonly jitter?: number;
  readonly random?: () => number;
}

/** Distance of the camera in rms radii: so that flat pictures show perspective. */
const CAMERA = 12;
const USUAL_EYE = 0.32;

/** A sample of a solid head, or of a flat picture of it, that was turned, moved and scaled as the state says. */
export function sampleOf(kind: 'head' | 'picture', state: FaceState): LivenessSample {
  const { at, yaw = 0, pitch = 0, roll = 0, x = 320, y = 240, size = 80, mouth = 0, relief = 0, jitter = 0 } = state;
  const random = state.random ?? (() => 0.5);
  const mesh = new Float32Array(468 * 3);
  for (const [index, [px, py0, depth]] of SHAPE) {
    const py = py0 + (index === 14 || index === 17 ? mouth : 0);
    const pz = kind === 'head' ? depth : relief * depth;
    const [rx, rz] = [px * Math.cos(yaw) + pz * Math.sin(yaw), pz * Math.cos(yaw) - px * Math.sin(yaw)];
    const [ry, qz] = [py * Math.cos(pitch) + rz * Math.sin(pitch), rz * Math.cos(pitch) - py * Math.sin(pitch)];
    // A head is small against its distance and solid; a sheet is held near, where perspective shows.
    const scale = (size * CAMERA) / (CAMERA + qz);
    const [u, v] = [rx * scale, ry * scale];
    mesh[3 * index] = x + u * Math.cos(roll) - v * Math.sin(roll) + jitter * (2 * random() - 1);
    mesh[3 * index + 1] = y + u * Math.sin(roll) + v * Math.cos(roll) + jitter * (2 * random() - 1);
  }
  const [left, right] = state.eyes ?? [1, 1];
  return {
    timestamp: at,
    mesh,
    eyes: { left: USUAL_EYE * left, right: USUAL_EYE * right },
    // The network takes a slanted picture for a turned head.
    pose: { yaw, pitch, roll },
    box: { x: x - 1.3 * size, y: y - 1.5 * size, width: 2.6 * size, height: 3.5 * size },
    meshConfidence: 0.98,
  };
}

/** How open eyes are at a time after a blink began: shut over 80 ms, closed for 60, open again after 150 more. */
export function lidAt(sinceBlink: number): number {
  if (sinceBlink <= 0 || sinceBlink >= 290) return 1;
  if (sinceBlink < 80) return 1 - (0.85 * sinceBlink) / 80;
  if (sinceBlink < 140) return 0.15;
  return 0.15 + (0.85 * (sinceBlink - 140)) / 150;
}
