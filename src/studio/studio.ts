import { join } from 'node:path';
import { Worker } from 'node:worker_threads';
import { packageRoot } from '../package-root.js';
import type { Logger } from '../types.js';
import type { FromStudio, StudioSettings, StudioTask, StudioTasks, ToStudio } from './messages.js';

/** The networks take some 300 MB: they are given back when nobody has enrolled or trained for so long. */
const IDLE_MS = 4 * 60_000;
const STOP_BUDGET_MS = 4000;

export interface StudioOptions {
  readonly settings: StudioSettings;
  readonly logger: Logger;
  readonly idleMs?: number;
}

export interface RunOptions<T extends StudioTask> {
  readonly signal?: AbortSignal;
  readonly partial?: (partial: StudioTasks[T]['partial']) => void;
}

interface Pending {
  readonly worker: Worker;
  readonly resolve: (answer: unknown) => void;
  readonly reject: (error: Error) => void;
  readonly partial: ((partial: never) => void) | undefined;
}

/** The main thread's end of the studio: its thread is started with the first task and ends when nobody needs it. */
export class Studio {
  private worker: Worker | undefined;
  private readonly alive = new Set<Worker>();
  private readonly pending = new Map<number, Pending>();
  private requests = 0;
  private idle: NodeJS.Timeout | undefined;
  private stopped = false;
  private tuned: Uint8Array | undefined;

  constructor(private readonly options: StudioOptions) {
    this.tuned = options.settings.tuned;
  }

  /** Whether its thread runs now. */
  get isAwake(): boolean {
    return this.alive.size > 0;
  }

  /** Has a task done. @throws Error with words for people; the signal's reason when aborted */
  async run<T extends StudioTask>(
    task: T,
    asked: StudioTasks[T]['asked'],
    { signal, partial }: RunOptions<T> = {},
  ): Promise<StudioTasks[T]['answer']> {
    signal?.throwIfAborted();
    if (this.stopped) {
      throw new Error('Homebridge is stopping.');
    }
    clearTimeout(this.idle);
    const worker = (this.worker ??= this.wake());
    const request = ++this.requests;
    const send = (message: ToStudio): void => worker.postMessage(message);
    const abandon = (): void => {
      send({ type: 'abandon', request });
      this.pending.get(request)?.reject(signal?.reason instanceof Error ? signal.reason : new Error('given up'));
    };
    try {
      return await new Promise<StudioTasks[T]['answer']>((resolve, reject) => {
        this.pending.set(request, {
          worker,
          resolve: resolve as (answer: unknown) => void,
          reject,
          partial: partial,
        });
        signal?.addEventListener('abort', abandon, { once: true });
        send({ type: 'ask', request, task, asked });
      });
    } finally {
      signal?.removeEventListener('abort', abandon);
      this.pending.delete(request);
      this.rest();
    }
  }

  /** Another encoder is in force: the next task is done by a thread that has it; what is under way is finished. */
  setTuned(tuned: Uint8Array | undefined): void {
    const { worker } = this;
    if (tuned === this.tuned) {
      return;
    }
    this.tuned = tuned;
    this.worker = undefined;
    if (worker !== undefined && ![...this.pending.values()].some((pending) => pending.worker === worker)) {
      void this.end(worker);
    }
  }

  /**
   * Ends the thread and what it works at. Safe to call twice. A thread that has not ended in time is cut off, which may
   * end the whole process where a network was being run.
   */
  async stop(budgetMs = STOP_BUDGET_MS): Promise<void> {
    this.stopped = true;
    clearTimeout(this.idle);
    await Promise.all([...this.alive].map((worker) => this.end(worker, budgetMs)));
  }

  private rest(): void {
    if (this.pending.size === 0 && !this.stopped) {
      clearTimeout(this.idle);
      this.idle = setTimeout(() => {
        const { worker } = this;
        if (worker !== undefined) {
          void this.end(worker);
        }
      }, this.options.idleMs ?? IDLE_MS).unref();
    }
  }

  private wake(): Worker {
    const { settings, logger } = this.options;
    const worker = new Worker(join(packageRoot, 'dist', 'studio', 'entry.js'), {
      workerData: { ...settings, tuned: this.tuned } satisfies StudioSettings,
      name: 'Doorman studio',
    });
    this.alive.add(worker);
    worker.on('message', (message: FromStudio) => this.receive(message));
    worker.on('error', (error) => {
      logger.error(`Enrolment and training were interrupted: ${error.message}`);
      logger.debug(error.stack);
    });
    worker.on('exit', () => this.exited(worker));
    return worker;
  }

  private receive(message: FromStudio): void {
    if (message.type === 'log') {
      this.options.logger[message.level](message.message);
      return;
    }
    const pending = this.pending.get(message.request);
    switch (message.type) {
      case 'partial':
        (pending?.partial as ((partial: unknown) => void) | undefined)?.(message.partial);
        break;
      case 'answer':
        pending?.resolve(message.answer);
        break;
      case 'failed':
        pending?.reject(new Error(message.message));
        break;
    }
  }

  private exited(worker: Worker): void {
    this.alive.delete(worker);
    if (this.worker === worker) {
      this.worker = undefined;
    }
    for (const pending of this.pending.values()) {
      if (pending.worker === worker) {
        pending.reject(new Error('The work was interrupted; try again.'));
      }
    }
  }

  private end(worker: Worker, budgetMs = STOP_BUDGET_MS): Promise<void> {
    if (this.worker === worker) {
      this.worker = undefined;
    }
    return new Promise((resolve) => {
      const timer = setTimeout(() => void worker.terminate(), budgetMs);
      worker.once('exit', () => {
        clearTimeout(timer);
        resolve();
      });
      worker.postMessage({ type: 'stop' } satisfies ToStudio);
    });
  }
}
