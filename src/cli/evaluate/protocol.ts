import { basename } from 'node:path';
import type { Command } from 'commander';
import { unknownName, type ConfusionMatrix } from '../../recognition/metrics/confusion.js';
import { hashText, seededRandom, shuffled, type Random } from '../../recognition/random.js';
import { CliError } from '../cli-error.js';
import { table } from '../table.js';
import { openChain } from './chain.js';
import type { FaceRecord } from './embedding-cache.js';
import { encoderLabel, guestFrom } from './gallery.js';
import { distanceHistogram } from './histogram.js';
import { judgeSplit, noTunedEncoder, type ClassifierReport, type LabelledFace } from './judging.js';
import { wholeNumber, withCommonOptions, type CommonOptions } from './options.js';
import { listPeople, partitionPeople, type Person } from './people.js';
import { writeJson, writePicture } from './report.js';
import { readPopulation } from './statistics.js';

interface ProtocolOptions extends CommonOptions {
  readonly draws: number;
}

/** The prototype's two guests: training and validation pictures; and its strangers'. */
const guestSizes = [
  { train: 139, validation: 23 },
  { train: 97, validation: 98 },
] as const;
const strangerSizes = { train: 479, validation: 158 };
/** A person with fewer pictures cannot stand in for a guest of the prototype. */
const leastPictures = 30;

interface EmbeddedPerson {
  readonly person: Person;
  readonly faces: readonly { readonly label: string; readonly record: FaceRecord }[];
}

/** `doorman evaluate protocol DIR`. */
export function registerProtocol(evaluate: Command): void {
  withCommonOptions(
    evaluate
      .command('protocol')
      .description('the prototype’s splits, drawn from a folder of people: false accepts and rejects per draw')
      .argument('<dir>', 'folder with one sub-folder of photos for each person')
      .option('--draws <n>', 'number of splits', wholeNumber, 20),
  ).action(async (directory: string, options: ProtocolOptions) => {
    const { evaluation } = partitionPeople(await listPeople(directory));
    const chain = await openChain(options);
    try {
      const population = await readPopulation(chain.encoder, options.population);
      const records = await chain.embed(
        evaluation.flatMap(({ files }) => files.map((file) => ({ file }))),
        'photos',
      );
      let at = 0;
      const people = evaluation.map((person) => ({
        person,
        faces: person.files.map((file) => ({ label: basename(file), record: records[at++]! })),
      }));
      const reports: Record<string, ClassifierReport>[] = [];
      for (let draw = 0; draw < options.draws; draw += 1) {
        const split = drawSplit(people, seededRandom(hashText(`protocol:${options.seed}:${draw}`)));
        const guests = split.guests.map(({ name, train }) =>
          guestFrom(
            name,
            train.flatMap(({ record }) => record.embedding ?? []),
            chain.encoder,
          ),
        );
        reports.push(await judgeSplit(population, guests, split.strangers, split.validation, options.seed + draw));
      }
      await summarise(reports, encoderLabel(chain.encoder), options);
    } finally {
      await chain.close();
    }
  });
}

/** Two guests among the well-photographed, and strangers of whom none is both in training and in validation. */
function drawSplit(
  people: readonly EmbeddedPerson[],
  random: Random,
): {
  guests: { name: string; train: EmbeddedPerson['faces'] }[];
  strangers: Float32Array[];
  validation: LabelledFace[];
} {
  const known = shuffled(
    people.filter(({ faces }) => faces.length >= leastPictures),
    random,
  ).slice(0, 2);
  if (known.length < 2) {
    throw new CliError(`The folder must hold two people with at least ${leastPictures} photos.`);
  }
  // The one with more pictures takes the larger training set, as in the prototype.
  known.sort((a, b) => b.faces.length - a.faces.length);
  const validation: LabelledFace[] = [];
  const guests = known.map(({ person, faces }, index) => {
    const size = guestSizes[index]!;
    const order = shuffled(faces, random);
    const share = Math.min(1, order.length / (size.train + size.validation));
    const train = Math.floor(size.train * share);
    const held = order.slice(train, train + Math.max(1, Math.floor(size.validation * share)));
    validation.push(...held.map((face) => ({ actual: person.name, ...face })));
    return { name: person.name, train: order.slice(0, train) };
  });
  const others = shuffled(
    people.filter((person) => !known.includes(person)),
    random,
  );
  const one = ({ faces }: EmbeddedPerson): EmbeddedPerson['faces'][number] =>
    faces[Math.floor(random() * faces.length)]!;
  const strangers = others.slice(0, strangerSizes.train).flatMap((person) => one(person).record.embedding ?? []);
  const unseen = others.slice(strangerSizes.train, strangerSizes.train + strangerSizes.validation);
  validation.push(...unseen.map((person) => ({ actual: unknownName, ...one(person) })));
  return { guests, strangers, validation };
}

async function summarise(
  reports: readonly Record<string, ClassifierReport>[],
  encoder: string,
  options: ProtocolOptions,
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
  console.log(
    table([
      ['classifier', 'false accepts a draw', 'false rejects a draw', 'accuracy'],
      ...kinds.map((kind) => [
        kind,
        confusion[kind]!.falseAcceptsPerDraw.toFixed(2),
        confusion[kind]!.falseRejectsPerDraw.toFixed(2),
        `${(100 * accuracy[kind]!).toFixed(2)} %`,
      ]),
    ]),
  );
  if (!kinds.includes('svm-tau-tuned')) console.log(noTunedEncoder);
  if (options.out !== undefined) {
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
    await writeJson(options.json, { form: 'protocol', encoder, seed, draws, accuracy, confusion, misclassified });
  }
}
