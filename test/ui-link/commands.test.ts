import { existsSync, readFileSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, it, jest } from '@jest/globals';
import { Command } from 'commander';
import { registerAudit } from '../../src/cli/audit.js';
import { createContext } from '../../src/cli/context.js';
import { registerExplain, replayDecision } from '../../src/cli/explain.js';
import { registerExport } from '../../src/cli/export.js';
import { registerForget } from '../../src/cli/forget.js';
import { registerGuests } from '../../src/cli/guests.js';
import { registerImport } from '../../src/cli/import.js';
import { decide } from '../../src/visit/decision.js';
import type { NewVisit } from '../../src/guestbook/types.js';
import {
  consent,
  encoder,
  face,
  filesUnder,
  keyText,
  noon,
  openBook,
  temporaryFolder,
  visit,
} from '../guestbook/support/fixtures.js';
import { startPlugin } from './support.js';

afterEach(() => {
  jest.restoreAllMocks();
  process.exitCode = undefined;
});

/** Runs the command in this process and gives what it printed. */
async function doorman(storage: string, ...words: string[]): Promise<string> {
  const printed: string[] = [];
  jest.spyOn(console, 'log').mockImplementation((...text: unknown[]) => void printed.push(text.map(String).join(' ')));
  const program = new Command('doorman').exitOverride();
  const context = createContext(program, {
    HOMEBRIDGE_STORAGE_PATH: storage,
    HOMEBRIDGE_DOORMAN_KEY: keyText,
    DOORMAN_PASSPHRASE: 'correct horse battery',
  });
  [registerGuests, registerForget, registerExport, registerImport, registerAudit, registerExplain].forEach((register) =>
    register(program, context),
  );
  await program.parseAsync(words, { from: 'user' });
  return printed.join('\n');
}

/** A visit as the worker decides it: the stored decision is the one its inputs lead to. */
function decided(id: string, guest: { id: string; name: string }): NewVisit {
  const raw = visit(id, noon, guest);
  return { ...raw, decision: decide(raw.receipt!.inputs)! };
}

describe.each(['through the running plugin', 'with no plugin running'])('the command, %s', (how) => {
  async function furnished(): Promise<string> {
    const storage = temporaryFolder();
    const running = how === 'through the running plugin';
    const book = running
      ? (await startPlugin({}, storage, Date.now)).book
      : await openBook(join(storage, 'doorman'), { clock: Date.now });
    const anna = await book.addGuest({
      name: 'Anna',
      relation: 'sister',
      consent: { ...consent, at: Date.now() - 1000 },
    });
    await book.addFaces(anna.id, [face(1, 'ANNA')]);
    await book.recordVisit(decided('visit-1', anna));
    if (!running) {
      await book.close();
    }
    return storage;
  }

  it('lists, renames and renews', async () => {
    const storage = await furnished();
    expect(await doorman(storage, 'guests')).toMatch(/Anna +sister +1 +since \d{4}-\d\d-\d\d/);
    expect(JSON.parse(await doorman(storage, 'guests', '--json'))).toMatchObject([{ name: 'Anna', templates: 1 }]);
    await doorman(storage, 'guests', 'rename', 'anna', 'Annabel');
    await doorman(storage, 'guests', 'consent', 'Annabel', '--by', 'her mother', '--until', '2099-12-31');
    expect(await doorman(storage, 'guests')).toMatch(/Annabel .*until 2099-12-31/);
    await expect(doorman(storage, 'guests', 'rename', 'Zoe', 'X')).rejects.toThrow(
      /no guest named "Zoe".*Known: Annabel/,
    );
  });

  it('exports, forgets, and imports again', async () => {
    const storage = await furnished();
    const file = join(temporaryFolder(), 'export.doorman');
    expect(await doorman(storage, 'export', file)).toContain(file);
    expect(statSync(file).mode & 0o777).toBe(0o600);
    await expect(doorman(storage, 'export', file)).rejects.toThrow(/exists already/);
    await expect(doorman(storage, 'forget', 'Anna')).rejects.toThrow(/no terminal/);
    expect(await doorman(storage, 'forget', 'anna', '--yes')).toBe('Anna is forgotten.');
    expect(await doorman(storage, 'guests')).toContain('Nobody is enrolled');
    expect(await doorman(storage, 'import', file)).toContain('1 guests are new');
    expect(await doorman(storage, 'guests')).toContain('Anna');
    expect(await doorman(storage, 'audit', 'verify')).toMatch(/whole: \d+ entries/);
  });

  it('explains a visit and replays its decision', async () => {
    const storage = await furnished();
    expect(await doorman(storage, 'explain')).toMatch(/visit-1 .*Front door +Anna/);
    const text = await doorman(storage, 'explain', 'visit');
    expect(text).toMatch(/nearest +Anna at 0\.600, τ 0\.900: near enough/);
    expect(text).toMatch(/replayed +the same decision/);
    expect(text).toMatch(/policy +require/);
    await expect(doorman(storage, 'explain', 'nothing')).rejects.toThrow(/no visit nothing/);
  });

  it('forgets everything', async () => {
    const storage = await furnished();
    await doorman(storage, 'forget', '--everything', '--yes');
    expect(filesUnder(storage).filter((path) => !path.endsWith('.sock'))).toEqual([]);
    expect(existsSync(join(storage, 'doorman'))).toBe(false);
  });
});

