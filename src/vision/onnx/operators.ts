import { attributeText, type GraphNode, type Weight } from '../models/graph.js';
import { asFloats, convolutionFilters, pictureConstant } from './layout.js';
import type { OnnxAttribute, OnnxModelBuilder } from './model-builder.js';

/**
 * A tensor in the ONNX graph. `picture`: rank 4, channels first, as ONNX's convolutions want it; `plain`:
 * TensorFlow's own order of axes.
 */
export interface Value {
  readonly name: string;
  readonly layout: 'picture' | 'plain';
  readonly rank: number;
  /** No element is below this, where that is known: a second bound that says no more is left out. */
  readonly atLeast?: number;
}

/** What an operator's translation may ask of the conversion it is part of. */
export interface Conversion {
  readonly builder: OnnxModelBuilder;
  /** The n-th input's value; throws when it is a constant. */
  value(node: GraphNode, input: number): Value;
  /** The n-th input's constant, or undefined when it is computed. */
  constant(node: GraphNode, input: number): Weight | undefined;
  /** The tensor's name in the layout asked for; a transposition is added at most once. */
  asPicture(value: Value): string;
  asPlain(value: Value): string;
}

type Operator = (conversion: Conversion, node: GraphNode) => Value;

function requiredConstant(conversion: Conversion, node: GraphNode, input: number): Weight {
  const weight = conversion.constant(node, input);
  if (weight === undefined) {
    throw new Error(`${node.op} "${node.name}": input ${input} must be a constant`);
  }
  return weight;
}

/** The two spatial numbers of an attribute that lists N, H, W, C. */
function spatial(node: GraphNode, attribute: string): [number, number] {
  const list = node.attr?.[attribute]?.list?.i ?? [1, 1, 1, 1];
  return [Number(list[1]), Number(list[2])];
}

const padding = (node: GraphNode): OnnxAttribute =>
  attributeText(node.attr?.padding?.s) === 'SAME' ? 'SAME_UPPER' : 'VALID';

const picture = (name: string): Value => ({ name, layout: 'picture', rank: 4 });

/** Adds the activations that TensorFlow fused into a node; `slope` is the constant of a PReLU. */
function activate(conversion: Conversion, node: GraphNode, name: string, slope: () => string): string {
  const fused = (node.attr?.fused_ops?.list?.s ?? []).map((text) => attributeText(text));
  return fused
    .filter((activation) => activation !== 'BiasAdd')
    .reduce((current, activation) => {
      const output = `${current}/${activation}`;
      switch (activation) {
        case 'Relu':
        case 'Elu':
        case 'Sigmoid':
          return conversion.builder.node(activation, [current], output);
        case 'Relu6':
          return clip(conversion.builder, current, output, 0, 6);
        case 'Prelu':
          return conversion.builder.node('PRelu', [current, slope()], output);
        default:
          throw new Error(`${node.op} "${node.name}": the fused activation ${activation} is not supported`);
      }
    }, name);
}

function clip(builder: OnnxModelBuilder, input: string, output: string, low?: number, high?: number): string {
  const bound = (value: number | undefined): string =>
    value === undefined ? '' : builder.floats(Float32Array.of(value), []);
  const bounds = high === undefined ? [bound(low)] : [bound(low), bound(high)];
  return builder.node('Clip', [input, ...bounds], output);
}

/** PReLU's slopes, one per channel: [1, 1, C] → [C, 1, 1]. */
function slopes(conversion: Conversion, node: GraphNode, input: number): string {
  const weight = requiredConstant(conversion, node, input);
  return conversion.builder.floats(asFloats(weight), [weight.values.length, 1, 1]);
}

