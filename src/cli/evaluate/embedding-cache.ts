import { createWriteStream, existsSync, mkdirSync, type WriteStream } from 'node:fs';
import { readFile, truncate } from 'node:fs/promises';
import { dirname } from 'node:path';
import { once } from 'node:events';
import type { Embedding } from '../../types.js';

/** What the chain made of one picture: an embedding, or the reason why there is none. */
export type FaceRecord =
  | { readonly embedding: Embedding; readonly quality: number; readonly faults: readonly string[] }
  | { readonly embedding?: undefined; readonly refused: string };

interface Line {
  readonly key: string;
  readonly e?: string;
  readonly q?: number;
  readonly f?: readonly string[];
  readonly refused?: string;
}

/**
 * Embeddings on disk, one JSON line each, appended as they are made, so that an evaluation that is stopped goes on
 * where it was. A line cut short by a crash is cut off at the next start.
 */
export class EmbeddingCache {
  private readonly records = new Map<string, FaceRecord>();
  private stream: WriteStream | undefined;

  private constructor(private readonly file: string) {}

  static async open(file: string): Promise<EmbeddingCache> {
    const cache = new EmbeddingCache(file);
    mkdirSync(dirname(file), { recursive: true });
    if (existsSync(file)) await cache.load();
    return cache;
  }

  get(key: string): FaceRecord | undefined {
    return this.records.get(key);
  }

  async set(key: string, record: FaceRecord): Promise<void> {
    this.records.set(key, record);
    this.stream ??= createWriteStream(this.file, { flags: 'a' });
    if (!this.stream.write(`${JSON.stringify(toLine(key, record))}\n`)) await once(this.stream, 'drain');
  }

  async close(): Promise<void> {
    const { stream } = this;
    if (stream === undefined) return;
    this.stream = undefined;
    stream.end();
    await once(stream, 'close');
  }

  private async load(): Promise<void> {
    const bytes = await readFile(this.file);
    let complete = 0;
    for (let end = bytes.indexOf(10); end >= 0; end = bytes.indexOf(10, complete)) {
      const line = parseLine(bytes.toString('latin1', complete, end));
      if (line === undefined) break;
      this.records.set(line.key, fromLine(line));
      complete = end + 1;
    }
    await truncate(this.file, complete);
  }
}

function parseLine(text: string): Line | undefined {
  try {
    return JSON.parse(text) as Line;
  } catch {
    return undefined;
  }
}

function toLine(key: string, record: FaceRecord): Line {
  if (record.embedding === undefined) return { key, refused: record.refused };
  const { buffer, byteOffset, byteLength } = record.embedding;
  const e = Buffer.from(buffer, byteOffset, byteLength).toString('base64');
  return { key, e, q: Number(record.quality.toFixed(4)), f: record.faults };
}

function fromLine({ e, q, f, refused }: Line): FaceRecord {
  if (e === undefined) return { refused: refused ?? 'unknown' };
  const bytes = Buffer.from(e, 'base64');
  const embedding = new Float32Array(bytes.length / 4);
  new Uint8Array(embedding.buffer).set(bytes);
  return { embedding, quality: q ?? 0, faults: f ?? [] };
}
