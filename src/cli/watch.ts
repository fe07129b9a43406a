import { randomUUID } from 'node:crypto';
import type { Command } from 'commander';
import type { VisitEvent } from '../types.js';
import { CameraReader } from '../video/camera-reader.js';
import { parseCameraUrl } from '../video/camera-url.js';
import { readVideoFile } from '../video/media-file.js';
import { MotionGate } from '../video/motion-gate.js';
import { SharedCamera } from '../video/shared-camera.js';
import { sightOf, type Sight } from '../video/sight.js';
import { Visits } from '../visit/visits.js';
import { describeDecision } from '../visit/words.js';
import { livenessPolicies } from '../config.js';
import { Pipeline } from '../worker/pipeline.js';
import { Recogniser } from '../worker/recogniser.js';
import { CliError } from './cli-error.js';
import type { CliContext } from './context.js';
import { openFfmpeg, openVision, quietLogger, type Setup } from './setup.js';

interface WatchOptions {
  readonly liveness?: (typeof livenessPolicies)[number];
  readonly fps: string;
}

/** `doorman watch URL|FILE`: what the doorbell would decide, live, without HomeKit. */
export function registerWatch(program: Command, context: CliContext): void {
  program
    .command('watch')
    .description('decisions on a camera or a film, live')
    .argument('<source>', 'rtsp:// address or video file')
    .option('--liveness <policy>', `one of ${livenessPolicies.join(', ')}`)
    .option('--fps <number>', 'frames looked at per second', '10')
    .action(async (source: string, options: WatchOptions) => {
      const framesPerSecond = Number(options.fps);
      if (!(framesPerSecond >= 1 && framesPerSecond <= 30)) {
        throw new CliError('--fps must be a number from 1 to 30.');
      }
      if (options.liveness !== undefined && !livenessPolicies.includes(options.liveness)) {
        throw new CliError(`--liveness must be one of ${livenessPolicies.join(', ')}.`);
      }
      if (isAddress(source)) checkAddress(source);
      const setup = await context.setup();
      const vision = await openVision(setup);
      try {
        const recogniser = await Recogniser.create({ ...setup.config, tuned: setup.tuned });
        await recogniser.classifier.fit(await context.withBook((book) => book.galleryFor(vision.encoder)));
        const visits = new Visits(
          recogniser.rules('watch', options.liveness ?? setup.config.liveness, 5000, randomUUID),
        );
        const pipeline = new Pipeline(new MotionGate({ ignoreRegions: [] }), vision, visits);
        const show = (events: readonly VisitEvent[]): void => events.forEach((event) => print(event));
        const look = async (sight: Sight): Promise<boolean> => {
          const { events, closer } = await pipeline.process(sight);
          show(events);
          return closer;
        };
        const last = await (isAddress(source) ? watchCamera : watchFile)({
          source,
          framesPerSecond,
          setup,
          look,
        });
        show(visits.close(last));
      } finally {
        await vision.dispose();
      }
    });
}

const isAddress = (source: string): boolean => /^[a-z][a-z0-9+.-]*:\/\//i.test(source);

/** @throws CliError before anything is loaded. */
function checkAddress(source: string): void {
  try {
    parseCameraUrl(source);
  } catch (error) {
    throw new CliError((error as Error).message, { cause: error });
  }
}

interface Watching {
  readonly source: string;
  readonly framesPerSecond: number;
  readonly setup: Setup;
  /** Tells whether the next picture is worth having whole. */
  readonly look: (sight: Sight) => Promise<boolean>;
}

/** Returns the time of the last frame. */
async function watchFile({ source, framesPerSecond, setup, look }: Watching): Promise<number> {
  const ffmpeg = await openFfmpeg(setup);
  let last = 0;
  for await (const frame of readVideoFile(ffmpeg, source, { framesPerSecond, signal: interruption() })) {
    last = frame.timestamp;
    await look(sightOf(frame));
  }
  return last;
}

/** Watches until Ctrl-C. A camera that cannot be read at all ends the command; one that is lost later does not. */
async function watchCamera({ source, framesPerSecond, setup, look }: Watching): Promise<number> {
  const signal = interruption();
  const { decoder = 'software', transport = 'tcp' } = setup.doorbells.find(({ url }) => url === source) ?? {};
  let seen = false;
  // A camera that is not seen at all ends the command, which says why itself.
  const warn = (...text: unknown[]): void => {
    if (seen || !String(text[0]).startsWith('The camera is offline')) quietLogger.warn(...text);
  };
  const logger = { ...quietLogger, info: quietLogger.warn, warn };
  const ffmpeg = await openFfmpeg(setup);
  const camera = new SharedCamera({ ffmpeg, url: source, transport, logger });
  const reader = new CameraReader({
    ffmpeg,
    camera,
    framesPerSecond,
    decoder,
    logger,
  });
  const fault = await new Promise<string | undefined>((resolve) => {
    reader.on('online', () => (seen = true));
    reader.on('offline', (reason) => !seen && resolve(reason));
    reader.on('sight', async (sight) => void (reader.wantsWhole = await look(sight)));
    signal.addEventListener('abort', () => resolve(undefined), { once: true });
    reader.start(signal);
  });
  await reader.stop();
  await camera.stop();
  if (fault !== undefined) {
    throw new CliError(fault);
  }
  return Date.now();
}

function interruption(): AbortSignal {
  const stop = new AbortController();
  process.once('SIGINT', () => stop.abort());
  process.once('SIGTERM', () => stop.abort());
  return stop.signal;
}

function print(event: VisitEvent): void {
  const time = (at: number): string =>
    at < 1e9 ? `${(at / 1000).toFixed(1).padStart(7)} s` : new Date(at).toLocaleTimeString();
  switch (event.type) {
    case 'started':
      console.log(`${time(event.visit.startedAt)}  somebody is at the door`);
      break;
    case 'withheld':
      console.log(`${time(event.visit.startedAt)}  somebody is recognised; the name waits for a sign of life`);
      break;
    case 'decided':
      console.log(`${time(event.visit.decidedAt!)}  ${describeDecision(event.visit.decision, event.inputs.elapsed)}`);
      break;
    case 'ended':
      console.log(`${time(event.visit.endedAt!)}  ${event.visit.decision?.guest?.name ?? 'the visitor'} has left`);
      break;
    case 'pressed':
      break;
  }
}
