import { appendFileSync, writeFileSync } from 'node:fs';
import { Command } from 'commander';
import { Chance } from '../../test/visitors/random.js';
import { House } from '../endurance/house.js';
import { enterPrivateMounts } from '../endurance/private-mounts.js';
import { Calendar } from './calendar.js';
import { figure } from './figure.js';
import { HouseholdLife } from './life.js';
import { Passers } from './passers.js';
import { takeSample, type Sample } from './sample.js';
import { verdict } from './verdict.js';

/** `npm run soak`: days of visits and nights, pressed together, and whether anything grows meanwhile. */
const program = new Command('npm run soak --')
  .description('Lets a household live for days in a real Homebridge and watches what grows.')
  .option('--visits <n>', 'how many visits', Number, 10_000)
  .option('--days <n>', 'days that pass on the house’s clock meanwhile', Number, 30)
  .option('--minutes <n>', 'a day is cut short when it takes more than its share of so many minutes', Number, Infinity)
  .option('--doors <n>', 'how many cameras', Number, 3)
  .option('--seed <n>', 'who comes, and when', Number, 1)
  .option('--record <file>', 'append every sample as a line of JSON')
  .option('--log <file>', 'append Homebridge’s log')
  .option('--figure <file>', 'draw the samples into this SVG file')
  .parse();

const options = program.opts<{
  visits: number;
  days: number;
  minutes: number;
  doors: number;
  seed: number;
  record?: string;
  log?: string;
  figure?: string;
}>();

const LOOKS_AT_PAGE = 5;
/** Days between two enrolments. */
const ENROL_EVERY = 3;
/** What a night takes of a day's minutes. */
const NIGHT_MS = 15_000;

const chance = new Chance(options.seed);
const house = await House.open(options.doors, enterPrivateMounts(), {
  block: { retention: { visitDays: 7, inbox: true, inboxDays: 3 } },
  pressed: true,
});
const passers = await Passers.create(house, chance);
const calendar = new Calendar(house, passers);
const life = new HouseholdLife(house);
const samples: Sample[] = [];
const outcomes = { right: 0, wrong: 0, missed: 0 };
const troubles: string[] = [];
const beganAt = performance.now();
const ending = new AbortController();
const isOver = (): boolean => ending.signal.aborted;
process.once('SIGINT', () => ending.abort());
process.once('SIGTERM', () => ending.abort());

try {
  for (let day = 0; day < options.days && !isOver(); day++) {
    await Promise.all([receive(), liveThroughTheDay(day)]);
    await calendar.everybodyGone();
    await observe();
    await calendar.night();
  }
} catch (error) {
  trouble(error);
} finally {
  await account().catch(trouble);
  await life.close();
  const { left } = await house.close();
  if (left > 0) {
    trouble(`${left} processes were left behind`);
  }
  if (options.log !== undefined) {
    appendFileSync(options.log, house.log.join('\n') + '\n');
  }
}
const told = verdict(samples);
console.log(`\n${caption()}\n${told.lines.join('\n')}`);
[...new Set(troubles)].forEach((line) => console.log(`Trouble: ${line}`));
process.exit(told.flat && outcomes.wrong === 0 && troubles.length === 0 ? 0 : 1);

/** A day's people come to every door. */
async function receive(): Promise<void> {
  const wanted = Math.round(options.visits / options.days);
  const until = performance.now() + (options.minutes * 60_000) / options.days - NIGHT_MS;
  let come = 0;
  await Promise.all(
    passers.map(async (door) => {
      while (come < wanted && performance.now() < until && !isOver()) {
        come++;
        outcomes[await door.next()]++;
      }
    }),
  );
}

/** What else happens in a house, while people come. */
async function liveThroughTheDay(day: number): Promise<void> {
  for (let looks = 0; looks < LOOKS_AT_PAGE; looks++) {
    await life.lookAtPage().catch(trouble);
  }
  await life.watchLive().catch(trouble);
  if (day % ENROL_EVERY === 0) {
    await life.enrolAndForget().catch(trouble);
  }
}

/** In the evening, when nobody is there. */
async function observe(): Promise<void> {
  const sample = await takeSample(house, { minute: minute(), visits: visits(), days: calendar.nights + 1 });
  samples.push(sample);
  const { rss, heap, external, descriptors, handles, children, sessions, loopMax } = sample;
  console.log(
    `day ${calendar.nights + 1}, ${minute().toFixed(1)} min, ${visits()} visits: ${rss.toFixed(0)} MB, heap ${heap.toFixed(1)}, ` +
      `external ${external.toFixed(1)}, ${descriptors} descriptors, ${handles} handles, ${children} children, ` +
      `${sessions} sessions, loop ${loopMax.toFixed(0)} ms; ${outcomes.wrong} wrong, ${outcomes.missed} missed`,
  );
  if (options.record !== undefined) {
    appendFileSync(options.record, JSON.stringify(sample) + '\n');
  }
  if (options.figure !== undefined) {
    writeFileSync(options.figure, figure(samples, caption()));
  }
}

/** Every decision that was told is in the book, or was removed when its time had come. */
async function account(): Promise<void> {
  await calendar.everybodyGone();
  const decisions = house.log.filter((line) => /Door \d+: .*\(confidence/.test(line)).length;
  const { privacy, audit } = await house.ask(async (link) => ({
    privacy: await link.ask('privacy', {}),
    audit: await link.ask('audit-verify', {}),
  }));
  console.log(
    `${decisions} visits decided: ${privacy.visits} in the guest book, ${calendar.removed} removed after seven days.`,
  );
  if (privacy.visits + calendar.removed !== decisions || !audit.whole) {
    trouble(`the guest book is not as it should be: ${audit.fault ?? 'the visits do not add up'}`);
  }
}

function trouble(error: unknown): void {
  const line = error instanceof Error ? error.message.split('\n')[0]! : String(error);
  troubles.push(line);
  console.log(`Trouble: ${line}`);
}

function caption(): string {
  const { right, wrong, missed } = outcomes;
  return (
    `${visits()} people in ${calendar.nights} days and nights, cameras: ${options.doors}, ${minute().toFixed(0)} min: ` +
    `${right} named rightly, ${wrong} wrongly, ${missed} not in time`
  );
}

function visits(): number {
  return outcomes.right + outcomes.wrong + outcomes.missed;
}

function minute(): number {
  return (performance.now() - beganAt) / 60_000;
}
