import type { DoormanConfig } from './config.js';
import type { Entrance } from './entrance.js';
import type { GuestBook } from './guestbook/book.js';
import { packageVersion } from './package-root.js';
import { Enrolments } from './studio/enrolments.js';
import { householdFigures } from './studio/figures.js';
import { Studio } from './studio/studio.js';
import { Training } from './studio/training.js';
import { tuningHandlers } from './studio/tuning-handlers.js';
import { HouseholdTuning } from './studio/tuning.js';
import { NightlyTuning } from './studio/tuning/nightly.js';
import { Uploads } from './studio/uploads.js';
import { reasonOf } from './studio/words.js';
import type { Logger } from './types.js';
import { UiLinkError, type Answer, type PluginHandlers } from './ui-link/protocol.js';

export interface PluginHandlersOptions {
  readonly book: GuestBook | undefined;
  /** Why the guest book cannot be used, in words. */
  readonly bookFault: string | undefined;
  readonly entrances: readonly Entrance[];
  readonly config: DoormanConfig;
  /** Converted models live here. */
  readonly cacheFolder: string;
  /** A folder of our own for files that are looked at and removed. */
  readonly uploadFolder: string;
  readonly logger: Logger;
}

const everythingForgotten = 'Everything was forgotten. Restart Homebridge to begin anew.';

type WithBook = Exclude<keyof PluginHandlers, 'status' | 'doorbells' | 'doorbell-picture'>;

/** What the settings page asks of the running plugin beside the guest book, and how to end what was begun for it. */
export function pluginHandlers(options: PluginHandlersOptions): {
  readonly handlers: PluginHandlers;
  /** What is done at night. Never rejects. */
  readonly nightly: () => Promise<void>;
  readonly stop: () => Promise<void>;
} {
  const { book, bookFault, entrances } = options;
  const studio = book && openStudio(book, options);
  return {
    handlers: {
      status: () => {
        const fault = book?.isForgotten === true ? everythingForgotten : bookFault;
        return Promise.resolve({
          version: packageVersion,
          ...(fault !== undefined && { bookFault: fault }),
          readOnly: book?.readOnly ?? true,
          guests: book?.guests().length ?? 0,
          doorbells: entrances.map(describe),
          training: studio?.training.state ?? { state: 'idle' },
        });
      },
      doorbells: () => Promise.resolve({ doorbells: entrances.map(describe) }),
      'doorbell-picture': ({ name, width }) => doorbellPicture(entrances, name, width),
      ...(studio?.handlers ?? withoutBook(bookFault)),
    },
    nightly: () => studio?.nightly() ?? Promise.resolve(),
    stop: () => studio?.stop() ?? Promise.resolve(),
  };
}

