import { setTimeout as sleep } from 'node:timers/promises';
import type { House } from '../endurance/house.js';
import type { Passers } from './passers.js';

/** The last visitor's visit ends three and a half seconds after they went, the guest's sensor five. */
const SETTLED_MS = 6000;

/** A moved clock has arrived everywhere after so long. */
const ARRIVED_MS = 1500;

/** Housekeeping may take so long. */
const TIDIED_MS = 120_000;

const tidied = /The guest book was tidied: (\d+) visits/;

/** The house's days. Its clock is moved only while nobody is there, as nobody notices a night pass. */
export class Calendar {
  /** Nights that have passed. */
  nights = 0;
  /** Visits that housekeeping has removed, as it says itself. */
  removed = 0;

  constructor(
    private readonly house: House,
    private readonly passers: readonly Passers[],
  ) {}

  /**
   * Half past three comes by itself, and what is done then; afterwards it is morning, or in every other night almost
   * midnight again, so that midnight passes while people come. @throws when nothing is done at half past three
   */
  async night(): Promise<void> {
    const { homebridge } = this.house;
    const from = homebridge.log.length;
    this.moveTo(3, 29, 57);
    const line = await homebridge.logged(tidied, TIDIED_MS, from);
    this.removed += Number(tidied.exec(line)![1]);
    if (++this.nights % 2 === 0) {
      this.moveTo(7, 0, 0);
    } else {
      this.moveTo(23, 59, 40);
    }
    await sleep(ARRIVED_MS);
  }

  async everybodyGone(): Promise<void> {
    this.passers.forEach((door) => door.go());
    await sleep(SETTLED_MS);
  }

  /** To the next time that the clock shows this. */
  private moveTo(hour: number, minute: number, second: number): void {
    const { clock } = this.house;
    if (clock === undefined) {
      throw new Error('libfaketime is needed: without it no days pass.');
    }
    const then = new Date(clock.now);
    then.setHours(hour, minute, second, 0);
    if (then.getTime() <= clock.now) {
      then.setDate(then.getDate() + 1);
    }
    clock.move(then.getTime() - clock.now);
  }
}
