import { basename } from 'node:path';
import type { Command } from 'commander';
import { unknownName, type ConfusionMatrix } from '../../recognition/metrics/confusion.js';
import { hashText, seededRandom, shuffled, type Random } from '../../recognition/random.js';
import { CliError } from '../cli-error.js';
import { table } from '../table.js';
import { Activations } from './activations.js';
import { openChain, type Chain } from './chain.js';
import { encoderLabel, guestFrom } from './gallery.js';
import { distanceHistogram } from './histogram.js';
import { judgeSplit, noTunedEncoder, type ClassifierReport } from './judging.js';
import { atLeastOne, withCommonOptions, type CommonOptions } from './options.js';
import { listPeople, partitionPeople, type Person } from './people.js';
import { writeJson, writePicture, writeTable } from './report.js';
import { readPopulation } from './statistics.js';
import { TunedDraws } from './tuned-draws.js';
import { ProtocolTuning, tunedLine, withTuned, type FiledFace, type TunedDraw, type TunedReport } from './tuned.js';

interface ProtocolOptions extends CommonOptions {
  readonly draws: number;
  readonly tune: boolean;
}

/** The prototype's two guests: training and validation pictures; and its strangers'. */
const guestSizes = [
  { train: 139, validation: 23 },
  { train: 97, validation: 98 },
] as const;
const strangerSizes = { train: 479, validation: 158 };
/** A person with fewer pictures cannot stand in for a guest of the prototype. */
const leastPictures = 30;

/** Photos of one draw, by file. */
interface Split {
  readonly guests: readonly { readonly name: string; readonly train: readonly string[] }[];
  readonly strangers: readonly string[];
  readonly validation: readonly { readonly actual: string; readonly file: string }[];
}

/** `doorman evaluate protocol DIR`. */
export function registerProtocol(evaluate: Command): void {
  withCommonOptions(
    evaluate
      .command('protocol')
      .description('the prototype’s splits, drawn from a folder of people: false accepts and rejects per draw')
      .argument('<dir>', 'folder with one sub-folder of photos for each person')
      .option('--draws <n>', 'number of splits', atLeastOne, 20)
      .option('--tune', 'tune the encoder in every draw as well: before and after', false),
  ).action(async (directory: string, options: ProtocolOptions) => {
    const { evaluation, population: others } = partitionPeople(await listPeople(directory));
    const chain = await openChain(options);
    const activations = options.tune ? await Activations.open(options.cache, 'dlib') : undefined;
    const tuned: TunedReport[] = [];
    try {
      const population = await readPopulation(chain.encoder, options.population);
      const reports: Record<string, ClassifierReport>[] = [];
      const tuning =
        activations && new ProtocolTuning(chain, activations, await TunedDraws.open(options.cache), population, others);
      for (let draw = 0; draw < options.draws; draw += 1) {
        const random = seededRandom(hashText(`protocol:${options.seed}:${draw}`));
        const split = await embedded(drawSplit(evaluation, random), chain);
        const guests = split.guests.map(({ name, train }) =>
          guestFrom(
            name,
            train.flatMap(({ record }) => record.embedding ?? []),
            chain.encoder,
          ),
        );
        const strangers = split.strangers.flatMap(({ record }) => record.embedding ?? []);
        reports.push(await judgeSplit(population, guests, strangers, split.validation, options.seed + draw));
        if (tuning !== undefined) {
          tuned.push(await tuning.run(split, options.seed + draw));
          console.log(tunedLine(draw, reports.at(-1)!, tuned.at(-1)!));
        }
      }
      await summarise(withTuned(reports, tuned), encoderLabel(chain.encoder), options, tuned);
    } finally {
      await activations?.close();
      await chain.close();
    }
  });
}

/** Only what a draw needs is embedded. */
async function embedded({ guests, strangers, validation }: Split, chain: Chain): Promise<TunedDraw> {
  const files = [...guests.flatMap(({ train }) => train), ...strangers, ...validation.map(({ file }) => file)];
  const records = await chain.embed(
    files.map((file) => ({ file })),
    'photos',
  );
  const record = new Map(files.map((file, i) => [file, records[i]!]));
  const filed = (file: string): FiledFace => ({ file, record: record.get(file)! });
  return {
    guests: guests.map(({ name, train }) => ({ name, train: train.map(filed) })),
    strangers: strangers.map(filed),
    validation: validation.map(({ actual, file }) => ({ actual, label: basename(file), ...filed(file) })),
  };
}

