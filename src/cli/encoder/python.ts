import { execFile, spawn } from 'node:child_process';
import { promisify } from 'node:util';
import { CliError } from '../cli-error.js';

const run = promisify(execFile);

/** Where Python may be: the one in force, then the system's, which may have packages that the former lacks. */
const usual = ['python3', '/usr/bin/python3', 'python'] as const;
const needed = 'import sys, numpy, PIL, torch; assert sys.version_info >= (3, 9)';
/** PyTorch alone takes seconds to load, and minutes from a cold disk. */
const PATIENCE = 180_000;

/**
 * A Python that has what training needs.
 * @param wanted the only one to try
 * @throws CliError saying how to install what is missing
 */
export async function findPython(wanted?: string): Promise<string> {
  for (const python of wanted === undefined ? usual : [wanted]) {
    try {
      await run(python, ['-c', needed], { timeout: PATIENCE });
      return python;
    } catch {
      // The next one may do.
    }
  }
  throw new CliError(
    `${wanted ?? 'No Python here'} ${wanted === undefined ? 'has' : 'lacks'} what training needs (Python 3.9 or newer ` +
      'with PyTorch, NumPy and Pillow); on Debian or Ubuntu: apt-get install python3-torch python3-pil, elsewhere and ' +
      'for a GPU: pip install torch numpy pillow onnx.',
  );
}

/**
 * Runs a Python module of ours with the terminal's input and output, and passes on Ctrl-C.
 * @param folder where the module's package lies
 * @returns the exit code; a signal counts as 1
 */
export async function runModule(
  python: string,
  folder: string,
  name: string,
  args: readonly string[],
): Promise<number> {
  const child = spawn(python, ['-m', name, ...args], {
    stdio: 'inherit',
    env: { ...process.env, PYTHONPATH: folder, PYTHONDONTWRITEBYTECODE: '1' },
  });
  // The terminal sends Ctrl-C to both; a `kill` reaches only us. Either way the child ends first, with its checkpoint.
  const passOn = (): void => void child.kill('SIGTERM');
  const stay = (): void => undefined;
  process.on('SIGTERM', passOn);
  process.on('SIGINT', stay);
  try {
    return await new Promise((resolve, reject) => {
      child.once('error', reject);
      child.once('exit', (code) => resolve(code ?? 1));
    });
  } finally {
    process.off('SIGTERM', passOn);
    process.off('SIGINT', stay);
  }
}
