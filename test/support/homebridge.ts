import { spawn, type ChildProcess } from 'node:child_process';
import { randomBytes, randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { mkdir, mkdtemp, readdir, readFile, readlink, rm, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { noteLine } from './secrets.js';

export interface HomebridgeOptions {
  /** The folder of the one plugin to load (with its package.json). */
  readonly pluginPath: string;
  /** What is added to config.json, for example `{ platforms: [...] }`; `bridge` is merged into the defaults. */
  readonly config: Readonly<Record<string, unknown>> & { readonly bridge?: Readonly<Record<string, unknown>> };
  /** A storage folder to start in again; it is then left behind by `stop`. Without it a fresh one is made and removed. */
  readonly storage?: string;
  /** Another Node's binary, for example from the npm package `node`. */
  readonly nodePath?: string;
  /** Another Homebridge's package folder. */
  readonly homebridgePath?: string;
  /** Options for Node before the script, for example `['--import', 'tsx']` for a plugin in TypeScript. */
  readonly nodeArgs?: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  /** How long it may take until the bridge runs, ms. */
  readonly startTimeout?: number;
}

const PIN = '031-45-154';
/** Every process that Homebridge starts inherits this, and is found by it even when its parent has gone. */
const MARK = 'DOORMAN_TEST_RUN';
const STOP_MS = 20_000;
/** Homebridge 1.11 tells everybody on stderr that 2.0 is coming. */
const NOTICE =
  /^\[[^\]]*\] *$|^NOTICE TO USERS AND PLUGIN DEVELOPERS|^> .*[Hh]omebridge v2\.0|^> .*Updating-To-Homebridge|^> .*drop support for Node/;
const ANSI = new RegExp(`${String.fromCharCode(27)}\\[[0-9;]*m`, 'g');

/** A running Homebridge in a folder of its own. */
export class Homebridge {
  /** Every line of stdout and stderr in order, without colours. */
  readonly log: string[] = [];
  /** The lines of stderr: Homebridge's warnings and errors, Node's and HAP-NodeJS's; without its notice on 2.0. */
  readonly problems: string[] = [];
  /** What the plugin sent over the process's channel. */
  readonly messages: unknown[] = [];
  readonly pin = PIN;

  private constructor(
    private readonly child: ChildProcess,
    readonly storage: string,
    private readonly keepStorage: boolean,
    private readonly mark: string,
  ) {
    this.listen(child.stdout!, false);
    this.listen(child.stderr!, true);
    child.on('message', (message) => this.messages.push(message));
  }

  /** Starts Homebridge and waits until its bridge runs. @throws with the log's end when it does not */
  static async start(options: HomebridgeOptions): Promise<Homebridge> {
    const storage = options.storage ?? (await mkdtemp(join(tmpdir(), 'doorman-homebridge-')));
    await mkdir(storage, { recursive: true });
    await writeConfig(storage, options.config);
    const mark = randomUUID();
    const home = options.homebridgePath ?? installedHomebridge();
    const args = ['-I', '-D', '-Q', '--strict-plugin-resolution', '-P', options.pluginPath, '-U', storage];
    const child = spawn(
      options.nodePath ?? process.execPath,
      [...(options.nodeArgs ?? []), await binOf(home), ...args],
      {
        stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
        env: { ...cleanEnvironment(), ...options.env, [MARK]: mark },
        cwd: storage,
      },
    );
    const homebridge = new Homebridge(child, storage, options.storage !== undefined, mark);
    try {
      await homebridge.logged(
        /Homebridge v\S+ \(HAP v\S+\) \(.*\) is running on port \d+/,
        options.startTimeout ?? 30_000,
      );
    } catch (error) {
      await homebridge.stop();
      throw error;
    }
    return homebridge;
  }

  get pid(): number {
    return this.child.pid!;
  }

  /** The port of the bridge, or of an external accessory by its name; waits until it is published. */
  async port(accessory?: string): Promise<number> {
    const escaped = accessory?.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
    // HAP-NodeJS adds four hexadecimal digits to an external accessory's name.
    const pattern =
      accessory === undefined
        ? /\(HAP v\S+\) \(.*\) is running on port (\d+)/
        : new RegExp(`\\] ${escaped!}(?: [0-9A-F]{4})? is running on port (\\d+)`);
    return Number(pattern.exec(await this.logged(pattern))![1]);
  }

  /** The first line of the log that matches, present or to come. @throws when none comes in time */
  async logged(pattern: RegExp, timeoutMs = 15_000, from = 0): Promise<string> {
    const until = performance.now() + timeoutMs;
    for (;;) {
      const line = this.log.slice(from).find((text) => pattern.test(text));
      if (line !== undefined) {
        return line;
      }
      if (this.child.exitCode !== null || performance.now() > until) {
        const why =
          this.child.exitCode === null ? `within ${timeoutMs} ms` : `before it ended with ${this.child.exitCode}`;
        throw new Error(`Homebridge did not log ${String(pattern)} ${why}:\n${this.log.slice(-40).join('\n')}`);
      }
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }

  /** Sends a message to whatever listens to `process.on('message')` in the plugin. */
  async send(message: object): Promise<void> {
    await new Promise<void>((resolve, reject) => {
      this.child.send(message, (error) => (error === null ? resolve() : reject(error)));
    });
  }

  /** Processes that Homebridge started, directly or not, and that still run. */
  async children(name?: string): Promise<{ pid: number; command: string }[]> {
    const all = await processesMarked(`${MARK}=${this.mark}`);
    return all.filter(({ pid, command }) => pid !== this.child.pid && (name === undefined || command.includes(name)));
  }

  /** Open file descriptors of Homebridge's process. */
  async descriptors(): Promise<number> {
    return (await readdir(`/proc/${this.pid}/fd`)).length;
  }

  /**
   * Ends Homebridge with SIGTERM, as systemd does, and waits.
   *
   * @returns its exit code, and what it left running (which is then killed)
   */
  async stop(): Promise<{ code: number | null; left: { pid: number; command: string }[] }> {
    if (this.child.exitCode === null && this.child.signalCode === null) {
      const exited = once(this.child, 'exit');
      this.child.kill('SIGTERM');
      const axe = setTimeout(() => this.child.kill('SIGKILL'), STOP_MS);
      await exited;
      clearTimeout(axe);
    }
    const left = await this.children();
    left.forEach(({ pid }) => process.kill(pid, 'SIGKILL'));
    if (!this.keepStorage) {
      await rm(this.storage, { recursive: true, force: true });
    }
    return { code: this.child.exitCode, left };
  }

  private listen(stream: NodeJS.ReadableStream, isProblem: boolean): void {
    let rest = '';
    stream.setEncoding('utf8');
    stream.on('data', (text: string) => {
      const lines = (rest + text).replace(ANSI, '').split('\n');
      rest = lines.pop() ?? '';
      const told = lines.filter((line) => line.trim() !== '');
      this.log.push(...told);
      told.forEach(noteLine);
      if (isProblem) {
        this.problems.push(...told.filter((line) => !NOTICE.test(line)));
      }
    });
  }
}

/** Starts a real Homebridge without network, user interface or QR code. */
export const startHomebridge = (options: HomebridgeOptions): Promise<Homebridge> => Homebridge.start(options);

async function writeConfig(storage: string, config: HomebridgeOptions['config']): Promise<void> {
  const path = join(storage, 'config.json');
  const before = await readFile(path, 'utf8').then(
    (text) => JSON.parse(text) as { bridge?: object },
    () => undefined,
  );
  const username = randomBytes(6)
    .toString('hex')
    .toUpperCase()
    .replace(/..(?=.)/g, '$&:');
  const bridge = { name: 'Doorman Test', username, pin: PIN, advertiser: 'ciao', ...before?.bridge, ...config.bridge };
  await writeFile(path, JSON.stringify({ ...config, bridge }, undefined, 2));
}

function installedHomebridge(): string {
  return dirname(createRequire(import.meta.url).resolve('homebridge/package.json'));
}

/** The script to run, from the package's own description. */
async function binOf(home: string): Promise<string> {
  const { bin } = JSON.parse(await readFile(join(home, 'package.json'), 'utf8')) as {
    bin: string | Record<string, string>;
  };
  return join(home, typeof bin === 'string' ? bin : (bin.homebridge ?? Object.values(bin)[0]!));
}

/** Jest's own settings would change what libraries do inside Homebridge. */
function cleanEnvironment(): NodeJS.ProcessEnv {
  const { NODE_ENV: _env, JEST_WORKER_ID: _worker, NODE_OPTIONS: _options, ...rest } = process.env;
  return rest;
}

async function processesMarked(mark: string): Promise<{ pid: number; command: string }[]> {
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name));
  const found = await Promise.all(
    pids.map(async (pid) => {
      try {
        const environment = await readFile(`/proc/${pid}/environ`, 'utf8');
        if (!environment.split('\0').includes(mark)) {
          return [];
        }
        return [{ pid: Number(pid), command: basename(await readlink(`/proc/${pid}/exe`)) }];
      } catch {
        // It ended in the meantime, or is somebody else's.
        return [];
      }
    }),
  );
  return found.flat();
}
