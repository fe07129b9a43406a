import { appendFile, readFile, stat, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { Option, type Command } from 'commander';
import { packageRoot } from '../package-root.js';
import { serialisePopulation } from '../recognition/population-file.js';
import { createOnnxEngine } from '../vision/engine/onnx.js';
import { readAlignment } from './align.js';
import { CliError } from './cli-error.js';
import { populationOfHeldOut } from './encoder/population.js';
import { findPython, runModule } from './encoder/python.js';
import { difference, readTrained, testPattern, type Trained } from './encoder/trained.js';
import { defaultCache } from './evaluate/chain.js';

/** What is passed on to `training/`; their defaults are there (training/doorman_training/options.py). */
const passedOn: readonly (readonly [flags: string, description: string])[] = [
  ['--architecture <name>', 'mobilefacenet (default, for the edge) or inception-resnet-v1 (FaceNet’s)'],
  ['--size <px>', 'side of the network’s pictures (112; inception-resnet-v1: 160)'],
  ['--embedding <n>', 'length of the embedding (128; inception-resnet-v1: 512)'],
  ['--width <factor>', 'factor on mobilefacenet’s channels (1)'],
  ['--loss <name>', 'softmax (default), or with a margin: cosface, arcface'],
  ['--scale <s>', 'scale of the margin losses (32)'],
  ['--margin <m>', 'their margin (cosface 0.35, arcface 0.5)'],
  ['--epochs <n>', 'how often every picture is seen (30)'],
  ['--batch <n>', 'pictures a step (256)'],
  ['--learning-rate <r>', 'its peak (0.1 for each 256 pictures a step)'],
  ['--schedule <name>', 'cosine (default) or steps'],
  ['--warm-up <epochs>', 'how long the learning rate rises (1)'],
  ['--weight-decay <d>', 'weight decay (0.0005)'],
  ['--least <n>', 'people with fewer pictures are not trained on (2)'],
  ['--hold-out <share>', 'share of the people kept for validation and statistics (0.05)'],
  ['--validate <dir>', 'validate on the people of this folder of aligned faces instead'],
  ['--pairs <file>', 'validate on these pairs, in LFW’s format; nobody in them is trained on'],
  ['--fold <n>', 'only this fold of the pairs, counted from 1'],
  ['--seed <n>', 'seed of every random choice (1)'],
  ['--device <name>', 'cuda, cuda:1 or cpu (a GPU where there is one)'],
  ['--threads <n>', 'threads of the CPU’s arithmetic'],
  ['--workers <n>', 'processes that read pictures (with a GPU one for each core, else 1)'],
  ['--checkpoint-minutes <m>', 'minutes between checkpoints, beside one each epoch (10)'],
  ['--report-steps <n>', 'steps between two points of the curve (20)'],
];
const switches: readonly (readonly [flag: string, description: string])[] = [
  ['--no-augmentation', 'pictures as they are, but for the order'],
  ['--no-amp', 'no reduced precision on a GPU'],
  ['--deterministic', 'the same result in every run on a GPU too; slower'],
  ['--fresh', 'start anew, also where a training could go on'],
];

interface TrainOptions {
  readonly out: string;
  readonly id: string;
  readonly license: string;
  readonly photos?: string;
  readonly python?: string;
  readonly cache: string;
}

/** Largest difference allowed between PyTorch's embedding and the exported file's, as a share of its length. */
const TOLERANCE = 1e-4;

/** `doorman train-encoder DIR`: an encoder of one's own, from scratch. */
export function registerTrainEncoder(program: Command): void {
  const command = program
    .command('train-encoder')
    .description('train a face encoder from scratch on aligned faces (see `doorman align`), one folder a person')
    .argument('<dir>', 'folder with one sub-folder of aligned faces for each person')
    .requiredOption('--out <folder>', 'where checkpoints, curves and the encoder go; given again, training goes on')
    .option('--id <name>', 'the encoder’s name', 'own-encoder')
    .option('--license <words>', 'what the pictures’ licence says about the weights', 'not stated')
    .option('--photos <dir>', 'the photos that the faces were cut from, for the statistics (as `align` noted)')
    .option('--python <file>', 'the Python to use')
    .option('--cache <folder>', 'where converted models are kept', defaultCache);
  for (const [flags, description] of [...passedOn, ...switches]) {
    command.addOption(new Option(flags, description));
  }
  command.action(async (directory: string, options: TrainOptions) => {
    const python = await findPython(options.python);
    const args = [directory, '--out', options.out, '--id', options.id, '--license', options.license];
    const code = await runModule(python, join(packageRoot, 'training'), 'doorman_training', [
      ...args,
      ...given(command, passedOn, switches),
    ]);
    if (code !== 0) {
      // What was wrong has been said by the trainer.
      process.exitCode = code;
      return;
    }
    const trained = await readTrained(options.out);
    await checkExport(options, trained);
    await writePopulation(directory, options, trained);
  });
}

/** The options as they were given, to be passed on. */
function given(command: Command, valued: typeof passedOn, plain: typeof switches): string[] {
  const attribute = (flag: string): string => new Option(flag).attributeName();
  const isGiven = (flag: string): boolean => command.getOptionValueSource(attribute(flag)) === 'cli';
  return [
    ...valued
      .filter(([flags]) => isGiven(flags))
      .flatMap(([flags]) => [flags.split(' ')[0]!, String(command.getOptionValue(attribute(flags)))]),
    ...plain.filter(([flag]) => isGiven(flag)).map(([flag]) => flag),
  ];
}

/** The exported file must give what was trained. */
async function checkExport({ out, cache }: TrainOptions, { check }: Trained): Promise<void> {
  const { input } = JSON.parse(await readFile(join(out, 'encoder.json'), 'utf8')) as { input: { size: number } };
  const engine = await createOnnxEngine({ cacheFolder: cache, threads: 1, warn: (message) => console.error(message) });
  try {
    const session = await engine.loadFile!(join(out, 'encoder.onnx'));
    const outputs = await session.run(testPattern(input.size), [1, 3, input.size, input.size]);
    const apart = difference(check, outputs['embedding']!);
    if (!(apart < TOLERANCE)) {
      throw new CliError(`The exported encoder differs from the trained one by ${apart.toExponential(1)}: not usable.`);
    }
  } finally {
    await engine.dispose();
  }
}

async function writePopulation(directory: string, options: TrainOptions, trained: Trained): Promise<void> {
  const [model, description, file] = ['encoder.onnx', 'encoder.json', 'population.json'].map((name) =>
    resolve(options.out, name),
  ) as [string, string, string];
  const source = options.photos ?? (await readAlignment(directory))?.source;
  const there = source !== undefined && (await stat(source).catch(() => undefined))?.isDirectory() === true;
  if (options.photos !== undefined && !there) {
    throw new CliError(`--photos ${options.photos} is no folder.`);
  }
  const population = await populationOfHeldOut({
    encoder: { model, description },
    trained,
    photos: there ? source : undefined,
    cache: options.cache,
  });
  if (typeof population === 'string') {
    console.log(
      `There are no statistics yet, without which the encoder cannot tell guests from strangers: ${population}. ` +
        `Make them from photos of other people: doorman population build DIR --model ${model} --description ${description} --out ${resolve(options.out)}`,
    );
    return;
  }
  await writeFile(file, `${JSON.stringify(serialisePopulation(population))}\n`);
  const { people, images, visits } = population.source;
  await appendFile(
    join(options.out, 'MODEL-CARD.md'),
    `\n## Statistics\n\n\`population.json\`: ${people} people who were not trained on, ${images} pictures, ${visits} simulated visits.\n`,
  );
  console.log(`${file}: ${people} people, ${images} pictures, ${visits} simulated visits`);
  console.log(
    `To use it, put this into Doorman’s settings (config.json), and then run \`doorman train\`:\n` +
      `  "encoder": ${JSON.stringify({ model, description, population: file })}`,
  );
}
