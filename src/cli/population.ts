import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { Option, type Command } from 'commander';
import { packageRoot } from '../package-root.js';
import { buildPopulation } from '../recognition/population-build.js';
import { serialisePopulation } from '../recognition/population-file.js';
import type { Population } from '../recognition/population.js';
import { CliError } from './cli-error.js';
import { defaultCache, encoderNames, openChain, type ChainOptions, type EncoderName } from './evaluate/chain.js';
import { degradations } from '../enrolment/degrade.js';
import { readErrata, withoutErrors } from './evaluate/errata.js';
import { wholeNumber } from './evaluate/options.js';
import { listPeople, partitionPeople } from './evaluate/people.js';
import { embedPopulation, sectionOnly } from './evaluate/population-from-faces.js';

interface BuildOptions {
  readonly encoder: EncoderName;
  readonly model?: string;
  readonly description?: string;
  readonly out: string;
  readonly half: boolean;
  readonly frames: number;
  readonly visitors: number;
  readonly describe: string;
  readonly cache: string;
  readonly errata?: string;
}

/** `doorman population build DIR`: aggregate statistics of an encoder, for models/. */
export function registerPopulation(program: Command): void {
  program
    .command('population')
    .description('aggregate statistics that thresholds rest on')
    .command('build')
    .description('compute an encoder’s population statistics from folders of people (one folder a person)')
    .argument('<dir>', 'folder with one sub-folder of photos for each person')
    .addOption(new Option('--encoder <name>', 'which encoder').choices(encoderNames).default('fusion'))
    .option('--model <file>', 'an encoder of your own: its ONNX file')
    .option('--description <file>', 'and its description (JSON)')
    .option('--out <folder>', 'where <encoder>.population.json is written', join(packageRoot, 'models'))
    .option('--half', 'only the half of the people that `doorman evaluate` does not measure on', false)
    .option('--frames <n>', 'frames of each simulated visit at a doorbell, 0 for none', wholeNumber, 5)
    .option('--visitors <n>', 'people for whom a visit is simulated', wholeNumber, 700)
    .option('--describe <words>', 'what the faces are, for the file', 'a folder of faces')
    .option('--errata <file>', 'labels of the face set that are known to be wrong (JSON)')
    .option('--cache <folder>', 'where embeddings are kept between runs', defaultCache)
    .action(async (directory: string, options: BuildOptions) => {
      const people = await listPeople(directory);
      const chosen = withoutErrors(
        options.half ? partitionPeople(people).population : people,
        await readErrata(options.errata),
      );
      const chain = await openChain({ encoder: encoderOf(options), cache: options.cache });
      try {
        const faces = await embedPopulation(chain, { ...options, people: chosen, description: options.describe });
        const source = { description: options.describe, degradations: options.frames > 0 ? degradations : [] };
        await write(options.out, buildPopulation({ encoder: chain.encoder, people: faces, source }));
        // The parts of a fused encoder come from the same pictures.
        for (const { name } of chain.encoder.sections.length > 1 ? chain.encoder.sections : []) {
          const part = sectionOnly(chain.encoder, name)!;
          const own = faces.map(({ photos, visits }) => ({
            photos: photos.map(part.slice),
            visits: visits.map((visit) => visit.map((probe) => ({ ...probe, embedding: part.slice(probe.embedding) }))),
          }));
          await write(options.out, buildPopulation({ encoder: part.encoder, people: own, source }));
        }
      } finally {
        await chain.close();
      }
    });
}

function encoderOf({ encoder, model, description }: BuildOptions): ChainOptions['encoder'] {
  if ((model === undefined) !== (description === undefined)) {
    throw new CliError('Give both --model and --description for an encoder of your own.');
  }
  return model === undefined || description === undefined ? encoder : { model, description };
}

async function write(folder: string, population: Population): Promise<void> {
  const file = resolve(folder, `${population.encoder.id}.population.json`);
  await mkdir(dirname(file), { recursive: true });
  await writeFile(file, `${JSON.stringify(serialisePopulation(population))}\n`);
  const { people, images, visits } = population.source;
  console.log(`${file}: ${people} people, ${images} photos, ${visits} simulated visits`);
}
