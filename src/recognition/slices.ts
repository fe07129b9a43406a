/** How the caller watches and stops a training that takes seconds. */
export interface TrainingControl {
  readonly signal?: AbortSignal;
  /** Called with the finished share, 0 … 1. */
  readonly progress?: (share: number) => void;
}

/** Work in steps of milliseconds: each yields the share that is finished, 0 … 1. */
export type Steps<Result> = Generator<number, Result, void>;

/** After this long other work of the thread has its turn; the step that is under way is finished first. */
const sliceMs = 15;

/**
 * Does the work in slices between which the thread is free, reports and can be stopped.
 * @throws the signal's reason when aborted.
 */
export async function inSlices<Result>(steps: Steps<Result>, control: TrainingControl = {}): Promise<Result> {
  control.signal?.throwIfAborted();
  let since = performance.now();
  for (let step = steps.next(); ; step = steps.next()) {
    if (step.done === true) {
      control.progress?.(1);
      return step.value;
    }
    if (performance.now() - since > sliceMs) {
      control.progress?.(step.value);
      await breathe();
      control.signal?.throwIfAborted();
      since = performance.now();
    }
  }
}

/** Does the work without a break: for callers that know it to be little. */
export function atOnce<Result>(steps: Steps<Result>): Result {
  for (let step = steps.next(); ; step = steps.next()) if (step.done === true) return step.value;
}

/** The control of a part of the whole work, which reports from one share to another. */
export function partOf(control: TrainingControl | undefined, from: number, to: number): TrainingControl {
  return { ...control, progress: (share) => control?.progress?.(from + (to - from) * share) };
}

const breathe = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));
