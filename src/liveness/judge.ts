import type { FaceObservation, LivenessVerdict } from '../types.js';
import { BlinkDetector, MINIMUM_FRAME_RATE, type Blink, type BlinkOptions } from './blink.js';
import { ExpressionDetector } from './expression.js';
import { FaceMotionMeter } from './face-motion.js';
import { uprightView } from './face-view.js';
import { FlatnessDetector } from './flatness.js';
import { fuse } from './fusion.js';
import { ParallaxDetector } from './parallax.js';
import { SteadinessGauge } from './steadiness.js';

/** What liveness needs to know of a face in one frame: part of what vision reports of it. */
export type LivenessSample = Pick<FaceObservation, 'timestamp' | 'mesh' | 'eyes' | 'pose' | 'box' | 'meshConfidence'>;

export interface LivenessOptions {
  readonly blink?: Partial<BlinkOptions>;
}

/** A mesh less sure than this is not looked at. */
const MINIMUM_CONFIDENCE = 0.7;

/**
 * Judges whether the face of one track is alive: one judge per track, fed with every observation in the order of
 * time. Signs once seen stay seen. Memory is bounded; a frame costs a fraction of a millisecond.
 */
export class LivenessJudge {
  private readonly blinkDetector: BlinkDetector;
  private readonly steadiness = new SteadinessGauge();
  private readonly meter = new FaceMotionMeter();
  private readonly parallax = new ParallaxDetector();
  private readonly expression = new ExpressionDetector();
  private readonly flatness = new FlatnessDetector();
  private blinks = 0;
  private firstAt: number | undefined;
  private lastAt = -Infinity;

  constructor(options: LivenessOptions = {}) {
    this.blinkDetector = new BlinkDetector(options.blink);
  }

  /** Takes the face's next frame; samples that do not come in the order of time are ignored. */
  observe(sample: LivenessSample): Blink | undefined {
    const { timestamp, mesh, eyes, pose, box, meshConfidence } = sample;
    if (!(meshConfidence >= MINIMUM_CONFIDENCE) || !(timestamp > this.lastAt)) {
      return undefined;
    }
    const view = uprightView(mesh);
    if (view === undefined) {
      return undefined;
    }
    this.firstAt ??= timestamp;
    this.lastAt = timestamp;
    const steady = this.steadiness.observe({ at: timestamp, view, box, pose });
    const motion = this.meter.observe(timestamp, view);
    this.parallax.observe(motion, steady);
    this.expression.observe(motion, steady);
    this.flatness.observe(timestamp, view, pose);
    const blink = this.blinkDetector.observe({ at: timestamp, left: eyes.left, right: eyes.right, steady });
    if (blink !== undefined) {
      this.blinks++;
    }
    return blink;
  }

  /** What is known at a moment (ms, as the samples' timestamps). */
  verdict(at: number): LivenessVerdict {
    return fuse({
      blinks: this.blinks,
      frameRate: this.blinkDetector.frameRate,
      frameRateNeeded: MINIMUM_FRAME_RATE,
      parallax: this.parallax.seen(this.flatness.suspected),
      turn: this.parallax.turn,
      expression: this.expression.seen,
      suspected: this.flatness.suspected,
      flat: this.flatness.seen,
      watched: this.firstAt === undefined ? undefined : Math.max(0, at - this.firstAt),
    });
  }
}
