import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { connectAsync, type MqttClient } from 'mqtt';
import { MqttButton, type MqttButtonOptions } from '../../src/button/mqtt-button.js';
import { Broker, type BrokerOptions } from '../../src/mqtt/broker.js';
import { Mosquitto } from '../support/mosquitto.js';
import { until } from '../support/wait.js';
import { recordingLogger } from './recording-logger.js';

const account = { username: 'door', password: 'hunter2' };

describe('the button over MQTT', () => {
  let mosquitto: Mosquitto;
  let publisher: MqttClient;
  let broker: Broker;
  let pressed: string[];
  let logger: ReturnType<typeof recordingLogger>;

  const start = async (
    options: Partial<MqttButtonOptions> = {},
    connection: Partial<BrokerOptions> = {},
    lines = 1,
  ): Promise<void> => {
    pressed = [];
    logger = recordingLogger();
    broker = new Broker({ url: mosquitto.url, ...account, logger, reconnectMs: 100, ...connection });
    new MqttButton({
      broker,
      topic: 'house/door',
      doorbells: ['Front Door', 'Back Door'],
      press: (doorbell) => pressed.push(doorbell),
      logger,
      ...options,
    });
    broker.start();
    await until('the broker is there or out of reach', () => logger.lines.length >= lines);
  };

  beforeAll(async () => {
    mosquitto = await Mosquitto.create(account);
  });
  beforeEach(async () => {
    await mosquitto.start();
    publisher = await connectAsync(mosquitto.url, account);
  });
  afterEach(async () => {
    await broker.stop();
    await publisher.endAsync(true);
    await mosquitto.stop();
  });
  afterAll(() => mosquitto.remove());

  it('presses the doorbell that topic or message name', async () => {
    await start();
    for (const [topic, payload] of [
      ['house/door', 'press'],
      ['house/door', ''],
      ['house/door', 'back door'],
      ['house/door/back-door', 'ON'],
    ] as const) {
      await publisher.publishAsync(topic, payload, { qos: 1 });
    }
    await until('four presses', () => pressed.length === 4);
    expect(pressed).toEqual(['Front Door', 'Front Door', 'Back Door', 'Back Door']);
  });

  it('takes a release, a name of no doorbell and a kept message for no press', async () => {
    await publisher.publishAsync('house/door', 'press', { qos: 1, retain: true });
    await start();
    await publisher.publishAsync('house/door', 'OFF', { qos: 1 });
    await publisher.publishAsync('house/door/cellar', 'press', { qos: 1 });
    await publisher.publishAsync('house/door/back-door', 'press', { qos: 1 });
    await until('one press', () => pressed.length > 0);
    expect(pressed).toEqual(['Back Door']);
    expect(logger.lines).toContainEqual(['warn', expect.stringContaining('"cellar"')]);
    await publisher.publishAsync('house/door', '', { qos: 1, retain: true });
  });

  it('lets no more than a handful of presses through', async () => {
    await start({ clock: () => 0 });
    for (let press = 0; press < 12; press++) {
      await publisher.publishAsync('house/door', 'press', { qos: 1 });
    }
    await until(
      'seven presses left out',
      () => logger.lines.filter(([, line]) => line.includes('too many')).length === 7,
    );
    expect(pressed).toHaveLength(5);
  });

  it('comes back after the broker was away, with one line each way', async () => {
    await start();
    await mosquitto.stop();
    await until('the broker is missed', () => logger.lines.some(([level]) => level === 'warn'));
    await new Promise((resolve) => setTimeout(resolve, 500));
    await mosquitto.start();
    await until('the broker is back', () => logger.lines.filter(([level]) => level === 'info').length === 2);
    await publisher.endAsync(true);
    publisher = await connectAsync(mosquitto.url, account);
    await publisher.publishAsync('house/door', 'press', { qos: 1 });
    await until('a press', () => pressed.length === 1);
    expect(logger.lines.map(([level]) => level)).toEqual(['info', 'warn', 'info']);
  });

  it('says that the password is wrong, keeps trying, and does not tell it', async () => {
    await start({}, { url: mosquitto.url.replace('//', '//me:topsecret@'), password: 'wrong-password' });
    expect(logger.lines).toHaveLength(1);
    expect(logger.lines[0]![0]).toBe('warn');
    expect(JSON.stringify(logger.lines)).not.toMatch(/topsecret|wrong-password/);
  });

  it('does not throw at an address that is none', async () => {
    await start({}, { url: 'mqtt://' });
    await broker.stop();
    expect(logger.lines.length).toBeGreaterThan(0);
  });
});
