import { rm, rmdir } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { findGuest } from './guests.js';
import { sweepOrphans } from './housekeeping.js';
import type { Shelves } from './shelves.js';
import { unfinishedSuffix } from './atomic-file.js';

/**
 * Removes a guest from everything that is kept. Both generations of the index are rewritten and every file that
 * neither names is deleted, so nothing the key opens holds the guest afterwards.
 *
 * What a flash drive keeps in blocks it no longer maps is beyond a program's reach; it is ciphertext.
 */
export async function forgetGuest(shelves: Shelves, guestId: string): Promise<void> {
  const { ledger, guests, visits, inbox } = shelves;
  await ledger.change(async (change) => {
    const { name, formerNames = [], alias } = findGuest(change.root.guests, guestId);
    guests.forgetIn(change, guestId);
    const own = await visits.forgetIn(change, guestId, [name, ...formerNames]);
    inbox.forgetVisitsIn(change, own);
    change.audit({ action: 'guest-forgotten', subject: alias });
  });
  // The generation before still names the guest: overwrite it as well.
  await ledger.change(() => undefined);
  visits.clearMemory();
  await sweepOrphans(shelves);
}

/** What we put into the book's folder, and nothing else. */
const ownFiles = ['book.a', 'book.b', `book.a${unfinishedSuffix}`, `book.b${unfinishedSuffix}`];
const ownFolders = ['objects', 'twins', 'incoming'];

/** Removes the book's files, its key, and the folders that are empty then. */
export async function removeEverything(shelves: Shelves): Promise<void> {
  const { folder, keySource } = shelves;
  await shelves.close('The guest book was removed with everything in it. Restart Homebridge to begin a new one.');
  shelves.ledger.clear();
  shelves.guests.clear();
  shelves.visits.clearMemory();
  await removeBook(folder);
  if (keySource.kind === 'file') {
    await rm(keySource.path, { force: true });
    await removeIfEmpty(dirname(keySource.path));
  }
}

/** The same for a book that cannot be opened any more (a lost key, damage). */
export async function removeBook(folder: string): Promise<void> {
  // The index first: without it the rest is noise, should the power fail in between.
  for (const name of ownFiles) {
    await rm(join(folder, name), { force: true });
  }
  for (const name of ownFolders) {
    await rm(join(folder, name), { force: true, recursive: true });
  }
  await removeIfEmpty(folder);
}

async function removeIfEmpty(folder: string): Promise<void> {
  try {
    await rmdir(folder);
  } catch {
    // Somebody else keeps files there; they are not ours to remove.
  }
}
