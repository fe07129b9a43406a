import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { once } from 'node:events';
import { createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { Aedes } from 'aedes';
import { connectAsync, type MqttClient } from 'mqtt';
import { MqttButton, type MqttButtonOptions } from '../../src/button/mqtt-button.js';
import { recordingLogger } from './recording-logger.js';

/** A broker that can go away and come back on the same port. */
class Broker {
  private server?: Server;
  private aedes?: Aedes;
  private readonly sockets = new Set<Socket>();
  port = 0;

  constructor(private readonly account?: { readonly username: string; readonly password: string }) {}

  async start(): Promise<void> {
    const aedes = await Aedes.createBroker();
    const { account } = this;
    if (account !== undefined) {
      aedes.authenticate = (_client, username, password, done) =>
        done(null, username === account.username && password?.toString() === account.password);
    }
    this.aedes = aedes;
    this.server = createServer((socket) => {
      this.sockets.add(socket);
      aedes.handle(socket);
    }).listen(this.port, '127.0.0.1');
    await once(this.server, 'listening');
    this.port = (this.server.address() as AddressInfo).port;
  }

  async stop(): Promise<void> {
    this.sockets.forEach((socket) => socket.destroy());
    await new Promise<void>((resolve) => (this.aedes === undefined ? resolve() : this.aedes.close(() => resolve())));
    await new Promise<void>((resolve) => (this.server === undefined ? resolve() : this.server.close(() => resolve())));
  }
}

async function until(condition: () => boolean): Promise<void> {
  for (let waited = 0; !condition(); waited += 20) {
    if (waited > 10_000) {
      throw new Error('it did not come to pass');
    }
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

describe('the button over MQTT', () => {
  const broker = new Broker({ username: 'door', password: 'hunter2' });
  let publisher: MqttClient;
  let button: MqttButton;
  let pressed: string[];
  let logger: ReturnType<typeof recordingLogger>;

  const start = async (options: Partial<MqttButtonOptions> = {}) => {
    pressed = [];
    logger = recordingLogger();
    button = new MqttButton({
      url: `mqtt://127.0.0.1:${broker.port}`,
      topic: 'house/door',
      username: 'door',
      password: 'hunter2',
      doorbells: ['Front Door', 'Back Door'],
      press: (doorbell) => pressed.push(doorbell),
      logger,
      reconnectMs: 100,
      ...options,
    });
    button.start();
    await until(() => logger.lines.length > 0);
  };

  beforeEach(async () => {
    await broker.start();
    publisher = await connectAsync(`mqtt://127.0.0.1:${broker.port}`, { username: 'door', password: 'hunter2' });
  });
  afterEach(async () => {
    await button.stop();
    await publisher.endAsync(true);
    await broker.stop();
  });

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
    await until(() => pressed.length === 4);
    expect(pressed).toEqual(['Front Door', 'Front Door', 'Back Door', 'Back Door']);
  });

  it('takes a release, a name of no doorbell and a kept message for no press', async () => {
    await publisher.publishAsync('house/door', 'press', { qos: 1, retain: true });
    await start();
    await publisher.publishAsync('house/door', 'OFF', { qos: 1 });
    await publisher.publishAsync('house/door/cellar', 'press', { qos: 1 });
    await publisher.publishAsync('house/door/back-door', 'press', { qos: 1 });
    await until(() => pressed.length > 0);
    expect(pressed).toEqual(['Back Door']);
    expect(logger.lines).toContainEqual(['warn', expect.stringContaining('"cellar"')]);
    await publisher.publishAsync('house/door', '', { qos: 1, retain: true });
  });

  it('lets no more than a handful of presses through', async () => {
    await start({ clock: () => 0 });
    for (let press = 0; press < 12; press++) {
      await publisher.publishAsync('house/door', 'press', { qos: 1 });
    }
    await until(() => logger.lines.filter(([, line]) => line.includes('too many')).length === 7);
    expect(pressed).toHaveLength(5);
  });

  it('comes back after the broker was away, with one line each way', async () => {
    await start();
    await broker.stop();
    await until(() => logger.lines.some(([level]) => level === 'warn'));
    await new Promise((resolve) => setTimeout(resolve, 500));
    await broker.start();
    await until(() => logger.lines.filter(([level]) => level === 'info').length === 2);
    await publisher.endAsync(true);
    publisher = await connectAsync(`mqtt://127.0.0.1:${broker.port}`, { username: 'door', password: 'hunter2' });
    await publisher.publishAsync('house/door', 'press', { qos: 1 });
    await until(() => pressed.length === 1);
    expect(logger.lines.map(([level]) => level)).toEqual(['info', 'warn', 'info']);
  });

  it('says that the password is wrong, keeps trying, and does not tell it', async () => {
    await start({ url: `mqtt://me:topsecret@127.0.0.1:${broker.port}`, password: 'wrong-password' });
    expect(logger.lines).toHaveLength(1);
    expect(logger.lines[0]![0]).toBe('warn');
    expect(JSON.stringify(logger.lines)).not.toMatch(/topsecret|wrong-password/);
  });

  it('does not throw at an address that is none', async () => {
    await start({ url: 'mqtt://' });
    await button.stop();
    expect(logger.lines.length).toBeGreaterThan(0);
  });
});
