import { embeddingBytes, embeddingFrom, packDocument, unpackDocument } from './document.js';
import type { Crop, NewFace } from './types.js';

/** Embedding and picture of each face alternate; a face without a picture has an empty one. */
export function packStranger(faces: readonly NewFace[]): Buffer {
  return packDocument({
    json: faces.map(({ embedding: _embedding, crop, ...rest }) => ({ ...rest, points: crop?.points })),
    parts: faces.flatMap((face) => [embeddingBytes(face.embedding), face.crop?.picture ?? new Uint8Array()]),
  });
}

/** @throws RangeError or SyntaxError when the bytes are not what `packStranger` made */
export function unpackStranger(bytes: Buffer): NewFace[] {
  const { json, parts } = unpackDocument(bytes);
  return (json as (Omit<NewFace, 'embedding' | 'crop'> & { points?: Crop['points'] })[]).map(
    ({ points, ...rest }, at): NewFace => ({
      ...rest,
      embedding: embeddingFrom(parts[2 * at]!),
      ...(points !== undefined && { crop: { picture: Uint8Array.from(parts[2 * at + 1]!), points } }),
    }),
  );
}
