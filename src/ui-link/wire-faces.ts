import type { z } from 'zod';
import { embeddingBytes, embeddingFrom } from '../guestbook/document.js';
import { GuestBookError } from '../guestbook/errors.js';
import type { Crop, NewFace } from '../guestbook/types.js';
import type { Embedding } from '../types.js';
import type { newFace, points } from './values.js';

export type WireFace = z.output<typeof newFace>;

export function toBase64(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('base64');
}

export function fromBase64(text: string): Uint8Array {
  return Uint8Array.from(Buffer.from(text, 'base64'));
}

export function embeddingToWire(embedding: Embedding): string {
  return toBase64(embeddingBytes(embedding));
}

/** @throws GuestBookError `invalid` when the bytes are no numbers */
export function embeddingFromWire(text: string): Embedding {
  const bytes = Buffer.from(text, 'base64');
  if (bytes.length === 0 || bytes.length % 4 !== 0) {
    throw new GuestBookError('invalid', 'The embedding is not a list of numbers.');
  }
  return embeddingFrom(bytes);
}

export function faceToWire({ embedding, crop, encoder, quality, pose, source }: NewFace): WireFace {
  return {
    embedding: embeddingToWire(embedding),
    encoder: { id: encoder.id, version: encoder.version },
    quality,
    ...(pose !== undefined && { pose: { yaw: pose.yaw, pitch: pose.pitch, roll: pose.roll } }),
    source,
    ...(crop !== undefined && { crop: { picture: toBase64(crop.picture), points: [...crop.points] } }),
  };
}

export function faceFromWire({ embedding, crop, ...face }: WireFace): NewFace {
  return { ...face, embedding: embeddingFromWire(embedding), ...(crop !== undefined && { crop: cropFromWire(crop) }) };
}

export function cropFromWire(crop: { picture: string; points: z.output<typeof points> }): Crop {
  return { picture: fromBase64(crop.picture), points: crop.points };
}
