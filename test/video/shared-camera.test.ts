import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { execFile, spawn } from 'node:child_process';
import { PassThrough } from 'node:stream';
import { promisify } from 'node:util';
import sharp from 'sharp';
import { findFfmpeg, type Ffmpeg } from '../../src/video/ffmpeg.js';
import { keyframeJpeg } from '../../src/video/keyframe.js';
import { NutFeed, squeezed } from '../../src/video/nut-feed.js';
import { PacketRing } from '../../src/video/packet-ring.js';
import type { CameraStreams, MediaPacket, PacketListener } from '../../src/video/packets.js';
import { feedArguments } from '../../src/video/reader-arguments.js';
import { SharedCamera } from '../../src/video/shared-camera.js';
import { childrenNamed } from '../support/children.js';
import { recordingLogger } from '../support/recording-logger.js';
import { makeClip, RtspServer, type Clip } from '../support/rtsp-server.js';
import { until } from '../support/wait.js';

const run = promisify(execFile);
const timing = { retryMs: [100], lingerMs: 300, stallMs: 1500 };

let ffmpeg: Ffmpeg;
let clip: Clip;

beforeAll(async () => {
  ffmpeg = await findFfmpeg({ logger: recordingLogger() });
  clip = await makeClip(ffmpeg, { keyEvery: 25, seconds: 4 });
});

afterAll(() => {
  expect(childrenNamed('ffmpeg')).toEqual([]);
});

async function withCamera(
  options: Partial<Parameters<typeof RtspServer.start>[0]>,
  use: (camera: SharedCamera, server: RtspServer) => Promise<void>,
): Promise<void> {
  const server = await RtspServer.start({ clip, ...options });
  const camera = new SharedCamera({ ffmpeg, url: server.url, transport: 'tcp', logger: recordingLogger(), timing });
  try {
    await use(camera, server);
  } finally {
    await camera.stop();
    await server.stop();
  }
}

/** Somebody who notes what comes. */
function listener() {
  const heard = { streams: [] as CameraStreams[], packets: [] as MediaPacket[], faults: [] as string[], backlog: 0 };
  const listens: PacketListener = {
    connected: (streams, backlog) => {
      heard.streams.push(streams);
      heard.backlog = backlog.length;
      heard.packets.push(...backlog);
    },
    packet: (packet) => heard.packets.push(packet),
    lost: ({ kind }) => heard.faults.push(kind),
  };
  return { heard, listens };
}