/** Two guests among the well-photographed, and strangers of whom none is both in training and in validation. */
function drawSplit(people: readonly Person[], random: Random): Split {
  const known = shuffled(
    people.filter(({ files }) => files.length >= leastPictures),
    random,
  ).slice(0, 2);
  if (known.length < 2) {
    throw new CliError(`The folder must hold two people with at least ${leastPictures} photos.`);
  }
  // The one with more pictures takes the larger training set, as in the prototype.
  known.sort((a, b) => b.files.length - a.files.length);
  const validation: { actual: string; file: string }[] = [];
  const guests = known.map(({ name, files }, index) => {
    const size = guestSizes[index]!;
    const order = shuffled(files, random);
    const share = Math.min(1, order.length / (size.train + size.validation));
    const train = Math.floor(size.train * share);
    const held = order.slice(train, train + Math.max(1, Math.floor(size.validation * share)));
    validation.push(...held.map((file) => ({ actual: name, file })));
    return { name, train: order.slice(0, train) };
  });
  const others = shuffled(
    people.filter((person) => !known.includes(person)),
    random,
  );
  const one = ({ files }: Person): string => files[Math.floor(random() * files.length)]!;
  const strangers = others.slice(0, strangerSizes.train).map(one);
  const unseen = others.slice(strangerSizes.train, strangerSizes.train + strangerSizes.validation);
  validation.push(...unseen.map((person) => ({ actual: unknownName, file: one(person) })));
  return { guests, strangers, validation };
}

async function summarise(
  reports: readonly Record<string, ClassifierReport>[],
  encoder: string,
  options: ProtocolOptions,
  tuned: readonly TunedReport[],
): Promise<void> {
  const kinds = Object.keys(reports[0] ?? {});
  const mean = (kind: string, pick: (matrix: ConfusionMatrix) => number): number =>
    reports.reduce((sum, report) => sum + pick(report[kind]!.confusion), 0) / reports.length;
  const confusion = Object.fromEntries(
    kinds.map((kind) => [
      kind,
      {
        falseAcceptsPerDraw: mean(kind, ({ falseAccepts }) => falseAccepts),
        falseRejectsPerDraw: mean(kind, ({ falseRejects }) => falseRejects),
        misnamedPerDraw: mean(kind, ({ misnamed }) => misnamed),
        draws: reports.map((report) => report[kind]!.confusion),
      },
    ]),
  );
  const accuracy = Object.fromEntries(kinds.map((kind) => [kind, mean(kind, (matrix) => matrix.accuracy)]));
  const printed = table([
    ['classifier', 'false accepts a draw', 'false rejects a draw', 'accuracy'],
    ...kinds.map((kind) => [
      kind,
      confusion[kind]!.falseAcceptsPerDraw.toFixed(2),
      confusion[kind]!.falseRejectsPerDraw.toFixed(2),
      `${(100 * accuracy[kind]!).toFixed(2)} %`,
    ]),
  ]);
  console.log(printed);
  if (!kinds.includes('svm-tau-tuned')) console.log(noTunedEncoder);
  if (options.out !== undefined) {
    await writeTable(options.out, 'protocol', printed);
    for (const kind of kinds) {
      const all = (pick: (report: ClassifierReport) => readonly number[]): number[] =>
        reports.flatMap((report) => [...pick(report[kind]!)]);
      const taus = reports.flatMap((report) => report[kind]!.tau ?? []);
      const tau = taus.length === 0 ? undefined : taus.reduce((sum, value) => sum + value, 0) / taus.length;
      const series = [
        { label: 'guests', colour: '#1565c0', values: all(({ distances }) => distances.guests) },
        { label: 'strangers', colour: '#ef6c00', values: all(({ distances }) => distances.strangers) },
      ];
      const title = `${kind}, ${encoder}, ${reports.length} draws, mean τ`;
      await writePicture(options.out, `protocol-${kind}`, distanceHistogram(title, series, tau));
    }
  }
  if (options.json !== undefined) {
    const misclassified = Object.fromEntries(
      kinds.map((kind) => [kind, reports.map((report) => report[kind]!.misclassified)]),
    );
    const { seed, draws } = options;
    const tuning = tuned.map(({ byClassifier: _all, ...rest }) => rest);
    await writeJson(options.json, {
      form: 'protocol',
      encoder,
      seed,
      draws,
      accuracy,
      confusion,
      misclassified,
      ...(tuned.length > 0 && { tuning }),
    });
  }
}
