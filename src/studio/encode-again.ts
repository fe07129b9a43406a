import type { BookAccess } from '../ui-link/book-access.js';
import type { CropFile } from '../enrolment/crop-file.js';
import type { Embedding, EncoderId } from '../types.js';

export interface EncodeAgainOptions {
  readonly book: Pick<BookAccess, 'guests' | 'faces' | 'crop' | 'reencodeFaces'>;
  /** The encoder in force. */
  readonly encoder: EncoderId;
  readonly encode: (crop: CropFile) => Promise<Embedding>;
  /** Called before the first face and after each. */
  readonly progress?: (done: number, total: number) => void;
  readonly signal?: AbortSignal;
}

export interface EncodedAgain {
  readonly encoded: number;
  /** Faces whose kept picture is missing or unusable, in words. */
  readonly warnings: readonly string[];
}

/**
 * Encodes kept faces of another encoder with the one in force, guest by guest: what was interrupted goes on where it
 * was. A face that cannot be encoded is told of and left as it is.
 *
 * @throws GuestBookError when the book cannot be written
 */
export async function encodeAgain(options: EncodeAgainOptions): Promise<EncodedAgain> {
  const { book, encoder, encode, progress, signal } = options;
  const outdated: { id: string; name: string; faces: string[]; lost: number }[] = [];
  for (const { id, name } of await book.guests()) {
    const other = (await book.faces(id)).filter(
      (face) => face.encoder.id !== encoder.id || face.encoder.version !== encoder.version,
    );
    const faces = other.filter(({ hasCrop }) => hasCrop).map((face) => face.id);
    outdated.push({ id, name, faces, lost: other.length - faces.length });
  }
  const total = outdated.reduce((sum, { faces }) => sum + faces.length, 0);
  const warnings: string[] = [];
  let done = 0;
  let encoded = 0;
  progress?.(done, total);
  for (const { id, name, faces, lost } of outdated) {
    const embeddings: { templateId: string; embedding: Embedding }[] = [];
    let failed = lost;
    for (const templateId of faces) {
      signal?.throwIfAborted();
      const crop = await book.crop(templateId).catch(() => undefined);
      const embedding = crop && (await encode(crop).catch(() => undefined));
      if (embedding === undefined) {
        failed++;
      } else {
        embeddings.push({ templateId, embedding });
      }
      progress?.(++done, total);
    }
    signal?.throwIfAborted();
    if (embeddings.length > 0) {
      await book.reencodeFaces(id, { id: encoder.id, version: encoder.version }, embeddings);
      encoded += embeddings.length;
    }
    if (failed > 0) {
      const faces = failed === 1 ? 'one face was' : `${failed} faces were`;
      warnings.push(`${name}: ${faces} made by another encoder and cannot be encoded again; enrol anew.`);
    }
  }
  return { encoded, warnings };
}
