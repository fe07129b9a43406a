import { execFileSync, spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';

/** The house's address, and that of the camera and the phone, on the one cable between them. */
export const HOUSE = '10.77.0.1';
export const CAMERA = '10.77.0.2';

const house = 'doorman-house';
const garden = 'doorman-garden';

/**
 * Two network namespaces with a cable between them: in the one runs everything that must stay at home, in the other
 * are the camera and the phone. The house is told that the whole world, and its name server, lie at the other end of
 * the cable: whoever tries to reach anybody is seen trying. Needs root.
 */
export class TwoNetworks {
  private readonly ns = [house, garden];

  private constructor() {}

  /** @throws Error when this machine does not permit it */
  static create(): TwoNetworks {
    const networks = new TwoNetworks();
    networks.remove();
    try {
      const ip = (...args: string[]): void => void execFileSync('ip', args, { stdio: ['ignore', 'ignore', 'pipe'] });
      networks.ns.forEach((name) => ip('netns', 'add', name));
      ip('link', 'add', 'eth-house', 'netns', house, 'type', 'veth', 'peer', 'name', 'eth-garden', 'netns', garden);
      ip('-n', house, 'addr', 'add', `${HOUSE}/24`, 'dev', 'eth-house');
      ip('-n', garden, 'addr', 'add', `${CAMERA}/24`, 'dev', 'eth-garden');
      for (const [name, cable] of [
        [house, 'eth-house'],
        [garden, 'eth-garden'],
      ] as const) {
        ip('-n', name, 'link', 'set', 'lo', 'up');
        ip('-n', name, 'link', 'set', cable, 'up');
      }
      ip('-n', house, 'addr', 'add', 'fd77::1/64', 'dev', 'eth-house', 'nodad');
      ip('-n', house, 'route', 'add', 'default', 'via', CAMERA);
      ip('-n', house, '-6', 'route', 'add', 'default', 'via', 'fd77::2', 'dev', 'eth-house');
      mkdirSync(`/etc/netns/${house}`, { recursive: true });
      writeFileSync(`/etc/netns/${house}/resolv.conf`, `nameserver ${CAMERA}\noptions timeout:1 attempts:1\n`);
      return networks;
    } catch (error) {
      networks.remove();
      throw error;
    }
  }

  /** A command's words that run it in the house. */
  inHouse(...command: string[]): [string, string[]] {
    return ['ip', ['netns', 'exec', house, ...command]];
  }

  /** Runs a command in the house to its end. @throws Error when it fails */
  async run(command: readonly string[], { cwd, env }: { cwd?: string; env?: NodeJS.ProcessEnv } = {}): Promise<string> {
    const [program, args] = this.inHouse(...command);
    const child = spawn(program, args, { cwd, env, stdio: ['ignore', 'pipe', 'pipe'] });
    let said = '';
    child.stdout.on('data', (text: Buffer) => (said += text.toString()));
    child.stderr.on('data', (text: Buffer) => (said += text.toString()));
    const [code] = (await once(child, 'close')) as [number | null];
    if (code !== 0) {
      throw new Error(`${command.join(' ')} ended with ${code ?? 'a signal'}:\n${said.slice(-2000)}`);
    }
    return said;
  }

  /** Enters the garden with a process of its own: this program, once more. */
  static runInGarden(marker: string): number {
    const args = ['netns', 'exec', garden, process.execPath, ...process.execArgv, ...process.argv.slice(1)];
    return spawnSync('ip', args, { stdio: 'inherit', env: { ...process.env, [marker]: '1' } }).status ?? 1;
  }

  /** For whoever finds the networks made. */
  static existing(): TwoNetworks {
    return new TwoNetworks();
  }

  /** Records every packet of the house, on the cable and inside. */
  async capture(file: string): Promise<Capture> {
    const [program, args] = this.inHouse('tcpdump', '-i', 'any', '-n', '-U', '-Z', 'root', '-w', file);
    const child = spawn(program, args, { stdio: ['ignore', 'ignore', 'pipe'] });
    await once(child.stderr, 'data');
    await sleep(500);
    return new Capture(child, file);
  }

  remove(): void {
    this.ns.forEach((name) => spawnSync('ip', ['netns', 'delete', name], { stdio: 'ignore' }));
    rmSync(`/etc/netns/${house}`, { recursive: true, force: true });
  }
}

export class Capture {
  constructor(
    private readonly child: ChildProcess,
    private readonly file: string,
  ) {}

  /** Ends it. @returns a line per packet, as tcpdump prints them */
  async end(): Promise<string[]> {
    if (this.child.exitCode === null) {
      await sleep(1000);
      const exited = once(this.child, 'exit');
      this.child.kill('SIGTERM');
      await exited;
    }
    const printed = execFileSync('tcpdump', ['-n', '-q', '-r', this.file], {
      encoding: 'utf8',
      maxBuffer: 1 << 30,
      stdio: ['ignore', 'pipe', 'ignore'],
    });
    return printed.split('\n').filter((line) => line !== '');
  }
}
