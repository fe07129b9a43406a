import { describe, expect, it } from '@jest/globals';
import type { BookChange } from '../../src/guestbook/types.js';
import {
  consent,
  dayMs,
  embedding,
  encoder,
  face,
  jpeg,
  noon,
  openBook,
  temporaryFolder,
  visit,
} from './support/fixtures.js';

describe('the guest book', () => {
  it('gives back after closing what was written before', async () => {
    const folder = temporaryFolder();
    const book = await openBook(folder);
    const anna = await book.addGuest({ name: ' Anna ', relation: 'sister', consent });
    const [templateId] = await book.addFaces(anna.id, [face(1, 'ANNA'), face(2)]);
    await book.recordVisit(visit('v1', noon, anna), jpeg(320, 180, 'THUMB'));
    await book.updateSettings({ falseAcceptRate: 0.002 });
    await book.close();

    const again = await openBook(folder);
    expect(again.guests()).toMatchObject([
      { name: 'Anna', relation: 'sister', templates: 2, crops: 1, consentState: 'valid', lastSeenAt: noon + 900 },
    ]);
    const [guest] = again.galleryFor(encoder);
    expect(guest).toMatchObject({ id: anna.id, name: 'Anna' });
    expect([...guest!.templates[0]!.embedding]).toEqual([...embedding(1)]);
    expect(Buffer.from((await again.crop(templateId!))!.picture).includes('ANNA')).toBe(true);
    expect(await again.visit('v1')).toMatchObject({ ...visit('v1', noon, anna), hasThumbnail: true });
    expect(Buffer.from((await again.visitThumbnail('v1'))!).includes('THUMB')).toBe(true);
    expect(again.settings()).toEqual({ falseAcceptRate: 0.002 });
  });

  it('tells others what has changed, and a failing follower is only its own trouble', async () => {
    const book = await openBook(temporaryFolder());
    const changes: BookChange['kind'][] = [];
    book.on('changed', () => {
      throw new Error('follower');
    });
    const end = book.on('changed', ({ kind }) => changes.push(kind));
    const { id } = await book.addGuest({ name: 'Anna', consent });
    await book.addFaces(id, [face(1)]);
    await book.recordVisit(visit('v1', noon));
    end();
    await book.forget(id);
    expect(changes).toEqual(['guests', 'gallery', 'visits']);
  });

  it('compares templates of one encoder version only, and says who is left out', async () => {
    const book = await openBook(temporaryFolder());
    const [anna, ben, cleo] = await Promise.all(
      ['Anna', 'Ben', 'Cleo'].map((name) => book.addGuest({ name, consent })),
    );
    await book.addFaces(anna!.id, [face(1)]);
    await book.addFaces(ben!.id, [{ ...face(2), encoder: { id: encoder.id, version: '2' } }]);
    expect(book.galleryReport(encoder)).toMatchObject({
      gallery: [{ name: 'Anna' }],
      suspended: [
        { name: 'Ben', reason: 'other-encoder' },
        { name: 'Cleo', reason: 'no-faces' },
      ],
    });
    const [old] = book.faces(ben!.id);
    await book.reencodeFaces(ben!.id, encoder, [{ templateId: old!.id, embedding: embedding(9) }]);
    expect(book.galleryFor(encoder).map(({ name }) => name)).toEqual(['Anna', 'Ben']);
    expect(book.faces(cleo!.id)).toEqual([]);
  });

  it.each([
    ['an empty name', { name: '   ' }],
    ['a name with control characters', { name: 'An\u0000na' }],
    ['a name that turns the text around', { name: 'An\u202ena' }],
    ['a name without end', { name: 'A'.repeat(65) }],
  ])('refuses %s', async (_what, patch) => {
    const book = await openBook(temporaryFolder());
    await expect(book.addGuest({ consent, ...patch })).rejects.toMatchObject({ fault: 'invalid' });
    expect(book.guests()).toEqual([]);
  });

  it('refuses a second guest of the same name', async () => {
    const book = await openBook(temporaryFolder());
    await book.addGuest({ name: 'Anna', consent });
    const ben = await book.addGuest({ name: 'Ben', consent });
    await expect(book.addGuest({ name: 'ANNA', consent })).rejects.toMatchObject({ fault: 'name-taken' });
    await expect(book.renameGuest(ben.id, 'anna')).rejects.toMatchObject({ fault: 'name-taken' });
    expect(await book.renameGuest(ben.id, 'Benjamin')).toMatchObject({ id: ben.id, name: 'Benjamin' });
  });

  it.each([
    ['numbers that are none', { embedding: Float32Array.of(1, NaN) }],
    ['an empty embedding', { embedding: new Float32Array(0) }],
    ['a picture of 50,000 × 50,000 pixels', { crop: { picture: jpeg(50_000, 50_000, 'X'), points: [] } }],
    ['a picture that is none', { crop: { picture: Buffer.from('<svg/>'), points: [] } }],
  ])('refuses a face with %s', async (_what, patch) => {
    const book = await openBook(temporaryFolder());
    const { id } = await book.addGuest({ name: 'Anna', consent });
    await expect(book.addFaces(id, [face(1), { ...face(2), ...patch }])).rejects.toMatchObject({ fault: 'invalid' });
    expect(book.faces(id)).toEqual([]);
  });

  it('keeps decision and receipt when the visit ends, and does not learn a forgotten guest again', async () => {
    const book = await openBook(temporaryFolder());
    const anna = await book.addGuest({ name: 'Anna', consent });
    const decided = visit('v1', noon, anna);
    await book.recordVisit(decided);
    const before = await book.visit('v1');
    const { id, doorbell, startedAt } = decided;
    await book.recordVisit({ id, doorbell, startedAt, endedAt: noon + 5000 });
    const after = await book.visit('v1');
    expect(after).toMatchObject({ endedAt: noon + 5000 });
    expect(after?.decision).toEqual(before?.decision);
    expect(after?.receipt).toEqual(before?.receipt);
    await book.forget(anna.id);
    await book.recordVisit({ id, doorbell, startedAt, endedAt: noon + 6000 });
    expect(JSON.stringify(await book.visit('v1'))).not.toMatch(new RegExp(`Anna|${anna.id}`));
    await book.close();
  });

  it('pages through the visits from the newest to the oldest, over days and equal times', async () => {
    const book = await openBook(temporaryFolder());
    const times = [0, 0, 0, 1, 2, 2, 3].map((back) => noon - back * dayMs);
    for (const [at, time] of times.entries()) {
      await book.recordVisit(visit(`v${at}`, time));
    }
    const seen: string[] = [];
    let before: string | undefined;
    do {
      const page = await book.visits({ limit: 2, ...(before !== undefined && { before }) });
      seen.push(...page.visits.map(({ id }) => id));
      before = page.next;
    } while (before !== undefined);
    expect(seen).toEqual(['v2', 'v1', 'v0', 'v3', 'v5', 'v4', 'v6']);
    await expect(book.visits({ limit: 2, before: '../etc' })).rejects.toMatchObject({ fault: 'invalid' });
  });

  it('keeps picture and label when a visit is recorded again at its end', async () => {
    const book = await openBook(temporaryFolder());
    const anna = await book.addGuest({ name: 'Anna', consent });
    await book.recordVisit(visit('v1', noon, anna), jpeg(320, 180, 'THUMB'));
    await book.labelVisit('v1', { actualGuestId: null });
    await book.recordVisit({ ...visit('v1', noon, anna), endedAt: noon + 9000 });
    expect(await book.visit('v1')).toMatchObject({
      endedAt: noon + 9000,
      hasThumbnail: true,
      label: { actualGuestId: null },
    });
    expect((await book.visits({ limit: 10 })).visits).toHaveLength(1);
    await expect(book.labelVisit('v1', { actualGuestId: 'nobody' })).rejects.toMatchObject({ fault: 'guest-unknown' });
    await expect(book.labelVisit('v2', { actualGuestId: null })).rejects.toMatchObject({ fault: 'not-found' });
  });

  it('keeps no crops when they are switched off', async () => {
    const book = await openBook(temporaryFolder(), { retention: { crops: false } });
    const { id } = await book.addGuest({ name: 'Anna', consent });
    await book.addFaces(id, [face(1, 'ANNA')]);
    expect(book.faces(id)).toMatchObject([{ hasCrop: false }]);
  });
});

