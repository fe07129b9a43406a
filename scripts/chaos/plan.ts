import type { Chance } from '../../test/visitors/random.js';
import type { House } from '../endurance/house.js';
import { cameraFaults } from './camera-faults.js';
import type { Fault } from './fault.js';
import { machineFaults } from './machine-faults.js';

export const allFaults: readonly Fault[] = [...cameraFaults, ...machineFaults];

/** What goes wrong before accounts are settled: at every door one thing after the other, doors independent. */
export type Round = readonly (readonly Fault[])[];

/** So many faults a door has in a round of the doors. */
const FAULTS_PER_DOOR = 5;

/** Those faults that this machine can be given. */
export function possibleFaults(house: House, wanted: (kind: string) => boolean): Fault[] {
  return allFaults.filter((fault) => wanted(fault.kind) && (fault.needs?.(house) ?? true));
}

/** Every fault once, one after the other, the doors taking turns. */
export const oneByOne = (faults: readonly Fault[], doors: number): Round[] =>
  faults.map((fault, count) => Array.from({ length: doors }, (_, at) => (at === count % doors ? [fault] : [])));

/** Rounds without end, of the doors' faults and of the whole house's in turn; the same seed gives the same ones. */
export function* atRandom(faults: readonly Fault[], doors: number, chance: Chance): Generator<Round> {
  const small = faults.filter(({ scope }) => scope === 'door');
  const large = faults.filter(({ scope }) => scope === 'house');
  while (faults.length > 0) {
    if (small.length > 0) {
      yield Array.from({ length: doors }, () => Array.from({ length: FAULTS_PER_DOOR }, () => draw(small, chance)));
    }
    if (large.length > 0) {
      const struck = Math.floor(chance.unit() * doors);
      yield Array.from({ length: doors }, (_, at) => (at === struck ? [draw(large, chance)] : []));
    }
  }
}

/** Seldom ones are drawn seldom. */
function draw(faults: readonly Fault[], chance: Chance): Fault {
  const share = ({ often = 1 }: Fault): number => often;
  let at = chance.unit() * faults.reduce((sum, fault) => sum + share(fault), 0);
  return faults.find((fault) => (at -= share(fault)) <= 0) ?? faults.at(-1)!;
}
