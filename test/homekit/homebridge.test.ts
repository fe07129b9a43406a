import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import sharp from 'sharp';
import { bandHeight } from '../../src/homekit/label.js';
import { findFfmpeg, type Ffmpeg } from '../../src/video/ffmpeg.js';
import type { VisitEvent } from '../../src/types.js';
import { recordingLogger } from '../button/recording-logger.js';
import { CHARACTERISTIC, HapClient, SERVICE } from '../support/hap-client.js';
import { startHomebridge, type Homebridge } from '../support/homebridge.js';
import { makeClip, RtspServer } from '../support/rtsp-server.js';
import { ANNA, BEN, decided, decision, visit } from './decisions.js';
import type { Command, FixtureConfig } from './fixture/plugin.js';

const DOORBELL = 'Front Door';
const HOLD_MS = 400;
const SIZE = { width: 640, height: 360 };
const fixture = fileURLToPath(new URL('./fixture', import.meta.url));
const tsx = pathToFileURL(createRequire(import.meta.url).resolve('tsx')).href;

let ffmpeg: Ffmpeg;
let camera: RtspServer;

beforeAll(async () => {
  ffmpeg = await findFfmpeg({ logger: recordingLogger() });
  const clip = await makeClip(ffmpeg, { size: '640x360' });
  camera = await RtspServer.start({ clip, credentials: { scheme: 'digest', user: 'admin', password: 'p@ss/word' } });
});
afterAll(() => camera.stop());

const start = (more: Partial<FixtureConfig>, storage?: string): Promise<Homebridge> =>
  startHomebridge({
    pluginPath: fixture,
    nodeArgs: ['--import', tsx],
    ...(storage !== undefined && { storage }),
    config: {
      platforms: [
        {
          platform: 'Doorman',
          doorbell: DOORBELL,
          ffmpegPath: ffmpeg.path,
          encoders: [...ffmpeg.encoders],
          rtspTimeoutOption: ffmpeg.rtspTimeoutOption,
          major: ffmpeg.major,
          url: camera.url,
          guests: [ANNA, BEN],
          rules: { guests: true, strangers: true, button: true, holdMs: HOLD_MS },
          ...more,
        },
      ],
    },
  });

/** The accessories that belong to nobody. */
const SHARED = ['Unknown visitor', 'Someone we know', 'Possibly a photo', 'Front Door camera offline'];

const isRing = ({ characteristic }: { characteristic: string }) =>
  characteristic === CHARACTERISTIC.programmableSwitchEvent;

/** The part of the picture where the label goes, and the rest, in grey. */
async function halves(jpeg: Buffer) {
  const { data, info } = await sharp(jpeg).greyscale().raw().toBuffer({ resolveWithObject: true });
  const edge = info.width * (info.height - bandHeight(info));
  return {
    size: { width: info.width, height: info.height },
    picture: data.subarray(0, edge),
    label: data.subarray(edge),
  };
}

const difference = (a: Buffer, b: Buffer) => a.reduce((sum, value, at) => sum + Math.abs(value - b[at]!), 0) / a.length;

