import { z } from 'zod';
import type { EncoderId } from '../types.js';
import { GuestBookError } from './errors.js';
import type { FreshEmbeddings, GuestRegister } from './guests.js';
import type { Change, Ledger } from './ledger.js';
import type { ObjectId } from './object-store.js';
import type { BookChange } from './types.js';

/** What the index holds of tuning. The encoder was learnt from guests' faces, so it lies in the book like them. */
export interface TuningRecord {
  /** The tuned encoder in force. */
  encoder?: { readonly object: ObjectId; readonly id: EncoderId; readonly former: EncoderId };
  /** What the last tuning found. */
  report?: ObjectId;
}

/** A tuned encoder that is to take the place of the one in force. */
export interface Promotion {
  readonly file: Uint8Array;
  readonly id: EncoderId;
  readonly former: EncoderId;
  /** Every guest's faces as the tuned encoder sees them. */
  readonly embeddings: ReadonlyMap<string, FreshEmbeddings>;
}

/** No file of tuned layers is larger. */
const largestFile = 32 * 1024 * 1024;

/**
 * The tuned encoder and its report. Promoting and stepping back are each one change of the book: after a power cut,
 * on a full disk, or when killed, either everything is of the one encoder or everything of the other.
 */
export class TuningShelf {
  private file: Uint8Array | undefined;

  constructor(
    private readonly ledger: Ledger,
    private readonly guests: GuestRegister,
    private readonly emit: (change: BookChange) => void,
  ) {}

  async load(): Promise<void> {
    const { encoder } = this.ledger.root.tuning ?? {};
    this.file = encoder && (await this.ledger.objects.get(encoder.object));
  }

  /** The tuned encoder in force; undefined when the original is, or the file is damaged. */
  get encoder(): Uint8Array | undefined {
    return this.file;
  }

  async report(): Promise<unknown> {
    const { report } = this.ledger.root.tuning ?? {};
    const bytes = report && (await this.ledger.objects.get(report));
    return bytes === undefined ? undefined : (JSON.parse(bytes.toString()) as unknown);
  }

  async keepReport(report: unknown): Promise<void> {
    const bytes = Buffer.from(JSON.stringify(z.json().parse(report)));
    await this.ledger.change(async (change) => {
      const { tuning } = change.root;
      change.drop(tuning?.report);
      change.root.tuning = { ...tuning, report: await change.put(bytes) };
    });
    this.emit({ kind: 'tuning' });
  }

  /** @throws GuestBookError `invalid` when a guest's faces have changed meanwhile */
  async promote({ file, id, former, embeddings }: Promotion): Promise<void> {
    if (file.byteLength > largestFile) {
      throw new GuestBookError('invalid', 'The tuned encoder is larger than one can be; it was not taken.');
    }
    await this.ledger.change(async (change) => {
      const { tuning } = change.root;
      change.drop(tuning?.encoder?.object);
      const object = await change.put(file);
      for (const { id: guestId } of change.root.guests) {
        await this.guests.reencodeIn(change, guestId, id, embeddings.get(guestId) ?? [], { keepFormer: true });
      }
      change.root.tuning = { ...tuning, encoder: { object, id, former } };
      change.audit({ action: 'encoder-promoted' });
      change.afterwards(() => (this.file = file.slice()));
    });
    this.announce();
  }

  /** Back to the original encoder. @returns false when it is in force already */
  async stepBack(): Promise<boolean> {
    const stepped = await this.ledger.change((change) => this.stepBackIn(change));
    if (stepped) {
      this.announce();
    }
    return stepped;
  }

  /** The same as part of a change: a guest who is forgotten is forgotten by the tuned encoder too. */
  async stepBackIn(change: Change, { withReport = false } = {}): Promise<boolean> {
    const { tuning } = change.root;
    if (withReport) {
      change.drop(tuning?.report);
    }
    const report = withReport ? undefined : tuning?.report;
    change.root.tuning = report === undefined ? undefined : { report };
    if (tuning?.encoder === undefined) {
      return false;
    }
    change.drop(tuning.encoder.object);
    for (const { id } of change.root.guests) {
      await this.guests.restoreFormerIn(change, id, tuning.encoder.former);
    }
    change.audit({ action: 'encoder-stepped-back' });
    change.afterwards(() => (this.file = undefined));
    return true;
  }

  announce(): void {
    this.emit({ kind: 'tuning' });
    this.emit({ kind: 'gallery' });
  }

  clear(): void {
    this.file = undefined;
  }
}
