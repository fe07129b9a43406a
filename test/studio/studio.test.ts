import { execFileSync } from 'node:child_process';
import { afterEach, describe, expect, it } from '@jest/globals';
import { until } from '../support/wait.js';
import type { Studio } from '../../src/studio/studio.js';
import { openStudio } from './support.js';

const studios: Studio[] = [];
afterEach(() => Promise.all(studios.splice(0).map((studio) => studio.stop())));

function studioOf(idleMs?: number): Studio {
  const { studio } = openStudio(idleMs);
  studios.push(studio);
  return studio;
}

describe('the studio’s process', () => {
  it('starts with the first task, ends when idle, and starts again', async () => {
    const studio = studioOf(100);
    expect(studio.isAwake).toBe(false);
    expect((await studio.run('encoder', {})).id).toBe('fusion');
    expect(studio.isAwake).toBe(true);
    await until('the process ends', () => !studio.isAwake);
    expect((await studio.run('encoder', {})).id).toBe('fusion');
  });

  it('says in words what went wrong, and goes on', async () => {
    const studio = studioOf();
    const crop = { picture: new Uint8Array([1, 2, 3]), points: [] };
    await expect(studio.run('encode', crop)).rejects.toThrow('0 points instead of 8');
    expect((await studio.run('encoder', {})).id).toBe('fusion');
  });

  it('gives a task up when nobody wants it any more', async () => {
    const studio = studioOf();
    const controller = new AbortController();
    const asked = studio.run('encoder', {}, { signal: controller.signal });
    controller.abort(new Error('not wanted any more'));
    await expect(asked).rejects.toThrow('not wanted any more');
  });

  it('says so when its process is killed, and begins anew', async () => {
    const { studio, logger } = openStudio();
    studios.push(studio);
    await studio.run('encoder', {});
    const [pid] = execFileSync('pgrep', ['-P', String(process.pid), '-f', 'studio/entry.js'], {
      encoding: 'utf8',
    }).split('\n');
    const asked = studio.run('learn', { gallery: [], falseAcceptRate: 0.001 });
    process.kill(Number(pid), 'SIGKILL');
    await expect(asked).rejects.toThrow('interrupted; try again');
    expect(logger.shown().join('\n')).toContain('their process ended (SIGKILL)');
    expect((await studio.run('encoder', {})).id).toBe('fusion');
  });

  it('leaves nothing behind when it is stopped in the middle', async () => {
    const studio = studioOf();
    const asked = studio.run('encoder', {}).catch((error: unknown) => String(error));
    await studio.stop();
    await asked;
    expect(studio.isAwake).toBe(false);
    await expect(studio.run('encoder', {})).rejects.toThrow('Homebridge is stopping');
  });
});
