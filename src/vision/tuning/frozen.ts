import type { Embedding, Frame } from '../../types.js';
import { packagedInputs, type PackagedName } from '../encoder/packaged.js';
import type { Engine, Session } from '../engine/engine.js';
import type { AlignmentPoints } from '../face/landmarks.js';
import { invert } from '../image/geometry.js';
import { sample } from '../image/sample.js';
import { cutEntry } from './cut.js';

/** What the frozen part of one network makes of a face. */
export interface Frozen {
  /** The values at the cut, flat, height × width × channels. */
  readonly activations: Float32Array;
  /** What the whole original network puts out. */
  readonly embedding: Embedding;
}

/** The frozen part of a packaged encoder, which is run once for each picture; its values are kept. */
export class FrozenPart {
  private constructor(
    readonly name: PackagedName,
    private readonly session: Session,
  ) {}

  static async create(engine: Engine, name: PackagedName): Promise<FrozenPart> {
    return new FrozenPart(name, await engine.load(cutEntry(name)));
  }

  async run(frame: Frame, points: AlignmentPoints): Promise<Frozen> {
    const input = packagedInputs[this.name];
    const { size, format } = input;
    const picture = sample(frame, invert(input.align(points)), size, format);
    const { cut, embedding } = await this.session.run(picture, [1, size, size, 3]);
    return { activations: Float32Array.from(cut!), embedding: Float32Array.from(embedding!) };
  }

  dispose(): Promise<void> {
    return this.session.dispose();
  }
}
