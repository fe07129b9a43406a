import { Extent } from './extent.js';
import type { FaceMotion } from './face-motion.js';

/** Directions over half a turn in which the head's turning is measured. */
const DIRECTIONS = Array.from({ length: 8 }, (_, k) => [Math.cos((k * Math.PI) / 8), Math.sin((k * Math.PI) / 8)]);

/**
 * A head must turn through this much (sine; some 24°) before its depth counts as seen: a sixth more than any flat
 * picture made the mesh network invent, however shaken, slanted or bent it was: see docs/liveness.md.
 */
export const PARALLAX_NEEDED = 0.4;
/** What it takes (some 30°) for a face that was once seen slanted like a sheet. */
export const PARALLAX_NEEDED_OF_SUSPECT = 0.5;
/** Landmarks that neither plane nor face depth explain better than this (rms radii) say nothing. */
const MAXIMUM_RESIDUAL = 0.05;

/** Whether the landmarks' motion over time needs depth: the sign that a solid head has turned. */
export class ParallaxDetector {
  private readonly extent = new Extent(DIRECTIONS.length);
  private largest = 0;

  /** Takes the next frame's motion; that of a face that does not hold still proves nothing. */
  observe(motion: FaceMotion, steady: boolean): void {
    if (motion.restarted) {
      this.extent.restart();
    }
    if (!steady || motion.residual > MAXIMUM_RESIDUAL) {
      return;
    }
    const { x, y } = motion.turn;
    this.extent.observe(
      motion.at,
      DIRECTIONS.map(([cos, sin]) => cos! * x + sin! * y),
    );
    this.largest = Math.max(this.largest, ...this.extent.ranges);
  }

  /** The largest turn seen, as the sine of an angle (about). */
  get turn(): number {
    return this.largest;
  }

  /** @param suspect whether the face was ever seen slanted like a sheet */
  seen(suspect = false): boolean {
    return this.largest >= (suspect ? PARALLAX_NEEDED_OF_SUSPECT : PARALLAX_NEEDED);
  }
}
