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
