import { embedActivations } from './activations.js';
import type { TuningFace } from './sampling.js';
import type { TuningRequest } from './train.js';

/**
 * How well the tail does on faces that it is not trained on: each held-out face of a guest against the guests' means
 * (of the training faces), and each guest's mean against the held-out strangers, as one cross-entropy.
 */
export class HeldOut {
  private readonly faces: readonly TuningFace[];
  private readonly owners: readonly number[];

  constructor(private readonly request: Omit<TuningRequest, 'plan'> & { plan: { temperature: number } }) {
    const { training, heldOut } = request;
    this.faces = [...training.guests, ...heldOut.guests, ...heldOut.strangers];
    this.owners = [...new Set(training.guests.map(({ person }) => person))];
  }

  loss(): number {
    const { training, heldOut, plan } = this.request;
    const units = this.embed(this.faces);
    const means = this.owners.map((owner) =>
      meanOf(training.guests.flatMap(({ person }, i) => (person === owner ? [units[i]!] : []))),
    );
    const from = training.guests.length;
    const strangers = units.slice(from + heldOut.guests.length);
    const energy = (a: Float32Array, b: Float32Array): number => Math.exp((dot(a, b) - 1) / plan.temperature);
    const ofStrangers = means.map((mean) => strangers.reduce((sum, unit) => sum + energy(mean, unit), 0));
    let loss = 0;
    heldOut.guests.forEach(({ person }, i) => {
      const unit = units[from + i]!;
      const own = this.owners.indexOf(person);
      const all = means.reduce((sum, mean) => sum + energy(mean, unit), 0);
      loss -= Math.log(energy(means[own]!, unit) / (all + ofStrangers[own]!));
    });
    return loss / Math.max(1, heldOut.guests.length);
  }

  private embed(faces: readonly TuningFace[]): Float32Array[] {
    const { tf, tail, shape } = this.request;
    return embedActivations(
      tf,
      tail,
      shape,
      faces.map(({ looks }) => looks[0]!),
    );
  }
}

function meanOf(units: readonly Float32Array[]): Float32Array {
  const mean = new Float32Array(units[0]!.length);
  units.forEach((unit) => unit.forEach((value, i) => (mean[i] = mean[i]! + value)));
  const length = Math.sqrt(dot(mean, mean));
  return mean.map((value) => (length > 0 ? value / length : 0));
}

function dot(a: Float32Array, b: Float32Array): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) {
    sum += a[i]! * b[i]!;
  }
  return sum;
}
