import type { GuestBook } from '../guestbook/book.js';
import type { Clock } from '../types.js';
import type { Progress } from '../ui-link/protocol.js';
import type { TuningReport } from './tuning/report.js';
import { strangersFor } from './tuning/run.js';
import type { Studio } from './studio.js';
import { reasonOf } from './words.js';

type Listener = (progress: Progress) => void;

export interface TuningState {
  readonly state: 'idle' | 'running' | 'done' | 'failed';
  readonly progress?: number;
  readonly step?: string;
  readonly endedAt?: number;
  readonly message?: string;
}

export interface TuneOptions {
  /** A folder with one folder of photos for each of many people who are no guests. */
  readonly strangersFolder?: string;
  /** Seconds for training itself. */
  readonly timeLimit?: number;
}

export interface HouseholdTuningOptions {
  readonly book: GuestBook;
  readonly studio: Studio;
  readonly falseAcceptRate: () => number;
  /** Taken where a run is asked for without a folder. */
  readonly strangersFolder?: string | undefined;
  readonly clock?: Clock;
}

/** Faces of unknown visitors that are taken along, per person. */
const MOST_OF_VISITOR = 4;

/**
 * Tuning the encoder on the household's own faces, one run at a time: works on whether or not anybody listens, ends
 * with the plugin, and puts nothing in force that is not better. The original stays until the book has everything.
 */
export class HouseholdTuning {
  private readonly listeners = new Set<Listener>();
  private current: { readonly work: Promise<TuningReport>; readonly stop: AbortController } | undefined;
  private present: TuningState = { state: 'idle' };

  constructor(private readonly options: HouseholdTuningOptions) {}

  get state(): TuningState {
    return this.present;
  }

  /** Starts tuning, or joins the run under way. @throws Error with words when it fails or is cancelled */
  async run(options: TuneOptions, listener?: Listener): Promise<TuningReport> {
    if (listener !== undefined) {
      this.listeners.add(listener);
    }
    try {
      this.current ??= this.begin(options);
      return await this.current.work;
    } finally {
      if (listener !== undefined) {
        this.listeners.delete(listener);
      }
    }
  }

  /** @returns false when nothing was under way */
  cancel(reason = 'Tuning was cancelled; the encoder is as it was.'): boolean {
    this.current?.stop.abort(new Error(reason));
    return this.current !== undefined;
  }

  async stop(): Promise<void> {
    const { current } = this;
    this.cancel('Homebridge is stopping; the encoder is as it was.');
    await current?.work.catch(() => undefined);
  }

  private begin(options: TuneOptions): { work: Promise<TuningReport>; stop: AbortController } {
    const stop = new AbortController();
    const work = this.tune(options, stop.signal).finally(() => (this.current = undefined));
    return { work, stop };
  }

  private async tune(options: TuneOptions, signal: AbortSignal): Promise<TuningReport> {
    const { book, studio, falseAcceptRate, clock = Date.now } = this.options;
    try {
      const inForce = book.tunedEncoder();
      this.tell({ done: 0, step: 'gathering the kept faces' });
      const guests = await this.guests(signal);
      const inbox = await this.inbox();
      const { strangersFolder } = this.options;
      const asked = {
        guests,
        inbox,
        falseAcceptRate: falseAcceptRate(),
        ...(strangersFolder !== undefined && { strangersFolder }),
        ...options,
      };
      // Before the networks are loaded.
      await strangersFor(asked);
      const { report: found, promotion } = await studio.run('tune', asked, {
        signal,
        partial: ({ done, total, step }) => this.tell({ done, total, step }),
      });
      const report = { ...found, at: clock() };
      signal.throwIfAborted();
      if (promotion !== undefined) {
        const { file, encoder, former } = promotion;
        refuseChanges(book, guests, inForce);
        const embeddings = new Map<string, { templateId: string; embedding: Float32Array }[]>();
        for (const { guestId, templateId, embedding } of promotion.embeddings) {
          embeddings.set(guestId, [...(embeddings.get(guestId) ?? []), { templateId, embedding }]);
        }
        await book.promoteEncoder({ file, id: encoder, former, embeddings });
      }
      await book.keepTuningReport(report);
      this.present = { state: 'done', endedAt: clock(), message: report.reason };
      return report;
    } catch (error) {
      this.present = { state: 'failed', endedAt: clock(), message: reasonOf(error) };
      throw error;
    }
  }

  private async guests(signal: AbortSignal): Promise<TunedGuest[]> {
    const { book } = this.options;
    const guests: TunedGuest[] = [];
    for (const { id, name, consentState } of book.guests()) {
      const faces: { id: string; crop: NonNullable<Awaited<ReturnType<GuestBook['crop']>>> }[] = [];
      for (const face of consentState === 'valid' ? book.faces(id) : []) {
        signal.throwIfAborted();
        const crop = face.hasCrop ? await book.crop(face.id) : undefined;
        if (crop !== undefined) {
          faces.push({ id: face.id, crop });
        }
      }
      if (faces.length > 0) {
        guests.push({ id, name, faces });
      }
    }
    return guests;
  }

  private async inbox(): Promise<{ picture: Uint8Array; points: readonly { x: number; y: number }[] }[][]> {
    const { book } = this.options;
    const people: Awaited<ReturnType<GuestBook['inboxCrops']>>[] = [];
    for (let before: string | undefined; ;) {
      const page = book.inbox({ limit: 100, ...(before !== undefined && { before }) });
      for (const { id } of page.clusters) {
        people.push(await book.inboxCrops(id, MOST_OF_VISITOR));
      }
      before = page.next;
      if (before === undefined) {
        return people.filter((crops) => crops.length > 0);
      }
    }
  }

  private tell(progress: Progress): void {
    const { done, total, step } = progress;
    this.present = {
      state: 'running',
      ...(total !== undefined && total > 0 && { progress: Math.min(1, done / total) }),
      ...(step !== undefined && { step }),
    };
    this.listeners.forEach((listener) => listener(progress));
  }
}

interface TunedGuest {
  readonly id: string;
  readonly name: string;
  readonly faces: readonly { id: string; crop: NonNullable<Awaited<ReturnType<GuestBook['crop']>>> }[];
}

/**
 * A face without a kept picture would be lost to the tuned encoder, a guest forgotten meanwhile must stay forgotten, and
 * another encoder than the one judged against may be the better one.
 */
function refuseChanges(book: GuestBook, tuned: readonly TunedGuest[], judgedAgainst: Uint8Array | undefined): void {
  if (book.tunedEncoder() !== judgedAgainst) {
    throw new Error('Another encoder was put in force meanwhile; the newly tuned one was thrown away.');
  }
  for (const { id, name } of tuned) {
    if (!book.guests().some((guest) => guest.id === id)) {
      throw new Error(`${name} was forgotten while the encoder was tuned; the tuned one was thrown away.`);
    }
  }
  for (const { id, name, templates } of book.guests()) {
    const kept = tuned.find((guest) => guest.id === id)?.faces.length ?? 0;
    if (templates > 0 && kept < Math.min(templates, 2)) {
      throw new Error(
        `The encoder stays as it is: of ${name} too few pictures are kept to encode the faces again; enrol ${name} anew.`,
      );
    }
  }
}
