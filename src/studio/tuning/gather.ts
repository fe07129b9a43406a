import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setImmediate } from 'node:timers/promises';
import sharp from 'sharp';
import { unpackCrop, type CropFile } from '../../enrolment/crop-file.js';
import { degradedFrame } from '../../enrolment/degrade.js';
import { chooseFace } from '../../enrolment/photo.js';
import type { Random } from '../../recognition/random.js';
import { decodePicture } from '../../vision/selftest.js';
import type { KeptFaces } from '../../vision/tuning/kept-faces.js';
import type { Vision } from '../../vision/vision.js';
import type { KeptFace, KeptStranger } from './tune-encoder.js';

/** What turns pictures into kept faces: the original encoder, and the frozen part of the network that is tuned. */
export interface Seeing {
  readonly vision: Vision;
  readonly kept: KeptFaces;
  readonly random: Random;
  readonly signal: AbortSignal;
}

/** Other looks per kept face of a guest: light, blur, mirror. */
const OTHER_LOOKS = 3;
/** Photos of one stranger that are looked at. */
const MOST_PHOTOS = 4;
/** Frames of a simulated visit. */
const VISIT_FRAMES = 4;
const picture = /\.(jpe?g|png|webp|avif|tiff?)$/i;

/** A kept crop as the networks see it. @throws Error when the crop is damaged */
export async function keptFace(
  { vision, kept, random }: Seeing,
  id: string,
  file: CropFile,
  otherLooks = OTHER_LOOKS,
): Promise<KeptFace> {
  const crop = await unpackCrop(file);
  return { id, embedding: await vision.encodeCrop(crop), looks: await kept.looks(crop, otherLooks, random) };
}

/** The people of a folder that holds one folder of pictures for each. @throws Error when it cannot be read */
export async function peopleOf(folder: string): Promise<string[][]> {
  const entries = await readdir(folder, { withFileTypes: true });
  const people = await Promise.all(
    entries
      .filter((entry) => entry.isDirectory())
      .map(({ name }) => name)
      .sort()
      .map(async (name) => {
        const files = (await readdir(join(folder, name))).filter((file) => picture.test(file)).sort();
        return files.slice(0, MOST_PHOTOS).map((file) => join(folder, name, file));
      }),
  );
  return people.filter((files) => files.length > 0);
}

/**
 * Somebody who is no guest, from photos; with `visit` also as a visitor at a doorbell would look. Photos without
 * one clear face are left out.
 */
export async function strangerFrom(seeing: Seeing, files: readonly string[], visit: boolean): Promise<KeptStranger> {
  const { vision, kept } = seeing;
  const faces: KeptFace[] = [];
  for (const file of files) {
    await setImmediate();
    seeing.signal.throwIfAborted();
    const frame = await decodePicture(await sharp(file).autoOrient().toBuffer()).catch(() => undefined);
    const face = frame && chooseFace(await vision.find(frame));
    if (frame !== undefined && face !== undefined && typeof face !== 'string') {
      const looks = [await kept.asSeen(frame, face)];
      if (!visit) {
        looks.push(await kept.changed(frame, face, seeing.random));
      }
      faces.push({ id: file, embedding: await vision.encode(frame, face), looks });
    }
  }
  const visits = visit && faces[0] !== undefined ? [await simulatedVisit(seeing, faces[0].id)] : [];
  return { faces, visits: visits.filter((frames) => frames.length > 1) };
}

async function simulatedVisit({ vision, kept, signal }: Seeing, file: string): Promise<KeptStranger['visits'][number]> {
  const frames: (KeptFace & { quality: number })[] = [];
  // The degradations expect a face of about 80 pixels.
  const bytes = await upright(await readFile(file));
  for (let number = 0; number < VISIT_FRAMES; number++) {
    await setImmediate();
    signal.throwIfAborted();
    const frame = await degradedFrame(bytes, file, number);
    const face = chooseFace(await vision.find(frame));
    if (typeof face !== 'string') {
      const looks = [await kept.asSeen(frame, face)];
      frames.push({ id: file, embedding: await vision.encode(frame, face), looks, quality: face.quality.score });
    }
  }
  return frames;
}

const upright = (bytes: Buffer): Promise<Buffer> =>
  sharp(bytes).autoOrient().resize(250, 250, { fit: 'outside' }).jpeg({ quality: 95 }).toBuffer();