function openStudio(
  book: GuestBook,
  { config, entrances, cacheFolder, uploadFolder, logger }: PluginHandlersOptions,
): {
  readonly handlers: Pick<PluginHandlers, WithBook>;
  readonly training: Training;
  readonly nightly: () => Promise<void>;
  readonly stop: () => Promise<void>;
} {
  const { engine, encoder, classifier, threads, ffmpegPath } = config;
  const studio = new Studio({
    settings: {
      engine,
      encoder,
      tuned: book.tunedEncoder(),
      classifier,
      cacheFolder,
      ...(threads !== undefined && { threads }),
      ...(ffmpegPath !== undefined && { ffmpegPath }),
    },
    logger,
  });
  const rateInForce = (): number => book.settings().falseAcceptRate ?? config.falseAcceptRate;
  const uploads = new Uploads(uploadFolder);
  const clear = (): Promise<void> =>
    uploads.clear().catch((error: unknown) => {
      logger.warn(`Files sent for enrolment could not be removed from ${uploadFolder}: ${reasonOf(error)}`);
    });
  // What a crash left behind is a guest's picture: it does not wait for the next enrolment.
  void clear();
  const training = new Training({ book, studio, falseAcceptRate: rateInForce });
  const { nightly, strangersFolder } = config.tuning;
  const tuning = new HouseholdTuning({ book, studio, falseAcceptRate: rateInForce, strangersFolder });
  const atNight = new NightlyTuning({ book, tuning, logger, enabled: nightly });
  const enrolments = new Enrolments({ book, studio, uploads, training, doorbells: entrances, logger });
  const silence = book.on('changed', (change) => {
    if (change.kind === 'tuning') {
      studio.setTuned(book.tunedEncoder());
    }
    if (change.kind === 'forgotten') {
      void enrolments.giveUpAllOf(change.guestId);
    } else if (change.kind === 'everything-forgotten') {
      void enrolments.giveUpAllOf();
    }
  });
  return {
    training,
    nightly: () => atNight.run(),
    handlers: {
      'enrol-start': (asked, call) => Promise.resolve(enrolments.start(asked, call)),
      'enrol-file': (asked) => enrolments.file(asked),
      'enrol-piece': (asked, call) => enrolments.piece(asked, call),
      'enrol-live': (asked, call) => enrolments.live(asked, call),
      'enrol-finish': (asked, call) => enrolments.finish(asked, call),
      'enrol-cancel': (asked) => enrolments.cancel(asked),
      train: (_asked, call) => inWords(() => training.run((progress) => call.progress(progress))),
      accuracy: (_asked, call) => inWords(() => householdFigures(book, studio, rateInForce(), call)),
      ...tuningHandlers(book, tuning, training),
      'accuracy-preview': ({ falseAcceptRate }, call) =>
        inWords(() => householdFigures(book, studio, falseAcceptRate, call)),
    },
    stop: async () => {
      silence();
      await enrolments.giveUpAllOf();
      await training.stop();
      await tuning.stop();
      await studio.stop();
      await clear();
    },
  };
}

/** The studio's own failures have words for people. */
async function inWords<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    throw error instanceof Error && error.constructor === Error ? new UiLinkError('failed', error.message) : error;
  }
}

function withoutBook(bookFault: string | undefined): Pick<PluginHandlers, WithBook> {
  const refuse = (): Promise<never> =>
    Promise.reject(new UiLinkError('failed', bookFault ?? 'The guest book cannot be used now.'));
  return {
    'enrol-start': refuse,
    'enrol-file': refuse,
    'enrol-piece': refuse,
    'enrol-live': refuse,
    'enrol-finish': refuse,
    'enrol-cancel': refuse,
    train: refuse,
    accuracy: refuse,
    'accuracy-preview': refuse,
    tune: refuse,
    'tune-cancel': refuse,
    'tune-state': refuse,
    'tune-back': refuse,
  };
}

/** The newest picture with the faces in it, in fractions of the picture; without one when the camera is away. */
async function doorbellPicture(
  entrances: readonly Entrance[],
  name: string,
  width: number,
): Promise<Answer<'doorbell-picture'>> {
  const entrance = entrances.find((candidate) => candidate.name === name);
  if (entrance === undefined) {
    throw new UiLinkError('not-found', `There is no doorbell called ${name}; reload the page.`);
  }
  const view = await entrance.view(width);
  if (view === undefined) {
    return { faces: [] };
  }
  const { frame } = view;
  return {
    picture: Buffer.from(view.jpeg).toString('base64'),
    at: view.at,
    faces: view.faces.map(({ box, size }) => ({
      x: box.x / frame.width,
      y: box.y / frame.height,
      width: box.width / frame.width,
      height: box.height / frame.height,
      pixels: size,
    })),
  };
}

function describe({ name, health, ready, offlineReason }: Entrance): Answer<'doorbells'>['doorbells'][number] {
  return {
    name,
    ...health,
    online: health?.online ?? false,
    ...(offlineReason !== undefined && { reason: offlineReason }),
    ...(ready !== undefined && { engine: ready.engine }),
  };
}
