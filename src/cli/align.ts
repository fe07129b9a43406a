import { access, mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { basename, dirname, extname, join, resolve } from 'node:path';
import { SingleBar } from 'cli-progress';
import { InvalidArgumentError, type Command } from 'commander';
import sharp from 'sharp';
import { alignedPicture, alignedTemplate } from '../vision/encoder/aligned-picture.js';
import { createVision, type Vision } from '../vision/vision.js';
import { CliError } from './cli-error.js';
import { defaultCache } from './evaluate/chain.js';
import { decode, nearestToMiddle } from './evaluate/faces.js';
import { listPeople } from './evaluate/people.js';
import { quietLogger } from './setup.js';

/** Lies beside the people's folders and says how their pictures are aligned. */
export const alignmentFile = 'alignment.json';

/** How a folder of aligned faces was made. */
export interface AlignmentRecord {
  /** The pictures' side, px. */
  readonly size: number;
  /** Where the five points lie in them, px: eyes (the picture's left first), nose, corners of the mouth. */
  readonly template: readonly (readonly [number, number])[];
  /** Folder of the photos that they were cut from. */
  readonly source: string;
}

type Outcome = 'aligned' | 'there already' | 'no face' | 'unreadable';

/** `doorman align DIR OUT`: faces cut out and aligned as the encoder will see them, for training. */
export function registerAlign(program: Command): void {
  program
    .command('align')
    .description('cut out and align the faces of a folder of people (one folder a person), for train-encoder')
    .argument('<dir>', 'folder with one sub-folder of photos for each person')
    .argument('<out>', 'where the aligned faces go, one sub-folder a person; what is there already is kept')
    .option('--size <px>', 'side of the pictures', sizeOption, 112)
    .option('--cache <folder>', 'where converted models are kept', defaultCache)
    .action(async (directory: string, out: string, options: { size: number; cache: string }) => {
      const people = await listPeople(directory);
      const record: AlignmentRecord = {
        size: options.size,
        template: alignedTemplate(options.size),
        source: resolve(directory),
      };
      await startFolder(out, record);
      const vision = await createVision({
        encoder: 'faceres',
        cacheFolder: join(options.cache, 'models'),
        logger: quietLogger,
      });
      const bar = new SingleBar({
        format: 'aligning {bar} {value}/{total}, {eta_formatted} left',
        clearOnComplete: true,
      });
      const counts: Record<Outcome, number> = { aligned: 0, 'there already': 0, 'no face': 0, unreadable: 0 };
      bar.start(people.flatMap(({ files }) => files).length, 0);
      try {
        for (const { name, files } of people) {
          for (const file of files) {
            const target = join(out, name, `${basename(file, extname(file))}.jpg`);
            counts[await align(vision, file, target, options.size)]++;
            bar.increment();
          }
        }
      } finally {
        bar.stop();
        await vision.dispose();
      }
      const told = Object.entries(counts).filter(([, count]) => count > 0);
      console.log(`${out}: ${told.map(([outcome, count]) => `${count} ${outcome}`).join(', ')}`);
    });
}

async function align(vision: Vision, file: string, target: string, size: number): Promise<Outcome> {
  if (
    await access(target).then(
      () => true,
      () => false,
    )
  ) {
    return 'there already';
  }
  const frame = await decode(file).catch(() => undefined);
  if (frame === undefined) {
    return 'unreadable';
  }
  const face = nearestToMiddle(await vision.find(frame), frame);
  if (face === undefined) {
    return 'no face';
  }
  await mkdir(dirname(target), { recursive: true });
  const jpeg = await sharp(alignedPicture(frame, face, size), { raw: { width: size, height: size, channels: 3 } })
    .jpeg({ quality: 95, chromaSubsampling: '4:4:4' })
    .toBuffer();
  // Whoever is stopped here and starts again must not take half a picture for a whole one.
  await writeFile(`${target}.part`, jpeg);
  await rename(`${target}.part`, target);
  return 'aligned';
}

/** @throws CliError when the folder holds faces that were aligned otherwise */
async function startFolder(out: string, record: AlignmentRecord): Promise<void> {
  const earlier = await readAlignment(out);
  if (earlier !== undefined && earlier.size !== record.size) {
    throw new CliError(`${out} holds faces of ${earlier.size} pixels; give another folder, or --size ${earlier.size}.`);
  }
  await mkdir(out, { recursive: true });
  await writeFile(join(out, alignmentFile), `${JSON.stringify(record, undefined, 2)}\n`);
}

/** How the faces of a folder were aligned; undefined when it does not say. */
export async function readAlignment(folder: string): Promise<AlignmentRecord | undefined> {
  const text = await readFile(join(folder, alignmentFile), 'utf8').catch(() => undefined);
  return text === undefined ? undefined : (JSON.parse(text) as AlignmentRecord);
}

function sizeOption(text: string): number {
  const size = Number(text);
  if (!Number.isInteger(size) || size < 48 || size > 512) {
    throw new InvalidArgumentError('must be a whole number from 48 to 512.');
  }
  return size;
}
