import { spawn } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { GuestBook } from '../../src/guestbook/book.js';
import { household, moveIn } from './household.js';

export interface GuestBookFigures {
  readonly household: typeof household;
  readonly visitsKept: number;
  /** MB on disk. */
  readonly diskMB: number;
  readonly openMs: number;
  /** One visit recorded, with its picture: median and worst of 50. */
  readonly writeMs: { readonly median: number; readonly worst: number };
  /** Longest time that the main thread was not free during those writes. */
  readonly blockedMs: number;
  /** What the open book adds to the process' memory (after collecting garbage), and with the buffers of 50 writes. */
  readonly memoryMB: { readonly open: number; readonly afterWrites: number };
  readonly budgets: typeof budgets;
}

/** What issue 5 promises. */
export const budgets = { openMs: 1000, blockedMs: 50, memoryMB: 150 } as const;

/**
 * The guest book of a large household: how long it takes to open, what a write costs, how much memory it needs.
 * Opening and writing happen in a process of their own, so that filling the book does not count.
 */
export async function benchGuestBook(): Promise<GuestBookFigures> {
  const folder = await mkdtemp(join(tmpdir(), 'doorman-bench-'));
  try {
    const book = await GuestBook.open({
      folder: join(folder, 'storage', 'doorman'),
      key: { kind: 'file', path: join(folder, 'key') },
      logger: { debug: ignore, info: ignore, warn: console.warn, error: console.error },
      retention: { inbox: true },
    });
    await moveIn(book, Date.now());
    const { bytes, visits } = await book.privacy();
    await book.close();
    const measured = await measureElsewhere(folder);
    return { household, visitsKept: visits, diskMB: bytes / 1e6, ...measured, budgets };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** The figures as lines for a table: what, measured, budget. */
export function guestBookRows(figures: GuestBookFigures): string[][] {
  const { openMs, writeMs, blockedMs, memoryMB, diskMB } = figures;
  const { guests, templates, days, visitsPerDay } = figures.household;
  return [
    [
      `guest book: ${guests} guests × ${templates} faces, ${days} days × ${visitsPerDay} visits`,
      `${diskMB.toFixed(0)} MB on disk`,
      '',
    ],
    ['open', `${openMs.toFixed(0)} ms`, `< ${budgets.openMs} ms`],
    ['record a visit (median, worst)', `${writeMs.median.toFixed(1)} ms, ${writeMs.worst.toFixed(1)} ms`, ''],
    ['main thread blocked by it at most', `${blockedMs.toFixed(1)} ms`, `≤ ${budgets.blockedMs} ms`],
    [
      'memory for it',
      `${memoryMB.open.toFixed(0)} MB, ${memoryMB.afterWrites.toFixed(0)} MB after writes`,
      `< ${budgets.memoryMB} MB`,
    ],
  ];
}

type Measured = Pick<GuestBookFigures, 'openMs' | 'writeMs' | 'blockedMs' | 'memoryMB'>;

function measureElsewhere(folder: string): Promise<Measured> {
  const script = fileURLToPath(new URL('./measure.ts', import.meta.url));
  const child = spawn(process.execPath, ['--expose-gc', '--import', 'tsx', script, folder], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  return new Promise((resolve, reject) => {
    let text = '';
    child.stdout.setEncoding('utf8').on('data', (part: string) => (text += part));
    child.once('error', reject);
    child.once('close', (code) => {
      if (code === 0) {
        resolve(JSON.parse(text) as Measured);
      } else {
        reject(new Error(`measuring the guest book ended with code ${code ?? 'none'}`));
      }
    });
  });
}

function ignore(): void {
  // The figures speak.
}
