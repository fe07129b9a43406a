import type { LivenessState } from '../../types.js';
import type { LabelledClip } from './liveness-labels.js';
import { thinned, type ClipFrame } from './liveness-signals.js';
import { judgeClip, stateShares } from './liveness-verdicts.js';

export interface SeenClip extends LabelledClip {
  readonly frames: readonly ClipFrame[];
}

/** Living visitors who stay for so long: how they are judged when they leave. */
export interface StayRow {
  readonly seconds: number;
  readonly fps: number;
  /** Stays cut from the clips, one beginning every second, and how many clips were long enough for one. */
  readonly visits: number;
  readonly clips: number;
  readonly shares: Readonly<Record<LivenessState, number>>;
}

/** Visits with a blink: how many were live soon after it. */
export interface BlinkVisitRow {
  readonly fps?: number;
  readonly visits: number;
  readonly live: number;
}

const STEP_MS = 1000;
/** A visit begins so long before its blink at most, ms. */
const LEAD_MS = 2000;
/** A visitor is to be live so long after the end of a blink, ms. */
const SOON_MS = 1000;

/** Cuts every stay of this length from the clips and judges it. */
export function judgeStays(clips: readonly SeenClip[], seconds: number, fps: number): StayRow {
  const perClip = clips.map(({ name, frames }) => {
    const [start, end] = [frames[0]?.at ?? 0, frames.at(-1)?.at ?? 0];
    const count = Math.floor((end - start - 1000 * seconds) / STEP_MS) + 1;
    return Array.from({ length: Math.max(0, count) }, (_, i) =>
      judgeClip(name, thinned(between(frames, start + i * STEP_MS, start + i * STEP_MS + 1000 * seconds), fps)),
    );
  });
  return {
    seconds,
    fps,
    visits: perClip.flat().length,
    clips: perClip.filter(({ length }) => length > 0).length,
    shares: stateShares(perClip.flat()),
  };
}

/**
 * Every labelled full blink as one visit, which begins two seconds before it (or with the clip): is it live at the latest
 * a second after the blink's end?
 */
export function judgeBlinkVisits(clips: readonly SeenClip[], fps?: number): BlinkVisitRow {
  const outcomes = clips.flatMap(({ name, frames, blinks }) =>
    (blinks?.full ?? []).flatMap(([first, last]) => {
      const [start, end] = [frames[first]?.at, frames[last]?.at];
      if (start === undefined || end === undefined) return [];
      const visit = between(frames, start - LEAD_MS, end + SOON_MS);
      return [judgeClip(name, thinned(visit, fps)).liveAt !== undefined];
    }),
  );
  return { ...(fps !== undefined && { fps }), visits: outcomes.length, live: outcomes.filter(Boolean).length };
}

const between = (frames: readonly ClipFrame[], from: number, until: number): ClipFrame[] =>
  frames.filter(({ at }) => at >= from && at <= until);
