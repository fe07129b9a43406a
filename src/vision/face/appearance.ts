import type { FaceObservation, Frame } from '../../types.js';
import type { Engine, Session } from '../engine/engine.js';
import { cropTransform } from '../image/geometry.js';
import { sample } from '../image/sample.js';
import { modelEntry } from '../models/catalogue.js';
import { regionOfMesh } from './mesh.js';

/** How alive Human's two models take a face to be, 0 (picture) … 1 (genuine). */
export interface Appearance {
  readonly antispoof: number;
  readonly liveness: number;
}

/** `grey-world`: each channel is scaled so that their means agree, which takes a coloured light or camera cast away. */
export type ColorTreatment = 'as-is' | 'grey-world';

/**
 * Human's `antispoof` and `liveness` networks. They hardly tell a picture from a person (docs/liveness.md), so they
 * serve the evaluation of liveness only, never a decision.
 */
export class AppearanceModels {
  private constructor(
    private readonly antispoof: Session,
    private readonly liveness: Session,
  ) {}

  static async create(engine: Engine): Promise<AppearanceModels> {
    return new AppearanceModels(await engine.load(modelEntry('antispoof')), await engine.load(modelEntry('liveness')));
  }

  async judge(frame: Frame, face: FaceObservation, color: ColorTreatment): Promise<Appearance> {
    return {
      antispoof: await score(this.antispoof, frame, face, modelEntry('antispoof').size, color),
      liveness: await score(this.liveness, frame, face, modelEntry('liveness').size, color),
    };
  }

  async dispose(): Promise<void> {
    await Promise.all([this.antispoof.dispose(), this.liveness.dispose()]);
  }
}

async function score(
  session: Session,
  frame: Frame,
  face: FaceObservation,
  size: number,
  color: ColorTreatment,
): Promise<number> {
  const { center, side, angle } = regionOfMesh(face.mesh);
  const picture = sample(frame, cropTransform(center, side, angle, size), size, {
    order: 'rgb',
    mean: [0, 0, 0],
    scale: 1 / 255,
  });
  if (color === 'grey-world') {
    balance(picture);
  }
  return (await session.run(picture, [1, size, size, 3])).score![0]!;
}

function balance(picture: Float32Array): void {
  const sums = [0, 0, 0];
  picture.forEach((value, i) => {
    sums[i % 3]! += value;
  });
  const mean = (sums[0]! + sums[1]! + sums[2]!) / 3;
  picture.forEach((value, i) => {
    picture[i] = Math.min(1, (value * mean) / Math.max(1e-6, sums[i % 3]!));
  });
}
