import { describe, expect, it } from '@jest/globals';
import { decodeWeights, halfToFloat } from '../../src/vision/models/weights.js';
import { reachableNodes } from '../../src/vision/models/graph.js';
import { convertToOnnx } from '../../src/vision/onnx/convert.js';
import { permute } from '../../src/vision/onnx/layout.js';
import { ProtobufWriter } from '../../src/vision/onnx/protobuf.js';

describe('weights', () => {
  it.each([
    [0x0000, 0],
    [0x3c00, 1],
    [0xc000, -2],
    [0x3555, 0.333251953125],
    [0x7bff, 65504],
    [0x0001, 2 ** -24],
    [0x7c00, Infinity],
  ])('reads the half float %i as %d', (bits, value) => {
    expect(halfToFloat(bits)).toBe(value);
  });

  it('reads every storage type of the manifests', () => {
    const bytes = new Uint8Array(4 + 4 + 2 + 1);
    const view = new DataView(bytes.buffer);
    view.setFloat32(0, 1.5, true);
    view.setInt32(4, -7, true);
    view.setUint16(8, 0x3c00, true);
    view.setUint8(10, 200);
    const weights = decodeWeights(
      [
        { name: 'a', shape: [1], dtype: 'float32' },
        { name: 'b', shape: [], dtype: 'int32' },
        { name: 'c', shape: [1, 1], dtype: 'float32', quantization: { dtype: 'float16' } },
        { name: 'd', shape: [1], dtype: 'float32', quantization: { dtype: 'uint8', scale: 0.5, min: -10 } },
      ],
      bytes,
    );
    expect([...weights.values()].map(({ values }) => values[0])).toEqual([1.5, -7, 1, 90]);
  });

  it('refuses a file that does not fit its manifest', () => {
    const specification = { name: 'w', shape: [2], dtype: 'float32' };
    expect(() => decodeWeights([specification], new Uint8Array(7))).toThrow('the weight file ends inside "w"');
    expect(() => decodeWeights([specification], new Uint8Array(9))).toThrow('1 bytes more than its manifest');
  });
});

describe('the converter', () => {
  it('reorders tensors', () => {
    // Two rows, one column, three channels: channels last to channels first.
    expect(Array.from(permute(Float32Array.of(1, 2, 3, 4, 5, 6), [2, 1, 3], [2, 0, 1]))).toEqual([1, 4, 2, 5, 3, 6]);
  });

  it('writes protobuf as its specification shows', () => {
    // The examples of protobuf.dev/programming-guides/encoding.
    expect(Array.from(new ProtobufWriter().integer(1, 150).finish())).toEqual([0x08, 0x96, 0x01]);
    const testing = [0x12, 0x07, 0x74, 0x65, 0x73, 0x74, 0x69, 0x6e, 0x67];
    expect(Array.from(new ProtobufWriter().text(2, 'testing').finish())).toEqual(testing);
    const nested = new ProtobufWriter().message(3, new ProtobufWriter().integer(1, 150)).finish();
    expect(Array.from(nested)).toEqual([0x1a, 0x03, 0x08, 0x96, 0x01]);
    expect(new ProtobufWriter().integer(1, -1).finish()).toHaveLength(11);
  });

  it('names an operator that it does not know, and a node that is missing', () => {
    const graph = { nodes: [{ name: 'odd', op: 'Fft2D' }], weights: new Map() };
    expect(() => convertToOnnx('x', graph, { y: 'odd' })).toThrow('the operator Fft2D ("odd") is not supported');
    expect(() => reachableNodes(graph, ['other'])).toThrow('the graph has no node "other"');
  });
});
