import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import type { Weight } from './graph.js';

const require = createRequire(import.meta.url);

export type ModelName = 'blazeface' | 'facemesh' | 'iris' | 'faceres' | 'dlib' | 'antispoof' | 'liveness';

/** What the house knows of a network whose weights an npm package ships. */
export interface ModelEntry {
  readonly name: ModelName;
  /** The network's picture is size × size × 3, NHWC. */
  readonly size: number;
  /** Our names for the outputs, and the graph nodes that give them. */
  readonly outputs: Readonly<Record<string, string>>;
  /** `graph`: a TensorFlow.js graph model; `weights`: a bare manifest whose graph is built here. */
  readonly form: 'graph' | 'weights';
  /** The JSON file (topology and manifest, or manifest alone); the weights lie beside it. */
  readonly file: string;
  readonly license: string;
  /** Names what makes this network another than the package's own (outputs, weights); letters and digits. */
  readonly variant?: string;
  /** What is added to the package's weights, by the constant's name in the graph. */
  readonly added?: ReadonlyMap<string, Weight>;
}

/** The folder of an installed package, whatever sub-paths it exports. */
function packageFolder(name: string): string {
  const marker = join('node_modules', ...name.split('/'));
  const entry = dirname(require.resolve(name === '@vladmandic/human' ? name : `${name}/package.json`));
  const at = entry.lastIndexOf(marker);
  return at < 0 ? entry : entry.slice(0, at + marker.length);
}

const humanModel = (name: string): string => join(packageFolder('@vladmandic/human'), 'models', `${name}.json`);

/** Where a model's files lie and what it puts out. Looked up when asked, so that a missing package is one clear error. */
export function modelEntry(name: ModelName): ModelEntry {
  switch (name) {
    case 'blazeface':
      // Google MediaPipe's BlazeFace, back camera: 896 anchors, scores and boxes for strides 16 (512) and 32 (384).
      return {
        name,
        size: 256,
        outputs: { a: 'Identity', b: 'Identity_1', c: 'Identity_2', d: 'Identity_3' },
        form: 'graph',
        file: humanModel(name),
        license: 'Apache-2.0',
      };
    case 'facemesh':
      return {
        name,
        size: 192,
        outputs: { mesh: 'Identity_2', confidence: 'Identity_1' },
        form: 'graph',
        file: humanModel(name),
        license: 'Apache-2.0',
      };
    case 'iris':
      return {
        name,
        size: 64,
        outputs: { points: 'Identity' },
        form: 'graph',
        file: humanModel(name),
        license: 'Apache-2.0',
      };
    case 'faceres':
      return {
        name,
        size: 224,
        outputs: { embedding: 'global_pooling/Mean' },
        form: 'graph',
        file: humanModel(name),
        license: 'MIT',
      };
    case 'dlib':
      return {
        name,
        size: 150,
        outputs: { embedding: 'descriptor' },
        form: 'weights',
        file: join(packageFolder('@vladmandic/face-api'), 'model', 'face_recognition_model-weights_manifest.json'),
        license: 'MIT (code), CC0-1.0 (weights)',
      };
    case 'antispoof':
      return { name, size: 128, outputs: { score: 'Identity' }, form: 'graph', file: humanModel(name), license: 'MIT' };
    case 'liveness':
      return { name, size: 32, outputs: { score: 'Identity' }, form: 'graph', file: humanModel(name), license: 'MIT' };
  }
}
