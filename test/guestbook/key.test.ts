import { chmodSync, mkdirSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { chooseKeySource, credentialName, defaultKeyFile, loadKey } from '../../src/guestbook/key.js';
import { recorder, temporaryFolder } from './support/fixtures.js';

describe('the key’s place', () => {
  it.each([
    [{}, undefined, { kind: 'file', path: '/home/pi/.local/state/homebridge-doorman/key' }],
    [{ XDG_STATE_HOME: '/var/state' }, undefined, { kind: 'file', path: '/var/state/homebridge-doorman/key' }],
    [{ XDG_STATE_HOME: 'relative' }, undefined, { kind: 'file', path: '/home/pi/.local/state/homebridge-doorman/key' }],
    [{}, '/etc/doorman.key', { kind: 'file', path: '/etc/doorman.key' }],
    [{ CREDENTIALS_DIRECTORY: '/nowhere' }, '/etc/k', { kind: 'file', path: '/etc/k' }],
    [{ HOMEBRIDGE_DOORMAN_KEY: 'ab' }, '/etc/k', { kind: 'text', text: 'ab' }],
  ])('with %j and the setting %j', async (environment, keyFile, expected) => {
    expect(await chooseKeySource(environment, '/home/pi', keyFile)).toMatchObject(expected);
  });

  it('prefers a systemd credential to a file', async () => {
    const folder = temporaryFolder();
    writeFileSync(join(folder, credentialName), 'a'.repeat(64));
    const source = await chooseKeySource({ CREDENTIALS_DIRECTORY: folder }, '/home/pi', '/etc/k');
    expect(source).toEqual({ kind: 'credential', path: join(folder, credentialName) });
  });

  it('lies outside Homebridge’s storage folder by default', () => {
    expect(defaultKeyFile({}, '/home/pi').startsWith('/home/pi/.homebridge')).toBe(false);
  });
});

describe('reading the key', () => {
  const load = (text: string): ReturnType<typeof loadKey> =>
    loadKey({ kind: 'text', text, origin: 'the variable' }, '/book', false, recorder());

  it('takes 64 hexadecimal digits or 32 bytes, and nothing else', async () => {
    expect((await load(` ${'aB'.repeat(32)}\n`)).key.toString('hex')).toBe('ab'.repeat(32));
    expect((await load('k'.repeat(32))).key.toString()).toBe('k'.repeat(32));
    for (const text of ['', 'short', 'z'.repeat(64), 'a'.repeat(63)]) {
      await expect(load(text)).rejects.toMatchObject({ fault: 'key-unusable' });
    }
  });

  it('takes away the right of others to read it', async () => {
    const path = join(temporaryFolder(), 'key');
    writeFileSync(path, 'a'.repeat(64));
    chmodSync(path, 0o644);
    const logger = recorder();
    await loadKey({ kind: 'file', path }, '/book', true, logger);
    expect(statSync(path).mode & 0o777).toBe(0o600);
    expect(logger.lines.join()).toContain('could be read by others');
  });

  it('says so when it is made next to what it protects', async () => {
    const storage = temporaryFolder();
    mkdirSync(join(storage, 'doorman'));
    const logger = recorder();
    const path = join(storage, 'doorman.key');
    await loadKey({ kind: 'file', path }, join(storage, 'doorman'), false, logger);
    expect(logger.lines.join()).toContain('choose another place');
    expect(statSync(path).mode & 0o777).toBe(0o600);
  });

  it('never makes a credential', async () => {
    const source = { kind: 'credential', path: join(temporaryFolder(), 'gone') } as const;
    await expect(loadKey(source, '/book', false, recorder())).rejects.toMatchObject({ fault: 'key-lost' });
  });
});
