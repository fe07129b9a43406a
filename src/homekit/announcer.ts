import { setTimeout as sleep } from 'node:timers/promises';
import type { Clock, Logger, VisitEvent } from '../types.js';
import { Hold } from './hold.js';
import {
  attend,
  EMPTY_DOOR,
  PLAIN_AFTER_MS,
  type Announcement,
  type DoorEvent,
  type RingRules,
} from './ring-policy.js';

/** What the announcer needs of a doorbell. */
export interface AnnouncingDoorbell {
  showEvent(text: string, jpeg?: Buffer): Promise<void>;
  setMotion(detected: boolean): void;
  ring(): void;
}

/** What the announcer needs of the guests' accessories. */
export interface AnnouncingGuests {
  present(guestId: string, holdMs: number, holder?: string): void;
  unknown(holdMs: number, holder?: string): void;
  someone(holdMs: number, holder?: string): void;
  verified(guestId: string, holdMs: number, holder?: string): void;
  possiblyPhoto(holdMs: number, holder?: string): void;
  press(guestId: string): void;
  /** How long Home's event of a sensor that goes on is under way, ms: motion and ring wait for it. */
  readonly settleMs: number;
}

export interface AnnouncerOptions {
  readonly name: string;
  readonly logger: Logger;
  readonly doorbell: AnnouncingDoorbell;
  readonly guests: AnnouncingGuests;
  readonly rules: RingRules;
  readonly clock?: Clock;
}

/** A ring waits no longer than this for its picture. */
const PICTURE_WAIT_MS = 800;

/** Tells Home what happens at one door: the picture first, then the sensors, then motion, then the ring. */
export class Announcer {
  private state = EMPTY_DOOR;
  private queue: Promise<void> = Promise.resolve();
  private readonly waiting = new Map<string, NodeJS.Timeout>();
  private readonly motion: Hold;
  private stopped = false;

  constructor(private readonly options: AnnouncerOptions) {
    this.motion = new Hold((on) => options.doorbell.setMotion(on));
  }

  /**
   * Takes one event. Returns when everything it leads to was told to Home; never rejects.
   *
   * @param jpeg the picture of the event; without it the newest frame is taken
   */
  announce(event: VisitEvent, jpeg?: Buffer): Promise<void> {
    this.watch(event);
    return this.enqueue(event, jpeg);
  }

  /** Forgets what is waiting. What Home was told stays. */
  stop(): void {
    this.stopped = true;
    this.waiting.forEach((timer) => clearTimeout(timer));
    this.waiting.clear();
    this.motion.stop();
  }

  /** Whoever is not decided upon in time is announced without a name. */
  private watch(event: VisitEvent): void {
    if (event.type === 'pressed' || this.stopped) {
      return;
    }
    const { id } = event.visit;
    clearTimeout(this.waiting.get(id));
    this.waiting.delete(id);
    if (event.type === 'started') {
      const late = (): void => {
        this.waiting.delete(id);
        void this.enqueue({ type: 'waited', visitId: id });
      };
      this.waiting.set(id, setTimeout(late, PLAIN_AFTER_MS));
    }
  }

  private enqueue(event: DoorEvent, jpeg?: Buffer): Promise<void> {
    this.queue = this.queue.then(async () => {
      if (this.stopped) {
        return;
      }
      const { state, todo } = attend(this.state, event, this.options.rules, (this.options.clock ?? Date.now)());
      this.state = state;
      for (const [index, step] of todo.entries()) {
        await this.carryOut(step, jpeg);
        if (step.do === 'sensor' && todo[index + 1]?.do !== 'sensor' && step.holdMs === Infinity) {
          await sleep(this.options.guests.settleMs);
        }
      }
    });
    return this.queue;
  }

  /** One step; what fails is logged, and the next one follows: a failing sensor never stops the ring. */
  private async carryOut(step: Announcement, jpeg: Buffer | undefined): Promise<void> {
    const { doorbell, guests, logger, name } = this.options;
    try {
      switch (step.do) {
        case 'picture':
          await inTime(doorbell.showEvent(step.text, jpeg), PICTURE_WAIT_MS);
          break;
        case 'sensor':
          this.sense(step);
          break;
        case 'switch':
          guests.press(step.guestId);
          break;
        case 'motion':
          this.motion.keep(step.holdMs);
          break;
        case 'ring':
          doorbell.ring();
          break;
      }
    } catch (error) {
      logger.error(
        `${name}: could not tell Home (${step.do}): ${error instanceof Error ? error.message : String(error)}`,
      );
    }
  }

  private sense({ role, guestId = '', holdMs }: Extract<Announcement, { do: 'sensor' }>): void {
    const { guests, name } = this.options;
    switch (role) {
      case 'guest':
        guests.present(guestId, holdMs, name);
        break;
      case 'verified':
        guests.verified(guestId, holdMs, name);
        break;
      case 'unknown':
        guests.unknown(holdMs, name);
        break;
      case 'someone':
        guests.someone(holdMs, name);
        break;
      case 'photo':
        guests.possiblyPhoto(holdMs, name);
        break;
    }
  }
}

/** Waits for a promise, but no longer than `ms`; its failure is the caller's if it comes in time. */
async function inTime(promise: Promise<void>, ms: number): Promise<void> {
  promise.catch(() => undefined);
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, ms);
  });
  await Promise.race([promise, late]).finally(() => clearTimeout(timer));
}
