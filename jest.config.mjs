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

/** @type {import('jest').Config} */
export default {
  testEnvironment: '<rootDir>/test/support/node-environment.cjs',
  roots: ['<rootDir>/test'],
  extensionsToTreatAsEsm: ['.ts'],
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
