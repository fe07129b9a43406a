import type { Blink } from '../../liveness/blink.js';
import { LivenessJudge } from '../../liveness/judge.js';
import { thinned, type ClipFrame } from './liveness-signals.js';
import type { BlinkLabels, FrameInterval } from './liveness-labels.js';

/** What a detector found in one labelled clip. */
export interface BlinkScore {
  readonly found: number;
  readonly missed: readonly FrameInterval[];
  /** As frames of the whole clip. */
  readonly wrong: readonly FrameInterval[];
  readonly minutes: number;
}

type Span = Pick<Blink, 'start' | 'end'>;

/** A way to find blinks in a clip's frames, which may have been thinned. */
export type BlinkFinder = (frames: readonly ClipFrame[]) => Span[];

/** A blink and its label belong together when they lie no further apart than this, ms. */
const TOLERANCE_MS = 120;

/** Our own detector, fed frame by frame as the plugin does. */
export const judgeBlinks: BlinkFinder = (frames) => {
  const judge = new LivenessJudge();
  return frames.flatMap(({ face }) => (face && judge.observe(face)) ?? []);
};

/** The recipe of the tutorials: eye aspect ratio below a fixed threshold for some consecutive frames. */
export function fixedThreshold(threshold: number, consecutive: number): BlinkFinder {
  return (frames) => {
    const blinks: Span[] = [];
    let closed: number[] = [];
    for (const { at, face } of frames) {
      if (face !== undefined && (face.eyes.left + face.eyes.right) / 2 < threshold) {
        closed.push(at);
        continue;
      }
      if (closed.length >= consecutive) {
        blinks.push({ start: closed[0]!, end: closed.at(-1)! });
      }
      closed = [];
    }
    return blinks;
  };
}

/** Compares what a detector finds with the labels, at a frame rate (undefined: every frame). */
export function scoreBlinks(
  clip: { readonly frames: readonly ClipFrame[]; readonly blinks: BlinkLabels },
  find: BlinkFinder,
  fps?: number,
  phase = 0,
): BlinkScore {
  const { frames, blinks } = clip;
  const time = (frame: number): number => frames[Math.min(frame, frames.length - 1)]?.at ?? 0;
  const meets = (span: Span, [first, last]: FrameInterval): boolean =>
    span.start <= time(last) + TOLERANCE_MS && span.end >= time(first) - TOLERANCE_MS;
  const unfound = new Set(blinks.full);
  const wrong: FrameInterval[] = [];
  for (const span of find(thinned(frames, fps, phase))) {
    const matched = [...unfound].find((label) => meets(span, label));
    if (matched !== undefined) {
      unfound.delete(matched);
    } else if (![...blinks.full, ...blinks.soft].some((label) => meets(span, label))) {
      wrong.push([nearestFrame(frames, span.start), nearestFrame(frames, span.end)]);
    }
  }
  const minutes = frames.length < 2 ? 0 : (time(frames.length - 1) - time(0)) / 60_000;
  return { found: blinks.full.length - unfound.size, missed: [...unfound], wrong, minutes };
}

function nearestFrame(frames: readonly ClipFrame[], at: number): number {
  const after = frames.findIndex((frame) => frame.at >= at);
  return after < 0 ? frames.length - 1 : after;
}

/** Recall, precision and false blinks a minute over several clips; undefined where there is nothing to divide by. */
export interface BlinkRates {
  readonly recall?: number;
  readonly precision?: number;
  readonly falsePerMinute?: number;
}

export function blinkRates(scores: readonly BlinkScore[]): BlinkRates {
  const sum = (value: (score: BlinkScore) => number): number => scores.reduce((total, s) => total + value(s), 0);
  const found = sum((s) => s.found);
  const missed = sum((s) => s.missed.length);
  const wrong = sum((s) => s.wrong.length);
  const minutes = sum((s) => s.minutes);
  return {
    ...(found + missed > 0 && { recall: found / (found + missed) }),
    ...(found + wrong > 0 && { precision: found / (found + wrong) }),
    ...(minutes > 0 && { falsePerMinute: wrong / minutes }),
  };
}
