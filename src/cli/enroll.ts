import { stat } from 'node:fs/promises';
import { SingleBar } from 'cli-progress';
import type { Command } from 'commander';
import { enrolFiles, type EnrolmentStep } from '../enrolment/files.js';
import type { NewFace } from '../guestbook/types.js';
import { coach, type Coaching } from '../recognition/coaching.js';
import type { EncoderId } from '../types.js';
import { readPopulation } from '../worker/recogniser.js';
import { CliError } from './cli-error.js';
import type { CliContext } from './context.js';
import { refuseAddresses } from './photo-arguments.js';
import { openFfmpeg, openVision } from './setup.js';
import { table } from './table.js';

interface EnrollOptions {
  readonly consent?: string;
  readonly until?: string;
  readonly relation?: string;
}

/** `doorman enroll NAME FILES…`: photos and films of a guest become templates in the guest book. */
export function registerEnroll(program: Command, context: CliContext): void {
  program
    .command('enroll')
    .description('enrol a guest from photos and films; known guests get more templates')
    .argument('<name>', 'the guest’s name')
    .argument('<files...>', 'photos or films that show this guest alone')
    .option('--consent <who>', 'who said yes to being recognised by face: the guest, or for a child a parent')
    .option('--until <date>', 'the consent ends on this day (YYYY-MM-DD)')
    .option('--relation <words>', 'for example "sister" or "postman"')
    .action(async (name: string, files: string[], options: EnrollOptions) => {
      refuseAddresses(files);
      const known = await context.withBook(async (book) => (await book.guests()).find((guest) => guest.name === name));
      if (known === undefined && options.consent === undefined) {
        throw new CliError(
          `${name} must have agreed to be recognised by face. Ask, then say who agreed: --consent "${name}"`,
        );
      }
      const until = options.until === undefined ? undefined : endOfDay(options.until);
      const steps = await look(files, context);
      console.log(table([['picture', 'taken', 'quality'], ...steps.map(describe)]));
      const faces = steps.flatMap(({ face }) => (face === undefined ? [] : [face]));
      if (faces.length === 0) {
        throw new CliError(`No picture of ${name} could be used, so nothing was changed.`);
      }
      const [guestId, gallery] = await context.withBook(async (book) => {
        const guest =
          known ??
          (await book.addGuest({
            name,
            ...(options.relation !== undefined && { relation: options.relation }),
            consent: {
              by: options.consent!,
              purpose: 'to be recognised at the door',
              at: Date.now(),
              ...(until !== undefined && { until }),
            },
          }));
        await book.addFaces(guest.id, faces);
        return [guest.id, await book.galleryFor(faces[0]!.encoder)] as const;
      });
      console.log(`\n${name}: ${faces.length} of ${steps.length} looks were taken.${advice(faces.length)}`);
      const { config, tuned } = await context.setup();
      remarksOn(coach(await readPopulation(config.encoder, tuned), gallery), guestId).forEach((line) =>
        console.log(line),
      );
    });
}

/** Whom the guest may be mistaken for. */
function remarksOn({ lookAlikes, harmful }: Coaching, guestId: string): string[] {
  const resembled = lookAlikes.flatMap(({ first, second, distance, indistinguishable }) => {
    if (first.id !== guestId && second.id !== guestId) return [];
    const [self, other] = first.id === guestId ? [first.name, second.name] : [second.name, first.name];
    return indistinguishable
      ? `${self} has the same face as ${other} (distance ${distance.toFixed(2)}): neither will be named until one of them is forgotten or the wrong photos are removed.`
      : `${self} looks like ${other} (distance ${distance.toFixed(2)}): more photos of both keep them apart.`;
  });
  const nearer = new Set(harmful.filter((photo) => photo.guestId === guestId).map(({ nearerTo }) => nearerTo));
  return [
    ...resembled,
    ...[...nearer].map((other) => `A photo is nearer to ${other} than to the guest’s others: is it the right person?`),
  ];
}

interface EnrolledStep extends EnrolmentStep {
  readonly face?: NewFace;
}

async function look(files: readonly string[], context: CliContext): Promise<EnrolledStep[]> {
  for (const file of files) {
    if (!(await stat(file).catch(() => undefined))?.isFile()) {
      throw new CliError(`There is no file ${file}.`);
    }
  }
  const setup = await context.setup();
  const [vision, ffmpeg] = await Promise.all([openVision(setup), openFfmpeg(setup)]);
  const encoder: EncoderId = { id: vision.encoder.id, version: vision.encoder.version };
  const bar = new SingleBar({
    format: 'Looking {bar} {value} pictures · {source}',
    hideCursor: true,
    noTTYOutput: false,
  });
  const stop = new AbortController();
  const interrupt = (): void => stop.abort(new CliError('Interrupted; nothing was changed.'));
  process.once('SIGINT', interrupt);
  bar.start(files.length, 0, { source: '' });
  try {
    const steps: EnrolledStep[] = [];
    for await (const step of enrolFiles({ files, vision, ffmpeg, signal: stop.signal })) {
      steps.push({ ...step, ...(step.taken && { face: newFace(step.taken, encoder, step.kind) }) });
      bar.setTotal(Math.max(files.length, steps.length));
      bar.update(steps.length, { source: step.source });
    }
    return steps;
  } finally {
    bar.stop();
    process.off('SIGINT', interrupt);
    await vision.dispose();
  }
}

const newFace = (
  taken: NonNullable<EnrolmentStep['taken']>,
  encoder: EncoderId,
  source: NewFace['source'],
): NewFace => ({
  embedding: taken.embedding,
  encoder,
  quality: taken.quality.score,
  pose: taken.pose,
  crop: taken.crop,
  source,
});

const describe = ({ source, taken, refused }: EnrolledStep): string[] =>
  taken === undefined ? [source, 'no', refused ?? ''] : [source, 'yes', taken.quality.score.toFixed(2)];

const advice = (count: number): string =>
  count < 5 ? ' Five or more, from several sides and in several lights, make recognition surer.' : '';

function endOfDay(date: string): number {
  const time = Date.parse(`${date}T23:59:59`);
  if (!/^\d{4}-\d\d-\d\d$/.test(date) || Number.isNaN(time)) {
    throw new CliError(`"${date}" is not a date such as 2027-12-31.`);
  }
  if (time < Date.now()) {
    throw new CliError(`The consent would have ended on ${date}, before it began.`);
  }
  return time;
}