describe('consent', () => {
  it('is needed before anybody is enrolled', async () => {
    const book = await openBook(temporaryFolder());
    const without = { name: 'Anna' } as Parameters<typeof book.addGuest>[0];
    await expect(book.addGuest(without)).rejects.toMatchObject({ fault: 'consent-missing' });
    await expect(book.addGuest({ name: 'Anna', consent: { ...consent, by: ' ' } })).rejects.toMatchObject({
      fault: 'invalid',
    });
    await expect(book.addGuest({ name: 'Anna', consent: { ...consent, until: noon - 1 } })).rejects.toMatchObject({
      fault: 'invalid',
    });
  });

  it('suspends the guest when it has run out, and says so', async () => {
    let now = noon;
    const book = await openBook(temporaryFolder(), { clock: () => now });
    const { id } = await book.addGuest({ name: 'Anna', consent: { ...consent, until: noon + dayMs } });
    await book.addFaces(id, [face(1)]);
    expect(book.galleryFor(encoder)).toHaveLength(1);
    now = noon + dayMs;
    const kinds: string[] = [];
    book.on('changed', ({ kind }) => kinds.push(kind));
    expect(book.galleryReport(encoder)).toMatchObject({ gallery: [], suspended: [{ id, reason: 'consent-expired' }] });
    expect(book.guest(id).consentState).toBe('expired');
    expect((await book.housekeeping()).suspended).toEqual([id]);
    expect(kinds).toContain('gallery');
    await expect(book.addFaces(id, [face(2)])).rejects.toMatchObject({ fault: 'consent-missing' });
    await book.updateGuest(id, { consent: { ...consent, at: now } });
    expect(book.galleryFor(encoder)).toHaveLength(1);
  });
});

describe('what the book holds, while it is written', () => {
  it('is told although files are replaced at the same time', async () => {
    const book = await openBook(temporaryFolder());
    const state = { writing: true };
    const writes = (async () => {
      for (let at = 0; at < 12; at++) {
        await book.recordVisit(visit(`v${at}`, noon + at));
      }
      state.writing = false;
    })();
    while (state.writing) {
      await book.privacy();
    }
    await writes;
    expect((await book.privacy()).visits).toBe(12);
  });
});
