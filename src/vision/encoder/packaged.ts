import type { Embedding, EncoderDescription, Frame } from '../../types.js';
import type { Engine } from '../engine/engine.js';
import { fivePoints, type AlignmentPoints } from '../face/landmarks.js';
import { modelEntry } from '../models/catalogue.js';
import { DLIB_MEAN } from '../models/dlib-graph.js';
import type { Weight } from '../models/graph.js';
import { arcfaceAlignment, dlibAlignment } from './alignment.js';
import { NetworkEncoder, versionOf, type Encoder, type EncoderInput } from './encoder.js';

/** Raised whenever an embedding's numbers would change: crop, channels, weights. */
const VERSION = '1';

/** The packaged encoders that make up the fusion, in its order, with the length of what they put out. */
export const packagedEncoders = { faceres: 1024, dlib: 128 } as const;
export type PackagedName = keyof typeof packagedEncoders;

/** How the packaged encoders want their faces. */
export const packagedInputs: Readonly<Record<PackagedName, EncoderInput>> = {
  faceres: {
    size: 224,
    format: { order: 'bgr', mean: [103.939, 116.779, 123.68], scale: 1 },
    align: (points: AlignmentPoints) => arcfaceAlignment(fivePoints(points), 224, 0.9),
    layout: 'nhwc',
  },
  dlib: {
    size: 150,
    format: { order: 'rgb', mean: DLIB_MEAN, scale: 1 / 255 },
    align: (points: AlignmentPoints) => dlibAlignment(points, 150),
    layout: 'nhwc',
  },
};

/** The version that a packaged encoder has now, as it is; undefined for an encoder of the user's own. */
export function currentVersion(encoder: unknown): string | undefined {
  return encoder === 'fusion' ? `${VERSION}-${VERSION}` : typeof encoder === 'string' ? VERSION : undefined;
}

/** Layers that tuning has changed; `tag` names them. */
export interface TunedLayers {
  readonly network: PackagedName;
  readonly tag: string;
  /** What is added to the network's weights. */
  readonly differences: ReadonlyMap<string, Weight>;
}

async function createPackaged(
  name: PackagedName,
  engine: Engine,
  mirror: boolean,
  tuned?: TunedLayers,
): Promise<Encoder> {
  const packaged = modelEntry(name);
  const own = tuned?.network === name ? tuned : undefined;
  const model = own === undefined ? packaged : { ...packaged, variant: `tuned-${own.tag}`, added: own.differences };
  const version = versionOf(VERSION, mirror);
  const description: EncoderDescription = {
    id: name,
    version: own === undefined ? version : `${version}+tuned.${own.tag}`,
    license: model.license,
    sections: [{ name, length: packagedEncoders[name] }],
  };
  return new NetworkEncoder(description, await engine.load(model), packagedInputs[name], 'embedding', mirror);
}

/**
 * `faceres` of Human: 1,024 numbers of its global average pooling. Input BGR minus the ImageNet mean of VGG, aligned
 * to ArcFace's five points, zoom 0.9: measured best on LFW; Human itself feeds it RGB without the mean.
 */
export const createFaceres = (engine: Engine, mirror: boolean, tuned?: TunedLayers): Promise<Encoder> =>
  createPackaged('faceres', engine, mirror, tuned);

/** dlib's ResNet descriptor (D. King 2017), 128 numbers, from face-api's package. */
export const createDlib = (engine: Engine, mirror: boolean, tuned?: TunedLayers): Promise<Encoder> =>
  createPackaged('dlib', engine, mirror, tuned);

/** Both packaged encoders, one behind the other: [faceres 1,024 | dlib 128]. */
export class FusedEncoder implements Encoder {
  readonly description: EncoderDescription;
  readonly mirrored: boolean;

  constructor(private readonly parts: readonly Encoder[]) {
    this.mirrored = parts.some((part) => part.mirrored);
    const descriptions = parts.map((part) => part.description);
    this.description = {
      id: 'fusion',
      version: descriptions.map(({ version }) => version).join('-'),
      license: [...new Set(descriptions.map(({ license }) => license))].join('; '),
      sections: descriptions.flatMap(({ sections }) => sections),
    };
  }

  async encode(frame: Frame, points: AlignmentPoints): Promise<Embedding> {
    const embeddings: Embedding[] = [];
    for (const part of this.parts) {
      embeddings.push(await part.encode(frame, points));
    }
    const fused = new Float32Array(embeddings.reduce((sum, { length }) => sum + length, 0));
    let offset = 0;
    for (const embedding of embeddings) {
      fused.set(embedding, offset);
      offset += embedding.length;
    }
    return fused;
  }

  async dispose(): Promise<void> {
    await Promise.all(this.parts.map((part) => part.dispose()));
  }
}

export async function createFusion(engine: Engine, mirror: boolean, tuned?: TunedLayers): Promise<Encoder> {
  return new FusedEncoder([await createFaceres(engine, mirror, tuned), await createDlib(engine, mirror, tuned)]);
}
