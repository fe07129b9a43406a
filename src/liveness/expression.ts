import { Extent } from './extent.js';
import type { FaceMotion, FaceShape } from './face-motion.js';

/**
 * How far a part of the face must move (rms radii of the face) to count as expression: above what moved photos
 * showed in evaluation, where the mesh network's wavering moves the mouth of a picture too (docs/liveness.md).
 */
export const EXPRESSION_NEEDED: FaceShape = { mouthGap: 0.2, mouthWidth: 0.2, mouthCurve: 0.12, brows: 0.13 };

const PARTS = Object.keys(EXPRESSION_NEEDED) as (keyof FaceShape)[];
const MAXIMUM_RESIDUAL = 0.05;

/** Non-rigid motion of mouth and brows: speech, a smile, surprise. */
export class ExpressionDetector {
  private readonly extent = new Extent(PARTS.length);
  private readonly largest: number[] = PARTS.map(() => 0);

  /** Takes the next frame's motion; that of a face that does not hold still proves nothing. */
  observe(motion: FaceMotion, steady: boolean): void {
    if (motion.restarted) {
      this.extent.restart();
    }
    if (!steady || motion.residual > MAXIMUM_RESIDUAL) {
      return;
    }
    this.extent.observe(
      motion.at,
      PARTS.map((part) => motion.shape[part]),
    );
    this.extent.ranges.forEach((range, i) => (this.largest[i] = Math.max(this.largest[i]!, range)));
  }

  /** The largest motion of any part, as a share of what is needed. */
  get strength(): number {
    return Math.max(...PARTS.map((part, i) => this.largest[i]! / EXPRESSION_NEEDED[part]));
  }

  get seen(): boolean {
    return this.strength >= 1;
  }
}
