import { spawn, type ChildProcess } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { consent, keyText, openBook, recorder, temporaryFolder } from './support/fixtures.js';
import { holdingAfter, holdingOf } from './support/numbered-writes.js';

const writer = join(process.cwd(), 'test', 'guestbook', 'support', 'writer.ts');

/** Lets a child write, kills it at a random moment, and says which write it last reported safe. */
async function writeUntilKilled(folder: string, first: number, most: number): Promise<number> {
  const child = spawn(process.execPath, ['--import', 'tsx', writer, folder, keyText, String(first), String(most)], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let safe = first - 1;
  let text = '';
  const enough = first + 10 + Math.floor(Math.random() * 130);
  child.stdout.setEncoding('utf8').on('data', (part: string) => {
    text += part;
    const lines = text.split('\n');
    text = lines.pop()!;
    safe = lines.reduce((last, line) => (/^\d+$/.test(line) ? Number(line) : last), safe);
    if (safe >= enough) {
      // Somewhere inside one of the next writes.
      setTimeout(() => child.kill('SIGKILL'), Math.random() * 12);
    }
  });
  await ended(child);
  return safe;
}

function ended(child: ChildProcess): Promise<void> {
  return new Promise((resolve) => child.once('close', () => resolve()));
}

describe('the guest book under kill -9', () => {
  it('opens every time with the old or the new state, over 1,000 writes', async () => {
    // Killing a process loses nothing of the page cache, so memory is as good as a disk here, and faster.
    const folder = join(temporaryFolder(existsSync('/dev/shm') ? '/dev/shm' : undefined), 'doorman');
    const book = await openBook(folder);
    await book.addGuest({ name: 'Anna', consent });
    await book.close();
    let written = 0;
    let kills = 0;
    while (written < 1000) {
      const safe = await writeUntilKilled(folder, written + 1, 1000);
      const logger = recorder();
      const again = await openBook(folder, { logger });
      const holding = await holdingOf(again);
      const candidates = [holdingAfter(safe), holdingAfter(safe + 1)];
      expect(candidates).toContainEqual(holding);
      expect((await again.verifyAudit()).whole).toBe(true);
      expect(logger.lines.filter((line) => /^(warn|error)/.test(line))).toEqual([]);
      written = JSON.stringify(holding) === JSON.stringify(holdingAfter(safe)) ? safe : safe + 1;
      kills += written < 1000 ? 1 : 0;
      await again.close();
    }
    expect(kills).toBeGreaterThan(4);
    // Nothing that the killed writers left half done stays behind.
    const last = await openBook(folder);
    expect((await last.housekeeping()).orphansRemoved).toBe(0);
  }, 240_000);
});
