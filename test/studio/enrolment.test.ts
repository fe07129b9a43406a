import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import sharp from 'sharp';
import { parseConfig } from '../../src/config.js';
import { GuestBook } from '../../src/guestbook/book.js';
import type { Guest } from '../../src/guestbook/types.js';
import { pluginHandlers } from '../../src/plugin-handlers.js';
import { bookHandlers } from '../../src/ui-link/book-handlers.js';
import { UiLinkClient } from '../../src/ui-link/client.js';
import type { Progress } from '../../src/ui-link/protocol.js';
import { UiLinkServer } from '../../src/ui-link/server.js';
import { findFfmpeg } from '../../src/video/ffmpeg.js';
import { recordingLogger } from '../support/recording-logger.js';
import { until } from '../support/wait.js';
import { filmScene, portraitOf, Scene, stillOf, Visitor } from '../visitors/index.js';
import { cacheFolder, folder, send } from './support.js';

const logger = recordingLogger();
const place = folder();
const uploadFolder = join(place.path, 'uploads');
const socketPath = join(place.path, 'doorman.sock');
let book: GuestBook;
let plugin: ReturnType<typeof pluginHandlers>;
let server: UiLinkServer;
let client: UiLinkClient;
let anna: Guest;
let photos: Buffer[];

beforeAll(async () => {
  const { config } = parseConfig({ platform: 'Doorman', engine: 'onnx', threads: 1 });
  book = await GuestBook.open({
    folder: join(place.path, 'doorman'),
    key: { kind: 'text', text: 'b2'.repeat(32), origin: 'the test' },
    logger,
  });
  anna = await book.addGuest({
    name: 'Anna',
    consent: { by: 'Anna', purpose: 'to be recognised at the door', at: Date.now() },
  });
  plugin = pluginHandlers({
    book,
    bookFault: undefined,
    entrances: [],
    config: config!,
    cacheFolder,
    uploadFolder,
    logger,
  });
  const ofBook = bookHandlers({ book, encoder: () => undefined });
  server = new UiLinkServer({ socketPath, logger, handlers: { ...ofBook.handlers, ...plugin.handlers } });
  await server.start();
  photos = await Promise.all(
    [0, 0.3].map(async (yaw) => (await stillOf(portraitOf('Anna'), { pose: { yaw, pitch: 0, roll: 0 } })).jpeg()),
  );
});

afterAll(async () => {
  await server.stop();
  await plugin.stop();
  await book.close();
  expect(existsSync(uploadFolder)).toBe(false);
  place.remove();
});

beforeEach(async () => {
  client = await UiLinkClient.connect(socketPath);
});
afterEach(() => client.close());

const filesLeft = (): string[] => (existsSync(uploadFolder) ? readdirSync(uploadFolder) : []);
const start = async (): Promise<string> => (await client.ask('enrol-start', { guestId: anna.id })).enrolment;
const photo = (bytes: Buffer, name = 'photo.jpg') => ({ name, kind: 'photo' as const, bytes });

