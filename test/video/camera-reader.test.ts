import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { getEventListeners } from 'node:events';
import { setTimeout as delay } from 'node:timers/promises';
import type { Frame } from '../../src/types.js';
import { CameraReader, type CameraReaderOptions } from '../../src/video/camera-reader.js';
import { findFfmpeg, type Ffmpeg } from '../../src/video/ffmpeg.js';
import type { Transport } from '../../src/video/reader-arguments.js';
import { SharedCamera } from '../../src/video/shared-camera.js';
import { childrenNamed } from '../support/children.js';
import { recordingLogger } from '../support/recording-logger.js';
import { makeClip, RtspServer, type Clip } from '../support/rtsp-server.js';
import { until } from '../support/wait.js';

const quick = { firstPacketMs: 8000, stallMs: 1500, retryMs: [100, 200], stableMs: 1000 };
const credentials = { scheme: 'digest', user: 'admin', password: 'hunter2:@/' } as const;

let ffmpeg: Ffmpeg;
let clip: Clip;

beforeAll(async () => {
  ffmpeg = await findFfmpeg({ logger: recordingLogger() });
  clip = await makeClip(ffmpeg, { keyEvery: 10 });
});

/** What a test that failed has left running would be taken for the fault of the next ones. */
const opened: (() => Promise<void>)[] = [];
afterEach(() => Promise.all(opened.splice(0).map((stop) => stop())));

afterAll(() => {
  expect(childrenNamed('ffmpeg')).toEqual([]);
});

function reader(
  server: RtspServer,
  { transport = 'tcp', ...options }: Partial<CameraReaderOptions> & { readonly transport?: Transport } = {},
) {
  const logger = recordingLogger();
  const camera = new SharedCamera({ ffmpeg, url: server.url, transport, logger, timing: quick });
  const made = new CameraReader({ ffmpeg, camera, framesPerSecond: 10, decoder: 'software', logger, ...options });
  const seen: Frame[] = [];
  made.on('sight', ({ timestamp, whole }) => {
    if (whole !== undefined) {
      const { width, height, format } = whole;
      seen.push({ timestamp, width, height, format, data: new Uint8Array(0) });
    }
  });
  const stop = async (): Promise<void> => {
    await made.stop();
    await camera.stop();
  };
  opened.push(stop);
  return { reader: made, stop, seen, logger };
}

/** Runs `use` against a fresh camera; both are gone afterwards. */
async function withCamera(
  options: Partial<Parameters<typeof RtspServer.start>[0]>,
  use: (server: RtspServer) => Promise<void>,
): Promise<void> {
  const server = await RtspServer.start({ clip, ...options });
  try {
    await use(server);
  } finally {
    await server.stop();
  }
}

