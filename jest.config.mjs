import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';

/** Where Debian, Ubuntu and others put the browser that the settings page is tested in; `CHROMIUM` names another place. */
const browsers = [process.env.CHROMIUM, '/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'];
const browser = browsers.some((path) => path && existsSync(path));
// On CI a missing browser is a fault, and the tests say so.
const leftOut = browser || process.env.CI ? [] : ['<rootDir>/test/ui/'];
if (leftOut.length > 0) {
  console.warn(
    'There is no Chromium here: the settings page’s tests are left out. To run them: apt-get install chromium',
  );
}

/** Debian's package `mosquitto` puts the broker where a user's PATH does not look. */
const brokers = [...(process.env.PATH ?? '').split(':'), '/usr/sbin', '/usr/local/sbin'].map(
  (folder) => `${folder}/mosquitto`,
);
if (!brokers.some((path) => existsSync(path)) && !process.env.CI) {
  leftOut.push('<rootDir>/test/button/mqtt-button', '<rootDir>/test/notify/mqtt-notifier');
  console.warn('There is no Mosquitto here: the tests of MQTT are left out. To run them: apt-get install mosquitto');
}

/** Where `doorman train-encoder` looks too (src/cli/encoder/python.ts). */
const trainer = 'import sys, importlib.util as u; sys.exit(not all(map(u.find_spec, ("torch", "numpy", "PIL"))))';
const pythons = ['python3', '/usr/bin/python3', 'python'];
if (!process.env.CI && !pythons.some((python) => spawnSync(python, ['-c', trainer]).status === 0)) {
  leftOut.push('<rootDir>/test/training/');
  console.warn(
    'There is no Python with PyTorch here: the tests of training are left out. To run them: ' +
      'apt-get install python3-torch python3-pil',
  );
}

/** @type {import('jest').Config} */
export default {
  testEnvironment: '<rootDir>/test/support/node-environment.cjs',
  roots: ['<rootDir>/test'],
  extensionsToTreatAsEsm: ['.ts'],
  setupFilesAfterEnv: ['<rootDir>/test/support/no-secret-in-a-log.ts'],
  moduleNameMapper: { '^(\\.{1,2}/.*)\\.js$': '$1' },
  transform: {
    '^.+\\.ts$': [
      '@swc/jest',
      { jsc: { target: 'es2022', parser: { syntax: 'typescript' } }, module: { type: 'es6' } },
    ],
  },
  testPathIgnorePatterns: ['/node_modules/', ...leftOut],
  testTimeout: 60_000,
};
