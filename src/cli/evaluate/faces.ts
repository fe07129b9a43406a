import { readFile } from 'node:fs/promises';
import sharp from 'sharp';
import type { FaceObservation, Frame } from '../../types.js';
import type { Vision } from '../../vision/vision.js';
import { ContentNames } from './content-names.js';
import { degradationVersion, degradedFrame } from '../../enrolment/degrade.js';
import type { EmbeddingCache, FaceRecord } from './embedding-cache.js';

/** A picture to be embedded: as it is, or as one frame of a simulated visit of the person in it. */
export interface Picture {
  readonly file: string;
  /** Frame number of the simulated visit; undefined for the picture as it is. */
  readonly visitFrame?: number;
}

/** Raised whenever the quality gate's limits change: faults are remembered with the embeddings. */
const gateVersion = 3;

/** Embeds pictures through the real chain (find, judge, encode), remembering every answer on disk. */
export class FaceEmbedder {
  private readonly contents = new ContentNames();

  constructor(
    private readonly vision: Pick<Vision, 'find' | 'encode'>,
    private readonly cache: EmbeddingCache,
  ) {}

  /**
   * @returns the face nearest the picture's middle. Pictures as they are keep their faults (a labelled picture counts
   *   whether it is good or not); frames of visits are refused for them, as in the running plugin.
   */
  async embed({ file, visitFrame }: Picture): Promise<FaceRecord> {
    const key = await this.keyOf(file, visitFrame);
    let record = this.cache.get(key);
    if (record === undefined) {
      record = await this.judge(visitFrame === undefined ? await decode(file) : await this.degrade(file, visitFrame));
      await this.cache.set(key, record);
    }
    if (visitFrame === undefined || record.embedding === undefined || record.faults.length === 0) return record;
    return { refused: record.faults.join(', ') };
  }

  private async degrade(file: string, visitFrame: number): Promise<Frame> {
    return degradedFrame(await readFile(file), await this.contents.of(file), visitFrame);
  }

  private async judge(frame: Frame): Promise<FaceRecord> {
    const face = nearestToMiddle(await this.vision.find(frame), frame);
    if (face === undefined) return { refused: 'no face' };
    const { score, faults } = face.quality;
    return { embedding: await this.vision.encode(frame, face), quality: score, faults };
  }

  private async keyOf(file: string, visitFrame: number | undefined): Promise<string> {
    const content = await this.contents.of(file);
    return visitFrame === undefined ? content : `${content}:${degradationVersion}:${visitFrame}:${gateVersion}`;
  }
}

/** Decodes a picture file upright. @throws when it is none. */
export async function decode(file: string): Promise<Frame> {
  const { data, info } = await sharp(file)
    .autoOrient()
    .removeAlpha()
    .toColourspace('srgb')
    .raw()
    .toBuffer({ resolveWithObject: true });
  return { format: 'rgb24', width: info.width, height: info.height, data, timestamp: 0 };
}

/** Of several faces the one that the picture is of. */
export function nearestToMiddle(faces: readonly FaceObservation[], frame: Frame): FaceObservation | undefined {
  const distance = ({ box }: FaceObservation): number =>
    Math.hypot(box.x + box.width / 2 - frame.width / 2, box.y + box.height / 2 - frame.height / 2) -
    // Of two faces equally central the larger one is meant.
    box.width / 2;
  return [...faces].sort((a, b) => distance(a) - distance(b))[0];
}
