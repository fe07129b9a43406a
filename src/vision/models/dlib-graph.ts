import type { GraphAttribute, GraphNode, ModelGraph, Weight } from './graph.js';

/**
 * The graph of dlib's face descriptor (a ResNet with 29 convolutions, 150 × 150 RGB in, 128 numbers out), which
 * face-api ships as bare weights. Structure after dlib's `dnn_face_recognition_ex.cpp` (D. King, public domain) and
 * face-api.js (MIT): every convolution is followed by a per-channel scale and shift, which is folded into it here.
 */

/** What dlib subtracts from 0 … 255 RGB before dividing by 255. */
export const DLIB_MEAN: readonly [number, number, number] = [122.782, 117.001, 104.298];

/** Blocks between the first convolution and the pooling; `down` halves the picture. */
const blocks: readonly { readonly name: string; readonly channels: number; readonly down: boolean }[] = [
  { name: 'conv32_1', channels: 32, down: false },
  { name: 'conv32_2', channels: 32, down: false },
  { name: 'conv32_3', channels: 32, down: false },
  { name: 'conv64_down', channels: 64, down: true },
  { name: 'conv64_1', channels: 64, down: false },
  { name: 'conv64_2', channels: 64, down: false },
  { name: 'conv64_3', channels: 64, down: false },
  { name: 'conv128_down', channels: 128, down: true },
  { name: 'conv128_1', channels: 128, down: false },
  { name: 'conv128_2', channels: 128, down: false },
  { name: 'conv256_down', channels: 256, down: true },
  { name: 'conv256_1', channels: 256, down: false },
  { name: 'conv256_2', channels: 256, down: false },
  { name: 'conv256_down_out', channels: 256, down: true },
];

const text = (value: string): GraphAttribute => ({ s: Buffer.from(value, 'latin1').toString('base64') });
const integers = (...values: readonly number[]): GraphAttribute => ({ list: { i: values.map(String) } });
const float: GraphAttribute = { type: 'DT_FLOAT' };

class GraphBuilder {
  readonly nodes: GraphNode[] = [];
  readonly weights = new Map<string, Weight>();

  add(op: string, name: string, input: readonly string[], attr: Record<string, GraphAttribute> = {}): string {
    this.nodes.push({ name, op, input, attr: { T: float, ...attr } });
    return name;
  }

  constant(name: string, weight: Weight): string {
    const dim = weight.shape.map((size) => ({ size: String(size) }));
    const dtype = { type: weight.dtype === 'int32' ? 'DT_INT32' : 'DT_FLOAT' };
    this.nodes.push({ name, op: 'Const', attr: { dtype, value: { shape: { dim } } } });
    this.weights.set(name, weight);
    return name;
  }

  indices(name: string, values: readonly number[], shape: readonly number[] = [values.length]): string {
    return this.constant(name, { shape, dtype: 'int32', values: Int32Array.from(values) });
  }

  relu(name: string, input: string): string {
    return this.add('Relu', name, [input]);
  }

  /** A convolution with its scale layer folded in: (w·x + b)·s + t = (s·w)·x + (s·b + t). */
  convolution(prefix: string, input: string, stride: number, source: ReadonlyMap<string, Weight>): string {
    const filters = weightOf(source, `${prefix}/conv/filters`);
    const bias = weightOf(source, `${prefix}/conv/bias`).values;
    const scale = weightOf(source, `${prefix}/scale/weights`).values;
    const shift = weightOf(source, `${prefix}/scale/biases`).values;
    const channels = bias.length;
    const values = Float32Array.from(filters.values, (value, i) => value * scale[i % channels]!);
    const shifted = Float32Array.from(bias, (value, i) => value * scale[i]! + shift[i]!);
    const weights = this.constant(`${prefix}/filters`, { shape: filters.shape, dtype: 'float32', values });
    const biases = this.constant(`${prefix}/bias`, { shape: [channels], dtype: 'float32', values: shifted });
    return this.add('_FusedConv2D', prefix, [input, weights, biases], {
      strides: integers(1, stride, stride, 1),
      dilations: integers(1, 1, 1, 1),
      padding: text(stride === 1 ? 'SAME' : 'VALID'),
      data_format: text('NHWC'),
      fused_ops: { list: { s: [Buffer.from('BiasAdd').toString('base64')] } },
      num_args: { i: '1' },
    });
  }
}

