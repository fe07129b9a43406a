import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { cp, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { packageRoot } from '../../src/package-root.js';
import { UiLinkClient } from '../../src/ui-link/client.js';
import { uiLinkSocket } from '../../src/ui-link/socket-place.js';
import { findFfmpeg, type Ffmpeg } from '../../src/video/ffmpeg.js';
import { CHARACTERISTIC, HapClient } from '../../test/support/hap-client.js';
import { startHomebridge, type Homebridge } from '../../test/support/homebridge.js';
import { RtspServer } from '../../test/support/rtsp-server.js';
import { portraitOf, stillOf, type CastName } from '../../test/visitors/index.js';
import { drawClips, guests, type Clips } from './clips.js';
import { MovableClock } from './clock.js';
import { CAMERA_HOST, type PrivateMounts, type SmallDisk } from './private-mounts.js';

const run = promisify(execFile);
const inside = fileURLToPath(new URL('./inside.mjs', import.meta.url));
const quiet = { debug: ignore, info: ignore, warn: console.warn, error: console.error };

/** Holds the converted networks (100 MB) and a household's book, with room to be filled up. */
const DISK_MB = 400;

/** The camera's password: what must stand in no log. */
export const PASSWORD = 'c4mera-S3cret';
export const BUTTON_TOKEN = 'a-token-of-the-button-0123456789';

export interface Door {
  readonly name: string;
  readonly camera: RtspServer;
}

export interface HouseOptions {
  /** Added to the plugin's settings. */
  readonly block?: object;
  /** Long timers follow the house's clock. */
  readonly pressed?: boolean;
}

/** A house for long runs: a real Homebridge with the plugin, simulated cameras, a movable clock, a small disk. */
export class House {
  homebridge!: Homebridge;
  bridge!: HapClient;
  clips!: Clips;
  ffmpeg!: Ffmpeg;
  readonly doors: Door[] = [];
  clock: MovableClock | undefined;
  disk: SmallDisk | undefined;
  /** Lines of every Homebridge that ran here, oldest first. */
  readonly earlierLog: string[] = [];
  buttonPort = 0;
  private folder = '';
  private pairing: HapClient['pairing'] | undefined;

  private constructor(
    readonly mounts: PrivateMounts | undefined,
    private readonly pressed: boolean,
  ) {}

  static async open(
    doors: number,
    mounts: PrivateMounts | undefined,
    { block = {}, pressed = false }: HouseOptions = {},
  ): Promise<House> {
    const house = new House(mounts, pressed);
    house.folder = await mkdtemp(join(tmpdir(), 'doorman-house-'));
    house.ffmpeg = await findFfmpeg({ logger: quiet });
    house.clips = await drawClips(house.ffmpeg);
    house.clock = MovableClock.create(house.folder);
    house.disk = mounts?.disk(DISK_MB);
    await mkdir(house.storage, { recursive: true });
    for (let at = 1; at <= doors; at++) {
      const camera = await RtspServer.start({
        clip: house.clips.porch,
        credentials: { scheme: 'digest', user: 'doorman', password: PASSWORD },
      });
      house.doors.push({ name: `Door ${at}`, camera });
    }
    house.buttonPort = 20_000 + Math.floor(Math.random() * 20_000);
    house.block = { ...house.platform(), ...block };
    await writeFile(join(house.storage, 'config.json'), JSON.stringify({ platforms: [house.block] }));
    await house.invite();
    await house.start();
    return house;
  }

  private block: object = {};

  get storage(): string {
    return join(this.disk?.folder ?? this.folder, 'storage');
  }

  get log(): readonly string[] {
    return [...this.earlierLog, ...this.homebridge.log];
  }

  /** Starts Homebridge (again) in the same storage, and waits until every camera is seen. */
  async start(waitForCameras = true): Promise<void> {
    this.homebridge = await startHomebridge({
      pluginPath: packageRoot,
      storage: this.storage,
      config: { platforms: [this.block] },
      nodeArgs: ['--expose-gc', '--import', inside],
      startTimeout: 120_000,
      env: { ...this.clock?.environment, ...(this.pressed && { DOORMAN_PRESSED: '1' }) },
    });
    const { homebridge } = this;
    const port = await homebridge.port();
    if (this.pairing === undefined) {
      this.bridge = await HapClient.pair({ port, pin: homebridge.pin });
      this.pairing = this.bridge.pairing;
    } else {
      this.bridge = await HapClient.connect(this.pairing, { port });
    }
    if (waitForCameras) {
      await Promise.all(this.doors.map(({ name }) => homebridge.logged(online(name), 120_000)));
    }
  }

  /** Homebridge is gone at once, as in a power cut. */
  async kill(): Promise<void> {
    const { homebridge } = this;
    process.kill(homebridge.pid, 'SIGKILL');
    await this.bridge.close().catch(ignore);
    await homebridge.stop();
    this.earlierLog.push(...homebridge.log);
  }

  async link(): Promise<UiLinkClient> {
    return UiLinkClient.connect(uiLinkSocket(this.storage));
  }

  /** Asks the plugin over a connection of its own. */
  async ask<T>(work: (link: UiLinkClient) => Promise<T>): Promise<T> {
    const link = await this.link();
    try {
      return await work(link);
    } finally {
      link.close();
    }
  }

  /** Waits until two different pictures have come from this door, one after the other. @throws when none do in time */
  async freshPicture(door: Door, withinMs: number): Promise<void> {
    const until = performance.now() + withinMs;
    let first: number | undefined;
    while (performance.now() < until) {
      const seen = await this.ask(async (link) => {
        while (performance.now() < until) {
          const within = { signal: AbortSignal.timeout(5000) };
          const { picture, at } = await link.ask('doorbell-picture', { name: door.name, width: 64 }, within);
          if (picture !== undefined && first !== undefined && at !== first) {
            return true;
          }
          first = picture === undefined ? first : at;
          await sleep(150);
        }
        return false;
      }).catch(() => sleep(150, false)); // Homebridge itself may be gone for now.
      if (seen) {
        return;
      }
    }
    throw new Error(`${door.name} shows no fresh picture after ${withinMs / 1000} s`);
  }

  /** Somebody walks up and must be named, in the log and by their sensor. @throws when they are not in time */
  async visit(door: Door, who: CastName, withinMs: number): Promise<void> {
    const from = this.homebridge.log.length;
    door.camera.play(this.clips.guests.get(who)!);
    try {
      await this.homebridge.logged(named(door.name, who), withinMs, from);
      const sensor = this.bridge.one(CHARACTERISTIC.occupancyDetected, who);
      for (const until = performance.now() + 5000; (await this.bridge.read(sensor)) !== 1;) {
        if (performance.now() > until) {
          throw new Error(`${who} was named at ${door.name}, but the sensor did not come on`);
        }
        await sleep(100);
      }
    } finally {
      await this.empty(door);
    }
  }

  /** Everybody goes; returns when the plugin has noticed, or after a while. */
  async empty(door: Door): Promise<void> {
    const from = this.homebridge.log.length;
    door.camera.play(this.clips.porch);
    await this.homebridge.logged(new RegExp(`${escaped(door.name)}: .* has left`), 12_000, from).catch(ignore);
  }

  /** Runs `doorman` beside the plugin. */
  async doorman(...args: string[]): Promise<string> {
    const command = [join(packageRoot, 'dist', 'cli', 'main.js'), '-U', this.storage, ...args];
    return (await run(process.execPath, command, { maxBuffer: 1 << 24 })).stdout;
  }

  async close(): Promise<{ left: number }> {
    await this.bridge.close().catch(ignore);
    const { left } = await this.homebridge.stop();
    for (const { camera } of this.doors) {
      await camera.stop();
    }
    this.disk?.remove();
    await rm(this.folder, { recursive: true, force: true });
    return { left: left.length };
  }

  private platform(): object {
    return {
      platform: 'Doorman',
      name: 'Doorman',
      liveness: 'announce',
      // However far the clock is moved, visits are counted.
      retention: { visitDays: 3650 },
      threads: 1,
      keyFile: join(this.folder, 'key'),
      button: { http: { port: this.buttonPort, token: BUTTON_TOKEN } },
      doorbells: this.doors.map(({ name, camera }) => ({
        name,
        url: this.mounts === undefined ? camera.url : camera.url.replace('127.0.0.1', CAMERA_HOST),
        framesPerSecond: 5,
        visitGapSeconds: 2,
        holdSeconds: 5,
      })),
    };
  }

  private async enroll(who: CastName): Promise<void> {
    const poses = [0, 0.25, -0.25, 0.1].map((yaw) => ({ yaw, pitch: yaw / 4, roll: 0 }));
    const files: string[] = [];
    for (const [at, pose] of poses.entries()) {
      const file = join(this.folder, `${who}-${at}.jpg`);
      await writeFile(file, await (await stillOf(portraitOf(who), { pose })).jpeg());
      files.push(file);
    }
    await this.doorman('enroll', who, ...files, '--consent', who);
  }

  /** Enrols the guests, or takes over the book in which an earlier run of the same code has done so. */
  private async invite(): Promise<void> {
    const kept = join(packageRoot, '.cache', `house-${await codeHash()}`);
    const places = [
      [join(kept, 'doorman'), join(this.storage, 'doorman')],
      [join(kept, 'key'), join(this.folder, 'key')],
    ] as const;
    if (!existsSync(kept)) {
      for (const who of guests) {
        await this.enroll(who);
      }
      for (const [theirs, ours] of places) {
        await cp(ours, theirs, { recursive: true });
      }
      return;
    }
    for (const [theirs, ours] of places) {
      await cp(theirs, ours, { recursive: true });
    }
  }
}

/** Of the code that makes a guest book: when it changes, guests are enrolled anew. */
async function codeHash(): Promise<string> {
  const hash = createHash('sha256').update(guests.join());
  for (const room of ['guestbook', 'vision', 'enrolment']) {
    const folder = join(packageRoot, 'dist', room);
    for (const file of (await readdir(folder, { recursive: true })).filter((name) => name.endsWith('.js')).sort()) {
      hash.update(await readFile(join(folder, file)));
    }
  }
  return hash.digest('hex').slice(0, 12);
}

const escaped = (text: string): string => text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');

export const online = (door: string): RegExp => new RegExp(`${escaped(door)}: The camera is online`);
export const offline = (door: string): RegExp => new RegExp(`${escaped(door)}: The camera is offline`);
export const named = (door: string, who: string): RegExp =>
  new RegExp(`${escaped(door)}: ${escaped(who)} \\(confidence`);

function ignore(): void {
  // Of no use here.
}
