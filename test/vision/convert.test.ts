import { describe, expect, it } from '@jest/globals';
import { modelEntry } from '../../src/vision/models/catalogue.js';
import { parseModelGraph, readModelFiles } from '../../src/vision/models/graph-reader.js';
import { convertToOnnx } from '../../src/vision/onnx/convert.js';

describe('the conversion to ONNX', () => {
  it('leaves one bound after a ReLU6 that was written as max(0, min(6, relu(x)))', async () => {
    const entry = modelEntry('faceres');
    const graph = parseModelGraph(entry, await readModelFiles(entry));
    const written = graph.nodes.filter(({ op }) => op === 'Maximum' || op === 'Minimum').length;
    const model = Buffer.from(convertToOnnx(entry.name, graph, entry.outputs)).toString('latin1');

    expect(written).toBe(2 * 27);
    expect(model.match(/\/Clip/g)).toHaveLength(27);
  });
});
