import { fork, type ChildProcess } from 'node:child_process';
import { join } from 'node:path';
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
  readonly process: ChildProcess;
  readonly resolve: (answer: unknown) => void;
  readonly reject: (error: Error) => void;
  readonly partial: ((partial: never) => void) | undefined;
}

/**
 * Homebridge's end of the studio: its process is started with the first task and ends when nobody needs it. A process,
 * not a thread: what the C library's allocator keeps for later of many photos and films goes back with its end only.
 */
export class Studio {
  private process: ChildProcess | undefined;
  private readonly alive = new Set<ChildProcess>();
  private readonly ending = new WeakSet<ChildProcess>();
  private readonly pending = new Map<number, Pending>();
  private requests = 0;
  private idle: NodeJS.Timeout | undefined;
  private stopped = false;
  private tuned: Uint8Array | undefined;

  constructor(private readonly options: StudioOptions) {
    this.tuned = options.settings.tuned;
  }

  /** Whether its process runs now. */
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
    const child = (this.process ??= this.wake());
    const request = ++this.requests;
    const abandon = (): void => {
      send(child, { type: 'abandon', request });
      this.pending.get(request)?.reject(signal?.reason instanceof Error ? signal.reason : new Error('given up'));
    };
    try {
      return await new Promise<StudioTasks[T]['answer']>((resolve, reject) => {
        this.pending.set(request, {
          process: child,
          resolve: resolve as (answer: unknown) => void,
          reject,
          partial,
        });
        signal?.addEventListener('abort', abandon, { once: true });
        send(child, { type: 'ask', request, task, asked });
      });
    } finally {
      signal?.removeEventListener('abort', abandon);
      this.pending.delete(request);
      this.rest();
    }
  }

  /** Another encoder is in force: the next task is done by a process that has it; what is under way is finished. */
  setTuned(tuned: Uint8Array | undefined): void {
    const { process } = this;
    if (tuned === this.tuned) {
      return;
    }
    this.tuned = tuned;
    this.process = undefined;
    if (process !== undefined && ![...this.pending.values()].some((pending) => pending.process === process)) {
      void this.end(process);
    }
  }

  /** Ends the process and what it works at. Safe to call twice. One that has not ended in time is killed. */
  async stop(budgetMs = STOP_BUDGET_MS): Promise<void> {
    this.stopped = true;
    clearTimeout(this.idle);
    await Promise.all([...this.alive].map((process) => this.end(process, budgetMs)));
  }

  private rest(): void {
    if (this.pending.size === 0 && !this.stopped) {
      clearTimeout(this.idle);
      this.idle = setTimeout(() => {
        const { process } = this;
        if (process !== undefined) {
          void this.end(process);
        }
      }, this.options.idleMs ?? IDLE_MS).unref();
    }
  }

  private wake(): ChildProcess {
    const { settings, logger } = this.options;
    const child = fork(join(packageRoot, 'dist', 'studio', 'entry.js'), {
      execArgv: [],
      serialization: 'advanced',
      stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
    });
    this.alive.add(child);
    child.on('message', (message: FromStudio) => this.receive(message));
    child.on('error', ({ message }) => {
      logger.error(`Enrolment and training could not begin: ${message}`);
      this.exited(child);
    });
    child.on('exit', (code, signal) => {
      if (code !== 0 && !this.ending.has(child)) {
        logger.error(`Enrolment and training were interrupted: their process ended (${signal ?? `code ${code}`}).`);
      }
      this.exited(child);
    });
    send(child, { type: 'begin', settings: { ...settings, tuned: this.tuned } });
    return child;
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

  private exited(child: ChildProcess): void {
    this.alive.delete(child);
    if (this.process === child) {
      this.process = undefined;
    }
    for (const pending of this.pending.values()) {
      if (pending.process === child) {
        pending.reject(new Error('The work was interrupted; try again.'));
      }
    }
  }

  private end(child: ChildProcess, budgetMs = STOP_BUDGET_MS): Promise<void> {
    this.ending.add(child);
    if (this.process === child) {
      this.process = undefined;
    }
    return new Promise((resolve) => {
      const timer = setTimeout(() => child.kill('SIGKILL'), budgetMs);
      child.once('exit', () => {
        clearTimeout(timer);
        resolve();
      });
      send(child, { type: 'stop' });
    });
  }
}

/** A process that has just ended hears nothing; `exit` tells of that. */
function send(child: ChildProcess, message: ToStudio): void {
  child.send(message, () => undefined);
}