describe('a doorbell in Homebridge', () => {
  let homebridge: Homebridge;
  let bridge: HapClient;
  let doorbell: HapClient;
  const tell = (command: Command) => homebridge.send(command);
  const announce = (event: VisitEvent) => tell({ do: 'announce', event });

  beforeAll(async () => {
    homebridge = await start({ possiblyPhoto: true, cameraOffline: [DOORBELL] });
    bridge = await HapClient.pair({ port: await homebridge.port(), pin: homebridge.pin });
    doorbell = await HapClient.pair({ port: await homebridge.port(DOORBELL), pin: homebridge.pin });
    await bridge.subscribe();
    await doorbell.subscribe();
  });

  afterAll(async () => {
    await bridge.close();
    const live = await doorbell.liveStream();
    await live.received(5);
    const { left } = await homebridge.stop();
    live.vanish();
    await doorbell.close();
    expect(left.filter(({ command }) => command.includes('ffmpeg'))).toEqual([]);
    expect(homebridge.problems).toEqual([]);
    expect(homebridge.log.join('\n')).not.toMatch(/p@ss|p%40ss/);
  });

  it('shows a video doorbell beside the bridge, and one sensor per guest on it', () => {
    expect(bridge.accessories.slice(1)).toEqual([...SHARED, 'Anna', 'Ben']);
    expect(bridge.find(CHARACTERISTIC.configuredName).map(({ value }) => value)).toEqual(bridge.accessories.slice(1));
    expect(doorbell.accessories).toEqual([expect.stringMatching(/^Front Door/)]);
    const services = new Set(doorbell.find(CHARACTERISTIC.name).map(({ service }) => service));
    expect(services).toContain(SERVICE.doorbell);
    expect(doorbell.find(CHARACTERISTIC.setupEndpoints)).not.toHaveLength(0);
  });

  it('tells the guest’s sensor, motion and ring in this order, with the name in the picture', async () => {
    const before = await halves(await doorbell.snapshot(SIZE.width, SIZE.height));
    await announce({ type: 'started', visit: visit('one') });
    await announce(decided(decision('guest', ANNA), 'one'));
    const ring = await doorbell.event(isRing);
    const after = await halves(await doorbell.snapshot(SIZE.width, SIZE.height));
    const anna = await bridge.event(({ accessory }) => accessory === 'Anna');
    const motion = await doorbell.event(({ characteristic }) => characteristic === CHARACTERISTIC.motionDetected);
    expect(anna).toMatchObject({ characteristic: CHARACTERISTIC.occupancyDetected, value: 1 });
    expect(anna.at).toBeLessThanOrEqual(motion.at);
    expect(motion.at).toBeLessThanOrEqual(ring.at);
    expect(before.size).toEqual(SIZE);
    expect(difference(before.picture, after.picture)).toBeLessThan(3);
    expect(difference(before.label, after.label)).toBeGreaterThan(30);

    await announce({ type: 'ended', visit: visit('one') });
    await bridge.event(({ accessory, value }) => accessory === 'Anna' && value === 0);
    expect(doorbell.events.filter(isRing)).toHaveLength(1);
    expect(new Set(bridge.events.map(({ accessory }) => accessory))).toEqual(new Set(['Anna', 'Someone we know']));
  });

  it('raises only "Unknown visitor" for a stranger', async () => {
    const since = bridge.events.length;
    await announce({ type: 'started', visit: visit('two') });
    await announce(decided(decision('unknown'), 'two'));
    await bridge.event(({ accessory, value }) => accessory === 'Unknown visitor' && value === 1, { since });
    await announce({ type: 'ended', visit: visit('two') });
    await bridge.event(({ accessory, value }) => accessory === 'Unknown visitor' && value === 0, { since });
    expect(new Set(bridge.events.slice(since).map(({ accessory }) => accessory))).toEqual(new Set(['Unknown visitor']));
  });

  it('raises "Possibly a photo" for one, and nobody’s name', async () => {
    const since = bridge.events.length;
    await announce({ type: 'started', visit: visit('photo') });
    await announce(decided(decision('undecided', undefined, { possiblyPhotoOf: ANNA }), 'photo'));
    await bridge.event(({ accessory, value }) => accessory === 'Possibly a photo' && value === 1, { since });
    await announce({ type: 'ended', visit: visit('photo') });
    await bridge.event(({ accessory, value }) => accessory === 'Possibly a photo' && value === 0, { since });
    expect(bridge.events.slice(since).map(({ accessory }) => accessory)).toEqual(Array(2).fill('Possibly a photo'));
  });

  it('alerts once for a guest who goes and comes back while the sensor is held', async () => {
    const since = { bridge: bridge.events.length, doorbell: doorbell.events.length };
    for (const id of ['first', 'second']) {
      await announce({ type: 'started', visit: visit(id) });
      await announce(decided(decision('guest', BEN), id));
      await new Promise((resolve) => setTimeout(resolve, 2 * HOLD_MS));
      await announce({ type: 'ended', visit: visit(id) });
    }
    await bridge.event(({ accessory, value }) => accessory === 'Ben' && value === 0, { since: since.bridge });
    const told = (accessory: string) =>
      bridge.events
        .slice(since.bridge)
        .filter((event) => event.accessory === accessory)
        .map(({ value }) => value);
    expect(told('Ben')).toEqual([1, 0]);
    expect(told('Someone we know')).toEqual([1, 0]);
    const motion = doorbell.events
      .slice(since.doorbell)
      .filter(({ characteristic, value }) => characteristic === CHARACTERISTIC.motionDetected && value === 1);
    expect(motion).toHaveLength(1);
  });

  it('adds, renames and removes guests while it runs, and keeps the names given in Home', async () => {
    const ben = bridge.one(CHARACTERISTIC.configuredName, 'Ben');
    const aid = bridge.one(CHARACTERISTIC.configuredName, 'Anna').aid;
    await bridge.write(ben, 'Uncle Ben');
    await tell({
      do: 'sync',
      guests: [
        { ...ANNA, name: 'Annabel' },
        { ...BEN, name: 'Benjamin' },
        { id: 'carl', name: '<img onerror> & Co' },
      ],
    });
    await homebridge.logged(/New in Home: img onerror Co/);
    await bridge.refresh();
    expect(bridge.find(CHARACTERISTIC.configuredName).map(({ value }) => value)).toEqual([
      ...SHARED,
      'Annabel',
      'Uncle Ben',
      'img onerror Co',
    ]);
    expect(bridge.one(CHARACTERISTIC.configuredName, 'Annabel').aid).toBe(aid);
    await tell({ do: 'sync', guests: [ANNA, BEN] });
    await homebridge.logged(/Gone from Home: img onerror Co/);
    await bridge.refresh();
    expect(bridge.find(CHARACTERISTIC.configuredName).map(({ value }) => value)).toEqual([
      ...SHARED,
      'Anna',
      'Uncle Ben',
    ]);
  });

  it('says that the camera is away, and still answers with a picture', async () => {
    await tell({ do: 'camera', shade: 60, online: true });
    await new Promise((resolve) => setTimeout(resolve, 100));
    await tell({ do: 'camera', online: false });
    const fault = await doorbell.event(
      ({ characteristic, value }) => characteristic === CHARACTERISTIC.statusFault && value === 1,
    );
    expect(fault.accessory).toMatch(/^Front Door/);
    await bridge.event(({ accessory, value }) => accessory === 'Front Door camera offline' && value === 1);
    expect(await sharp(await doorbell.snapshot(320, 240)).metadata()).toMatchObject({ width: 320, height: 240 });
    await tell({ do: 'camera', shade: 128, online: true });
    await bridge.event(({ accessory, value }) => accessory === 'Front Door camera offline' && value === 0);
  });

  it.each([
    { width: 1280, height: 720, fps: 30, shown: [640, 360] },
    { width: 320, height: 240, fps: 15, shown: [320, 180] },
  ])('streams $width×$height at $fps, sealed, and ends with the session', async ({ shown, ...wish }) => {
    const live = await doorbell.liveStream(wish);
    await live.received(80);
    await live.stop();
    const frames = await live.frames(ffmpeg.path);
    expect(live.forged).toBe(0);
    expect(frames.length).toBeGreaterThan(5);
    expect([frames[0]!.width, frames[0]!.height]).toEqual(shown);
    const { pixels } = frames[0]!;
    expect(new Set(pixels).size).toBeGreaterThan(50);
    await noFfmpeg(homebridge);
  });

  it('leaves nothing behind after many views, copied and encoded, one of them vanished', async () => {
    const before = await homebridge.descriptors();
    for (let view = 0; view < 6; view++) {
      // The first one finds a camera whose bit rate is not known yet.
      const live = await doorbell.liveStream({ bitrate: view % 2 === 0 ? 299 : 20_000 }, view === 5 ? 1 : 0);
      await live.received(60);
      expect(live.firstPictureAt).toBeDefined();
      expect(live.forged).toBe(0);
      expect((await live.frames(ffmpeg.path))[0]).toMatchObject({ width: 640, height: 360 });
      if (view === 4) {
        const from = homebridge.log.length;
        await live.vanishInTheMiddle();
        await homebridge.logged(/live view ended: the viewer has gone/, 25_000, from);
      } else {
        await live.stop();
      }
    }
    await noFfmpeg(homebridge);
    expect(await homebridge.descriptors()).toBeLessThanOrEqual(before);
  });

  it('serves two viewers, and ends the one whose phone vanishes', async () => {
    const [one, two] = [await doorbell.liveStream({}, 0), await doorbell.liveStream({ width: 320, height: 240 }, 1)];
    await Promise.all([one.received(20), two.received(20)]);
    expect(camera.watchers).toBe(1);
    await two.vanishInTheMiddle();
    await one.stop();
    await noFfmpeg(homebridge, 25_000);
    expect(await doorbell.read(doorbell.find(CHARACTERISTIC.streamingStatus)[1]!)).toBe('AQEA');
  });

  it('frees the place and says why when the camera does not answer', async () => {
    await camera.down();
    const from = homebridge.log.length;
    const live = await doorbell.liveStream();
    expect(await homebridge.logged(/live view ended/, 15_000, from)).toMatch(/Nothing answers at 127\.0\.0\.1/);
    await noFfmpeg(homebridge);
    await camera.up();
    live.vanish();
    expect(await doorbell.read(doorbell.find(CHARACTERISTIC.streamingStatus)[0]!)).toBe('AQEA');
  });

  it('ends a session when the connection to the phone is lost', async () => {
    const phone = await HapClient.connect(doorbell.pairing, { port: await homebridge.port(DOORBELL) });
    const live = await phone.liveStream();
    await live.received(20);
    await phone.close();
    await noFfmpeg(homebridge);
    live.vanish();
  });
});

