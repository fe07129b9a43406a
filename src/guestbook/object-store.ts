import { randomBytes } from 'node:crypto';
import { readdir, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { Logger } from '../types.js';
import { makeFolder, readIfThere, syncFolder, writeNew } from './atomic-file.js';
import { seal, unseal } from './cipher.js';
import { errorCode } from './errors.js';

/** A random id of 32 hexadecimal digits, used once: what it names never changes. */
export type ObjectId = string;

const idPattern = /^[0-9a-f]{32}$/;

/**
 * Encrypted objects that are written once, never changed, and named by random ids. Only the encrypted index says
 * what an id is. Since an id is part of its object's key, no object opens in another's place, and since ids are
 * never used again, there is no older version to put back.
 *
 * Objects that cannot be made again are written twice, in two folders; a damaged one is healed from its twin.
 */
export class ObjectStore {
  private readonly folders: readonly [string, string];

  constructor(
    folder: string,
    private readonly key: Uint8Array,
    private readonly logger: Logger,
  ) {
    this.folders = [join(folder, 'objects'), join(folder, 'twins')];
  }

  async prepare(): Promise<void> {
    await Promise.all(this.folders.map(makeFolder));
  }

  /** Writes and syncs an object; call `sync` before anything refers to it. */
  async put(plain: Uint8Array, twin: boolean): Promise<ObjectId> {
    const id = randomBytes(16).toString('hex');
    const sealed = seal(this.key, `object ${id}`, plain);
    const [primary, secondary] = this.folders;
    await writeNew(join(primary, id), sealed);
    if (twin) {
      try {
        await writeNew(join(secondary, id), sealed);
      } catch (error) {
        await rm(join(primary, id), { force: true });
        throw error;
      }
    }
    return id;
  }

  async sync(): Promise<void> {
    await Promise.all(this.folders.map(syncFolder));
  }

  /** The object's content, healed from its twin where needed; undefined when it is gone or damaged beyond that. */
  async get(id: ObjectId): Promise<Buffer | undefined> {
    const [primary, secondary] = this.folders;
    const plain = await this.peek(join(primary, id), id);
    if (plain !== undefined) {
      return plain;
    }
    const rescued = await this.peek(join(secondary, id), id);
    if (rescued !== undefined) {
      this.warnOfDamage(join(primary, id));
      await this.heal(join(primary, id), join(secondary, id));
    }
    return rescued;
  }

  /** Checks both copies of an object that is kept twice, and restores the one that is damaged or missing. */
  async mend(id: ObjectId): Promise<'intact' | 'mended' | 'lost'> {
    const [primary, secondary] = this.folders.map((folder) => join(folder, id)) as [string, string];
    const one = await this.peek(primary, id);
    const other = await this.peek(secondary, id);
    if (one !== undefined && other !== undefined) {
      return 'intact';
    }
    if (one === undefined && other === undefined) {
      return 'lost';
    }
    const [damaged, intact] = one === undefined ? [primary, secondary] : [secondary, primary];
    this.warnOfDamage(damaged);
    await this.heal(damaged, intact);
    return 'mended';
  }

  async remove(ids: Iterable<ObjectId>): Promise<void> {
    for (const id of ids) {
      for (const folder of this.folders) {
        await rm(join(folder, id), { force: true });
      }
    }
  }

  /** Removes every file that `keep` does not name: left by a crash, or forgotten. */
  async sweep(keep: ReadonlySet<ObjectId>): Promise<number> {
    let removed = 0;
    for (const folder of this.folders) {
      for (const name of await readdir(folder)) {
        if (!keep.has(name)) {
          await rm(join(folder, name), { force: true, recursive: true });
          removed++;
        }
      }
      await syncFolder(folder);
    }
    return removed;
  }

  /** Bytes on disk, and the number of files. */
  async size(): Promise<{ files: number; bytes: number }> {
    let files = 0;
    let bytes = 0;
    for (const folder of this.folders) {
      for (const name of await readdir(folder)) {
        if (idPattern.test(name)) {
          const found = await stat(join(folder, name)).catch(nothingIfGone);
          // It may have been replaced since the folder was read.
          bytes += found?.size ?? 0;
          files += found === undefined ? 0 : 1;
        }
      }
    }
    return { files, bytes };
  }

  /** What one file holds as the object of this id; undefined unless it is there and untouched. Heals nothing. */
  async peek(path: string, id: ObjectId): Promise<Buffer | undefined> {
    try {
      const sealed = await readIfThere(path);
      return sealed && unseal(this.key, `object ${id}`, sealed);
    } catch {
      // A card that fails gives EIO: as good as damaged.
      return undefined;
    }
  }

  private warnOfDamage(path: string): void {
    this.logger.warn(
      `A file of the guest book was damaged (${path}) and was restored from its second copy. ` +
        'If this happens again, the disk or card may be failing.',
    );
  }

  private async heal(damaged: string, intact: string): Promise<void> {
    try {
      const bytes = await readIfThere(intact);
      if (bytes !== undefined) {
        await rm(damaged, { force: true, recursive: true });
        await writeNew(damaged, bytes);
      }
    } catch (error) {
      this.logger.debug('The damaged file could not be replaced:', error);
    }
  }
}

function nothingIfGone(error: unknown): undefined {
  if (errorCode(error) !== 'ENOENT') {
    throw error;
  }
}
