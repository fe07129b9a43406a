import type { FalseAcceptPromise } from './surface.js';
import type { GuestModel, LookAlikes } from './guest-model.js';
import type { Population } from './population.js';
import { perGuestRate } from './thresholds.js';

/** The tail may be continued this far beyond what was counted before the promise is refused. */
const furthestExtrapolation = 30;
/** Fewer strangers than this say nothing about one in a thousand. */
const minimumStrangers = 300;

/**
 * What may be promised about strangers' visits with the present guests: nothing, when the population's statistics
 * do not reach as far as the promise, were not made at a doorbell's conditions, or when guests cannot be told apart.
 */
export function falseAcceptPromise(
  population: Population,
  rate: number,
  guests: readonly GuestModel[],
  lookAlikes: readonly LookAlikes[],
  frames: number,
): FalseAcceptPromise {
  const refuse = (reason: string): FalseAcceptPromise => ({ kept: false, reason });
  if (guests.length === 0) return refuse('there are no guests yet');
  const wanted = perGuestRate(rate, guests.length);
  const tails = population.tails.filter((tail) => tail.frames >= Math.min(frames, 2));
  if (tails.length === 0 || population.source.visits === 0) {
    return refuse('the statistics of this encoder were made without visits at doorbell conditions');
  }
  const strangers = Math.min(...tails.map((tail) => tail.strangers));
  if (strangers < minimumStrangers) {
    return refuse(`the statistics of this encoder hold only ${strangers} people; ${minimumStrangers} are needed`);
  }
  const reach = Math.max(...tails.map((tail) => tail.probabilities.at(-1) ?? 1)) / furthestExtrapolation;
  if (wanted < reach) {
    return refuse(
      `with ${guests.length} guests one comparison in ${Math.round(1 / wanted)} may fail; the statistics reach to one in ${Math.round(1 / reach)}`,
    );
  }
  const twins = lookAlikes.find((pair) => pair.indistinguishable);
  if (twins !== undefined) {
    return refuse(`${twins.first.name} and ${twins.second.name} cannot be told apart`);
  }
  const few = guests.filter((guest) => guest.templates.length < 2);
  if (few.length > 0) {
    return refuse(`${few.map(({ name }) => name).join(', ')}: more than one photo is needed`);
  }
  const percent = Number((rate * 100).toPrecision(2));
  return { kept: true, rate, statement: `at most ${percent} % of strangers' visits are given a name` };
}
