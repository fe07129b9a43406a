import { appendFileSync } from 'node:fs';
import { Command, InvalidArgumentError } from 'commander';
import { Chance } from '../../test/visitors/random.js';
import { BUTTON_TOKEN, House, PASSWORD } from '../endurance/house.js';
import { enterPrivateMounts } from '../endurance/private-mounts.js';
import { Accounts } from './accounts.js';
import type { Fault, Outcome } from './fault.js';
import { allFaults, atRandom, oneByOne, possibleFaults, type Round } from './plan.js';
import { markdown } from './report.js';
import { strike } from './strike.js';

const number = (text: string): number => {
  const value = Number(text);
  if (!Number.isFinite(value) || value < 0) {
    throw new InvalidArgumentError('It must be a number.');
  }
  return value;
};

/** `npm run chaos`: faults one by one and at random, and whether the doorbell comes back by itself. */
const program = new Command('npm run chaos --')
  .description('Puts faults into a real Homebridge with simulated cameras and watches it recover.')
  .option('--faults <n>', 'how many faults', number, 1000)
  .option('--minutes <n>', 'end after so many minutes at the latest', number, Infinity)
  .option('--seed <n>', 'the order of the random faults', number, 1)
  .option('--doors <n>', 'how many cameras', number, 3)
  .option('--one-by-one', 'every kind once instead of random ones', false)
  .option('--kind <text>', 'only kinds whose name fits this regular expression')
  .option('--record <file>', 'append every outcome as a line of JSON')
  .option('--log <file>', 'append Homebridge’s log')
  .parse();

const options = program.opts<{
  faults: number;
  minutes: number;
  seed: number;
  doors: number;
  oneByOne: boolean;
  kind?: string;
  record?: string;
  log?: string;
}>();

const mounts = enterPrivateMounts();
const beganAt = performance.now();
const outcomes: Outcome[] = [];
const accounts = new Accounts();
const house = await House.open(options.doors, mounts);
const interrupted = new AbortController();
process.once('SIGINT', () => interrupted.abort());
process.once('SIGTERM', () => interrupted.abort());
try {
  const faults = possibleFaults(house, (kind) => options.kind === undefined || new RegExp(options.kind).test(kind));
  const left = allFaults.filter((fault) => !(fault.needs?.(house) ?? true));
  left.forEach(({ kind }) => console.log(`Left out, since this machine does not permit it: ${kind}.`));
  const chance = new Chance(options.seed);
  const rounds: Iterable<Round> = options.oneByOne
    ? oneByOne(faults, options.doors)
    : atRandom(faults, options.doors, chance);
  for (const round of rounds) {
    await play(round, chance);
    if (isOver()) {
      break;
    }
  }
} finally {
  const { log } = house;
  const secrets = [PASSWORD, BUTTON_TOKEN].filter((secret) => log.some((line) => line.includes(secret)));
  accounts.faults.push(...secrets.map((secret) => `the log tells a secret: ${secret}`));
  const { left } = await house.close();
  if (left > 0) {
    accounts.faults.push(`${left} processes were left behind`);
  }
  if (options.log !== undefined) {
    appendFileSync(options.log, log.join('\n') + '\n');
  }
}

const failed = outcomes.filter(({ recovered }) => !recovered);
const minutes = ((performance.now() - beganAt) / 60_000).toFixed(0);
console.log(
  `\n${outcomes.length} faults in ${minutes} min, seed ${options.seed}, ${options.doors} cameras; ` +
    `${outcomes.length - failed.length} recovered by themselves; ${accounts.total} visits in the guest book.\n`,
);
console.log(markdown(outcomes));
failed.forEach(({ kind, door, trouble }) => console.log(`\nNot recovered: ${kind} at ${door}: ${trouble ?? ''}`));
accounts.faults.forEach((fault) => console.log(`\nNot kept: ${fault}`));
process.exit(failed.length + accounts.faults.length > 0 ? 1 : 0);

function isOver(): boolean {
  const late = (performance.now() - beganAt) / 60_000 >= options.minutes;
  return interrupted.signal.aborted || late || outcomes.length >= options.faults;
}

/** Strikes every door, and settles accounts afterwards. */
async function play(round: Round, chance: Chance): Promise<void> {
  const from = house.log.length;
  const each = round.map((faults, at) => ({ faults, door: house.doors[at]!, own: chance.fork() }));
  await Promise.all(
    each.map(async ({ faults, door, own }) => {
      for (const fault of faults) {
        const outcome = await strike(fault, house, door, own);
        outcomes.push(outcome);
        tell(outcome);
        if (isOver()) {
          break;
        }
      }
    }),
  );
  await accounts
    .settle(house, from, round.flat().some(mayLoseWhatIsGoingOn))
    .catch((error: unknown) => accounts.faults.push(`the guest book did not answer: ${String(error)}`));
}

/** While the book cannot be written, or the power is cut, a visit that is going on may be lost, but nothing older. */
function mayLoseWhatIsGoingOn({ kind }: Fault): boolean {
  return /^(disk|Homebridge killed|port of)/.test(kind);
}

function tell(outcome: Outcome): void {
  const { kind, door, recovered, recoveryMs, lines, trouble } = outcome;
  const seconds = Number.isNaN(recoveryMs) ? '–' : `${(recoveryMs / 1000).toFixed(1)} s`;
  const time = new Date().toTimeString().slice(0, 8);
  console.log(
    `${time} ${outcomes.length}  ${kind} at ${door}: ${recovered ? 'recovered' : 'NOT RECOVERED'}, ${seconds}`,
  );
  lines.forEach((line) => console.log(`      ${line.replace(/^\[[^\]]*\] /, '')}`));
  if (trouble !== undefined) {
    console.log(`      ${trouble.split('\n')[0] ?? ''}`);
  }
  if (options.record !== undefined) {
    appendFileSync(options.record, JSON.stringify({ at: new Date(), ...outcome }) + '\n');
  }
}
