import { join } from 'node:path';
import { MessageChannel, Worker } from 'node:worker_threads';
import { packageRoot } from '../package-root.js';
import type { GuestTemplates, Logger } from '../types.js';
import { serveCamera } from '../video/packet-port.js';
import type { PacketSource } from '../video/packets.js';
import { Heartbeat } from './heartbeat.js';
import type {
  DoorbellView,
  FromWorker,
  LiveEnrolment,
  ToWorker,
  WorkerHealth,
  WorkerInput,
  WorkerSettings,
} from './messages.js';

/** A worker that died is started again after this many seconds, each time longer. */
const RESTART_SECONDS = [1, 2, 4, 8, 16, 30];

/** A worker that lived so long starts from the shortest pause again. */
const STABLE_MS = 60_000;

const PICTURE_BUDGET_MS = 2000;

const STOP_BUDGET_MS = 4000;

/** A worker tells of its health every five seconds; one that is silent for so long hangs. */
const SILENT_MS = 45_000;

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
  private readonly views = new Map<number, (view: DoorbellView | undefined) => void>();
  private readonly enrolments = new Map<number, { tell: (step: LiveEnrolment) => void; over: () => void }>();
  private falseAcceptRate: number;
  private tuned: Uint8Array | undefined;
  private changing = false;
  health: WorkerHealth | undefined;
  ready: Extract<FromWorker, { type: 'ready' }> | undefined;

  /** @param camera what recognition looks at; its connection stays in this thread */
  constructor(
    private readonly settings: WorkerSettings,
    private readonly camera: PacketSource,
    private readonly listener: WorkerListener,
    private readonly logger: Logger,
  ) {
    this.falseAcceptRate = settings.falseAcceptRate;
    this.tuned = settings.tuned;
  }

  start(): void {
    const startedAt = Date.now();
    const channel = new MessageChannel();
    serveCamera(this.camera, channel.port1);
    const worker = new Worker(join(packageRoot, 'dist', 'worker', 'entry.js'), {
      workerData: {
        settings: { ...this.settings, falseAcceptRate: this.falseAcceptRate, tuned: this.tuned },
        camera: channel.port2,
      } satisfies WorkerInput,
      transferList: [channel.port2],
      name: this.settings.doorbell.name,
    });
    this.worker = worker;
    this.post({ type: 'gallery', guests: this.gallery });
    const heartbeat = new Heartbeat(SILENT_MS, () => {
      this.logger.error(
        `${this.settings.doorbell.name}: recognition has not answered for ${SILENT_MS / 1000} s and is ended.`,
      );
      void worker.terminate();
    });
    worker.on('message', (message: FromWorker) => {
      if (message.type === 'health') {
        heartbeat.beat();
      }
      this.receive(message);
    });
    worker.on('error', (error) => {
      this.logger.error(`${this.settings.doorbell.name}: recognition failed: ${error.message}`);
      this.logger.debug(error.stack);
    });
    worker.on('exit', () => {
      heartbeat.stop();
      this.exited(startedAt);
    });
  }

  /** The newest picture of the camera, or undefined when there is none in time. */
  snapshot(width: number): Promise<Uint8Array | undefined> {
    return this.request(this.snapshots, (request) => ({ type: 'snapshot', request, width }));
  }

  /** The newest picture with the faces in it, or undefined when there is none in time. */
  view(width: number): Promise<DoorbellView | undefined> {
    return this.request(this.views, (request) => ({ type: 'view', request, width }));
  }

  /** Guides whoever stands there; resolves when it is over, for whatever reason, or the signal says so. */
  async enrol(signal: AbortSignal, tell: (step: LiveEnrolment) => void): Promise<void> {
    if (this.worker === undefined || signal.aborted) {
      return;
    }
    const request = ++this.requests;
    const end = (): void => this.post({ type: 'enrol-end', request });
    signal.addEventListener('abort', end, { once: true });
    try {
      await new Promise<void>((over) => {
        this.enrolments.set(request, { tell, over });
        this.post({ type: 'enrol', request });
      });
    } finally {
      signal.removeEventListener('abort', end);
      this.enrolments.delete(request);
    }
  }

  setFalseAcceptRate(rate: number): void {
    if (rate !== this.falseAcceptRate) {
      this.falseAcceptRate = rate;
      this.post({ type: 'false-accept-rate', rate });
    }
  }

  /** Another encoder is in force: the worker starts anew with it. */
  setTuned(tuned: Uint8Array | undefined): void {
    if (tuned === this.tuned) {
      return;
    }
    this.tuned = tuned;
    // What the encoder before made of the guests is of no use to the next; it gets its own when it is ready.
    this.ready = undefined;
    this.gallery = [];
    if (this.worker !== undefined && !this.stopping) {
      this.changing = true;
      this.post({ type: 'stop' });
    }
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

  /** Asks the worker for a picture; undefined when it does not answer in time. */
  private request<T>(
    waiting: Map<number, (answer: T | undefined) => void>,
    message: (request: number) => ToWorker,
  ): Promise<T | undefined> {
    if (this.worker === undefined) {
      return Promise.resolve(undefined);
    }
    const request = ++this.requests;
    return new Promise((resolve) => {
      const answer = (value: T | undefined): void => {
        clearTimeout(timer);
        waiting.delete(request);
        resolve(value);
      };
      const timer = setTimeout(() => answer(undefined), PICTURE_BUDGET_MS);
      waiting.set(request, answer);
      this.post(message(request));
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
      case 'view':
        this.views.get(message.request)?.(message.view);
        break;
      case 'enrolment':
        this.enrolments.get(message.request)?.tell(message.step);
        break;
      case 'enrolment-over':
        this.enrolments.get(message.request)?.over();
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
    this.views.forEach((answer) => answer(undefined));
    this.enrolments.forEach(({ over }) => over());
    if (this.stopping) {
      return;
    }
    if (this.changing) {
      this.changing = false;
      this.start();
      return;
    }
    this.failures = Date.now() - startedAt > STABLE_MS ? 0 : this.failures;
    const seconds = RESTART_SECONDS[Math.min(this.failures++, RESTART_SECONDS.length - 1)]!;
    this.logger.warn(`${this.settings.doorbell.name}: recognition ended; it starts again in ${seconds} s.`);
    this.listener.onCamera(false, 'recognition is being restarted');
    this.restart = setTimeout(() => this.start(), seconds * 1000);
  }
}
