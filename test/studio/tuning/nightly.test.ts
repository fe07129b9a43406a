import { join } from 'node:path';
import { afterEach, describe, expect, it } from '@jest/globals';
import { HouseholdTuning } from '../../../src/studio/tuning.js';
import { NightlyTuning } from '../../../src/studio/tuning/nightly.js';
import { consent, face, openBook, temporaryFolder } from '../../guestbook/support/fixtures.js';
import { recordingLogger } from '../../support/recording-logger.js';
import { openStudio } from '../support.js';

const { studio } = openStudio();
afterEach(() => studio.stop());

describe('tuning at night', () => {
  it('says once what hinders it, and again when that changes', async () => {
    const book = await openBook(join(temporaryFolder(), 'doorman'));
    const tuning = new HouseholdTuning({
      book,
      studio,
      falseAcceptRate: () => 0.001,
      strangersFolder: temporaryFolder(),
    });
    const logger = recordingLogger();
    const nightly = new NightlyTuning({ book, tuning, logger, enabled: true });
    await nightly.run();
    expect(logger.lines).toEqual([]);
    const { id } = await book.addGuest({ name: 'Anna', consent });
    await book.addFaces(id, [face(1, 'ANNA')]);
    await nightly.run();
    await nightly.run();
    await book.addFaces(
      id,
      [2, 3, 4, 5].map((seed) => face(seed, `ANNA ${seed}`)),
    );
    await nightly.run();
    await nightly.run();
    const told = logger.shown();
    expect(told).toHaveLength(2);
    expect(told[0]).toContain('at least 5 kept faces');
    expect(told[1]).toContain('there are 0');
    expect(book.tunedEncoder()).toBeUndefined();
  });
});
