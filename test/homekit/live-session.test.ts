import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { randomBytes } from 'node:crypto';
import { createSocket, type Socket } from 'node:dgram';
import { once } from 'node:events';
import { encoderArguments } from '../../src/homekit/stream-policy.js';
import { LiveSession, type LiveSource } from '../../src/homekit/live-session.js';
import { findFfmpeg, type Ffmpeg } from '../../src/video/ffmpeg.js';
import { SharedCamera } from '../../src/video/shared-camera.js';
import { recordingLogger } from '../button/recording-logger.js';
import { childrenNamed } from '../support/children.js';
import { decodeH264 } from '../support/live-stream.js';
import { annexB } from '../support/h264-packets.js';
import { makeClip, RtspServer } from '../support/rtsp-server.js';
import { isRtcp, SrtpReceiver, type RtpPacket } from '../support/srtp.js';
import { until } from '../support/wait.js';

let ffmpeg: Ffmpeg;
let server: RtspServer;
let camera: SharedCamera;
let session: LiveSession | undefined;
let phone: Socket | undefined;

beforeAll(async () => {
  ffmpeg = await findFfmpeg({ logger: recordingLogger() });
  server = await RtspServer.start({ clip: await makeClip(ffmpeg, { size: '640x360', keyEvery: 50 }) });
});
afterEach(async () => {
  session?.stop();
  phone?.close();
  phone = undefined;
  await camera.stop();
});
afterAll(async () => {
  await server.stop();
  expect(childrenNamed('ffmpeg')).toEqual([]);
});

const WISH = { width: 1280, height: 720, fps: 30, max_bit_rate: 20_000, profile: 2, level: 2, pt: 99, mtu: 1378 };
const FAST = { retryMs: [100], lingerMs: 100, stallMs: 1500 };

/** A session with a phone that reports for as long as `reports` lets it. */
async function open(options: Partial<LiveSource> & { readonly url?: string } = {}) {
  camera = new SharedCamera({
    ...{ ffmpeg, url: options.url ?? server.url, transport: 'tcp', logger: recordingLogger(), timing: FAST },
  });
  const logger = recordingLogger();
  const reasons: string[] = [];
  const opened = await LiveSession.open({ name: 'Door', logger, onEnd: (why) => reasons.push(why) }, false);
  session = opened;
  const socket = createSocket('udp4');
  phone = socket;
  socket.bind(0, '127.0.0.1');
  await once(socket, 'listening');
  const keyAndSalt = randomBytes(30);
  const receiver = new SrtpReceiver(keyAndSalt.subarray(0, 16), keyAndSalt.subarray(16));
  const packets: RtpPacket[] = [];
  socket.on('message', (message) => {
    if (!isRtcp(message)) {
      packets.push(receiver.open(message)!);
    }
  });
  const play = (wish: Partial<typeof WISH> = {}, interval = 0.5): void =>
    opened.play(
      { camera, ffmpeg, configured: 'auto', encoder: encoderArguments('libx264'), ...options },
      { address: '127.0.0.1', port: socket.address().port, keyAndSalt, ssrc: 7 },
      { ...WISH, ...wish, rtcp_interval: interval },
    );
  const report = (): void => {
    socket.send('report', opened.port, '127.0.0.1');
  };
  return { session: opened, reasons, logger, packets, play, report };
}

/** Until the camera's traffic is known, as it is wherever recognition runs. */
async function watched(): Promise<() => void> {
  const stop = camera.subscribe({ connected: () => undefined, packet: () => undefined, lost: () => undefined });
  await until('the traffic is known', () => camera.traffic !== undefined);
  return stop;
}

const encoders = (): string[] => childrenNamed('ffmpeg').filter((command) => command.includes('libx264'));

describe('a live session', () => {
  it('copies what fits: begins with the past key frame at once, without a process of its own', async () => {
    const { play, packets } = await open();
    const stop = await watched();
    play();
    await until('a picture', () => packets.some(({ marker }) => marker));
    expect(packets[0]!.payload[0]! & 31).toBe(7);
    await until('pictures', () => packets.filter(({ marker }) => marker).length > 10);
    expect(encoders()).toEqual([]);
    expect(server.watchers).toBe(1);
    const frames = await decodeH264(ffmpeg.path, annexB(packets));
    expect(frames[0]).toMatchObject({ width: 640, height: 360 });
    stop();
  });

  it('makes anew what does not fit, and changes in one stream when the phone asks', async () => {
    const { session, play, packets } = await open();
    play({ width: 320, height: 240, max_bit_rate: 300 });
    await until('pictures', () => packets.filter(({ marker }) => marker).length > 10);
    expect(encoders()).toHaveLength(1);
    session.reconfigure({ ...WISH, width: 480, height: 270, max_bit_rate: 600 });
    const before = packets.length;
    await until('another size', () => packets.slice(before).some(({ payload }) => (payload[0]! & 31) === 7));
    const change = packets.findIndex(({ payload }, index) => index >= before && (payload[0]! & 31) === 7);
    await until('pictures', () => packets.slice(change).filter(({ marker }) => marker).length > 5);
    expect(encoders()).toHaveLength(1);
    const steps = packets.slice(1).map(({ sequence }, index) => (sequence - packets[index]!.sequence) & 0xffff);
    expect(new Set(steps)).toEqual(new Set([1]));
    const frames = await decodeH264(ffmpeg.path, annexB(packets.slice(change)));
    expect(frames[0]).toMatchObject({ width: 480, height: 270 });
    expect(server.watchers).toBe(1);
  });

  it('ends with everything it started when the phone’s reports stop', async () => {
    const { session, play, report, reasons, packets } = await open();
    play({ max_bit_rate: 300 });
    // The shortest silence that is allowed is too long for a test; a part tells that all end together.
    const parts: string[] = [];
    session.own({ stop: () => parts.push('sound') });
    await until('pictures', () => packets.length > 5);
    report();
    await until('its end', () => reasons.length > 0);
    expect(reasons).toEqual(['the viewer has gone']);
    expect(parts).toEqual(['sound']);
    await until('no encoder', () => encoders().length === 0);
  });

  it('goes on when the camera comes back within seconds', async () => {
    const { play, packets, reasons } = await open();
    const stop = await watched();
    play();
    await until('pictures', () => packets.length > 5);
    server.drop();
    const before = packets.length;
    await until('pictures again', () => packets.slice(before).some(({ payload }) => (payload[0]! & 31) === 7));
    expect(reasons).toEqual([]);
    stop();
  });

  it('ends with the reason when the camera is away', async () => {
    const { play, reasons } = await open({ url: 'rtsp://me:secret@127.0.0.1:1/x' });
    play();
    await until('its end', () => reasons.length > 0);
    expect(reasons[0]).toMatch(/^Nothing answers at 127\.0\.0\.1:1/);
  });

  it('tells why ffmpeg gave up', async () => {
    const { play, reasons } = await open({ encoder: encoderArguments('h264_nvenc'), configured: 'h264_nvenc' });
    play();
    await until('its end', () => reasons.length > 0);
    expect(reasons[0]).toMatch(/^ffmpeg ended \(code \d+; .*/);
  });

  it('does not begin twice, nor after its end', async () => {
    const { play, session } = await open();
    play();
    expect(() => play()).toThrow(/running already/);
    session.stop();
    session.stop();
    expect(() => play()).toThrow(/has ended/);
  });
});