describe('one connection', () => {
  it('serves everybody, with a key frame first and the camera’s sound', () =>
    withCamera({ audio: 'beside' }, async (camera, server) => {
      const [one, two] = [listener(), listener()];
      camera.subscribe(one.listens);
      await until('packets', () => one.heard.packets.length > 40);
      camera.subscribe(two.listens);
      await until('packets', () => two.heard.packets.length > two.heard.backlog + 10);
      expect(server.counts).toMatchObject({ connections: 1, plays: 1 });
      expect(one.heard.backlog).toBe(0);
      expect(two.heard.backlog).toBeGreaterThan(0);
      for (const { heard } of [one, two]) {
        expect(heard.packets[0]).toMatchObject({ kind: 'video', isKey: true });
        expect(heard.streams[0]!.video).toMatchObject({ fourcc: 'H264', width: 320, height: 240 });
        expect(heard.streams[0]!.audio).toMatchObject({ sampleRate: 8000, channels: 1 });
        expect(heard.packets.some(({ kind, data }) => kind === 'audio' && data.length === 160)).toBe(true);
      }
    }));

  it('is closed some time after the last one has left, and opened for the next', () =>
    withCamera({}, async (camera, server) => {
      const { heard, listens } = listener();
      const leave = camera.subscribe(listens);
      await until('packets', () => heard.packets.length > 0);
      leave();
      await until('it is closed', () => server.watchers === 0);
      const release = camera.keepPrebuffer(1000);
      await until('it is open', () => server.watchers === 1);
      release();
      await until('it is closed', () => server.watchers === 0);
      expect(childrenNamed('ffmpeg')).toEqual([]);
    }));

  it('is made anew after a loss; whoever is in a hurry need not wait for the next attempt', async () => {
    const server = await RtspServer.start({ clip });
    const slow = { ...timing, retryMs: [60_000] };
    const camera = new SharedCamera({
      ...{ ffmpeg, url: server.url, transport: 'tcp', logger: recordingLogger(), timing: slow },
    });
    const { heard, listens } = listener();
    camera.subscribe(listens);
    await until('packets', () => heard.packets.length > 0);
    await server.down();
    await until('the loss', () => heard.faults.length > 0);
    expect(heard.faults).toEqual(['ended']);
    await server.up();
    camera.subscribe(listener().listens, { hurry: true });
    await until('a new connection', () => heard.streams.length === 2);
    await camera.stop();
    await server.stop();
  });

  it('is made anew as soon as a camera that was gone is there again, whatever the pause', async () => {
    const server = await RtspServer.start({ clip });
    const slow = { ...timing, retryMs: [50, 60_000] };
    const camera = new SharedCamera({
      ...{ ffmpeg, url: server.url, transport: 'tcp', logger: recordingLogger(), timing: slow },
    });
    const { heard, listens } = listener();
    camera.subscribe(listens);
    await until('packets', () => heard.packets.length > 0);
    await server.down();
    await until('nobody answers', () => heard.faults.includes('refused'));
    await server.up();
    await until('a new connection', () => heard.streams.length === 2);
    await camera.stop();
    await server.stop();
    expect(heard.faults).toEqual(['ended', 'refused']);
  });

  it('knows what the camera sends', () =>
    withCamera({}, async (camera) => {
      camera.subscribe(listener().listens);
      await until('the traffic', () => camera.traffic?.keyInterval !== undefined);
      const { framesPerSecond, bitrate, keyInterval, reordered } = camera.traffic!;
      expect(Math.round(keyInterval!)).toBe(1);
      expect(framesPerSecond).toBeGreaterThan(15);
      expect(bitrate).toBeGreaterThan(50);
      expect(reordered).toBe(false);
    }));
});

describe('a key frame', () => {
  it('is a picture although nothing else decodes, also when the camera is only being connected', () =>
    withCamera({}, async (camera, server) => {
      camera.keepPrebuffer(0);
      for (let turn = 0; turn < 2; turn++) {
        const jpeg = await keyframeJpeg(ffmpeg, camera, AbortSignal.timeout(15_000));
        expect(await sharp(jpeg).metadata()).toMatchObject({ format: 'jpeg', width: 320, height: 240 });
      }
      expect(server.counts.connections).toBe(1);
    }));

  it('is none when the camera is away, or when it is too late', () =>
    withCamera({}, async (camera, server) => {
      await server.down();
      expect(await keyframeJpeg(ffmpeg, camera, AbortSignal.timeout(15_000))).toBeUndefined();
      expect(camera.fault?.kind).toBe('refused');
      expect(await keyframeJpeg(ffmpeg, camera, AbortSignal.timeout(1))).toBeUndefined();
    }));
});

