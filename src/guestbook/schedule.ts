import { createTask, type ScheduledTask } from 'node-cron';
import type { Clock, Logger } from '../types.js';
import { GuestBookError } from './errors.js';
import type { HousekeepingReport } from './types.js';

/** Half past three at night, local time: few visitors, and past the hour that daylight saving repeats or skips. */
const nightly = '30 3 * * *';

/** A run that is this late was missed; a day and the length of a long night's run. */
const missedAfterMs = 25 * 3_600_000;

/** What housekeeping needs of the book. */
export interface Tidied {
  lastHousekeepingAt(): number | undefined;
  housekeeping(): Promise<HousekeepingReport>;
}

export interface HousekeeperOptions {
  readonly book: Tidied;
  readonly logger: Logger;
  readonly clock?: Clock;
  /** What else is done every night afterwards (training again, for example). */
  readonly afterwards?: (report: HousekeepingReport) => Promise<void>;
  /** A cron expression; for tests. */
  readonly pattern?: string;
}

/** Tidies the book every night, makes up a missed night at the start, and never runs twice at once. */
export class Housekeeper {
  private readonly task: ScheduledTask;
  private running: Promise<void> | undefined;
  private stopped = false;

  constructor(private readonly options: HousekeeperOptions) {
    const { logger } = options;
    this.task = createTask(options.pattern ?? nightly, () => this.run(), {
      name: 'doorman-housekeeping',
      noOverlap: true,
      unref: true,
      suppressMissedWarning: true,
      logger: {
        info: ignore,
        debug: ignore,
        warn: (text) => logger.debug(text),
        error: (error) => logger.debug(error),
      },
    });
    // A night in which the process was too busy, or the machine slept, is made up as soon as it is noticed.
    this.task.on('execution:missed', () => this.run());
  }

  /** Begins the schedule; a missed run is made up at once, in the background. */
  start(): void {
    const { book, clock = Date.now } = this.options;
    void this.task.start();
    const last = book.lastHousekeepingAt();
    if (last === undefined || clock() - last > missedAfterMs) {
      void this.run();
    }
  }

  /** One run; whoever asks during it gets the same. Never rejects: what went wrong is logged. */
  run(): Promise<void> {
    if (this.stopped) {
      return Promise.resolve();
    }
    this.running ??= this.perform().finally(() => (this.running = undefined));
    return this.running;
  }

  /** Ends the schedule and waits for a run under way. */
  async stop(): Promise<void> {
    this.stopped = true;
    await this.task.destroy();
    await this.running;
  }

  private async perform(): Promise<void> {
    const { book, logger, afterwards } = this.options;
    try {
      const report = await book.housekeeping();
      await afterwards?.(report);
    } catch (error) {
      logger.warn(
        error instanceof GuestBookError
          ? `The nightly housekeeping failed: ${error.message}`
          : 'The nightly housekeeping failed; it is tried again next night.',
      );
      logger.debug(error instanceof Error ? (error.stack ?? error.message) : String(error));
    }
  }
}

function ignore(): void {
  // node-cron's chatter is of no use to a household.
}
