import { LivenessJudge } from '../../src/liveness/judge.js';
import { lidAt, sampleOf } from '../../test/liveness/synthetic-face.js';

/** What liveness adds to the work on one face in one frame, in ms. */
export interface LivenessFigures {
  readonly observeMedian: number;
  readonly observe95: number;
  readonly verdictMedian: number;
}

const FRAME_RATE = 15;

/** Times the judge on an invented visitor who turns, speaks and blinks; the first second warms up. */
export function livenessFigures(seconds = 20): LivenessFigures {
  const judge = new LivenessJudge();
  const observed: number[] = [];
  const judged: number[] = [];
  for (let n = 0; n < seconds * FRAME_RATE; n++) {
    const at = (n * 1000) / FRAME_RATE;
    const lid = lidAt((at % 4000) - 2000);
    const yaw = 0.4 * Math.sin(at / 900);
    const sample = sampleOf('head', { at, yaw, mouth: 0.2 * Math.sin(at / 200), eyes: [lid, lid] });
    const started = performance.now();
    judge.observe(sample);
    const between = performance.now();
    judge.verdict(at);
    if (n >= FRAME_RATE) {
      observed.push(between - started);
      judged.push(performance.now() - between);
    }
  }
  return { observeMedian: at(observed, 0.5), observe95: at(observed, 0.95), verdictMedian: at(judged, 0.5) };
}

function at(values: readonly number[], share: number): number {
  return [...values].sort((a, b) => a - b)[Math.floor(share * (values.length - 1))] ?? NaN;
}
