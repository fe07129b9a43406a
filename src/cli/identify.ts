import { basename } from 'node:path';
import type { Command } from 'commander';
import { chooseFace } from '../enrolment/photo.js';
import type { Identification } from '../types.js';
import { readImage } from '../video/media-file.js';
import { Recogniser } from '../worker/recogniser.js';
import { CliError } from './cli-error.js';
import type { CliContext } from './context.js';
import { refuseAddresses } from './photo-arguments.js';
import { openVision } from './setup.js';
import { table } from './table.js';

/** `doorman identify FILES…`: who is in these pictures. */
export function registerIdentify(program: Command, context: CliContext): void {
  program
    .command('identify')
    .description('who is in these pictures, with distances and τ')
    .argument('<files...>', 'photos')
    .action(async (files: string[]) => {
      refuseAddresses(files);
      const setup = await context.setup();
      const vision = await openVision(setup);
      try {
        const recogniser = await Recogniser.create({ ...setup.config, tuned: setup.tuned, minimumFrames: 1 });
        const gallery = await context.withBook((book) => book.galleryFor(vision.encoder));
        await recogniser.classifier.fit(gallery);
        const rows = [['file', 'who', 'distance', 'τ', 'why']];
        let failures = 0;
        for (const file of files) {
          try {
            const frame = await readImage(file);
            const face = chooseFace(await vision.find(frame));
            if (typeof face === 'string') {
              rows.push([basename(file), '–', '', '', face]);
            } else {
              const embedding = await vision.encode(frame, face);
              rows.push([
                basename(file),
                ...describe(recogniser.identify([{ embedding, quality: face.quality.score }])),
              ]);
            }
          } catch (error) {
            failures++;
            rows.push([basename(file), '–', '', '', error instanceof Error ? error.message : String(error)]);
          }
        }
        console.log(table(rows));
        if (failures > 0) {
          throw new CliError(`${failures} of ${files.length} files could not be read.`);
        }
      } finally {
        await vision.dispose();
      }
    });
}

function describe({ guest, best, reasons }: Identification): string[] {
  const nearest = best === undefined ? ['', ''] : [best.distance.toFixed(3), best.tau.toFixed(3)];
  return [guest?.name ?? 'unknown', ...nearest, reasons.join('; ')];
}
