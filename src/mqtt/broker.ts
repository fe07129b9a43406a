import { setTimeout as sleep } from 'node:timers/promises';
import { connect, type MqttClient } from 'mqtt';
import type { Logger } from '../types.js';

/** How an MQTT broker is reached. */
export interface BrokerAccount {
  /** For example `mqtt://192.168.1.10:1883`. */
  readonly url: string;
  readonly username?: string | undefined;
  readonly password?: string | undefined;
}

export interface BrokerOptions extends BrokerAccount {
  readonly logger: Logger;
  /** What the broker says for us when we vanish. */
  readonly will?: { readonly topic: string; readonly payload: string };
  /** Between two attempts to connect, ms. */
  readonly reconnectMs?: number;
}

export interface Message {
  readonly topic: string;
  /** An empty one takes a kept message away. */
  readonly payload: string | Buffer;
  /** The broker keeps it and gives it to whoever comes later. */
  readonly retain?: boolean;
}

type MessageMaker = () => Message | undefined;

type Receiver = (topic: string, payload: Buffer, retained: boolean) => void;

const RECONNECT_MS = 5000;
/** Messages that wait for the broker; the oldest are given up first. */
const LONGEST_QUEUE = 200;
const FAREWELL_MS = 1000;

/** One connection to an MQTT broker, kept for ever; one line in the log for each change. */
export class Broker {
  private client?: MqttClient;
  private connected?: boolean;
  private readonly subscriptions: { readonly topics: readonly string[]; readonly receive: Receiver }[] = [];
  private readonly greetings: (() => void)[] = [];
  private waiting: MessageMaker[] = [];

  constructor(private readonly options: BrokerOptions) {}

  /** The broker's address without user, password and query, which may hold secrets; a password may hold `@` and `/`. */
  get name(): string {
    return this.options.url.replace(/\/\/.*@/, '//').replace(/\?.*$/, '');
  }

  /** Connected, and greeted. */
  private get isThere(): boolean {
    return this.connected === true && this.client?.connected === true;
  }

  /** Begins to connect; returns at once and never throws. */
  start(): void {
    const { url, username, password, reconnectMs = RECONNECT_MS, will, logger } = this.options;
    if (this.client !== undefined) {
      return;
    }
    try {
      this.client = connect(url, {
        ...(username !== undefined && { username }),
        ...(password !== undefined && { password }),
        ...(will && { will: { topic: will.topic, payload: Buffer.from(will.payload), qos: 1, retain: true } }),
        reconnectPeriod: reconnectMs,
        connectTimeout: 10_000,
        clean: true,
        resubscribe: false,
      });
    } catch (error) {
      logger.error(`The MQTT broker ${this.name}: ${reason(error)}. Doorman goes on without it.`);
      return;
    }
    const { client } = this;
    client
      .on('connect', () => void this.greet(client))
      .on('message', (topic, payload, { retain }) => this.receive(topic, payload, retain))
      .on('error', (error) => this.lost(reason(error)))
      .on('close', () => this.lost('the connection is closed'));
  }

  /** Calls back with every message whose topic matches; `+` stands for one level. Call it before `start`. */
  subscribe(topics: readonly string[], receive: Receiver): void {
    this.subscriptions.push({ topics, receive });
  }

  /** Called at every new connection, before what has waited is sent. Call it before `start`. */
  onConnected(greet: () => void): void {
    this.greetings.push(greet);
  }

  /**
   * Sends a message, or keeps it until the broker is there, the newest 200.
   *
   * @param make makes the message when it goes out; undefined when it has lost its sense meanwhile
   */
  send(make: MessageMaker): void {
    if (this.isThere) {
      this.publish(make);
    } else if (this.client !== undefined) {
      this.waiting = [...this.waiting, make].slice(-LONGEST_QUEUE);
    }
  }

  /** Sends a message if the broker is there; what it says is told anew at every connection. */
  sendNow(message: Message): void {
    if (this.isThere) {
      this.publish(() => message);
    }
  }

  /** Ends the connection for good, after a moment for what is under way. */
  async stop(): Promise<void> {
    const { client } = this;
    this.client = undefined;
    if (client?.connected === true) {
      await Promise.race([client.endAsync(), sleep(FAREWELL_MS)]).catch(() => undefined);
    }
    await client?.endAsync(true).catch(() => undefined);
  }

  private async greet(client: MqttClient): Promise<void> {
    for (const { topics } of this.subscriptions) {
      await this.subscribeAt(client, topics);
    }
    if (!client.connected || this.client !== client) {
      return;
    }
    if (this.connected !== true) {
      this.connected = true;
      this.options.logger.info(`Connected to the MQTT broker ${this.name}`);
    }
    this.greetings.forEach((greet) => greet());
    const waiting = this.waiting;
    this.waiting = [];
    waiting.forEach((make) => this.publish(make));
  }

  private async subscribeAt(client: MqttClient, topics: readonly string[]): Promise<void> {
    const refused = await client.subscribeAsync([...topics], { qos: 1 }).then(
      (granted) => granted.find(({ qos }) => qos >= 128)?.topic,
      () => topics.join(', '),
    );
    if (refused !== undefined && client.connected) {
      this.options.logger.warn(`The MQTT broker ${this.name} refuses the topic ${refused}.`);
    }
  }

  private publish(make: MessageMaker): void {
    const message = make();
    if (message !== undefined) {
      const { topic, payload, retain = false } = message;
      this.client?.publishAsync(topic, payload, { qos: 1, retain }).catch((error: unknown) => {
        this.options.logger.debug(`The MQTT broker ${this.name} did not take ${topic}: ${reason(error)}`);
      });
    }
  }

  private receive(topic: string, payload: Buffer, retained: boolean): void {
    for (const { topics, receive } of this.subscriptions) {
      if (topics.some((pattern) => topicMatches(pattern, topic))) {
        try {
          receive(topic, payload, retained);
        } catch (error) {
          this.options.logger.error(`A message of the MQTT broker ${this.name} failed: ${reason(error)}`);
        }
      }
    }
  }

  private lost(why: string): void {
    if (this.client !== undefined && this.connected !== false) {
      this.connected = false;
      this.options.logger.warn(`The MQTT broker ${this.name} is out of reach (${why}); trying again for ever.`);
    }
  }
}

function topicMatches(pattern: string, topic: string): boolean {
  const [wanted, given] = [pattern.split('/'), topic.split('/')];
  return wanted.length === given.length && wanted.every((level, at) => level === '+' || level === given[at]);
}

function reason(error: unknown): string {
  const { code, message } = error as NodeJS.ErrnoException;
  return message === '' ? (code ?? 'unknown fault') : message;
}
