import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { packageRoot } from '../../src/package-root.js';
import { configure, freePort, link } from './config-ui.js';
import { childrenOf } from './children.js';

const START_MS = 60_000;
const STOP_MS = 10_000;

export interface HomebridgeServiceOptions {
  readonly storage: string;
  /** Doorman's block in config.json. */
  readonly doorman: object;
  /** Package folder of homebridge-config-ui-x. */
  readonly configUiPath: string;
  /** Package folder of Homebridge; this project's own when absent. */
  readonly homebridgePath?: string;
  readonly nodePath?: string;
}

/**
 * Homebridge as its installers set it up: `hb-service` runs the user interface and keeps Homebridge running. Version 4
 * of the user interface learns Homebridge's version only in this way, and shows no plugin without it.
 */
export class HomebridgeService {
  private constructor(
    private readonly child: ChildProcess,
    readonly url: string,
    readonly log: readonly string[],
  ) {}

  /** @throws with the log's end when the user interface or the plugin does not come up */
  static async start(options: HomebridgeServiceOptions): Promise<HomebridgeService> {
    const { storage, doorman, configUiPath, nodePath = process.execPath } = options;
    const own = dirname(createRequire(import.meta.url).resolve('homebridge/package.json'));
    const modules = join(storage, 'plugins');
    await mkdir(modules, { recursive: true });
    await link(packageRoot, join(modules, 'homebridge-doorman'));
    await link(options.homebridgePath ?? own, join(modules, 'homebridge'));
    await link(configUiPath, join(modules, 'homebridge-config-ui-x'));
    const [port, bridgePort] = [await freePort(), await freePort()];
    const bridge = { name: 'Doorman Test', username: '0E:5A:11:22:33:44', port: bridgePort, pin: '031-45-154' };
    const platforms = [{ platform: 'Doorman', name: 'Doorman', ...doorman }];
    const config = { bridge: { ...bridge, advertiser: 'ciao' }, accessories: [], platforms };
    await writeFile(join(storage, 'config.json'), JSON.stringify(config));
    await configure(storage, port, 'auto');
    const { NODE_ENV: _env, JEST_WORKER_ID: _worker, NODE_OPTIONS: _options, ...env } = process.env;
    const service = join(configUiPath, 'dist', 'bin', 'hb-service.js');
    const args = ['run', '-U', storage, '-P', modules, '--strict-plugin-resolution', '--allow-root', '--stdout'];
    const child = spawn(nodePath, [service, ...args], { stdio: ['ignore', 'pipe', 'pipe'], env, cwd: storage });
    const log: string[] = [];
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding('utf8').on('data', (text: string) => log.push(...text.split('\n').filter(Boolean)));
    }
    const running = new HomebridgeService(child, `http://127.0.0.1:${port}`, log);
    await running.up();
    return running;
  }

  async stop(): Promise<void> {
    if (this.child.exitCode !== null || this.child.signalCode !== null) {
      return;
    }
    const exited = once(this.child, 'exit');
    const homebridge = childrenOf(this.child.pid!);
    this.child.kill('SIGTERM');
    // It would wait for seven seconds whether or not Homebridge has ended.
    for (const until = Date.now() + STOP_MS; Date.now() < until && homebridge.some(isAlive);) {
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
    this.child.kill('SIGKILL');
    await exited;
  }

  private async up(): Promise<void> {
    const until = performance.now() + START_MS;
    while (performance.now() < until && this.child.exitCode === null) {
      const answer = await fetch(this.url).catch(() => undefined);
      if (answer?.ok === true && this.log.some((line) => /\(HAP v\S+\).* is running on port/.test(line))) {
        return;
      }
      await new Promise((resolve) => setTimeout(resolve, 150));
    }
    await this.stop();
    throw new Error(`hb-service did not come up:\n${this.log.slice(-30).join('\n')}`);
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}
