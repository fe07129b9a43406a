import { afterEach, describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { execFile } from 'node:child_process';
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { HttpButton } from '../../src/button/http-button.js';
import { MqttButton } from '../../src/button/mqtt-button.js';
import { GuestBookError } from '../../src/guestbook/errors.js';
import { Uploads } from '../../src/studio/uploads.js';
import { bookMessages } from '../../src/ui-link/book-messages.js';
import { UiLinkError, type BookRequestType } from '../../src/ui-link/protocol.js';
import { findFfmpeg } from '../../src/video/ffmpeg.js';
import { MediaFileError, readVideoFile } from '../../src/video/media-file.js';
import { consent, temporaryFolder } from '../guestbook/support/fixtures.js';
import { childrenNamed } from '../support/children.js';
import { recordingLogger } from '../support/recording-logger.js';
import { keepSecret } from '../support/secrets.js';
import { connectTo, startPlugin } from '../ui-link/support.js';

const steady = { seed: 20_261_126 };
const TOKEN = 'sixteen-or-more-letters';
keepSecret(TOKEN);

/** What leads out of a folder, where nobody looks. */
const way = fc.constantFrom('../', '../../', '..\\', '/etc/', '/', './', '~/', 'C:\\', '\0', '%2e%2e%2f', '');
const path = fc
  .tuple(way, way, fc.string({ unit: 'binary', maxLength: 12 }), fc.constantFrom('', 'passwd', 'config.json', 'key'))
  .map((parts) => parts.join(''));

let button: HttpButton | undefined;
afterEach(() => button?.stop());

describe('films', () => {
  it('that are damaged are read as far as they can be, or refused in words; nothing keeps running', async () => {
    const ffmpeg = await findFfmpeg({ logger: recordingLogger() });
    const folder = temporaryFolder();
    const [whole, damaged] = [join(folder, 'whole.mp4'), join(folder, 'damaged.mp4')];
    const source = ['-f', 'lavfi', '-i', 'testsrc2=size=64x64:rate=5:duration=1'];
    await promisify(execFile)(ffmpeg.path, ['-v', 'error', ...source, '-pix_fmt', 'yuv420p', whole]);
    const bytes = await readFile(whole);
    const damage = fc.array(fc.tuple(fc.nat(bytes.length - 1), fc.nat(255)), { minLength: 1, maxLength: 20 });
    await fc.assert(
      fc.asyncProperty(damage, fc.nat(bytes.length), fc.boolean(), async (changes, end, cut) => {
        const file = Buffer.from(bytes);
        changes.forEach(([at, value]) => (file[at] = value));
        await writeFile(damaged, cut ? file.subarray(0, end) : file);
        try {
          for await (const frame of readVideoFile(ffmpeg, damaged, { signal: AbortSignal.timeout(20_000) })) {
            expect(frame.data).toHaveLength((frame.width * frame.height * 3) / 2);
          }
        } catch (error) {
          expect(error).toBeInstanceOf(MediaFileError);
        }
      }),
      // Each try starts an ffmpeg.
      { ...steady, numRuns: 15 },
    );
    expect(childrenNamed('ffmpeg')).toEqual([]);
  });
});

describe('paths', () => {
  it('of uploads are ours, whatever a file calls itself and however its pieces come', async () => {
    const storage = temporaryFolder();
    const folder = join(storage, 'doorman', 'uploads');
    const uploads = new Uploads(folder);
    const step = fc.tuple(path, fc.constantFrom('photo' as const, 'video' as const), fc.nat(64), fc.nat(64));
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 1, maxLength: 4 }), fc.string(), async (steps, piece) => {
        for (const [name, kind, bytes, offset] of steps) {
          const id = await uploads.begin('me', name, kind, bytes + 1);
          for (const asked of [name, id]) {
            await uploads.accept('me', asked, offset, piece).catch((error: unknown) => {
              expect(error).toBeInstanceOf(UiLinkError);
            });
          }
          expect(await uploads.accept('somebody else', id, 0, piece).catch(() => 'refused')).toBe('refused');
        }
        for (const file of await readdir(folder)) {
          expect(file).toMatch(/^[0-9a-f-]{36}\.(mp4|jpg)$/);
        }
        await uploads.clear();
      }),
      { ...steady, numRuns: 30 },
    );
    expect(await readdir(storage, { recursive: true })).toEqual(['doorman']);
  });

  it('in messages lead nowhere: every request answers or refuses, and nothing is read or written outside', async () => {
    const outside = temporaryFolder();
    const storage = join(outside, 'storage');
    await mkdir(storage);
    await writeFile(join(outside, 'passwd'), 'SECRET OF THE HOUSE');
    const plugin = await startPlugin({}, storage);
    await plugin.book.addGuest({ name: 'Anna', consent });
    const client = await connectTo(plugin);
    const harmless = (Object.keys(bookMessages) as BookRequestType[]).filter((type) => type !== 'export-start');
    const ask = client.ask.bind(client) as (type: BookRequestType, body: unknown) => Promise<unknown>;
    await fc.assert(
      fc.asyncProperty(fc.constantFrom(...harmless), path, fc.nat(3), async (type, given, number) => {
        const { shape } = bookMessages[type].ask as { shape: Record<string, unknown> };
        const numbers = ['limit', 'offset', 'bytes'];
        const body = Object.fromEntries(Object.keys(shape).map((key) => [key, numbers.includes(key) ? number : given]));
        try {
          expect(JSON.stringify(await ask(type, body))).not.toContain('SECRET OF THE HOUSE');
        } catch (error) {
          expect(error instanceof UiLinkError || error instanceof GuestBookError).toBe(true);
          expect((error as Error).message).not.toContain('SECRET OF THE HOUSE');
        }
      }),
      { ...steady, numRuns: 150 },
    );
    expect(await readdir(outside)).toEqual(expect.arrayContaining(['passwd', 'storage']));
    expect(await readdir(outside)).toHaveLength(2);
    expect((await readdir(storage)).filter((name) => !/^doorman/.test(name))).toEqual([]);
    expect(plugin.logger.lines.filter((line) => line.startsWith('error'))).toEqual([]);
  });
});

