import { availableParallelism } from 'node:os';
import type { Embedding, EncoderDescription, FaceObservation, Frame, Logger } from '../types.js';
import { cropAsFrame, cropFace, type FaceCrop } from './encoder/crop.js';
import type { Encoder } from './encoder/encoder.js';
import { createDlib, createFaceres, createFusion } from './encoder/packaged.js';
import type { Engine, EngineName } from './engine/engine.js';
import { createOnnxEngine } from './engine/onnx.js';
import { FaceFinder, type FindOptions } from './face/finder.js';
import { alignmentPoints } from './face/landmarks.js';

export type { FaceCrop } from './encoder/crop.js';
export type { FindOptions } from './face/finder.js';

export interface VisionOptions {
  readonly engine?: 'auto' | EngineName;
  readonly encoder?: 'fusion' | 'faceres' | 'dlib';
  /** Average every embedding with that of the mirrored face: twice the cost, a little more accurate. */
  readonly mirror?: boolean;
  /** Where converted models are kept. */
  readonly cacheFolder: string;
  /** Threads per inference (default: half the cores, 2 at most). */
  readonly threads?: number;
  readonly logger: Logger;
}

/** Pixels to numbers: finds faces in frames and encodes them. One call at a time. */
export interface Vision {
  readonly engine: string;
  readonly encoder: EncoderDescription;
  find(frame: Frame, options?: FindOptions): Promise<FaceObservation[]>;
  /** The face's raw embedding. */
  encode(frame: Frame, face: FaceObservation): Promise<Embedding>;
  crop(frame: Frame, face: FaceObservation): FaceCrop;
  encodeCrop(crop: FaceCrop): Promise<Embedding>;
  dispose(): Promise<void>;
}

async function createEncoder(engine: Engine, options: VisionOptions): Promise<Encoder> {
  const mirror = options.mirror ?? false;
  switch (options.encoder ?? 'fusion') {
    case 'faceres':
      return createFaceres(engine, mirror);
    case 'dlib':
      return createDlib(engine, mirror);
    case 'fusion':
      return createFusion(engine, mirror);
  }
}

/** Loads engine and networks. */
export async function createVision(options: VisionOptions): Promise<Vision> {
  const threads = options.threads ?? Math.max(1, Math.min(2, Math.floor(availableParallelism() / 2)));
  const engine = await createOnnxEngine({
    cacheFolder: options.cacheFolder,
    threads,
    warn: (message) => options.logger.warn(message),
  });
  const finder = await FaceFinder.create(engine);
  const encoder = await createEncoder(engine, options);
  return {
    engine: engine.name,
    encoder: encoder.description,
    find: (frame, findOptions) => finder.find(frame, findOptions),
    encode: (frame, face) => encoder.encode(frame, alignmentPoints(face.mesh)),
    crop: (frame, face) => cropFace(frame, alignmentPoints(face.mesh)),
    encodeCrop: (crop) => encoder.encode(cropAsFrame(crop), crop.points),
    dispose: async () => {
      await finder.dispose();
      await encoder.dispose();
      await engine.dispose();
    },
  };
}
