import { setImmediate } from 'node:timers/promises';
import type * as Core from '@tensorflow/tfjs-core';
import type { Weight } from '../models/graph.js';
import { embedActivations, stack } from './activations.js';
import { departure, distillation, supervisedContrastive, unitRows } from './loss.js';
import type { RandomSource } from './random-source.js';
import { drawBatch, type BatchRow, type BatchSizes, type TuningSet } from './sampling.js';
import { HeldOut } from './held-out.js';
import type { TrainableTail } from './tail.js';

export interface TuningPlan {
  readonly steps: number;
  readonly learningRate: number;
  readonly temperature: number;
  /** Weights of the two penalties for leaving the original: of its outputs on strangers, and of its weights. */
  readonly distillation: number;
  readonly departure: number;
  readonly batch: BatchSizes;
  /** The held-out faces are looked at after so many steps, and training ends after so many looks without gain. */
  readonly lookEvery: number;
  readonly patience: number;
  /** Seconds; what was best until then is taken. */
  readonly timeLimit: number;
}

export const defaultTuningPlan: TuningPlan = {
  steps: 300,
  learningRate: 1e-4,
  temperature: 0.1,
  distillation: 2,
  departure: 10,
  batch: { guestRows: 48, people: 12, strangerRows: 64 },
  lookEvery: 10,
  patience: 5,
  timeLimit: 1800,
};

export interface TuningProgress {
  readonly step: number;
  readonly steps: number;
  readonly loss: number;
  readonly heldOutLoss: number;
  readonly secondsLeft: number;
}

export interface TuningResult {
  readonly ended: 'all steps' | 'no further gain' | 'time limit';
  readonly steps: number;
  readonly bestStep: number;
  readonly heldOutBefore: number;
  readonly heldOutAfter: number;
  /** The best weights met, by the constant's name. */
  readonly weights: ReadonlyMap<string, Weight>;
}

export interface TuningRequest {
  readonly tf: typeof Core;
  readonly tail: TrainableTail;
  /** Height, width and channels at the cut. */
  readonly shape: readonly [number, number, number];
  readonly training: TuningSet;
  /** Faces that are never trained on: they say when to stop. */
  readonly heldOut: TuningSet;
  readonly plan: TuningPlan;
  readonly random: RandomSource;
  readonly progress?: (progress: TuningProgress) => void;
  readonly signal?: AbortSignal;
  /** Milliseconds; for the time limit. */
  readonly clock?: () => number;
}

/**
 * Trains the layers after the cut so that guests' faces come nearer to one another and stay away from strangers', and
 * gives the weights that were best on the held-out faces. The tail has them at the end.
 *
 * @throws the signal's reason when aborted
 */
export async function trainTail(request: TuningRequest): Promise<TuningResult> {
  const { tf, tail, plan, training, random, progress, signal, clock = () => performance.now() } = request;
  const started = clock();
  const heldOut = new HeldOut(request);
  const optimizer = tf.train.adam(plan.learningRate);
  const variables = tail.weights.map(({ variable }) => variable);
  let ended: TuningResult['ended'] = 'all steps';
  let step = 0;
  try {
    const before = heldOut.loss();
    const originals = originalsOf(request);
    let best = { loss: before, step: 0, weights: await tail.changed() };
    let looksWithoutGain = 0;
    let sum = 0;
    while (step < plan.steps) {
      // Training is done beside other work of the thread.
      await setImmediate();
      signal?.throwIfAborted();
      const rows = drawBatch(training, plan.batch, random);
      const cost = optimizer.minimize(() => batchLoss(request, rows, originals), true, variables)!;
      sum += (await cost.data<'float32'>())[0]!;
      cost.dispose();
      step++;
      const elapsed = (clock() - started) / 1000;
      const late = elapsed > plan.timeLimit;
      if (step % plan.lookEvery === 0 || step === plan.steps || late) {
        const loss = heldOut.loss();
        looksWithoutGain = loss < best.loss ? 0 : looksWithoutGain + 1;
        if (loss < best.loss) {
          best = { loss, step, weights: await tail.changed() };
        }
        const whole = Math.min((elapsed / step) * plan.steps, plan.timeLimit);
        const secondsLeft = Math.max(0, whole - elapsed);
        progress?.({ step, steps: plan.steps, loss: sum / plan.lookEvery, heldOutLoss: loss, secondsLeft });
        sum = 0;
        if (late || looksWithoutGain >= plan.patience) {
          ended = late ? 'time limit' : 'no further gain';
          break;
        }
      }
    }
    tail.assign(best.weights);
    const { weights } = best;
    return { ended, steps: step, bestStep: best.step, heldOutBefore: before, heldOutAfter: best.loss, weights };
  } finally {
    optimizer.dispose();
  }
}

/** What the network says, before it is trained, of every look at a stranger. */
function originalsOf({ tf, tail, shape, training }: TuningRequest): Map<Float32Array, Float32Array> {
  const looks = training.strangers.flatMap((face) => face.looks);
  const units = embedActivations(tf, tail, shape, looks);
  return new Map(looks.map((look, i) => [look, units[i]!]));
}

function batchLoss(
  { tf, tail, shape, plan }: TuningRequest,
  rows: readonly BatchRow[],
  originals: ReadonlyMap<Float32Array, Float32Array>,
): Core.Scalar {
  const picture = stack(tf, rows, shape);
  const units = unitRows(tf, tail.apply(picture));
  const contrast = supervisedContrastive(
    tf,
    units,
    rows.map(({ person }) => person),
    plan.temperature,
  );
  const strangers = rows.flatMap(({ stranger }, i) => (stranger ? [i] : []));
  const parts = [contrast, tf.mul<Core.Scalar>(departure(tf, tail.weights), plan.departure)];
  if (strangers.length > 0 && plan.distillation > 0) {
    const first = strangers[0]!;
    const said = tf.tensor2d(strangers.map((i) => [...originals.get(rows[i]!.activations)!]));
    const moved = distillation(tf, tf.slice(units, [first, 0], [strangers.length, -1]), said);
    parts.push(tf.mul<Core.Scalar>(moved, plan.distillation));
  }
  return tf.addN(parts);
}
