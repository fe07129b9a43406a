import { describe, expect, it } from '@jest/globals';
import { plainClustering } from '../../src/guestbook/inbox.js';
import { openShelves } from '../../src/guestbook/shelves.js';
import { importBook } from '../../src/guestbook/transfer.js';
import { defaultRetention } from '../../src/guestbook/types.js';
import { packArchive } from '../../src/guestbook/archive.js';
import { embeddingBytes, type Document } from '../../src/guestbook/document.js';
import type { GuestBook } from '../../src/guestbook/book.js';
import {
  consent,
  embedding,
  encoder,
  face,
  filesUnder,
  jpeg,
  keyText,
  noon,
  openBook,
  points,
  recorder,
} from './support/fixtures.js';
import { temporaryFolder, visit } from './support/fixtures.js';

const passphrase = 'correct horse battery';

async function household(): Promise<GuestBook> {
  const book = await openBook(temporaryFolder());
  const anna = await book.addGuest({ name: 'Anna', relation: 'sister', consent });
  await book.addFaces(anna.id, [face(1, 'ANNA'), face(2)]);
  const ben = await book.addGuest({ name: 'Ben', consent });
  await book.addFaces(ben.id, [face(3, 'BEN')]);
  await book.updateSettings({ falseAcceptRate: 0.005 });
  return book;
}

describe('export and import', () => {
  it('brings guests, faces, pictures and settings into another house under the same ids', async () => {
    const book = await household();
    const archive = await book.exportArchive(passphrase);
    for (const word of ['Anna', 'ANNA', 'sister', 'JFIF']) {
      expect(Buffer.from(archive).includes(word)).toBe(false);
    }
    const other = await openBook(temporaryFolder(), { key: { kind: 'text', text: 'b2'.repeat(32), origin: '' } });
    const report = await other.importArchive(archive, passphrase, 'merge', { encoder });
    expect(report).toEqual({ guestsAdded: 2, guestsMerged: 0, templates: 3, crops: 2, refused: [] });
    const plain = ({ gallery }: ReturnType<GuestBook['galleryReport']>): unknown =>
      gallery.map(({ id, name, templates }) => [id, name, templates.map((one) => [...one.embedding])]);
    expect(plain(other.galleryReport(encoder))).toEqual(plain(book.galleryReport(encoder)));
    expect(other.settings()).toEqual({ falseAcceptRate: 0.005 });
    const [template] = other.faces(other.guests()[0]!.id);
    expect(Buffer.from((await other.crop(template!.id))!.picture).includes('ANNA')).toBe(true);
    // A second time adds nothing.
    expect(await other.importArchive(archive, passphrase, 'merge')).toMatchObject({ guestsMerged: 2, templates: 0 });
  });

  it('merges by id or name and keeps the others, or replaces and forgets the others', async () => {
    const archive = await (await household()).exportArchive(passphrase);
    const folder = temporaryFolder();
    const book = await openBook(folder);
    const anna = await book.addGuest({ name: 'ANNA', consent: { ...consent, at: consent.at - 1000 } });
    await book.addFaces(anna.id, [face(7)]);
    const cleo = await book.addGuest({ name: 'Cleo', consent });
    await book.addFaces(cleo.id, [face(8)]);
    await book.recordVisit(visit('v1', noon, cleo));
    await book.importArchive(archive, passphrase, 'merge');
    expect(book.guests().map(({ name, templates }) => [name, templates])).toEqual([
      ['ANNA', 3],
      ['Cleo', 1],
      ['Ben', 1],
    ]);
    expect(book.guest(anna.id).consent).toEqual(consent);
    await book.importArchive(archive, passphrase, 'replace');
    expect(book.guests().map(({ name, templates }) => [name, templates])).toEqual([
      ['ANNA', 2],
      ['Ben', 1],
    ]);
    expect(await book.visit('v1')).toMatchObject({ decision: { guest: { id: 'forgotten' } } });
    await book.close();
    const again = await openBook(folder);
    expect(again.galleryFor(encoder)).toHaveLength(2);
    expect((await again.housekeeping()).orphansRemoved).toBe(0);
  });

  it('refuses faces of another encoder without a picture, with the remedy, and takes those with one', async () => {
    const archive = await (await household()).exportArchive(passphrase);
    const book = await openBook(temporaryFolder());
    const report = await book.importArchive(archive, passphrase, 'merge', { encoder: { id: 'other', version: '9' } });
    expect(report).toMatchObject({ guestsAdded: 2, templates: 2, crops: 2 });
    expect(report.refused).toEqual([expect.stringMatching(/1 faces of Anna .* enrol Anna again/)]);
  });

  it('asks for a passphrase worth the name', async () => {
    const book = await household();
    await expect(book.exportArchive('short')).rejects.toMatchObject({ fault: 'invalid' });
    const archive = await book.exportArchive(passphrase);
    await expect(book.importArchive(archive, 'another passphrase', 'merge')).rejects.toMatchObject({
      fault: 'wrong-passphrase',
    });
  });
});

