import type { Clock, Logger } from '../types.js';
import { annotate, fit, placeholder, type Size } from './label.js';
import { chooseSnapshot, EVENT_SHOWN_MS, FRAME_WAIT_MS, NEWEST_WAIT_MS } from './snapshot-policy.js';

/** Where snapshots come from. */
export interface SnapshotSource {
  /** A JPEG of the newest decoded frame; undefined while there is none. */
  newest(): Promise<Buffer | undefined>;
  /**
   * A JPEG of the stream's newest key frame, for when no frame is decoded; undefined when the camera is away. The signal
   * says when it is too late.
   */
  keyframe?(signal: AbortSignal): Promise<Buffer | undefined>;
}

export interface SnapshotsOptions {
  readonly name: string;
  readonly source: SnapshotSource;
  readonly logger: Logger;
  readonly clock?: Clock;
  /** How long to wait for a frame, ms. */
  readonly frameWait?: number;
}

interface Picture {
  readonly jpeg: Buffer;
  readonly takenAt: number;
}

/** What the phones ask for when nothing was asked yet: the notification's picture. */
const USUAL_SIZE: Size = { width: 640, height: 360 };

/** Answers every snapshot request within its budget: with the event's labelled picture, a fresh one, an older one or words. */
export class Snapshots {
  private event?: { readonly picture: Picture; readonly text: string; readonly until: number };
  private older?: Picture;
  private fetching?: Promise<Picture | undefined>;
  private online = true;
  private reason: string | undefined;
  private lastSize = USUAL_SIZE;
  private readonly inFlight = new Map<string, Promise<Buffer>>();
  private readonly drawn = new Map<string, Promise<Buffer>>();
  private readonly clock: Clock;

  constructor(private readonly options: SnapshotsOptions) {
    this.clock = options.clock ?? Date.now;
  }

  /** Tells whether the camera delivers, and why not; a picture from before is then shown with its age. */
  setOnline(online: boolean, reason?: string): void {
    this.online = online;
    this.reason = reason;
  }

  /**
   * Makes the labelled picture of an event ready, and shows it first for the next seconds. Without `jpeg` the
   * newest frame is taken. Resolves when the picture is drawn in the size that phones last asked for.
   */
  async showEvent(text: string, jpeg?: Buffer): Promise<void> {
    const picture = jpeg === undefined ? await this.fetch() : { jpeg, takenAt: this.clock() };
    if (picture === undefined) {
      return;
    }
    this.older = picture;
    this.event = { picture, text, until: this.clock() + EVENT_SHOWN_MS };
    this.drawn.clear();
    await this.drawEvent(this.lastSize);
  }

  /** A JPEG of exactly this size. Never rejects: in the worst case it is a picture of words. */
  request(size: Size): Promise<Buffer> {
    this.lastSize = size;
    const key = `${size.width}x${size.height}`;
    const shared = this.inFlight.get(key);
    if (shared !== undefined) {
      return shared;
    }
    const answer = this.answer(size)
      .catch((error: unknown) => {
        this.options.logger.debug(`${this.options.name}: snapshot failed: ${String(error)}`);
        return placeholder(`${this.options.name}: no picture`, size);
      })
      .finally(() => this.inFlight.delete(key));
    this.inFlight.set(key, answer);
    return answer;
  }

  private async answer(size: Size): Promise<Buffer> {
    const now = this.clock();
    const eventFirst = this.event !== undefined && now < this.event.until;
    const newest = eventFirst ? undefined : await this.fetch();
    const choice = chooseSnapshot({
      now: this.clock(),
      name: this.options.name,
      ...(eventFirst && this.event !== undefined && { eventUntil: this.event.until }),
      newest: newest !== undefined,
      ...(this.older !== undefined && { olderTakenAt: this.older.takenAt }),
      online: this.online,
      ...(this.reason !== undefined && { reason: this.reason }),
    });
    switch (choice.kind) {
      case 'event':
        return this.drawEvent(size);
      case 'newest':
        return fit(newest!.jpeg, size);
      case 'older':
        return annotate(await fit(this.older!.jpeg, size), choice.label);
      case 'words':
        return placeholder(choice.text, size, choice.reason);
    }
  }

  /** The event's picture at this size, drawn once: first the size, then the words, so that a watch can read them. */
  private drawEvent(size: Size): Promise<Buffer> {
    const { picture, text } = this.event!;
    const key = `${size.width}x${size.height}`;
    const ready = this.drawn.get(key) ?? fit(picture.jpeg, size).then((jpeg) => annotate(jpeg, text));
    this.drawn.set(key, ready);
    ready.catch(() => this.drawn.delete(key));
    return ready;
  }

  /** The newest frame, asked for once however many want it; undefined when it does not come in time. */
  private fetch(): Promise<Picture | undefined> {
    this.fetching ??= this.fetchInTime().finally(() => (this.fetching = undefined));
    return this.fetching;
  }

  private async fetchInTime(): Promise<Picture | undefined> {
    const late = new AbortController();
    const timer = setTimeout(() => late.abort(), this.options.frameWait ?? FRAME_WAIT_MS);
    try {
      const jpeg = await this.firstOf(late.signal);
      if (jpeg === undefined) {
        return undefined;
      }
      this.older = { jpeg, takenAt: this.clock() };
      return this.older;
    } finally {
      clearTimeout(timer);
      late.abort();
    }
  }

  /** The decoder's newest frame, or the stream's key frame when there is none, or none soon. */
  private firstOf(late: AbortSignal): Promise<Buffer | undefined> {
    const { source, name, logger } = this.options;
    const asked = async (ask: () => Promise<Buffer | undefined>): Promise<Buffer | undefined> => {
      try {
        return await ask();
      } catch (error) {
        logger.debug(`${name}: no frame for the snapshot: ${String(error)}`);
        return undefined;
      }
    };
    return new Promise((resolve) => {
      late.addEventListener('abort', () => resolve(undefined), { once: true });
      let keyframe: Promise<Buffer | undefined> | undefined;
      const askStream = (): Promise<Buffer | undefined> =>
        (keyframe ??= asked(() => source.keyframe?.(late) ?? Promise.resolve(undefined)));
      const soon = setTimeout(() => void askStream().then((jpeg) => jpeg && resolve(jpeg)), NEWEST_WAIT_MS);
      // A decoder that is known to have nothing is not waited for.
      const newest = this.online ? asked(() => source.newest()) : Promise.resolve(undefined);
      void newest.then(async (jpeg) => {
        clearTimeout(soon);
        resolve(jpeg ?? (await askStream()));
      });
      late.addEventListener('abort', () => clearTimeout(soon), { once: true });
    });
  }
}
