import type { Chance } from '../../test/visitors/random.js';
import { guests } from '../endurance/clips.js';
import { online, type Door, type House } from '../endurance/house.js';
import type { Fault, Outcome } from './fault.js';

/** Nothing may take longer: the longest pause between two attempts is 30 s, and connecting may take 20 s. */
const RECOVERY_MS = 120_000;
const NAMED_MS = 90_000;

/** After this share of the faults whose proof is a picture somebody walks up all the same. */
const VISITED = 0.25;

/** One fault at one door, and whether the doorbell came back by itself. Never rejects. */
export async function strike(fault: Fault, house: House, door: Door, chance: Chance): Promise<Outcome> {
  const { homebridge } = house;
  const from = homebridge.problems.length;
  const guest = chance.pick(guests);
  const isVisited = chance.chance(VISITED);
  let end = performance.now();
  let recoveryMs = NaN;
  let trouble: string | undefined;
  try {
    const struck = await fault.strike(house, door, chance);
    end = typeof struck === 'number' ? struck : performance.now();
    await house.freshPicture(door, RECOVERY_MS);
    recoveryMs = performance.now() - end;
    if (fault.proof === 'visit' || isVisited) {
      await house.visit(door, guest, NAMED_MS);
    }
  } catch (error) {
    trouble = error instanceof Error ? error.message : String(error);
  }
  const problems = house.homebridge === homebridge ? homebridge.problems.slice(from) : house.homebridge.problems;
  const lines = problems.filter((line) => isAbout(line, door, house));
  await putBack(house, door);
  return { kind: fault.kind, door: door.name, recovered: trouble === undefined, recoveryMs, lines, trouble };
}

/** The camera is as it was, whatever happened. */
async function putBack(house: House, { name, camera }: Door): Promise<void> {
  camera.fault = undefined;
  const isOther = camera.showing.codec !== house.clips.porch.codec;
  camera.play(house.clips.porch);
  if (isOther) {
    const from = house.homebridge.log.length;
    camera.drop();
    await house.homebridge.logged(online(name), RECOVERY_MS, from).catch(() => undefined);
  }
}

/** The plugin's warnings and errors that name this door, or none. */
function isAbout(line: string, door: Door, house: House): boolean {
  const others = house.doors.filter((other) => other !== door);
  return line.includes('[Doorman]') && !others.some(({ name }) => line.includes(`${name}:`));
}
