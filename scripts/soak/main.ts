import { appendFileSync, writeFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { Command } from 'commander';
import { Chance } from '../../test/visitors/random.js';
import { House } from '../endurance/house.js';
import { enterPrivateMounts } from '../endurance/private-mounts.js';
import { figure } from './figure.js';
import { HouseholdLife, visitOnce } from './life.js';
import { takeSample, type Sample } from './sample.js';
import { verdict } from './verdict.js';

/** `npm run soak`: days of visits and nights, pressed together, and whether anything grows meanwhile. */
const program = new Command('npm run soak --')
  .description('Lets a household live for days in a real Homebridge and watches what grows.')
  .option('--visits <n>', 'end after so many visits', Number, 10_000)
  .option('--days <n>', 'days that pass on the house’s clock meanwhile', Number, 30)
  .option('--minutes <n>', 'end after so many minutes at the latest', Number, Infinity)
  .option('--doors <n>', 'how many cameras', Number, 3)
  .option('--seed <n>', 'who comes, and when', Number, 1)
  .option('--sample-every <s>', 'seconds between two samples', Number, 30)
  .option('--record <file>', 'append every sample as a line of JSON')
  .option('--figure <file>', 'draw the samples into this SVG file')
  .parse();

const options = program.opts<{
  visits: number;
  days: number;
  minutes: number;
  doors: number;
  seed: number;
  sampleEvery: number;
  record?: string;
  figure?: string;
}>();

const DAY = 86_400_000;
/** Other things that happen, once in so many visits. */
const PAGE_EVERY = 7;
const LIVE_EVERY = 25;
const ENROL_EVERY = 40;

const house = await House.open(options.doors, enterPrivateMounts(), {
  retention: { visitDays: 7, inbox: true, inboxDays: 3 },
});
const life = new HouseholdLife(house);
const chance = new Chance(options.seed);
const samples: Sample[] = [];
const outcomes = { right: 0, wrong: 0, missed: 0 };
const troubles: string[] = [];
const beganAt = performance.now();
let visits = 0;
let days = 0;
const ending = new AbortController();
const isOver = (): boolean => ending.signal.aborted;
process.once('SIGINT', () => ending.abort());
process.once('SIGTERM', () => ending.abort());

try {
  await Promise.all([...house.doors.map((_, which) => receive(which)), observe()]);
} finally {
  await life.close();
  const { left } = await house.close();
  if (left > 0) {
    troubles.push(`${left} processes were left behind`);
  }
}
const told = verdict(samples);
const { right, wrong, missed } = outcomes;
const caption =
  `${visits} visits, ${days.toFixed(1)} days, ${options.doors} cameras, ${minute().toFixed(0)} min: ` +
  `${right} decided rightly, ${wrong} wrongly, ${missed} not at all`;
console.log(`\n${caption}\n${told.lines.join('\n')}`);
[...new Set(troubles)].forEach((trouble) => console.log(`Trouble: ${trouble}`));
if (options.figure !== undefined) {
  writeFileSync(options.figure, figure(samples, caption));
}
process.exit(told.flat && wrong === 0 && troubles.length === 0 ? 0 : 1);

/** One visit after the other at one door; between them, what else happens in a house. */
async function receive(which: number): Promise<void> {
  const own = new Chance(Math.floor(chance.unit() * 2 ** 31));
  while (!isOver()) {
    outcomes[await visitOnce(house, which, own)]++;
    const count = ++visits;
    if (visits >= options.visits || minute() >= options.minutes) {
      ending.abort();
    }
    // A pressed visit stands for the part of a day that lies between two visits.
    const step = options.days / options.visits;
    days += step;
    house.clock?.move(step * DAY);
    await attempt('the page', count % PAGE_EVERY === 0, () => life.lookAtPage());
    await attempt('a live view', count % LIVE_EVERY === 0, () => life.watchLive());
    await attempt('an enrolment', count % ENROL_EVERY === 0, () => life.enrolAndForget());
  }
}

async function observe(): Promise<void> {
  await sleep(20_000);
  while (!isOver()) {
    try {
      const sample = await takeSample(house, { minute: minute(), visits, days });
      samples.push(sample);
      const { rss, heap, descriptors, handles, children, sessions, loopMax } = sample;
      console.log(
        `${minute().toFixed(1)} min, ${visits} visits, day ${days.toFixed(1)}: ${rss.toFixed(0)} MB, heap ${heap.toFixed(1)}, ` +
          `${descriptors} descriptors, ${handles} handles, ${children} children, ${sessions} sessions, loop ${loopMax.toFixed(0)} ms`,
      );
      if (options.record !== undefined) {
        appendFileSync(options.record, JSON.stringify(sample) + '\n');
      }
      if (options.figure !== undefined) {
        writeFileSync(options.figure, figure(samples, `${visits} visits, ${days.toFixed(1)} days`));
      }
    } catch (error) {
      troubles.push(String(error));
    }
    for (const until = performance.now() + options.sampleEvery * 1000; performance.now() < until && !isOver();) {
      await sleep(500);
    }
  }
}

async function attempt(what: string, due: boolean, work: () => Promise<void>): Promise<void> {
  if (due) {
    await work().catch((error: unknown) => {
      troubles.push(`${what}: ${error instanceof Error ? error.message.split('\n')[0]! : String(error)}`);
      console.log(troubles.at(-1));
    });
  }
}

function minute(): number {
  return (performance.now() - beganAt) / 60_000;
}
