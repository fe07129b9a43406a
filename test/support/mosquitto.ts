import { execFile, spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { connect, createServer, type AddressInfo } from 'node:net';
import { tmpdir, userInfo } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { keepSecret } from './secrets.js';

const run = promisify(execFile);

/** A real Mosquitto that can go away and come back on the same port; what it keeps is lost with it. */
export class Mosquitto {
  private child?: ChildProcess;

  private constructor(
    private readonly folder: string,
    readonly port: number,
  ) {}

  static async create(account?: { readonly username: string; readonly password: string }): Promise<Mosquitto> {
    const folder = await mkdtemp(join(tmpdir(), 'doorman-mosquitto-'));
    const port = await freePort();
    const passwords = join(folder, 'passwords');
    const lines = [`listener ${port} 127.0.0.1`, `user ${userInfo().username}`, 'persistence false', 'log_type none'];
    if (account === undefined) {
      lines.push('allow_anonymous true');
    } else {
      keepSecret(account.password);
      lines.push('allow_anonymous false', `password_file ${passwords}`);
      await run('mosquitto_passwd', ['-b', '-c', passwords, account.username, account.password]);
    }
    await writeFile(join(folder, 'mosquitto.conf'), `${lines.join('\n')}\n`);
    return new Mosquitto(folder, port);
  }

  get url(): string {
    return `mqtt://127.0.0.1:${this.port}`;
  }

  async start(): Promise<void> {
    this.child = spawn('mosquitto', ['-c', join(this.folder, 'mosquitto.conf')], {
      stdio: 'ignore',
      // Debian keeps it out of a user's PATH.
      env: { ...process.env, PATH: `${process.env['PATH'] ?? ''}:/usr/sbin:/usr/local/sbin` },
    });
    for (let waited = 0; !(await answers(this.port)); waited += 20) {
      if (waited > 10_000 || this.child.exitCode !== null) {
        throw new Error('Mosquitto does not answer');
      }
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  }

  async stop(): Promise<void> {
    const { child } = this;
    this.child = undefined;
    if (child?.exitCode === null) {
      const exited = once(child, 'exit');
      child.kill('SIGTERM');
      await exited;
    }
  }

  async remove(): Promise<void> {
    await this.stop();
    await rm(this.folder, { recursive: true, force: true });
  }
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}

function answers(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1');
    socket.once('connect', () => resolve(true)).once('error', () => resolve(false));
    socket.once('connect', () => socket.destroy());
  });
}
