import { describe, expect, it } from '@jest/globals';
import { joined, nearestCluster, unit, type Cluster } from '../../src/guestbook/cluster.js';
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

/** Another look at the same person: the vector with a little noise. */
function look(person: number, number: number): ReturnType<typeof face> {
  const noise = embedding(1000 * person + number);
  return { ...face(person, `P${person}`), embedding: embedding(person).map((value, at) => value + 0.2 * noise[at]!) };
}

describe('the inbox of unknown visitors', () => {
  it('keeps nothing unless it is switched on', async () => {
    const book = await openBook(temporaryFolder());
    expect(await book.addStranger({ visitId: 'v1', seenAt: noon, faces: [look(1, 1)] })).toBeUndefined();
    await book.recordVisit(visit('v1', noon), jpeg(320, 180, 'STRANGER'));
    expect(book.inbox().clusters).toEqual([]);
    expect(await book.visitThumbnail('v1')).toBeUndefined();
  });

  it('groups visits by person, most recent first, and pages', async () => {
    const folder = temporaryFolder();
    const book = await openBook(folder, { retention: { inbox: true } });
    const people = [1, 2, 1, 3, 1, 2];
    const clusters: (string | undefined)[] = [];
    for (const [at, person] of people.entries()) {
      const faces = [look(person, at), look(person, at + 50)];
      clusters.push(await book.addStranger({ visitId: `v${at}`, seenAt: noon + at, faces }));
    }
    expect(clusters[2]).toBe(clusters[0]);
    expect(clusters[4]).toBe(clusters[0]);
    expect(clusters[5]).toBe(clusters[1]);
    expect(new Set(clusters).size).toBe(3);
    const { clusters: first, next } = book.inbox({ limit: 2 });
    expect(first.map(({ visits }) => visits.length)).toEqual([2, 3]);
    expect(book.inbox({ limit: 2, before: next! }).clusters).toMatchObject([{ visits: [{ visitId: 'v3' }] }]);
    await book.close();
    const again = await openBook(folder, { retention: { inbox: true } });
    expect(await again.addStranger({ visitId: 'v9', seenAt: noon + 9, faces: [look(3, 99)] })).toBe(clusters[3]);
  });

  it('gives a person to a guest, with faces, pictures and labels', async () => {
    const book = await openBook(temporaryFolder(), { retention: { inbox: true } });
    for (const at of [0, 1]) {
      await book.recordVisit(visit(`v${at}`, noon + at));
      await book.addStranger({ visitId: `v${at}`, seenAt: noon + at, faces: [look(1, at)] });
    }
    const [cluster] = book.inbox().clusters;
    const pictures = await book.inboxCrops(cluster!.id);
    expect(Buffer.from(pictures[0]!.picture).includes('P1')).toBe(true);
    const anna = await book.addGuest({ name: 'Anna', consent });
    expect(await book.assignInbox(cluster!.id, anna.id)).toBe(2);
    expect(book.inbox().clusters).toEqual([]);
    expect(book.faces(anna.id)).toMatchObject([{ source: 'inbox', hasCrop: true }, { source: 'inbox' }]);
    expect(book.galleryFor(encoder)[0]!.templates).toHaveLength(2);
    expect(await book.visit('v0')).toMatchObject({ label: { actualGuestId: anna.id } });
    expect(await book.visit('v1')).toMatchObject({ label: { actualGuestId: anna.id } });
    await expect(book.assignInbox(cluster!.id, anna.id)).rejects.toMatchObject({ fault: 'not-found' });
  });

  it('does not ask again about somebody it shall not ask about, until they have long not come', async () => {
    let now = noon;
    const book = await openBook(temporaryFolder(), { retention: { inbox: true, inboxDays: 7 }, clock: () => now });
    const cluster = await book.addStranger({ visitId: 'v1', seenAt: noon, faces: [look(1, 1)] });
    await book.neverAskAgain(cluster!);
    expect(book.inbox().clusters).toEqual([]);
    expect(await book.addStranger({ visitId: 'v2', seenAt: noon + 3 * dayMs, faces: [look(1, 2)] })).toBeUndefined();
    expect(await book.addStranger({ visitId: 'v3', seenAt: noon, faces: [look(2, 1)] })).toBeDefined();
    now = noon + 9 * dayMs;
    await book.housekeeping();
    expect(await book.addStranger({ visitId: 'v4', seenAt: now, faces: [look(1, 3)] })).toBeUndefined();
    now = noon + 30 * dayMs;
    await book.housekeeping();
    expect(await book.addStranger({ visitId: 'v5', seenAt: now, faces: [look(1, 4)] })).toBeDefined();
  });

  it('deletes the faces of somebody who is no guest', async () => {
    const book = await openBook(temporaryFolder(), { retention: { inbox: true } });
    const cluster = await book.addStranger({ visitId: 'v1', seenAt: noon, faces: [look(1, 1)] });
    await book.ignore(cluster!);
    expect(book.inbox().clusters).toEqual([]);
    expect((await book.privacy()).strangers).toBe(0);
  });
});

describe('nearest cluster', () => {
  const axis = (at: number): Float32Array => Float32Array.from({ length: 3 }, (_, index) => (index === at ? 1 : 0));
  const clusters: Cluster[] = [joined(undefined, 'x', axis(0)), joined(joined(undefined, 'y', axis(1)), 'y', axis(1))];

  it.each([
    ['the same direction', axis(0), 'x'],
    ['a direction near one', unit(Float32Array.of(0.2, 1, 0)), 'y'],
    ['a direction near none', axis(2), undefined],
    ['a vector of another length', Float32Array.of(1, 0), undefined],
    ['the zero vector', new Float32Array(3), undefined],
  ])('for %s', (_what, face, expected) => {
    expect(nearestCluster(clusters, face, 0.45)?.id).toBe(expected);
  });
});
