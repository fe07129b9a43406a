import type * as Core from '@tensorflow/tfjs-core';
import { attributeText, nodeName, type GraphNode, type ModelGraph, type Weight } from '../models/graph.js';
import type { Cut } from './cut.js';

/** A weight that is trained, beside what it was. */
export interface TrainedWeight {
  readonly name: string;
  readonly variable: Core.Variable;
  readonly original: Core.Tensor;
}

/**
 * The layers after a cut, made anew from the network's own graph with its own weights, so that they can be trained:
 * before training they give the original's outputs.
 */
export class TrainableTail {
  readonly weights: readonly TrainedWeight[];
  private readonly constants = new Map<string, Core.Tensor>();
  private readonly nodes: readonly GraphNode[];

  constructor(
    private readonly tf: typeof Core,
    private readonly graph: ModelGraph,
    private readonly cut: Pick<Cut, 'at' | 'trained'>,
    private readonly output: string,
  ) {
    this.nodes = nodesBetween(graph, cut.at, output);
    this.weights = cut.trained.map((name) => {
      const original = tf.tensor(this.weight(name).values, [...this.weight(name).shape]);
      const variable = tf.variable(original);
      this.constants.set(name, variable);
      return { name, variable, original };
    });
  }

  /** @param activations [n, height, width, channels] at the cut; @returns the encoder's outputs, [n, length] */
  apply(activations: Core.Tensor4D): Core.Tensor2D {
    const values = new Map<string, Core.Tensor>([[this.cut.at, activations]]);
    for (const node of this.nodes) {
      values.set(node.name, this.compute(node, values));
    }
    return values.get(this.output) as Core.Tensor2D;
  }

  /** The weights as they are now, by the constant's name. */
  async changed(): Promise<Map<string, Weight>> {
    const entries = this.weights.map(async ({ name, variable }) => {
      const values = await variable.data<'float32'>();
      return [name, { shape: variable.shape, dtype: 'float32', values: Float32Array.from(values) }] as const;
    });
    return new Map<string, Weight>(await Promise.all(entries));
  }

  /** Weights less the original's. */
  differences(changed: ReadonlyMap<string, Weight>): Map<string, Weight> {
    return new Map(
      [...changed].map(([name, { shape, values }]) => {
        const original = this.weight(name).values;
        return [
          name,
          { shape, dtype: 'float32', values: Float32Array.from(values, (value, i) => value - original[i]!) },
        ];
      }),
    );
  }

  /** Puts in the original's weights, with what tuning has added to them. */
  add(differences: ReadonlyMap<string, Weight>): void {
    for (const { name, variable, original } of this.weights) {
      const difference = differences.get(name);
      const weight = this.tf.tidy(() =>
        difference === undefined
          ? this.tf.clone(original)
          : this.tf.add(original, this.tf.tensor(difference.values, [...difference.shape])),
      );
      variable.assign(weight);
      weight.dispose();
    }
  }

  /** Puts weights in force, for example the best ones met during training. */
  assign(changed: ReadonlyMap<string, Weight>): void {
    for (const { name, variable } of this.weights) {
      const weight = changed.get(name);
      if (weight !== undefined) {
        const tensor = this.tf.tensor(weight.values, [...weight.shape]);
        variable.assign(tensor);
        tensor.dispose();
      }
    }
  }

  dispose(): void {
    this.weights.forEach(({ original }) => original.dispose());
    this.constants.forEach((constant) => constant.dispose());
    this.constants.clear();
  }

  private weight(name: string): Weight {
    const weight = this.graph.weights.get(name);
    if (weight === undefined) {
      throw new Error(`the network has no weight "${name}"`);
    }
    return weight;
  }

  private compute(node: GraphNode, values: ReadonlyMap<string, Core.Tensor>): Core.Tensor {
    const { tf } = this;
    const input = (index: number): Core.Tensor => {
      const name = nodeName(node.input![index]!);
      return values.get(name) ?? this.constant(name);
    };
    const numbers = (index: number): number[] => Array.from(this.weight(nodeName(node.input![index]!)).values);
    const picture = (): Core.Tensor4D => input(0) as Core.Tensor4D;
    switch (node.op) {
      case 'Conv2D':
      case '_FusedConv2D': {
        const fused = (node.attr?.fused_ops?.list?.s ?? []).map((text) => attributeText(text));
        if (fused.some((name) => name !== 'BiasAdd')) {
          throw new Error(`"${node.name}": a convolution fused with ${fused.join(', ')} is not trained here`);
        }
        const filters = input(1) as Core.Tensor4D;
        const convolved = tf.conv2d(picture(), filters, spatial(node, 'strides'), padding(node));
        return fused.length === 0 ? convolved : tf.add(convolved, input(2));
      }
      case 'Add':
      case 'AddV2':
        return tf.add(input(0), input(1));
      case 'Relu':
        return tf.relu(input(0));
      case 'Minimum':
        return tf.minimum(input(0), input(1));
      case 'Maximum':
        return tf.maximum(input(0), input(1));
      case 'AvgPool':
        return tf.avgPool(picture(), spatial(node, 'ksize'), spatial(node, 'strides'), padding(node));
      case 'Pad': {
        const paddings = numbers(1);
        const pairs = picture().shape.map((_, axis) => [paddings[2 * axis]!, paddings[2 * axis + 1]!]);
        return tf.pad(picture(), pairs as [number, number][]);
      }
      case 'Mean':
        return tf.mean(input(0), numbers(1), node.attr?.keep_dims?.b === true);
      case 'MatMul':
        return tf.matMul(input(0), input(1));
      default:
        throw new Error(`"${node.name}": the operator ${node.op} is not trained here`);
    }
  }

  private constant(name: string): Core.Tensor {
    const known = this.constants.get(name);
    if (known !== undefined) {
      return known;
    }
    const { values, shape, dtype } = this.weight(name);
    const made = this.tf.keep(this.tf.tensor(values, [...shape], dtype));
    this.constants.set(name, made);
    return made;
  }
}

const padding = (node: GraphNode): 'same' | 'valid' =>
  attributeText(node.attr?.padding?.s) === 'SAME' ? 'same' : 'valid';

function spatial(node: GraphNode, attribute: string): [number, number] {
  const list = node.attr?.[attribute]?.list?.i ?? [1, 1, 1, 1];
  return [Number(list[1]), Number(list[2])];
}

/** What is computed from the cut to the output, every node after its inputs. */
function nodesBetween(graph: ModelGraph, from: string, to: string): GraphNode[] {
  const byName = new Map(graph.nodes.map((node) => [node.name, node]));
  const seen = new Set([from]);
  const ordered: GraphNode[] = [];
  const visit = (name: string): void => {
    if (seen.has(name)) {
      return;
    }
    seen.add(name);
    const node = byName.get(name);
    if (node === undefined || node.op === 'Placeholder') {
      throw new Error(`the network is not cut by "${from}": "${name}" lies beside it`);
    }
    if (node.op !== 'Const') {
      (node.input ?? []).forEach((input) => visit(nodeName(input)));
      ordered.push(node);
    }
  };
  visit(to);
  return ordered;
}
