import type { Command } from 'commander';
import { createClassifier } from '../../recognition/classifier.js';
import { coach } from '../../recognition/coaching.js';
import { confusionMatrix, unknownName } from '../../recognition/metrics/confusion.js';
import type { Population } from '../../recognition/population.js';
import type { GuestTemplates } from '../../types.js';
import { CliError } from '../cli-error.js';
import { encoderDescriptionOf } from './own-encoder.js';
import { noTunedEncoder, judgedKinds } from './judging.js';
import { withCommonOptions, type CommonOptions } from './options.js';
import { confusionText, writeJson, writeTable } from './report.js';
import { readPopulation } from './statistics.js';

/** Where the household's own templates come from. */
export type GuestSource = () => Promise<readonly GuestTemplates[]>;

/** `doorman evaluate own`: every photo judged by a classifier that has not seen it. */
export function registerOwn(evaluate: Command, guests: GuestSource): void {
  withCommonOptions(evaluate.command('own').description('the guest book, by leaving out one photo at a time')).action(
    async (options: CommonOptions) => {
      const book = await guests();
      const encoder = encoderDescriptionOf(book);
      if (encoder === undefined) throw new CliError('There are no guests with photos yet; `doorman enroll` adds one.');
      const population = await readPopulation(encoder, options.population);
      const confusion: Record<string, ReturnType<typeof confusionMatrix>> = {};
      for (const kind of judgedKinds(population)) {
        confusion[kind] = confusionMatrix(await leaveOneOut(kind, population, book, options.seed));
      }
      const advice = coach(population, book);
      const printed = [confusionText(confusion), ...advice.lines].join('\n');
      console.log(printed);
      if (options.out !== undefined) await writeTable(options.out, 'own', printed);
      if (population.tunedFrom === undefined) console.log(noTunedEncoder);
      if (options.json !== undefined) {
        const accuracy = Object.fromEntries(Object.entries(confusion).map(([kind, { accuracy: a }]) => [kind, a]));
        await writeJson(options.json, { form: 'own', seed: options.seed, accuracy, confusion, advice });
      }
    },
  );
}

async function leaveOneOut(
  kind: ReturnType<typeof judgedKinds>[number],
  population: Population,
  book: readonly GuestTemplates[],
  seed: number,
): Promise<{ actual: string; predicted: string }[]> {
  const judgements: { actual: string; predicted: string }[] = [];
  for (const guest of book) {
    for (const held of guest.templates) {
      const others = book.map((candidate) =>
        candidate.id === guest.id
          ? { ...candidate, templates: candidate.templates.filter((template) => template !== held) }
          : candidate,
      );
      const classifier = createClassifier(kind, population, { minimumFrames: 1, seed });
      await classifier.fit(others.filter(({ templates }) => templates.length > 0));
      const { guest: found } = classifier.predict([{ embedding: held.embedding, quality: held.quality }]);
      judgements.push({ actual: guest.name, predicted: found?.name ?? unknownName });
    }
  }
  return judgements;
}
