import { nodeName, reachableNodes, type GraphNode, type ModelGraph } from '../models/graph.js';
import { OnnxModelBuilder } from './model-builder.js';
import { operators, type Conversion, type Value } from './operators.js';

/** Part of a cached model's name: raise it whenever the bytes that {@link convertToOnnx} makes may change. */
export const CONVERTER_VERSION = 2;

const TO_PICTURE = [0, 3, 1, 2];
const TO_PLAIN = [0, 2, 3, 1];

class GraphConversion implements Conversion {
  readonly builder = new OnnxModelBuilder();
  private readonly values = new Map<string, Value>();
  private readonly transposed = new Map<string, string>();

  constructor(private readonly graph: ModelGraph) {}

  translate(node: GraphNode): void {
    if (node.op === 'Const') {
      return;
    }
    if (node.op === 'Placeholder') {
      const shape = (node.attr?.shape?.shape?.dim ?? []).map(({ size }) => (Number(size) > 0 ? Number(size) : 'N'));
      this.builder.input(node.name, shape);
      this.values.set(node.name, { name: node.name, layout: 'plain', rank: shape.length });
      return;
    }
    const operator = operators[node.op];
    if (operator === undefined) {
      throw new Error(`the operator ${node.op} ("${node.name}") is not supported`);
    }
    this.values.set(node.name, operator(this, node));
  }

  finishOutput(alias: string, name: string): void {
    const value = this.values.get(name);
    if (value === undefined) {
      throw new Error(`the output "${name}" is a constant`);
    }
    const axes = Array.from({ length: value.rank }, (_, axis) => `${alias}_${axis}`);
    this.builder.output(this.builder.node('Identity', [this.asPlain(value)], alias), axes);
  }

  value(node: GraphNode, input: number): Value {
    const name = nodeName(node.input?.[input] ?? '');
    const value = this.values.get(name);
    if (value === undefined) {
      throw new Error(`${node.op} "${node.name}": input ${input} ("${name}") is not computed`);
    }
    return value;
  }

  constant(node: GraphNode, input: number): ReturnType<Conversion['constant']> {
    return this.graph.weights.get(nodeName(node.input?.[input] ?? ''));
  }

  asPicture(value: Value): string {
    return value.layout === 'picture' ? value.name : this.transpose(value.name, 'channels_first', TO_PICTURE);
  }

  asPlain(value: Value): string {
    return value.layout === 'plain' ? value.name : this.transpose(value.name, 'channels_last', TO_PLAIN);
  }

  private transpose(name: string, suffix: string, perm: readonly number[]): string {
    const output = `${name}/${suffix}`;
    const known = this.transposed.get(output);
    if (known === undefined) {
      this.transposed.set(output, this.builder.node('Transpose', [name], output, { perm }));
    }
    return output;
  }
}

/**
 * Converts a network to an ONNX file. Inside, pictures are channels first; input and outputs keep TensorFlow's
 * order. Only what the outputs need is converted.
 *
 * @param outputs the ONNX outputs' names, and the nodes that give them
 * @throws Error naming the node that cannot be translated
 */
export function convertToOnnx(name: string, graph: ModelGraph, outputs: Readonly<Record<string, string>>): Uint8Array {
  const conversion = new GraphConversion(graph);
  for (const node of reachableNodes(graph, Object.values(outputs))) {
    conversion.translate(node);
  }
  for (const [alias, node] of Object.entries(outputs)) {
    conversion.finishOutput(alias, node);
  }
  return conversion.builder.finish(name);
}
