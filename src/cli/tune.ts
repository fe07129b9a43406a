import { resolve } from 'node:path';
import { SingleBar } from 'cli-progress';
import { InvalidArgumentError, type Command } from 'commander';
import { GuestBook } from '../guestbook/book.js';
import { distanceHistogram } from './evaluate/histogram.js';
import { writeJson, writePicture } from './evaluate/report.js';
import { encodeAgain } from '../studio/encode-again.js';
import { Studio } from '../studio/studio.js';
import { HouseholdTuning, type TuneOptions } from '../studio/tuning.js';
import type { JudgedEncoder, TuningReport } from '../studio/tuning/report.js';
import { tuningReport } from '../ui-link/plugin-messages.js';
import type { Progress } from '../ui-link/protocol.js';
import { localBook } from '../ui-link/book-access.js';
import { unpackCrop } from '../enrolment/crop-file.js';
import { CliError } from './cli-error.js';
import type { CliContext } from './context.js';
import { openVision, quietLogger, readSetup } from './setup.js';
import { table } from './table.js';

interface TuneCommandOptions {
  readonly strangers?: string;
  readonly minutes: number;
  readonly back: boolean;
  readonly show: boolean;
  readonly json?: string;
  readonly out?: string;
}

/** `doorman tune`: tunes the encoder on the household's faces, shows before and after, promotes or steps back. */
export function registerTune(program: Command, context: CliContext): void {
  program
    .command('tune')
    .description('tune the encoder’s last layers on the kept faces; what is not better is not put in force')
    .option('--strangers <dir>', 'one folder of photos for each of 600 people or more who are no guests')
    .option('--minutes <n>', 'longest time for training itself', minutes, 30)
    .option('--back', 'one step back: the encoder as it was before', false)
    .option('--show', 'what the last tuning found', false)
    .option('--json <file>', 'write what was found as JSON')
    .option('--out <folder>', 'write the histograms before and after into this folder')
    .action(async (options: TuneCommandOptions) => {
      const found = await context.withTuning({
        running: async (client) => {
          if (options.back) {
            return told((await client.ask('tune-back', {})).steppedBack);
          }
          if (options.show) {
            return (await client.ask('tune-state', {})).report;
          }
          const bar = progressBar();
          try {
            return await client.ask('tune', asked(options), { progress: bar.tell });
          } finally {
            bar.stop();
          }
        },
        alone: (book) => withoutPlugin(book, context.storage(), options),
      });
      if (found === 'done') {
        return;
      }
      if (found === undefined) {
        throw new CliError('Nothing has been tuned yet.');
      }
      await show(found, options);
    });
}

const asked = ({ strangers, minutes: longest }: TuneCommandOptions): TuneOptions => ({
  ...(strangers !== undefined && { strangersFolder: resolve(strangers) }),
  timeLimit: Math.round(60 * longest),
});

function told(steppedBack: boolean): 'done' {
  console.log(steppedBack ? 'The encoder is as it was before tuning.' : 'No tuned encoder is in force.');
  return 'done';
}

/** Nobody is in a hurry: what is being computed may end. */
const STOP_PATIENCE_MS = 60_000;

/** The book is this process' own: it does what the plugin would. */
async function withoutPlugin(
  book: GuestBook,
  storage: string,
  options: TuneCommandOptions,
): Promise<TuningReport | 'done' | undefined> {
  const setup = await readSetup(storage);
  const { config, cacheFolder } = setup;
  if (options.back) {
    const steppedBack = await book.stepBackEncoder();
    if (steppedBack) {
      const vision = await openVision(setup);
      const { id, version } = vision.encoder;
      const encode = async (crop: Parameters<typeof unpackCrop>[0]) => vision.encodeCrop(await unpackCrop(crop));
      const { warnings } = await encodeAgain({ book: localBook(book), encoder: { id, version }, encode }).finally(() =>
        vision.dispose(),
      );
      warnings.forEach((warning) => console.log(warning));
    }
    return told(steppedBack);
  }
  if (options.show) {
    return tuningReport.safeParse(await book.tuningReport()).data;
  }
  const { engine, encoder, classifier, threads, ffmpegPath } = config;
  const studio = new Studio({
    settings: {
      engine,
      encoder,
      classifier,
      cacheFolder,
      tuned: book.tunedEncoder(),
      ...(threads !== undefined && { threads }),
      ...(ffmpegPath !== undefined && { ffmpegPath }),
    },
    logger: quietLogger,
  });
  const falseAcceptRate = (): number => book.settings().falseAcceptRate ?? config.falseAcceptRate;
  const tuning = new HouseholdTuning({ book, studio, falseAcceptRate, strangersFolder: config.tuning.strangersFolder });
  const interrupted = (): void => void tuning.cancel();
  process.once('SIGINT', interrupted);
  const bar = progressBar();
  try {
    return await tuning.run(asked(options), bar.tell);
  } catch (error) {
    throw new CliError(error instanceof Error ? error.message : String(error), { cause: error });
  } finally {
    bar.stop();
    process.off('SIGINT', interrupted);
    await studio.stop(STOP_PATIENCE_MS);
  }
}

function progressBar(): { tell: (progress: Progress) => void; stop: () => void } {
  const bar = new SingleBar({ format: '{bar} {value}/{total} {step}', hideCursor: false, clearOnComplete: true });
  let step = '';
  return {
    tell: ({ done, total = 0, step: now = '' }) => {
      if (now.split(',')[0] !== step) {
        step = now.split(',')[0]!;
        bar.start(total, done, { step: now });
      }
      bar.update(done, { step: now });
    },
    stop: () => bar.stop(),
  };
}

async function show(report: TuningReport, { json, out }: TuneCommandOptions): Promise<void> {
  const { before, after, strangers, heldOut, training } = report;
  const row = (what: string, pick: (side: JudgedEncoder) => string): string[] => [what, pick(before), pick(after)];
  console.log(
    table([
      ['', 'before', 'after'],
      row(`guests’ looks turned away (of ${heldOut.looks})`, ({ falseRejects }) => String(falseRejects)),
      row(`strangers named (of ${strangers.judged})`, ({ falseAccepts }) => String(falseAccepts)),
      row('… at 10 and 50 times the promised rate', ({ falseAcceptsLoose }) => falseAcceptsLoose.join(', ')),
    ]),
  );
  for (const [what, side] of [
    ['before', before],
    ['after', after],
  ] as const) {
    const { labels, counts } = side.confusion;
    const rows = labels.map((label, i) => [label, ...counts[i]!.map(String)]);
    console.log(`\n${table([[what, ...labels.map((label) => `→ ${label}`)], ...rows])}`);
    if (out !== undefined) {
      const series = [
        { label: 'guests', colour: '#1565c0', values: side.distances.guests },
        { label: 'strangers', colour: '#ef6c00', values: side.distances.strangers },
      ];
      await writePicture(out, `tuning-${what}`, distanceHistogram(`${what} tuning`, series, side.tau));
    }
  }
  console.log(
    `\n${training.steps} steps (${training.ended}), the best was step ${training.bestStep}; ` +
      `${report.seconds} s, ${report.memoryMb} MB.\n${report.reason}`,
  );
  if (json !== undefined) {
    await writeJson(json, report);
  }
}

function minutes(text: string): number {
  const value = Number(text);
  if (!(value >= 0.2 && value <= 1440)) {
    throw new InvalidArgumentError('must be a number of minutes, 0.2 to 1440.');
  }
  return value;
}
