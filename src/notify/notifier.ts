import { randomUUID } from 'node:crypto';
import sharp from 'sharp';
import type { Clock, Logger, VisitEvent } from '../types.js';
import type { MqttNotifier } from './mqtt-notifier.js';
import { asOfNow, namesForgotten, noticeOf, type Notice, type NoticeType } from './notice-policy.js';
import type { Webhook } from './webhook.js';

export interface NotifierOptions {
  readonly logger: Logger;
  readonly mqtt?: { readonly notifier: MqttNotifier; readonly pictures: boolean } | undefined;
  readonly webhooks: readonly { readonly webhook: Webhook; readonly pictures: boolean }[];
  readonly clock?: Clock;
}

/** Thumbnails are no wider, px. */
const THUMBNAIL_WIDTH = 320;

/** Tells those outside HomeKit whom the household chose: an MQTT broker, webhooks. Nobody, unless it is asked for. */
export class Notifier {
  private names: ReadonlyMap<string, string> = new Map();
  private readonly online = new Map<string, boolean>();
  private readonly clock: Clock;
  /** Notices stay in order though thumbnails take their time. */
  private telling: Promise<void> = Promise.resolve();

  constructor(private readonly options: NotifierOptions) {
    this.clock = options.clock ?? Date.now;
  }

  /** The guests have changed. Whoever was forgotten is not named again, also by what is still waiting to go out. */
  setGuests(guests: readonly { readonly id: string; readonly name: string }[]): void {
    this.names = new Map(guests.map(({ id, name }) => [id, name]));
    this.options.mqtt?.notifier.setGuests(guests);
  }

  /** A visit's event. @param jpeg the scene */
  tellVisit(event: VisitEvent, doorbell: string, jpeg?: Uint8Array): void {
    const notice = noticeOf(event, doorbell, randomUUID(), this.clock());
    if (notice !== undefined) {
      this.tell(notice, event.type === 'decided' ? jpeg : undefined);
    }
  }

  tellRing(doorbell: string): void {
    this.tellPlain('ring', doorbell);
  }

  /** Says it when it changes. */
  tellCamera(online: boolean, doorbell: string): void {
    if (this.online.get(doorbell) === online) {
      return;
    }
    this.online.set(doorbell, online);
    this.tellPlain(online ? 'camera_online' : 'camera_offline', doorbell);
  }

  async stop(): Promise<void> {
    await this.telling;
    this.options.mqtt?.notifier.bidFarewell();
    await Promise.all(this.options.webhooks.map(({ webhook }) => webhook.stop()));
  }

  private tellPlain(event_type: NoticeType, doorbell: string): void {
    this.tell({ id: randomUUID(), event_type, doorbell, time: new Date(this.clock()).toISOString() });
  }

  private tell(notice: Notice, jpeg?: Uint8Array): void {
    const { logger, mqtt, webhooks } = this.options;
    const wanted = mqtt?.pictures === true || webhooks.some(({ pictures }) => pictures);
    this.telling = this.telling.then(async () => {
      const picture = wanted && jpeg !== undefined ? await this.thumbnail(jpeg) : undefined;
      try {
        mqtt?.notifier.tell(notice, picture);
        for (const { webhook, pictures } of webhooks) {
          webhook.send({ id: notice.id, body: () => this.body(notice, pictures ? picture : undefined) });
        }
      } catch (error) {
        logger.error(`${notice.doorbell}: could not tell of "${notice.event_type}": ${reasonOf(error)}`);
      }
    });
  }

  private body(notice: Notice, picture: Buffer | undefined): string {
    const shown = picture !== undefined && !namesForgotten(notice, this.names);
    return JSON.stringify({
      ...asOfNow(notice, this.names, this.clock()),
      ...(shown && { picture: picture.toString('base64') }),
    });
  }

  private async thumbnail(jpeg: Uint8Array): Promise<Buffer | undefined> {
    try {
      return await sharp(jpeg).resize({ width: THUMBNAIL_WIDTH, withoutEnlargement: true }).jpeg().toBuffer();
    } catch (error) {
      this.options.logger.debug(`No thumbnail: ${reasonOf(error)}`);
      return undefined;
    }
  }
}

const reasonOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));