describe('enrolling from photos', () => {
  it('takes what is good, says why not of the rest, and learns the guest', async () => {
    const enrolment = await start();
    const seen: Progress[] = [];
    const [first] = await send(client, enrolment, photo(photos[0]!, '../../etc/Anna\n at home.jpg'), (progress) =>
      seen.push(progress),
    );
    expect(first).toMatchObject({ source: 'Anna at home.jpg', taken: true });
    expect(first!.quality).toBeGreaterThan(0.2);
    const { width, height, format } = await sharp(Buffer.from(first!.picture!, 'base64')).metadata();
    expect({ width, height, format }).toEqual({ width: 112, height: 112, format: 'jpeg' });
    expect(seen.map(({ result }) => result?.source)).toEqual(['Anna at home.jpg']);
    const small = await (await stillOf(portraitOf('Anna'), { width: 320, height: 320, size: 30 })).jpeg();
    const [tooSmall] = await send(client, enrolment, photo(small));
    expect(tooSmall).toMatchObject({ taken: false });
    const [second] = await send(client, enrolment, photo(photos[1]!));
    expect(second!.taken).toBe(true);
    expect(book.faces(anna.id)).toHaveLength(0);

    const { templates } = await client.ask('enrol-finish', { enrolment });
    expect(templates).toBe(2);
    expect(book.faces(anna.id).map(({ source, hasCrop }) => ({ source, hasCrop }))).toEqual([
      { source: 'photo', hasCrop: true },
      { source: 'photo', hasCrop: true },
    ]);
    expect((await client.ask('status', {})).training).toMatchObject({ state: 'done' });
    expect(filesLeft()).toEqual([]);
    await expect(client.ask('enrol-finish', { enrolment })).rejects.toMatchObject({ fault: 'not-found' });
  });

  it.each([
    [
      'a text file',
      'holiday.jpg',
      'photo' as const,
      Buffer.from('Dear Anna, '.repeat(100)),
      /holiday\.jpg is not a pic/,
    ],
    ['half a picture', 'half.jpg', 'photo' as const, Buffer.alloc(0), /half\.jpg is (?:a damaged|not a) picture/],
    ['a text as film', '<img onerror>.mp4', 'video' as const, Buffer.from('x'.repeat(5000)), /not a video/],
  ])('explains %s', async (_, name, kind, bytes, words) => {
    const enrolment = await start();
    const sent = bytes.length > 0 ? bytes : photos[0]!.subarray(0, 700);
    const [result] = await send(client, enrolment, { name, kind, bytes: sent });
    expect(result).toMatchObject({ taken: false });
    expect(result!.reason).toMatch(words);
    expect(result!.reason).toContain(name);
    await expect(client.ask('enrol-finish', { enrolment })).rejects.toThrow('nothing to learn from');
    await client.ask('enrol-cancel', { enrolment });
    expect(filesLeft()).toEqual([]);
  });

  it('copes with sixty megapixels', async () => {
    const bytes = await sharp({ create: { width: 10_000, height: 6000, channels: 3, background: '#888' } })
      .jpeg({ quality: 50 })
      .toBuffer();
    const enrolment = await start();
    const [result] = await send(client, enrolment, photo(bytes, 'large.jpg'));
    expect(result).toMatchObject({ taken: false, reason: 'no face was found' });
    await client.ask('enrol-cancel', { enrolment });
  });

  it('refuses pieces that do not follow, or more than was announced', async () => {
    const enrolment = await start();
    const { file } = await client.ask('enrol-file', { enrolment, name: 'a.jpg', kind: 'photo', bytes: 10 });
    const piece = Buffer.alloc(8).toString('base64');
    await expect(client.ask('enrol-piece', { enrolment, file, offset: 5, piece })).rejects.toMatchObject({
      fault: 'invalid',
    });
    expect(await client.ask('enrol-piece', { enrolment, file, offset: 0, piece })).toEqual({ received: 8 });
    await expect(client.ask('enrol-piece', { enrolment, file, offset: 8, piece })).rejects.toThrow('8 of 10 bytes');
    expect(filesLeft()).toHaveLength(1);
    await client.ask('enrol-cancel', { enrolment });
    await expect(client.ask('enrol-piece', { enrolment, file, offset: 8, piece })).rejects.toMatchObject({
      fault: 'not-found',
    });
  });

  it('gives an enrolment up with its connection, and removes what had come of it', async () => {
    const enrolment = await start();
    await client.ask('enrol-file', { enrolment, name: 'a.mp4', kind: 'video', bytes: 1000 });
    expect(filesLeft()).toHaveLength(1);
    client.close();
    client = await UiLinkClient.connect(socketPath);
    await expect(client.ask('enrol-finish', { enrolment })).rejects.toMatchObject({ fault: 'not-found' });
    await until('the file is removed', () => filesLeft().length === 0);
  });

  it('enrols nobody unknown, and nobody whose consent has run out', async () => {
    await expect(client.ask('enrol-start', { guestId: 'nobody' })).rejects.toMatchObject({ fault: 'guest-unknown' });
    const consent = {
      by: 'Ben',
      purpose: 'to be recognised at the door',
      at: Date.now() - 1000,
      until: Date.now() + 40,
    };
    const ben = await book.addGuest({ name: 'Ben', consent });
    await new Promise((resolve) => setTimeout(resolve, 60));
    await expect(client.ask('enrol-start', { guestId: ben.id })).rejects.toThrow("Ben's consent has run out");
    await book.forget(ben.id);
  });

  it('forgets what it holds of a guest who is forgotten', async () => {
    const consent = { by: 'Clara', purpose: 'to be recognised at the door', at: Date.now() };
    const clara = await book.addGuest({ name: 'Clara', consent });
    const { enrolment } = await client.ask('enrol-start', { guestId: clara.id });
    await book.forget(clara.id);
    await expect(client.ask('enrol-finish', { enrolment })).rejects.toMatchObject({ fault: 'not-found' });
  });
});

