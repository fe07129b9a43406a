import { setTimeout as pause } from 'node:timers/promises';
import { describe, expect, it } from '@jest/globals';
import { Housekeeper } from '../../src/guestbook/schedule.js';
import type { HousekeepingReport } from '../../src/guestbook/types.js';
import {
  consent,
  dayMs,
  face,
  filesUnder,
  jpeg,
  noon,
  openBook,
  recorder,
  temporaryFolder,
} from './support/fixtures.js';
import { visit } from './support/fixtures.js';

describe('housekeeping', () => {
  it('removes visits after their days and strangers’ pictures after theirs', async () => {
    let now = noon;
    const folder = temporaryFolder();
    const retention = { visitDays: 30, inbox: true, inboxDays: 7 };
    const book = await openBook(folder, { clock: () => now, retention });
    const anna = await book.addGuest({ name: 'Anna', consent });
    for (const back of [31, 30, 29, 8, 6, 0]) {
      await book.recordVisit(visit(`anna-${back}`, noon - back * dayMs + 1, anna), jpeg(320, 180, 'A'));
      await book.recordVisit(visit(`stranger-${back}`, noon - back * dayMs + 2), jpeg(320, 180, 'S'));
      await book.addStranger({ visitId: `stranger-${back}`, seenAt: noon - back * dayMs, faces: [face(back, 'S')] });
    }
    const report = await book.housekeeping();
    expect(report).toMatchObject({ visitsRemoved: 2, strangersRemoved: 4, thumbnailsRemoved: 5, filesLost: 0 });
    expect((await book.visits({ limit: 20 })).visits.map(({ id, hasThumbnail }) => [id, hasThumbnail])).toEqual([
      ['stranger-0', true],
      ['anna-0', true],
      ['stranger-6', true],
      ['anna-6', true],
      ['stranger-8', false],
      ['anna-8', true],
      ['stranger-29', false],
      ['anna-29', true],
      ['stranger-30', false],
      ['anna-30', true],
    ]);
    expect(book.lastHousekeepingAt()).toBe(noon);
    now = noon + 100 * dayMs;
    await book.housekeeping();
    expect((await book.privacy()).visits).toBe(0);
    // Only the two indexes are left: no generation holds what has expired.
    expect(filesUnder(folder)).toHaveLength(2);
  });

  it('shortens the audit log after its days and keeps the chain whole', async () => {
    let now = noon;
    const book = await openBook(temporaryFolder(), { clock: () => now, retention: { auditDays: 10 } });
    const { id } = await book.addGuest({ name: 'Anna', consent });
    for (let at = 0; at < 210; at++) {
      await book.updateGuest(id, { notes: String(at) });
    }
    expect(await book.verifyAudit()).toEqual({ whole: true, entries: 212 });
    now = noon + 11 * dayMs;
    expect((await book.housekeeping()).auditEntriesRemoved).toBe(200);
    expect(await book.verifyAudit()).toEqual({ whole: true, entries: 13 });
  });
});

describe('the housekeeper', () => {
  const report = (): HousekeepingReport => ({
    at: noon,
    visitsRemoved: 0,
    strangersRemoved: 0,
    thumbnailsRemoved: 0,
    auditEntriesRemoved: 0,
    orphansRemoved: 0,
    filesMended: 0,
    filesLost: 0,
    suspended: [],
  });

  it.each([
    ['it never ran', undefined, 1],
    ['last night was missed', noon - 26 * 3_600_000, 1],
    ['it ran last night', noon - 9 * 3_600_000, 0],
  ])('at the start, when %s', async (_what, last, expected) => {
    let runs = 0;
    const book = { lastHousekeepingAt: () => last, housekeeping: () => Promise.resolve((runs++, report())) };
    const housekeeper = new Housekeeper({ book, logger: recorder(), clock: () => noon });
    housekeeper.start();
    await housekeeper.stop();
    expect(runs).toBe(expected);
  });

  it('never runs twice at once, and runs by the clock', async () => {
    let running = 0;
    let most = 0;
    let runs = 0;
    const book = {
      lastHousekeepingAt: () => Date.now(),
      housekeeping: async () => {
        most = Math.max(most, ++running);
        await pause(1500);
        running--;
        runs++;
        return report();
      },
    };
    const housekeeper = new Housekeeper({ book, logger: recorder(), pattern: '* * * * * *' });
    housekeeper.start();
    await pause(1200);
    await Promise.all([housekeeper.run(), housekeeper.run()]);
    await housekeeper.stop();
    expect(most).toBe(1);
    expect(runs).toBeGreaterThanOrEqual(1);
    const after = runs;
    await pause(1200);
    await housekeeper.run();
    expect(runs).toBe(after);
  });

  it('logs what went wrong and goes on', async () => {
    const logger = recorder();
    const book = { lastHousekeepingAt: () => undefined, housekeeping: () => Promise.reject(new Error('boom')) };
    const housekeeper = new Housekeeper({ book, logger });
    await housekeeper.run();
    expect(logger.lines[0]).toContain('housekeeping failed');
    await housekeeper.stop();
  });
});
