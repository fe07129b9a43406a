import { join } from 'node:path';
import { afterEach } from '@jest/globals';
import type { GuestBook } from '../../src/guestbook/book.js';
import { bookHandlers } from '../../src/ui-link/book-handlers.js';
import { UiLinkClient } from '../../src/ui-link/client.js';
import type { Clock } from '../../src/types.js';
import type { Handlers } from '../../src/ui-link/protocol.js';
import { UiLinkServer } from '../../src/ui-link/server.js';
import { encoder, openBook, recorder, temporaryFolder } from '../guestbook/support/fixtures.js';

const closing: (() => Promise<void> | void)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) {
    await close();
  }
});

export interface Plugin {
  readonly storage: string;
  readonly socketPath: string;
  readonly book: GuestBook;
  readonly server: UiLinkServer;
  readonly logger: ReturnType<typeof recorder>;
}

/** A running plugin as far as the link sees it: a real book behind a real socket. */
export async function startPlugin(
  more: Partial<Handlers> = {},
  storage = temporaryFolder(),
  clock?: Clock,
): Promise<Plugin> {
  const logger = recorder();
  const book = await openBook(join(storage, 'doorman'), {
    logger,
    holder: 'Homebridge',
    retention: { inbox: true },
    ...(clock && { clock }),
  });
  const { handlers, connectionClosed } = bookHandlers({ book, encoder: () => encoder });
  const socketPath = join(storage, 'doorman.sock');
  const server = new UiLinkServer({
    socketPath,
    handlers: { ...handlers, ...more },
    logger,
    onClosed: connectionClosed,
  });
  await server.start();
  closing.push(() => server.stop());
  return { storage, socketPath, book, server, logger };
}

export async function connectTo({ socketPath }: Pick<Plugin, 'socketPath'>): Promise<UiLinkClient> {
  const client = await UiLinkClient.connect(socketPath);
  closing.push(() => client.close());
  return client;
}
