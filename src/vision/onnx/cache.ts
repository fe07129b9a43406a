import { createHash, randomUUID } from 'node:crypto';
import { mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { ModelEntry } from '../models/catalogue.js';
import { parseModelGraph, readModelFiles } from '../models/graph-reader.js';
import { CONVERTER_VERSION, convertToOnnx } from './convert.js';

/** The file ends with the SHA-256 of what precedes it, in binary, so that a torn or damaged file is noticed. */
const DIGEST_BYTES = 32;

const digest = (bytes: Uint8Array): Buffer => createHash('sha256').update(bytes).digest();

async function readChecked(file: string): Promise<Uint8Array | undefined> {
  let bytes: Buffer;
  try {
    bytes = await readFile(file);
  } catch {
    return undefined;
  }
  const body = bytes.subarray(0, Math.max(0, bytes.length - DIGEST_BYTES));
  return body.length > 0 && digest(body).equals(bytes.subarray(body.length)) ? body : undefined;
}

/**
 * The model as ONNX: from the cache, or converted and put there. The file's name carries the weights' hash and the
 * converter's version; a damaged file is made anew. Several processes may do this at once: each writes a file of its
 * own and renames it into place. A cache that cannot be written costs time at the next start, nothing else.
 */
export async function cachedOnnxModel(
  entry: ModelEntry,
  folder: string,
  warn: (message: string) => void,
): Promise<Uint8Array> {
  const files = await readModelFiles(entry);
  if (entry.added !== undefined) {
    // Tuned layers were learnt from guests' faces: they lie in the guest book and nowhere else.
    return convertToOnnx(entry.name, parseModelGraph(entry, files), entry.outputs);
  }
  const name = entry.variant === undefined ? entry.name : `${entry.name}-${entry.variant}`;
  const file = join(folder, `${name}-${files.hash.slice(0, 16)}-v${CONVERTER_VERSION}.onnx`);
  const known = await readChecked(file);
  if (known !== undefined) {
    return known;
  }
  const model = convertToOnnx(entry.name, parseModelGraph(entry, files), entry.outputs);
  const temporary = `${file}.${randomUUID()}.tmp`;
  try {
    await mkdir(folder, { recursive: true });
    await writeFile(temporary, Buffer.concat([model, digest(model)]));
    await rename(temporary, file);
  } catch (error) {
    await rm(temporary, { force: true }).catch(() => undefined);
    warn(
      `The model cache ${folder} cannot be written (${(error as Error).message}); models are converted anew next time.`,
    );
  }
  return model;
}
