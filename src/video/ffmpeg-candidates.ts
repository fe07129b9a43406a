import { access, chmod, constants, copyFile, mkdir, rename, stat } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir, userInfo } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import type { FfmpegSource } from './ffmpeg.js';

const require = createRequire(import.meta.url);

export interface FfmpegCandidate {
  readonly path: string;
  readonly source: FfmpegSource;
}

/** Where an ffmpeg may be, best first. The packaged one is made executable only when its turn comes. */
export async function* ffmpegCandidates(configuredPath?: string): AsyncGenerator<FfmpegCandidate> {
  if (configuredPath !== undefined) {
    yield { path: configuredPath, source: 'configured' };
  }
  const bundled = ffmpegForHomebridge();
  if (bundled !== undefined) {
    yield { path: bundled, source: 'ffmpeg-for-homebridge' };
  }
  for (const path of await onSearchPath()) {
    yield { path, source: 'PATH' };
  }
  const packaged = await packagedFfmpeg();
  if (packaged !== undefined) {
    yield { path: packaged, source: 'packaged' };
  }
}

/** ffmpeg-for-homebridge exports undefined when its download failed; as an optional dependency it may be absent. */
function ffmpegForHomebridge(): string | undefined {
  try {
    const exported: unknown = require('ffmpeg-for-homebridge');
    return typeof exported === 'string' ? exported : undefined;
  } catch {
    return undefined;
  }
}

async function onSearchPath(): Promise<string[]> {
  const found: string[] = [];
  for (const folder of (process.env['PATH'] ?? '').split(delimiter).filter((entry) => entry !== '')) {
    const path = join(folder, 'ffmpeg');
    if (await executable(path)) {
      found.push(path);
    }
  }
  return [...new Set(found)];
}

/**
 * The static build in `@ffmpeg-installer/<platform>-<arch>`. Its install script sets the execute bit; where scripts do
 * not run the bit is missing, so it is set here, or on a copy when the package's folder is read-only.
 */
async function packagedFfmpeg(): Promise<string | undefined> {
  const path = packagedPath();
  if (path === undefined || (await executable(path))) {
    return path;
  }
  try {
    await chmod(path, 0o755);
    return path;
  } catch {
    return executableCopy(path).catch(() => undefined);
  }
}

function packagedPath(): string | undefined {
  const platform = `${process.platform}-${process.arch}`;
  try {
    const installer = createRequire(require.resolve('@ffmpeg-installer/ffmpeg/package.json'));
    return join(dirname(installer.resolve(`@ffmpeg-installer/${platform}/package.json`)), 'ffmpeg');
  } catch {
    return undefined;
  }
}

/** A copy of `path` that may be executed, in a folder that only this user can write to. */
export async function executableCopy(path: string, folder = defaultCopyFolder()): Promise<string> {
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const [owner, original] = await Promise.all([stat(folder), stat(path)]);
  if (process.getuid !== undefined && (owner.uid !== process.getuid() || (owner.mode & 0o022) !== 0)) {
    throw new Error(`${folder} belongs to somebody else`);
  }
  const copy = join(folder, `ffmpeg-${original.size}`);
  const present = await stat(copy).catch(() => undefined);
  if (present?.size !== original.size || !(await executable(copy))) {
    const partial = `${copy}.${process.pid}`;
    await copyFile(path, partial);
    await chmod(partial, 0o755);
    await rename(partial, copy);
  }
  return copy;
}

function defaultCopyFolder(): string {
  return join(tmpdir(), `homebridge-doorman-${userInfo().uid}`);
}

async function executable(path: string): Promise<boolean> {
  return access(path, constants.X_OK).then(
    () => true,
    () => false,
  );
}
