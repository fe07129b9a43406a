import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, it, jest } from '@jest/globals';
import { Command } from 'commander';
import { CliError } from '../../src/cli/cli-error.js';
import { createContext } from '../../src/cli/context.js';
import { registerEnroll } from '../../src/cli/enroll.js';
import { registerEvaluate } from '../../src/cli/evaluate/index.js';
import { registerIdentify } from '../../src/cli/identify.js';
import { registerPopulation } from '../../src/cli/population.js';
import { registerWatch } from '../../src/cli/watch.js';
import { keyText, temporaryFolder } from '../guestbook/support/fixtures.js';
import { loadSelfTest } from '../../src/vision/selftest.js';
import sharp from 'sharp';

afterEach(() => void jest.restoreAllMocks());

/** Runs the command in this process: what it printed, and the sentence with which it gave up, if it did. */
async function doorman(storage: string, ...words: string[]): Promise<{ out: string; err: string; fault?: string }> {
  const [out, err]: [string[], string[]] = [[], []];
  jest.spyOn(console, 'log').mockImplementation((...text: unknown[]) => void out.push(text.map(String).join(' ')));
  jest.spyOn(console, 'error').mockImplementation((...text: unknown[]) => void err.push(text.map(String).join(' ')));
  const program = new Command('doorman').exitOverride();
  const context = createContext(program, { HOMEBRIDGE_STORAGE_PATH: storage, HOMEBRIDGE_DOORMAN_KEY: keyText });
  [registerEnroll, registerIdentify, registerWatch].forEach((register) => register(program, context));
  registerPopulation(program);
  registerEvaluate(program, () => Promise.resolve([]));
  const fault = await program.parseAsync(words, { from: 'user' }).then(
    () => undefined,
    (error: unknown) => {
      expect(error).toBeInstanceOf(CliError);
      return (error as Error).message;
    },
  );
  return { out: out.join('\n'), err: err.join('\n'), ...(fault !== undefined && { fault }) };
}

describe('an address where a photo is wanted', () => {
  it.each([
    ['identify', 'https://example.org/anna.jpg'],
    ['enroll', 'Anna', 'http://example.org/anna.jpg', '--consent', 'Anna'],
  ])('is refused by %s, which fetches nothing', async (...words) => {
    const { fault } = await doorman(temporaryFolder(), ...words);
    expect(fault).toMatch(
      /^Doorman fetches nothing from the network, so an https? address cannot be read; save the picture and give its file\.$/,
    );
  });

  it('is told from a camera’s', async () => {
    const { fault } = await doorman(temporaryFolder(), 'identify', 'rtsp://user:secret@camera/1');
    expect(fault).toMatch(/`doorman watch ADDRESS`/);
    expect(fault).not.toContain('secret');
  });
});

describe('watch', () => {
  it('says once that an address is no camera’s', async () => {
    const { fault, err } = await doorman(temporaryFolder(), 'watch', 'http://example.org/live');
    expect(fault).toMatch(/http address; Doorman reads rtsp/);
    expect(err).toBe('');
  });

  it('says once that a camera does not answer', async () => {
    const { fault, err } = await doorman(temporaryFolder(), 'watch', 'rtsp://127.0.0.1:1/live');
    expect(fault).toMatch(/127\.0\.0\.1/);
    expect(err).not.toContain(fault!);
  });
});

describe('evaluate', () => {
  const missing = '/nowhere/at/all';
  it.each([
    ['protocol', missing],
    ['openset', missing],
    ['split', missing],
    ['pairs', missing, '--pairs', '/nowhere/pairs.txt'],
  ])('%s says that a folder is missing, and what to give', async (...words) => {
    const { fault } = await doorman(temporaryFolder(), 'evaluate', ...words);
    expect(fault).toMatch(/^\/nowhere\/at\/all\S* does not exist; give a folder with one sub-folder of photos/);
  });

  it('says that a folder holds no people, and that a list of pairs is missing', async () => {
    const folder = temporaryFolder();
    writeFileSync(join(folder, 'notes.txt'), 'nothing');
    expect((await doorman(folder, 'evaluate', 'protocol', folder)).fault).toMatch(
      /holds no folder with pictures; give/,
    );
    expect((await doorman(folder, 'population', 'build', join(folder, 'notes.txt'))).fault).toMatch(
      /is no folder; give/,
    );
    mkdirSync(join(folder, 'Anna'));
    writeFileSync(join(folder, 'Anna', 'Anna_0001.jpg'), 'no picture');
    const { fault } = await doorman(folder, 'evaluate', 'pairs', folder, '--pairs', join(folder, 'pairs.txt'));
    expect(fault).toMatch(/The list of pairs .*pairs\.txt cannot be read; give a file in LFW’s format\./);
  });
});

describe('enroll', () => {
  it('says when a guest has the same face as another', async () => {
    const storage = temporaryFolder();
    const photo = join(storage, 'face.png');
    const { frame } = await loadSelfTest();
    await sharp(Buffer.from(frame.data), { raw: { width: frame.width, height: frame.height, channels: 3 } })
      .png()
      .toFile(photo);
    const first = await doorman(storage, 'enroll', 'Anna', photo, '--consent', 'Anna');
    expect(first.out).toContain('Anna: 1 of 1 looks were taken.');
    expect(first.out).not.toMatch(/same face|looks like/);
    const second = await doorman(storage, 'enroll', 'Ben', photo, '--consent', 'Ben');
    expect(second.out).toMatch(/Ben has the same face as Anna \(distance 0\.00\): neither will be named until/);
  });
});
