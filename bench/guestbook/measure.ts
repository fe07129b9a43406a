import { monitorEventLoopDelay } from 'node:perf_hooks';
import { join } from 'node:path';
import { GuestBook } from '../../src/guestbook/book.js';
import { cropPicture, visit } from './household.js';

/** Run as a process of its own by `benchGuestBook`: opens the book in the folder given, writes, prints figures. */
const folder = process.argv[2]!;
const megabyte = 1024 * 1024;
const writes = 50;

function memory(): number {
  globalThis.gc?.();
  return process.memoryUsage().rss / megabyte;
}

const before = memory();
const began = performance.now();
const book = await GuestBook.open({
  folder: join(folder, 'storage', 'doorman'),
  key: { kind: 'file', path: join(folder, 'key') },
  logger: console,
  retention: { inbox: true },
});
const openMs = performance.now() - began;
const open = memory() - before;

const delay = monitorEventLoopDelay({ resolution: 1 });
const times: number[] = [];
delay.enable();
for (let at = 0; at < writes; at++) {
  const start = performance.now();
  await book.recordVisit(visit(Date.now(), undefined), cropPicture(8000));
  times.push(performance.now() - start);
}
delay.disable();
const afterWrites = memory() - before;
await book.close();

times.sort((one, other) => one - other);
console.log(
  JSON.stringify({
    openMs,
    writeMs: { median: times[Math.floor(writes / 2)], worst: times.at(-1) },
    blockedMs: delay.max / 1e6,
    memoryMB: { open, afterWrites },
  }),
);
