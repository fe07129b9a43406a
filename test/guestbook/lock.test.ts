import { mkdirSync, rmdirSync } from 'node:fs';
import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { describe, expect, it } from '@jest/globals';
import { BookLock } from '../../src/guestbook/lock.js';
import { openBook, temporaryFolder } from './support/fixtures.js';

const holder = `
  const { GuestBook } = await import(process.argv[1]);
  await GuestBook.open({ folder: process.argv[2], key: { kind: 'text', text: 'a1'.repeat(32), origin: '' },
    logger: console, holder: 'Homebridge' });
  console.log('open');
  setInterval(() => {}, 1000);
`;

describe('the lock of the guest book', () => {
  it('tells a second process who has the book, and lets it in when the first was killed', async () => {
    const folder = temporaryFolder();
    const source = join(process.cwd(), 'src', 'guestbook', 'book.ts');
    const child = spawn(process.execPath, ['--import', 'tsx', '--input-type=module', '-e', holder, source, folder], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    await new Promise<void>((resolve) => child.stdout.on('data', (text) => String(text).includes('open') && resolve()));
    await expect(openBook(folder)).rejects.toMatchObject({
      fault: 'locked',
      message: expect.stringContaining(`in use by Homebridge (process ${String(child.pid)})`),
    });
    const gone = new Promise((resolve) => child.once('close', resolve));
    child.kill('SIGKILL');
    await gone;
    const book = await openBook(folder);
    expect(book.readOnly).toBe(false);
  });

  it('is never held twice, however many come at once', async () => {
    const folder = temporaryFolder();
    const mark = join(folder, 'held');
    let held = 0;
    const want = async (): Promise<void> => {
      for (;;) {
        const lock = await BookLock.acquire(folder, 'test').catch(() => undefined);
        if (lock !== undefined) {
          mkdirSync(mark);
          held++;
          await pause(Math.random() * 5);
          rmdirSync(mark);
          await lock.release();
          return;
        }
      }
    };
    await Promise.all(Array.from({ length: 12 }, want));
    expect(held).toBe(12);
  });

  it('works where the path is too long for a socket', async () => {
    const folder = join(temporaryFolder(), 'a'.repeat(60), 'b'.repeat(60), 'doorman');
    const book = await openBook(folder);
    await expect(openBook(folder)).rejects.toMatchObject({ fault: 'locked' });
    await book.close();
    await (await openBook(folder)).close();
  });
});
