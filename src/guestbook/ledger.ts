import { Low } from 'lowdb';
import type { Clock, Logger } from '../types.js';
import { appendAudit, tailLimit, type AuditFact } from './audit.js';
import { describeWriteFailure, GuestBookError, isFileError } from './errors.js';
import type { IndexFile } from './index-file.js';
import { packDocument } from './document.js';
import type { ObjectId, ObjectStore } from './object-store.js';
import { emptyRoot, type Root } from './root.js';

/** A change under way: what it does takes effect wholly, or not at all. */
export interface Change {
  /** A copy of the index, free to be altered. */
  readonly root: Root;
  readonly now: number;
  /** Writes an object. `twin`: it cannot be made again, keep it twice. */
  put(plain: Uint8Array, options?: { twin: boolean }): Promise<ObjectId>;
  /** Says that nothing refers to these objects any more. */
  drop(...ids: (ObjectId | undefined)[]): void;
  audit(fact: AuditFact): void;
  /** Runs when the change is safely on disk. */
  afterwards(effect: () => void): void;
}

/**
 * The book's index with its objects, changed one transaction after the other. The order on disk: new objects,
 * folder, index, folder, then away with what the generation before last needed. A power cut at any point leaves
 * the state before or the state after.
 */
export class Ledger {
  private readonly low: Low<Root>;
  private queue: Promise<unknown> = Promise.resolve();
  private closed: string | undefined;

  constructor(
    private readonly folder: string,
    private readonly file: IndexFile,
    readonly objects: ObjectStore,
    private readonly logger: Logger,
    readonly clock: Clock,
    private readonly readOnly: boolean,
  ) {
    this.low = new Low<Root>(file, emptyRoot(clock()));
  }

  get root(): Root {
    return this.low.data;
  }

  /** Reads the index, or begins a new one. */
  async load(): Promise<void> {
    await this.low.read();
    if (this.root.generation === 0 && !this.readOnly) {
      await this.change((change) => change.audit({ action: 'book-created' }));
      // A second generation at once: from here on both files exist, and one that is missing shows.
      await this.change(() => undefined);
    }
  }

  /** Queues a change. Rejects with a GuestBookError when it could not be saved; the state is then the one before. */
  change<T>(work: (change: Change) => Promise<T> | T): Promise<T> {
    const result = this.queue.then(() => this.perform(work));
    this.queue = result.catch(() => undefined);
    return result;
  }

  /** Queues work that must not meet a change. */
  exclusively<T>(work: () => Promise<T>): Promise<T> {
    const result = this.queue.then(work);
    this.queue = result.catch(() => undefined);
    return result;
  }

  /** The index of the generation before, as it stands on disk. */
  async previousRoot(): Promise<Root | undefined> {
    return this.file.readPrevious(this.root);
  }

  /** Waits for what is under way and refuses everything after. */
  async close(reason: string): Promise<void> {
    this.closed ??= reason;
    await this.queue;
  }

  /** Lets go of everything in memory, once the files are gone. */
  clear(): void {
    this.low.data = emptyRoot(this.clock());
  }

  private async perform<T>(work: (change: Change) => Promise<T> | T): Promise<T> {
    if (this.closed !== undefined) {
      throw new GuestBookError('closed', this.closed);
    }
    if (this.readOnly) {
      throw new GuestBookError(
        'read-only',
        `The guest book in ${this.folder} was opened for reading only, since its folder cannot be written to. ` +
          'Give the user that runs Homebridge the right to write there and restart.',
      );
    }
    const before = this.root;
    const written: ObjectId[] = [];
    const dropped: ObjectId[] = [];
    const effects: (() => void)[] = [];
    const root = structuredClone(before);
    const now = this.clock();
    const change: Change = {
      root,
      now,
      put: async (plain, options = { twin: true }) => {
        const id = await this.objects.put(plain, options.twin);
        written.push(id);
        return id;
      },
      drop: (...ids) => {
        dropped.push(...ids.filter((id) => id !== undefined));
      },
      audit: (fact) => appendAudit(root.audit, fact, now),
      afterwards: (effect) => effects.push(effect),
    };
    let result: T;
    try {
      result = await work(change);
      await this.moveAuditTail(change);
      if (written.length > 0) {
        await this.objects.sync();
      }
      root.generation = before.generation + 1;
      root.writtenAt = now;
      root.dropped = dropped;
      this.low.data = root;
      await this.low.write();
    } catch (error) {
      this.low.data = before;
      // When only the last sync failed, the new index is in place already and needs its objects.
      if (!(await this.file.holds(before.generation + 1))) {
        await this.objects.remove(written).catch(() => undefined);
      }
      throw error instanceof GuestBookError || !isFileError(error) ? error : describeWriteFailure(error, this.folder);
    }
    // The change is safe; whatever fails from here on only leaves rubbish, which the next sweep finds.
    try {
      await this.objects.remove(before.dropped);
    } catch (error) {
      this.logger.debug('Superseded files of the guest book could not be removed yet:', error);
    }
    effects.forEach((effect) => effect());
    return result;
  }

  /** A full tail becomes an object, so that the index stays small. */
  private async moveAuditTail(change: Change): Promise<void> {
    const { audit } = change.root;
    const last = audit.tail.at(-1);
    if (audit.tail.length < tailLimit || last === undefined) {
      return;
    }
    const object = await change.put(packDocument({ json: audit.tail, parts: [] }));
    audit.chunks.push({ object, from: audit.tail[0]!.sequence, to: last.sequence, until: last.at, head: last.hash });
    audit.tail = [];
  }
}
