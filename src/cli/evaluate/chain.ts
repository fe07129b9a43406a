import { join } from 'node:path';
import { SingleBar } from 'cli-progress';
import { packageRoot } from '../../package-root.js';
import type { EncoderDescription } from '../../types.js';
import { createVision, type VisionOptions } from '../../vision/vision.js';
import { quietLogger } from '../setup.js';
import { EmbeddingCache, type FaceRecord } from './embedding-cache.js';
import { FaceEmbedder, type Picture } from './faces.js';

export const encoderNames = ['fusion', 'faceres', 'dlib'] as const;
export type EncoderName = (typeof encoderNames)[number];

export interface ChainOptions {
  /** One of the packaged encoders, or the files of the user's own. */
  readonly encoder: NonNullable<VisionOptions['encoder']>;
  /** Where converted models and embeddings are kept. */
  readonly cache: string;
  /** Average with the mirrored face. */
  readonly mirror?: boolean;
}

export const defaultCache = join(packageRoot, '.cache');

/** The real chain from picture file to embedding, with its memory. */
export interface Chain {
  readonly encoder: EncoderDescription;
  /** Embeds all pictures, in order, with a progress bar where anything is left to do. */
  embed(pictures: readonly Picture[], label: string): Promise<FaceRecord[]>;
  close(): Promise<void>;
}

export async function openChain({ encoder, cache: folder, mirror = false }: ChainOptions): Promise<Chain> {
  const vision = await createVision({ encoder, mirror, cacheFolder: join(folder, 'models'), logger: quietLogger });
  const { id, version } = vision.encoder;
  const cache = await EmbeddingCache.open(join(folder, 'evaluate', `${id}-${version}.jsonl`));
  const embedder = new FaceEmbedder(vision, cache);
  return {
    encoder: vision.encoder,
    async embed(pictures, label) {
      const bar = new SingleBar({
        format: `${label} {bar} {value}/{total}, {eta_formatted} left`,
        hideCursor: false,
        clearOnComplete: true,
      });
      const records: FaceRecord[] = [];
      bar.start(pictures.length, 0);
      try {
        for (const picture of pictures) {
          records.push(await embedder.embed(picture));
          bar.update(records.length);
        }
      } finally {
        bar.stop();
      }
      return records;
    },
    async close() {
      await cache.close();
      await vision.dispose();
    },
  };
}
