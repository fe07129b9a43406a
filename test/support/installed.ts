import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { cp, mkdir, readFile, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { packageRoot } from '../../src/package-root.js';

const run = promisify(execFile);

/**
 * Packages that only a test needs, as the lock file in test/`name` names them; installed once, into the cache.
 *
 * @returns their node_modules
 */
export async function installed(name: string): Promise<string> {
  const folder = join(packageRoot, '.cache', name);
  const modules = join(folder, 'node_modules');
  const lock = join('test', name, 'package-lock.json');
  if (!existsSync(modules) || !(await sameText(join(packageRoot, lock), join(folder, 'package-lock.json')))) {
    const draft = `${folder}.${process.pid}`;
    await mkdir(join(packageRoot, '.cache'), { recursive: true });
    await cp(join(packageRoot, 'test', name), draft, { recursive: true });
    // Not "npm ci": it refuses a lock file without an optional package that is for another system and cannot be had.
    const options = ['--no-save', '--ignore-scripts', '--no-audit', '--no-fund', '--loglevel=error'];
    await run('npm', ['install', ...options], { cwd: draft });
    await rm(folder, { recursive: true, force: true });
    await rename(draft, folder);
  }
  return modules;
}

async function sameText(one: string, other: string): Promise<boolean> {
  const [first, second] = await Promise.all([one, other].map((path) => readFile(path, 'utf8').catch(() => undefined)));
  return first === second;
}
