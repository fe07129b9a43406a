import { setTimeout as pause } from 'node:timers/promises';
import { parseConfig } from '../../src/config.js';
import type { GuestTemplates } from '../../src/types.js';
import { findFfmpeg, type Ffmpeg } from '../../src/video/ffmpeg.js';
import type { Vision } from '../../src/vision/vision.js';
import type { WorkerSettings } from '../../src/worker/messages.js';
import { encodeFrames, RtspServer, type Clip } from '../../test/support/rtsp-server.js';
import { toI420 } from '../../test/vision/support/frames.js';
import { framesOf, portraitOf, Scene, Visitor, type CastName } from '../../test/visitors/index.js';
import { Child, cpuSeconds } from './child.js';
import { cacheFolder, enrol, household, openVision, quiet } from './household.js';
import { daylight } from './reel.js';

/** Doorbells side by side in one plugin. CPU in shares of one core. */
export interface CamerasTogether {
  readonly cameras: number;
  /** The plugin with all its ffmpegs, while nobody is at any door and while somebody is. */
  readonly idle: number;
  readonly busy: number;
  /** What the simulated cameras cost meanwhile; it is taken from the same machine. */
  readonly simulation: number;
  readonly visits: number;
  readonly named: number;
  readonly wrong: number;
  /** From the first usable face before the camera to the decision in the main thread, ms. */
  readonly median: number;
  readonly percentile95: number;
  /** What the log said of a machine that is too slow. */
  readonly complaints: readonly string[];
}

export const LIMIT_MS = 3000;

export interface CamerasInput {
  readonly settings: readonly WorkerSettings[];
  readonly guests: readonly GuestTemplates[];
}

export type CamerasMessage =
  | { readonly type: 'watching' }
  | { readonly type: 'decided'; readonly door: number; readonly at: number; readonly name: string | undefined }
  | { readonly type: 'log'; readonly door: number; readonly line: string };

const SIZE = { width: 1920, height: 1080 };
const STREAM_RATE = 15;
/** A visit's film, s; then the porch is empty until the visit is over. */
const SECONDS = 9;
const GAP_SECONDS = 3;
const REST_MS = 8000;
/** Visits of every second round begin so far apart, ms; those of the others at once. */
const STAGGER_MS = 1500;

interface Film {
  readonly who: CastName;
  readonly clip: Clip;
  /** From the film's beginning to the first frame whose face has no fault, ms. */
  readonly usableAt: number;
}

/** Guests come to one, two and three doors, again and again. @param rounds visits at each door */
export async function camerasTogether(rounds: number): Promise<CamerasTogether[]> {
  const ffmpeg = await findFfmpeg({ logger: quiet });
  const vision = await openVision();
  const guests = await enrol(vision, household);
  const films: Film[] = [];
  for (const who of ['Anna', 'Ben', 'Clara'] as const) {
    films.push(await filmOf(ffmpeg, vision, who));
  }
  await vision.dispose();
  const porch = await encodeFrames(ffmpeg, pictures(new Scene([], { ...SIZE, light: daylight }), 4), {
    ...SIZE,
    framesPerSecond: STREAM_RATE,
  });
  const figures: CamerasTogether[] = [];
  for (const cameras of [1, 2, 3]) {
    figures.push(await watch(cameras, { ffmpeg, guests, films, porch, rounds }));
  }
  return figures;
}

interface Stage {
  readonly ffmpeg: Ffmpeg;
  readonly guests: readonly GuestTemplates[];
  readonly films: readonly Film[];
  readonly porch: Clip;
  readonly rounds: number;
}

