import { rm, rmdir } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { findGuest } from './guest-record.js';
import { sweepOrphans } from './housekeeping.js';
import type { Shelves } from './shelves.js';
import { indexFiles } from './index-file.js';
import type { KeySource } from './key.js';
import { BookLock } from './lock.js';

/**
 * Removes a guest from everything that is kept. Both generations of the index are rewritten and every file that
 * neither names is deleted, so nothing the key opens holds the guest afterwards.
 *
 * What a flash drive keeps in blocks it no longer maps is beyond a program's reach; it is ciphertext.
 */
export async function forgetGuest(shelves: Shelves, guestId: string): Promise<void> {
  const { ledger, guests, visits, inbox, tuning } = shelves;
  await ledger.change(async (change) => {
    const { name, formerNames = [], alias } = findGuest(change.root.guests, guestId);
    guests.forgetIn(change, guestId);
    const own = await visits.forgetIn(change, guestId, [name, ...formerNames]);
    inbox.forgetVisitsIn(change, own);
    // A tuned encoder and its report were made of all guests' faces.
    await tuning.stepBackIn(change, { withReport: true });
    change.audit({ action: 'guest-forgotten', subject: alias });
  });
  // The generation before still names the guest: overwrite it as well.
  await ledger.change(() => undefined);
  visits.clearMemory();
  await sweepOrphans(shelves);
}

/** Removes the book's folder and its key. The folder is Doorman's own: whatever lies in it goes. */
export async function removeEverything(shelves: Shelves): Promise<void> {
  const { folder, keySource } = shelves;
  await shelves.close('The guest book was removed with everything in it. Restart Homebridge to begin a new one.');
  shelves.ledger.clear();
  shelves.guests.clear();
  shelves.tuning.clear();
  shelves.visits.clearMemory();
  await removeFiles(folder, keySource);
}

/**
 * The same for a book that cannot be opened any more (a lost key, damage). Takes the lock first.
 *
 * @throws GuestBookError `locked` while a process has the book open
 */
export async function removeUnreadableBook(folder: string, keySource: KeySource): Promise<void> {
  const lock = await BookLock.acquire(folder, 'doorman forget --everything');
  try {
    await removeFiles(folder, keySource);
  } finally {
    await lock.release();
  }
}

async function removeFiles(folder: string, keySource: KeySource): Promise<void> {
  // The index first: without it the rest is noise, should the power fail in between.
  for (const name of indexFiles) {
    await rm(join(folder, name), { force: true });
  }
  await rm(folder, { force: true, recursive: true });
  if (keySource.kind === 'file') {
    await rm(keySource.path, { force: true });
    await removeIfEmpty(dirname(keySource.path));
  }
}

async function removeIfEmpty(folder: string): Promise<void> {
  try {
    await rmdir(folder);
  } catch {
    // Somebody else keeps files there; they are not ours to remove.
  }
}
