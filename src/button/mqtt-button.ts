import { connect, type MqttClient } from 'mqtt';
import type { Clock, Logger } from '../types.js';
import { PressLimit } from './press-limit.js';
import { whichDoorbell } from './which-doorbell.js';

export interface MqttButtonOptions {
  /** For example `mqtt://192.168.1.10:1883`. */
  readonly url: string;
  /** A message here presses the first doorbell or the one it names; one under `TOPIC/NAME` presses that one. */
  readonly topic: string;
  readonly username?: string;
  readonly password?: string;
  readonly doorbells: readonly string[];
  readonly press: (doorbell: string) => void;
  readonly logger: Logger;
  readonly clock?: Clock;
  /** Between two attempts to connect, ms. */
  readonly reconnectMs?: number;
}

const PRESSES = { burst: 5, refillMs: 2000 } as const;
const RECONNECT_MS = 5000;
/** What buttons send that means a press of no particular doorbell; their release is not a press. */
const PLAIN_PRESS = new Set(['', '1', 'on', 'true', 'press', 'pressed', 'ring', 'single', 'single_press']);
const RELEASE = new Set(['0', 'off', 'false', 'release', 'released']);

/** A button over MQTT. Connects again for ever; one line in the log for each change. */
export class MqttButton {
  private client?: MqttClient;
  private connected?: boolean;
  private readonly presses: PressLimit;
  private readonly clock: Clock;

  constructor(private readonly options: MqttButtonOptions) {
    this.clock = options.clock ?? Date.now;
    this.presses = new PressLimit(PRESSES.burst, PRESSES.refillMs, this.clock());
  }

  /** Begins to connect; returns at once and never throws. */
  start(): void {
    const { url, username, password, reconnectMs = RECONNECT_MS, logger } = this.options;
    try {
      this.client = connect(url, {
        ...(username !== undefined && { username }),
        ...(password !== undefined && { password }),
        reconnectPeriod: reconnectMs,
        connectTimeout: 10_000,
        clean: true,
        resubscribe: false,
      });
    } catch (error) {
      logger.error(`The button's MQTT broker ${this.broker}: ${reason(error)}. The doorbell goes on without it.`);
      return;
    }
    this.client
      .on('connect', () => this.subscribe())
      .on('message', (topic, payload, packet) => {
        // What a broker kept from yesterday is not a press of today.
        if (!packet.retain) {
          this.receive(topic, payload.toString('utf8'));
        }
      })
      .on('error', (error) => this.lost(reason(error)))
      .on('close', () => this.lost('the connection is closed'));
  }

  /** Ends the connection for good. */
  async stop(): Promise<void> {
    const { client } = this;
    this.client = undefined;
    await client?.endAsync(true).catch(() => undefined);
  }

  private subscribe(): void {
    const { topic, logger } = this.options;
    this.client?.subscribe([topic, `${topic}/+`], { qos: 1 }, (error, granted) => {
      const refused = granted?.find(({ qos }) => qos >= 128);
      if (error !== null || refused !== undefined) {
        logger.warn(`The button's MQTT broker ${this.broker} refuses the topic ${refused?.topic ?? topic}.`);
      } else if (this.connected !== true) {
        this.connected = true;
        logger.info(`The button listens at the MQTT broker ${this.broker}, topic ${topic}`);
      }
    });
  }

  private receive(topic: string, payload: string): void {
    const { doorbells, press, logger } = this.options;
    const word = payload.trim().toLowerCase();
    if (RELEASE.has(word)) {
      return;
    }
    const named =
      topic === this.options.topic
        ? PLAIN_PRESS.has(word)
          ? ''
          : payload
        : topic.slice(this.options.topic.length + 1);
    const doorbell = whichDoorbell(named, doorbells);
    if (doorbell === undefined) {
      logger.warn(`The button's MQTT message names no doorbell of this house: ${JSON.stringify(named.slice(0, 60))}`);
      return;
    }
    if (!this.presses.take(this.clock())) {
      logger.debug(`${doorbell}: too many presses over MQTT; one is left out`);
      return;
    }
    try {
      press(doorbell);
    } catch (error) {
      logger.error(`${doorbell}: the press failed: ${reason(error)}`);
    }
  }

  private lost(why: string): void {
    if (this.client !== undefined && this.connected !== false) {
      this.connected = false;
      this.options.logger.warn(
        `The button's MQTT broker ${this.broker} is out of reach (${why}); trying again for ever.`,
      );
    }
  }

  /** The broker's address without user and password. */
  private get broker(): string {
    return this.options.url.replace(/\/\/[^@/]*@/, '//');
  }
}

function reason(error: unknown): string {
  const { code, message } = error as NodeJS.ErrnoException;
  return message === '' ? (code ?? 'unknown fault') : message;
}
