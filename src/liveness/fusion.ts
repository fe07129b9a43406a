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
  /** The face was slanted like a sheet for a moment … */
  readonly suspected: boolean;
  /** … or more than once: it is flat. */
  readonly flat: boolean;
  /** How long the face was watched, ms; undefined when no frame of it was fit to be. */
  readonly watched: number | undefined;
}

/** Log odds: how much rarer each sign of life is on a picture than on a face; flatness against. */
const WEIGHTS = { blink: 2.5, parallax: 3, expression: 2.5, suspected: -2, flat: -4 } as const;

/**
 * One verdict from all signs. One sign of life is enough for *live*, two if the face ever looked flat. Who shows too few
 * is *undecided*, not *spoof*, for many people stand still for seconds; only what was seen to be flat is *spoof*.
 */
export function fuse(evidence: Evidence): LivenessVerdict {
  const signs = { blink: evidence.blinks > 0, parallax: evidence.parallax, expression: evidence.expression };
  const count = Object.values(signs).filter(Boolean).length;
  const enough = count >= (evidence.suspected || evidence.flat ? 2 : 1);
  const state: LivenessState = enough ? 'live' : evidence.flat ? 'spoof' : 'undecided';
  const odds =
    (signs.blink ? WEIGHTS.blink : 0) +
    (signs.parallax ? WEIGHTS.parallax : 0) +
    (signs.expression ? WEIGHTS.expression : 0) +
    (evidence.flat ? WEIGHTS.flat : evidence.suspected ? WEIGHTS.suspected : 0);
  return { state, score: 1 / (1 + Math.exp(-odds)), blinks: evidence.blinks, signs, reasons: reasonsOf(evidence) };
}

function reasonsOf(evidence: Evidence): string[] {
  const { blinks, frameRate, frameRateNeeded, watched } = evidence;
  if (watched === undefined) {
    return ['the face was never near and clear enough to see life in it'];
  }
  const reasons: string[] = [];
  if (blinks > 0) {
    reasons.push(blinks === 1 ? 'blinked once' : `blinked ${blinks} times`);
  } else if (frameRate !== undefined && frameRate < frameRateNeeded) {
    reasons.push(`${frameRate.toFixed(0)} fps is too slow to see a blink`);
  } else {
    reasons.push(`no blink in ${(watched / 1000).toFixed(1)} s`);
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
  if (evidence.suspected || evidence.flat) {
    reasons.push(evidence.flat ? 'slanted like a flat sheet' : 'looked like a flat sheet for a moment');
  }
  return reasons;
}