function convolution(conversion: Conversion, node: GraphNode): Value {
  const depthwise = node.op.includes('Depthwise');
  const weight = requiredConstant(conversion, node, 1);
  const filters = convolutionFilters(weight, depthwise);
  const inputs = [
    conversion.asPicture(conversion.value(node, 0)),
    conversion.builder.floats(filters.values, filters.shape),
  ];
  if ((node.attr?.fused_ops?.list?.s ?? []).some((text) => attributeText(text) === 'BiasAdd')) {
    const bias = asFloats(requiredConstant(conversion, node, 2));
    inputs.push(conversion.builder.floats(bias, [bias.length]));
  }
  const name = conversion.builder.node('Conv', inputs, node.name, {
    group: depthwise ? weight.shape[2]! : 1,
    strides: spatial(node, 'strides'),
    dilations: spatial(node, 'dilations'),
    kernel_shape: [weight.shape[0]!, weight.shape[1]!],
    auto_pad: padding(node),
  });
  return picture(activate(conversion, node, name, () => slopes(conversion, node, 3)));
}

const pool =
  (op: string): Operator =>
  (conversion, node) =>
    picture(
      conversion.builder.node(op, [conversion.asPicture(conversion.value(node, 0))], node.name, {
        kernel_shape: spatial(node, 'ksize'),
        strides: spatial(node, 'strides'),
        auto_pad: padding(node),
      }),
    );

/** Arithmetic of two tensors, or of a tensor and a constant in either place. */
const arithmetic =
  (op: string): Operator =>
  (conversion, node) => {
    const { builder } = conversion;
    const computed = [0, 1].filter((input) => conversion.constant(node, input) === undefined);
    const rank = Math.max(...computed.map((input) => conversion.value(node, input).rank));
    const operands = [0, 1].map((input) => {
      const weight = conversion.constant(node, input);
      if (weight === undefined) {
        const value = conversion.value(node, input);
        return rank === 4 ? conversion.asPicture(value) : value.name;
      }
      const { values, shape } =
        rank === 4 ? pictureConstant(weight) : { values: asFloats(weight), shape: weight.shape };
      return builder.floats(values, shape);
    });
    const name = builder.node(op, operands, node.name);
    return { name, layout: rank === 4 ? 'picture' : 'plain', rank };
  };

/**
 * Minimum or maximum with a scalar constant is a one-sided clip. ONNX Runtime fuses one into the convolution before it;
 * a second one would cost a pass over the picture and two changes of its memory layout, so max(0, min(6, relu(x))), as
 * TensorFlow writes a ReLU6, becomes a single clip.
 */
const bounded =
  (op: 'Min' | 'Max'): Operator =>
  (conversion, node) => {
    const bound = conversion.constant(node, 1);
    if (bound?.values.length !== 1) {
      return arithmetic(op)(conversion, node);
    }
    const input = conversion.value(node, 0);
    const limit = bound.values[0]!;
    const known = input.atLeast ?? -Infinity;
    if (op === 'Max' && limit <= known) {
      return input;
    }
    const [low, high] = op === 'Max' ? [limit, undefined] : [undefined, limit];
    const name = clip(conversion.builder, input.name, node.name, low, high);
    return { ...input, name, atLeast: op === 'Max' ? limit : Math.min(known, limit) };
  };

const elementwise =
  (op: string): Operator =>
  (conversion, node) => {
    const { name, layout, rank } = conversion.value(node, 0);
    return { name: conversion.builder.node(op, [name], node.name), layout, rank };
  };

const relu: Operator = (conversion, node) => ({ ...elementwise('Relu')(conversion, node), atLeast: 0 });

function pad(conversion: Conversion, node: GraphNode): Value {
  const paddings = requiredConstant(conversion, node, 1).values;
  // [[before, after] for N, H, W, C] → befores, then afters, for N, C, H, W.
  const channelsFirst = [0, 3, 1, 2];
  const pads = [0, 1].flatMap((side) => channelsFirst.map((axis) => paddings[2 * axis + side]!));
  const input = conversion.asPicture(conversion.value(node, 0));
  return picture(conversion.builder.node('Pad', [input, conversion.builder.integers(pads)], node.name));
}

function reshape(conversion: Conversion, node: GraphNode): Value {
  const shape = Array.from(requiredConstant(conversion, node, 1).values);
  const input = conversion.asPlain(conversion.value(node, 0));
  const name = conversion.builder.node('Reshape', [input, conversion.builder.integers(shape)], node.name);
  return { name, layout: 'plain', rank: shape.length };
}

