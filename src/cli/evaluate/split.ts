import { basename, join } from 'node:path';
import { stat } from 'node:fs/promises';
import type { Command } from 'commander';
import { unknownName } from '../../recognition/metrics/confusion.js';
import { table } from '../table.js';
import { openChain, type Chain } from './chain.js';
import { encoderLabel, guestFrom } from './gallery.js';
import { distanceHistogram } from './histogram.js';
import { judgeSplit, noTunedEncoder, type ClassifierReport, type LabelledFace } from './judging.js';
import { withCommonOptions, type CommonOptions } from './options.js';
import { listPeople, pictureFolders, type Person } from './people.js';
import { confusionText, writeJson, writePicture, writeTable } from './report.js';
import { readPopulation } from './statistics.js';

/** A labelled split on disk: train/known/<name>, train/unknown[/<name>], validation/… likewise. */
interface LabelledSplit {
  readonly known: readonly Person[];
  readonly strangers: readonly string[];
  readonly validation: readonly { readonly actual: string; readonly file: string }[];
}

/** `doorman evaluate split DIR`. */
export function registerSplit(evaluate: Command): void {
  withCommonOptions(
    evaluate
      .command('split')
      .description('the classifiers side by side on a labelled split')
      .argument('<dir>', 'train/known/<name>, train/unknown, validation/known/<name>, validation/unknown'),
  ).action(async (directory: string, options: CommonOptions) => {
    const split = await readSplit(directory);
    const chain = await openChain(options);
    try {
      const population = await readPopulation(chain.encoder, options.population);
      const guests = await Promise.all(
        split.known.map(async ({ name, files }) => guestFrom(name, await foundIn(chain, files, name), chain.encoder)),
      );
      const strangers = await foundIn(chain, split.strangers, 'strangers');
      const records = await chain.embed(split.validation, 'validation');
      const validation: LabelledFace[] = split.validation.map(({ actual, file }, index) => ({
        actual,
        label: basename(file),
        record: records[index]!,
      }));
      const byClassifier = await judgeSplit(population, guests, strangers, validation, options.seed);
      await report(byClassifier, encoderLabel(chain.encoder), options);
    } finally {
      await chain.close();
    }
  });
}

async function foundIn(chain: Chain, files: readonly string[], label: string): Promise<Float32Array[]> {
  const records = await chain.embed(
    files.map((file) => ({ file })),
    label,
  );
  return records.flatMap(({ embedding }) => embedding ?? []);
}

async function report(
  byClassifier: Readonly<Record<string, ClassifierReport>>,
  encoder: string,
  options: CommonOptions,
): Promise<void> {
  const confusion = Object.fromEntries(Object.entries(byClassifier).map(([kind, { confusion: c }]) => [kind, c]));
  const printed = confusionText(confusion);
  console.log(`${printed}\n`);
  for (const [kind, { misclassified }] of Object.entries(byClassifier)) {
    if (misclassified.length === 0) continue;
    console.log(`misclassified by ${kind}:`);
    console.log(
      table(
        misclassified.map(({ face, actual, predicted, distance, tau }) => [
          face,
          `${actual} → ${predicted}`,
          `distance ${distance?.toFixed(3) ?? '–'}`,
          `τ ${tau?.toFixed(3) ?? '–'}`,
        ]),
      ),
    );
  }
  if (byClassifier['svm-tau-tuned'] === undefined) console.log(noTunedEncoder);
  if (options.out !== undefined) {
    await writeTable(options.out, 'split', printed);
    for (const [kind, { distances, tau }] of Object.entries(byClassifier)) {
      const series = [
        { label: 'guests', colour: '#1565c0', values: distances.guests },
        { label: 'strangers', colour: '#ef6c00', values: distances.strangers },
      ];
      await writePicture(options.out, `distances-${kind}`, distanceHistogram(`${kind}, ${encoder}`, series, tau));
    }
  }
  if (options.json !== undefined) {
    const accuracy = Object.fromEntries(Object.entries(byClassifier).map(([kind, { accuracy: a }]) => [kind, a]));
    await writeJson(options.json, { form: 'split', encoder, seed: options.seed, accuracy, confusion, byClassifier });
  }
}

async function readSplit(directory: string): Promise<LabelledSplit> {
  const train = join(directory, 'train');
  const validation = join(directory, 'validation');
  const known = await listPeople(join(train, 'known'));
  const inKnown = await exists(join(validation, 'known'));
  const guests = await pictureFolders(inKnown ? join(validation, 'known') : validation).catch(() => []);
  const unknown = await filesBelow(join(validation, 'unknown'));
  return {
    known,
    strangers: await filesBelow(join(train, 'unknown')),
    validation: [
      ...guests
        .filter(({ name }) => name !== 'unknown')
        .flatMap(({ name, files }) => files.map((file) => ({ actual: name, file }))),
      ...unknown.map((file) => ({ actual: unknownName, file })),
    ],
  };
}

/** Pictures in a folder and in its sub-folders. */
async function filesBelow(directory: string): Promise<string[]> {
  if (!(await exists(directory))) return [];
  const own = (await pictureFolders(join(directory, '..'))).find(({ name }) => name === basename(directory));
  const nested = await pictureFolders(directory);
  return [...(own?.files ?? []), ...nested.flatMap(({ files }) => files)];
}

async function exists(path: string): Promise<boolean> {
  return stat(path).then(
    () => true,
    () => false,
  );
}
