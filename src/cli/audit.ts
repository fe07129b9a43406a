import type { Command } from 'commander';
import { CliError } from './cli-error.js';
import type { CliContext } from './context.js';

/** `doorman audit verify`: whether the record of what was done with the book is whole. */
export function registerAudit(program: Command, context: CliContext): void {
  program
    .command('audit')
    .description('the record of what was done with the guest book')
    .command('verify')
    .description('check that no entry was changed or taken out')
    .action(async () => {
      const { whole, entries, fault } = await context.withBook((book) => book.verifyAudit());
      if (!whole) {
        throw new CliError(`The audit log is not whole: ${fault ?? 'an entry does not fit'}.`);
      }
      console.log(`The audit log is whole: ${entries} entries.`);
    });
}