describe('the camera reader', () => {
  it('drops 25 frames a second to 10 and keeps their real times', () =>
    withCamera({}, async (server) => {
      const { reader: camera, stop, seen } = reader(server);
      camera.start();
      await until('25 frames', () => seen.length >= 25);
      await stop();
      const steady = seen.slice(5).map(({ timestamp }) => timestamp);
      const steps = steady.slice(1).map((time, index) => time - steady[index]!);
      // The camera's pictures are 40 ms apart: every step is 80 or 120 ms, 100 on average.
      // A busy machine may show late that the first ones were late, which moves one step or two.
      const exact = steps.filter((step) => Math.abs(step - 40 * Math.round(step / 40)) < 3);
      expect(exact.length).toBeGreaterThan(steps.length * 0.7);
      expect(Math.max(...exact)).toBeLessThan(123);
      expect((steady.at(-1)! - steady[0]!) / steps.length).toBeCloseTo(100, -1);
      expect(Math.abs(steady.at(-1)! - Date.now())).toBeLessThan(2000);
      expect(seen[0]).toMatchObject({ format: 'i420', width: 320, height: 240 });
    }));

  it.each([
    ['udp', 'basic'],
    ['auto', 'digest'],
  ] as const)('reads over %s with %s credentials', (transport, scheme) =>
    withCamera({ credentials: { ...credentials, scheme }, audio: 'beside' }, async (server) => {
      const { reader: camera, stop, seen } = reader(server, { transport });
      camera.start();
      await until('3 frames', () => seen.length >= 3);
      await stop();
    }),
  );

  it('comes back when the camera was gone, with one line each way', () =>
    withCamera({ credentials }, async (server) => {
      const { reader: camera, stop, seen, logger } = reader(server);
      camera.start();
      await until('frames', () => seen.length >= 3);
      await server.down();
      await until('offline', () => !camera.online);
      await delay(1200); // Several attempts fail.
      const before = seen.length;
      await server.up();
      await until('frames again', () => seen.length >= before + 3);
      await stop();
      expect(logger.shown()).toEqual([
        'info: The camera is online: 320x240 h264 at 25 frames per second.',
        `warn: The camera is offline. The camera at 127.0.0.1:${server.port} closed the connection.`,
        'info: The camera is online: 320x240 h264 at 25 frames per second.',
      ]);
      expect(logger.lines.map(({ text }) => text).join('\n')).not.toMatch(/hunter2/);
    }));

  it('says once that the password is refused, though the camera was gone before', () =>
    withCamera({ credentials }, async (server) => {
      const { reader: camera, stop, seen, logger } = reader(server);
      camera.start();
      await until('frames', () => seen.length >= 3);
      server.fault = { status: '401 Unauthorized' };
      server.drop();
      await until('the second fault', () => logger.shown().length === 3);
      await delay(600); // Further attempts say it again, for nobody.
      await stop();
      expect(logger.shown().slice(1)).toEqual([
        `warn: The camera is offline. The camera at 127.0.0.1:${server.port} closed the connection.`,
        `warn: The camera is offline. The camera at 127.0.0.1:${server.port} refused the user name or password.`,
      ]);
    }));

  it('notices a camera that stays connected and sends nothing, and ends its decoder', () =>
    withCamera({}, async (server) => {
      const { reader: camera, stop, seen, logger } = reader(server);
      camera.start();
      await until('frames', () => seen.length >= 3);
      server.fault = 'stall';
      await until('offline', () => !camera.online);
      expect(logger.shown().at(-1)).toMatch(/has sent no picture for 2 s/);
      server.fault = undefined;
      await until('online again', () => camera.online);
      // One that reads, one that decodes.
      expect(childrenNamed('ffmpeg')).toHaveLength(2);
      await stop();
      expect(childrenNamed('ffmpeg')).toEqual([]);
    }));

  it('takes a picture size after noise for noise, and says so', () =>
    withCamera({}, async (server) => {
      const larger = await makeClip(ffmpeg, { size: '640x360', keyEvery: 10 });
      const { reader: camera, stop, seen, logger } = reader(server);
      camera.start();
      await until('frames', () => seen.length >= 3);
      server.fault = 'garbage';
      await delay(1500);
      server.play(larger);
      server.fault = undefined;
      await until('offline', () => !camera.online);
      expect(logger.shown().at(-1)).toMatch(/cannot be decoded/);
      await until('online again', () => camera.online);
      await stop();
    }));

  it('keeps nothing of the connections that have ended', () =>
    withCamera({}, async (server) => {
      const { reader: camera, stop, seen } = reader(server);
      camera.start();
      const held: number[] = [];
      for (let turn = 0; turn < 3; turn++) {
        await until('frames', () => seen.length >= 2);
        held.push(getEventListeners(camera['stopping'].signal, 'abort').length);
        server.drop();
        await until('offline', () => !camera.online);
        seen.length = 0;
      }
      await stop();
      expect(held).toEqual([held[0], held[0], held[0]]);
    }));

  it('follows a change of the picture’s size without going offline', () =>
    withCamera({}, async (server) => {
      const { reader: camera, stop, seen, logger } = reader(server);
      camera.start();
      await until('frames', () => seen.length >= 3);
      server.play(await makeClip(ffmpeg, { size: '640x360', keyEvery: 10 }));
      await until('larger frames', () => seen.some(({ width, height }) => width === 640 && height === 360));
      await stop();
      expect(logger.shown()).toHaveLength(1);
    }));

  it('scales only what is wider than wanted', () =>
    withCamera({}, async (server) => {
      const small = reader(server, { maxWidth: 160 });
      const native = reader(server, { maxWidth: 640 });
      small.reader.start();
      native.reader.start();
      await until('frames', () => small.seen.length > 0 && native.seen.length > 0);
      await Promise.all([small.stop(), native.stop()]);
      expect(small.seen[0]).toMatchObject({ width: 160, height: 120 });
      expect(native.seen[0]).toMatchObject({ width: 320, height: 240 });
    }));

  it('reads whole pictures only where they are wanted, from the very next picture on', () =>
    withCamera({}, async (server) => {
      server.play(await makeClip(ffmpeg, { size: '1280x720', keyEvery: 10 }));
      const { reader: camera, stop } = reader(server);
      const sights: { readonly wanted: boolean; readonly glance: string; readonly whole: string | undefined }[] = [];
      const sizeOf = ({ width, height }: Frame): string => `${width}x${height}`;
      camera.on('sight', ({ timestamp, glance, whole }) => {
        expect(whole?.timestamp ?? timestamp).toBe(timestamp);
        sights.push({ wanted: camera.wantsWhole, glance: sizeOf(glance), whole: whole && sizeOf(whole) });
        camera.wantsWhole = sights.length < 40 && Math.floor(sights.length / 5) % 2 === 0;
      });
      camera.start();
      await until('40 sights', () => sights.length >= 40);
      const steady = sights.slice(5, 40);
      expect(new Set(steady.map(({ glance }) => glance))).toEqual(new Set(['160x90']));
      expect(new Set(steady.map(({ whole }) => whole))).toEqual(new Set(['1280x720', undefined]));
      // One picture more may be under way when the wish changes.
      const late = steady.filter(({ wanted, whole }) => wanted !== (whole !== undefined));
      expect(late.length).toBeLessThanOrEqual(steady.length / 4);

      const newest = (): number => camera.latest?.timestamp ?? 0;
      await until('no whole picture comes any more', () => Date.now() - newest() > 1000);
      const old = newest();
      const fresh = await camera.fresh();
      expect(fresh).toMatchObject({ width: 1280, height: 720 });
      expect(fresh!.timestamp).toBeGreaterThan(old);
      await stop();
    }));

  it('gives a slow consumer only the newest frames, in few buffers, untouched while in use', () =>
    withCamera({}, async (server) => {
      const { reader: camera, stop, seen } = reader(server, { framesPerSecond: 25 });
      const buffers = new Set<Uint8Array>();
      const ages: number[] = [];
      let intact = true;
      camera.on('sight', async ({ timestamp, whole }) => {
        const { data } = whole!;
        buffers.add(data);
        ages.push(Date.now() - timestamp);
        const copy = Uint8Array.from(data);
        await delay(300);
        intact &&= Buffer.compare(copy, data) === 0;
      });
      camera.start();
      await until('8 frames', () => seen.length >= 8);
      await stop();
      expect(intact).toBe(true);
      expect(camera.dropped).toBeGreaterThan(10);
      expect(buffers.size).toBeLessThanOrEqual(6);
      expect(Math.max(...ages.slice(2))).toBeLessThan(1000);
    }));

  it('outlives a listener that throws', () =>
    withCamera({}, async (server) => {
      const { reader: camera, stop, seen, logger } = reader(server);
      camera.on('sight', () => Promise.reject(new Error('no such face')));
      camera.start();
      await until('3 frames', () => seen.length >= 3);
      await stop();
      expect(logger.shown()).toContain('error: A frame could not be judged: no such face');
    }));

  it('stops at once by its signal, even while it connects', () =>
    withCamera({}, async (server) => {
      server.fault = 'hang';
      const { reader: camera, stop, logger } = reader(server);
      const aborting = new AbortController();
      camera.start(aborting.signal);
      await until('a connection', () => server.counts.connections > 0);
      aborting.abort();
      await stop();
      expect(childrenNamed('ffmpeg')).toEqual([]);
      expect(logger.shown()).toEqual([]);
    }));

  it.each(['vaapi', 'auto'] as const)('falls back to software where %s finds no hardware', (decoder) =>
    withCamera({}, async (server) => {
      const { reader: camera, stop, seen, logger } = reader(server, { decoder });
      camera.start();
      await until('frames', () => seen.length >= 2);
      await stop();
      const lines = logger.shown();
      expect(lines.filter((line) => line.startsWith('warn'))).toEqual(
        decoder === 'auto' ? [] : ['warn: The vaapi decoder does not work for this camera; decoding with software.'],
      );
    }),
  );
});
