import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { ModelEntry } from './catalogue.js';
import { buildDlibGraph } from './dlib-graph.js';
import type { GraphNode, ModelGraph } from './graph.js';
import { decodeWeights, type WeightSpecification } from './weights.js';

interface ManifestGroup {
  readonly paths: readonly string[];
  readonly weights: readonly WeightSpecification[];
}

interface GraphModelFile {
  readonly modelTopology: { readonly node: readonly GraphNode[] };
  readonly weightsManifest: readonly ManifestGroup[];
}

/** A model's files as they lie in the npm package, unparsed. */
export interface ModelFiles {
  readonly description: string;
  readonly weights: Uint8Array;
  /** SHA-256 over both, hexadecimal: names the converted model in the cache. */
  readonly hash: string;
}

async function readManifest(entry: ModelEntry): Promise<{ text: string; groups: readonly ManifestGroup[] }> {
  const text = await readFile(entry.file, 'utf8');
  const parsed = JSON.parse(text) as GraphModelFile | readonly ManifestGroup[];
  return { text, groups: 'weightsManifest' in parsed ? parsed.weightsManifest : parsed };
}

/** Reads a model's files. @throws Error with the file's name when they cannot be read. */
export async function readModelFiles(entry: ModelEntry): Promise<ModelFiles> {
  const { text, groups } = await readManifest(entry);
  const folder = dirname(entry.file);
  const parts = await Promise.all(groups.flatMap((group) => group.paths).map((path) => readFile(join(folder, path))));
  const weights = Buffer.concat(parts);
  const hash = createHash('sha256').update(text).update(weights).digest('hex');
  return { description: text, weights, hash };
}

/** The graph in a model's files, with what the entry adds to its weights; for bare weights it is built. */
export function parseModelGraph(entry: ModelEntry, files: ModelFiles): ModelGraph {
  const graph = packagedGraph(entry, files);
  if (entry.added === undefined) {
    return graph;
  }
  const weights = new Map(graph.weights);
  for (const [name, { shape, values }] of entry.added) {
    const original = weights.get(name);
    if (original?.shape.join() !== shape.join()) {
      throw new Error(`the changed weight "${name}" does not belong to the network "${entry.name}"`);
    }
    const sum = Float32Array.from(original.values, (value, i) => value + values[i]!);
    weights.set(name, { shape, dtype: 'float32', values: sum });
  }
  return { nodes: graph.nodes, weights };
}

function packagedGraph(entry: ModelEntry, files: ModelFiles): ModelGraph {
  if (entry.form === 'weights') {
    const groups = JSON.parse(files.description) as readonly ManifestGroup[];
    return buildDlibGraph(
      decodeWeights(
        groups.flatMap((group) => group.weights),
        files.weights,
      ),
    );
  }
  const model = JSON.parse(files.description) as GraphModelFile;
  const weights = decodeWeights(
    model.weightsManifest.flatMap((group) => group.weights),
    files.weights,
  );
  return { nodes: model.modelTopology.node, weights };
}
