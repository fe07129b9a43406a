import type { FaceObservation, Frame, Logger } from '../../types.js';
import { cropAsFrame, cropFace, type FaceCrop } from '../encoder/crop.js';
import type { PackagedName } from '../encoder/packaged.js';
import type { Engine } from '../engine/engine.js';
import { engineFactories } from '../engines.js';
import { FaceFinder, type FindOptions } from '../face/finder.js';
import { alignmentPoints } from '../face/landmarks.js';
import { loadSelfTest } from '../selftest.js';
import { augment, drawAugmentation } from './augment.js';
import { cuts } from './cut.js';
import { FrozenPart } from './frozen.js';
import type { RandomSource } from './random-source.js';

export interface KeptFacesOptions {
  readonly cacheFolder: string;
  readonly threads?: number;
  readonly logger: Logger;
}

/** What the frozen part of a network makes of faces, so that its last layers can be trained on them. */
export class KeptFaces {
  private constructor(
    private readonly engine: Engine,
    private readonly finder: FaceFinder,
    private readonly frozen: FrozenPart,
  ) {}

  /** On the first engine that starts. @throws Error when none does */
  static async open(network: PackagedName, options: KeptFacesOptions): Promise<KeptFaces> {
    const faults: string[] = [];
    for (const factory of engineFactories(options)) {
      try {
        const engine = await factory.create();
        return new KeptFaces(engine, await FaceFinder.create(engine), await FrozenPart.create(engine, network));
      } catch (error) {
        faults.push(`${factory.name}: ${(error as Error).message}`);
      }
    }
    throw new Error(`No engine can run the networks here. ${faults.join('; ')}`);
  }

  /** How many values a face has at the cut. */
  get size(): number {
    const [height, width, channels] = cuts[this.frozen.name].shape;
    return height * width * channels;
  }

  find(frame: Frame, options?: FindOptions): Promise<FaceObservation[]> {
    return this.finder.find(frame, options);
  }

  async asSeen(frame: Frame, face: FaceObservation): Promise<Float32Array> {
    return (await this.frozen.run(frame, alignmentPoints(face.mesh))).activations;
  }

  /** The same face under other light, out of focus or mirrored, as its kept crop would give it. */
  changed(frame: Frame, face: FaceObservation, random: RandomSource): Promise<Float32Array> {
    return this.ofCrop(augment(cropFace(frame, alignmentPoints(face.mesh)), drawAugmentation(random)));
  }

  async ofCrop(crop: FaceCrop): Promise<Float32Array> {
    return (await this.frozen.run(cropAsFrame(crop), crop.points)).activations;
  }

  /** A kept crop as it is, then in as many other looks. */
  async looks(crop: FaceCrop, others: number, random: RandomSource): Promise<Float32Array[]> {
    const looks = [await this.ofCrop(crop)];
    for (let i = 0; i < others; i++) {
      looks.push(await this.ofCrop(augment(crop, drawAugmentation(random))));
    }
    return looks;
  }

  /** Of the drawn face by which engines are tested. @throws Error when it is not found */
  async selfTest(): Promise<Float32Array> {
    const { frame } = await loadSelfTest();
    const [face] = await this.finder.find(frame);
    if (face === undefined) {
      throw new Error('the drawn face of the self-test is not found');
    }
    return this.asSeen(frame, face);
  }

  dispose(): Promise<void> {
    return this.engine.dispose();
  }
}
