import { rm, writeFile } from 'node:fs/promises';
import type { Command } from 'commander';
import { errorCode } from '../guestbook/errors.js';
import { CliError } from './cli-error.js';
import type { CliContext } from './context.js';
import { readPassphrase } from './passphrase.js';

/** `doorman export FILE`: the guests with their faces, locked with a passphrase. */
export function registerExport(program: Command, context: CliContext): void {
  program
    .command('export')
    .description('write the guests with their faces into an archive locked with a passphrase')
    .argument('<file>')
    .option('--passphrase-file <file>', 'the passphrase is the first line of this file')
    .option('--force', 'overwrite an existing file')
    .action(async (file: string, { passphraseFile, force }: { passphraseFile?: string; force?: true }) => {
      const passphrase = await readPassphrase(context, passphraseFile, true);
      const archive = await context.withBook((book) => book.exportArchive(passphrase));
      if (force) {
        await rm(file, { force: true });
      }
      await writeFile(file, archive, { flag: 'wx', mode: 0o600 }).catch((error: unknown) => {
        throw new CliError(
          errorCode(error) === 'EEXIST'
            ? `${file} exists already; choose another name or say --force.`
            : `${file} cannot be written (${errorCode(error) ?? String(error)}).`,
        );
      });
      console.log(
        `${file}: ${(archive.byteLength / 1_000_000).toFixed(1)} MB. Without the passphrase nobody can open it.`,
      );
    });
}
