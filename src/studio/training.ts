import type { GuestBook } from '../guestbook/book.js';
import type { Clock } from '../types.js';
import { localBook } from '../ui-link/book-access.js';
import type { Answer, Progress } from '../ui-link/protocol.js';
import { encodeAgain } from './encode-again.js';
import type { Studio } from './studio.js';
import { reasonOf } from './words.js';

type State = Answer<'status'>['training'];
type Listener = (progress: Progress) => void;

export interface TrainingOptions {
  readonly book: GuestBook;
  readonly studio: Studio;
  readonly falseAcceptRate: () => number;
  readonly clock?: Clock;
}

/** Training, one at a time: it goes on whether or not anybody listens, and ends with the plugin. */
export class Training {
  private readonly stopping = new AbortController();
  private readonly listeners = new Set<Listener>();
  private current: Promise<Answer<'train'>> | undefined;
  private present: State = { state: 'idle' };

  constructor(private readonly options: TrainingOptions) {}

  get state(): State {
    return this.present;
  }

  /** Starts training, or joins the one under way. @throws Error with words when it fails */
  async run(listener?: Listener): Promise<Answer<'train'>> {
    if (listener !== undefined) {
      this.listeners.add(listener);
    }
    try {
      return await (this.current ??= this.train().finally(() => (this.current = undefined)));
    } finally {
      if (listener !== undefined) {
        this.listeners.delete(listener);
      }
    }
  }

  async stop(): Promise<void> {
    this.stopping.abort(new Error('Homebridge is stopping; training goes on where it was when it is started again.'));
    await this.current?.catch(() => undefined);
  }

  private async train(): Promise<Answer<'train'>> {
    const { book, studio, falseAcceptRate, clock = Date.now } = this.options;
    const { signal } = this.stopping;
    try {
      this.tell({ done: 0, step: 'preparing' });
      const encoder = await studio.run('encoder', {}, { signal });
      const { encoded, warnings } = await encodeAgain({
        book: localBook(book),
        encoder,
        encode: (crop) => studio.run('encode', crop, { signal }),
        progress: (done, total) => total > 0 && this.tell({ done, total, step: `encoding ${done} of ${total} faces` }),
        signal,
      });
      this.tell({ done: 1, total: 1, step: 'learning the guests' });
      const gallery = book.galleryFor(encoder);
      const learnt = await studio.run('learn', { gallery, falseAcceptRate: falseAcceptRate() }, { signal });
      this.present = { state: 'done', endedAt: clock(), message: learnt.statement };
      return { encodedAgain: encoded, warnings: [...warnings, ...learnt.warnings], statement: learnt.statement };
    } catch (error) {
      this.present = { state: 'failed', endedAt: clock(), message: reasonOf(error) };
      throw error;
    }
  }

  private tell(progress: Progress): void {
    const { done, total, step } = progress;
    this.present = {
      state: 'running',
      ...(total !== undefined && total > 0 && { progress: done / total }),
      ...(step !== undefined && { step }),
    };
    this.listeners.forEach((listener) => listener(progress));
  }
}
