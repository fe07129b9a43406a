import { join } from 'node:path';
import sharp from 'sharp';
import { PopulationError } from '../../recognition/errors.js';
import { buildPopulation, type PopulationPerson } from '../../recognition/population-build.js';
import type { Population } from '../../recognition/population.js';
import { alignedCrop } from '../../vision/encoder/aligned-picture.js';
import { createVision, type Vision } from '../../vision/vision.js';
import type { ChainOptions } from '../evaluate/chain.js';
import { openChain } from '../evaluate/chain.js';
import { listPeople } from '../evaluate/people.js';
import { populationFromFaces } from '../evaluate/population-from-faces.js';
import { quietLogger } from '../setup.js';
import type { Trained } from './trained.js';

/** So many pictures of one person say what there is to say about an encoder. */
const PICTURES = 10;
const PEOPLE = 700;
const FRAMES = 5;

export interface PopulationInput {
  readonly encoder: Exclude<ChainOptions['encoder'], string>;
  readonly trained: Trained;
  /** Folder of the photos that the aligned faces were cut from; with it doorbell visits are simulated too. */
  readonly photos: string | undefined;
  readonly cache: string;
}

/**
 * Statistics of a trained encoder over the people who were held out: on people it was trained on it looks too good.
 * @returns the statistics, or in words why there are none
 */
export async function populationOfHeldOut(input: PopulationInput): Promise<Population | string> {
  try {
    return input.photos === undefined ? await fromAligned(input) : await fromPhotos(input, input.photos);
  } catch (error) {
    if (error instanceof PopulationError) {
      return `${error.message} (held out: ${input.trained.held_out.length} people)`;
    }
    throw error;
  }
}

/** The real chain, from finding the face on, with simulated visits. */
async function fromPhotos({ encoder, trained, cache }: PopulationInput, photos: string): Promise<Population> {
  const names = new Set(trained.held_out.map(({ name }) => name));
  const people = (await listPeople(photos)).filter(({ name }) => names.has(name)).slice(0, PEOPLE);
  const chain = await openChain({ encoder, cache });
  try {
    return await populationFromFaces(chain, {
      people: people.map(({ name, files }) => ({ name, files: files.slice(0, PICTURES) })),
      description: 'people held out from the training, photos and simulated visits',
      frames: FRAMES,
      visitors: PEOPLE,
    });
  } finally {
    await chain.close();
  }
}

/** Straight from the aligned faces, whose points are known. */
async function fromAligned({ encoder, trained, cache }: PopulationInput): Promise<Population> {
  const vision = await createVision({ encoder, cacheFolder: join(cache, 'models'), logger: quietLogger });
  try {
    const people: PopulationPerson[] = [];
    for (const { files } of trained.held_out.slice(0, PEOPLE)) {
      const photos: Float32Array[] = [];
      for (const file of files.slice(0, PICTURES)) {
        photos.push(...(await encodeAligned(vision, file, trained.alignment)));
      }
      if (photos.length > 0) {
        people.push({ photos, visits: [] });
      }
    }
    const source = { description: 'people held out from the training, aligned faces', degradations: [] };
    return buildPopulation({ encoder: vision.encoder, people, source });
  } finally {
    await vision.dispose();
  }
}

/** One embedding; none for a file that is no picture. */
async function encodeAligned(
  vision: Vision,
  file: string,
  { size, template }: Trained['alignment'],
): Promise<Float32Array[]> {
  try {
    const pixels = await sharp(file)
      .removeAlpha()
      .toColourspace('srgb')
      .resize(size, size, { fit: 'fill' })
      .raw()
      .toBuffer();
    return [await vision.encodeCrop(alignedCrop(new Uint8Array(pixels), size, template))];
  } catch {
    return [];
  }
}
