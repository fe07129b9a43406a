import { setTimeout as sleep } from 'node:timers/promises';
import type { Chance } from '../../test/visitors/random.js';
import { strangers, type CastName } from '../../test/visitors/index.js';
import { drawPassing, guests, type Passing } from '../endurance/clips.js';
import type { House } from '../endurance/house.js';

/** Of those who come, so many are strangers: they must be looked at longer, so they are few. */
const STRANGERS = 0.03;

/** A face is lost after 1.5 s, and the visit ends two seconds later; a machine that is busy is late. */
const ENDED_MS = 4500;
const LATE_MS = 60_000;

/** Somebody who has not been decided for so long is left alone. */
const PATIENCE_MS = 20_000;

const UNKNOWN = 'Unknown visitor';

export type Outcome = 'right' | 'wrong' | 'missed';

type Who = CastName | number;

/** People who come to one door one after the other, each as soon as the one before has been named. */
export class Passers {
  private place = 0;
  private wasStranger = false;
  private readonly leftAt = new Map<Who, number>();

  private constructor(
    private readonly house: House,
    private readonly which: number,
    private readonly clips: Passing,
    private readonly chance: Chance,
  ) {}

  /** One for each door. */
  static async create(house: House, chance: Chance): Promise<Passers[]> {
    const clips = await drawPassing(house.ffmpeg, [...guests, ...strangers.slice(0, 2)]);
    return house.doors.map((_, which) => new Passers(house, which, clips, chance.fork()));
  }

  /** The next one comes, and stays until the plugin says who it is. */
  async next(): Promise<Outcome> {
    const { homebridge, doors } = this.house;
    const { name, camera } = doors[this.which]!;
    const who = await this.choose();
    const isStranger = typeof who === 'number';
    const caller = isStranger ? 'a stranger' : who;
    if (isStranger || this.wasStranger) {
      // Drawn people look alike: whoever resembles the one before, where one of them is a stranger, may be that one.
      this.go();
      await sleep(ENDED_MS);
    }
    this.wasStranger = isStranger;
    const from = homebridge.log.length;
    camera.play(this.clips.people.get(who)![this.place++ % 2]!);
    // Where a machine is too slow, somebody who has gone already is decided late: that is not this one. A stranger came
    // to an empty door.
    const late = isStranger ? [] : guests.filter((other) => this.wasHere(other, LATE_MS));
    const names = guests.filter((other) => other === who || !late.includes(other));
    const told = new RegExp(`${name}: (${[...names, ...(isStranger ? [UNKNOWN] : [])].join('|')}) \\(`);
    const line = await homebridge.logged(told, PATIENCE_MS, from).catch(() => undefined);
    this.leftAt.set(who, performance.now());
    if (line === undefined) {
      console.log(`${caller} came to ${name}: nothing was told.`);
      return 'missed';
    }
    if (told.exec(line)?.[1] === (isStranger ? UNKNOWN : who)) {
      return 'right';
    }
    console.log(`${caller} came: ${line}`);
    return 'wrong';
  }

  /** Nobody is there any more. */
  go(): void {
    this.house.doors[this.which]!.camera.play(this.clips.porch);
  }

  /** Somebody whose last visit has ended. */
  private async choose(): Promise<Who> {
    const known: readonly Who[] = this.chance.chance(STRANGERS) ? strangers.slice(0, 2) : guests;
    for (;;) {
      const away = known.filter((who) => !this.wasHere(who, ENDED_MS));
      if (away.length > 0) {
        return this.chance.pick(away);
      }
      await sleep(50);
    }
  }

  private wasHere(who: Who, withinMs: number): boolean {
    return performance.now() - (this.leftAt.get(who) ?? -Infinity) < withinMs;
  }
}
