import { randomBytes } from 'node:crypto';
import { chmod, stat } from 'node:fs/promises';
import { dirname, isAbsolute, join, relative } from 'node:path';
import type { Logger } from '../types.js';
import { makeFolder, readIfThere, syncFolder, writeNew } from './atomic-file.js';
import { keyLength } from './cipher.js';
import { errorCode, GuestBookError } from './errors.js';

/** Where the book's key comes from. */
export type KeySource =
  /** A file of ours, made with mode 0600 when a new book is begun. */
  | { readonly kind: 'file'; readonly path: string }
  /** A file that somebody else provides and we never make (a systemd credential). */
  | { readonly kind: 'credential'; readonly path: string }
  /** The key itself as text (an environment variable). `origin` says in words where it was found. */
  | { readonly kind: 'text'; readonly text: string; readonly origin: string };

export interface LoadedKey {
  readonly key: Buffer;
  readonly origin: string;
}

/** The credential's name for `LoadCredential=` and `SetCredentialEncrypted=`. */
export const credentialName = 'homebridge-doorman.key';

/** The environment variable that may hold the key (64 hexadecimal digits). */
export const keyVariable = 'HOMEBRIDGE_DOORMAN_KEY';

/**
 * Chooses the key's place: the environment variable, else a systemd credential, else the configured file, else a
 * file under the user's state folder. The last lies outside Homebridge's storage folder on purpose: a backup of
 * that folder then holds no key.
 *
 * @param environment the process' environment, read by the caller (configuration or command)
 * @param home the user's home folder
 */
export async function chooseKeySource(
  environment: Readonly<Record<string, string | undefined>>,
  home: string,
  keyFile?: string,
): Promise<KeySource> {
  const text = environment[keyVariable];
  if (text !== undefined && text !== '') {
    return { kind: 'text', text, origin: `the environment variable ${keyVariable}` };
  }
  const credentials = environment['CREDENTIALS_DIRECTORY'];
  if (credentials !== undefined && credentials !== '') {
    const path = join(credentials, credentialName);
    if ((await readIfThere(path)) !== undefined) {
      return { kind: 'credential', path };
    }
  }
  return { kind: 'file', path: keyFile ?? defaultKeyFile(environment, home) };
}

/** `$XDG_STATE_HOME/homebridge-doorman/key`, by default `~/.local/state/homebridge-doorman/key`. */
export function defaultKeyFile(environment: Readonly<Record<string, string | undefined>>, home: string): string {
  const state = environment['XDG_STATE_HOME'];
  const base = state !== undefined && isAbsolute(state) ? state : join(home, '.local', 'state');
  return join(base, 'homebridge-doorman', 'key');
}

/**
 * Reads the key, or makes one where no book exists yet.
 *
 * @throws GuestBookError `key-lost` when there is a book but no key; `key-unusable` when what is there is no key
 */
export async function loadKey(
  source: KeySource,
  bookFolder: string,
  bookExists: boolean,
  logger: Logger,
): Promise<LoadedKey> {
  if (source.kind === 'text') {
    return { key: parseKey(Buffer.from(source.text), source.origin), origin: source.origin };
  }
  const origin = source.kind === 'file' ? `the file ${source.path}` : `the systemd credential ${source.path}`;
  const bytes = await readKeyFile(source.path, origin);
  if (bytes !== undefined) {
    if (source.kind === 'file') {
      await tighten(source.path, logger);
    }
    return { key: parseKey(bytes, origin), origin };
  }
  if (bookExists || source.kind === 'credential') {
    throw new GuestBookError(
      'key-lost',
      `The guest book in ${bookFolder} is encrypted and its key is missing: ${origin} is not there. ` +
        'Put the key back from where you keep it. If it is lost for good, nobody can read the book any more: ' +
        'remove it with "doorman forget --everything" and enrol your guests again, or import an export.',
    );
  }
  const key = randomBytes(keyLength);
  await createKeyFile(source.path, key, origin);
  logger.info(`A key for the guest book was made: ${source.path}. Keep a copy where your backups are not.`);
  if (!relative(dirname(bookFolder), source.path).startsWith('..')) {
    logger.warn(
      `The key ${source.path} lies in the folder that Homebridge backs up, next to what it protects. ` +
        'Better choose another place for "keyFile".',
    );
  }
  return { key, origin };
}

async function readKeyFile(path: string, origin: string): Promise<Buffer | undefined> {
  try {
    return await readIfThere(path);
  } catch (error) {
    throw new GuestBookError(
      'key-unusable',
      `The guest book's key cannot be read from ${origin} (${errorCode(error) ?? 'unknown reason'}). ` +
        'The user that runs Homebridge must own the file.',
      { cause: error },
    );
  }
}

async function createKeyFile(path: string, key: Buffer, origin: string): Promise<void> {
  try {
    await makeFolder(dirname(path));
    await writeNew(path, Buffer.from(`${key.toString('hex')}\n`));
    await syncFolder(dirname(path));
  } catch (error) {
    throw new GuestBookError(
      'key-unusable',
      `A key for the guest book could not be written to ${origin} (${errorCode(error) ?? 'unknown reason'}). ` +
        'Choose another place with the setting "keyFile".',
      { cause: error },
    );
  }
}

/** A key that others on the machine may read protects nothing. */
async function tighten(path: string, logger: Logger): Promise<void> {
  const { mode } = await stat(path);
  if ((mode & 0o077) !== 0) {
    try {
      await chmod(path, 0o600);
      logger.warn(`The guest book's key ${path} could be read by others on this machine; that was taken away.`);
    } catch {
      logger.warn(`The guest book's key ${path} can be read by others on this machine: chmod 600 it.`);
    }
  }
}

/** Accepts 64 hexadecimal digits, or 32 raw bytes (as `systemd-creds` or `openssl rand 32` make them). */
function parseKey(bytes: Buffer, origin: string): Buffer {
  const text = bytes.toString('latin1').trim();
  if (/^[0-9a-f]{64}$/i.test(text)) {
    return Buffer.from(text, 'hex');
  }
  if (bytes.length === keyLength) {
    return Buffer.from(bytes);
  }
  throw new GuestBookError(
    'key-unusable',
    `What is in ${origin} is not a key of Doorman: 64 hexadecimal digits are expected (openssl rand -hex 32).`,
  );
}
