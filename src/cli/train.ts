import { SingleBar } from 'cli-progress';
import type { Command } from 'commander';
import { unpackCrop } from '../enrolment/crop-file.js';
import { encodeAgain } from '../studio/encode-again.js';
import { Recogniser } from '../worker/recogniser.js';
import type { CliContext } from './context.js';
import { openVision } from './setup.js';

/** `doorman train`: encodes kept faces of another encoder again, learns the guests, and says how sure that is. */
export function registerTrain(program: Command, context: CliContext): void {
  program
    .command('train')
    .description('encode kept faces again where the encoder has changed, and learn the guests anew')
    .action(async () => {
      const setup = await context.setup();
      const vision = await openVision(setup);
      try {
        const { id, version } = vision.encoder;
        const bar = new SingleBar({ format: 'Encoding {bar} {value}/{total} faces', hideCursor: true });
        const { encoded, warnings } = await context.withBook((book) =>
          encodeAgain({
            book,
            encoder: { id, version },
            encode: async (crop) => vision.encodeCrop(await unpackCrop(crop)),
            progress: (done, total) => {
              if (done === 0 && total > 0) {
                bar.start(total, 0);
              }
              bar.update(done);
            },
          }),
        );
        bar.stop();
        const { classifier } = await Recogniser.create({ ...setup.config, tuned: setup.tuned });
        await classifier.fit(await context.withBook((book) => book.galleryFor({ id, version })));
        console.log(encoded === 0 ? 'Every face is of the encoder in force.' : `${encoded} faces were encoded again.`);
        [...warnings, ...classifier.warnings].forEach((warning) => console.log(warning));
        const { promise } = classifier;
        console.log(promise.kept ? promise.statement : `No promise is made: ${promise.reason}`);
      } finally {
        await vision.dispose();
      }
    });
}
