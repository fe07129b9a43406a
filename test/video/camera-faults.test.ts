import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { once } from 'node:events';
import { CameraError, type CameraFault } from '../../src/video/camera-fault.js';
import { CameraReader } from '../../src/video/camera-reader.js';
import { findFfmpeg, type Ffmpeg } from '../../src/video/ffmpeg.js';
import { probeCamera } from '../../src/video/probe-camera.js';
import { SharedCamera } from '../../src/video/shared-camera.js';
import { StreamLog } from '../../src/video/stream-log.js';
import { childrenNamed } from '../support/children.js';
import { recordingLogger } from '../support/recording-logger.js';
import { makeClip, RtspServer } from '../support/rtsp-server.js';

const credentials = { scheme: 'digest', user: 'admin', password: 'hunter2' } as const;

let ffmpeg: Ffmpeg;
let camera: RtspServer;
let soundOnly: RtspServer;

beforeAll(async () => {
  ffmpeg = await findFfmpeg({ logger: recordingLogger() });
  const clip = await makeClip(ffmpeg, { seconds: 1 });
  camera = await RtspServer.start({ clip, credentials, path: '/stream', udp: false, audio: 'beside' });
  soundOnly = await RtspServer.start({ clip, audio: 'only' });
});

afterAll(async () => {
  await camera.stop();
  await soundOnly.stop();
  expect(childrenNamed('ffmpeg')).toEqual([]);
});

async function probeFault(url: string, transport: 'tcp' | 'udp' = 'tcp', timeoutMs = 8000): Promise<CameraFault> {
  try {
    await probeCamera(ffmpeg, url, transport, undefined, timeoutMs);
  } catch (error) {
    if (error instanceof CameraError) {
      return error.fault;
    }
    throw error;
  }
  throw new Error('The camera could be probed.');
}

/** The reader's first word about a camera that cannot be read, with everything it logged. */
async function readerFault(url: string): Promise<{ reason: string; shown: string[]; all: string }> {
  const logger = recordingLogger();
  const timing = { firstPacketMs: 8000, retryMs: [50] };
  const shared = new SharedCamera({ ffmpeg, url, transport: 'tcp', logger, timing });
  const reader = new CameraReader({ ffmpeg, camera: shared, framesPerSecond: 5, decoder: 'software', logger });
  const reason = await new Promise<string>((resolve) => {
    reader.on('offline', resolve);
    reader.start();
  });
  await reader.stop();
  await shared.stop();
  return { reason, shown: logger.shown(), all: logger.lines.map(({ text }) => text).join('\n') };
}

describe('probing a camera', () => {
  it('says what it sends', async () => {
    expect(await probeCamera(ffmpeg, camera.url, 'tcp')).toMatchObject({
      ...{ codec: 'h264', width: 320, height: 240, framesPerSecond: 25 },
      audio: { codec: 'pcm_alaw', sampleRate: 8000, channels: 1 },
    });
  });

  it('finds a camera by its name', async () => {
    const url = camera.url.replace('127.0.0.1', 'localhost');
    expect(await probeCamera(ffmpeg, url, 'tcp')).toMatchObject({ codec: 'h264' });
  });

  it('gives up in time when nothing answers', async () => {
    camera.fault = 'hang';
    expect(await probeFault(camera.url, 'tcp', 1000)).toMatchObject({ kind: 'timeout' });
    camera.fault = undefined;
  });

  it.each([
    [{ status: '503 Service Unavailable' }, 'refused-request', /answered "503 Service Unavailable"/],
    [{ status: '403 Forbidden' }, 'forbidden', /does not allow this user/],
    ['http', 'not-rtsp', /does not speak RTSP/],
  ] as const)('explains %j', async (fault, kind, message) => {
    camera.fault = fault;
    const found = await probeFault(camera.url);
    camera.fault = undefined;
    expect(found.kind).toBe(kind);
    expect(found.message).toMatch(message);
  });

  it('explains a transport that the camera does not offer', async () => {
    expect(await probeFault(camera.url, 'udp')).toMatchObject({ kind: 'transport' });
  });
});

describe('a camera that cannot be read', () => {
  it.each([
    ['a wrong password', () => camera.url.replace('hunter2', 'hunter3'), /refused the user name or password/],
    ['no password', () => camera.url.replace('admin:hunter2@', ''), /refused the user name or password/],
    ['a wrong path', () => camera.url.replace('/stream', '/other'), /has no stream of this path/],
    ['a closed port', () => 'rtsp://admin:hunter2@127.0.0.1:1/stream', /Nothing answers at 127\.0\.0\.1:1/],
    ['an unknown name', () => 'rtsp://admin:hunter2@camera.invalid/x', /No device of the name camera\.invalid/],
    ['a stream without video', () => soundOnly.url, /holds no video/],
    ['an HTTP address', () => 'http://admin:hunter2@127.0.0.1/video', /is an http address; Doorman reads rtsp/],
  ])('is explained in one line: %s', async (_, url, sentence) => {
    const { reason, shown, all } = await readerFault(url());
    expect(reason).toMatch(sentence);
    expect(shown).toEqual([`warn: The camera is offline. ${reason}`]);
    expect(all).not.toMatch(/hunter\d/);
  });
});

it('the test server gives its port back', async () => {
  const server = await RtspServer.start({ clip: { accessUnits: [], framesPerSecond: 25 } });
  const { port } = server;
  await server.stop();
  const { createServer } = await import('node:net');
  const other = createServer().listen(port, '127.0.0.1');
  await once(other, 'listening');
  other.close();
});

describe('a decoder’s log', () => {
  it.each([
    'Error while decoding stream #0:0: Invalid data found when processing input\n',
    '[vist#0:0/h264 @ 0x5d5] [dec:h264 @ 0x5d6] Error submitting packet to decoder: Invalid data found\r\n',
  ])('counts the packets of which nothing could be made: %s', (line) => {
    const log = new StreamLog();
    log.push('[h264 @ 0x1] error while decoding MB 10 20, bytestream -7\n');
    for (const piece of [line.slice(0, 20), line.slice(20), line, '[h264 @ 0x1] no frame!\n']) {
      log.push(piece);
    }
    expect(log.undecodable).toBe(2);
    log.push('[h264 @ 0x1] Invalid NAL unit 0, skipping.\n[h264 @ 0x1] data partitioning is not implemented.\n');
    expect(log.undecodable).toBe(4);
    log.push('[h264 @ 0x1] error while decoding MB 21 3, bytestream -6\n[h264 @ 0x1] concealing 300 DC errors\n');
    expect(log.undecodable).toBe(4);
  });
});
