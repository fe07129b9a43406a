import { readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { Clock, Logger } from '../types.js';
import { makeFolder, unfinishedSuffix } from './atomic-file.js';
import { errorCode, GuestBookError } from './errors.js';
import { GuestRegister } from './guests.js';
import { Inbox, type Clustering } from './inbox.js';
import { IndexFile } from './index-file.js';
import { loadKey, type KeySource } from './key.js';
import { Ledger } from './ledger.js';
import { BookLock } from './lock.js';
import { ObjectStore } from './object-store.js';
import type { BookChange, Retention } from './types.js';
import { TuningShelf } from './tuning.js';
import { VisitLog } from './visits.js';

/** The book's parts over one ledger; `GuestBook` is their face. */
export interface Shelves {
  readonly folder: string;
  readonly ledger: Ledger;
  readonly guests: GuestRegister;
  readonly tuning: TuningShelf;
  readonly visits: VisitLog;
  readonly inbox: Inbox;
  readonly retention: Retention;
  readonly logger: Logger;
  readonly keySource: KeySource;
  readonly keyOrigin: string;
  readonly readOnly: boolean;
  /** The last process that held the book ended without closing it. */
  readonly foundRemains: boolean;
  emit: (change: BookChange) => void;
  /** Lets go of lock and key; later changes are refused with this reason. */
  close(reason: string): Promise<void>;
}

export interface ShelvesOptions {
  readonly folder: string;
  readonly key: KeySource;
  readonly logger: Logger;
  readonly clock: Clock;
  readonly retention: Retention;
  readonly clustering: Clustering;
  readonly holder: string;
}

export async function openShelves(options: ShelvesOptions): Promise<Shelves> {
  const { folder, logger } = options;
  const lock = await lockFolder(options);
  try {
    return await readShelves(options, lock);
  } catch (error) {
    await lock?.release();
    const code = errorCode(error);
    if (error instanceof GuestBookError || code === undefined) {
      throw error;
    }
    logger.debug('Opening the guest book failed:', error);
    throw new GuestBookError('folder-unusable', `The guest book in ${folder} cannot be opened (${code}).`, {
      cause: error,
    });
  }
}

async function readShelves(options: ShelvesOptions, lock: BookLock | undefined): Promise<Shelves> {
  const { folder, logger, clock, retention, clustering } = options;
  const readOnly = lock === undefined;
  const exists = (await IndexFile.exists(folder)) || (await holdsObjects(folder));
  if (readOnly && !exists) {
    throw new GuestBookError(
      'folder-unusable',
      `A guest book cannot be begun in ${folder}: the folder cannot be written to. ` +
        'Give the user that runs Homebridge the right to write there.',
    );
  }
  const { key, origin } = await loadKey(options.key, folder, exists, logger);
  if (exists && !(await IndexFile.exists(folder))) {
    throw new GuestBookError(
      'damaged',
      `The guest book in ${folder} has lost its index (book.a and book.b). Put both back from a backup, ` +
        'or remove the book with "doorman forget --everything" and import an export.',
    );
  }
  const objects = new ObjectStore(folder, key, logger);
  if (!readOnly) {
    await objects.prepare();
    await removeUnfinished(folder);
  }
  const ledger = new Ledger(folder, new IndexFile(folder, key, logger), objects, logger, clock, readOnly);
  await ledger.load();
  const emit = (change: BookChange): void => shelves.emit(change);
  const guests = new GuestRegister(ledger, retention.crops, logger, emit);
  await guests.load();
  const visits = new VisitLog(ledger, retention, logger, emit);
  const inbox = new Inbox(ledger, guests, visits, retention, clustering, logger, emit);
  const tuning = new TuningShelf(ledger, guests, emit);
  await tuning.load();
  const shelves: Shelves = {
    folder,
    ledger,
    guests,
    tuning,
    visits,
    inbox,
    retention,
    logger,
    keySource: options.key,
    keyOrigin: origin,
    readOnly,
    foundRemains: lock?.foundRemains ?? false,
    emit: () => undefined,
    close: async (reason) => {
      await ledger.close(reason);
      key.fill(0);
      await lock?.release();
    },
  };
  return shelves;
}

/** The lock; undefined when the folder cannot be written to, so that the book is only read. */
async function lockFolder({ folder, logger, holder }: ShelvesOptions): Promise<BookLock | undefined> {
  try {
    await makeFolder(folder);
    return await BookLock.acquire(folder, holder);
  } catch (error) {
    const code = errorCode(error);
    if (code === 'EROFS' || code === 'EACCES' || code === 'EPERM') {
      logger.warn(
        `The guest book's folder ${folder} cannot be written to (${code}). Guests are recognised as before, ` +
          'but nothing can be changed and no visit is kept.',
      );
      return undefined;
    }
    if (code === 'ENOSPC') {
      throw new GuestBookError('folder-full', `The guest book in ${folder} cannot be opened: the disk is full.`);
    }
    if (error instanceof GuestBookError) {
      throw error;
    }
    throw new GuestBookError(
      'folder-unusable',
      `The guest book's folder ${folder} cannot be used (${code ?? String(error)}).`,
      { cause: error },
    );
  }
}

async function holdsObjects(folder: string): Promise<boolean> {
  try {
    return (await readdir(join(folder, 'objects'))).length > 0;
  } catch {
    return false;
  }
}

async function removeUnfinished(folder: string): Promise<void> {
  for (const name of await readdir(folder)) {
    if (name.endsWith(unfinishedSuffix)) {
      await rm(join(folder, name), { force: true });
    }
  }
}
