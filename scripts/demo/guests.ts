import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { packageRoot } from '../../src/package-root.js';
import { neutral, portraitOf, stillOf, type CastName } from '../../test/visitors/index.js';
import { DemoError } from './demo-error.js';
import type { OwnGuest } from './options.js';

/** The five photos that a guest would send. */
const photos = [
  { pose: { yaw: 0, pitch: 0, roll: 0 } },
  { pose: { yaw: 0.22, pitch: 0.03, roll: 0.04 } },
  { pose: { yaw: -0.22, pitch: 0, roll: -0.05 } },
  { pose: { yaw: 0.05, pitch: 0.14, roll: 0 }, expression: { ...neutral, smile: 1 } },
  { pose: { yaw: -0.05, pitch: -0.1, roll: 0.03 }, size: 170 },
];

/** Draws the photos of a guest. @returns the files */
export async function drawGuest(name: CastName, folder: string): Promise<OwnGuest> {
  await mkdir(folder, { recursive: true });
  const files: string[] = [];
  for (const [i, photo] of photos.entries()) {
    const still = await stillOf(portraitOf(name), photo);
    const file = join(folder, `${name}-${i + 1}.jpg`);
    await writeFile(file, await still.jpeg());
    files.push(file);
  }
  return { name, files };
}

/** Enrols a guest by the plugin's own command, whose output is shown. @throws DemoError when it fails */
export async function enrol({ name, files }: OwnGuest, storage: string, signal: AbortSignal): Promise<void> {
  const command = join(packageRoot, 'dist', 'cli', 'main.js');
  const args = [command, '--storage', storage, 'enroll', name, ...files, '--consent', name];
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'inherit', 'inherit'], signal });
  const [code] = (await once(child, 'exit')) as [number | null];
  if (code !== 0) {
    throw new DemoError(`${name} could not be enrolled (code ${code ?? 'none'}).`);
  }
}
