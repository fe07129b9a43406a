import { randomBytes } from 'node:crypto';
import { lstat, readdir, rm } from 'node:fs/promises';
import { connect, createServer, type Server } from 'node:net';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { errorCode, GuestBookError } from './errors.js';
import { socketAddress } from './socket-path.js';

const prefix = 'lock-';
const attempts = 6;
const answerWithinMs = 1000;

/**
 * One writer at a time. The lock is a listening Unix socket in the folder: the kernel closes it with its process,
 * however that ends, so a lock is never left behind, no process id can be mistaken for another, and containers that
 * share the folder see each other.
 *
 * Who wants the lock first listens on a socket of its own, then looks whether any other one answers. Of two that
 * come at once, the one that looks second sees the first; at worst both give way and try again. Nobody touches
 * another's socket without holding the lock.
 */
export class BookLock {
  private constructor(
    private readonly server: Server,
    private readonly path: string,
    private readonly closeAddress: () => Promise<void>,
    /** Whether the last holder ended without releasing the lock (a crash, a power cut). */
    readonly foundRemains: boolean,
  ) {}

  /** @param holder what holds the lock, for the message that others get ("Homebridge", "doorman import") */
  static async acquire(folder: string, holder: string): Promise<BookLock> {
    for (let attempt = 1; ; attempt++) {
      const result = await BookLock.tryOnce(folder, holder);
      if (result instanceof BookLock) {
        return result;
      }
      if (attempt === attempts) {
        throw new GuestBookError(
          'locked',
          `The guest book in ${folder} is in use by ${result}. Only one process may write to it: ` +
            'use the settings page or stop that process, then try again.',
        );
      }
      await pause(20 + Math.random() * 80 * attempt);
    }
  }

  async release(): Promise<void> {
    await rm(this.path, { force: true });
    await new Promise<void>((resolve) => this.server.close(() => resolve()));
    await this.closeAddress();
  }

  private static async tryOnce(folder: string, holder: string): Promise<BookLock | string> {
    const name = `${prefix}${randomBytes(6).toString('hex')}`;
    const path = join(folder, name);
    const own = await socketAddress(path);
    let server: Server | undefined;
    const giveUp = async (): Promise<void> => {
      server?.close();
      await rm(path, { force: true });
      await own.close();
    };
    try {
      server = await listen(own.address, `${holder} (process ${process.pid})`);
      const remains: string[] = [];
      for (const other of await readdir(folder)) {
        if (other.startsWith(prefix) && other !== name) {
          const answer = await askHolder(join(folder, other));
          if (answer !== undefined) {
            await giveUp();
            return answer;
          }
          remains.push(other);
        }
      }
      // Whoever held the lock meanwhile may have taken this socket for a dead one.
      await lstat(path);
      await Promise.all(remains.map((other) => rm(join(folder, other), { force: true })));
      return new BookLock(server, path, () => own.close(), remains.length > 0);
    } catch (error) {
      await giveUp();
      if (errorCode(error) === 'ENOENT') {
        return 'another process';
      }
      throw error;
    }
  }
}

function listen(path: string, holder: string): Promise<Server> {
  return new Promise((resolve, reject) => {
    const server = createServer((socket) => {
      socket.on('error', () => socket.destroy());
      socket.end(holder);
    });
    server.unref();
    server.once('error', reject);
    server.listen(path, () => resolve(server));
  });
}

/** Who listens there; undefined when nobody does. */
async function askHolder(path: string): Promise<string | undefined> {
  const { address, close } = await socketAddress(path);
  try {
    return await ask(address);
  } finally {
    await close();
  }
}

function ask(path: string): Promise<string | undefined> {
  return new Promise((resolve) => {
    let answer = '';
    const socket = connect(path);
    // Connected but silent: its process is busy, but it lives.
    const timer = setTimeout(() => finish('another process'), answerWithinMs);
    const finish = (result: string | undefined): void => {
      clearTimeout(timer);
      socket.destroy();
      resolve(result);
    };
    socket.setEncoding('utf8');
    socket.on('data', (text: string) => (answer = (answer + text).slice(0, 200)));
    socket.on('end', () => finish(answer === '' ? 'another process' : answer));
    socket.on('error', (error) => {
      const code = errorCode(error);
      finish(code === 'ECONNREFUSED' || code === 'ENOENT' ? undefined : 'another process');
    });
  });
}
