import { SingleBar } from 'cli-progress';
import type { Command } from 'commander';
import { unpackCrop } from '../enrolment/crop-file.js';
import type { Embedding } from '../types.js';
import { Recogniser } from '../worker/recogniser.js';
import type { CliContext } from './context.js';
import { openVision, readSetup } from './setup.js';

/** `doorman train`: encodes kept faces of another encoder again, learns the guests, and says how sure that is. */
export function registerTrain(program: Command, context: CliContext): void {
  program
    .command('train')
    .description('encode kept faces again where the encoder has changed, and learn the guests anew')
    .action(async () => {
      const setup = await readSetup(context.storage());
      const vision = await openVision(setup);
      try {
        const { id, version } = vision.encoder;
        const guests = await context.withBook((book) => book.guests());
        let encoded = 0;
        const bar = new SingleBar({ format: 'Encoding {bar} {value}/{total} faces', hideCursor: true });
        for (const guest of guests) {
          const faces = await context.withBook((book) => book.faces(guest.id));
          const old = faces.filter(
            ({ encoder, hasCrop }) => hasCrop && (encoder.id !== id || encoder.version !== version),
          );
          if (old.length === 0) {
            continue;
          }
          bar.start(old.length, 0);
          const embeddings: { templateId: string; embedding: Embedding }[] = [];
          for (const { id: templateId } of old) {
            const crop = await context.withBook((book) => book.crop(templateId));
            if (crop !== undefined) {
              embeddings.push({ templateId, embedding: await vision.encodeCrop(await unpackCrop(crop)) });
            }
            bar.increment();
          }
          bar.stop();
          await context.withBook((book) => book.reencodeFaces(guest.id, { id, version }, embeddings));
          encoded += embeddings.length;
        }
        const { classifier } = await Recogniser.create(setup.config);
        await classifier.fit(await context.withBook((book) => book.galleryFor({ id, version })));
        console.log(encoded === 0 ? 'Every face is of the encoder in force.' : `${encoded} faces were encoded again.`);
        classifier.warnings.forEach((warning) => console.log(warning));
        const { promise } = classifier;
        console.log(promise.kept ? promise.statement : `No promise is made: ${promise.reason}`);
      } finally {
        await vision.dispose();
      }
    });
}