const head = { format: 1, createdAt: noon, guests: 1, settings: {} };
const id = '6dd99c02-eea7-4655-83d0-759fa4147e8d';
const archivedFace = { encoder, quality: 0.5, source: 'photo', addedAt: noon };
const guest = { id, name: 'Mallory', consent, faces: [] as unknown[] };
const vector = embeddingBytes(embedding(1));

/** What a hostile archive may hold, from somebody who knows the passphrase. */
const hostile: [string, Document[]][] = [
  ['nothing', []],
  ['no guests where one is promised', [{ json: head, parts: [] }]],
  [
    'more guests than promised',
    [
      { json: { ...head, guests: 0 }, parts: [] },
      { json: guest, parts: [] },
    ],
  ],
  ['a future format', [{ json: { ...head, format: 2 }, parts: [] }]],
  [
    'a path for an id',
    [
      { json: head, parts: [] },
      { json: { ...guest, id: '../../../etc/passwd' }, parts: [] },
    ],
  ],
  [
    'a field of its own',
    [
      { json: head, parts: [] },
      { json: { ...guest, path: '/etc/passwd' }, parts: [] },
    ],
  ],
  ['a prototype', [{ json: JSON.parse('{"__proto__": {"format": 1}}') as unknown, parts: [] }]],
  [
    'no consent',
    [
      { json: head, parts: [] },
      { json: { ...guest, consent: undefined }, parts: [] },
    ],
  ],
  [
    'a name that turns the text around',
    [
      { json: head, parts: [] },
      { json: { ...guest, name: 'x\u202e' }, parts: [] },
    ],
  ],
  [
    'a picture of 50,000 × 50,000 pixels',
    [
      { json: head, parts: [] },
      { json: { ...guest, faces: [{ ...archivedFace, points }] }, parts: [vector, jpeg(50_000, 50_000, 'X')] },
    ],
  ],
  [
    'something else than a picture',
    [
      { json: head, parts: [] },
      { json: { ...guest, faces: [{ ...archivedFace, points }] }, parts: [vector, Buffer.from('<svg onload=1>')] },
    ],
  ],
  [
    'an embedding that is no list of numbers',
    [
      { json: head, parts: [] },
      { json: { ...guest, faces: [archivedFace] }, parts: [Buffer.from('abc'), Buffer.alloc(0)] },
    ],
  ],
  [
    'an endless embedding',
    [
      { json: head, parts: [] },
      { json: { ...guest, faces: [archivedFace] }, parts: [Buffer.alloc(400_000), Buffer.alloc(0)] },
    ],
  ],
  [
    'fewer parts than faces',
    [
      { json: head, parts: [] },
      { json: { ...guest, faces: [archivedFace] }, parts: [vector] },
    ],
  ],
  [
    'a thousand faces',
    [
      { json: head, parts: [] },
      { json: { ...guest, faces: Array.from({ length: 1000 }, () => archivedFace) }, parts: [] },
    ],
  ],
  [
    'the same guest twice',
    [{ json: { ...head, guests: 2 }, parts: [] }, ...[1, 2].map(() => ({ json: guest, parts: [] }))],
  ],
  [
    'nesting without end',
    [
      { json: head, parts: [] },
      { json: JSON.parse('['.repeat(50_000) + ']'.repeat(50_000)) as unknown, parts: [] },
    ],
  ],
];

