import type { Chance } from '../../test/visitors/random.js';
import type { House } from '../endurance/house.js';
import { cameraFaults } from './camera-faults.js';
import type { Fault } from './fault.js';
import { machineFaults } from './machine-faults.js';

export const allFaults: readonly Fault[] = [...cameraFaults, ...machineFaults];

/** What is struck together: a fault per door, or one that the whole house suffers. */
export type Blow = readonly Fault[];

/** How often a blow is one for the whole house: those take long, and the others must wait. */
const HOUSE_SHARE = 0.3;

/** Those faults that this machine can be given. */
export function possibleFaults(house: House, wanted: (kind: string) => boolean): Fault[] {
  return allFaults.filter((fault) => wanted(fault.kind) && (fault.needs?.(house) ?? true));
}

/** Every fault once, one after the other. */
export const oneByOne = (faults: readonly Fault[]): Blow[] => faults.map((fault) => [fault]);

/** Blows without end; the same seed gives the same ones. */
export function* atRandom(faults: readonly Fault[], doors: number, chance: Chance): Generator<Blow> {
  const [small, large] = (['door', 'house'] as const).map((scope) => faults.filter((fault) => fault.scope === scope));
  while (faults.length > 0) {
    const whole = small!.length === 0 || (large!.length > 0 && chance.chance(HOUSE_SHARE));
    yield whole ? [chance.pick(large!)] : Array.from({ length: doors }, () => chance.pick(small!));
  }
}
