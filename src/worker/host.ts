import { join } from 'node:path';
import { Worker } from 'node:worker_threads';
import { packageRoot } from '../package-root.js';
import type { GuestTemplates, Logger } from '../types.js';
import type { FromWorker, ToWorker, WorkerHealth, WorkerSettings } from './messages.js';

/** A worker that died is started again after this many seconds, each time longer. */
const RESTART_SECONDS = [1, 2, 4, 8, 16, 30];

/** A worker that lived so long starts from the shortest pause again. */
const STABLE_MS = 60_000;

const SNAPSHOT_BUDGET_MS = 2000;

const STOP_BUDGET_MS = 4000;

export interface WorkerListener {
  onEvent(message: Extract<FromWorker, { type: 'event' }>): void;
  onCamera(online: boolean, reason?: string): void;
  onReady?(message: Extract<FromWorker, { type: 'ready' }>): void;
}

/** The main thread's end of one doorbell's worker: starts it, keeps it alive, speaks with it. */
export class WorkerHost {
  private worker: Worker | undefined;
  private stopping = false;
  private gallery: readonly GuestTemplates[] = [];
  private failures = 0;
  private restart: NodeJS.Timeout | undefined;
  private requests = 0;
  private readonly snapshots = new Map<number, (jpeg: Uint8Array | undefined) => void>();
  health: WorkerHealth | undefined;
  ready: Extract<FromWorker, { type: 'ready' }> | undefined;

  constructor(
    private readonly settings: WorkerSettings,
    private readonly listener: WorkerListener,
    private readonly logger: Logger,
  ) {}

  start(): void {
    const startedAt = Date.now();
    const worker = new Worker(join(packageRoot, 'dist', 'worker', 'entry.js'), {
      workerData: this.settings,
      name: this.settings.doorbell.name,
    });
    this.worker = worker;
    this.post({ type: 'gallery', guests: this.gallery });
    worker.on('message', (message: FromWorker) => this.receive(message));
    worker.on('error', (error) => {
      this.logger.error(`${this.settings.doorbell.name}: recognition failed: ${error.message}`);
      this.logger.debug(error.stack);
    });
    worker.on('exit', () => this.exited(startedAt));
  }

  /** The newest picture of the camera, or undefined when there is none in time. */
  snapshot(width: number): Promise<Uint8Array | undefined> {
    if (this.worker === undefined) {
      return Promise.resolve(undefined);
    }
    const request = ++this.requests;
    return new Promise((resolve) => {
      const answer = (jpeg: Uint8Array | undefined): void => {
        clearTimeout(timer);
        this.snapshots.delete(request);
        resolve(jpeg);
      };
      const timer = setTimeout(() => answer(undefined), SNAPSHOT_BUDGET_MS);
      this.snapshots.set(request, answer);
      this.post({ type: 'snapshot', request, width });
    });
  }

  setGallery(guests: readonly GuestTemplates[]): void {
    this.gallery = guests;
    this.post({ type: 'gallery', guests });
  }

  press(at: number): void {
    if (this.worker === undefined) {
      // Nobody can say who it is, but a button that was pressed rings.
      this.listener.onEvent({ type: 'event', event: { type: 'pressed', at } });
    }
    this.post({ type: 'press', at });
  }

  /** Ends the worker and everything it started. */
  async stop(): Promise<void> {
    this.stopping = true;
    clearTimeout(this.restart);
    const { worker } = this;
    if (worker === undefined) {
      return;
    }
    await new Promise<void>((resolve) => {
      const timer = setTimeout(() => void worker.terminate(), STOP_BUDGET_MS);
      worker.once('exit', () => {
        clearTimeout(timer);
        resolve();
      });
      this.post({ type: 'stop' });
    });
  }

  private post(message: ToWorker): void {
    this.worker?.postMessage(message);
  }

  private receive(message: FromWorker): void {
    switch (message.type) {
      case 'ready':
        this.ready = message;
        this.listener.onReady?.(message);
        break;
      case 'event':
        this.listener.onEvent(message);
        break;
      case 'camera':
        this.listener.onCamera(message.online, message.reason);
        break;
      case 'snapshot':
        this.snapshots.get(message.request)?.(message.jpeg);
        break;
      case 'health':
        this.health = message.health;
        break;
      case 'log':
        this.logger[message.level](`${this.settings.doorbell.name}: ${message.message}`);
        break;
    }
  }

  private exited(startedAt: number): void {
    this.worker = undefined;
    this.health = undefined;
    this.snapshots.forEach((answer) => answer(undefined));
    if (this.stopping) {
      return;
    }
    this.failures = Date.now() - startedAt > STABLE_MS ? 0 : this.failures;
    const seconds = RESTART_SECONDS[Math.min(this.failures++, RESTART_SECONDS.length - 1)]!;
    this.logger.warn(`${this.settings.doorbell.name}: recognition ended; it starts again in ${seconds} s.`);
    this.listener.onCamera(false, 'recognition is being restarted');
    this.restart = setTimeout(() => this.start(), seconds * 1000);
  }
}