describe('the command', () => {
  it('says when there is no storage folder, and what to say', async () => {
    await expect(doorman('/nowhere/at/all', 'guests')).rejects.toThrow(/no folder \/nowhere\/at\/all.*-U FOLDER/);
    await expect(doorman(temporaryFolder(), 'forget')).rejects.toThrow(/whom to forget/);
  });

  it('says who has the book when it is locked', async () => {
    const storage = temporaryFolder();
    await openBook(join(storage, 'doorman'), { holder: 'doorman import' });
    await expect(doorman(storage, 'guests')).rejects.toThrow(/in use by doorman import/);
  });

  it('removes a book whose key is lost', async () => {
    const storage = temporaryFolder();
    const book = await openBook(join(storage, 'doorman'), { key: { kind: 'text', text: 'c3'.repeat(32), origin: '' } });
    await book.close();
    await expect(doorman(storage, 'guests')).rejects.toThrow(/another key/);
    await doorman(storage, 'forget', '--everything', '--yes');
    expect(existsSync(join(storage, 'doorman'))).toBe(false);
  });

  it('imports only what is a file', async () => {
    const storage = temporaryFolder();
    const link = join(storage, 'endless');
    symlinkSync('/dev/zero', link);
    await expect(doorman(storage, 'import', link)).rejects.toThrow(/There is no file/);
    const text = join(storage, 'text.doorman');
    writeFileSync(text, 'not an archive');
    await expect(doorman(storage, 'import', text)).rejects.toThrow(/not an export of Doorman/);
    expect(readFileSync(text, 'utf8')).toBe('not an archive');
  });
});

describe('replaying a decision', () => {
  const anna = { id: 'a', name: 'Anna' };
  const full = { ...decided('v', anna), hasThumbnail: false };
  it.each([
    ['the stored inputs', full, 'same'],
    ['no receipt', { ...full, receipt: undefined }, 'no receipt'],
    ['another guest in the decision', { ...full, decision: { ...full.decision!, guest: undefined } }, 'different'],
    [
      'inputs that decide otherwise',
      { ...full, receipt: { ...full.receipt!, inputs: { ...full.receipt!.inputs, policy: 'strict' as const } } },
      'different',
    ],
  ])('with %s', (_what, stored, expected) => {
    expect(replayDecision(stored)).toBe(expected);
  });

  it('is possible for what the book gives back', async () => {
    const book = await openBook(temporaryFolder());
    const { id, name } = await book.addGuest({ name: 'Anna', consent });
    await book.addFaces(id, [face(1)]);
    expect(book.galleryFor(encoder)).toHaveLength(1);
    await book.recordVisit(decided('v1', { id, name }));
    expect(replayDecision((await book.visit('v1'))!)).toBe('same');
    await book.forget(id);
    expect(replayDecision((await book.visit('v1'))!)).toBe('same');
  });
});
