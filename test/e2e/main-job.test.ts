import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import sharp from 'sharp';
import { CHARACTERISTIC, HapClient, SERVICE } from '../support/hap-client.js';
import type { Homebridge } from '../support/homebridge.js';
import { HttpReceiver } from '../support/http-receiver.js';
import { Household } from '../support/household.js';
import type { Clip } from '../support/rtsp-server.js';
import { strangers } from '../visitors/index.js';

const { occupancyDetected, programmableSwitchEvent } = CHARACTERISTIC;

/** The share of the picture's height that carries the name. */
const LABEL = 0.14;

/** From RTSP to HomeKit: nothing here is a double but the people. */
describe('the doorbell rings with a name', () => {
  let home: Household;
  let homebridge: Homebridge;
  /** What was started, to be ended the other way round. */
  const endings: (() => Promise<unknown>)[] = [];
  let bridge: HapClient;
  let door: HapClient;
  /** Somebody outside HomeKit who is told, too. */
  const receiver = new HttpReceiver();
  let clips: { anna: Clip; ben: Clip; stranger: Clip; photo: Clip };

  beforeAll(async () => {
    home = await Household.create();
    endings.push(() => home.remove());
    clips = {
      anna: await home.annaAtTheDoor(),
      ben: await home.clip([{ kind: 'visitor', who: 'Ben' }], 12),
      stranger: await home.clip([{ kind: 'visitor', who: strangers[0] }], 8),
      photo: await home.clip([{ kind: 'photo', who: 'Ben' }], 8),
    };
    await home.writeConfig(home.platform());
    await home.enroll('Anna');
    await home.enroll('Ben');
    await receiver.start();
    endings.push(() => receiver.stop());
    const webhooks = [
      { url: `http://127.0.0.1:${receiver.port}/door`, secret: 'a secret of the household', pictures: true },
    ];
    homebridge = await home.startHomebridge(home.platform({ notify: { webhooks } }));
    endings.push(() => homebridge.stop());
    bridge = await HapClient.pair({ port: await homebridge.port(), pin: homebridge.pin });
    endings.push(() => bridge.close());
    door = await HapClient.pair({ port: await homebridge.port('Front Door'), pin: homebridge.pin });
    endings.push(() => door.close());
    await homebridge.logged(/camera is online/, 60_000);
    await bridge.refresh();
    await bridge.subscribe();
    await door.subscribe();
  }, 240_000);

  afterAll(async () => {
    for (const end of endings.reverse()) {
      await end();
    }
  }, 60_000);

  /** A moment, as counts of the events that came before it. */
  interface Mark {
    readonly bridge: number;
    readonly door: number;
  }

  const now = (): Mark => ({ bridge: bridge.events.length, door: door.events.length });

  /** Which sensors came on since. */
  const sensed = (since: Mark): string[] =>
    bridge.events
      .slice(since.bridge)
      .filter(({ characteristic, value }) => characteristic === occupancyDetected && value === 1)
      .map(({ accessory }) => accessory)
      .sort();

  const rings = (since: Mark): number =>
    door.events.slice(since.door).filter(({ characteristic }) => characteristic === programmableSwitchEvent).length;

  const ring = (since: Mark): Promise<unknown> =>
    door.event(({ characteristic }) => characteristic === programmableSwitchEvent, {
      since: since.door,
      timeoutMs: 25_000,
    });

  const sensor = (accessory: string, since: Mark): Promise<unknown> =>
    bridge.event(
      (event) => event.accessory === accessory && event.characteristic === occupancyDetected && event.value === 1,
      { since: since.bridge, timeoutMs: 30_000 },
    );

  /** The porch is empty, and the visits before are over. */
  const emptyPorch = async (): Promise<void> => {
    const from = homebridge.log.length;
    home.showEmptyPorch();
    await homebridge.logged(/has left\./, 30_000, from);
  };

  it('shows Home a video doorbell, and a sensor per guest on the bridge', () => {
    expect(bridge.accessories.slice(1).sort()).toEqual(['Anna', 'Ben', 'Someone we know', 'Unknown visitor']);
    expect(door.find(programmableSwitchEvent).map(({ service }) => service)).toEqual([SERVICE.doorbell]);
    expect(door.find(CHARACTERISTIC.setupEndpoints).length).toBeGreaterThan(0);
  });

  it('tells a guest who walks up, by their own sensor and nobody else’s, and rings once', async () => {
    const bare = await door.snapshot(640, 360);
    const since = now();
    home.camera.play(clips.anna);
    await ring(since);
    await sensor('Anna', since);
    expect(sensed(since)).toEqual(['Anna', 'Someone we know']);

    const labelled = await door.snapshot(640, 360);
    expect(await difference(labelled, bare, 1 - LABEL, 1)).toBeGreaterThan(25);
    expect(await difference(labelled, bare, 0, 0.15)).toBeLessThan(8);

    await emptyPorch();
    expect(rings(since)).toBe(1);
    expect(sensed(since)).toEqual(['Anna', 'Someone we know']);
  }, 90_000);

  it('calls a stranger nothing but “Unknown visitor”', async () => {
    const since = now();
    home.camera.play(clips.stranger);
    await sensor('Unknown visitor', since);
    await ring(since);
    expect(sensed(since)).toEqual(['Unknown visitor']);
    await emptyPorch();
  }, 90_000);

  it('names no guest for a photograph of one', async () => {
    const since = now();
    home.camera.play(clips.photo);
    await ring(since);
    await new Promise((resolve) => setTimeout(resolve, 8000));
    await emptyPorch();
    expect(sensed(since)).not.toContain('Ben');
    expect(sensed(since)).not.toContain('Someone we know');
  }, 90_000);

  it('shows the porch live', async () => {
    const stream = await door.liveStream({ width: 640, height: 360, fps: 15 });
    await stream.received(60, 30_000);
    const frames = await stream.frames(home.ffmpeg.path);
    await stream.stop();
    expect(stream.forged).toBe(0);
    expect(frames.length).toBeGreaterThan(3);
    expect(frames.at(-1)).toMatchObject({ width: 640, height: 360 });
  }, 60_000);

  it('goes on by itself when the camera was gone', async () => {
    const from = homebridge.log.length;
    await home.camera.down();
    await homebridge.logged(/camera is offline/, 30_000, from);
    await new Promise((resolve) => setTimeout(resolve, 3000));
    await home.camera.up();
    await homebridge.logged(/camera is online/, 45_000, from);
    const since = now();
    home.camera.play(clips.ben);
    await sensor('Ben', since);
    await emptyPorch();
    const lines = homebridge.log.slice(from).filter((line) => /The camera is (offline|online)/.test(line));
    expect(lines).toHaveLength(2);
  }, 150_000);

  it('tells a webhook what it told Home', () => {
    const told = receiver.deliveries.map(({ body }) => JSON.parse(body) as Record<string, unknown>);
    const decided = told.filter(({ event_type }) => event_type === 'decided');
    const inHome = bridge.events.filter(({ value, accessory }) => value === 1 && ['Anna', 'Ben'].includes(accessory));
    expect(new Set(decided.flatMap(({ name }) => (name === undefined ? [] : [name])))).toEqual(
      new Set(inHome.map(({ accessory }) => accessory)),
    );
    expect(decided.length).toBeGreaterThanOrEqual(3);
    expect(decided.every(({ picture }) => typeof picture === 'string')).toBe(true);
    expect(told.map(({ event_type }) => event_type)).toEqual(
      expect.arrayContaining(['started', 'ring', 'ended', 'camera_offline', 'camera_online']),
    );
  });

  it('keeps visits in the guest book, and says why', async () => {
    const explained = await home.doorman('explain');
    expect(explained).toContain('Ben');
  }, 30_000);

  it('leaves neither warnings nor processes behind', async () => {
    const { code, left } = await homebridge.stop();
    expect(left).toEqual([]);
    expect(code).toBe(143);
    const told = homebridge.problems.filter((line) => !/The camera is offline/.test(line));
    expect(told).toEqual([]);
  }, 60_000);
});

/** Mean absolute difference (0 … 255) of two JPEGs of 640 × 360, between two heights (shares). */
async function difference(a: Buffer, b: Buffer, from: number, to: number): Promise<number> {
  const region = { left: 0, width: 640, top: Math.round(from * 360), height: Math.round((to - from) * 360) };
  const [first, second] = await Promise.all(
    [a, b].map((jpeg) => sharp(jpeg).extract(region).removeAlpha().raw().toBuffer()),
  );
  return first!.reduce((sum, value, at) => sum + Math.abs(value - second![at]!), 0) / first!.length;
}
