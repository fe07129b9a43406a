import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from '@jest/globals';
import { packageRoot } from '../../src/package-root.js';
import { startHomebridge } from '../support/homebridge.js';

/**
 * What npm would publish, unpacked where nothing of the project lies but the packages it names, with no script run.
 * The packages themselves are those that are installed here: fetching them again would prove nothing new.
 */
describe('the package as it is published', () => {
  const folder = mkdtempSync(join(tmpdir(), 'doorman-packed-'));
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  it('starts in a clean Homebridge, with its worker and its engine', async () => {
    const packed = execFileSync('npm', ['pack', '--ignore-scripts', '--silent', '--pack-destination', folder], {
      cwd: packageRoot,
      encoding: 'utf8',
    }).trim();
    execFileSync('tar', ['-xzf', join(folder, packed), '-C', folder]);
    const plugin = join(folder, 'package');
    symlinkSync(join(packageRoot, 'node_modules'), join(plugin, 'node_modules'));
    const homebridge = await startHomebridge({
      pluginPath: plugin,
      startTimeout: 90_000,
      config: {
        platforms: [
          {
            platform: 'Doorman',
            name: 'Doorman',
            keyFile: join(folder, 'key'),
            doorbells: [{ name: 'Front Door', url: 'rtsp://127.0.0.1:9/nobody' }],
          },
        ],
      },
    });
    try {
      await homebridge.logged(/Faces are recognised by the engine/, 120_000);
      await homebridge.logged(/The camera is offline/, 60_000);
    } finally {
      await homebridge.stop();
    }
    expect(homebridge.problems.filter((line) => !line.includes('The camera is offline'))).toEqual([]);
  }, 300_000);
});
