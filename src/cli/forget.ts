import type { Command } from 'commander';
import { CliError } from './cli-error.js';
import type { CliContext } from './context.js';
import { findGuestByName } from './find-guest.js';
import { confirm } from './passphrase.js';

interface ForgetOptions {
  readonly everything?: true;
  readonly yes?: true;
}

/** `doorman forget NAME`, `doorman forget --everything`. */
export function registerForget(program: Command, context: CliContext): void {
  program
    .command('forget')
    .description('remove a guest, or everything Doorman has kept, for good')
    .argument('[name]', 'the guest’s name')
    .option('--everything', 'all guests, visits, pictures and the key: as before installation')
    .option('--yes', 'do not ask')
    .action(async (name: string | undefined, { everything, yes }: ForgetOptions) => {
      if ((name === undefined) === (everything === undefined)) {
        throw new CliError('Say whom to forget: doorman forget NAME, or doorman forget --everything');
      }
      if (name !== undefined) {
        await forgetOne(context, name, yes === true);
        return;
      }
      if (yes !== true && !(await confirm('Everything Doorman has kept is removed for good.', 'forget everything'))) {
        throw new CliError('Nothing was removed.');
      }
      await context.forgetEverything();
      console.log('Everything Doorman had kept is gone, the key as well.');
    });
}

async function forgetOne(context: CliContext, name: string, sure: boolean): Promise<void> {
  const guest = await context.withBook((book) => findGuestByName(book, name));
  if (!sure && !(await confirm(`Every face, picture and mention of ${guest.name} is removed for good.`, guest.name))) {
    throw new CliError('Nothing was removed.');
  }
  await context.withBook((book) => book.forget(guest.id));
  console.log(`${guest.name} is forgotten.`);
}
