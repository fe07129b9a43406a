import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { cp, mkdir, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { packageRoot } from '../../src/package-root.js';

const run = promisify(execFile);

/** Homebridge 2 and the Node it needs, as the lock file in test/homebridge-2 names them; installed once. */
export async function installHomebridge2(): Promise<{ readonly nodePath: string; readonly homebridgePath: string }> {
  const folder = join(packageRoot, '.cache', 'homebridge-2');
  if (!existsSync(join(folder, 'node_modules', 'homebridge'))) {
    const draft = `${folder}.${process.pid}`;
    await mkdir(join(packageRoot, '.cache'), { recursive: true });
    await cp(join(packageRoot, 'test', 'homebridge-2'), draft, { recursive: true });
    await run('npm', ['ci', '--ignore-scripts', '--no-audit', '--no-fund', '--loglevel=error'], { cwd: draft });
    await rm(folder, { recursive: true, force: true });
    await rename(draft, folder);
  }
  return {
    nodePath: join(folder, 'node_modules', `node-linux-${process.arch}`, 'bin', 'node'),
    homebridgePath: join(folder, 'node_modules', 'homebridge'),
  };
}
