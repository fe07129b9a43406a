import { homedir } from 'node:os';
import { join } from 'node:path';
import type { API, DynamicPlatformPlugin, Logging, PlatformAccessory, PlatformConfig } from 'homebridge';
import { HttpButton } from './button/http-button.js';
import { MqttButton } from './button/mqtt-button.js';
import { parseConfig, type DoorbellConfig, type DoormanConfig } from './config.js';
import { Entrance } from './entrance.js';
import { GuestBook } from './guestbook/book.js';
import { chooseKeySource, keyVariable } from './guestbook/key.js';
import { Housekeeper } from './guestbook/schedule.js';
import { GuestAccessories } from './homekit/guest-accessories.js';
import { Broker } from './mqtt/broker.js';
import { createNotifier } from './notify/create.js';
import type { Notifier } from './notify/notifier.js';
import { pluginHandlers } from './plugin-handlers.js';
import type { EncoderDescription, Logger } from './types.js';
import { bookHandlers } from './ui-link/book-handlers.js';
import { UiLinkServer } from './ui-link/server.js';
import { bookFolder, uiLinkSocket } from './ui-link/socket-place.js';
import { findFfmpeg, missingAbilities } from './video/ffmpeg.js';

export { PLUGIN_NAME } from './homekit/doorbell.js';
export { PLATFORM_NAME } from './homekit/guest-accessories.js';

/** Wires everything: configuration, guest book, guests' accessories, one entrance per doorbell, socket, buttons. */
export class DoormanPlatform implements DynamicPlatformPlugin {
  private readonly logger: Logger;
  private readonly guests: GuestAccessories;
  private readonly stops: (() => Promise<void> | void)[] = [];
  private stopped = false;
  private bookFault: string | undefined;
  /** What is done at night after housekeeping, once everything runs. */
  private nightly: () => Promise<void> = () => Promise.resolve();

  constructor(
    log: Logging,
    block: PlatformConfig,
    private readonly api: API,
  ) {
    this.logger = {
      debug: (...text: unknown[]) => log.debug(text.map(String).join(' ')),
      info: (...text: unknown[]) => log.info(text.map(String).join(' ')),
      warn: (...text: unknown[]) => log.warn(text.map(String).join(' ')),
      error: (...text: unknown[]) => log.error(text.map(String).join(' ')),
    };
    const parsed = parseConfig(block);
    const sensors = parsed.config?.guests ?? {
      sensor: 'occupancy',
      switches: false,
      verified: false,
      possiblyPhoto: false,
      cameraOffline: false,
    };
    this.guests = new GuestAccessories({
      api,
      logger: this.logger,
      ...sensors,
      cameraOffline: sensors.cameraOffline ? (parsed.config?.doorbells ?? []).map(({ name }) => name) : [],
    });
    if (parsed.config === undefined) {
      for (const { path, message } of parsed.faults) {
        this.logger.error(`The configuration has a fault: ${path === '' ? 'the Doorman block' : path} ${message}.`);
      }
      this.logger.error('Doorman waits until this is mended in the settings; your accessories are kept meanwhile.');
      return;
    }
    if (parsed.doorbells.length === 0) {
      this.logger.info('No doorbell is configured yet: add one in the settings, with a name and the camera’s address.');
    }
    const { config, doorbells } = parsed;
    api.on('didFinishLaunching', () => {
      this.start(config, doorbells).catch((error: unknown) => this.report('Doorman could not start', error));
    });
    api.on('shutdown', () => {
      this.stop().catch((error: unknown) => this.report('Doorman could not stop cleanly', error));
    });
  }

  configureAccessory(accessory: PlatformAccessory): void {
    this.guests.configure(accessory);
  }

  private async start(config: DoormanConfig, doorbells: readonly DoorbellConfig[]): Promise<void> {
    const storage = this.api.user.storagePath();
    const book = await this.openBook(bookFolder(storage), config);
    if (this.stopped) {
      return;
    }
    if (book !== undefined) {
      // Without the book nobody knows who belongs in Home: what is there stays.
      this.guests.sync(book.guests());
    }
    const { notifier, broker } = this.createNotifier(config, doorbells);
    if (book !== undefined) {
      notifier.setGuests(book.guests());
    }
    const entrances =
      doorbells.length === 0 ? [] : await this.createEntrances(storage, config, doorbells, book, notifier);
    for (const entrance of entrances) {
      entrance.start();
      this.stops.push(() => entrance.stop());
    }
    if (book !== undefined) {
      this.follow(book, entrances, notifier);
      const housekeeper = new Housekeeper({ book, logger: this.logger, afterwards: () => this.nightly() });
      this.stops.push(() => housekeeper.stop());
      housekeeper.start();
    }
    await this.startLink(storage, config, book, entrances);
    await this.startButtons(config, entrances, broker);
    broker?.start();
  }

  private createNotifier(
    { notify }: DoormanConfig,
    doorbells: readonly DoorbellConfig[],
  ): ReturnType<typeof createNotifier> {
    const created = createNotifier({
      settings: notify,
      doorbells: doorbells.map(({ name }) => name),
      logger: this.logger,
    });
    const { notifier, broker } = created;
    this.stops.push(async () => {
      await notifier.stop();
      await broker?.stop();
    });
    return created;
  }