describe('what Homebridge keeps', () => {
  it('survives a start with a broken configuration, and a change of the sensors’ kind', async () => {
    const storage = await mkdtemp(join(tmpdir(), 'doorman-storage-'));
    const cached = async () => {
      const text = await readFile(join(storage, 'accessories', 'cachedAccessories'), 'utf8');
      return (JSON.parse(text) as { displayName: string; UUID: string }[]).map(({ UUID }) => UUID).sort();
    };
    const first = await start({ switches: true }, storage);
    await first.stop();
    const before = await cached();
    expect(before).toHaveLength(6);

    const broken = await start({ switches: true, guests: undefined }, storage);
    await broken.stop();
    expect(await cached()).toEqual(before);

    const third = await start({ switches: true, sensor: 'contact' }, storage);
    const bridge = await HapClient.pair({ port: await third.port(), pin: third.pin });
    expect(bridge.find(CHARACTERISTIC.contactSensorState)).toHaveLength(4);
    expect(bridge.find(CHARACTERISTIC.occupancyDetected)).toHaveLength(0);
    expect(bridge.find(CHARACTERISTIC.programmableSwitchEvent)).toHaveLength(2);
    await bridge.close();
    await third.stop();
    expect(await cached()).toEqual(before);
    expect([...first.problems, ...broken.problems, ...third.problems]).toEqual([]);
    await rm(storage, { recursive: true, force: true });
  });
});

/** Waits until Homebridge has no ffmpeg left. */
async function noFfmpeg(homebridge: Homebridge, timeoutMs = 5000): Promise<void> {
  const until = performance.now() + timeoutMs;
  while ((await homebridge.children('ffmpeg')).length > 0) {
    if (performance.now() > until) {
      throw new Error(`ffmpeg still runs after ${timeoutMs} ms`);
    }
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}
