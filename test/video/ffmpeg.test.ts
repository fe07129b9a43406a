import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { chmod, copyFile, mkdtemp, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { executableCopy } from '../../src/video/ffmpeg-candidates.js';
import { findFfmpeg, inspectFfmpeg, missingAbilities, type Ffmpeg } from '../../src/video/ffmpeg.js';
import { recordingLogger } from '../support/recording-logger.js';

let folder: string;
let real: Ffmpeg;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'doorman-ffmpeg-'));
  real = await findFfmpeg({ logger: recordingLogger() });
});

afterAll(() => rm(folder, { recursive: true, force: true }));

/** An ffmpeg whose answers are those of the real one after `sed`. */
async function altered(name: string, sed: string): Promise<string> {
  const path = join(folder, name);
  await writeFile(path, `#!/bin/sh\nexec "${real.path}" "$@" 2>&1 | sed -e '${sed}'\n`);
  await chmod(path, 0o755);
  return path;
}

describe('finding ffmpeg', () => {
  it('ends with one that can read cameras, whatever the machine has', () => {
    expect(real.decoders.has('h264')).toBe(true);
    expect(real.muxers.has('nut')).toBe(true);
    expect(real.protocols.has('tcp')).toBe(true);
    expect(real.major).toBeGreaterThanOrEqual(4);
    expect(real.rtspTimeoutOption).toBe(real.major >= 5 ? 'timeout' : 'stimeout');
  });

  it('takes the configured one first', async () => {
    const path = join(folder, 'my-ffmpeg');
    await symlink(real.path, path);
    const found = await findFfmpeg({ configuredPath: path, logger: recordingLogger() });
    expect(found).toMatchObject({ path, source: 'configured' });
  });

  it.each([
    ['missing', undefined, 'does not exist'],
    ['not-executable', '', 'may not be executed'],
    ['not-ffmpeg', '#!/bin/sh\necho hello\n', 'is not ffmpeg'],
    ['crashes', '#!/bin/sh\nexit 3\n', 'does not run (code 3)'],
  ])('goes on in one line when the configured one is %s', async (name, content, reason) => {
    const path = join(folder, name);
    if (content !== undefined) {
      await writeFile(path, content);
      await chmod(path, content === '' ? 0o644 : 0o755);
    }
    const logger = recordingLogger();
    const found = await findFfmpeg({ configuredPath: path, logger });
    expect(found.source).not.toBe('configured');
    expect(logger.shown()).toEqual([`warn: The configured ffmpeg at ${path} ${reason}; looking for another.`]);
  });

  it('refuses one that cannot read cameras and says what it lacks', async () => {
    const path = await altered('no-h264', '/ h264 /d; /stimeout/d; /rtsp_transport/d');
    await expect(inspectFfmpeg(path, 'configured')).rejects.toThrow('lacks decoder h264, RTSP');
  });

  it('says in one line what is missing and what that costs', async () => {
    const path = await altered('plain', '/libx264/d; /libopus/d');
    const found = await inspectFfmpeg(path, 'configured');
    expect(missingAbilities(found)).toBe(
      'This ffmpeg lacks libx264 (live view for cameras whose own stream does not fit), libopus (sound (Opus)).',
    );
    expect(missingAbilities(real)).toBeUndefined();
  });
});

describe('a packaged ffmpeg that may not be executed', () => {
  it('is copied to a folder of the user’s own, once', async () => {
    const packaged = join(folder, 'packaged');
    await copyFile('/bin/sh', packaged);
    await chmod(packaged, 0o444);
    const cache = join(folder, 'cache');
    const copy = await executableCopy(packaged, cache);
    const first = await stat(copy);
    expect(first.mode & 0o100).not.toBe(0);
    expect(await executableCopy(packaged, cache)).toBe(copy);
    expect((await stat(copy)).mtimeMs).toBe(first.mtimeMs);
  });

  it('is not put where others can write', async () => {
    const packaged = join(folder, 'packaged-2');
    await copyFile('/bin/sh', packaged);
    const shared = await mkdtemp(join(folder, 'shared-'));
    await chmod(shared, 0o777);
    await expect(executableCopy(packaged, shared)).rejects.toThrow(/belongs to somebody else/);
  });
});
