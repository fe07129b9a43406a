import { readFile } from 'node:fs/promises';
import type { Command } from 'commander';
import type { Embedding } from '../../types.js';
import { CliError } from '../cli-error.js';
import { table } from '../table.js';
import { openChain } from './chain.js';
import { withCommonOptions, type CommonOptions } from './options.js';
import { orderedFiles, listPeople, partitionPeople } from './people.js';
import { readErrata } from './errata.js';
import { expectPictures, parsePairs } from './pair-list.js';
import { allPairs, allPairsFars, fars, reportPairs, type PairReport } from './pair-scores.js';
import { sectionOnly } from './population-from-faces.js';
import { percent, writeJson, writeTable } from './report.js';

/** So many pictures of one person enter the all-pairs figures, lest the most photographed decide alone. */
const picturesPerPerson = 6;

/** `doorman evaluate pairs DIR --pairs FILE`. */
export function registerPairs(evaluate: Command): void {
  withCommonOptions(
    evaluate
      .command('pairs')
      .description('same person or not: LFW’s protocol on a list of pairs')
      .argument('<dir>', 'folder with one sub-folder of photos for each person')
      .requiredOption('--pairs <file>', 'pairs in LFW’s format')
      .option('--errata <file>', 'labels of the face set that are known to be wrong (JSON)')
      .option('--mirror', 'average every embedding with the mirrored face', false),
  ).action(async (directory: string, options: CommonOptions & { pairs: string; errata?: string; mirror: boolean }) => {
    const people = await listPeople(directory);
    const list = await readFile(options.pairs, 'utf8').catch(() => {
      throw new CliError(`The list of pairs ${options.pairs} cannot be read; give a file in LFW’s format.`);
    });
    const pairs = parsePairs(list, directory);
    expectPictures(pairs, people);
    const errata = await readErrata(options.errata);
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
        : partitionPeople(people).evaluation.flatMap((person) =>
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
          ...reportPairs(pairs, byFile, errata, part),
          tarAtFarAllPairs: options.mirror ? {} : await allPairs(labelled, part),
        };
      }
      const printed = tableOf(byEncoder);
      console.log(printed);
      if (options.out !== undefined) await writeTable(options.out, options.mirror ? 'pairs-mirror' : 'pairs', printed);
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

function tableOf(byEncoder: Readonly<Record<string, PairReport>>): string {
  const rows = Object.entries(byEncoder).map(([name, report]) => [
    name,
    `${(100 * report.accuracy).toFixed(2)} %`,
    ...fars.map((far) => percent(report.tarAtFar[far] ?? NaN)),
    ...allPairsFars.map((far) => percent(report.tarAtFarAllPairs[far] ?? NaN)),
    String(report.undetected),
  ]);
  return table([
    ['encoder', 'accuracy', 'TAR@1e-2', 'TAR@1e-3', 'all pairs: 1e-2', '1e-3', '1e-4', 'undetected pairs'],
    ...rows,
  ]);
}
