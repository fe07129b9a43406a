import { GuestBook } from '../../../src/guestbook/book.js';
import { promotionOf } from './promotion.js';

/** Promotes and steps back in turn until it is killed; says so on standard output each time. */
const [folder, keyText] = process.argv.slice(2) as [string, string];
const quiet = (): void => undefined;
const book = await GuestBook.open({
  folder,
  key: { kind: 'text', text: keyText, origin: 'the test' },
  logger: { debug: quiet, info: quiet, warn: quiet, error: quiet },
});
for (;;) {
  await book.promoteEncoder(promotionOf(book));
  process.stdout.write('promoted\n');
  await book.stepBackEncoder();
  process.stdout.write('back\n');
}
