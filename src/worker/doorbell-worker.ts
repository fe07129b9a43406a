import { randomUUID } from 'node:crypto';
import type { Frame, Logger, VisitEvent } from '../types.js';
import { CameraReader } from '../video/camera-reader.js';
import { encodeJpeg } from '../video/jpeg.js';
import { MotionGate } from '../video/motion-gate.js';
import type { PacketSource } from '../video/packets.js';
import type { Sight } from '../video/sight.js';
import { createVision, type Vision } from '../vision/vision.js';
import { Visits } from '../visit/visits.js';
import { BestFaces } from './best-faces.js';
import { HealthMeter } from './health.js';
import { LoadWatch } from './load-watch.js';
import { EnrolmentDesk } from './live-enrolment.js';
import type { FromWorker, ToWorker, WorkerSettings } from './messages.js';
import { Pipeline } from './pipeline.js';
import { Recogniser, usableTuned } from './recogniser.js';
import { Views } from './views.js';

/** Visits end by the clock when the camera sends nothing. */
const TICK_MS = 1000;
const SILENT_AFTER_MS = 3000;
const HEALTH_EVERY_MS = 5000;
/** The picture of an event, px wide. */
const EVENT_WIDTH = 1280;

/** Everything from frame to decision for one doorbell; owns the camera's reader and the networks. */
export class DoorbellWorker {
  private readonly stopping = new AbortController();
  private readonly health = new HealthMeter();
  private readonly load = new LoadWatch();
  private readonly timers: NodeJS.Timeout[] = [];
  private readonly logger: Logger;
  private reader: CameraReader | undefined;
  private vision: Vision | undefined;
  private recogniser: Recogniser | undefined;
  private visits: Visits | undefined;
  /** The gallery that came before the recogniser was ready, or while it was learning. */
  private gallery: Extract<ToWorker, { type: 'gallery' }>['guests'] = [];
  /** What the classifier has complained of already. */
  private readonly warned = new Set<string>();
  private learning: Promise<void> = Promise.resolve();
  private lookedAt = -Infinity;
  private looking: Promise<void> = Promise.resolve();
  private bestFaces: BestFaces | undefined;
  private readonly views: Views;
  private readonly enrolments: EnrolmentDesk;

  constructor(
    private readonly settings: WorkerSettings,
    private readonly camera: PacketSource,
    private readonly post: (message: FromWorker) => void,
  ) {
    const log =
      (level: 'debug' | 'info' | 'warn' | 'error') =>
      (...text: unknown[]): void =>
        post({ type: 'log', level, message: text.map(String).join(' ') });
    this.logger = { debug: log('debug'), info: log('info'), warn: log('warn'), error: log('error') };
    this.views = new Views(
      () => (this.health.online ? this.reader?.latest : undefined),
      (request, view) => this.post({ type: 'view', request, ...(view && { view }) }),
    );
    this.enrolments = new EnrolmentDesk((request) => this.post({ type: 'enrolment-over', request }));
  }

  async start(): Promise<void> {
    const { doorbell, ffmpeg, engine, encoder, tuned, cacheFolder, threads } = this.settings;
    const vision = await createVision({
      engine,
      encoder,
      cacheFolder,
      logger: this.logger,
      ...usableTuned(encoder, tuned),
      ...(threads !== undefined && { threads }),
    });
    this.vision = vision;
    this.bestFaces = new BestFaces(vision);
    const recogniser = await Recogniser.create(this.settings);
    this.recogniser = recogniser;
    await this.learn();
    const visits = new Visits(
      recogniser.rules(doorbell.name, doorbell.liveness, doorbell.visitGapSeconds * 1000, randomUUID),
    );
    this.visits = visits;
    const pipeline = new Pipeline(new MotionGate({ ignoreRegions: doorbell.ignoreRegions }), vision, visits);
    const reader = new CameraReader({
      ffmpeg,
      camera: this.camera,
      framesPerSecond: doorbell.framesPerSecond,
      decoder: doorbell.decoder,
      logger: this.logger,
    });
    this.reader = reader;
    reader.on('online', () => this.setOnline(true));
    reader.on('offline', (reason) => this.setOnline(false, reason));
    reader.on('sight', (sight) => (this.looking = this.look(pipeline, reader, sight)));
    this.post({ type: 'ready', engine: vision.engine, encoder: vision.encoder });
    if (this.stopping.signal.aborted) {
      return;
    }
    reader.start(this.stopping.signal);
    this.timers.push(
      setInterval(() => this.tick(visits), TICK_MS),
      setInterval(() => this.reportHealth(reader), HEALTH_EVERY_MS),
    );
  }

  /** Returns true when everything is stopped. */
  async receive(message: ToWorker): Promise<boolean> {
    switch (message.type) {
      case 'gallery':
        this.gallery = message.guests;
        await this.learn();
        return false;
      case 'press':
        await this.tell([this.visits?.press(message.at) ?? { type: 'pressed', at: message.at }]);
        return false;
      case 'snapshot':
        await this.answerSnapshot(message.request, message.width);
        return false;
      case 'view':
        this.views.ask(message.request, message.width);
        return false;
      case 'false-accept-rate':
        await this.adopt(message.rate);
        return false;
      case 'enrol':
        this.beginEnrolment(message.request);
        return false;
      case 'enrol-end':
        this.enrolments.end(message.request);
        return false;
      case 'stop':
        await this.stop();
        return true;
    }
  }

