import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join, sep } from 'node:path';
import { compileFunction } from 'node:vm';
import type * as Core from '@tensorflow/tfjs-core';
import type * as Wasm from '@tensorflow/tfjs-backend-wasm';
import type * as FaceApi from '@vladmandic/face-api';
import type { Frame } from '../../src/types.js';

/** At face-api's own 0.5 a drawn face is none, and nothing but the detector would run. */
const CONFIDENCE = 0.2;

const require = createRequire(import.meta.url);

/** face-api as it comes, on WebAssembly: detection, 68 landmarks and descriptor of every face. */
export interface StockFaceApi {
  /** One pass over the frame; gives the number of faces found. */
  detect(frame: Frame): Promise<number>;
}

/**
 * Loads face-api's node-wasm build. It asks for the package `@tensorflow/tfjs`, which is not installed here: it gets
 * that package's parts, of which it needs the core alone. (Its other builds want a browser or tfjs-node.)
 */
export async function loadStockFaceApi(): Promise<StockFaceApi> {
  const core = require('@tensorflow/tfjs-core') as typeof Core;
  const wasm = require('@tensorflow/tfjs-backend-wasm') as typeof Wasm;
  const folder = dirname(require.resolve('@vladmandic/face-api/package.json'));
  const file = join(folder, 'dist', 'face-api.node-wasm.js');
  const module = { exports: {} };
  giveTensorsMethods(core);
  const load = (name: string): unknown => (name === '@tensorflow/tfjs' ? core : require(name));
  const run = compileFunction(await readFile(file, 'utf8'), ['require', 'module', 'exports'], { filename: file });
  (run as (...parts: unknown[]) => void)(load, module, module.exports);
  const faceApi = module.exports as typeof FaceApi;
  wasm.setWasmPaths(dirname(require.resolve('@tensorflow/tfjs-backend-wasm')) + sep);
  await core.setBackend('wasm');
  await core.ready();
  const models = join(folder, 'model');
  await faceApi.nets.ssdMobilenetv1.loadFromDisk(models);
  await faceApi.nets.faceLandmark68Net.loadFromDisk(models);
  await faceApi.nets.faceRecognitionNet.loadFromDisk(models);
  return {
    detect: async (frame) => {
      const tensor = core.tensor3d(frame.data, [frame.height, frame.width, 3], 'int32');
      try {
        const faces = await faceApi
          .detectAllFaces(tensor as FaceApi.TNetInput, new faceApi.SsdMobilenetv1Options({ minConfidence: CONFIDENCE }))
          .withFaceLandmarks()
          .withFaceDescriptors();
        return faces.length;
      } finally {
        tensor.dispose();
      }
    },
  };
}

const operations = ['add', 'sub', 'mul', 'div', 'mean', 'matMul', 'relu', 'sqrt'] as const;

/** In `@tensorflow/tfjs` operations are also methods of the tensors; these are the ones that face-api calls. */
function giveTensorsMethods(core: typeof Core): void {
  const methods = core.Tensor.prototype as unknown as Record<string, unknown>;
  for (const name of operations) {
    methods[name] = function (this: Core.Tensor, ...rest: unknown[]): unknown {
      return (core[name] as (...all: unknown[]) => unknown)(this, ...rest);
    };
  }
  const reshape = function (this: Core.Tensor, ...shape: number[]): Core.Tensor {
    return core.reshape(this, shape.length === 0 ? [this.size] : shape);
  };
  Object.assign(methods, { as1D: reshape, as2D: reshape, as3D: reshape, as4D: reshape });
  methods['toFloat'] = function (this: Core.Tensor): Core.Tensor {
    return core.cast(this, 'float32');
  };
}