describe('enrolling from a film', () => {
  it('takes different looks of it', async () => {
    const file = join(place.path, 'film.mp4');
    const ffmpeg = await findFfmpeg({ logger });
    const scene = new Scene([new Visitor('Anna', portraitOf('Anna'))], { width: 480, height: 360 });
    await filmScene(scene, { ffmpegPath: ffmpeg.path, file, seconds: 1, framesPerSecond: 4 });
    const enrolment = await start();
    const results = await send(client, enrolment, { name: 'Anna.mov', kind: 'video', bytes: readFileSync(file) });
    expect(results.some(({ taken }) => taken)).toBe(true);
    expect(results[0]!.source).toMatch(/^Anna\.mov at \d\.\d s$/);
    await client.ask('enrol-cancel', { enrolment });
    expect(filesLeft()).toEqual([]);
  });
});

describe('training', () => {
  it('encodes kept faces of another encoder again, and goes on when the asker leaves', async () => {
    const [face] = book.faces(anna.id);
    const old = { id: 'an-older-encoder', version: '1' };
    await book.reencodeFaces(anna.id, old, [{ templateId: face!.id, embedding: new Float32Array(16).fill(1) }]);
    const leaving = await UiLinkClient.connect(socketPath);
    const steps: (string | undefined)[] = [];
    const asked = leaving.ask('train', {}, { progress: ({ step }) => steps.push(step) }).catch(() => undefined);
    while (steps.length === 0) {
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
    leaving.close();
    await asked;
    // Joins the training under way, or finds that nothing is left to do.
    const { statement } = await client.ask('train', {});
    expect(statement).not.toBe('');
    expect(book.faces(anna.id).every(({ encoder }) => encoder.id !== old.id)).toBe(true);
    expect((await client.ask('status', {})).training.state).toBe('done');
  });
});

describe('the household’s figures over the link', () => {
  it('fit their message, count labelled visits, and preview another rate without applying it', async () => {
    const visit = {
      id: 'visit-1',
      doorbell: 'Front Door',
      startedAt: Date.now() - 60_000,
      decision: {
        outcome: 'unknown' as const,
        identification: { confidence: 0.9, frames: 5, reasons: [] },
        liveness: {
          state: 'live' as const,
          score: 1,
          blinks: 1,
          reasons: [],
          signs: { blink: true, parallax: false, expression: false },
        },
        verified: false,
        reasons: [],
      },
    };
    await book.recordVisit(visit);
    await book.labelVisit(visit.id, { actualGuestId: anna.id });
    const figures = await client.ask('accuracy', {});
    expect(figures.encoder.id).toBe('fusion');
    expect(figures.falseAcceptRate).toBe(0.001);
    expect(figures.confusion.labels).toEqual(['Anna', 'unknown']);
    const [ofAnna, ofStrangers] = figures.confusion.counts;
    // Two photos, each judged without the other, and the visit that was not recognised.
    expect(ofAnna![0]! + ofAnna![1]!).toBe(3);
    expect(ofAnna![1]).toBeGreaterThanOrEqual(1);
    expect(ofStrangers![0]! + ofStrangers![1]!).toBe(500);
    expect(figures.falseNegative.trials).toBe(2);
    const preview = await client.ask('accuracy-preview', { falseAcceptRate: 0.05 });
    expect(preview.falseAcceptRate).toBe(0.05);
    expect(preview.guests[0]!.tau).toBeGreaterThan(figures.guests[0]!.tau);
    expect((await client.ask('accuracy', {})).falseAcceptRate).toBe(0.001);
    await client.ask('settings-change', { falseAcceptRate: 0.01 });
    expect((await client.ask('accuracy', {})).falseAcceptRate).toBe(0.01);
  });
});
