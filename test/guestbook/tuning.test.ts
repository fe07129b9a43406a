import { spawn } from 'node:child_process';
import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import type { GuestBook } from '../../src/guestbook/book.js';
import { consent, embedding, face, keyText, openBook, temporaryFolder, tinyDisk } from './support/fixtures.js';
import { former, promotionOf, tuned } from './support/promotion.js';

async function household(folder = temporaryFolder()): Promise<GuestBook> {
  const book = await openBook(join(folder, 'doorman'));
  for (const [at, name] of ['Anna', 'Ben'].entries()) {
    const { id } = await book.addGuest({ name, consent });
    await book.addFaces(id, [face(10 * at + 1), face(10 * at + 2), face(10 * at + 3)]);
  }
  return book;
}

/** What each encoder knows of the guests, as numbers. */
const known = (book: GuestBook): { former: unknown; tuned: unknown } => ({
  former: book.galleryFor(former).map(({ templates }) => templates.map((template) => [...template.embedding])),
  tuned: book.galleryFor(tuned).map(({ templates }) => templates.map((template) => [...template.embedding])),
});

describe('a tuned encoder in the guest book', () => {
  it('takes over with every face, and gives all back', async () => {
    const book = await household();
    const before = known(book);
    await book.promoteEncoder(promotionOf(book));
    expect(book.tunedEncoder()).toHaveLength(200_000);
    expect(book.galleryFor(tuned).map(({ templates }) => templates.length)).toEqual([3, 3]);
    // What the original made of the faces is kept all the while.
    expect(known(book).former).toEqual(before.former);
    // A face enrolled meanwhile is the tuned encoder's alone; stepping back leaves it to be encoded again.
    const [anna] = book.guests();
    await book.addFaces(anna!.id, [{ ...face(77), encoder: tuned, embedding: embedding(77) }]);
    await expect(book.stepBackEncoder()).resolves.toBe(true);
    expect(book.tunedEncoder()).toBeUndefined();
    expect(known(book).former).toEqual(before.former);
    expect(book.faces(anna!.id).filter(({ encoder }) => encoder.version === tuned.version)).toHaveLength(1);
    await expect(book.stepBackEncoder()).resolves.toBe(false);
    expect((await book.verifyAudit()).whole).toBe(true);
    expect((await book.housekeeping()).orphansRemoved).toBe(0);
  });

  it('is there after a restart; a second one keeps the way back to the original', async () => {
    const folder = temporaryFolder();
    const book = await household(folder);
    const before = known(book).former;
    const first = promotionOf(book);
    await book.promoteEncoder(first);
    await book.promoteEncoder({ ...promotionOf(book), id: { ...tuned, version: '1+tuned.00000002' } });
    await book.keepTuningReport({ promoted: true });
    await book.housekeeping();
    await book.close();
    const again = await openBook(join(folder, 'doorman'));
    expect(again.tunedEncoder()).toEqual(first.file);
    expect(await again.tuningReport()).toEqual({ promoted: true });
    await again.stepBackEncoder();
    expect(known(again)).toEqual({ former: before, tuned: [] });
    expect(await again.tuningReport()).toEqual({ promoted: true });
  });

  it('goes when a guest is forgotten: it was learnt from them', async () => {
    const book = await household();
    await book.promoteEncoder(promotionOf(book));
    await book.keepTuningReport({ names: ['Anna', 'Ben'] });
    const kinds: string[] = [];
    book.on('changed', ({ kind }) => kinds.push(kind));
    await book.forget(book.guests()[0]!.id);
    expect(book.tunedEncoder()).toBeUndefined();
    expect(await book.tuningReport()).toBeUndefined();
    expect(book.galleryFor(former).map(({ name }) => name)).toEqual(['Ben']);
    expect(book.galleryFor(tuned)).toEqual([]);
    expect(kinds).toContain('tuning');
  });

  it('does not take over on a full disk, and nothing is lost', async () => {
    const disk = tinyDisk('2m');
    if (disk === undefined) {
      return;
    }
    const book = await household(disk);
    const before = known(book);
    writeFileSync(join(disk, 'ballast'), new Uint8Array(1_300_000));
    await expect(book.promoteEncoder(promotionOf(book, 900_000))).rejects.toMatchObject({ fault: 'folder-full' });
    expect(book.tunedEncoder()).toBeUndefined();
    expect(known(book)).toEqual(before);
    await book.close();
    const again = await openBook(join(disk, 'doorman'));
    expect(known(again)).toEqual(before);
  });

  it('is wholly there or not at all when the plugin is killed, time and again', async () => {
    const folder = temporaryFolder(existsSync('/dev/shm') ? '/dev/shm' : undefined);
    const book = await household(folder);
    const before = known(book).former;
    await book.close();
    const script = join(process.cwd(), 'test', 'guestbook', 'support', 'promoter.ts');
    for (let kill = 0; kill < 5; kill++) {
      const child = spawn(process.execPath, ['--import', 'tsx', script, join(folder, 'doorman'), keyText]);
      const ended = new Promise((resolve) => child.once('close', resolve));
      let turns = 0;
      child.stdout.on('data', () => {
        if (++turns === 3 + kill) {
          setTimeout(() => child.kill('SIGKILL'), 3 * kill);
        }
      });
      await ended;
      const again = await openBook(join(folder, 'doorman'));
      expect(again.galleryFor(tuned)).toHaveLength(again.tunedEncoder() === undefined ? 0 : 2);
      expect(known(again).former).toEqual(before);
      await again.close();
    }
  });
});
