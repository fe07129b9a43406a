import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { packageRoot } from '../../src/package-root.js';
import { findFfmpeg } from '../../src/video/ffmpeg.js';
import { startHomebridge, type Homebridge } from '../../test/support/homebridge.js';
import { DemoError } from './demo-error.js';
import { drawGuest, enrol } from './guests.js';
import { readOptions, type DemoOptions, type OwnGuest } from './options.js';
import { showPairing } from './pairing.js';
import { openSource } from './source.js';
import { enrolled, tellStory } from './story.js';

/** A visitor who is away for longer begins a new visit, s. Shorter than usual, so that the demo moves on. */
const VISIT_GAP = 6;
/** Homebridge's own lines are left out but for its complaints: `[date] [Doorman] text`. */
const PLUGIN_LINE = /^\[[^\]]*\] \[Doorman\] (.*)$/;

const say = (line: string): void => console.log(`${new Date().toLocaleTimeString()}  ${line}`);

/** Runs the demo until it is interrupted, or with `once` until somebody is named. */
async function demo(options: DemoOptions, signal: AbortSignal): Promise<void> {
  const endings: (() => Promise<unknown>)[] = [];
  try {
    const folder = await mkdtemp(join(tmpdir(), 'doorman-demo-'));
    endings.push(() => rm(folder, { recursive: true, force: true }));
    const quiet = { ...console, debug: (): void => undefined };
    const ffmpeg = await findFfmpeg({ logger: quiet });
    const source = await openSource(options.source, ffmpeg);
    endings.push(() => source.stop());
    const storage = join(folder, 'homebridge');
    const guests = await invite(options, folder, storage, signal);
    signal.throwIfAborted();

    console.log('\nStarting Homebridge …');
    const homebridge = await startHomebridge({
      pluginPath: packageRoot,
      storage,
      startTimeout: 120_000,
      config: {
        bridge: { name: 'Doorman Demo' },
        platforms: [
          {
            platform: 'Doorman',
            name: 'Doorman',
            doorbells: [{ name: 'Front Door', url: source.url, visitGapSeconds: VISIT_GAP, holdSeconds: 10 }],
          },
        ],
      },
    });
    endings.push(() => homebridge.stop());
    signal.throwIfAborted();
    await homebridge.port('Front Door').catch(() => undefined);
    await showPairing(storage);
    console.log(options.once ? '' : '\nEnd with Ctrl-C.\n');

    const over = new AbortController();
    const until = AbortSignal.any([signal, over.signal]);
    const story =
      source.drawn && tellStory(source.drawn, { signal: until, gap: VISIT_GAP + 4, say: (line) => say(`» ${line}`) });
    try {
      await follow(homebridge, options, guests, signal);
    } finally {
      over.abort();
      await story;
    }
  } finally {
    console.log('Ending …');
    for (const end of endings.reverse()) {
      await end();
    }
  }
}

/** Enrols the drawn guests, or those whom the person brought. @returns their names */
async function invite(options: DemoOptions, folder: string, storage: string, signal: AbortSignal): Promise<string[]> {
  await mkdir(storage, { recursive: true });
  const guests: OwnGuest[] = [...options.guests];
  if (options.source.kind === 'drawn') {
    for (const name of enrolled) {
      console.log(`Drawing photos of ${name} …`);
      guests.push(await drawGuest(name, join(folder, 'photos')));
      signal.throwIfAborted();
    }
  }
  for (const guest of guests) {
    console.log(`\nEnrolling ${guest.name} (doorman enroll ${guest.name} …)`);
    await enrol(guest, storage, signal);
  }
  if (guests.length === 0) {
    console.log('Nobody is enrolled, so everybody is unknown. Enrol with --guest NAME=photo1.jpg,photo2.jpg');
  }
  return guests.map(({ name }) => name);
}

/** Shows what the plugin logs. With `once` it returns at the first named visit. @throws DemoError after the limit */
async function follow(
  homebridge: Homebridge,
  { once, limit }: DemoOptions,
  guests: readonly string[],
  signal: AbortSignal,
): Promise<void> {
  const until = performance.now() + 1000 * limit;
  for (let shown = 0; ;) {
    for (; shown < homebridge.log.length; shown++) {
      const line = homebridge.log[shown]!;
      const text = PLUGIN_LINE.exec(line)?.[1] ?? (homebridge.problems.includes(line) ? line : undefined);
      if (text !== undefined) {
        say(text);
      }
      if (once && guests.some((name) => text?.startsWith(`Front Door: ${name} (confidence`))) {
        return;
      }
    }
    if (once && performance.now() > until) {
      throw new DemoError(`Nobody was named within ${limit} s.`);
    }
    if (!isRunning(homebridge.pid)) {
      throw new DemoError('Homebridge has ended by itself.');
    }
    await sleep(200, undefined, { signal });
  }
}

function isRunning(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}

const options = readOptions(process.argv.slice(2));
const interrupted = new AbortController();
for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.on(signal, () => interrupted.abort());
}
try {
  await demo(options, interrupted.signal);
  console.log('A guest was named; the demo is over.');
} catch (error) {
  if (interrupted.signal.aborted) {
    process.exitCode = options.once ? 130 : 0;
  } else {
    console.error(error instanceof DemoError ? error.message : error);
    process.exitCode = 1;
  }
}
