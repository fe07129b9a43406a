import { LivenessJudge } from '../../liveness/judge.js';
import type { LivenessState, LivenessVerdict } from '../../types.js';
import { fitForLife } from '../../visit/visitor.js';
import type { ClipFrame } from './liveness-signals.js';

/** How the judgement of one clip came about. */
export interface ClipVerdict {
  readonly name: string;
  readonly final: LivenessVerdict;
  /** When the face was first judged live, ms since the clip's beginning. */
  readonly liveAt?: number;
  /** Whether a name would have been told under `require` and under `strict` at any moment. */
  readonly passedRequire: boolean;
  readonly passedStrict: boolean;
}

/** Judges a clip as one visit, frame by frame, of the faces that a visit lets liveness see. */
export function judgeClip(name: string, frames: readonly ClipFrame[]): ClipVerdict {
  const judge = new LivenessJudge();
  let liveAt: number | undefined;
  let passedRequire = false;
  let passedStrict = false;
  for (const { at, face } of frames) {
    if (face !== undefined && fitForLife(face)) {
      judge.observe(face);
    }
    const { state, signs } = judge.verdict(at);
    liveAt ??= state === 'live' ? at - frames[0]!.at : undefined;
    passedRequire ||= state === 'live';
    passedStrict ||= state === 'live' && signs.blink && signs.parallax;
  }
  const final = judge.verdict(frames.at(-1)?.at ?? 0);
  return { name, final, passedRequire, passedStrict, ...(liveAt !== undefined && { liveAt }) };
}

/** Shares of clips that ended in each state. */
export function stateShares(verdicts: readonly ClipVerdict[]): Record<LivenessState, number> {
  const share = (state: LivenessState): number =>
    verdicts.length === 0 ? 0 : verdicts.filter(({ final }) => final.state === state).length / verdicts.length;
  return { live: share('live'), spoof: share('spoof'), undecided: share('undecided') };
}

/** How many of the clips end in another state after their colours were changed. */
export function changed(before: readonly ClipVerdict[], after: readonly ClipVerdict[]): readonly string[] {
  const states = new Map(after.map(({ name, final }) => [name, final.state]));
  return before.filter(({ name, final }) => states.get(name) !== final.state).map(({ name }) => name);
}
