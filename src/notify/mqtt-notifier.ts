import type { Broker } from '../mqtt/broker.js';
import {
  discoveryOf,
  discoveryPattern,
  doorTopics,
  statusTopic,
  type DiscoveryMessage,
  type DiscoveryWishes,
} from './home-assistant.js';
import { asOfNow, namesForgotten, type Notice } from './notice-policy.js';

export interface MqttNotifierOptions extends DiscoveryWishes {
  readonly broker: Broker;
  readonly doorbells: readonly string[];
  /** Whether Home Assistant is told what there is. */
  readonly discovery: boolean;
}

/** Who is before one doorbell, by visit. */
interface Door {
  readonly visits: Map<string, string | undefined>;
  online: boolean;
}

/** Tells an MQTT broker what happens at the doors. States are kept by the broker, events are not. */
export class MqttNotifier {
  private readonly doors: ReadonlyMap<string, Door>;
  private names: ReadonlyMap<string, string> = new Map();
  /** What Home Assistant is to know, by topic; undefined until it is known who is a guest. */
  private discovery: ReadonlyMap<string, string> | undefined;

  /** Create it before its broker is started. */
  constructor(private readonly options: MqttNotifierOptions) {
    const { broker, doorbells } = options;
    this.doors = new Map(doorbells.map((name) => [name, { visits: new Map<string, undefined>(), online: false }]));
    broker.onConnected(() => this.introduce());
    broker.subscribe(
      doorbells.map((doorbell) => discoveryPattern(options, doorbell)),
      (topic, payload) => {
        // Somebody was forgotten, or an option switched off, while the broker was away or Doorman did not run.
        if (payload.length > 0 && this.discovery?.has(topic) === false) {
          this.take([topic]);
        }
      },
    );
  }

  /** The guests have changed: their sensors appear, are renamed, or vanish. */
  setGuests(guests: readonly { readonly id: string; readonly name: string }[]): void {
    const { doorbells, discovery } = this.options;
    const gone = [...this.names.keys()].filter((id) => !guests.some((guest) => guest.id === id));
    this.names = new Map(guests.map(({ id, name }) => [id, name]));
    const messages = discovery ? doorbells.flatMap((doorbell) => discoveryOf(doorbell, guests, this.options)) : [];
    const before = this.discovery ?? new Map<string, string>();
    const now = new Map(messages.map(({ topic, payload }) => [topic, payload]));
    this.discovery = now;
    this.take([...before.keys()].filter((topic) => !now.has(topic)));
    this.take(gone.flatMap((id) => doorbells.map((doorbell) => this.topics(doorbell).guest(id))));
    this.tellDiscovery(messages.filter(({ topic, payload }) => before.get(topic) !== payload));
    doorbells.forEach((doorbell) => this.tellStates(doorbell));
  }

  /** Tells what happened. @param picture a small JPEG of it, if pictures are wanted */
  tell(notice: Notice, picture?: Buffer): void {
    const { broker, pictures } = this.options;
    const topics = this.topics(notice.doorbell);
    const payload = (): string => JSON.stringify(asOfNow(notice, this.names, Date.now()));
    this.follow(notice);
    if (pictures && picture !== undefined) {
      broker.send(() => (namesForgotten(notice, this.names) ? undefined : { topic: topics.picture, payload: picture }));
    }
    if (notice.event_type === 'ring') {
      // A bell that rings hours later helps nobody.
      broker.sendNow({ topic: topics.ring, payload: payload() });
    }
    if (notice.event_type === 'decided') {
      broker.send(() => ({ topic: topics.visitor, payload: payload() }));
    }
    broker.send(() => ({ topic: topics.event, payload: payload() }));
  }

  /** The last words before the connection ends. */
  bidFarewell(): void {
    this.options.broker.sendNow({ topic: statusTopic(this.options.topic), payload: 'offline', retain: true });
  }

  /** At every new connection: what there is, and how it is. */
  private introduce(): void {
    const { broker, topic, doorbells } = this.options;
    this.tellDiscovery([...(this.discovery ?? [])].map(([at, payload]) => ({ topic: at, payload })));
    broker.sendNow({ topic: statusTopic(topic), payload: 'online', retain: true });
    doorbells.forEach((doorbell) => this.tellStates(doorbell));
  }

  private follow(notice: Notice): void {
    const door = this.doors.get(notice.doorbell);
    if (door === undefined) {
      return;
    }
    switch (notice.event_type) {
      case 'started':
      case 'decided':
        if (notice.visit !== undefined) {
          door.visits.set(notice.visit, notice.guest_id);
        }
        break;
      case 'ended':
        door.visits.delete(notice.visit ?? '');
        break;
      case 'camera_online':
        door.online = true;
        break;
      case 'camera_offline':
        // Nobody is seen any more; a worker that crashed does not say that its visits have ended.
        door.online = false;
        door.visits.clear();
        break;
      case 'pressed':
      case 'ring':
        return;
    }
    this.tellStates(notice.doorbell);
  }

  private tellStates(doorbell: string): void {
    const { broker } = this.options;
    const topics = this.topics(doorbell);
    const { visits, online } = this.doors.get(doorbell)!;
    const there = new Set(visits.values());
    const state = (topic: string, on: boolean): void =>
      broker.sendNow({ topic, payload: on ? 'ON' : 'OFF', retain: true });
    state(topics.presence, visits.size > 0);
    state(topics.camera, online);
    for (const id of this.names.keys()) {
      state(topics.guest(id), there.has(id));
    }
  }

  private tellDiscovery(messages: readonly DiscoveryMessage[]): void {
    messages.forEach(({ topic, payload }) => this.options.broker.sendNow({ topic, payload, retain: true }));
  }

  /** Makes the broker forget what it kept there. */
  private take(topics: readonly string[]): void {
    topics.forEach((topic) => this.options.broker.sendNow({ topic, payload: '', retain: true }));
  }

  private topics(doorbell: string): ReturnType<typeof doorTopics> {
    return doorTopics(this.options.topic, doorbell);
  }
}