describe('the prebuffer', () => {
  it('begins with the key frame at least so old as asked for, and is read by ffmpeg with its sound', () =>
    withCamera({ audio: 'beside' }, async (camera) => {
      camera.keepPrebuffer(2500);
      const { heard, listens } = listener();
      camera.subscribe(listens);
      const newest = (): number => heard.packets.findLast(({ kind }) => kind === 'video')?.time ?? 0;
      await until('a past', () => newest() > 4.5);
      const child = spawn(
        ffmpeg.path,
        ['-v', 'error', ...feedArguments(), '-c:a', 'pcm_s16le', '-c:v', 'copy', '-f', 'matroska', '-'],
        { stdio: 'pipe' },
      );
      const chunks: Buffer[] = [];
      child.stdout.on('data', (chunk: Buffer) => chunks.push(chunk));
      const past = listener();
      camera.subscribe(past.listens, { prebufferMs: 2500 })();
      new NutFeed(child.stdin, past.heard.streams[0]!, past.heard.packets, { audio: true }).end();
      await new Promise((resolve) => child.once('close', resolve));
      const probe = run(ffmpeg.path, ['-i', 'pipe:0', '-f', 'null', '-'], { encoding: 'utf8' });
      probe.child.stdin?.end(Buffer.concat(chunks));
      const { stderr } = await probe;
      expect(stderr).toMatch(/Video: h264[\s\S]*Audio: pcm_s16le/);
      const seconds = Number(/time=00:00:(\d+\.\d+)(?![\s\S]*time=)/.exec(stderr)?.[1]);
      expect(seconds).toBeGreaterThan(2.4);
      expect(seconds).toBeLessThan(4.5);
    }));

  const packet = (time: number, isKey = false, bytes = 100): MediaPacket => ({
    ...{ kind: 'video', time, isKey, data: new Uint8Array(bytes) },
  });
  const filled = (keepMs: number, maxBytes?: number): PacketRing => {
    const ring = new PacketRing(maxBytes);
    for (let index = 0; index < 200; index++) {
      ring.push(packet(index / 10, index % 20 === 0), keepMs);
    }
    return ring;
  };

  it.each([
    ['only the newest group', 0, 0, 18],
    ['one group more than asked for', 4000, 4000, 14],
    ['what there is', 4000, 60_000, 14],
    ['the newest key frame', 4000, 0, 18],
  ])('is %s when %i ms are kept and %i ms wanted', (_, keepMs, wanted, first) => {
    expect(filled(keepMs).since(wanted)[0]).toMatchObject({ time: first, isKey: true });
  });

  it('is bounded in bytes, in whole groups', () => {
    expect(filled(60_000, 5000).since(60_000)[0]).toMatchObject({ time: 16, isKey: true });
  });

  it('is empty when one group is more than there is room for, until the next key frame', () => {
    const ring = new PacketRing(150);
    [packet(0, true), packet(0.1), packet(0.2)].forEach((one) => ring.push(one, 0));
    expect(ring.since(0)).toEqual([]);
    ring.push(packet(0.3, true), 0);
    expect(ring.since(0)).toHaveLength(1);
  });

  it('begins anew when the time jumps', () => {
    const ring = filled(60_000);
    ring.push(packet(500, true), 60_000);
    expect(ring.since(60_000)).toHaveLength(1);
  });

  it('is squeezed for whoever looks: all pictures in their order, the last one at its own time', () => {
    const times = squeezed([packet(1, true), packet(1.1), { ...packet(1.15), kind: 'audio' }, packet(1.2)]).map(
      ({ time }) => time.toFixed(3),
    );
    expect(times).toEqual(['1.196', '1.198', '1.200']);
  });
});

describe('a process that does not read', () => {
  const streams: CameraStreams = {
    ...{ video: { kind: 'video', fourcc: 'H264', width: 320, height: 240, decodeDelay: 0, codecHeader: Buffer.of() } },
  };
  const megabyte = (time: number, isKey: boolean): MediaPacket => ({
    ...{ kind: 'video', time, isKey, data: new Uint8Array(1 << 20) },
  });

  it('is skipped to a later key frame, and holds no more than some megabytes', async () => {
    const output = new PassThrough();
    const feed = new NutFeed(output, streams, [megabyte(0, true)]);
    for (let index = 1; index < 40; index++) {
      feed.packet(megabyte(index, index % 10 === 0));
    }
    expect(output.writableLength).toBeLessThan(12 << 20);
    expect(feed.dropped).toBeGreaterThan(25);
    const { dropped } = feed;
    output.resume();
    await until('all is read', () => output.writableLength === 0);
    feed.packet(megabyte(41, false));
    expect(feed.dropped).toBe(dropped + 1);
    feed.packet(megabyte(50, true));
    feed.packet(megabyte(51, false));
    expect(feed.dropped).toBe(dropped + 1);
  });

  it('that has gone is no fault', () => {
    const output = new PassThrough();
    const feed = new NutFeed(output, streams, []);
    output.destroy();
    expect(() => feed.packet(megabyte(0, true))).not.toThrow();
  });
});