describe('the button', () => {
  it('over HTTP answers whatever comes, rings only for its token, and tells it to nobody', async () => {
    const pressed: string[] = [];
    const logger = recordingLogger();
    let now = 0;
    const doorbells = ['Front Door', 'Garden'];
    const press = (doorbell: string): void => void pressed.push(doorbell);
    // A minute passes between two calls: nobody is held up for being hasty.
    const clock = (): number => (now += 60_000);
    button = new HttpButton({ port: 0, token: TOKEN, doorbells, press, logger, clock });
    await button.start();
    const port = button.port!;
    const line = fc.string({ unit: 'binary', maxLength: 60 });
    const name = fc.constantFrom('', 'garden', 'front-door', 'back-door');
    const token = fc.constantFrom(TOKEN, TOKEN, TOKEN, TOKEN, `${TOKEN}x`, TOKEN.slice(1), '', '%', '\0');
    const request = fc.oneof(
      fc.uint8Array({ maxLength: 200 }).map((bytes) => Buffer.from(bytes)),
      fc
        .tuple(
          fc.constantFrom('GET', 'POST', 'RING'),
          fc.constantFrom('/ring', '/ring/', '/'),
          fc.oneof(path, name),
          token,
          line,
        )
        .map(([method, place, called, secret, body]) =>
          Buffer.from(
            `${method} ${place}${encodeURI(called)}?token=${secret} HTTP/1.1\r\nHost: door\r\n` +
              `Content-Length: ${Buffer.byteLength(body)}\r\nConnection: close\r\n\r\n${body}`,
          ),
        ),
    );
    await fc.assert(
      fc.asyncProperty(request, async (bytes) => {
        const before = pressed.length;
        const answer = await answered(port, bytes);
        expect(answer).toMatch(/^(HTTP\/1\.1 (200|400|401|404|405|408) |$)/);
        expect(pressed.length - before).toBe(answer.startsWith('HTTP/1.1 200') ? 1 : 0);
        if (pressed.length > before) {
          expect(bytes.includes(`token=${TOKEN} `)).toBe(true);
        }
      }),
      { ...steady, numRuns: 150 },
    );
    expect(pressed.length).toBeGreaterThan(0);
    expect(logger.lines.filter(({ level }) => level === 'error')).toEqual([]);
  });

  it('over MQTT takes any payload, and rings at most once for each', () => {
    const doorbells = ['Front Door', 'Garden'];
    let receive: (topic: string, payload: Buffer, retained: boolean) => void = () => undefined;
    let now = 0;
    const pressed: string[] = [];
    new MqttButton({
      broker: { subscribe: (_topics, listener) => (receive = listener) },
      ...{ topic: 'house/button', doorbells, logger: recordingLogger(), clock: () => (now += 60_000) },
      press: (doorbell) => pressed.push(doorbell),
    });
    const payload = fc.oneof(
      fc.uint8Array({ maxLength: 100 }),
      fc.constantFrom('1', 'garden', 'off').map((word) => Buffer.from(word)),
    );
    fc.assert(
      fc.property(payload, fc.string({ unit: 'binary' }), fc.boolean(), (bytes, below, retained) => {
        for (const topic of ['house/button', `house/button/${below}`]) {
          const before = pressed.length;
          receive(topic, Buffer.from(bytes), retained);
          expect(pressed.length - before).toBeLessThanOrEqual(retained ? 0 : 1);
        }
      }),
      { ...steady, numRuns: 200 },
    );
    expect(new Set(pressed)).toEqual(new Set(doorbells));
  });
});

/** What comes back until the other end closes; whoever only half says what they want goes away themselves. */
function answered(port: number, bytes: Buffer): Promise<string> {
  return new Promise((resolve) => {
    let text = '';
    const socket = connect(port, '127.0.0.1', () => socket.end(bytes));
    socket.on('data', (part: Buffer) => (text += part.toString('latin1')));
    socket.on('error', () => socket.destroy());
    socket.on('close', () => resolve(text));
  });
}
