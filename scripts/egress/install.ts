import { execFileSync } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { packageRoot } from '../../src/package-root.js';
import type { TwoNetworks } from './network.js';
import type { Known } from './packets.js';

/** `npm ci` as setup.mjs runs it, in a fresh copy, with nothing but npm's cache. */
export async function installOffline(networks: TwoNetworks, folder: string): Promise<Known> {
  const copy = join(folder, 'copy');
  mkdirSync(copy, { recursive: true });
  execFileSync('git', ['clone', '-q', '--no-hardlinks', packageRoot, copy]);
  const install = ['npm', 'ci', '--offline', '--ignore-scripts', '--no-audit', '--no-fund', '--loglevel=error'];
  await networks.run(install, { cwd: copy });
  // What was installed works: the command knows itself.
  await networks.run([process.execPath, join('node_modules', 'typescript', 'bin', 'tsc'), '--version'], { cwd: copy });
  return { camera: 0, hap: [] };
}
