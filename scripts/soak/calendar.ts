import { setTimeout as sleep } from 'node:timers/promises';
import type { House } from '../endurance/house.js';
import type { Passers } from './passers.js';

/** The last visitor's visit ends three and a half seconds after they went, the guest's sensor five. */
const SETTLED_MS = 7000;

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

  /** Shortly before midnight, so that it passes while people come. */
  async lateEvening(): Promise<void> {
    await this.everybodyGone();
    this.moveTo(23, 59, 40);
    await sleep(2000);
  }

  /** Half past three comes by itself, and what is done then; afterwards it is morning. @throws when nothing is done */
  async night(): Promise<void> {
    const { homebridge } = this.house;
    const from = homebridge.log.length;
    this.moveTo(3, 29, 56);
    const line = await homebridge.logged(tidied, TIDIED_MS, from);
    this.removed += Number(tidied.exec(line)![1]);
    this.nights++;
    this.moveTo(7, 0, 0);
    await sleep(2000);
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
