import { setTimeout as sleep } from 'node:timers/promises';
import type { House } from '../endurance/house.js';
import { guests } from '../endurance/clips.js';

/** So long may it take until a decision that was told is in the book, s. */
const PATIENCE_S = 30;

const decided = /Door \d+: .*\(confidence/;

/** Keeps account: what was in the guest book once must stay there, and every decision must come into it. */
export class Accounts {
  private visits = 0;
  private expected = 0;
  readonly faults: string[] = [];

  /** Decisions of a time in which the book could not be written, or the power was cut, may be missing: nobody else's. */
  async settle(house: House, linesFrom: number, excused: boolean): Promise<void> {
    const decisions = house.log.slice(linesFrom).filter((line) => decided.test(line)).length;
    this.expected = this.visits + (excused ? 0 : decisions);
    let { audit, privacy } = await look(house);
    // A decision is told before it is written down.
    for (let tries = 0; privacy.visits < this.expected && tries < PATIENCE_S; tries++) {
      await sleep(1000);
      ({ audit, privacy } = await look(house));
    }
    if (!audit.whole) {
      this.faults.push(`the audit log is not whole: ${audit.fault ?? ''}`);
    }
    if (privacy.guests !== guests.length) {
      this.faults.push(`${privacy.guests} guests are left of ${guests.length}`);
    }
    if (privacy.visits < this.expected) {
      this.faults.push(`${privacy.visits} visits are in the book where ${this.expected} belong`);
    }
    this.visits = privacy.visits;
  }

  get total(): number {
    return this.visits;
  }
}

const look = (house: House) =>
  house.ask(async (link) => ({
    audit: await link.ask('audit-verify', {}),
    privacy: await link.ask('privacy', {}),
  }));
