import { basename } from 'node:path';
import { unpackCrop } from '../enrolment/crop-file.js';
import { enrolFiles, type EnrolmentStep } from '../enrolment/files.js';
import { createClassifier } from '../recognition/classifier.js';
import { coach } from '../recognition/coaching.js';
import type { Population } from '../recognition/population.js';
import type { Logger } from '../types.js';
import { findFfmpeg, type Ffmpeg } from '../video/ffmpeg.js';
import { createVision, type Vision } from '../vision/vision.js';
import { readPopulation, usableTuned } from '../worker/recogniser.js';
import { accuracyFigures } from './accuracy.js';
import type { FromStudio, StudioRequest, StudioSettings, StudioTask, StudioTasks, ToStudio } from './messages.js';
import { runTuning, stepAside } from './tuning/run.js';
import { promiseInWords, sentence } from './words.js';

/** Frames of one film that are looked at: at three a second more than two minutes. */
const MOST_FRAMES = 400;
/** Refused frames of one film that are told of: more say nothing new. */
const MOST_REFUSED = 24;
const NOTHING_NEW = 'the same look as another frame';

type Tell<T extends StudioTask> = (partial: StudioTasks[T]['partial']) => void;

/** Photos, films, training and figures: what needs the networks or much arithmetic, away from doors and HomeKit. */
export class StudioWorker {
  private readonly logger: Logger;
  private readonly underWay = new Map<number, AbortController>();
  private readonly work = new Set<Promise<void>>();
  private vision: Promise<Vision> | undefined;
  private population: Promise<Population> | undefined;
  private ffmpeg: Promise<Ffmpeg> | undefined;

  constructor(
    private readonly settings: StudioSettings,
    private readonly post: (message: FromStudio) => void,
  ) {
    const log =
      (level: 'debug' | 'info' | 'warn' | 'error') =>
      (...text: unknown[]): void =>
        post({ type: 'log', level, message: text.map(String).join(' ') });
    this.logger = { debug: log('debug'), info: log('info'), warn: log('warn'), error: log('error') };
  }

  /** Returns true when everything is stopped. */
  async receive(message: Exclude<ToStudio, { type: 'begin' }>): Promise<boolean> {
    switch (message.type) {
      case 'ask': {
        const work = this.answer(message);
        this.work.add(work);
        await work.finally(() => this.work.delete(work));
        return false;
      }
      case 'abandon':
        this.underWay.get(message.request)?.abort();
        return false;
      case 'stop':
        this.underWay.forEach((controller) => controller.abort());
        await Promise.all(this.work);
        await (await this.vision?.catch(() => undefined))?.dispose();
        return true;
    }
  }

  private async answer({ request, task, asked }: StudioRequest<StudioTask>): Promise<void> {
    const controller = new AbortController();
    this.underWay.set(request, controller);
    try {
      const perform = this.tasks[task] as (
        asked: unknown,
        tell: (partial: never) => void,
        signal: AbortSignal,
      ) => Promise<StudioTasks[StudioTask]['answer']>;
      const tell = (partial: StudioTasks[StudioTask]['partial']): void =>
        this.post({ type: 'partial', request, partial });
      this.post({ type: 'answer', request, answer: await perform(asked, tell, controller.signal) });
    } catch (error) {
      const { message, stack } = error instanceof Error ? error : new Error(String(error));
      this.logger.debug(stack ?? message);
      this.post({ type: 'failed', request, message });
    } finally {
      this.underWay.delete(request);
    }
  }

