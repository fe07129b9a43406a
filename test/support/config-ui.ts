import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, readFile, symlink, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { createServer } from 'node:net';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const STOP_MS = 8000;

export interface ConfigUiOptions {
  /** Homebridge's storage folder; config.json is made or completed. */
  readonly storage: string;
  /** The plugin's folder. */
  readonly pluginPath?: string;
  /** Another version of homebridge-config-ui-x (its package folder). */
  readonly packagePath?: string;
  readonly nodePath?: string;
  /** `auto`, the default: as the browser likes it. */
  readonly lightingMode?: 'auto' | 'light' | 'dark';
}

const root = fileURLToPath(new URL('../..', import.meta.url));

/**
 * A real homebridge-config-ui-x without login, on its own: Homebridge runs beside it (see homebridge.ts) in the same
 * storage folder, so that a test can stop and start the one without the other.
 */
export class ConfigUi {
  readonly log: string[] = [];

  private constructor(
    private readonly child: ChildProcess,
    readonly url: string,
  ) {
    for (const stream of [child.stdout!, child.stderr!]) {
      stream.setEncoding('utf8').on('data', (text: string) => this.log.push(...text.split('\n').filter(Boolean)));
    }
  }

  /** @throws with the log's end when it does not come up */
  static async start(options: ConfigUiOptions): Promise<ConfigUi> {
    const { storage, pluginPath = root, nodePath = process.execPath, lightingMode = 'auto' } = options;
    const require = createRequire(import.meta.url);
    const home = options.packagePath ?? dirname(require.resolve('homebridge-config-ui-x/package.json'));
    const port = await freePort();
    const modules = join(storage, 'plugins');
    await mkdir(modules, { recursive: true });
    await link(pluginPath, join(modules, 'homebridge-doorman'));
    await link(dirname(require.resolve('homebridge/package.json')), join(modules, 'homebridge'));
    await configure(storage, port, lightingMode);
    const { NODE_ENV: _env, JEST_WORKER_ID: _worker, NODE_OPTIONS: _options, ...environment } = process.env;
    const child = spawn(nodePath, [join(home, 'dist', 'bin', 'standalone.js'), '-U', storage, '-P', modules], {
      stdio: ['ignore', 'pipe', 'pipe'],
      env: { ...environment, UIX_STRICT_PLUGIN_RESOLUTION: '1', UIX_INSECURE_MODE: '1' },
      cwd: storage,
    });
    const ui = new ConfigUi(child, `http://127.0.0.1:${port}`);
    await ui.up();
    return ui;
  }

  async stop(): Promise<void> {
    if (this.child.exitCode !== null || this.child.signalCode !== null) {
      return;
    }
    const exited = once(this.child, 'exit');
    this.child.kill('SIGTERM');
    const axe = setTimeout(() => this.child.kill('SIGKILL'), STOP_MS);
    await exited;
    clearTimeout(axe);
  }

  private async up(): Promise<void> {
    const until = performance.now() + 90_000;
    while (performance.now() < until && this.child.exitCode === null) {
      const answer = await fetch(this.url).catch(() => undefined);
      if (answer?.ok === true) {
        return;
      }
      await new Promise((resolve) => setTimeout(resolve, 150));
    }
    await this.stop();
    throw new Error(`homebridge-config-ui-x did not come up:\n${this.log.slice(-20).join('\n')}`);
  }
}

/** Adds the user interface's block to config.json, and the one user it needs even without login. */
export async function configure(storage: string, port: number, lightingMode: string): Promise<void> {
  const path = join(storage, 'config.json');
  const config = JSON.parse(await readFile(path, 'utf8').catch(() => '{}')) as {
    bridge?: object;
    platforms?: { platform: string }[];
  };
  const block = {
    platform: 'config',
    name: 'Config',
    port,
    host: '127.0.0.1',
    auth: 'none',
    theme: 'orange',
    lightingMode,
    tempUnits: 'c',
    log: { method: 'file', path: join(storage, 'homebridge.log') },
    disableServerMetricsMonitoring: true,
  };
  const others = (config.platforms ?? []).filter(({ platform }) => platform !== 'config');
  const bridge = { name: 'Doorman Test', username: '0E:5A:11:22:33:44', port: 51_999, pin: '031-45-154' };
  await writeFile(
    path,
    JSON.stringify({ accessories: [], ...config, bridge: config.bridge ?? bridge, platforms: [block, ...others] }),
  );
  const admin = { id: 1, username: 'admin', name: 'Admin', hashedPassword: 'x', salt: 'x', admin: true };
  await writeFile(join(storage, 'auth.json'), JSON.stringify([admin]));
  await writeFile(join(storage, 'homebridge.log'), '', { flag: 'a' });
}

export async function link(target: string, path: string): Promise<void> {
  await symlink(target, path).catch((error: unknown) => {
    if (!(error instanceof Error && 'code' in error && error.code === 'EEXIST')) {
      throw error;
    }
  });
}

export async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  if (address === null || typeof address === 'string') {
    throw new Error('no port was given');
  }
  return address.port;
}
