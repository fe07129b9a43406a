import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { findPython } from '../../src/cli/encoder/python.js';
import { packageRoot } from '../../src/package-root.js';

const run = promisify(execFile);

/** Runs Python with `training/` and its tests on the path. Rejects with what it printed when it fails. */
export async function python(...args: string[]): Promise<string> {
  const path = [join(packageRoot, 'training'), join(packageRoot, 'test', 'training', 'python')].join(':');
  const { stdout, stderr } = await run(await findPython(), args, {
    env: { ...process.env, PYTHONPATH: path, PYTHONDONTWRITEBYTECODE: '1' },
    maxBuffer: 1 << 24,
  });
  return stdout + stderr;
}