  private async stop(): Promise<void> {
    this.timers.forEach((timer) => clearInterval(timer));
    this.views.close();
    this.enrolments.end();
    this.stopping.abort();
    await this.reader?.stop();
    await this.looking;
    await this.tell(this.visits?.close(Date.now()) ?? []);
    await this.vision?.dispose();
  }

  /** Learns the newest gallery, one after the other; while it does, the former one answers. */
  private learn(): Promise<void> {
    this.learning = this.learning.then(async () => {
      try {
        await this.recogniser?.classifier.fit(this.gallery);
        this.recogniser?.warnings.forEach((warning) => this.warnOnce(warning));
      } catch (error) {
        this.logger.error(`the guests could not be learnt: ${reasonOf(error)}`);
      }
    });
    return this.learning;
  }

  private warnOnce(warning: string): void {
    if (!this.warned.has(warning)) {
      this.warned.add(warning);
      this.logger.warn(warning);
    }
  }

  /** Learns the guests for another rate, after what is being learnt. */
  private adopt(rate: number): Promise<void> {
    this.learning = this.learning.then(async () => {
      try {
        await this.recogniser?.setFalseAcceptRate(rate, this.gallery);
      } catch (error) {
        this.logger.error(`the false accept rate was not changed: ${reasonOf(error)}`);
      }
    });
    return this.learning;
  }

  private beginEnrolment(request: number): void {
    const { vision, recogniser } = this;
    if (vision === undefined || recogniser === undefined || this.stopping.signal.aborted) {
      this.post({ type: 'enrolment-over', request });
      return;
    }
    this.enrolments.begin(request, {
      vision,
      samePerson: recogniser.samePerson,
      tell: (step) => this.post({ type: 'enrolment', request, step }),
    });
  }

  /** Time passes for visits and enrolments also when the camera has gone silent. */
  private tick(visits: Visits): void {
    if (performance.now() - this.lookedAt > SILENT_AFTER_MS) {
      void this.tell(visits.settle(Date.now()));
      this.enrolments.wait(Date.now());
    }
  }

  private reportHealth({ dropped }: CameraReader): void {
    const health = this.health.report(dropped);
    this.post({ type: 'health', health });
    const words = this.load.observe(health);
    if (words !== undefined) {
      this.logger.info(words);
    }
  }

  private async look(pipeline: Pipeline, reader: CameraReader, sight: Sight): Promise<void> {
    const { whole } = sight;
    const begun = performance.now();
    this.lookedAt = begun;
    try {
      const step = await pipeline.process(sight);
      const { events, faces, encoded, closer } = step;
      reader.wantsWhole = closer || this.views.isAsked || this.enrolments.isBusy;
      this.health.frame(whole, faces.length > 0 ? performance.now() - begun : undefined);
      if (whole === undefined) {
        await this.tell(events);
        return;
      }
      // Whoever is being enrolled is no stranger to be asked about later.
      if (this.settings.inbox && !this.enrolments.isBusy) {
        for (const face of encoded) {
          await this.bestFaces?.collect(whole, face);
        }
      }
      await this.tell(events, whole);
      await this.views.show(whole, faces);
      await this.enrolments.see(whole, step);
    } catch (error) {
      const { message, stack } = error instanceof Error ? error : new Error(String(error));
      this.logger.error(`a frame could not be looked at: ${message}`);
      this.logger.debug(stack);
    }
  }

  private async tell(events: readonly VisitEvent[], frame?: Frame): Promise<void> {
    for (const event of events) {
      this.watchLateness(event);
      const decided = event.type === 'decided' ? event.visit.decision : undefined;
      const evidence = decided?.outcome === 'unknown' ? this.bestFaces?.of(event.visit!.id) : undefined;
      if (event.type === 'decided' || event.type === 'ended') {
        this.bestFaces?.forget(event.visit.id);
      }
      const pictured = frame !== undefined && event.type !== 'ended';
      const picture = pictured ? await encodeJpeg(frame, { width: Math.min(EVENT_WIDTH, frame.width) }) : undefined;
      this.post({ type: 'event', event, ...(picture && { picture }), ...(evidence && { evidence }) });
    }
  }

  private watchLateness(event: VisitEvent): void {
    if (event.type !== 'decided' || event.inputs.settled || event.visit.decidedAt === undefined) {
      return;
    }
    const waited = event.inputs.elapsed + Date.now() - event.visit.decidedAt;
    const words = this.load.decided(waited, this.health.recentlyDropped(this.reader?.dropped ?? 0));
    if (words !== undefined) {
      this.logger.info(words);
    }
  }

  private setOnline(online: boolean, reason?: string): void {
    this.health.online = online;
    this.post({ type: 'camera', online, ...(reason !== undefined && { reason }) });
  }

  private async answerSnapshot(request: number, width: number): Promise<void> {
    const frame = await this.reader?.fresh();
    const jpeg =
      frame === undefined
        ? undefined
        : await encodeJpeg(frame, { width: Math.min(width, frame.width) }).catch(() => undefined);
    this.post({ type: 'snapshot', request, ...(jpeg && { jpeg }) });
  }
}

const reasonOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));