async function* each(documents: readonly Document[]): AsyncGenerator<Document> {
  yield* await Promise.resolve(documents);
}

describe('a hostile archive', () => {
  it.each(hostile)('with %s is refused with a reason, and the book is as before', async (_what, documents) => {
    const folder = temporaryFolder();
    const book = await openBook(folder);
    await book.addGuest({ name: 'Anna', consent });
    await book.close();
    const files = filesUnder(folder).length;
    const shelves = await openShelves({
      folder,
      key: { kind: 'text', text: keyText, origin: 'the test' },
      logger: recorder(),
      clock: () => noon,
      retention: defaultRetention,
      clustering: plainClustering,
      holder: 'the test',
    });
    await expect(importBook(shelves, each(documents), 'replace')).rejects.toMatchObject({
      fault: 'invalid',
      message: expect.stringMatching(/refused|not written/),
    });
    expect(shelves.guests.list().map(({ name }) => name)).toEqual(['Anna']);
    await shelves.close('over');
    expect(filesUnder(folder)).toHaveLength(files);
  });

  it('is refused whole as well when it comes locked with the right passphrase', async () => {
    const book = await openBook(temporaryFolder());
    const documents = hostile.find(([what]) => what === 'a picture of 50,000 × 50,000 pixels')![1];
    const archive = await packArchive(passphrase, each(documents));
    await expect(book.importArchive(archive, passphrase, 'merge')).rejects.toMatchObject({ fault: 'invalid' });
    expect(book.guests()).toEqual([]);
  });

  it('that is cut, swapped, stretched or changed anywhere is refused', async () => {
    const source = await openBook(temporaryFolder());
    const { id: guestId } = await source.addGuest({ name: 'Anna', consent });
    for (let at = 0; at < 10; at++) {
      await source.addFaces(guestId, [{ ...face(at), embedding: embedding(at, 8192) }]);
    }
    const archive = Buffer.from(await source.exportArchive(passphrase));
    expect(archive.length).toBeGreaterThan(256 * 1024);
    const start = 34;
    const firstLength = archive.readUInt32LE(start);
    const first = archive.subarray(start, start + 4 + firstLength);
    const rest = archive.subarray(start + 4 + firstLength);
    const flipped = (at: number): Buffer => {
      const copy = Buffer.from(archive);
      copy[at]! ^= 1;
      return copy;
    };
    const announced = Buffer.from(archive);
    announced.writeUInt32LE(0xffffffff, start);
    const book = await openBook(temporaryFolder());
    const broken = [
      Buffer.alloc(0),
      Buffer.from('not an archive at all, but long enough to look at'),
      Buffer.concat([Buffer.from([0x1f, 0x8b]), Buffer.alloc(1000)]),
      archive.subarray(0, archive.length - 1),
      archive.subarray(0, start + 4 + firstLength),
      Buffer.concat([archive.subarray(0, start), rest, first]),
      Buffer.concat([archive, Buffer.alloc(3)]),
      announced,
      ...[0, 20, 60, archive.length - 5].map(flipped),
    ];
    for (const bytes of broken) {
      await expect(book.importArchive(bytes, passphrase, 'merge')).rejects.toMatchObject({
        fault: expect.stringMatching(/^(invalid|wrong-passphrase)$/),
      });
    }
    expect(book.guests()).toEqual([]);
  });
});
