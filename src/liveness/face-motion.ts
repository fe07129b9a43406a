import { compareViews, RIGID } from './face-view.js';
import { MOBILE_LANDMARKS } from './landmarks.js';
import type { Points } from './plane-motion.js';

/** How a face differs from the reference view of it, with what a plane's motion explains taken out. */
export interface FaceMotion {
  readonly at: number;
  /** Apparent turn out of the picture's plane since the reference view: about the sine of the angle. */
  readonly turn: { readonly x: number; readonly y: number };
  /** Foreshortening since the reference view, log of a ratio. */
  readonly stretch: number;
  /** How badly plane and depth together explain the landmarks, in rms radii of the face. */
  readonly residual: number;
  /** Changes of the face's shape since the reference view, in rms radii. */
  readonly shape: FaceShape;
  /** The reference view changed: what came before cannot be compared. */
  readonly restarted: boolean;
}

/** What moves in a living face beside its eyelids, relative to the reference view. */
export interface FaceShape {
  /** Distance of the lips. */
  readonly mouthGap: number;
  readonly mouthWidth: number;
  /** How far the corners of the mouth hang below its middle. */
  readonly mouthCurve: number;
  /** How far the brows hang down. */
  readonly brows: number;
}

/**
 * A view foreshortened by more than this against the reference (log; a tilt of some 25°) becomes the new reference:
 * shown a flat picture at a stronger slant, the mesh network begins to invent a turned head.
 */
const MAXIMUM_STRETCH = 0.1;
/** After a longer hole in the track another thing may be before the camera. */
const LONGEST_GAP = 700;
/** A head does not turn faster (sine per second); an exchanged picture does. */
const FASTEST_TURN = 4;

/** Compares each mesh of a track with a reference view of the same face. Uses x and y of the landmarks alone. */
export class FaceMotionMeter {
  private reference: Points | undefined;
  private latest: FaceMotion | undefined;

  /** Takes the next frame's view of the face. */
  observe(at: number, view: Points): FaceMotion {
    const { latest } = this;
    if (latest !== undefined && at - latest.at > LONGEST_GAP) {
      this.reference = undefined;
    }
    const motion = this.compare(view, at);
    if (motion === undefined || motion.stretch > MAXIMUM_STRETCH || jumped(latest, motion)) {
      this.reference = view;
      this.latest = unmoved(at);
    } else {
      this.latest = motion;
    }
    return this.latest;
  }

  private compare(view: Points, at: number): FaceMotion | undefined {
    const { reference } = this;
    if (reference === undefined) {
      return undefined;
    }
    const motion = compareViews(reference, view);
    if (motion === undefined) {
      return undefined;
    }
    const moved = MOBILE_LANDMARKS.map(([, depth], i) => {
      const k = 2 * (RIGID + i);
      const expected = motion.project(reference[k]!, reference[k + 1]!, depth);
      return motion.pullBack(view[k]! - expected.x, view[k + 1]! - expected.y);
    });
    const [upperInner, lowerInner, rightCorner, leftCorner, upperOuter, lowerOuter, ...brows] = moved as [
      Shift,
      Shift,
      Shift,
      Shift,
      Shift,
      Shift,
      ...Shift[],
    ];
    const shape: FaceShape = {
      mouthGap: lowerInner.y - upperInner.y,
      mouthWidth: leftCorner.x - rightCorner.x,
      mouthCurve: (rightCorner.y + leftCorner.y - upperOuter.y - lowerOuter.y) / 2,
      brows: brows.reduce((sum, { y }) => sum + y, 0) / brows.length,
    };
    return { at, turn: motion.turn, stretch: motion.stretch, residual: motion.residual, shape, restarted: false };
  }
}

interface Shift {
  readonly x: number;
  readonly y: number;
}

function unmoved(at: number): FaceMotion {
  const shape = { mouthGap: 0, mouthWidth: 0, mouthCurve: 0, brows: 0 };
  return { at, turn: { x: 0, y: 0 }, stretch: 0, residual: 0, shape, restarted: true };
}

function jumped(before: FaceMotion | undefined, now: FaceMotion): boolean {
  if (before === undefined) {
    return false;
  }
  const step = Math.hypot(now.turn.x - before.turn.x, now.turn.y - before.turn.y);
  return step > (FASTEST_TURN * Math.max(20, now.at - before.at)) / 1000;
}
