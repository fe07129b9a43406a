import { stat } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join, resolve } from 'node:path';
import type { Command } from 'commander';
import { GuestBook } from '../guestbook/book.js';
import { GuestBookError } from '../guestbook/errors.js';
import { removeUnreadableBook } from '../guestbook/forget.js';
import { chooseKeySource } from '../guestbook/key.js';
import { localBook, remoteBook, type BookAccess } from '../ui-link/book-access.js';
import { UiLinkClient } from '../ui-link/client.js';
import { UiLinkError } from '../ui-link/protocol.js';
import { bookFolder, uiLinkSocket } from '../ui-link/socket-place.js';
import { CliError } from './cli-error.js';
import { quietLogger, readSetup, type Setup } from './setup.js';

export type { BookAccess } from '../ui-link/book-access.js';

/** What every subcommand gets. */
export interface CliContext {
  /** Homebridge's storage folder. */
  storage(): string;
  /**
   * Works with the guest book: through the running plugin where there is one, else by opening the book under its
   * lock. Refusals are CliErrors.
   */
  withBook<T>(work: (book: BookAccess) => Promise<T>): Promise<T>;
  /** The settings with the encoder that is in force, tuned or not. */
  setup(): Promise<TunedSetup>;
  /** The same as `withBook` for work that the plugin does itself where it runs. */
  withTuning<T>(work: BookWork<T>): Promise<T>;
  /** Removes the book and its key, also when nobody can open it any more. */
  forgetEverything(): Promise<void>;
  /** A variable of the process' environment. */
  variable(name: string): string | undefined;
}

/** What is done by asking the running plugin, and what with the book opened here. */
export interface BookWork<T> {
  readonly running: (client: UiLinkClient) => Promise<T>;
  readonly alone: (book: GuestBook) => Promise<T>;
}

export type TunedSetup = Setup & { readonly tuned: Uint8Array | undefined };

export type Environment = Readonly<Record<string, string | undefined>>;

/** Adds `-U, --storage` to the program and gives the context of its subcommands. */
export function createContext(program: Command, environment: Environment): CliContext {
  program.option(
    '-U, --storage <folder>',
    'Homebridge’s storage folder',
    environment['HOMEBRIDGE_STORAGE_PATH'] ?? join(homedir(), '.homebridge'),
  );
  const storage = (): string => resolve(program.opts<{ storage: string }>().storage);
  return {
    storage,
    variable: (name) => environment[name],
    setup: () =>
      inPlainWords(async () => ({
        ...(await readSetup(storage())),
        tuned: await reachBook(storage(), environment, (book) => book.tunedEncoder()),
      })),
    withBook: (work) => inPlainWords(() => reachBook(storage(), environment, work)),
    withTuning: (work) => inPlainWords(() => reach(storage(), environment, work)),
    forgetEverything: () => inPlainWords(() => forgetEverything(storage(), environment)),
  };
}

/** Refusals are meant for people already; they need no stack. */
async function inPlainWords<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof GuestBookError || error instanceof UiLinkError) {
      throw new CliError(error.message, { cause: error });
    }
    throw error;
  }
}

async function forgetEverything(storage: string, environment: Environment): Promise<void> {
  try {
    await reachBook(storage, environment, (book) => book.forgetEverything());
  } catch (error) {
    const unreadable = ['key-lost', 'key-unusable', 'damaged', 'newer-version'];
    if (!(error instanceof GuestBookError) || !unreadable.includes(error.fault)) {
      throw error;
    }
    const { config } = await readSetup(storage);
    await removeUnreadableBook(bookFolder(storage), await chooseKeySource(environment, homedir(), config.keyFile));
  }
}

function reachBook<T>(storage: string, environment: Environment, work: (book: BookAccess) => Promise<T>): Promise<T> {
  return reach(storage, environment, {
    running: (client) => work(remoteBook(client)),
    alone: (book) => work(localBook(book)),
  });
}

async function reach<T>(storage: string, environment: Environment, work: BookWork<T>): Promise<T> {
  const client = await connectIfRunning(uiLinkSocket(storage));
  if (client !== undefined) {
    try {
      return await work.running(client);
    } finally {
      client.close();
    }
  }
  if (!(await stat(storage).catch(() => undefined))?.isDirectory()) {
    throw new CliError(`There is no folder ${storage}. Say where Homebridge keeps its storage: doorman -U FOLDER …`);
  }
  const { config } = await readSetup(storage);
  const book = await GuestBook.open({
    folder: bookFolder(storage),
    key: await chooseKeySource(environment, homedir(), config.keyFile),
    logger: quietLogger,
    retention: config.retention,
    holder: 'the doorman command',
  });
  try {
    return await work.alone(book);
  } finally {
    await book.close();
  }
}

/** The plugin's link; undefined when no plugin runs. */
async function connectIfRunning(socketPath: string): Promise<UiLinkClient | undefined> {
  try {
    return await UiLinkClient.connect(socketPath);
  } catch (error) {
    const { cause } = error as { cause?: { code?: unknown } };
    if (cause?.code === 'ENOENT' || cause?.code === 'ECONNREFUSED') {
      return undefined;
    }
    throw error;
  }
}
