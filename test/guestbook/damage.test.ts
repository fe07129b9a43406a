import { execFileSync } from 'node:child_process';
import { chmodSync, cpSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { symlinkSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { IndexFile } from '../../src/guestbook/index-file.js';
import { ObjectStore } from '../../src/guestbook/object-store.js';
import { migrate } from '../../src/guestbook/root.js';
import { consent, embedding, encoder, face, filesUnder, foundIn, jpeg, key, noon } from './support/fixtures.js';
import { openBook, recorder, temporaryFolder, tinyDisk, visit } from './support/fixtures.js';

const marker = 'CROP-OF-ANNA';

/** A closed book with one of everything. */
async function furnished(): Promise<string> {
  const folder = join(temporaryFolder(), 'doorman');
  const book = await openBook(folder, { retention: { inbox: true } });
  const anna = await book.addGuest({ name: 'Annabel', notes: 'likes tea', consent });
  await book.addFaces(anna.id, [face(1, marker)]);
  await book.recordVisit(visit('v1', noon, anna), jpeg(320, 180, 'THUMBNAIL'));
  await book.addStranger({ visitId: 'v2', seenAt: noon, faces: [face(2, 'STRANGER')] });
  await book.close();
  return folder;
}

function flip(path: string, at: number): void {
  const bytes = readFileSync(path);
  bytes[at]! ^= 0x10;
  writeFileSync(path, bytes);
}

describe('a damaged guest book', () => {
  it.each([
    ['bit-flipped', (path: string) => flip(path, 200)],
    ['truncated', (path: string) => truncateSync(path, 100)],
    ['emptied', (path: string) => truncateSync(path, 0)],
    ['missing', (path: string) => rmSync(path)],
  ])('opens with the last good generation when the newest index is %s, and says so', async (_what, harm) => {
    const folder = await furnished();
    const book = await openBook(folder);
    await book.addGuest({ name: 'Ben', consent });
    await book.close();
    const [newest] = await newestFirst(folder);
    harm(join(folder, newest!));
    const logger = recorder();
    const again = await openBook(folder, { logger });
    expect(again.guests().map(({ name }) => name)).toEqual(['Annabel']);
    expect(logger.lines.join()).toMatch(/warn: .*(damaged|missing)\. The last good state/);
    expect(again.galleryFor(encoder)[0]?.templates).toHaveLength(1);
    // It heals with the next changes.
    await again.addGuest({ name: 'Cleo', consent });
    await again.close();
    const quiet = recorder();
    await openBook(folder, { logger: quiet });
    expect(quiet.lines).toEqual([]);
  });

  it('refuses, and does not begin anew, when both indexes are gone or damaged', async () => {
    const folder = await furnished();
    flip(join(folder, 'book.a'), 50);
    flip(join(folder, 'book.b'), 50);
    await expect(openBook(folder)).rejects.toMatchObject({ fault: 'damaged' });
    rmSync(join(folder, 'book.a'));
    rmSync(join(folder, 'book.b'));
    await expect(openBook(folder)).rejects.toMatchObject({ fault: 'damaged' });
    expect(readdirSync(folder)).not.toContain('book.a');
  });

  it('restores a damaged file from its second copy, and says so', async () => {
    const folder = await furnished();
    for (const name of readdirSync(join(folder, 'objects'))) {
      flip(join(folder, 'objects', name), 30);
    }
    const logger = recorder();
    const book = await openBook(folder, { logger, retention: { inbox: true } });
    expect([...book.galleryFor(encoder)[0]!.templates[0]!.embedding]).toEqual([...embedding(1)]);
    expect((await book.visits({ limit: 5 })).visits).toHaveLength(1);
    expect(logger.lines.filter((line) => line.includes('restored from its second copy'))).toHaveLength(2);
  });

  it('suspends one guest, and nobody else, when both copies of the faces are gone', async () => {
    const folder = await furnished();
    const book = await openBook(folder);
    const ben = await book.addGuest({ name: 'Ben', consent });
    await book.close();
    const before = new Set(readdirSync(join(folder, 'twins')));
    const again = await openBook(folder);
    await again.addFaces(ben.id, [face(3)]);
    await again.close();
    const fresh = readdirSync(join(folder, 'twins')).filter((name) => !before.has(name));
    fresh.forEach((name) => ['objects', 'twins'].forEach((place) => rmSync(join(folder, place, name))));
    const logger = recorder();
    const last = await openBook(folder, { logger });
    expect(last.galleryReport(encoder)).toMatchObject({
      gallery: [{ name: 'Annabel' }],
      suspended: [{ name: 'Ben', reason: 'damaged' }],
    });
    expect(logger.lines.join()).toContain('not recognised until enrolled');
    expect(await last.housekeeping()).toMatchObject({ filesLost: 1 });
    await last.addFaces(ben.id, [face(3)]);
    expect(last.galleryFor(encoder)).toHaveLength(2);
  });

  it('detects a change of any byte of any file', async () => {
    const folder = await furnished();
    const [newest] = await newestFirst(folder);
    const index = new IndexFile(folder, key, recorder());
    const { generation } = (await index.read())!;
    const files = filesUnder(folder);
    expect(files.length).toBeGreaterThan(8);
    for (const path of files) {
      const store = new ObjectStore(join(path, '..', '..'), key, recorder());
      const id = path.slice(-32);
      const intact = readFileSync(path);
      const isIndex = path.includes('book.');
      const slotGeneration = path.endsWith(newest!) ? generation : generation - 1;
      const undamaged = async (): Promise<boolean> =>
        isIndex ? index.holds(slotGeneration) : (await store.peek(path, id)) !== undefined;
      expect(await undamaged()).toBe(true);
      // Every byte of header and tag, each 17th between them: all of those are the cipher's.
      for (let at = 0; at < intact.length; at += at < 48 || at > intact.length - 24 ? 1 : 17) {
        flip(path, at);
        expect([path, at, await undamaged()]).toEqual([path, at, false]);
        writeFileSync(path, intact);
      }
    }
  });

  it('detects files that were swapped or put back from an older copy', async () => {
    const folder = await furnished();
    const old = `${folder}.old`;
    cpSync(folder, old, { recursive: true });
    const book = await openBook(folder);
    await book.addGuest({ name: 'Ben', consent });
    await book.addGuest({ name: 'Cleo', consent });
    await book.addGuest({ name: 'Dora', consent });
    await book.close();
    const [newest, other] = await newestFirst(folder);

    // An old index beside the newest one.
    const current = readFileSync(join(folder, other!));
    cpSync(join(old, other!), join(folder, other!));
    const logger = recorder();
    await (await openBook(folder, { logger })).close();
    expect(logger.lines.join()).toContain('put an old copy back');

    // One index in the other's place.
    writeFileSync(join(folder, other!), current);
    cpSync(join(folder, newest!), join(folder, other!));
    const swapped = recorder();
    await (await openBook(folder, { logger: swapped })).close();
    expect(swapped.lines.join()).toContain('damaged');

    // One object under another's name.
    const objects = readdirSync(join(folder, 'twins')).map((name) => join(folder, 'objects', name));
    const [one, two] = objects;
    renameSync(one!, `${one!}.tmp`);
    renameSync(two!, one!);
    renameSync(`${one!}.tmp`, two!);
    const store = new ObjectStore(folder, key, recorder());
    expect(await store.peek(one!, one!.slice(-32))).toBeUndefined();
  });

  it('refuses an index of a newer layout, and brings older ones up step by step', () => {
    const steps = [
      (root: Record<string, unknown>) => ({ ...root, one: true }),
      (root: Record<string, unknown>) => ({ ...root, two: root['one'] }),
    ];
    expect(migrate({ schema: 1, guests: [] }, steps)).toEqual({ schema: 3, guests: [], one: true, two: true });
    expect(migrate({ schema: 2, one: 1 }, steps)).toEqual({ schema: 3, one: 1, two: 1 });
    expect(() => migrate({ schema: 4 }, steps)).toThrow(/newer version of Doorman/);
    expect(() => migrate({ schema: 'x' }, steps)).toThrow(/newer version/);
  });

  it('does not follow symbolic links out of its folder', async () => {
    const folder = await furnished();
    const outside = temporaryFolder();
    const victim = join(outside, 'victim');
    writeFileSync(victim, 'precious');
    symlinkSync(victim, join(folder, 'book.a.unfinished'));
    symlinkSync(victim, join(folder, 'book.b.unfinished'));
    symlinkSync(outside, join(folder, 'objects', 'f'.repeat(32)));
    symlinkSync(victim, join(folder, 'twins', '..%2f..%2fvictim'));
    const book = await openBook(folder);
    await book.addGuest({ name: 'Ben', consent });
    expect((await book.housekeeping()).orphansRemoved).toBeGreaterThanOrEqual(2);
    expect(readFileSync(victim, 'utf8')).toBe('precious');
    expect(readdirSync(folder).filter((name) => name.includes('unfinished'))).toEqual([]);
  });
});

describe('without the key', () => {
  it('nothing recognisable stands in any file', async () => {
    const folder = await furnished();
    const numbers = new Uint8Array(embedding(1).buffer);
    const needles = ['Annabel', 'likes tea', marker, 'STRANGER', 'THUMBNAIL', 'Front door', '"guests"', 'JFIF']
      .map((text) => Buffer.from(text))
      .concat([Buffer.from('ffd8ffe0', 'hex'), Buffer.from(numbers.slice(0, 16)), Buffer.from(numbers.slice(64, 80))]);
    expect(foundIn(folder, needles)).toEqual([]);
    expect(filesUnder(folder).filter((path) => path.includes('Annabel'))).toEqual([]);
  });

  it('the book says what to do, and is not begun anew', async () => {
    const folder = await furnished();
    const before = filesUnder(folder).map((path) => [path, readFileSync(path).toString('hex')]);
    const lost = { kind: 'file', path: join(folder, '..', 'elsewhere', 'key') } as const;
    await expect(openBook(folder, { key: lost })).rejects.toMatchObject({ fault: 'key-lost' });
    const other = { kind: 'text', text: 'b2'.repeat(32), origin: 'the test' } as const;
    await expect(openBook(folder, { key: other })).rejects.toMatchObject({
      fault: 'key-unusable',
      message: expect.stringContaining('made with another key'),
    });
    expect(filesUnder(folder).map((path) => [path, readFileSync(path).toString('hex')])).toEqual(before);
  });
});

/** Fills a book until the disk says no; the state must then be the one before, and stay usable. */
describe('a full disk', () => {
  it('keeps the state before, says so, and goes on when there is room again', async () => {
    const place = tinyDisk('600k');
    if (place === undefined) {
      return;
    }
    const folder = join(place, 'doorman');
    const book = await openBook(folder);
    const anna = await book.addGuest({ name: 'Anna', consent });
    writeFileSync(join(place, 'ballast'), Buffer.alloc(150_000));
    let taken = 0;
    let refusal: unknown;
    while (refusal === undefined && taken < 200) {
      await book.addFaces(anna.id, [face(taken, 'X'.repeat(500))]).then(
        () => taken++,
        (error: unknown) => (refusal = error),
      );
    }
    expect(refusal).toMatchObject({ fault: 'folder-full', message: expect.stringContaining('the disk is full') });
    expect(book.faces(anna.id)).toHaveLength(taken);
    await book.close();
    const again = await openBook(folder);
    expect(again.faces(anna.id)).toHaveLength(taken);
    rmSync(join(place, 'ballast'));
    await again.addFaces(anna.id, [face(900)]);
    expect(again.faces(anna.id)).toHaveLength(taken + 1);
    await again.close();
  });
});

describe('a folder that cannot be written to', () => {
  it('is read as before, and says that nothing can be changed', async () => {
    const folder = await furnished();
    const place = tinyDisk('2m');
    const readOnly = place === undefined ? folder : join(place, 'doorman');
    if (place === undefined) {
      chmodSync(folder, 0o500);
    } else {
      cpSync(folder, readOnly, { recursive: true });
      execFileSync('mount', ['-o', 'remount,ro', place]);
    }
    if (place === undefined && process.getuid?.() === 0) {
      console.info('Root may write everywhere: the test of a read-only folder was left out.');
      return;
    }
    const logger = recorder();
    const book = await openBook(readOnly, { logger });
    expect(book.readOnly).toBe(true);
    expect(logger.lines.join()).toContain('cannot be written to');
    expect(book.galleryFor(encoder)).toHaveLength(1);
    expect((await book.visits({ limit: 5 })).visits).toHaveLength(1);
    await expect(book.addGuest({ name: 'Ben', consent })).rejects.toMatchObject({ fault: 'read-only' });
    await book.close();
    mkdirSync(folder, { recursive: true });
    chmodSync(folder, 0o700);
  });
});

/** The index' files, the newer one first (its generation stands in the header). */
async function newestFirst(folder: string): Promise<string[]> {
  const root = await new IndexFile(folder, key, recorder()).read();
  return root!.generation % 2 === 0 ? ['book.a', 'book.b'] : ['book.b', 'book.a'];
}
