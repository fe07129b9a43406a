import { z } from 'zod';
import type { Embedding, EncoderId, Point, Pose } from '../types.js';
import { embeddingBytes, embeddingFrom, packDocument, unpackDocument } from './document.js';
import { GuestBookError } from './errors.js';
import type { ObjectId } from './object-store.js';
import { cropLimits, pictureFault } from './picture.js';
import { longestEmbedding } from './rules.js';
import type { FaceEntry, FaceSource, NewFace } from './types.js';

/** An enrolled face as the book holds it. */
export interface Face {
  readonly id: string;
  readonly encoder: EncoderId;
  readonly quality: number;
  readonly pose?: Pose;
  readonly source: FaceSource;
  readonly addedAt: number;
  readonly embedding: Embedding;
  readonly crop?: { readonly object: ObjectId; readonly points: readonly Point[] };
  /** What the encoder before made of it, kept while a tuned one is in force. */
  readonly former?: { readonly encoder: EncoderId; readonly embedding: Embedding };
}

/** A guest's faces as one object: their descriptions, then their embeddings. */
export function packFaces(faces: readonly Face[]): Buffer {
  return packDocument({
    json: faces.map(({ embedding: _embedding, former, ...face }) => ({
      ...face,
      ...(former && { former: { encoder: former.encoder } }),
    })),
    // Former embeddings follow at the end, in the faces' order.
    parts: [...faces, ...faces.flatMap(({ former }) => former ?? [])].map(({ embedding }) => embeddingBytes(embedding)),
  });
}

/** @throws RangeError or SyntaxError when the bytes are not what `packFaces` made */
export function unpackFaces(bytes: Buffer): Face[] {
  const { json, parts } = unpackDocument(bytes);
  const described = json as (Omit<Face, 'embedding' | 'former'> & { readonly former?: { encoder: EncoderId } })[];
  let next = described.length;
  return described.map(({ former, ...face }, at) => ({
    ...face,
    embedding: embeddingFrom(parts[at]!),
    ...(former && { former: { encoder: former.encoder, embedding: embeddingFrom(parts[next++]!) } }),
  }));
}

/** What a list shows of a face. */
export function faceEntry({ embedding: _embedding, former: _former, crop, ...face }: Face): FaceEntry {
  return { ...face, hasCrop: crop !== undefined };
}

export const encoderRule = z.object({ id: z.string().min(1).max(100), version: z.string().min(1).max(100) });

const number = z.number();
const pointRule = z.object({ x: number, y: number });

export const faceSourceRule = z.enum(['photo', 'video', 'live', 'inbox', 'import']);

/** The parts of a face that are plain values. */
export const faceValuesRule = z.object({
  encoder: encoderRule,
  quality: number.min(0).max(1),
  pose: z.object({ yaw: number, pitch: number, roll: number }).optional(),
  source: faceSourceRule,
});

export const cropPointsRule = z.array(pointRule).min(2).max(16);

/** @throws GuestBookError `invalid` when a face cannot be what it says */
export function checkFace(face: NewFace): void {
  const fault = faceFault(face);
  if (fault !== undefined) {
    throw new GuestBookError('invalid', `A face was not written into the guest book: ${fault}.`);
  }
}

function faceFault(face: NewFace): string | undefined {
  const { embedding, crop } = face;
  const values = faceValuesRule.safeParse(face);
  if (!values.success) {
    return values.error.issues.map((issue) => `${issue.path.map(String).join('.')} ${issue.message}`).join('; ');
  }
  if (embedding.length === 0 || embedding.length > longestEmbedding || !embedding.every(Number.isFinite)) {
    return `its embedding is not a list of 1 to ${longestEmbedding} finite numbers`;
  }
  if (crop !== undefined) {
    if (!cropPointsRule.safeParse(crop.points).success) {
      return 'the points of its picture are not 2 to 16 pairs of numbers';
    }
    const picture = pictureFault(crop.picture, cropLimits);
    return picture === undefined ? undefined : `its picture ${picture}`;
  }
  return undefined;
}
