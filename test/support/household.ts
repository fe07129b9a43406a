import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { packageRoot } from '../../src/package-root.js';
import { findFfmpeg, type Ffmpeg } from '../../src/video/ffmpeg.js';
import { film, type FilmPlan } from '../visitors/film-plan.js';
import { portraitOf, stillOf, type CastName } from '../visitors/index.js';
import { loadClip, RtspServer, type Clip } from './rtsp-server.js';
import { startHomebridge, type Homebridge, type HomebridgeOptions } from './homebridge.js';

const run = promisify(execFile);

const silent = { debug: () => undefined, info: () => undefined, warn: () => undefined, error: () => undefined };

const WIDTH = 1280;
const HEIGHT = 720;
const FRAMES_PER_SECOND = 10;

/** Poses in which a guest is photographed for enrolment, radians. */
const sittings = [
  { yaw: 0, pitch: 0, roll: 0 },
  { yaw: 0.25, pitch: 0, roll: 0 },
  { yaw: -0.25, pitch: 0, roll: 0.05 },
  { yaw: 0, pitch: 0.15, roll: 0 },
  { yaw: 0.1, pitch: -0.12, roll: -0.05 },
];

/** A home for tests: a folder with Homebridge's storage, a camera, guests enrolled with the real command. */
export class Household {
  private constructor(
    readonly folder: string,
    readonly ffmpeg: Ffmpeg,
    readonly camera: RtspServer,
    private readonly porch: Clip,
  ) {}

  static async create(): Promise<Household> {
    const folder = await mkdtemp(join(tmpdir(), 'doorman-household-'));
    const ffmpeg = await findFfmpeg({ logger: silent });
    const porch = await drawClip(ffmpeg, [], 2);
    return new Household(folder, ffmpeg, await RtspServer.start({ clip: porch }), porch);
  }

  /** A film of these people at the door, to be shown with `camera.play`. */
  clip(performers: FilmPlan['performers'], seconds: number): Promise<Clip> {
    return drawClip(this.ffmpeg, performers, seconds);
  }

  /** Anna walks up, looks aside and back, and blinks. */
  annaAtTheDoor(): Promise<Clip> {
    const looks = [
      { at: 2500, yaw: 0.3 },
      { at: 4000, yaw: 0 },
    ];
    return this.clip([{ kind: 'visitor', who: 'Anna', behaviour: { looks } }], 12);
  }

  /** Everybody has gone. */
  showEmptyPorch(): void {
    this.camera.play(this.porch);
  }

  get storage(): string {
    return join(this.folder, 'storage');
  }

  /** The platform's block, with a doorbell at this home's camera. */
  platform(settings: Readonly<Record<string, unknown>> = {}, door: Readonly<Record<string, unknown>> = {}): object {
    return {
      platform: 'Doorman',
      name: 'Doorman',
      keyFile: join(this.folder, 'key'),
      doorbells: [{ name: 'Front Door', url: this.camera.url, visitGapSeconds: 4, holdSeconds: 5, ...door }],
      ...settings,
    };
  }

  /** Runs `doorman`. Rejects with the command's output when it ends with another code than 0. */
  async doorman(...args: string[]): Promise<string> {
    await mkdir(this.storage, { recursive: true });
    const { stdout } = await run(
      process.execPath,
      [join(packageRoot, 'dist', 'cli', 'main.js'), '-U', this.storage, ...args],
      { env: cleanEnvironment(), maxBuffer: 1 << 24 },
    );
    return stdout;
  }

  /** Photographs somebody of the cast and enrols them. */
  async enroll(name: CastName): Promise<string> {
    const photos = await Promise.all(
      sittings.map(async (pose, at) => {
        const file = join(this.folder, `${name}-${at}.jpg`);
        await writeFile(file, await (await stillOf(portraitOf(name), { pose })).jpeg());
        return file;
      }),
    );
    return this.doorman('enroll', name, ...photos, '--consent', name);
  }

  async writeConfig(platform: object): Promise<void> {
    await mkdir(this.storage, { recursive: true });
    await writeFile(join(this.storage, 'config.json'), JSON.stringify({ platforms: [platform] }));
  }

  startHomebridge(platform: object, options: Partial<HomebridgeOptions> = {}): Promise<Homebridge> {
    return startHomebridge({
      pluginPath: packageRoot,
      storage: this.storage,
      config: { platforms: [platform] },
      ...options,
    });
  }

  async remove(): Promise<void> {
    await this.camera.stop();
    await rm(this.folder, { recursive: true, force: true });
  }
}

async function drawClip(ffmpeg: Ffmpeg, performers: FilmPlan['performers'], seconds: number): Promise<Clip> {
  const plan = { width: WIDTH, height: HEIGHT, framesPerSecond: FRAMES_PER_SECOND, performers, seconds };
  return loadClip(ffmpeg, await film({ ...plan, ffmpegPath: ffmpeg.path }), FRAMES_PER_SECOND);
}

/** The command must not notice that a test runs it. */
function cleanEnvironment(): NodeJS.ProcessEnv {
  const { NODE_ENV: _env, JEST_WORKER_ID: _worker, NODE_OPTIONS: _options, ...rest } = process.env;
  return rest;
}
