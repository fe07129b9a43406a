import { readFile, stat } from 'node:fs/promises';
import type { Command } from 'commander';
import { largestArchive } from '../guestbook/archive.js';
import { CliError } from './cli-error.js';
import type { CliContext } from './context.js';
import { confirm, readPassphrase } from './passphrase.js';

interface ImportCommandOptions {
  readonly replace?: true;
  readonly yes?: true;
  readonly passphraseFile?: string;
}

/** `doorman import FILE`: takes an archive into the book. */
export function registerImport(program: Command, context: CliContext): void {
  program
    .command('import')
    .description('take the guests of an archive into the guest book')
    .argument('<file>')
    .option('--replace', 'forget every guest who is not in the archive')
    .option('--yes', 'do not ask')
    .option('--passphrase-file <file>', 'the passphrase is the first line of this file')
    .action(async (file: string, { replace, yes, passphraseFile }: ImportCommandOptions) => {
      const found = await stat(file).catch(() => undefined);
      if (found?.isFile() !== true) {
        throw new CliError(`There is no file ${file}.`);
      }
      if (found.size > largestArchive) {
        throw new CliError(`${file} is larger than any export of Doorman.`);
      }
      if (replace && !yes && !(await confirm('Guests who are not in the archive are forgotten.', 'replace'))) {
        throw new CliError('Nothing was changed.');
      }
      const passphrase = await readPassphrase(context, passphraseFile, false);
      const bytes = await readFile(file);
      const report = await context.withBook((book) =>
        book.importArchive(bytes, passphrase, replace ? 'replace' : 'merge'),
      );
      console.log(
        `${report.guestsAdded} guests are new, ${report.guestsMerged} were known; ` +
          `${report.templates} faces and ${report.crops} pictures were taken in.`,
      );
      report.refused.forEach((sentence) => console.log(sentence));
    });
}
