import type { Broker } from '../mqtt/broker.js';
import type { Clock, Logger } from '../types.js';
import { PressLimit } from './press-limit.js';
import { whichDoorbell } from './which-doorbell.js';

export interface MqttButtonOptions {
  readonly broker: Pick<Broker, 'subscribe'>;
  /** A message here presses the first doorbell or the one it names; one under `TOPIC/NAME` presses that one. */
  readonly topic: string;
  readonly doorbells: readonly string[];
  readonly press: (doorbell: string) => void;
  readonly logger: Logger;
  readonly clock?: Clock;
}

const PRESSES = { burst: 5, refillMs: 2000 } as const;
/** What buttons send that means a press of no particular doorbell; their release is not a press. */
const PLAIN_PRESS = new Set(['', '1', 'on', 'true', 'press', 'pressed', 'ring', 'single', 'single_press']);
const RELEASE = new Set(['0', 'off', 'false', 'release', 'released']);

/** A button over MQTT; create it before its broker is started. */
export class MqttButton {
  private readonly presses: PressLimit;
  private readonly clock: Clock;

  constructor(private readonly options: MqttButtonOptions) {
    this.clock = options.clock ?? Date.now;
    this.presses = new PressLimit(PRESSES.burst, PRESSES.refillMs, this.clock());
    const { broker, topic } = options;
    broker.subscribe([topic, `${topic}/+`], (to, payload, retained) => {
      // What a broker kept from yesterday is not a press of today.
      if (!retained) {
        this.receive(to, payload.toString('utf8'));
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
      logger.error(`${doorbell}: the press failed: ${error instanceof Error ? error.message : String(error)}`);
    }
  }
}
