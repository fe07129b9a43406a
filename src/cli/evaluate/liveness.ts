import { join } from 'node:path';
import { SingleBar } from 'cli-progress';
import { InvalidArgumentError, type Command } from 'commander';
import { findFfmpeg } from '../../video/ffmpeg.js';
import { readVideoFile } from '../../video/media-file.js';
import { createVision } from '../../vision/vision.js';
import { quietLogger } from '../setup.js';
import { defaultCache } from './chain.js';
import { fingerprint } from './fingerprint.js';
import { formatAppearance, judgeAppearance } from './liveness-appearance.js';
import { evaluateLiveness, type Progress } from './liveness-run.js';
import { drawReport } from './liveness-picture.js';
import { photoAttacks, PORTRAIT_SHARE } from './liveness-photos.js';
import { readLabelledClips } from './liveness-labels.js';
import { formatReport } from './liveness-report.js';
import { FilmWatcher } from './liveness-tracks.js';
import { wholeNumber } from './options.js';
import { writeJson, writePicture } from './report.js';
import { TrackCache } from './track-cache.js';

interface LivenessOptions {
  readonly json?: string;
  readonly out?: string;
  readonly fps?: number;
  readonly stills?: string;
  readonly attacks: number;
  readonly night: boolean;
  readonly appearance: boolean;
  readonly seed: number;
  readonly cache: string;
}

/** Enough of every kind for a first look; a claim takes some 200. */
const DEFAULT_ATTACKS = 27;

function frameRate(text: string): number {
  const value = Number(text);
  if (!(value >= 1 && value <= 60)) throw new InvalidArgumentError('must be a number from 1 to 60.');
  return value;
}

/** Registers `doorman evaluate liveness DIR`: labelled clips and synthesised photo attacks through the real chain. */
export function registerLiveness(evaluate: Command): void {
  evaluate
    .command('liveness')
    .description('blinks, attack and refusal rates (ISO/IEC 30107-3) of labelled clips and of photos made to move')
    .argument('<folder>', 'with clips/, blink-labels.json and images/genuine')
    .option('--json <file>', 'write the figures as JSON')
    .option('--out <folder>', 'write the picture (SVG and PNG) into this folder')
    .option('--fps <n>', 'judge blinks, visits and attacks at this frame rate only', frameRate)
    .option(
      '--stills <folder>',
      'portraits to make photo attacks from (default: the faces in images/genuine of the folder)',
    )
    .option('--attacks <n>', 'how many photo attacks of 10 s to make', wholeNumber, DEFAULT_ATTACKS)
    .option('--no-night', 'leave out the night-mode attack, which nearly doubles the work')
    .option('--appearance', 'also show images/ to the appearance networks, which take no part in the judgement', false)
    .option('--seed <n>', 'seed of every random choice', wholeNumber, 1)
    .option('--cache <folder>', 'where converted models, and what was seen in films, are kept', defaultCache)
    .action(run);
}

async function run(folder: string, options: LivenessOptions): Promise<void> {
  const ffmpeg = await findFfmpeg({ logger: quietLogger });
  const clips = await readLabelledClips(folder);
  const stills = options.stills ?? join(folder, 'images', 'genuine');
  // The folder's own pictures are faces cut out already.
  const share = options.stills === undefined ? 1 : PORTRAIT_SHARE;
  const attacks = await photoAttacks(stills, options.attacks, options.seed, ffmpeg, share);
  const vision = await createVision({ cacheFolder: join(options.cache, 'models'), logger: quietLogger });
  const watcher = new FilmWatcher(vision, await TrackCache.open(join(options.cache, 'evaluate', 'liveness')));
  const bar = new SingleBar({
    format: '{bar} {value}/{total} films, {eta_formatted} left: {name}',
    clearOnComplete: true,
  });
  const progress: Progress = {
    begin: (total) => bar.start(total, 0, { name: '' }),
    step: (name) => bar.increment({ name }),
  };
  try {
    const report = await evaluateLiveness({
      clips,
      attacks,
      night: options.night,
      ...(options.fps !== undefined && { fps: options.fps }),
      open: async ({ name, file }) => ({
        name,
        identity: await fingerprint(file),
        frames: () => readVideoFile(ffmpeg, file),
      }),
      watch: (film, blueLoss) => watcher.watch(film, blueLoss),
      progress,
    });
    bar.stop();
    console.log(formatReport(report));
    const appearance = options.appearance ? await judgeAppearance(vision, join(folder, 'images')) : undefined;
    if (appearance !== undefined) {
      console.log(`\n${formatAppearance(appearance)}`);
    }
    if (options.json !== undefined) {
      const figures = { ...report, ...(appearance && { appearance }) };
      await writeJson(options.json, figures);
    }
    if (options.out !== undefined) {
      await writePicture(options.out, 'liveness', drawReport(report));
    }
  } finally {
    bar.stop();
    await vision.dispose();
  }
}
