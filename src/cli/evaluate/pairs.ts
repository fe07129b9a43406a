import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Command } from 'commander';
import { meanInterval } from '../../recognition/metrics/intervals.js';
import { foldAccuracies, rocCurve, tarAtFar, type PairScore } from '../../recognition/metrics/verification.js';
import { fitSections } from '../../recognition/population-space.js';
import { createSpace } from '../../recognition/space.js';
import { dot } from '../../recognition/vector.js';
import type { Embedding, EncoderDescription } from '../../types.js';
import { CliError } from '../cli-error.js';
import { table } from '../table.js';
import { openChain } from './chain.js';
import type { FaceRecord } from './embedding-cache.js';
import { withCommonOptions, type CommonOptions } from './options.js';
import { orderedFiles, listPeople, partitionPeople } from './people.js';
import { sectionOnly } from './population-from-faces.js';
import { percent, writeJson } from './report.js';
import { readPopulation } from './statistics.js';

interface Pair {
  readonly first: { readonly person: string; readonly file: string };
  readonly second: { readonly person: string; readonly file: string };
  readonly genuine: boolean;
  readonly fold: number;
}

/** How one encoder did. */
export interface PairReport {
  readonly accuracy: number;
  readonly accuracyInterval: { readonly low: number; readonly high: number };
  readonly tarAtFar: Readonly<Record<string, number>>;
  /** The same from all pairs of pictures of the people who are not in the shipped statistics. */
  readonly tarAtFarAllPairs: Readonly<Record<string, number>>;
  readonly roc: readonly (readonly [number, number])[];
  readonly undetected: number;
}

/** So many pictures of one person enter the all-pairs figures, lest the most photographed decide alone. */
const picturesPerPerson = 6;
const fars = [1e-2, 1e-3];
const allPairsFars = [1e-2, 1e-3, 1e-4];

/** `doorman evaluate pairs DIR --pairs FILE`. */
export function registerPairs(evaluate: Command): void {
  withCommonOptions(
    evaluate
      .command('pairs')
      .description('same person or not: LFW’s protocol on a list of pairs')
      .argument('<dir>', 'folder with one sub-folder of photos for each person')
      .requiredOption('--pairs <file>', 'pairs in LFW’s format')
      .option('--mirror', 'average every embedding with the mirrored face', false),
  ).action(async (directory: string, options: CommonOptions & { pairs: string; mirror: boolean }) => {
    await listPeople(directory);
    const list = await readFile(options.pairs, 'utf8').catch(() => {
      throw new CliError(`The list of pairs ${options.pairs} cannot be read; give a file in LFW’s format.`);
    });
    const pairs = parsePairs(list, directory);
    const chain = await openChain(options);
    try {
      const files = [...new Set(pairs.flatMap(({ first, second }) => [first.file, second.file]))];
      const records = await chain.embed(
        files.map((file) => ({ file })),
        'pairs',
      );
      const byFile = new Map(files.map((file, index) => [file, records[index]!]));
      const others = options.mirror
        ? []
        : partitionPeople(await listPeople(directory)).evaluation.flatMap((person) =>
            orderedFiles(person)
              .slice(0, picturesPerPerson)
              .map((file) => ({ file, person: person.name })),
          );
      const otherRecords = await chain.embed(others, 'all pairs');
      const labelled = others.flatMap(({ person }, index) => {
        const { embedding } = otherRecords[index]!;
        return embedding === undefined ? [] : [{ person, embedding }];
      });
      const names = chain.encoder.sections.map(({ name }) => name);
      const byEncoder: Record<string, PairReport> = {};
      for (const name of names.length > 1 ? [chain.encoder.id, ...names] : [chain.encoder.id]) {
        const part = sectionOnly(chain.encoder, name) ?? { encoder: chain.encoder, slice: (e: Embedding) => e };
        byEncoder[name] = {
          ...reportPairs(pairs, byFile, part),
          tarAtFarAllPairs: options.mirror ? {} : await allPairs(labelled, part),
        };
      }
      print(byEncoder);
      if (options.json !== undefined) {
        const pick = <T>(of: (report: PairReport) => T): Record<string, T> =>
          Object.fromEntries(Object.entries(byEncoder).map(([name, report]) => [name, of(report)]));
        await writeJson(options.json, {
          form: 'pairs',
          pairs: pairs.length,
          mirror: options.mirror,
          accuracy: pick(({ accuracy }) => accuracy),
          tarAtFar: pick(({ tarAtFar: tar }) => tar),
          byEncoder,
        });
      }
    } finally {
      await chain.close();
    }
  });
}

interface Part {
  readonly encoder: EncoderDescription;
  readonly slice: (embedding: Embedding) => Embedding;
}

/**
 * Centre, deviations and weights come from the people of the other folds: nobody is measured with statistics that he
 * or she is in. The threshold too is the other folds'.
 */
