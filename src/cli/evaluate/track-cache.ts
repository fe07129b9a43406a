import { mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { gunzip, gzip } from 'node:zlib';
import type { FaceObservation } from '../../types.js';
import type { ClipFrame } from './liveness-signals.js';

const pack = promisify(gzip);
const unpack = promisify(gunzip);

/** Floats of one mesh. */
const MESH_LENGTH = 468 * 3;

interface Kept {
  readonly at: number;
  readonly face?: Omit<FaceObservation, 'mesh'>;
}

/**
 * What was seen in films, a file each: the networks are run once, and every later judgement is free. A file is written
 * whole or not at all, so several evaluations may work on the same folder, and a stopped one goes on where it was.
 *
 * A file is gzip of: the length of the JSON (uint32), the JSON, and the meshes of the frames with a face (float32),
 * everything little-endian.
 */
export class TrackCache {
  private constructor(private readonly folder: string) {}

  static async open(folder: string): Promise<TrackCache> {
    await mkdir(folder, { recursive: true });
    return new TrackCache(folder);
  }

  /** @returns undefined when there is none, or none that can be read */
  async get(key: string): Promise<ClipFrame[] | undefined> {
    try {
      return decode(await unpack(await readFile(this.file(key))));
    } catch {
      return undefined;
    }
  }

  async set(key: string, frames: readonly ClipFrame[]): Promise<void> {
    const draft = `${this.file(key)}.${process.pid}`;
    await writeFile(draft, await pack(encode(frames), { level: 1 }));
    await rename(draft, this.file(key));
  }

  private file(key: string): string {
    return join(this.folder, `${key}.track`);
  }
}

function encode(frames: readonly ClipFrame[]): Buffer {
  const meshes: Buffer[] = [];
  const kept = frames.map(({ at, face }): Kept => {
    if (face === undefined) return { at };
    const { mesh, ...rest } = face;
    meshes.push(Buffer.from(mesh.buffer, mesh.byteOffset, mesh.byteLength));
    return { at, face: rest };
  });
  const json = Buffer.from(JSON.stringify(kept));
  const length = Buffer.alloc(4);
  length.writeUInt32LE(json.length);
  return Buffer.concat([length, json, ...meshes]);
}

function decode(bytes: Buffer): ClipFrame[] {
  const end = 4 + bytes.readUInt32LE(0);
  const kept = JSON.parse(bytes.toString('utf8', 4, end)) as Kept[];
  let offset = end;
  return kept.map(({ at, face }) => {
    if (face === undefined) return { at };
    const mesh = new Float32Array(MESH_LENGTH);
    new Uint8Array(mesh.buffer).set(bytes.subarray(offset, offset + mesh.byteLength));
    offset += mesh.byteLength;
    if (offset > bytes.length) throw new RangeError('a track is cut short');
    return { at, face: { ...face, mesh } };
  });
}
