import type { Box, Pose } from '../types.js';
import { compareViews } from './face-view.js';
import type { Points } from './plane-motion.js';

/**
 * What a face may do from one frame to the next while its eyelids are believed. In evaluation true blinks stayed
 * below half of nearly every one of these; the false closures of photos that were shaken or badly compressed did not.
 */
const LIMITS = {
  /** Face widths per second. */
  speed: 2.2,
  /** Change of size, log per second. */
  growth: 1.2,
  /** Radians per second. */
  roll: 1.8,
  /** Parallax between two frames (sine). */
  turn: 0.2,
  /** What neither plane nor depth explains between two frames, in rms radii: the mesh itself wavers. */
  residual: 0.035,
} as const;
/** Frames closer than this are compared as if this far apart, ms: pixels are not infinitely fine. */
const SHORTEST_INTERVAL = 66;
/** After a longer hole there is nothing to compare with. */
const LONGEST_GAP = 400;
/** Beyond this the far eye is hardly seen (rad). */
const MAXIMUM_YAW = 0.7;
const MAXIMUM_PITCH = 0.7;

interface Placed {
  readonly at: number;
  readonly view: Points;
  readonly box: Box;
  readonly pose: Pose;
}

/** Tells whether a face holds still and frontal enough for its eyelids to be judged. */
export class SteadinessGauge {
  private before: Placed | undefined;

  /** Takes the next frame; false when the face turned away, moved fast, or its mesh wavered since the last one. */
  observe(now: Placed): boolean {
    const { before } = this;
    this.before = now;
    if (Math.abs(now.pose.yaw) > MAXIMUM_YAW || Math.abs(now.pose.pitch) > MAXIMUM_PITCH) {
      return false;
    }
    if (before === undefined || now.at - before.at > LONGEST_GAP) {
      return true;
    }
    const seconds = Math.max(SHORTEST_INTERVAL, now.at - before.at) / 1000;
    const distance = Math.hypot(
      now.box.x + now.box.width / 2 - before.box.x - before.box.width / 2,
      now.box.y + now.box.height / 2 - before.box.y - before.box.height / 2,
    );
    const motion = compareViews(before.view, now.view);
    return (
      motion !== undefined &&
      distance / before.box.width / seconds <= LIMITS.speed &&
      Math.abs(Math.log(now.box.width / before.box.width)) / seconds <= LIMITS.growth &&
      Math.abs(angle(now.pose.roll - before.pose.roll)) / seconds <= LIMITS.roll &&
      Math.hypot(motion.turn.x, motion.turn.y) <= LIMITS.turn &&
      motion.residual <= LIMITS.residual
    );
  }
}

/** An angle's equal between −π and π. */
function angle(radians: number): number {
  return Math.atan2(Math.sin(radians), Math.cos(radians));
}
