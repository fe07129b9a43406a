import type { LivenessState, LivenessVerdict } from '../types.js';

/** What was found out about one face so far. */
export interface Evidence {
  readonly blinks: number;
  /** Frames a second; undefined before enough frames came. */
  readonly frameRate: number | undefined;
  /** The slowest frame rate at which blinks can be judged. */
  readonly frameRateNeeded: number;
  readonly parallax: boolean;
  /** The largest turn seen, sine of the angle. */
  readonly turn: number;
  readonly expression: boolean;
  /** The face was slanted like a sheet. */
  readonly flat: boolean;
  /** How long the face was watched, ms. */
  readonly watched: number;
}

/** Signs of life in hundredths of log odds: how much rarer each is on a picture than on a face; flatness against. */
const WEIGHTS = { blink: 2.5, parallax: 3, expression: 2.5, flat: -4 } as const;

/**
 * One verdict from all signs. One sign of life is enough for *live* unless the face was also seen to be flat, which
 * takes two to outweigh. No sign is *undecided*, not *spoof*: many people stand still for seconds.
 */
export function fuse(evidence: Evidence): LivenessVerdict {
  const signs = { blink: evidence.blinks > 0, parallax: evidence.parallax, expression: evidence.expression };
  const count = Object.values(signs).filter(Boolean).length;
  const state: LivenessState = evidence.flat && count < 2 ? 'spoof' : count > 0 ? 'live' : 'undecided';
  const odds =
    (signs.blink ? WEIGHTS.blink : 0) +
    (signs.parallax ? WEIGHTS.parallax : 0) +
    (signs.expression ? WEIGHTS.expression : 0) +
    (evidence.flat ? WEIGHTS.flat : 0);
  return { state, score: 1 / (1 + Math.exp(-odds)), blinks: evidence.blinks, signs, reasons: reasonsOf(evidence) };
}

function reasonsOf(evidence: Evidence): string[] {
  const { blinks, frameRate, frameRateNeeded } = evidence;
  const reasons: string[] = [];
  if (blinks > 0) {
    reasons.push(blinks === 1 ? 'blinked once' : `blinked ${blinks} times`);
  } else if (frameRate !== undefined && frameRate < frameRateNeeded) {
    reasons.push(`${frameRate.toFixed(0)} fps is too slow to see a blink`);
  } else {
    reasons.push(`no blink in ${(evidence.watched / 1000).toFixed(1)} s`);
  }
  const degrees = Math.round((Math.asin(Math.min(1, evidence.turn)) * 180) / Math.PI);
  if (evidence.parallax) {
    reasons.push(`turned the head by ${degrees}° and showed its depth`);
  } else {
    reasons.push(`turned by ${degrees}° only, too little to show depth`);
  }
  if (evidence.expression) {
    reasons.push('moved mouth or brows');
  }
  if (evidence.flat) {
    reasons.push('slanted like a flat sheet');
  }
  return reasons;
}
