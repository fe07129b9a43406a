import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { connectAsync, type MqttClient } from 'mqtt';
import sharp from 'sharp';
import type { Broker } from '../../src/mqtt/broker.js';
import { createNotifier, type NotifySettings } from '../../src/notify/create.js';
import type { Notice } from '../../src/notify/notice-policy.js';
import type { Notifier } from '../../src/notify/notifier.js';
import { recordingLogger } from '../button/recording-logger.js';
import { ANNA, BEN, decided, decision, visit } from '../homekit/decisions.js';
import { Mosquitto } from '../support/mosquitto.js';
import { until } from '../support/wait.js';

const DOOR = 'Front Door';
const settings: Omit<NonNullable<NotifySettings['mqtt']>, 'url'> = {
  topic: 'doorman',
  discovery: true,
  discoveryPrefix: 'homeassistant',
  pictures: true,
};

describe('visits over MQTT', () => {
  let mosquitto: Mosquitto;
  let listener: MqttClient;
  let notifier: Notifier;
  let broker: Broker;
  let logger: ReturnType<typeof recordingLogger>;
  /** Every message in order, and the newest per topic. */
  let heard: { topic: string; payload: Buffer; retain: boolean }[];
  const newest = (topic: string): string | undefined =>
    heard
      .filter((message) => message.topic === topic)
      .at(-1)
      ?.payload.toString();
  const notices = (): Notice[] =>
    heard
      .filter(({ topic }) => topic === 'doorman/front_door/event')
      .map(({ payload }) => JSON.parse(payload.toString()) as Notice);
  const configs = (): Map<string, Record<string, unknown>> => {
    const found = new Map<string, Record<string, unknown>>();
    for (const { topic, payload } of heard) {
      if (topic.startsWith('homeassistant/')) {
        if (payload.length === 0) {
          found.delete(topic);
        } else {
          found.set(topic, JSON.parse(payload.toString()) as Record<string, unknown>);
        }
      }
    }
    return found;
  };

  const listen = async (): Promise<void> => {
    heard = [];
    listener = await connectAsync(mosquitto.url);
    listener.on('message', (topic, payload, { retain }) => heard.push({ topic, payload, retain }));
    await listener.subscribeAsync(['doorman/#', 'homeassistant/#'], { qos: 1 });
  };
  const start = async (guests = [ANNA, BEN], more: Partial<typeof settings> = {}): Promise<void> => {
    logger = recordingLogger();
    const created = createNotifier({
      settings: { mqtt: { url: mosquitto.url, ...settings, ...more }, webhooks: [] },
      doorbells: [DOOR],
      logger,
      haste: 0.02,
    });
    notifier = created.notifier;
    broker = created.broker!;
    notifier.setGuests(guests);
    broker.start();
    await until('Doorman is online', () => newest('doorman/status') === 'online');
  };
  const stop = async (): Promise<void> => {
    await notifier.stop();
    await broker.stop();
  };

  beforeAll(async () => {
    mosquitto = await Mosquitto.create();
  });
  beforeEach(async () => {
    await mosquitto.start();
    await listen();
  });
  afterEach(async () => {
    await stop();
    await listener.endAsync(true);
    await mosquitto.stop();
  });
  afterAll(() => mosquitto.remove());

  it('tells Home Assistant what there is: one device with bell, visits, presence, camera, picture and the guests', async () => {
    await start();
    await until('eight entities', () => configs().size === 8);
    const all = configs();
    expect([...all.keys()].sort()).toEqual(
      [
        'event/doorman_front_door/ring',
        'event/doorman_front_door/visit',
        'sensor/doorman_front_door/visitor',
        'binary_sensor/doorman_front_door/presence',
        'binary_sensor/doorman_front_door/camera',
        'image/doorman_front_door/picture',
        'binary_sensor/doorman_front_door/guest_anna',
        'binary_sensor/doorman_front_door/guest_ben',
      ]
        .map((path) => `homeassistant/${path}/config`)
        .sort(),
    );
    for (const config of all.values()) {
      expect(config).toMatchObject({
        unique_id: expect.stringMatching(/^doorman_front_door_/),
        availability_topic: 'doorman/status',
        device: { identifiers: ['doorman_front_door'], name: DOOR },
        origin: { name: 'homebridge-doorman' },
      });
    }
    expect(all.get('homeassistant/event/doorman_front_door/ring/config')).toMatchObject({
      device_class: 'doorbell',
      event_types: ['ring'],
      state_topic: 'doorman/front_door/ring',
    });
  });

  it('tells a visit from beginning to end, with name, confidence, liveness and a small picture', async () => {
    await start();
    const jpeg = await sharp({ create: { width: 1280, height: 720, channels: 3, background: '#888' } })
      .jpeg()
      .toBuffer();
    notifier.tellVisit({ type: 'started', visit: { ...visit('v'), startedAt: Date.now() } }, DOOR, jpeg);
    notifier.tellVisit({ type: 'withheld', visit: visit('v') }, DOOR, jpeg);
    notifier.tellVisit(at(decided(decision('guest', ANNA))), DOOR, jpeg);
    notifier.tellRing(DOOR);
    await until('Anna is there', () => newest('doorman/front_door/guest/anna') === 'ON');
    await until('the ring', () => newest('doorman/front_door/ring') !== undefined);
    expect(newest('doorman/front_door/presence')).toBe('ON');
    expect(newest('doorman/front_door/guest/ben')).toBe('OFF');
    const told = JSON.parse(newest('doorman/front_door/visitor')!) as Notice;
    expect(told).toMatchObject({ name: 'Anna', outcome: 'guest', confidence: 0.9, liveness: 'live', visit: 'v' });
    expect(told).not.toHaveProperty('late');
    const picture = heard.find(({ topic }) => topic === 'doorman/front_door/picture')!;
    expect(await sharp(picture.payload).metadata()).toMatchObject({ format: 'jpeg', width: 320, height: 180 });

    notifier.tellVisit(
      { type: 'ended', visit: { ...visit('v'), endedAt: Date.now(), decision: decision('guest', ANNA) } },
      DOOR,
    );
    await until('nobody is there', () => newest('doorman/front_door/presence') === 'OFF');
    await until('Anna is not there', () => newest('doorman/front_door/guest/anna') === 'OFF');
    await until('four notices', () => notices().length === 4);
    expect(notices().map(({ event_type }) => event_type)).toEqual(['started', 'decided', 'ring', 'ended']);
    expect(heard.filter(({ topic, retain }) => retain && topic.endsWith('/event'))).toEqual([]);
  });

  it('says whether the camera delivers, once for each change, and that nobody is seen without it', async () => {
    await start();
    [true, true].forEach((online) => notifier.tellCamera(online, DOOR));
    notifier.tellVisit(at(decided(decision('guest', ANNA))), DOOR);
    await until('the camera delivers', () => newest('doorman/front_door/camera') === 'ON');
    await until('Anna is there', () => newest('doorman/front_door/guest/anna') === 'ON');
    [false, false].forEach((online) => notifier.tellCamera(online, DOOR));
    await until('it does not', () => newest('doorman/front_door/camera') === 'OFF');
    await until('nobody is seen', () => newest('doorman/front_door/guest/anna') === 'OFF');
    await until('three notices', () => notices().length === 3);
    expect(notices().map(({ event_type }) => event_type)).toEqual(['camera_online', 'decided', 'camera_offline']);
  });

  it('delivers what happened while the broker was away, marked when it is late, and rings no more', async () => {
    await start();
    await mosquitto.stop();
    await until('the broker is missed', () => logger.lines.some(([level]) => level === 'warn'));
    notifier.tellVisit(at(decided(decision('guest', BEN), 'old'), Date.now() - 3_600_000), DOOR);
    notifier.tellVisit(at(decided(decision('unknown'), 'new')), DOOR);
    notifier.tellRing(DOOR);
    await mosquitto.start();
    await listener.endAsync(true);
    await listen();
    await until('the notices', () => notices().length === 3);
    expect(notices()).toEqual([
      expect.objectContaining({ visit: 'old', name: 'Ben', late: true }),
      expect.objectContaining({ visit: 'new', outcome: 'unknown' }),
      expect.objectContaining({ event_type: 'ring' }),
    ]);
    expect(notices()[1]).not.toHaveProperty('late');
    expect(newest('doorman/front_door/ring')).toBeUndefined();
    expect(configs().size).toBe(8);
    expect(logger.lines.map(([level]) => level)).toEqual(['info', 'warn', 'info']);
  });

  it('renames and forgets guests, also one who was forgotten while nobody could be told', async () => {
    await start();
    const config = (guest: string): Record<string, unknown> | undefined =>
      configs().get(`homeassistant/binary_sensor/doorman_front_door/guest_${guest}/config`);
    notifier.setGuests([{ ...ANNA, name: 'Annabel' }, BEN]);
    await until('the new name', () => config('anna')?.['name'] === 'Annabel at the door');
    notifier.setGuests([BEN]);
    await until('Anna is gone', () => config('anna') === undefined);
    notifier.tellVisit(at(decided(decision('guest', ANNA))), DOOR);
    await until('the notice', () => notices().length === 1);
    expect(JSON.stringify(notices())).not.toMatch(/anna/i);
    await stop();
    await until('Doorman says goodbye', () => newest('doorman/status') === 'offline');
    await start([]);
    await until('Ben is gone', () => config('ben') === undefined);
    expect(configs().size).toBe(6);
  });

  it('says that it is gone when it vanished', async () => {
    await start();
    (broker as unknown as { client: MqttClient }).client.stream.destroy();
    await until('the will', () =>
      heard.some(({ topic, payload }) => topic === 'doorman/status' && String(payload) === 'offline'),
    );
  });
});

const at = (event: ReturnType<typeof decided>, decidedAt = Date.now()): ReturnType<typeof decided> =>
  event.type === 'decided' ? { ...event, visit: { ...event.visit, decidedAt } } : event;