  private async createEntrances(
    storage: string,
    config: DoormanConfig,
    doorbells: readonly DoorbellConfig[],
    book: GuestBook | undefined,
    notifier: Notifier,
  ): Promise<Entrance[]> {
    const { api, logger, guests } = this;
    const ffmpeg = await findFfmpeg({ logger, ...(config.ffmpegPath && { configuredPath: config.ffmpegPath }) });
    const missing = missingAbilities(ffmpeg);
    if (missing !== undefined) {
      logger.info(missing);
    }
    const cacheFolder = join(bookFolder(storage), 'models');
    return doorbells.map(
      (doorbell) => new Entrance({ api, logger, config, doorbell, ffmpeg, cacheFolder, guests, book, notifier }),
    );
  }

  /** The socket of the settings page and the command. The doorbell goes on without it. */
  private async startLink(
    storage: string,
    config: DoormanConfig,
    book: GuestBook | undefined,
    entrances: readonly Entrance[],
  ): Promise<void> {
    const { logger, bookFault } = this;
    const encoder = (): EncoderDescription | undefined =>
      entrances.find(({ ready }) => ready !== undefined)?.ready?.encoder;
    const ofBook = book && bookHandlers({ book, encoder });
    const cacheFolder = join(bookFolder(storage), 'models');
    const uploadFolder = join(bookFolder(storage), 'uploads');
    const ofPlugin = pluginHandlers({ book, bookFault, entrances, config, cacheFolder, uploadFolder, logger });
    this.stops.push(ofPlugin.stop);
    this.nightly = ofPlugin.nightly;
    const link = new UiLinkServer({
      socketPath: uiLinkSocket(storage),
      logger,
      handlers: { ...ofBook?.handlers, ...ofPlugin.handlers },
      onOpened: () => void book?.noteSocketOpened().catch((error: unknown) => this.report('The audit log', error)),
      ...(ofBook && { onClosed: ofBook.connectionClosed }),
    });
    try {
      await link.start();
      this.stops.push(() => link.stop());
      book?.on('changed', ({ kind }) => link.announce(kind));
    } catch (error) {
      this.report('The settings page and the doorman command cannot reach the plugin', error);
    }
  }

  /** @param shared the broker of `notify`, not started yet; the button over MQTT has its own only when it names one */
  private async startButtons(
    { button }: DoormanConfig,
    entrances: readonly Entrance[],
    shared: Broker | undefined,
  ): Promise<void> {
    const common = {
      doorbells: entrances.map(({ name }) => name),
      press: (doorbell: string) => entrances.find(({ name }) => name === doorbell)?.press(),
      logger: this.logger,
    };
    if (button.http !== undefined) {
      const http = new HttpButton({ ...common, ...button.http });
      this.stops.push(() => http.stop());
      await http.start();
    }
    if (button.mqtt !== undefined) {
      const { url, username, password, topic } = button.mqtt;
      const own = url === undefined ? undefined : new Broker({ url, username, password, logger: this.logger });
      const broker = own ?? shared;
      if (broker !== undefined) {
        new MqttButton({ ...common, topic, broker });
      }
      this.stops.push(() => own?.stop());
      own?.start();
    }
  }

  /** Without its book the doorbell still rings; it only knows nobody. */
  private async openBook(folder: string, config: DoormanConfig): Promise<GuestBook | undefined> {
    try {
      const key = await chooseKeySource(process.env, homedir(), config.keyFile);
      // Programs started from here (ffmpeg, the household's own for talk-back) do not inherit the key.
      Reflect.deleteProperty(process.env, keyVariable);
      const book = await GuestBook.open({
        folder,
        key,
        logger: this.logger,
        retention: config.retention,
        holder: 'Homebridge',
      });
      this.stops.unshift(() => book.close());
      return book;
    } catch (error) {
      this.bookFault = error instanceof Error ? error.message : String(error);
      this.report('The guest book could not be opened, so nobody can be recognised', error);
      return undefined;
    }
  }

  private follow(book: GuestBook, entrances: readonly Entrance[], notifier: Notifier): void {
    book.on('changed', ({ kind }) => {
      if (kind === 'gallery' || kind === 'guests' || kind === 'forgotten' || kind === 'everything-forgotten') {
        const guests = kind === 'everything-forgotten' ? [] : book.guests();
        this.guests.sync(guests);
        notifier.setGuests(guests);
        entrances.forEach((entrance) => entrance.refreshGallery());
      }
      if (kind === 'tuning') {
        entrances.forEach((entrance) => entrance.refreshEncoder());
      }
      if (kind === 'settings') {
        entrances.forEach((entrance) => entrance.refreshSettings());
      }
    });
  }

  private async stop(): Promise<void> {
    this.stopped = true;
    this.guests.stop();
    for (const stop of this.stops.reverse()) {
      try {
        await stop();
      } catch (error) {
        this.report('A part of Doorman could not be stopped', error);
      }
    }
  }

  /** One clear sentence for the user, the stack for whoever looks closer. */
  private report(what: string, error: unknown): void {
    const { message, stack } = error instanceof Error ? error : new Error(String(error));
    this.logger.error(`${what}: ${message}`);
    this.logger.debug(stack);
  }
}
