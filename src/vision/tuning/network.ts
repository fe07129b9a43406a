import type { PackagedName } from '../encoder/packaged.js';
import { modelEntry } from '../models/catalogue.js';
import { parseModelGraph, readModelFiles } from '../models/graph-reader.js';
import type { Weight } from '../models/graph.js';
import { embedActivations } from './activations.js';
import { openTrainingBackend, type TrainingBackend } from './backend.js';
import { cuts } from './cut.js';
import { TrainableTail } from './tail.js';
import { trainTail, type TuningRequest, type TuningResult } from './train.js';
import { tagOf } from './tuned-file.js';

/** A packaged network whose last layers can be trained, on whatever this machine can train with. */
export class TunableNetwork {
  private constructor(
    private readonly name: PackagedName,
    private readonly backend: TrainingBackend,
    private readonly tail: TrainableTail,
  ) {}

  static async open(name: PackagedName): Promise<TunableNetwork> {
    const backend = await openTrainingBackend();
    const entry = modelEntry(name);
    const graph = parseModelGraph(entry, await readModelFiles(entry));
    const tail = new TrainableTail(backend.tf, graph, cuts[name], entry.outputs['embedding']!);
    return new TunableNetwork(name, backend, tail);
  }

  /** What it trains on. */
  get engine(): TrainingBackend['name'] {
    return this.backend.name;
  }

  /** Trains the layers; afterwards the network has the best weights met. @throws the signal's reason when aborted */
  train(request: Omit<TuningRequest, 'tf' | 'tail' | 'shape'>): Promise<TuningResult> {
    const { tf } = this.backend;
    return trainTail({ ...request, tf, tail: this.tail, shape: cuts[this.name].shape });
  }

  /** The network's outputs, as they are, for activations at the cut. */
  embed(activations: readonly Float32Array[]): Float32Array[] {
    return embedActivations(this.backend.tf, this.tail, cuts[this.name].shape, activations, false);
  }

  /** Makes it the network that was tuned so, or (with nothing) the original again. */
  become(differences: ReadonlyMap<string, Weight> = new Map()): void {
    this.tail.add(differences);
  }

  /** What training has added to the original's weights, and its name. */
  differences(weights: ReadonlyMap<string, Weight>): { tag: string; differences: ReadonlyMap<string, Weight> } {
    const differences = this.tail.differences(weights);
    return { tag: tagOf(differences), differences };
  }

  dispose(): void {
    this.tail.dispose();
  }
}