function mean(conversion: Conversion, node: GraphNode): Value {
  const input = conversion.value(node, 0);
  const axes = Array.from(requiredConstant(conversion, node, 1).values);
  const keep = node.attr?.keep_dims?.b === true;
  if (input.layout === 'picture' && !keep && axes.length === 2 && axes.includes(1) && axes.includes(2)) {
    const name = conversion.builder.node('ReduceMean', [input.name], node.name, { axes: [2, 3], keepdims: 0 });
    return { name, layout: 'plain', rank: 2 };
  }
  const name = conversion.builder.node('ReduceMean', [conversion.asPlain(input)], node.name, {
    axes,
    keepdims: keep ? 1 : 0,
  });
  return { name, layout: 'plain', rank: keep ? input.rank : input.rank - axes.length };
}

function concatenate(conversion: Conversion, node: GraphNode): Value {
  const last = (node.input ?? []).length - 1;
  const values = Array.from({ length: last }, (_, input) => conversion.value(node, input));
  const { rank } = values[0]!;
  const given = requiredConstant(conversion, node, last).values[0]!;
  const axis = given < 0 ? given + rank : given;
  const asPicture = rank === 4;
  const inputs = values.map((value) => (asPicture ? conversion.asPicture(value) : value.name));
  const name = conversion.builder.node('Concat', inputs, node.name, {
    axis: asPicture ? [0, 2, 3, 1][axis]! : axis,
  });
  return { name, layout: asPicture ? 'picture' : 'plain', rank };
}

function matrixProduct(conversion: Conversion, node: GraphNode): Value {
  const { builder } = conversion;
  const weight = requiredConstant(conversion, node, 1);
  const inputs = [conversion.asPlain(conversion.value(node, 0)), builder.floats(asFloats(weight), weight.shape)];
  const bias = (node.input ?? []).length > 2 ? requiredConstant(conversion, node, 2) : undefined;
  if (bias !== undefined) {
    inputs.push(builder.floats(asFloats(bias), bias.shape));
  }
  const name = builder.node('Gemm', inputs, node.name, {
    transA: node.attr?.transpose_a?.b === true ? 1 : 0,
    transB: node.attr?.transpose_b?.b === true ? 1 : 0,
  });
  const activated = activate(conversion, node, name, () => {
    throw new Error(`${node.op} "${node.name}": PReLU is not supported here`);
  });
  return { name: activated, layout: 'plain', rank: 2 };
}

function prelu(conversion: Conversion, node: GraphNode): Value {
  const input = conversion.asPicture(conversion.value(node, 0));
  return picture(conversion.builder.node('PRelu', [input, slopes(conversion, node, 1)], node.name));
}

function softmax(conversion: Conversion, node: GraphNode): Value {
  const input = conversion.value(node, 0);
  const name = conversion.builder.node('Softmax', [conversion.asPlain(input)], node.name, { axis: -1 });
  return { name, layout: 'plain', rank: input.rank };
}

/** TensorFlow's operators, as far as our networks use them, in ONNX's. */
export const operators: Readonly<Record<string, Operator>> = {
  Conv2D: convolution,
  _FusedConv2D: convolution,
  DepthwiseConv2dNative: convolution,
  FusedDepthwiseConv2dNative: convolution,
  MaxPool: pool('MaxPool'),
  AvgPool: pool('AveragePool'),
  Add: arithmetic('Add'),
  AddV2: arithmetic('Add'),
  BiasAdd: arithmetic('Add'),
  Sub: arithmetic('Sub'),
  Mul: arithmetic('Mul'),
  Minimum: bounded('Min'),
  Maximum: bounded('Max'),
  Relu: relu,
  Sigmoid: elementwise('Sigmoid'),
  Tanh: elementwise('Tanh'),
  Identity: elementwise('Identity'),
  Prelu: prelu,
  Pad: pad,
  Reshape: reshape,
  Mean: mean,
  ConcatV2: concatenate,
  MatMul: matrixProduct,
  _FusedMatMul: matrixProduct,
  Softmax: softmax,
};
