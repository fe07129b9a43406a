import type { GuestBook } from '../../guestbook/book.js';
import type { Logger } from '../../types.js';
import type { HouseholdTuning } from '../tuning.js';
import { reasonOf } from '../words.js';

export interface NightlyTuningOptions {
  readonly book: GuestBook;
  readonly tuning: HouseholdTuning;
  readonly logger: Logger;
  /** Off unless asked for: it needs a folder of strangers that hardly a household has. */
  readonly enabled: boolean;
}

/** Tunes at night when a guest has got new faces since the last run; what hinders it is told once, not every night. */
export class NightlyTuning {
  private told: string | undefined;

  constructor(private readonly options: NightlyTuningOptions) {}

  /** Never rejects. */
  async run(): Promise<void> {
    const { book, tuning, logger, enabled } = this.options;
    if (!enabled) {
      return;
    }
    try {
      const { at = 0 } = ((await book.tuningReport()) ?? {}) as { at?: number };
      const newest = Math.max(0, ...book.guests().flatMap(({ id }) => book.faces(id).map(({ addedAt }) => addedAt)));
      if (newest > at) {
        const { reason } = await tuning.run({});
        this.told = undefined;
        logger.info(`The encoder was tuned at night. ${reason}`);
      }
    } catch (error) {
      const message = `The encoder was not tuned at night: ${reasonOf(error)}`;
      logger[message === this.told ? 'debug' : 'info'](message);
      this.told = message;
    }
  }
}
