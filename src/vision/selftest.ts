import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import sharp from 'sharp';
import { packageRoot } from '../package-root.js';
import type { Embedding, FaceObservation, Frame, Point } from '../types.js';
import type { Encoder } from './encoder/encoder.js';
import type { FaceFinder } from './face/finder.js';
import { alignmentPoints, fivePoints } from './face/landmarks.js';

/** What the reference engine found on the packaged drawn face. */
export interface SelfTestReference {
  readonly box: { readonly x: number; readonly y: number; readonly width: number; readonly height: number };
  /** Eyes' centres, nose tip, mouth corners in picture pixels. */
  readonly points: readonly Point[];
  /** Raw embeddings by section name, `+mirror` behind it where averaged with the mirrored face. */
  readonly embeddings: Readonly<Record<string, readonly number[]>>;
}

export interface SelfTestCase {
  readonly frame: Frame;
  readonly reference: SelfTestReference;
}

/** Tolerances: engines agree to a thousandth of these; swapped channels give 0.91 (faceres) and 0.990 (dlib). */
const BOX_TOLERANCE = 0.05;
const POINT_TOLERANCE = 0.02;
const MINIMUM_COSINE = 0.995;

export const selfTestFolder = join(packageRoot, 'models', 'selftest');

/** Decodes a picture file or buffer to a frame. */
export async function decodePicture(source: string | Buffer): Promise<Frame> {
  const { data, info } = await sharp(source)
    .removeAlpha()
    .toColourspace('srgb')
    .raw()
    .toBuffer({ resolveWithObject: true });
  return { format: 'rgb24', width: info.width, height: info.height, data, timestamp: 0 };
}

/** The packaged drawn face and what was found on it. */
export async function loadSelfTest(): Promise<SelfTestCase> {
  const frame = await decodePicture(join(selfTestFolder, 'face.png'));
  const reference = JSON.parse(await readFile(join(selfTestFolder, 'expected.json'), 'utf8')) as SelfTestReference;
  return { frame, reference };
}

/** The same for an encoder with tuned layers, which has its own answer to the drawn face. */
export function withTunedReference(
  test: SelfTestCase,
  tuned: { readonly network: string; readonly reference: readonly number[] } | undefined,
): SelfTestCase {
  if (tuned === undefined) {
    return test;
  }
  const embeddings = { ...test.reference.embeddings, [tuned.network]: tuned.reference };
  return { ...test, reference: { ...test.reference, embeddings } };
}

/** Cosine similarity of two vectors; 0 when one of them is zero. */
export function cosine(a: ArrayLike<number>, b: ArrayLike<number>): number {
  let [dot, squareA, squareB] = [0, 0, 0];
  for (let i = 0; i < a.length; i++) {
    dot += a[i]! * (b[i] ?? 0);
    squareA += a[i]! ** 2;
    squareB += (b[i] ?? 0) ** 2;
  }
  return squareA > 0 && squareB > 0 ? dot / Math.sqrt(squareA * squareB) : 0;
}

function compareFace(face: FaceObservation, reference: SelfTestReference): string | undefined {
  const { box, points } = reference;
  const sides = ['x', 'y', 'width', 'height'] as const;
  const boxError = Math.max(...sides.map((side) => Math.abs(face.box[side] - box[side]))) / box.width;
  if (!(boxError <= BOX_TOLERANCE)) {
    return `the face's box is off by ${(boxError * 100).toFixed(1)} % of its width`;
  }
  const found = fivePoints(alignmentPoints(face.mesh));
  const pointError =
    Math.max(...points.map((point, i) => Math.hypot(found[i]!.x - point.x, found[i]!.y - point.y))) / box.width;
  return pointError <= POINT_TOLERANCE
    ? undefined
    : `the mesh's points are off by ${(pointError * 100).toFixed(1)} % of the face's width`;
}

function compareEmbedding(embedding: Embedding, encoder: Encoder, reference: SelfTestReference): string | undefined {
  let offset = 0;
  for (const { name, length } of encoder.description.sections) {
    const part = embedding.subarray(offset, offset + length);
    offset += length;
    if (!part.every(Number.isFinite) || part.every((value) => value === part[0])) {
      return `the encoder "${name}" gives no usable numbers`;
    }
    const expected = reference.embeddings[encoder.mirrored ? `${name}+mirror` : name];
    const similarity = expected === undefined ? 1 : cosine(part, expected);
    if (!(similarity >= MINIMUM_COSINE)) {
      return `the embedding "${name}" has cosine ${similarity.toFixed(4)} to its reference; are red and blue swapped?`;
    }
  }
  return undefined;
}

/**
 * Sends the drawn face through everything and compares with what is on record.
 * @returns what is wrong, or undefined when all is well
 */
export async function runSelfTest(
  { frame, reference }: SelfTestCase,
  finder: FaceFinder,
  encoder: Encoder,
): Promise<string | undefined> {
  const faces = await finder.find(frame);
  const [face] = faces;
  if (face === undefined || faces.length > 1) {
    return `${faces.length} faces were found on a picture of one`;
  }
  return (
    compareFace(face, reference) ??
    compareEmbedding(await encoder.encode(frame, alignmentPoints(face.mesh)), encoder, reference)
  );
}
