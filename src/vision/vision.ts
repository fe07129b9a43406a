import type { Embedding, EncoderDescription, FaceObservation, Frame, Logger } from '../types.js';
import { cropAsFrame, cropFace, type FaceCrop } from './encoder/crop.js';
import { createCustomEncoder, EncoderError, type CustomEncoderFiles } from './encoder/custom.js';
import type { Encoder } from './encoder/encoder.js';
import { createDlib, createFaceres, createFusion } from './encoder/packaged.js';
import { engineFactories } from './engines.js';
import type { Engine, EngineName } from './engine/engine.js';
import { selectEngine, type Candidate, type EngineFactory } from './engine/select.js';
import { AppearanceModels, type Appearance, type ColorTreatment } from './face/appearance.js';
import { FaceFinder, type FindOptions } from './face/finder.js';
import { alignmentPoints } from './face/landmarks.js';
import { loadSelfTest, runSelfTest, withTunedReference } from './selftest.js';
import type { TunedEncoder } from './tuning/tuned-file.js';

export type { FaceCrop } from './encoder/crop.js';
export type { FindOptions } from './face/finder.js';
export type { Appearance, ColorTreatment } from './face/appearance.js';
export { engineFactories } from './engines.js';
export { EncoderError } from './encoder/custom.js';
export { NoEngineError } from './engine/select.js';

export interface VisionOptions {
  /** `auto` (default): the fastest that is installed and passes the self-test. */
  readonly engine?: 'auto' | EngineName;
  /** `fusion` (default), one of its parts alone, or an ONNX file with its description. */
  readonly encoder?: 'fusion' | 'faceres' | 'dlib' | CustomEncoderFiles;
  /** Layers tuned on site; used when they were tuned from this very encoder. */
  readonly tuned?: TunedEncoder;
  /** Average every embedding with that of the mirrored face: twice the cost, a little more accurate. */
  readonly mirror?: boolean;
  /** Where converted models are kept. */
  readonly cacheFolder: string;
  /** Threads per inference (default: half the cores, 2 at most). */
  readonly threads?: number;
  readonly logger: Logger;
}

/** Pixels to numbers: finds faces in frames and encodes them. Calls are answered one after the other. */
export interface Vision {
  readonly engine: string;
  readonly encoder: EncoderDescription;
  /** The faces in a frame, in frame pixels, faulty ones too. */
  find(frame: Frame, options?: FindOptions): Promise<FaceObservation[]>;
  /** The face's raw embedding, sections as in {@link EncoderDescription}. */
  encode(frame: Frame, face: FaceObservation): Promise<Embedding>;
  /** What to keep of a face so that any encoder can encode it later. */
  crop(frame: Frame, face: FaceObservation): FaceCrop;
  encodeCrop(crop: FaceCrop): Promise<Embedding>;
  /** For the evaluation of liveness only. */
  appearance(frame: Frame, face: FaceObservation, color?: ColorTreatment): Promise<Appearance>;
  /** Frees all networks, after what was asked before. */
  dispose(): Promise<void>;
}

/** The networks on one engine. */
interface Networks {
  readonly finder: FaceFinder;
  readonly encoder: Encoder;
}

async function createEncoder(engine: Engine, options: VisionOptions): Promise<Encoder> {
  const { mirror = false, encoder = 'fusion', tuned } = options;
  switch (encoder) {
    case 'faceres':
      return createFaceres(engine, mirror, tuned);
    case 'dlib':
      return createDlib(engine, mirror, tuned);
    case 'fusion':
      return createFusion(engine, mirror, tuned);
    default:
      return createCustomEncoder(engine, encoder, mirror);
  }
}

/**
 * Starts the best engine, proves it on a drawn face, and loads the networks.
 *
 * @throws NoEngineError when no engine passes its self-test
 * @throws EncoderError when the user's own encoder cannot be used
 */
export function createVision(options: VisionOptions): Promise<Vision> {
  return openVision(options, engineFactories(options));
}

/** {@link createVision} with the engines given. */
export async function openVision(options: VisionOptions, all: readonly EngineFactory[]): Promise<Vision> {
  const asked = options.engine ?? 'auto';
  const custom = typeof options.encoder === 'object';
  const factories = all.filter(({ name }) => (asked === 'auto' ? !custom || name === 'onnx' : name === asked));
  const test = withTunedReference(await loadSelfTest(), options.tuned);
  const candidate = await selectEngine<Networks>({
    factories,
    attempt: async (engine) => {
      const finder = await FaceFinder.create(engine);
      const encoder = await createEncoder(engine, options);
      const fault = await runSelfTest(test, finder, encoder);
      if (fault !== undefined) {
        throw new Error(`it fails the self-test: ${fault}`);
      }
      // The first run warms up; the second one is timed.
      const started = performance.now();
      await runSelfTest(test, finder, encoder);
      return { built: { finder, encoder }, milliseconds: performance.now() - started };
    },
    discard: async ({ finder, encoder }) => {
      await Promise.all([finder.dispose(), encoder.dispose()]);
    },
    isFatal: (fault) => fault instanceof EncoderError,
    note: (message, fault) => {
      // TensorFlow is an extra that hardly anybody has; the engine everybody should have is worth a warning.
      const expected = asked === 'auto' && !message.includes('self-test') && !message.includes('"onnx"');
      options.logger[expected ? 'debug' : 'warn'](message);
      if (!expected && fault instanceof Error) {
        options.logger.debug(fault.stack ?? fault.message);
      }
    },
  });
  options.logger.debug(
    `Faces are recognised by the engine "${candidate.engine.name}", ${candidate.milliseconds.toFixed(0)} ms a face.`,
  );
  return new LoadedVision(candidate);
}

class LoadedVision implements Vision {
  readonly engine: string;
  readonly encoder: EncoderDescription;
  private appearanceModels: AppearanceModels | undefined;
  /** The end of the last call: networks and their input buffers serve one caller at a time. */
  private tail: Promise<unknown> = Promise.resolve();
  private disposed = false;

  constructor(private readonly candidate: Candidate<Networks>) {
    this.engine = candidate.engine.name;
    this.encoder = candidate.built.encoder.description;
  }

  find(frame: Frame, options?: FindOptions): Promise<FaceObservation[]> {
    return this.inTurn(() => this.candidate.built.finder.find(frame, options));
  }

  encode(frame: Frame, face: FaceObservation): Promise<Embedding> {
    return this.inTurn(() => this.candidate.built.encoder.encode(frame, alignmentPoints(face.mesh)));
  }

  crop(frame: Frame, face: FaceObservation): FaceCrop {
    return cropFace(frame, alignmentPoints(face.mesh));
  }

  encodeCrop(crop: FaceCrop): Promise<Embedding> {
    return this.inTurn(() => this.candidate.built.encoder.encode(cropAsFrame(crop), crop.points));
  }

  appearance(frame: Frame, face: FaceObservation, color: ColorTreatment = 'as-is'): Promise<Appearance> {
    return this.inTurn(async () => {
      this.appearanceModels ??= await AppearanceModels.create(this.candidate.engine);
      return this.appearanceModels.judge(frame, face, color);
    });
  }

  async dispose(): Promise<void> {
    if (this.disposed) {
      return;
    }
    this.disposed = true;
    await this.tail.catch(() => undefined);
    // Ends the networks' sessions too.
    await this.candidate.engine.dispose();
  }

  private inTurn<Result>(work: () => Promise<Result>): Promise<Result> {
    if (this.disposed) {
      return Promise.reject(new Error('vision has been disposed'));
    }
    const result = this.tail.then(work, work);
    this.tail = result.catch(() => undefined);
    return result;
  }
}
