import { ProtobufWriter } from './protobuf.js';

/** A node's attribute: whole numbers are INT, lists of them INTS, texts STRING, `{ float }` FLOAT. */
export type OnnxAttribute = number | string | readonly number[] | { readonly float: number };

/** A dimension left open is named by a text. */
export type OnnxDimension = number | string;

/** ONNX operator set 13 (onnx.ai/onnx/operators) in IR version 8: read by every ONNX Runtime since 1.10. */
const OPERATOR_SET = 13;
const IR_VERSION = 8;

const FLOAT = 1;
const INT64 = 7;
const attributeType = { float: 1, int: 2, string: 3, ints: 7 } as const;

/** Collects the nodes, initializers and edges of one ONNX graph; field numbers are those of onnx.proto3. */
export class OnnxModelBuilder {
  private readonly graph = new ProtobufWriter();
  private constants = 0;

  /** Adds a node with one output, which gets the given name. */
  node(op: string, inputs: readonly string[], output: string, attributes: Record<string, OnnxAttribute> = {}): string {
    const node = new ProtobufWriter();
    inputs.forEach((input) => node.text(1, input));
    node.text(2, output).text(3, `${output}/${op}`).text(4, op);
    for (const [name, value] of Object.entries(attributes)) {
      node.message(5, attributeMessage(name, value));
    }
    this.graph.message(1, node);
    return output;
  }

  floats(values: Float32Array, shape: readonly number[]): string {
    return this.initializer(FLOAT, new Uint8Array(values.buffer, values.byteOffset, values.byteLength), shape);
  }

  integers(values: readonly number[]): string {
    const data = BigInt64Array.from(values, (value) => BigInt(value));
    return this.initializer(INT64, new Uint8Array(data.buffer), [values.length]);
  }

  input(name: string, shape: readonly OnnxDimension[]): void {
    this.graph.message(11, valueInfo(name, shape));
  }

  output(name: string, shape: readonly OnnxDimension[]): void {
    this.graph.message(12, valueInfo(name, shape));
  }

  finish(name: string): Uint8Array {
    this.graph.text(2, name);
    return new ProtobufWriter()
      .integer(1, IR_VERSION)
      .text(2, 'homebridge-doorman')
      .message(7, this.graph)
      .message(8, new ProtobufWriter().text(1, '').integer(2, OPERATOR_SET))
      .finish();
  }

  private initializer(type: number, data: Uint8Array, shape: readonly number[]): string {
    const name = `constant_${this.constants++}`;
    const tensor = new ProtobufWriter();
    shape.forEach((size) => tensor.integer(1, size));
    tensor.integer(2, type).text(8, name).bytes(9, data);
    this.graph.message(5, tensor);
    return name;
  }
}

function attributeMessage(name: string, value: OnnxAttribute): ProtobufWriter {
  const message = new ProtobufWriter().text(1, name);
  if (typeof value === 'number') {
    return message.integer(3, value).integer(20, attributeType.int);
  }
  if (typeof value === 'string') {
    return message.text(4, value).integer(20, attributeType.string);
  }
  if ('float' in value) {
    return message.float(2, value.float).integer(20, attributeType.float);
  }
  value.forEach((item) => message.integer(8, item));
  return message.integer(20, attributeType.ints);
}

function valueInfo(name: string, shape: readonly OnnxDimension[]): ProtobufWriter {
  const dimensions = new ProtobufWriter();
  for (const size of shape) {
    const dimension = new ProtobufWriter();
    dimensions.message(1, typeof size === 'number' ? dimension.integer(1, size) : dimension.text(2, size));
  }
  const tensor = new ProtobufWriter().integer(1, FLOAT).message(2, dimensions);
  return new ProtobufWriter().text(1, name).message(2, new ProtobufWriter().message(1, tensor));
}