  private readonly tasks: {
    readonly [T in StudioTask]: (
      asked: StudioTasks[T]['asked'],
      tell: Tell<T>,
      signal: AbortSignal,
    ) => Promise<StudioTasks[T]['answer']>;
  } = {
    encoder: async () => {
      const { id, version } = (await this.statistics()).encoder;
      return { id, version };
    },
    look: async ({ file, name }, tell, signal) => {
      const ffmpeg = await (this.ffmpeg ??= this.findFfmpeg());
      let [frames, refused] = [0, 0];
      for await (const step of enrolFiles({ files: [file], vision: await this.see(), ffmpeg, signal })) {
        if (step.refused !== NOTHING_NEW && (step.refused === undefined || refused++ < MOST_REFUSED)) {
          tell(named(step, basename(file), name));
        }
        if (step.kind === 'video' && ++frames >= MOST_FRAMES) {
          tell({ source: name, refused: 'the rest of the film was not looked at: it is too long' });
          break;
        }
      }
      return {};
    },
    encode: async (crop) => (await this.see()).encodeCrop(await unpackCrop(crop)),
    learn: async ({ gallery, falseAcceptRate }, _tell, signal) => {
      const population = await this.statistics();
      const classifier = createClassifier(this.settings.classifier, population, { falseAcceptRate });
      await classifier.fit(gallery, undefined, { signal });
      // The last line is the promise, which has a place of its own.
      const advice = coach(population, gallery, undefined, falseAcceptRate).lines.slice(0, -1);
      const warnings = [...new Set([...classifier.warnings, ...advice])].map((line) => sentence(line));
      return { warnings, statement: promiseInWords(classifier.promise) };
    },
    accuracy: async ({ gallery, falseAcceptRate }, tell, signal) =>
      accuracyFigures({
        gallery,
        falseAcceptRate,
        classifier: this.settings.classifier,
        population: await this.statistics(),
        progress: tell,
        signal,
      }),
    tune: async (asked, tell, signal) => {
      stepAside();
      const { cacheFolder, threads } = this.settings;
      const keptFaces = { cacheFolder, logger: this.logger, ...(threads !== undefined && { threads }) };
      const { tuned: inForce } = usableTuned(this.settings.encoder, this.settings.tuned);
      if (inForce === undefined) {
        const [vision, population] = [await this.see(), await this.statistics()];
        return runTuning(asked, { vision, population, keptFaces, progress: tell, signal });
      }
      // Tuning anew starts from the original.
      const [vision, population] = await this.openVision(undefined);
      try {
        return await runTuning(asked, { vision, population, inForce, keptFaces, progress: tell, signal });
      } finally {
        await vision.dispose();
      }
    },
  };

  private findFfmpeg(): Promise<Ffmpeg> {
    const { ffmpegPath } = this.settings;
    return findFfmpeg({ logger: this.logger, ...(ffmpegPath !== undefined && { configuredPath: ffmpegPath }) });
  }

  private statistics(): Promise<Population> {
    return (this.population ??= readPopulation(this.settings.encoder, this.settings.tuned));
  }

  /** The networks, once they are needed. */
  private see(): Promise<Vision> {
    this.vision ??= this.openVision(this.settings.tuned).then(([vision]) => vision);
    // What failed is tried again with the next picture.
    this.vision.catch(() => (this.vision = undefined));
    return this.vision;
  }

  /** With the tuned encoder of a file, or the original. @throws Error when its statistics are another's */
  private async openVision(tuned: Uint8Array | undefined): Promise<[Vision, Population]> {
    const { engine, encoder, cacheFolder, threads } = this.settings;
    const [vision, population] = await Promise.all([
      createVision({
        engine,
        encoder,
        cacheFolder,
        logger: this.logger,
        ...usableTuned(encoder, tuned),
        ...(threads !== undefined && { threads }),
      }),
      readPopulation(encoder, tuned),
    ]);
    const { id, version } = vision.encoder;
    if (id !== population.encoder.id || version !== population.encoder.version) {
      await vision.dispose();
      throw new Error(
        `The encoder ${id} ${version} and its statistics (${population.encoder.id} ${population.encoder.version}) do not belong together.`,
      );
    }
    return [vision, population];
  }
}

/** A step by the name that people know; on disk the file has another. */
function named({ source, taken, refused, seen }: EnrolmentStep, onDisk: string, name: string): FromStudioLook {
  return {
    source: source.replace(onDisk, () => name),
    ...(taken && { taken }),
    ...(refused !== undefined && { refused: refused.replace(onDisk, () => name) }),
    ...(seen && { seen }),
  };
}

type FromStudioLook = StudioTasks['look']['partial'];
