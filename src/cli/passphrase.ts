import { readFile } from 'node:fs/promises';
import { createInterface } from 'node:readline/promises';
import { Writable } from 'node:stream';
import { CliError } from './cli-error.js';
import type { CliContext } from './context.js';

/** The variable that may hold an archive's passphrase, for scripts. */
const variable = 'DOORMAN_PASSPHRASE';

/** The passphrase from a file (its first line), the environment, or the keyboard, where it is not shown. */
export async function readPassphrase(context: CliContext, file: string | undefined, twice: boolean): Promise<string> {
  if (file !== undefined) {
    const text = await readFile(file, 'utf8').catch(() => {
      throw new CliError(`The passphrase cannot be read from ${file}.`);
    });
    return text.split('\n', 1)[0]!.trimEnd();
  }
  const given = context.variable(variable);
  if (given !== undefined && given !== '') {
    return given;
  }
  const passphrase = await askSecretly('Passphrase: ');
  if (twice && passphrase !== (await askSecretly('Once more: '))) {
    throw new CliError('The two passphrases differ; nothing was done.');
  }
  return passphrase;
}

/** Asks for a word; anything but that word is a no. */
export async function confirm(question: string, word: string): Promise<boolean> {
  requireTerminal('Say --yes if you mean it.');
  const line = createInterface({ input: process.stdin, output: process.stdout });
  try {
    return (await line.question(`${question} Type "${word}" to go on: `)).trim() === word;
  } finally {
    line.close();
  }
}

async function askSecretly(question: string): Promise<string> {
  requireTerminal(`Give the passphrase with --passphrase-file or in ${variable}.`);
  process.stdout.write(question);
  const silent = new Writable({ write: (_chunk, _encoding, done) => done() });
  const line = createInterface({ input: process.stdin, output: silent, terminal: true });
  try {
    return await line.question('');
  } finally {
    line.close();
    process.stdout.write('\n');
  }
}

function requireTerminal(otherwise: string): void {
  if (!process.stdin.isTTY) {
    throw new CliError(`Nobody can be asked here: there is no terminal. ${otherwise}`);
  }
}