function weightOf(source: ReadonlyMap<string, Weight>, name: string): Weight {
  const weight = source.get(name);
  if (weight === undefined) {
    throw new Error(`dlib's descriptor lacks the weight "${name}"`);
  }
  return weight;
}

/**
 * One residual block. Going down, the shortcut is average-pooled and gets zero channels, and the convolved branch,
 * one row and column short without padding, gets zeros at its end.
 */
function residual(
  graph: GraphBuilder,
  input: string,
  block: (typeof blocks)[number],
  size: number,
  inputChannels: number,
  source: ReadonlyMap<string, Weight>,
): { readonly output: string; readonly size: number } {
  const { name, channels, down } = block;
  const first = graph.relu(`${name}/relu1`, graph.convolution(`${name}/conv1`, input, down ? 2 : 1, source));
  let branch = graph.convolution(`${name}/conv2`, first, 1, source);
  let shortcut = input;
  let outputSize = size;
  if (down) {
    outputSize = Math.floor(size / 2);
    shortcut = graph.add('AvgPool', `${name}/pool`, [input], {
      ksize: integers(1, 2, 2, 1),
      strides: integers(1, 2, 2, 1),
      padding: text('VALID'),
      data_format: text('NHWC'),
    });
    const missing = outputSize - (Math.floor((size - 3) / 2) + 1);
    if (missing > 0) {
      const paddings = graph.indices(`${name}/edge`, [0, 0, 0, missing, 0, missing, 0, 0], [4, 2]);
      branch = graph.add('Pad', `${name}/padded`, [branch, paddings], { Tpaddings: { type: 'DT_INT32' } });
    }
    if (channels > inputChannels) {
      const paddings = graph.indices(`${name}/channels`, [0, 0, 0, 0, 0, 0, 0, channels - inputChannels], [4, 2]);
      shortcut = graph.add('Pad', `${name}/widened`, [shortcut, paddings], { Tpaddings: { type: 'DT_INT32' } });
    }
  }
  const sum = graph.add('AddV2', `${name}/sum`, [shortcut, branch]);
  return { output: graph.relu(`${name}/out`, sum), size: outputSize };
}

/**
 * Builds the descriptor's graph: input `input` [N, 150, 150, 3] (RGB minus {@link DLIB_MEAN}, over 255), output
 * `descriptor` [N, 128].
 */
export function buildDlibGraph(source: ReadonlyMap<string, Weight>): ModelGraph {
  const graph = new GraphBuilder();
  const dim = [-1, 150, 150, 3].map((size) => ({ size: String(size) }));
  graph.nodes.push({ name: 'input', op: 'Placeholder', attr: { dtype: float, shape: { shape: { dim } } } });
  let current = graph.relu('conv32_down/relu', graph.convolution('conv32_down', 'input', 2, source));
  current = graph.add('MaxPool', 'conv32_down/pool', [current], {
    ksize: integers(1, 3, 3, 1),
    strides: integers(1, 2, 2, 1),
    padding: text('VALID'),
    data_format: text('NHWC'),
  });
  // 150 → 72 by the 7 × 7 convolution, → 35 by the pooling; both without padding, stride 2.
  let size = 35;
  let channels = 32;
  for (const block of blocks) {
    const made = residual(graph, current, block, size, channels, source);
    current = made.output;
    size = made.size;
    channels = block.channels;
  }
  const axes = graph.indices('pooling/axes', [1, 2]);
  const pooled = graph.add('Mean', 'pooling', [current, axes], {
    keep_dims: { b: false },
    Tidx: { type: 'DT_INT32' },
  });
  const dense = graph.constant('fc', weightOf(source, 'fc'));
  graph.add('MatMul', 'descriptor', [pooled, dense], { transpose_a: { b: false }, transpose_b: { b: false } });
  return { nodes: graph.nodes, weights: graph.weights };
}
