import { spawnSync } from 'node:child_process';
import { copyFileSync, mkdirSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const MARK = 'DOORMAN_PRIVATE_MOUNTS';

/** The name that the simulated cameras have while names can be looked up. */
export const CAMERA_HOST = 'porch-camera.home';

/**
 * Starts this program again in a mount namespace of its own, where disks can be filled and names forgotten without
 * anybody else noticing, and ends with its code. Returns when that has been done already, or is not permitted here.
 */
export function enterPrivateMounts(): PrivateMounts | undefined {
  const folder = process.env[MARK];
  if (folder !== undefined) {
    return new PrivateMounts(folder);
  }
  const isPossible = spawnSync('unshare', ['--mount', '--propagation', 'private', 'true']).status === 0;
  if (!isPossible) {
    return undefined;
  }
  const made = mkdtempSync(join(tmpdir(), 'doorman-mounts-'));
  const { status } = spawnSync(
    'unshare',
    ['--mount', '--propagation', 'private', process.execPath, ...process.execArgv, ...process.argv.slice(1)],
    { stdio: 'inherit', env: { ...process.env, [MARK]: made } },
  );
  process.exit(status ?? 1);
}

/** What may be done to disks and names. Every change is seen only by this program and its children. */
export class PrivateMounts {
  private readonly hosts: string;

  constructor(private readonly folder: string) {
    this.hosts = join(folder, 'hosts');
    const resolver = join(folder, 'resolv.conf');
    copyFileSync('/etc/hosts', this.hosts);
    // Nobody answers there, so that an unknown name fails at once and nobody outside is asked.
    writeFileSync(resolver, 'nameserver 127.0.0.1\noptions timeout:1 attempts:1\n');
    mount('--bind', this.hosts, '/etc/hosts');
    mount('--bind', resolver, '/etc/resolv.conf');
    this.setNameKnown(true);
  }

  /** Whether the cameras' name can be looked up. */
  setNameKnown(known: boolean): void {
    const others = readFileSync(this.hosts, 'utf8')
      .split('\n')
      .filter((line) => !line.includes(CAMERA_HOST));
    writeFileSync(this.hosts, [...others, ...(known ? [`127.0.0.1 ${CAMERA_HOST}`] : [])].join('\n').trim() + '\n');
  }

  /** A small disk of its own. @returns its folder */
  disk(megabytes: number): SmallDisk {
    const place = join(this.folder, 'disk');
    mkdirSync(place, { recursive: true });
    mount('-t', 'tmpfs', '-o', `size=${megabytes}m`, 'tmpfs', place);
    return new SmallDisk(place);
  }
}

export class SmallDisk {
  constructor(readonly folder: string) {}

  setReadOnly(readOnly: boolean): void {
    mount('-o', `remount,${readOnly ? 'ro' : 'rw'}`, this.folder);
  }

  remove(): void {
    spawnSync('umount', ['-l', this.folder]);
  }
}

function mount(...args: string[]): void {
  const { status, stderr } = spawnSync('mount', args, { encoding: 'utf8' });
  if (status !== 0) {
    throw new Error(`mount ${args.join(' ')}: ${stderr.trim()}`);
  }
}
