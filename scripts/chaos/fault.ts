import type { Chance } from '../../test/visitors/random.js';
import type { Door, House } from '../endurance/house.js';

/** What may go wrong, and how it is told that all is well again. */
export interface Fault {
  readonly kind: string;
  /** `door`: one door suffers, the others go on; `house`: all do. */
  readonly scope: 'door' | 'house';
  /**
   * Does the harm, lets it last, takes it away. Recovery is timed from its end: when this returns, or the moment it
   * gives (a number of `performance.now()`) where the harm was over before.
   */
  strike(house: House, door: Door, chance: Chance): Promise<unknown>;
  /** `picture`: a fresh one is proof enough; `visit`: somebody must be named. */
  readonly proof: 'picture' | 'visit';
  /** A fault that lasts says so in the log; one that is over in a blink may pass unsaid. */
  readonly told: boolean;
  /** How often it is drawn, against 1: what takes long is drawn seldom. */
  readonly often?: number;
  /** What this machine must have for it. */
  readonly needs?: (house: House) => boolean;
}

/** What became of one fault. */
export interface Outcome {
  readonly kind: string;
  readonly door: string;
  readonly recovered: boolean;
  /** From the end of the fault to the proof, ms. */
  readonly recoveryMs: number;
  /** The plugin's warnings and errors from the fault to the proof. */
  readonly lines: readonly string[];
  readonly trouble?: string | undefined;
}
