import { randomBytes, scrypt } from 'node:crypto';
import { z } from 'zod';
import { keyLength, seal, unseal } from './cipher.js';
import { packDocument, type Document } from './document.js';
import { GuestBookError } from './errors.js';

/**
 * The exported archive: magic | salt (16) | pieces, each u32 LE length and a sealed piece of the content. A piece's
 * purpose holds its number and whether it is the last, so pieces cannot be left out, swapped or cut off. The content
 * is a row of documents, each behind its u32 LE length. Nothing in it is compressed and nothing has a path, so there
 * is nothing to unfold and nowhere to climb to.
 */
const magic = Buffer.from('DOORMAN-ARCHIVE-1\n');
const saltLength = 16;
const pieceLength = 256 * 1024;
const sealOverhead = 28;

/** Largest archive that is read. 50 guests with 40 faces and crops each make some 40 MB. */
export const largestArchive = 256 * 1024 * 1024;

const largestDocument = 64 * 1024 * 1024;
const largestHead = 1024 * 1024;
const shortestPassphrase = 10;

/** scrypt (RFC 7914) with N = 2^16, r = 8, p = 1: 64 MB and some tenths of a second per guess. Fixed by the format. */
const scryptCost = { N: 2 ** 16, r: 8, p: 1, maxmem: 96 * 1024 * 1024 };

/** Seals documents under a passphrase. @throws GuestBookError `invalid` when the passphrase is too short */
export async function packArchive(passphrase: string, documents: AsyncIterable<Document>): Promise<Buffer> {
  if (passphrase.length < shortestPassphrase) {
    throw new GuestBookError('invalid', `The passphrase must have at least ${shortestPassphrase} characters.`);
  }
  const salt = randomBytes(saltLength);
  const key = await deriveKey(passphrase, salt);
  const pieces: Buffer[] = [magic, salt];
  let pending = Buffer.alloc(0);
  let index = 0;
  const push = (plain: Buffer, last: boolean): void => {
    const sealed = seal(key, purpose(index++, last), plain);
    pieces.push(u32(sealed.length), sealed);
  };
  for await (const document of documents) {
    const packed = packDocument(document);
    pending = Buffer.concat([pending, u32(packed.length), packed]);
    while (pending.length > pieceLength) {
      push(pending.subarray(0, pieceLength), false);
      pending = pending.subarray(pieceLength);
    }
  }
  push(pending, true);
  key.fill(0);
  return Buffer.concat(pieces);
}

/**
 * Reads an archive document by document; never holds more than one piece and one document beside the archive.
 *
 * @throws GuestBookError `wrong-passphrase`, or `invalid` for whatever is not a whole archive
 */
export async function* unpackArchive(archive: Uint8Array, passphrase: string): AsyncGenerator<Document> {
  const bytes = Buffer.from(archive.buffer, archive.byteOffset, archive.byteLength);
  const start = magic.length + saltLength;
  if (bytes.length < start + 4 || !bytes.subarray(0, magic.length).equals(magic)) {
    throw invalid('it is not an export of Doorman');
  }
  if (bytes.length > largestArchive) {
    throw invalid(`it is larger than ${largestArchive / 1024 / 1024} MB`);
  }
  const key = await deriveKey(passphrase, bytes.subarray(magic.length, start));
  try {
    yield* readDocuments(openPieces(bytes.subarray(start), key));
  } finally {
    key.fill(0);
  }
}

function* openPieces(bytes: Buffer, key: Buffer): Generator<Buffer> {
  let offset = 0;
  for (let index = 0; offset < bytes.length; index++) {
    if (offset + 4 > bytes.length) {
      throw invalid('it is cut short');
    }
    const length = bytes.readUInt32LE(offset);
    const end = offset + 4 + length;
    if (length > pieceLength + sealOverhead) {
      throw invalid('one of its pieces is too large');
    }
    if (end > bytes.length) {
      throw invalid('it is cut short');
    }
    const plain = unseal(key, purpose(index, end === bytes.length), bytes.subarray(offset + 4, end));
    if (plain === undefined) {
      if (index === 0) {
        throw new GuestBookError('wrong-passphrase', 'The passphrase does not open this archive, or it is damaged.');
      }
      throw invalid('it is damaged or cut short');
    }
    yield plain;
    offset = end;
  }
}

function* readDocuments(pieces: Iterable<Buffer>): Generator<Document> {
  let parts: Buffer[] = [];
  let held = 0;
  for (const piece of pieces) {
    parts.push(piece);
    held += piece.length;
    while (held >= 4) {
      const first = parts[0]!.length >= 4 ? parts[0]! : Buffer.concat(parts);
      const length = first.readUInt32LE(0);
      if (length > largestDocument) {
        throw invalid('one of its entries is too large');
      }
      if (held < 4 + length) {
        break;
      }
      const whole = Buffer.concat(parts);
      yield parseDocument(whole.subarray(4, 4 + length));
      parts = [whole.subarray(4 + length)];
      held -= 4 + length;
    }
  }
  if (held > 0) {
    throw invalid('its last entry is incomplete');
  }
}

const headRule = z
  .object({ json: z.unknown(), lengths: z.array(z.number().int().min(0).max(largestDocument)).max(1000) })
  .strict();

/** Unlike `unpackDocument` this trusts nothing: whoever knows the passphrase may have written anything. */
function parseDocument(bytes: Buffer): Document {
  const headLength = bytes.length >= 4 ? bytes.readUInt32LE(0) : Infinity;
  if (headLength > largestHead || 4 + headLength > bytes.length) {
    throw invalid('one of its entries has no proper head');
  }
  let json: unknown;
  try {
    json = JSON.parse(bytes.toString('utf8', 4, 4 + headLength));
  } catch {
    throw invalid('one of its entries cannot be read');
  }
  const head = headRule.safeParse(json);
  const total = head.data?.lengths.reduce((sum, length) => sum + length, 4 + headLength);
  if (!head.success || total !== bytes.length) {
    throw invalid('one of its entries is not what it states');
  }
  let offset = 4 + headLength;
  return { json: head.data.json, parts: head.data.lengths.map((length) => bytes.subarray(offset, (offset += length))) };
}

function invalid(why: string): GuestBookError {
  return new GuestBookError('invalid', `The archive was refused: ${why}. The guest book is as it was before.`);
}

function purpose(index: number, last: boolean): string {
  return `archive ${index} ${last ? 'last' : 'more'}`;
}

function u32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32LE(value);
  return bytes;
}

function deriveKey(passphrase: string, salt: Uint8Array): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    scrypt(passphrase.normalize('NFKC'), salt, keyLength, scryptCost, (error, key) => {
      if (error === null) {
        resolve(key);
      } else {
        reject(error);
      }
    });
  });
}
