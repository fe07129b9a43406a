import { spawn } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { remoteBook } from '../../src/ui-link/book-access.js';
import { UiLinkClient } from '../../src/ui-link/client.js';
import { fitting } from '../../src/ui-link/fitting.js';
import type { Progress } from '../../src/ui-link/protocol.js';
import { UiLinkServer } from '../../src/ui-link/server.js';
import { consent, embedding, encoder, face, jpeg, noon, openBook, recorder } from '../guestbook/support/fixtures.js';
import { temporaryFolder, visit } from '../guestbook/support/fixtures.js';
import { connectTo, startPlugin } from './support.js';

describe('the link between settings page, command and plugin', () => {
  it('is a socket for its own user only, and is gone when the plugin stops', async () => {
    const plugin = await startPlugin();
    expect(statSync(plugin.socketPath).mode & 0o777).toBe(0o600);
    const client = await connectTo(plugin);
    await plugin.server.stop();
    expect(existsSync(plugin.socketPath)).toBe(false);
    await expect(client.ask('guests', {})).rejects.toMatchObject({ fault: 'gone' });
    await expect(UiLinkClient.connect(plugin.socketPath)).rejects.toMatchObject({ fault: 'unreachable' });
  });

  it('gives the command the same book as the plugin has', async () => {
    const plugin = await startPlugin();
    const book = remoteBook(await connectTo(plugin));
    const anna = await book.addGuest({ name: 'Anna', consent });
    const faces = Array.from({ length: 60 }, (_, at) => face(at, `CROP${at}`));
    const ids = await book.addFaces(anna.id, faces);
    expect(ids).toHaveLength(60);
    const [guest] = await book.galleryFor(encoder);
    expect([...guest!.templates[59]!.embedding]).toEqual([...embedding(59)]);
    expect(Buffer.from((await book.crop(ids[7]!))!.picture).includes('CROP7')).toBe(true);
    await book.reencodeFaces(anna.id, encoder, [{ templateId: ids[0]!, embedding: embedding(99) }]);
    expect([...plugin.book.galleryFor(encoder)[0]!.templates[0]!.embedding]).toEqual([...embedding(99)]);
    await plugin.book.recordVisit(visit('v1', noon, anna), jpeg(320, 180, 'THUMB'));
    expect((await book.visits({ limit: 5 })).visits).toMatchObject([{ id: 'v1', hasThumbnail: true }]);
    expect((await book.visit('v1'))?.receipt).toEqual(visit('v1', noon, anna).receipt);
    expect(await book.privacy()).toMatchObject({ guests: 1, templates: 60, visits: 1 });
    expect(await book.verifyAudit()).toMatchObject({ whole: true });
    expect(await book.removeFaces(anna.id, ids.slice(1))).toBe(59);
    await book.forget(anna.id);
    expect(plugin.book.guests()).toEqual([]);
  });

  it('carries archives in pieces, both ways', async () => {
    const plugin = await startPlugin();
    const book = remoteBook(await connectTo(plugin));
    const { id } = await book.addGuest({ name: 'Anna', consent });
    await book.addFaces(
      id,
      Array.from({ length: 12 }, (_, at) => ({ ...face(at), embedding: embedding(at, 8192) })),
    );
    const archive = await book.exportArchive('correct horse battery');
    expect(archive.byteLength).toBeGreaterThan(256 * 1024);
    const other = await startPlugin();
    const report = await remoteBook(await connectTo(other)).importArchive(archive, 'correct horse battery', 'merge');
    expect(report).toMatchObject({ guestsAdded: 1, templates: 12 });
    const client = await connectTo(other);
    await expect(client.ask('import-start', { bytes: 2 ** 40 })).rejects.toMatchObject({ fault: 'too-large' });
    const { transfer } = await client.ask('import-start', { bytes: 10 });
    const piece = Buffer.alloc(11).toString('base64');
    await expect(client.ask('import-piece', { transfer, offset: 0, piece })).rejects.toMatchObject({
      fault: 'invalid',
    });
    await expect(client.ask('import-finish', { transfer, passphrase: 'x', mode: 'merge' })).rejects.toMatchObject({
      fault: 'invalid',
    });
    const stranger = await connectTo(other);
    await expect(stranger.ask('export-piece', { transfer, offset: 0 })).rejects.toMatchObject({ fault: 'not-found' });
  });

  it('tells in the book’s own words what is refused', async () => {
    const client = await connectTo(await startPlugin());
    await client.ask('guest-add', { name: 'Anna', consent });
    await expect(client.ask('guest-add', { name: 'anna', consent })).rejects.toMatchObject({
      fault: 'name-taken',
      message: expect.stringContaining('There is a guest named'),
    });
    const without = { name: 'Ben' } as Parameters<typeof client.ask<'guest-add'>>[1];
    await expect(client.ask('guest-add', without)).rejects.toMatchObject({ fault: 'invalid' });
    await expect(client.ask('train', {})).rejects.toMatchObject({ fault: 'unknown-request' });
  });

  it('streams the progress of long work, tells of changes, and hears when the asker is gone', async () => {
    let hearGone: () => void;
    const gone = new Promise<void>((resolve) => (hearGone = resolve));
    const plugin = await startPlugin({
      train: (_asked, call) =>
        new Promise((resolve) => {
          [1, 2, 3].forEach((done) => call.progress({ done, total: 3 }));
          setTimeout(() => resolve({ encodedAgain: 3, warnings: [], statement: 'fine' }), 20);
        }),
      'enrol-live': (_asked, { signal }) =>
        new Promise((resolve) =>
          signal.addEventListener('abort', () => {
            hearGone();
            resolve({ taken: 0 });
          }),
        ),
    });
    const client = await connectTo(plugin);
    const seen: Progress[] = [];
    const answer = await client.ask('train', {}, { progress: (progress) => seen.push(progress) });
    expect(answer.statement).toBe('fine');
    expect(seen.map(({ done }) => done)).toEqual([1, 2, 3]);
    const changed = new Promise((resolve) => client.onChanged(resolve));
    plugin.server.announce('guests');
    expect(await changed).toBe('guests');
    const live = client.ask('enrol-live', { enrolment: 'e', doorbell: 'Front door' });
    await client.ask('guests', {});
    client.close();
    await expect(live).rejects.toMatchObject({ fault: 'gone' });
    await gone;
  });

  it('takes the place of a plugin that was killed, but not of one that runs or of another file', async () => {
    const plugin = await startPlugin();
    const { socketPath } = plugin;
    const second = new UiLinkServer({ socketPath, handlers: {}, logger: recorder() });
    await expect(second.start()).rejects.toMatchObject({ fault: 'in-use' });
    const folder = temporaryFolder();
    const blocked = join(folder, 'doorman.sock');
    writeFileSync(blocked, 'mine');
    const third = new UiLinkServer({ socketPath: blocked, handlers: {}, logger: recorder() });
    await expect(third.start()).rejects.toMatchObject({ fault: 'in-use' });
    expect(existsSync(blocked)).toBe(true);

    const storage = temporaryFolder();
    const left = join(storage, 'doorman.sock');
    const child = spawn(process.execPath, ['-e', `require('net').createServer().listen(${JSON.stringify(left)})`]);
    while (!existsSync(left)) {
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
    const killed = new Promise((resolve) => child.once('close', resolve));
    child.kill('SIGKILL');
    await killed;
    expect(existsSync(left)).toBe(true);
    const client = await connectTo(await startPlugin({}, storage));
    expect((await client.ask('guests', {})).guests).toEqual([]);
  });

  it('works where the path is too long for a socket', async () => {
    const storage = join(temporaryFolder(), 'a'.repeat(80), 'b'.repeat(80));
    mkdirSync(storage, { recursive: true });
    chmodSync(storage, 0o755);
    const plugin = await startPlugin({}, storage);
    const client = await connectTo(plugin);
    expect(await client.ask('guests', {})).toEqual({ guests: [], suspended: [] });
    expect(statSync(plugin.socketPath).mode & 0o777).toBe(0o600);
  });

  it('loses none of 1,000 interleaved changes', async () => {
    const plugin = await startPlugin();
    const work = Array.from({ length: 4 }, async (_, who) => {
      const client = await connectTo(plugin);
      const own: string[] = [];
      const changes: Promise<unknown>[] = [];
      for (let at = 0; at < 60; at++) {
        own.push((await client.ask('guest-add', { name: `Guest ${who}-${at}`, consent })).guest.id);
      }
      for (let at = 0; at < 150; at++) {
        changes.push(client.ask('guest-change', { id: own[at % 60]!, patch: { notes: `change ${at}` } }));
        if (changes.length === 8) {
          await Promise.all(changes.splice(0));
        }
      }
      await Promise.all(changes);
    });
    const visits = (async () => {
      for (let at = 0; at < 160; at++) {
        await plugin.book.recordVisit(visit(`v${at}`, noon + at));
      }
    })();
    await Promise.all([...work, visits]);
    const guests = plugin.book.guests();
    expect(guests).toHaveLength(240);
    for (const { name, notes } of guests) {
      const at = Number(name.split('-')[1]);
      const last = at + 60 * Math.floor((149 - at) / 60);
      expect([name, notes]).toEqual([name, `change ${last}`]);
    }
    expect(await plugin.book.privacy()).toMatchObject({ visits: 160, auditEntries: 1 + 240 + 600 + 160 });
    expect(await plugin.book.verifyAudit()).toMatchObject({ whole: true });
    await plugin.server.stop();
    await plugin.book.close();
    const again = await openBook(join(plugin.storage, 'doorman'));
    expect(again.guests()).toEqual(guests);
  });
});

describe('fitting', () => {
  it('cuts a list into runs that each fit one request', () => {
    const entries = Array.from({ length: 10 }, (_, at) => `${at}`.repeat(300_000));
    expect([...fitting(entries, 50)].map((run) => run.length)).toEqual([3, 3, 3, 1]);
    expect([...fitting([1, 2, 3, 4, 5], 2)]).toEqual([[1, 2], [3, 4], [5]]);
    expect([...fitting([], 2)]).toEqual([]);
  });
});