async function watch(cameras: number, { ffmpeg, guests, films, porch, rounds }: Stage): Promise<CamerasTogether> {
  const servers = await Promise.all(Array.from({ length: cameras }, () => RtspServer.start({ clip: porch })));
  const child = Child.start<CamerasInput, CamerasMessage>('./cameras-process.ts');
  try {
    await child.ask({ settings: servers.map(({ url }, door) => settingsFor(ffmpeg, url, door)), guests });
    // Past the gates' learning.
    await pause(6000);
    const idle = meter(child.pid);
    await pause(10_000);
    const { doorman: idleShare } = idle();

    const outcomes: { readonly delay: number; readonly isRight: boolean }[] = [];
    const complaints: string[] = [];
    /** Who is at each door, and when the first usable face was before the camera. */
    const expected = new Map<number, { readonly who: CastName; readonly usableAt: number }>();
    child.listen((message) => {
      if (message.type === 'log' && /too slow/.test(message.line)) {
        complaints.push(message.line);
      }
      const visit = message.type === 'decided' ? expected.get(message.door) : undefined;
      if (message.type === 'decided' && visit !== undefined) {
        expected.delete(message.door);
        outcomes.push({ delay: message.at - visit.usableAt, isRight: message.name === visit.who });
      }
    });
    const busy = meter(child.pid);
    for (let round = 0; round < rounds; round++) {
      await Promise.all(
        servers.map(async (server, door) => {
          await pause(round % 2 === 0 ? 0 : door * STAGGER_MS);
          const { who, clip, usableAt } = films[(door + round) % films.length]!;
          server.play(clip);
          expected.set(door, { who, usableAt: Date.now() + usableAt });
          await pause(SECONDS * 1000);
          server.play(porch);
          await pause(REST_MS);
          expected.delete(door);
        }),
      );
    }
    const { doorman, simulation } = busy();
    const delays = outcomes.flatMap(({ delay, isRight }) => (isRight ? [delay] : [])).sort((a, b) => a - b);
    const quantile = (share: number): number => delays[Math.ceil(share * delays.length) - 1] ?? NaN;
    return {
      ...{ cameras, idle: idleShare, busy: doorman, simulation, complaints },
      visits: rounds * cameras,
      named: delays.length,
      wrong: outcomes.length - delays.length,
      median: quantile(0.5),
      percentile95: quantile(0.95),
    };
  } finally {
    await child.stop();
    await Promise.all(servers.map((server) => server.stop()));
  }
}

/** Begins to count CPU; the function returned ends it. This process is the simulated cameras. */
function meter(doorman: number): () => { doorman: number; simulation: number } {
  const [began, before, own] = [performance.now(), cpuSeconds(doorman), process.cpuUsage()];
  return () => {
    const seconds = (performance.now() - began) / 1000;
    const { user, system } = process.cpuUsage(own);
    return { doorman: (cpuSeconds(doorman) - before) / seconds, simulation: (user + system) / 1e6 / seconds };
  };
}

function settingsFor(ffmpeg: Ffmpeg, url: string, door: number): WorkerSettings {
  const doorbells = [{ name: `Door ${door + 1}`, url, liveness: 'announce', visitGapSeconds: GAP_SECONDS }];
  const parsed = parseConfig({ platform: 'Doorman', doorbells });
  const doorbell = parsed.config === undefined ? undefined : parsed.doorbells[0];
  if (parsed.config === undefined || doorbell === undefined) {
    throw new Error('The doorbells of the measurement are not valid ones.');
  }
  const { engine, encoder, classifier, falseAcceptRate } = parsed.config;
  return { doorbell, ffmpeg, engine, encoder, classifier, falseAcceptRate, cacheFolder, inbox: true };
}

async function filmOf(ffmpeg: Ffmpeg, vision: Vision, who: CastName): Promise<Film> {
  const visitor = new Visitor(who, portraitOf(who), { arrives: 300, leaves: SECONDS * 1000 - 1000, size: 190 });
  let usableAt: number | undefined;
  const scene = new Scene([visitor], { ...SIZE, light: daylight });
  const frames = pictures(scene, SECONDS, async (rgb, time) => {
    if (usableAt === undefined && time >= 300) {
      const faces = await vision.find(toI420({ format: 'rgb24', ...SIZE, data: rgb, timestamp: time }));
      usableAt = faces.some(({ quality }) => quality.faults.length === 0) ? time : undefined;
    }
  });
  const clip = await encodeFrames(ffmpeg, frames, { ...SIZE, framesPerSecond: STREAM_RATE });
  if (usableAt === undefined) {
    throw new Error(`No usable face of ${who} is in the film.`);
  }
  return { who, clip, usableAt };
}

async function* pictures(
  scene: Scene,
  seconds: number,
  look?: (rgb: Uint8Array, time: number) => Promise<void>,
): AsyncGenerator<Uint8Array> {
  for await (const { rgb, time } of framesOf(scene, seconds, STREAM_RATE)) {
    // The canvas is drawn over while the pipe still holds the picture.
    const copy = rgb.slice();
    await look?.(copy, time);
    yield copy;
  }
}
