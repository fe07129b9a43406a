import { Extent } from './extent.js';
import type { FaceMotion, FaceShape } from './face-motion.js';

/**
 * How far a part of the face must move (rms radii of the face) to count as expression: a quarter more than moved
 * photos showed in evaluation, where the mesh network's wavering moves the mouth of a picture too (docs/liveness.md).
 */
export const EXPRESSION_NEEDED: FaceShape = { mouthGap: 0.185, mouthWidth: 0.185, mouthCurve: 0.11, brows: 0.12 };
/** Whoever speaks or smiles moves several parts together; a wavering mesh seldom bends more than one. */
const PARTS_NEEDED = 2;

const PARTS = Object.keys(EXPRESSION_NEEDED) as (keyof FaceShape)[];
const MAXIMUM_RESIDUAL = 0.05;

/** Non-rigid motion of mouth and brows: speech, a smile, surprise. */
export class ExpressionDetector {
  private readonly extent = new Extent(PARTS.length);
  private largest = 0;

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
    const shares = this.extent.ranges.map((range, i) => range / EXPRESSION_NEEDED[PARTS[i]!]).sort((a, b) => b - a);
    this.largest = Math.max(this.largest, shares[PARTS_NEEDED - 1]!);
  }

  /** How far enough parts have moved together at most, as a share of what is needed. */
  get strength(): number {
    return this.largest;
  }

  get seen(): boolean {
    return this.strength >= 1;
  }
}
