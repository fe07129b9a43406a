import { Broker, type BrokerAccount } from '../mqtt/broker.js';
import { packageVersion } from '../package-root.js';
import type { Logger } from '../types.js';
import { statusTopic } from './home-assistant.js';
import { MqttNotifier } from './mqtt-notifier.js';
import { Notifier } from './notifier.js';
import { Webhook } from './webhook.js';

/** The part of the configuration that is about this room. */
export interface NotifySettings {
  readonly mqtt?:
    | (BrokerAccount & {
        readonly topic: string;
        readonly discovery: boolean;
        readonly discoveryPrefix: string;
        readonly pictures: boolean;
      })
    | undefined;
  readonly webhooks: readonly { readonly url: string; readonly secret: string; readonly pictures: boolean }[];
}

export interface NotifyContext {
  readonly settings: NotifySettings;
  readonly doorbells: readonly string[];
  readonly logger: Logger;
  /** Pauses before the next attempt are multiplied by this; tests are in a hurry. */
  readonly haste?: number;
}

/** What goes out beside HomeKit, as configured; the broker is to be started once everybody has subscribed. */
export function createNotifier({ settings, doorbells, logger, haste = 1 }: NotifyContext): {
  readonly notifier: Notifier;
  readonly broker?: Broker;
} {
  const { mqtt } = settings;
  const broker =
    mqtt &&
    new Broker({
      ...mqtt,
      logger,
      reconnectMs: 5000 * haste,
      will: { topic: statusTopic(mqtt.topic), payload: 'offline' },
    });
  const notifier = new Notifier({
    logger,
    mqtt:
      mqtt && broker
        ? {
            pictures: mqtt.pictures,
            notifier: new MqttNotifier({
              ...mqtt,
              prefix: mqtt.discoveryPrefix,
              broker,
              doorbells,
              version: packageVersion,
            }),
          }
        : undefined,
    webhooks: settings.webhooks.map(({ url, secret, pictures }) => ({
      webhook: new Webhook({ url, secret, logger, haste }),
      pictures,
    })),
  });
  return { notifier, ...(broker && { broker }) };
}
