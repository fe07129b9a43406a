import { execFileSync } from 'node:child_process';
import { rm, statfs } from 'node:fs/promises';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Chance } from '../../test/visitors/random.js';
import { BUTTON_TOKEN, type Door, type House } from '../endurance/house.js';
import { guests } from '../endurance/clips.js';
import type { Fault } from './fault.js';

const HOUR = 3_600_000;

/** The plugin's ffmpeg that reads this door's camera. */
async function readersOf(house: House, door: Door): Promise<number[]> {
  const all = await house.homebridge.children('ffmpeg');
  const port = `:${door.camera.port}/`;
  return all
    .filter(({ pid }) => {
      try {
        return execFileSync('cat', [`/proc/${pid}/cmdline`]).includes(port);
      } catch {
        return false; // It has ended meanwhile.
      }
    })
    .map(({ pid }) => pid);
}

const signalled = (kind: string, signal: NodeJS.Signals, often: number): Fault => ({
  kind,
  often,
  scope: 'door',
  proof: 'picture',
  told: true,
  strike: async (house, door) => {
    (await readersOf(house, door)).forEach((pid) => process.kill(pid, signal));
  },
});

const workerFault = (kind: string, how: 'terminate' | 'throw' | 'exit' | 'memory' | 'hang', often: number): Fault => ({
  kind,
  often,
  scope: 'door',
  proof: 'visit',
  told: true,
  strike: async (house, door) => {
    const from = house.homebridge.log.length;
    const struck = performance.now();
    await house.homebridge.send({ endurance: { do: 'worker', how, doorbell: door.name } });
    await house.homebridge.logged(new RegExp(`${door.name}: recognition ended`), 90_000, from);
    return struck;
  },
});

/** Somebody comes while things are bad; then things get better. */
const storageFault = (
  kind: string,
  needs: Fault['needs'],
  harm: (house: House) => Promise<() => Promise<void>>,
  told: boolean,
): Fault => ({
  kind,
  scope: 'house',
  proof: 'visit',
  told,
  ...(needs && { needs }),
  strike: async (house, door, chance) => {
    const heal = await harm(house);
    try {
      await house.visit(door, chance.pick(guests), 60_000);
      await sleep(4000);
    } finally {
      await heal();
    }
  },
});

const clockFault = (kind: string, hours: (chance: Chance) => number, when: 'empty' | 'visit'): Fault => ({
  kind,
  scope: 'house',
  proof: 'visit',
  told: false,
  needs: ({ clock }) => clock !== undefined,
  strike: async (house, door, chance) => {
    if (when === 'visit') {
      door.camera.play(house.clips.stranger);
      await sleep(chance.between(500, 3000));
    }
    house.clock!.move(Math.round(hours(chance) * HOUR));
    await sleep(2500);
    if (when === 'visit') {
      await house.empty(door);
    }
  },
});

export const machineFaults: readonly Fault[] = [
  signalled('ffmpeg killed', 'SIGKILL', 1),
  signalled('ffmpeg frozen', 'SIGSTOP', 0.5),
  workerFault('worker ended from outside', 'terminate', 0.3),
  workerFault('worker: uncaught exception', 'throw', 0.3),
  workerFault('worker: process.exit', 'exit', 0.3),
  workerFault('worker: out of memory', 'memory', 0.2),
  workerFault('worker: hangs', 'hang', 0.1),
  storageFault(
    'disk full',
    ({ disk }) => disk !== undefined,
    async ({ disk }) => {
      const file = join(disk!.folder, 'ballast');
      const { bavail, bsize } = await statfs(disk!.folder);
      execFileSync('fallocate', ['-l', String(bavail * bsize), file]);
      return () => rm(file, { force: true });
    },
    true,
  ),
  storageFault(
    'disk read-only',
    ({ disk }) => disk !== undefined,
    ({ disk }) => {
      disk!.setReadOnly(true);
      return Promise.resolve(() => {
        disk!.setReadOnly(false);
        return Promise.resolve();
      });
    },
    true,
  ),
  storageFault(
    'disk slow (1 s before each opening, renaming, removing)',
    undefined,
    async ({ homebridge }) => {
      await homebridge.send({ endurance: { do: 'slow-disk', ms: 1000 } });
      return () => homebridge.send({ endurance: { do: 'slow-disk', ms: 0 } });
    },
    false,
  ),
  clockFault('clock forward', (chance) => chance.between(0.02, 72), 'empty'),
  clockFault('clock back', (chance) => -chance.between(0.02, 48), 'empty'),
  clockFault('clock forward during a visit', (chance) => chance.between(0.02, 24), 'visit'),
  clockFault('clock back during a visit', (chance) => -chance.between(0.02, 24), 'visit'),
  {
    kind: 'Homebridge killed with -9',
    often: 0.5,
    scope: 'house',
    proof: 'visit',
    told: false,
    strike: async (house, door, chance) => {
      // At any moment: while nobody is there, while somebody walks up, while the book is written.
      door.camera.play(house.clips.guests.get(chance.pick(guests))!);
      await sleep(chance.between(0, 4000));
      await house.kill();
      const struck = performance.now();
      door.camera.play(house.clips.porch);
      await house.start(false);
      return struck;
    },
  },
  {
    kind: 'port of the button taken at the start',
    often: 0.2,
    scope: 'house',
    proof: 'visit',
    told: true,
    strike: async (house) => {
      await house.kill();
      const squatter = createServer();
      await new Promise<void>((resolve) => squatter.listen(house.buttonPort, '127.0.0.1', resolve));
      await house.start(false);
      await house.homebridge.logged(/webhook cannot listen/, 30_000);
      await new Promise<void>((resolve) => {
        squatter.close(() => resolve());
      });
      await buttonAnswers(house, 90_000);
    },
  },
  {
    kind: 'ten visitors at once',
    often: 0.1,
    scope: 'door',
    proof: 'visit',
    told: false,
    strike: async (house, door) => {
      const from = house.homebridge.log.length;
      door.camera.play(house.clips.crowd);
      await house.homebridge.logged(new RegExp(`${door.name}: .*\\(confidence`), 90_000, from);
      await house.empty(door);
    },
  },
  {
    kind: 'visitors at every door at once',
    scope: 'house',
    proof: 'visit',
    told: false,
    strike: async (house, _door, chance) => {
      await Promise.all(house.doors.map((door) => house.visit(door, chance.pick(guests), 60_000)));
    },
  },
];

/** The button's webhook rings again. */
async function buttonAnswers(house: House, withinMs: number): Promise<void> {
  const from = house.homebridge.log.length;
  for (const until = performance.now() + withinMs; performance.now() < until;) {
    await sleep(500);
    const answer = await fetch(`http://127.0.0.1:${house.buttonPort}/ring`, {
      method: 'POST',
      headers: { Authorization: `Bearer ${BUTTON_TOKEN}` },
    }).catch(() => undefined);
    if (answer?.status === 200) {
      return;
    }
  }
  throw new Error(`the button's webhook did not come back: ${house.homebridge.log.slice(from).join(' | ')}`);
}
