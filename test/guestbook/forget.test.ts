import { existsSync, mkdirSync, readdirSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { unseal } from '../../src/guestbook/cipher.js';
import { consent, dayMs, embedding, encoder, face, filesUnder, foundIn, jpeg, key, noon } from './support/fixtures.js';
import { openBook, recorder, temporaryFolder, visit } from './support/fixtures.js';

/** Everything that the key opens in the folder, and the bytes as they lie there. */
function everythingReadable(folder: string): Buffer[] {
  return filesUnder(folder).flatMap((path) => {
    const bytes = readFileSync(path);
    const name = basename(path);
    if (!name.startsWith('book.')) {
      return [bytes, unseal(key, `object ${name}`, bytes)!];
    }
    const generation = Number(bytes.readBigUInt64BE(16));
    return [bytes, unseal(key, `index ${name} ${generation}`, bytes.subarray(24))!];
  });
}

function tracesOf(folder: string, needles: readonly Uint8Array[]): number {
  const texts = everythingReadable(folder);
  return needles.filter((needle) => texts.some((text) => text.includes(Buffer.from(needle)))).length;
}

describe('forgetting a guest', () => {
  it('leaves no vector, picture, name or id of the guest in any file, even to who has the key', async () => {
    const folder = join(temporaryFolder(), 'doorman');
    const book = await openBook(folder, { retention: { inbox: true } });
    const anna = await book.addGuest({ name: 'Annabel', notes: 'cousin of Zoltan', consent });
    const ann = await book.addGuest({ name: 'Anna', consent });
    await book.renameGuest(anna.id, 'Bellatrix');
    await book.addFaces(anna.id, [face(1, 'CROP-ONE'), face(2, 'CROP-TWO')]);
    await book.addFaces(ann.id, [face(3, 'OTHER')]);
    await book.addStranger({ visitId: 'v0', seenAt: noon, faces: [face(4, 'INBOX')] });
    const [cluster] = book.inbox().clusters;
    await book.assignInbox(cluster!.id, anna.id);
    const bella = { id: anna.id, name: 'Bellatrix' };
    await book.recordVisit(visit('v1', noon, bella), jpeg(320, 180, 'THUMB-ONE'));
    await book.recordVisit(visit('v2', noon - dayMs, ann), jpeg(320, 180, 'THUMB-TWO'));
    const other = visit('v3', noon - 2 * dayMs, { id: ann.id, name: 'Anna' });
    const second = { guestId: anna.id, name: 'Bellatrix', distance: 1.2, tau: 0.9 };
    const decision = other.decision!;
    await book.recordVisit({
      ...other,
      decision: {
        ...decision,
        identification: { ...decision.identification, second },
        reasons: ['nearer to Anna than to Bellatrix', 'a blink'],
      },
    });
    await book.addStranger({ visitId: 'v1', seenAt: noon, faces: [face(5, 'SEEN-AGAIN')] });

    const bytes = (seed: number): Uint8Array => new Uint8Array(embedding(seed).buffer);
    const vectors = [1, 2, 4, 5].flatMap((seed) => [bytes(seed).slice(0, 16), bytes(seed).slice(200, 216)]);
    const words = [
      'Annabel',
      'Bellatrix',
      'Zoltan',
      'CROP-ONE',
      'CROP-TWO',
      'INBOX',
      'THUMB-ONE',
      'SEEN-AGAIN',
      anna.id,
    ];
    const needles = [...vectors, ...words.map((word) => Buffer.from(word))];
    // Before, the scan does find them.
    expect(tracesOf(folder, needles)).toBe(needles.length);
    const before = book.galleryFor(encoder).find(({ id }) => id === ann.id);

    await book.forget(anna.id);

    expect(tracesOf(folder, needles)).toBe(0);
    expect(tracesOf(folder, [Buffer.from('THUMB-TWO'), Buffer.from('OTHER'), Buffer.from('Anna')])).toBe(3);
    expect(book.galleryFor(encoder)).toEqual([before]);
    expect(await book.visit('v3')).toMatchObject({
      decision: {
        guest: { name: 'Anna' },
        identification: { second: { guestId: 'forgotten', distance: 1.2 } },
        reasons: ['a blink'],
      },
    });
    expect(await book.visit('v1')).toMatchObject({ hasThumbnail: false, decision: { guest: { id: 'forgotten' } } });
    expect(await book.verifyAudit()).toMatchObject({ whole: true });
    await book.close();
    const again = await openBook(folder, { retention: { inbox: true } });
    expect(again.guests().map(({ name }) => name)).toEqual(['Anna']);
    expect(again.inbox().clusters).toEqual([]);
    expect(await again.verifyAudit()).toMatchObject({ whole: true });
  });

  it('leaves a gallery equal to one that never knew the guest', async () => {
    const galleries = [];
    for (const withBen of [true, false]) {
      const book = await openBook(join(temporaryFolder(), 'doorman'));
      const { id: annaId } = await book.addGuest({ name: 'Anna', consent });
      await book.addFaces(annaId, [face(1), face(2)]);
      if (withBen) {
        const { id } = await book.addGuest({ name: 'Ben', consent });
        await book.addFaces(id, [face(3), face(4)]);
        await book.forget(id);
      }
      const { id: cleoId } = await book.addGuest({ name: 'Cleo', consent });
      await book.addFaces(cleoId, [face(5)]);
      galleries.push(
        book.galleryFor(encoder).map(({ name, templates }) => [name, templates.map((one) => [...one.embedding])]),
      );
    }
    expect(galleries[0]).toEqual(galleries[1]);
  });

  it('does not touch anything when the guest is unknown', async () => {
    const book = await openBook(temporaryFolder());
    await expect(book.forget('nobody')).rejects.toMatchObject({ fault: 'guest-unknown' });
  });
});

describe('forgetting everything', () => {
  it('leaves the folders as before installation', async () => {
    const storage = temporaryFolder();
    const state = temporaryFolder();
    mkdirSync(join(storage, 'accessories'));
    const path = join(state, 'homebridge-doorman', 'key');
    const book = await openBook(join(storage, 'doorman'), { key: { kind: 'file', path } });
    const { id } = await book.addGuest({ name: 'Anna', consent });
    await book.addFaces(id, [face(1, 'CROP')]);
    expect(existsSync(path)).toBe(true);
    await book.forgetEverything();
    expect(readdirSync(storage)).toEqual(['accessories']);
    expect(readdirSync(state)).toEqual([]);
    expect(book.guests()).toEqual([]);
    expect(book.galleryFor(encoder)).toEqual([]);
    await expect(book.addGuest({ name: 'Ben', consent })).rejects.toMatchObject({ fault: 'closed' });
    await book.close();
  });
});

describe('the key', () => {
  it('is made for a new book only, readable by its owner alone, and never stands in the book’s folder', async () => {
    const folder = join(temporaryFolder(), 'doorman');
    const path = join(temporaryFolder(), 'state', 'key');
    const logger = recorder();
    const book = await openBook(folder, { key: { kind: 'file', path }, logger });
    await book.addGuest({ name: 'Anna', consent });
    await book.close();
    const text = readFileSync(path, 'latin1').trim();
    expect(text).toMatch(/^[0-9a-f]{64}$/);
    expect(foundIn(folder, [Buffer.from(text), Buffer.from(text, 'hex')])).toEqual([]);
    expect(logger.lines.join()).not.toContain(text);
    const again = await openBook(folder, { key: { kind: 'file', path } });
    expect(again.guests()).toHaveLength(1);
  });
});
