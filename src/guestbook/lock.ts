import { randomBytes } from 'node:crypto';
import { constants } from 'node:fs';
import { lstat, open, readdir, rm, type FileHandle } from 'node:fs/promises';
import { connect, createServer, type Server } from 'node:net';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { errorCode, GuestBookError } from './errors.js';

const prefix = 'lock-';
const attempts = 6;
const answerWithinMs = 1000;

/** sun_path holds 108 bytes with its final zero. */
const longestSocketPath = 107;

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
    private readonly directory: FileHandle,
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
    await this.directory.close();
  }

  private static async tryOnce(folder: string, holder: string): Promise<BookLock | string> {
    const name = `${prefix}${randomBytes(6).toString('hex')}`;
    const path = join(folder, name);
    const directory = await open(folder, constants.O_RDONLY | constants.O_DIRECTORY);
    let server: Server | undefined;
    try {
      server = await listen(reachable(path, name, directory), `${holder} (process ${process.pid})`);
      const remains: string[] = [];
      for (const other of await readdir(folder)) {
        if (other.startsWith(prefix) && other !== name) {
          const answer = await ask(reachable(join(folder, other), other, directory));
          if (answer !== undefined) {
            await rm(path, { force: true });
            server.close();
            await directory.close();
            return answer;
          }
          remains.push(other);
        }
      }
      // Whoever held the lock meanwhile may have taken this socket for a dead one.
      await lstat(path);
      await Promise.all(remains.map((other) => rm(join(folder, other), { force: true })));
      return new BookLock(server, path, directory, remains.length > 0);
    } catch (error) {
      server?.close();
      await rm(path, { force: true });
      await directory.close();
      if (errorCode(error) === 'ENOENT') {
        return 'another process';
      }
      throw error;
    }
  }
}

/** Long paths do not fit a socket's address; through the open folder they do. */
function reachable(path: string, name: string, directory: FileHandle): string {
  return Buffer.byteLength(path) <= longestSocketPath ? path : `/proc/self/fd/${directory.fd}/${name}`;
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
