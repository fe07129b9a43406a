/**
 * The one description of a network that every engine understands: TensorFlow.js's graph-model form (nodes in
 * TensorFlow's operators, NHWC, weights by name). TensorFlow.js runs it as it is; `onnx/convert.ts` turns it into ONNX.
 */

/** A node attribute as TensorFlow.js writes protobuf's AttrValue in JSON: integers as text, strings in base64. */
export interface GraphAttribute {
  readonly type?: string;
  readonly b?: boolean;
  readonly i?: string | number;
  readonly f?: number;
  readonly s?: string;
  readonly shape?: { readonly dim?: readonly { readonly size: string | number }[] };
  readonly list?: {
    readonly i?: readonly (string | number)[];
    readonly s?: readonly string[];
    readonly f?: readonly number[];
  };
}

export interface GraphNode {
  readonly name: string;
  readonly op: string;
  readonly input?: readonly string[];
  readonly attr?: Readonly<Record<string, GraphAttribute>>;
}

export interface Weight {
  readonly shape: readonly number[];
  readonly dtype: 'float32' | 'int32';
  readonly values: Float32Array | Int32Array;
}

export interface ModelGraph {
  readonly nodes: readonly GraphNode[];
  readonly weights: ReadonlyMap<string, Weight>;
}

/** The node an input refers to: `^` marks a control edge, `:0` the first output. */
export function nodeName(reference: string): string {
  return reference.replace(/^\^/, '').replace(/:\d+$/, '');
}

/** Attribute texts are base64. */
export function attributeText(text: string | undefined, fallback = ''): string {
  return text === undefined ? fallback : Buffer.from(text, 'base64').toString('latin1');
}

/** The nodes that the outputs need, every node after its inputs. */
export function reachableNodes(graph: ModelGraph, outputs: readonly string[]): GraphNode[] {
  const byName = new Map(graph.nodes.map((node) => [node.name, node]));
  const seen = new Set<string>();
  const ordered: GraphNode[] = [];
  const visit = (name: string): void => {
    if (seen.has(name)) {
      return;
    }
    seen.add(name);
    const node = byName.get(name);
    if (node === undefined) {
      throw new Error(`the graph has no node "${name}"`);
    }
    for (const input of node.input ?? []) {
      visit(nodeName(input));
    }
    ordered.push(node);
  };
  outputs.forEach(visit);
  return ordered;
}