function reportPairs(
  pairs: readonly Pair[],
  records: ReadonlyMap<string, FaceRecord>,
  { encoder, slice }: Part,
): Omit<PairReport, 'tarAtFarAllPairs'> {
  const scores: PairScore[] = [];
  for (const fold of new Set(pairs.map((pair) => pair.fold))) {
    const people = new Map<string, Map<string, Embedding>>();
    for (const { first, second } of pairs.filter((pair) => pair.fold !== fold)) {
      for (const { person, file } of [first, second]) {
        const embedding = records.get(file)?.embedding;
        if (embedding === undefined) continue;
        people.set(person, (people.get(person) ?? new Map<string, Embedding>()).set(file, slice(embedding)));
      }
    }
    const statistics = [...people.values()].map((photos) => ({ photos: [...photos.values()], visits: [] }));
    const space = createSpace(fitSections(encoder.sections, statistics));
    for (const pair of pairs.filter((candidate) => candidate.fold === fold)) {
      const [a, b] = [pair.first, pair.second].map(({ file }) => records.get(file)?.embedding);
      const score = a === undefined || b === undefined ? -2 : dot(space.project(slice(a)), space.project(slice(b)));
      scores.push({ score, genuine: pair.genuine, fold });
    }
  }
  const accuracies = foldAccuracies(undetectedAreErrors(scores));
  const { mean, low, high } = meanInterval(accuracies);
  const genuine = Float32Array.from(scores.filter((pair) => pair.genuine).map(({ score }) => score));
  const impostor = Float32Array.from(scores.filter((pair) => !pair.genuine).map(({ score }) => score));
  return {
    accuracy: mean,
    accuracyInterval: { low, high },
    tarAtFar: Object.fromEntries(fars.map((far) => [far, tarAtFar(genuine, impostor, far).tar])),
    roc: rocCurve(genuine, impostor),
    undetected: scores.filter(({ score }) => score === -2).length,
  };
}

/** A pair with an undetected face is wrong either way: genuine ones stay low, impostors are lifted above all. */
function undetectedAreErrors(scores: readonly PairScore[]): PairScore[] {
  return scores.map((pair) => (pair.score === -2 && !pair.genuine ? { ...pair, score: 2 } : pair));
}

async function allPairs(
  faces: readonly { readonly person: string; readonly embedding: Embedding }[],
  { encoder, slice }: Part,
): Promise<Record<string, number>> {
  const space = createSpace((await readPopulation(encoder)).sections);
  const units = faces.map(({ embedding }) => space.project(slice(embedding)));
  const genuine: number[] = [];
  const impostor = new Float32Array((units.length * (units.length - 1)) / 2);
  let count = 0;
  units.forEach((a, i) => {
    for (let j = 0; j < i; j += 1) {
      const score = dot(a, units[j]!);
      if (faces[i]!.person === faces[j]!.person) genuine.push(score);
      else impostor[count++] = score;
    }
  });
  const scores = Float32Array.from(genuine);
  return Object.fromEntries(allPairsFars.map((far) => [far, tarAtFar(scores, impostor.subarray(0, count), far).tar]));
}

/** @throws CliError naming the line that is not LFW's format. */
export function parsePairs(text: string, directory: string): Pair[] {
  const lines = text.split('\n').map((line) => line.trim());
  const [folds, size] = (lines[0] ?? '').split(/\s+/).map(Number);
  if (folds === undefined || size === undefined || !(folds > 1) || !(size > 0)) {
    throw new CliError('The first line of the pairs file must be "<folds> <pairs of a kind in each fold>".');
  }
  const face = (person: string, number: string): Pair['first'] => ({
    person,
    file: join(directory, person, `${person}_${number.padStart(4, '0')}.jpg`),
  });
  return lines
    .slice(1)
    .filter((line) => line !== '')
    .map((line, index) => {
      const fold = Math.floor(index / (2 * size));
      const [a, b, c, d] = line.split(/\s+/);
      if (a !== undefined && b !== undefined && c !== undefined) {
        return d === undefined
          ? { first: face(a, b), second: face(a, c), genuine: true, fold }
          : { first: face(a, b), second: face(c, d), genuine: false, fold };
      }
      throw new CliError(`Line ${index + 2} of the pairs file is not a pair: ${line}`);
    });
}

function print(byEncoder: Readonly<Record<string, PairReport>>): void {
  const rows = Object.entries(byEncoder).map(([name, report]) => [
    name,
    `${(100 * report.accuracy).toFixed(2)} %`,
    ...fars.map((far) => percent(report.tarAtFar[far] ?? NaN)),
    ...allPairsFars.map((far) => percent(report.tarAtFarAllPairs[far] ?? NaN)),
    String(report.undetected),
  ]);
  console.log(
    table([
      ['encoder', 'accuracy', 'TAR@1e-2', 'TAR@1e-3', 'all pairs: 1e-2', '1e-3', '1e-4', 'undetected pairs'],
      ...rows,
    ]),
  );
}
