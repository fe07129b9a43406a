import { chmod, lstat, rm } from 'node:fs/promises';
import { connect, createServer, type Server, type Socket } from 'node:net';
import { errorCode } from '../guestbook/errors.js';
import { socketAddress, type SocketAddress } from '../guestbook/socket-path.js';
import type { Logger } from '../types.js';
import { Conversation } from './conversation.js';
import { UiLinkError, type Handlers } from './protocol.js';

/** The page, its server and a few commands; more connections at once are not ours. */
const mostConnections = 16;

export interface UiLinkServerOptions {
  readonly socketPath: string;
  readonly handlers: Partial<Handlers>;
  readonly logger: Logger;
  /** Called when somebody connects (for the audit log). */
  readonly onOpened?: () => void;
  /** Called with the connection's name when it is gone, so that half-done uploads can go. */
  readonly onClosed?: (connection: string) => void;
}

/**
 * The plugin's end of the link: a Unix socket that only its own user may open. What comes over it is not trusted:
 * size, number and shape of messages are bounded and checked, and a bad one is answered, not thrown.
 */
export class UiLinkServer {
  private readonly conversations = new Set<Conversation>();
  private server: Server | undefined;
  private address: SocketAddress | undefined;
  private connections = 0;

  constructor(private readonly options: UiLinkServerOptions) {}

  /** @throws UiLinkError `in-use` when another plugin listens there, or something that is no socket lies there */
  async start(): Promise<void> {
    const { socketPath } = this.options;
    await clearTheWay(socketPath);
    this.address = await socketAddress(socketPath);
    const server = createServer((socket) => this.welcome(socket));
    server.maxConnections = mostConnections;
    this.server = server;
    await listen(server, this.address.address);
    await chmod(socketPath, 0o600);
    server.on('error', (error) => this.options.logger.warn(`The settings page's socket failed: ${error.message}`));
  }

  /** Tells everybody who is connected that something has changed. */
  announce(changed: string): void {
    this.conversations.forEach((conversation) => conversation.announce(changed));
  }

  /** Ends every conversation and takes the socket away. Safe to call twice. */
  async stop(): Promise<void> {
    const { server } = this;
    this.server = undefined;
    if (server === undefined) {
      return;
    }
    const closed = new Promise<void>((resolve) => server.close(() => resolve()));
    this.conversations.forEach((conversation) => conversation.end());
    await closed;
    await rm(this.options.socketPath, { force: true });
    await this.address?.close();
  }

  private welcome(socket: Socket): void {
    const { handlers, logger, onOpened, onClosed } = this.options;
    const name = `connection ${++this.connections}`;
    const conversation = new Conversation(name, socket, handlers, logger);
    this.conversations.add(conversation);
    socket.once('close', () => {
      this.conversations.delete(conversation);
      onClosed?.(name);
    });
    onOpened?.();
  }
}

/** Takes away what a plugin that was killed left behind; never anything that is alive or not a socket. */
async function clearTheWay(path: string): Promise<void> {
  const found = await lstat(path).catch((error: unknown) => {
    if (errorCode(error) === 'ENOENT') {
      return undefined;
    }
    throw error;
  });
  if (found === undefined) {
    return;
  }
  if (!found.isSocket()) {
    throw new UiLinkError('in-use', `${path} is in the way: it is not Doorman's socket. Move it elsewhere.`);
  }
  if (await answers(path)) {
    throw new UiLinkError('in-use', `Another Homebridge already runs Doorman with this storage folder (${path}).`);
  }
  await rm(path, { force: true });
}

async function answers(path: string): Promise<boolean> {
  const { address, close } = await socketAddress(path);
  const alive = await new Promise<boolean>((resolve) => {
    const socket = connect(address);
    socket.once('connect', () => {
      socket.destroy();
      resolve(true);
    });
    socket.once('error', () => resolve(false));
  });
  await close();
  return alive;
}

/** The socket is never, not even for a moment, open to other users: the file is made under a tight umask. */
function listen(server: Server, address: string): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    const before = process.umask(0o177);
    try {
      server.listen(address, () => {
        server.off('error', reject);
        resolve();
      });
    } finally {
      process.umask(before);
    }
  });
}
