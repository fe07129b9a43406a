import type { Embedding, EncoderDescription, Frame } from '../../types.js';
import type { Session } from '../engine/engine.js';
import type { AlignmentPoints } from '../face/landmarks.js';
import { mirrorRows } from '../face/iris.js';
import { invert, type Similarity } from '../image/geometry.js';
import { sample, type PixelFormat } from '../image/sample.js';

/** Turns an aligned face into numbers. */
export interface Encoder {
  readonly description: EncoderDescription;
  /** Embeddings are averages over the face and its mirror image. */
  readonly mirrored: boolean;
  /** The raw embedding of the face whose points are given, in the frame's pixels. */
  encode(frame: Frame, points: AlignmentPoints): Promise<Embedding>;
  dispose(): Promise<void>;
}

/** How one network wants its face. */
export interface EncoderInput {
  readonly size: number;
  readonly format: PixelFormat;
  /** From the frame to the input's pixels. */
  align(points: AlignmentPoints): Similarity;
  readonly layout: 'nhwc' | 'nchw';
}

/** Averaging with the mirrored face makes other embeddings, which must not be compared with plain ones. */
export const versionOf = (version: string, mirror: boolean): string => (mirror ? `${version}+mirror` : version);

/** An encoder made of one network. */
export class NetworkEncoder implements Encoder {
  constructor(
    readonly description: EncoderDescription,
    private readonly session: Session,
    private readonly input: EncoderInput,
    private readonly output: string,
    readonly mirrored: boolean,
  ) {}

  async encode(frame: Frame, points: AlignmentPoints): Promise<Embedding> {
    const { size, format } = this.input;
    const picture = sample(frame, invert(this.input.align(points)), size, format);
    const embedding = Float32Array.from(await this.run(picture));
    if (this.mirrored) {
      mirrorRows(picture, size);
      const other = await this.run(picture);
      embedding.forEach((value, i) => {
        embedding[i] = (value + other[i]!) / 2;
      });
    }
    return embedding;
  }

  async dispose(): Promise<void> {
    await this.session.dispose();
  }

  private async run(picture: Float32Array): Promise<Float32Array> {
    const { size, layout } = this.input;
    const outputs =
      layout === 'nhwc'
        ? await this.session.run(picture, [1, size, size, 3])
        : await this.session.run(channelsFirst(picture), [1, 3, size, size]);
    const length = this.description.sections.reduce((sum, section) => sum + section.length, 0);
    const embedding = outputs[this.output];
    if (embedding?.length !== length) {
      throw new Error(
        `the encoder "${this.description.id}" gives ${embedding?.length ?? 0} numbers in "${this.output}", not ${length}`,
      );
    }
    return embedding;
  }
}

function channelsFirst(picture: Float32Array): Float32Array {
  const count = picture.length / 3;
  const result = new Float32Array(picture.length);
  for (let i = 0; i < count; i++) {
    for (let channel = 0; channel < 3; channel++) {
      result[channel * count + i] = picture[3 * i + channel]!;
    }
  }
  return result;
}
