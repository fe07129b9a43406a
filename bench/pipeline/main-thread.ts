import { parseConfig } from '../../src/config.js';
import { findFfmpeg } from '../../src/video/ffmpeg.js';
import type { GuestTemplates } from '../../src/types.js';
import type { WorkerSettings } from '../../src/worker/messages.js';
import { encodeFrames, RtspServer } from '../../test/support/rtsp-server.js';
import { framesOf, portraitOf, Scene, Visitor } from '../../test/visitors/index.js';
import { Child } from './child.js';
import { cacheFolder, enrol, household, openVision, quiet } from './household.js';
import { daylight, FRAMES_PER_SECOND } from './reel.js';

/** Delay of the main thread's event loop, ms. The sampling interval of 1 ms is part of every figure. */
export interface MainThread {
  /** From starting the worker to its readiness: the networks load meanwhile. */
  readonly starting: LoopDelay;
  /** From an empty porch over arrival, decision and pictures to the end of the film. */
  readonly visit: LoopDelay;
  readonly decided: string | undefined;
}

export interface LoopDelay {
  readonly seconds: number;
  readonly median: number;
  readonly percentile99: number;
  readonly max: number;
}

export interface MainThreadInput {
  readonly settings: WorkerSettings;
  readonly guests: readonly GuestTemplates[];
  /** The film's length, s. */
  readonly seconds: number;
}

export const LIMIT_MS = 50;

const SECONDS = 14;

/** A guest comes to the door, and the process that hosts the doorbell's worker watches its own event loop. */
export async function mainThreadDelay(): Promise<MainThread> {
  const ffmpeg = await findFfmpeg({ logger: quiet });
  const vision = await openVision();
  const guests = await enrol(vision, household);
  await vision.dispose();
  const size = { width: 1920, height: 1080, framesPerSecond: FRAMES_PER_SECOND };
  const anna = new Visitor('Anna', portraitOf('Anna'), { arrives: 3000, leaves: 12_000 });
  const scene = new Scene([anna], { ...size, light: daylight });
  const server = await RtspServer.start({ clip: await encodeFrames(ffmpeg, pictures(scene), size) });
  const child = Child.start<MainThreadInput, MainThread>('./main-thread-process.ts');
  try {
    const parsed = parseConfig({ platform: 'Doorman', doorbells: [{ name: 'Front door', url: server.url }] });
    const doorbell = parsed.config === undefined ? undefined : parsed.doorbells[0];
    if (parsed.config === undefined || doorbell === undefined) {
      throw new Error('The doorbell of the measurement is not a valid one.');
    }
    const { engine, encoder, classifier, falseAcceptRate, threads } = parsed.config;
    const settings = { doorbell, ffmpeg, engine, encoder, classifier, falseAcceptRate, cacheFolder, inbox: true };
    return await child.ask({
      settings: { ...settings, ...(threads !== undefined && { threads }) },
      guests,
      seconds: SECONDS,
    });
  } finally {
    await child.stop();
    await server.stop();
  }
}

async function* pictures(scene: Scene): AsyncGenerator<Uint8Array> {
  for await (const { rgb } of framesOf(scene, SECONDS, FRAMES_PER_SECOND)) {
    yield rgb.slice();
  }
}
