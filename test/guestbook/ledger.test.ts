import { describe, expect, it } from '@jest/globals';
import { IndexFile } from '../../src/guestbook/index-file.js';
import { Ledger } from '../../src/guestbook/ledger.js';
import { ObjectStore } from '../../src/guestbook/object-store.js';
import type { Root } from '../../src/guestbook/root.js';
import { filesUnder, key, noon, recorder, temporaryFolder } from './support/fixtures.js';

/** A disk that refuses the index when told to, before or after it has taken it. */
class FailingIndex extends IndexFile {
  failure: { code: string; when: 'before' | 'after' } | undefined;

  override async write(root: Root): Promise<void> {
    const error = Object.assign(new Error('refused'), { code: this.failure?.code, syscall: 'write' });
    if (this.failure?.when === 'before') {
      throw error;
    }
    await super.write(root);
    if (this.failure?.when === 'after') {
      throw error;
    }
  }
}

async function open(folder: string): Promise<{ ledger: Ledger; index: FailingIndex }> {
  const logger = recorder();
  const index = new FailingIndex(folder, key, logger);
  const objects = new ObjectStore(folder, key, logger);
  await objects.prepare();
  const ledger = new Ledger(folder, index, objects, logger, () => noon, false);
  await ledger.load();
  return { ledger, index };
}

const addDay = (ledger: Ledger, day: string): Promise<void> =>
  ledger.change(async (change) => {
    change.root.days.push({ day, object: await change.put(Buffer.from(day)), visits: 1, thumbnails: 0 });
  });
const days = ({ root }: Ledger): string[] => root.days.map(({ day }) => day);

describe('a change that cannot be saved', () => {
  it.each([
    ['ENOSPC', 'folder-full'],
    ['EDQUOT', 'folder-full'],
    ['EROFS', 'read-only'],
    ['EIO', 'folder-unusable'],
  ])('for %s leaves memory and disk as before, and the next one works', async (code, fault) => {
    const folder = temporaryFolder();
    const { ledger, index } = await open(folder);
    await addDay(ledger, 'one');
    const files = filesUnder(folder).length;
    index.failure = { code, when: 'before' };
    await expect(addDay(ledger, 'two')).rejects.toMatchObject({ fault, message: expect.stringContaining(folder) });
    expect(days(ledger)).toEqual(['one']);
    expect(filesUnder(folder)).toHaveLength(files);
    index.failure = undefined;
    await addDay(ledger, 'three');
    expect(days((await open(folder)).ledger)).toEqual(['one', 'three']);
  });

  it('whose very last sync failed loses nothing that the disk may show later', async () => {
    const folder = temporaryFolder();
    const { ledger, index } = await open(folder);
    index.failure = { code: 'EIO', when: 'after' };
    await expect(addDay(ledger, 'one')).rejects.toMatchObject({ fault: 'folder-unusable' });
    expect(days(ledger)).toEqual([]);
    const { ledger: again } = await open(folder);
    expect(days(again)).toEqual(['one']);
    expect((await again.objects.get(again.root.days[0]!.object))?.toString()).toBe('one');
  });

  it('because its work failed changes nothing either', async () => {
    const folder = temporaryFolder();
    const { ledger } = await open(folder);
    const files = filesUnder(folder).length;
    const failing = ledger.change(async (change) => {
      await change.put(Buffer.from('rubbish'));
      change.root.days = [];
      throw new TypeError('a mistake of ours');
    });
    await expect(failing).rejects.toThrow('a mistake of ours');
    expect(filesUnder(folder)).toHaveLength(files);
    await ledger.close('closed for the test');
    await expect(addDay(ledger, 'late')).rejects.toMatchObject({ fault: 'closed', message: 'closed for the test' });
  });
});
