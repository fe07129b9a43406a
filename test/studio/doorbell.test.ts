import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { parseConfig } from '../../src/config.js';
import { findFfmpeg } from '../../src/video/ffmpeg.js';
import { SharedCamera } from '../../src/video/shared-camera.js';
import { WorkerHost } from '../../src/worker/host.js';
import type { LiveEnrolment } from '../../src/worker/messages.js';
import { recordingLogger } from '../support/recording-logger.js';
import { until } from '../support/wait.js';
import { ObedientVisitor, portraitOf, SyntheticCamera } from '../visitors/index.js';
import { cacheFolder } from './support.js';

const logger = recordingLogger();
let camera: SyntheticCamera;
let host: WorkerHost;
let shared: SharedCamera;
let online = false;

beforeAll(async () => {
  const ffmpeg = await findFfmpeg({ logger });
  camera = await SyntheticCamera.start({ ffmpegPath: ffmpeg.path, width: 480, height: 360, framesPerSecond: 5 });
  const parsed = parseConfig({
    platform: 'Doorman',
    engine: 'onnx',
    doorbells: [{ name: 'Front Door', url: camera.url, framesPerSecond: 5 }],
  });
  if (parsed.config === undefined) {
    throw new Error('The test’s configuration has a fault.');
  }
  const { config, doorbells } = parsed;
  shared = new SharedCamera({ ffmpeg, url: camera.url, transport: 'tcp', logger });
  host = new WorkerHost(
    {
      ...config,
      doorbell: doorbells[0]!,
      ffmpeg,
      threads: 1,
      cacheFolder,
      inbox: false,
    },
    shared,
    { onEvent: () => undefined, onCamera: (is) => (online = is) },
    logger,
  );
  host.start();
  await until('the camera is online', () => online, 50_000);
});

afterAll(async () => {
  await host.stop();
  await shared.stop();
  await camera.stop();
});

describe('what the settings page sees of a doorbell', () => {
  it('is the newest picture, with boxes where the faces are in it', async () => {
    const empty = await host.view(320);
    expect(empty).toMatchObject({ frame: { width: 480, height: 360 }, faces: [] });
    camera.show(new ObedientVisitor('Anna', portraitOf('Anna'), { size: 120, y: 0.5 }));
    let view = empty;
    for (let tries = 0; tries < 40 && view?.faces.length !== 1; tries++) {
      view = await host.view(320);
    }
    const [face] = view!.faces;
    const { x, y, width, height } = face!.box;
    expect(Math.abs(x + width / 2 - 240)).toBeLessThan(60);
    expect(y + height / 2).toBeGreaterThan(90);
    expect(face!.size).toBeGreaterThan(60);
    expect(face!.size).toBeLessThan(200);
    expect(Buffer.from(view!.jpeg.subarray(0, 2)).toString('hex')).toBe('ffd8');
  });

  it('guides an enrolment until it is cancelled, and one at a time', async () => {
    const first: LiveEnrolment[] = [];
    const cancelled = new AbortController();
    const running = host.enrol(cancelled.signal, (step) => first.push(step));
    await until('a face is taken', () => first.some(({ taken }) => taken !== undefined), 20_000);
    expect(first.at(-1)!.coverage).toHaveLength(6);
    expect(first.some(({ picture }) => picture !== undefined)).toBe(true);
    // A second one takes its place.
    const second = host.enrol(cancelled.signal, () => undefined);
    await running;
    cancelled.abort();
    await second;
  });

  it('takes another false accept rate, and keeps looking', async () => {
    host.setFalseAcceptRate(0.01);
    expect((await host.view(200))?.faces).toBeDefined();
    expect(logger.shown().filter((line) => line.startsWith('error'))).toEqual([]);
  });
});
