import type { Embedding } from '../types.js';

/** A document with large binary parts: JSON first, then the parts one behind the other. */
export interface Document {
  readonly json: unknown;
  readonly parts: readonly Uint8Array[];
}

/** Layout: u32 LE length of the head, the head `{"json": …, "lengths": […]}` in UTF-8, the parts. */
export function packDocument(document: Document): Buffer {
  const head = Buffer.from(
    JSON.stringify({ json: document.json, lengths: document.parts.map((part) => part.byteLength) }),
  );
  const length = Buffer.alloc(4);
  length.writeUInt32LE(head.length);
  return Buffer.concat([length, head, ...document.parts]);
}

/** @throws RangeError when the bytes are not a packed document; only for bytes that were authenticated */
export function unpackDocument(bytes: Buffer): Document {
  const end = 4 + bytes.readUInt32LE(0);
  const head = JSON.parse(bytes.toString('utf8', 4, end)) as { json: unknown; lengths: number[] };
  let offset = end;
  const parts = head.lengths.map((length) => bytes.subarray(offset, (offset += length)));
  if (offset !== bytes.length) {
    throw new RangeError('the document does not have the length it states');
  }
  return { json: head.json, parts };
}

/** An embedding's bytes (IEEE 754 single precision, little endian, as all supported processors hold it). */
export function embeddingBytes(embedding: Embedding): Uint8Array {
  return new Uint8Array(embedding.buffer, embedding.byteOffset, embedding.byteLength);
}

/** An embedding with a buffer of its own, so that handing it to a thread copies nothing else. */
export function embeddingFrom(bytes: Uint8Array): Embedding {
  const embedding = new Float32Array(bytes.byteLength / 4);
  new Uint8Array(embedding.buffer).set(bytes);
  return embedding;
}
