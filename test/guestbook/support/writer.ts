/**
 * A process that writes into a guest book until it is killed. Arguments: folder, key (hex), number of the first
 * write, of the last. It prints the number of each write once it is safe. Run with tsx.
 */
import { writeSync } from 'node:fs';
import { GuestBook } from '../../../src/guestbook/book.js';
import { writeNumber } from './numbered-writes.js';

const [folder, key, first, last] = process.argv.slice(2);
const logger = { debug: ignore, info: ignore, warn: ignore, error: console.error };
const book = await GuestBook.open({
  folder: folder!,
  key: { kind: 'text', text: key!, origin: 'the test' },
  logger,
  holder: 'the test’s writer',
});
writeSync(1, 'open\n');
for (let number = Number(first); number <= Number(last); number++) {
  await writeNumber(book, number);
  writeSync(1, `${number}\n`);
}
await book.close();

function ignore(): void {
  // Only failures matter here.
}
