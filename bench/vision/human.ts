import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join, sep } from 'node:path';
import type * as Core from '@tensorflow/tfjs-core';
import type * as Wasm from '@tensorflow/tfjs-backend-wasm';
import type { Human } from '@vladmandic/human';
import type { Frame } from '../../src/types.js';

const require = createRequire(import.meta.url);

/** Human as it comes, on WebAssembly: the peer that our way is measured against. */
export interface StockHuman {
  /** One `detect()` over the frame; gives the number of faces found. */
  detect(frame: Frame): Promise<number>;
}

interface ManifestGroup {
  readonly paths: readonly string[];
  readonly weights: Core.io.WeightsManifestEntry[];
}

/** Lets TensorFlow.js read models from disk, where it would fetch them over HTTP. */
function readModelsFromDisk(core: typeof Core): void {
  core.io.registerLoadRouter((url) => {
    const address = Array.isArray(url) ? url[0] : url;
    if (typeof address !== 'string' || !address.startsWith('file://')) {
      return null as unknown as Core.io.IOHandler;
    }
    const file = address.slice('file://'.length);
    return {
      load: async () => {
        const model = JSON.parse(await readFile(file, 'utf8')) as {
          readonly modelTopology: object;
          readonly signature?: object;
          readonly weightsManifest: readonly ManifestGroup[];
        };
        const paths = model.weightsManifest.flatMap((group) => group.paths);
        const bytes = Buffer.concat(await Promise.all(paths.map((path) => readFile(join(dirname(file), path)))));
        return {
          modelTopology: model.modelTopology,
          signature: model.signature,
          weightSpecs: model.weightsManifest.flatMap((group) => group.weights),
          weightData: bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength),
        };
      },
    };
  });
}

/**
 * Loads Human's node-wasm build by its path: the package's entry wants tfjs-node, and sub-paths are not exported.
 * Face detection, mesh, iris and description are on as they are by default, everything that is not of a face is off.
 */
export async function loadStockHuman(): Promise<StockHuman> {
  const core = require('@tensorflow/tfjs-core') as typeof Core;
  require('@tensorflow/tfjs-converter');
  const wasm = require('@tensorflow/tfjs-backend-wasm') as typeof Wasm;
  const wasmFolder = dirname(require.resolve('@tensorflow/tfjs-backend-wasm')) + sep;
  const packageFolder = dirname(require.resolve('@vladmandic/human'));
  wasm.setWasmPaths(wasmFolder);
  readModelsFromDisk(core);
  const library = require(join(packageFolder, 'human.node-wasm.js')) as { readonly Human: typeof Human };
  const off = { enabled: false };
  const human = new library.Human({
    debug: false,
    backend: 'wasm',
    wasmPath: wasmFolder,
    modelBasePath: `file://${join(packageFolder, '..', 'models')}/`,
    // Every frame counts in full: no answer from the cache.
    cacheSensitivity: 0,
    warmup: 'none',
    filter: off,
    gesture: off,
    body: off,
    hand: off,
    object: off,
    segmentation: off,
  });
  await human.load();
  return {
    detect: async (frame) => {
      const tensor = core.tensor3d(frame.data, [frame.height, frame.width, 3], 'int32');
      try {
        const result = await human.detect(tensor);
        return result.face.length;
      } finally {
        tensor.dispose();
      }
    },
  };
}
