import { join } from 'node:path';
import type { Adapter } from 'lowdb';
import type { Logger } from '../types.js';
import { readIfThere, replaceFile } from './atomic-file.js';
import { keyFingerprint, seal, unseal } from './cipher.js';
import { GuestBookError } from './errors.js';
import { migrate, type Root } from './root.js';

const magic = Buffer.from('DOORMAN1');

/** magic (8) | fingerprint of the key (8) | generation, u64 BE (8) | sealed index */
const headerLength = 24;

const slots = ['book.a', 'book.b'] as const;
type Slot = (typeof slots)[number];

/** The files that together hold the index. */
export const indexFiles: readonly string[] = slots;

type SlotState =
  | { readonly state: 'missing' }
  | { readonly state: 'damaged' }
  | { readonly state: 'other-key' }
  | { readonly state: 'good'; readonly root: Root };

/**
 * lowdb's adapter for the encrypted index. The generations alternate between two files, so the last good one is
 * there whatever happens to the other. A file holds only the generations that belong to it: neither can stand in
 * for the other, and both are always there, so a file that was put back from an older copy, or taken away, shows.
 */
export class IndexFile implements Adapter<Root> {
  constructor(
    private readonly folder: string,
    private readonly key: Uint8Array,
    private readonly logger: Logger,
  ) {}

  /** Whether the folder holds an index, readable or not. */
  static async exists(folder: string): Promise<boolean> {
    const found = await Promise.all(slots.map((slot) => readIfThere(join(folder, slot))));
    return found.some((bytes) => bytes !== undefined);
  }

  /**
   * The newest good generation; null when there is no index at all.
   *
   * @throws GuestBookError `key-unusable` when another key made it, `damaged` when neither file can be used
   */
  async read(): Promise<Root | null> {
    const [a, b] = await Promise.all([this.load('book.a'), this.load('book.b')]);
    const good = [a, b].flatMap((slot) => (slot.state === 'good' ? [slot.root] : []));
    const newest = good.toSorted((one, other) => other.generation - one.generation)[0];
    if (newest === undefined) {
      return this.refuse(a, b);
    }
    const other = newest.generation % 2 === 0 ? b : a;
    const otherName = slots[(newest.generation + 1) % 2]!;
    if (other.state !== 'good') {
      if (newest.generation > 1 || other.state !== 'missing') {
        this.logger.warn(
          `The guest book's file ${join(this.folder, otherName)} is ${other.state === 'missing' ? 'missing' : 'damaged'}. ` +
            `The last good state, of ${new Date(newest.writtenAt).toISOString()}, is used; ` +
            'a change made after that may be lost. The next change repairs the file.',
        );
      }
    } else if (other.root.generation !== newest.generation - 1) {
      this.logger.warn(
        `The guest book's file ${join(this.folder, otherName)} is older than it should be: somebody or something ` +
          'put an old copy back. The newest state found is used.',
      );
    }
    return newest;
  }

  /** The generation before, if its file is good: what it refers to must not be swept away. */
  async readPrevious(newest: Root): Promise<Root | undefined> {
    const slot = await this.load(slots[(newest.generation + 1) % 2]!);
    return slot.state === 'good' && slot.root.generation < newest.generation ? slot.root : undefined;
  }

  /** Whether this very generation is on disk. */
  async holds(generation: number): Promise<boolean> {
    const slot = await this.load(slots[generation % 2]!);
    return slot.state === 'good' && slot.root.generation === generation;
  }

  async write(root: Root): Promise<void> {
    const slot = slots[root.generation % 2]!;
    const header = Buffer.alloc(headerLength);
    magic.copy(header);
    keyFingerprint(this.key).copy(header, 8);
    header.writeBigUInt64BE(BigInt(root.generation), 16);
    const sealed = seal(this.key, purpose(slot, root.generation), Buffer.from(JSON.stringify(root)));
    await replaceFile(join(this.folder, slot), Buffer.concat([header, sealed]));
  }

  private async load(slot: Slot): Promise<SlotState> {
    let bytes: Buffer | undefined;
    try {
      bytes = await readIfThere(join(this.folder, slot));
    } catch {
      return { state: 'damaged' };
    }
    if (bytes === undefined) {
      return { state: 'missing' };
    }
    if (bytes.length < headerLength || !bytes.subarray(0, 8).equals(magic)) {
      return { state: 'damaged' };
    }
    const generation = Number(bytes.readBigUInt64BE(16));
    const plain = unseal(this.key, purpose(slot, generation), bytes.subarray(headerLength));
    const sameKey = bytes.subarray(8, 16).equals(keyFingerprint(this.key));
    if (plain === undefined || !sameKey || slots[generation % 2] !== slot) {
      return { state: sameKey ? 'damaged' : 'other-key' };
    }
    return { state: 'good', root: migrate(JSON.parse(plain.toString()) as Record<string, unknown>) };
  }

  private refuse(a: SlotState, b: SlotState): null {
    if (a.state === 'missing' && b.state === 'missing') {
      return null;
    }
    if (a.state === 'other-key' || b.state === 'other-key') {
      throw new GuestBookError(
        'key-unusable',
        `The guest book in ${this.folder} was made with another key than the one found. Put the right key in its ` +
          'place. If it is lost for good, remove the book with "doorman forget --everything" and enrol again.',
      );
    }
    throw new GuestBookError(
      'damaged',
      `The guest book in ${this.folder} is damaged: neither book.a nor book.b can be used. ` +
        'Put both back from a backup, or remove the book with "doorman forget --everything" and import an export.',
    );
  }
}

function purpose(slot: Slot, generation: number): string {
  return `index ${slot} ${generation}`;
}
