import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { createRequire } from 'node:module';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { findFfmpeg, type Ffmpeg } from '../../src/video/ffmpeg.js';
import { recordingLogger } from '../button/recording-logger.js';
import { HapClient } from '../support/hap-client.js';
import { startHomebridge, type Homebridge } from '../support/homebridge.js';
import { HomeHub, watch } from '../support/home-hub.js';
import { makeClip, RtspServer, type Clip } from '../support/rtsp-server.js';
import { pitch } from '../support/tone.js';
import { ANNA, decided, decision, visit } from './decisions.js';
import type { Command } from './fixture/plugin.js';

const DOORBELL = 'Front Door';
const TONE = 440;
const fixture = fileURLToPath(new URL('./fixture', import.meta.url));
const tsx = pathToFileURL(createRequire(import.meta.url).resolve('tsx')).href;

/** A real hub's part is played over a real HomeKit Data Stream; nothing of HAP-NodeJS is bypassed. */
describe('HomeKit Secure Video', () => {
  let ffmpeg: Ffmpeg;
  let camera: RtspServer;
  let homebridge: Homebridge;
  let client: HapClient;
  let hub: HomeHub;
  let dark: Clip;
  let bright: Clip;
  const tell = (command: Command) => homebridge.send(command);

  beforeAll(async () => {
    ffmpeg = await findFfmpeg({ logger: recordingLogger() });
    const source = (lightness: string) => `testsrc2=size=640x360:rate=25,lutyuv=y=val*0.2+${lightness}`;
    dark = await makeClip(ffmpeg, { source: source('16') });
    bright = await makeClip(ffmpeg, { source: source('180') });
    camera = await RtspServer.start({ clip: dark, audio: 'beside', tone: TONE });
    homebridge = await startHomebridge({
      pluginPath: fixture,
      nodeArgs: ['--import', tsx],
      config: {
        platforms: [
          {
            platform: 'Doorman',
            doorbell: DOORBELL,
            ffmpegPath: ffmpeg.path,
            encoders: [...ffmpeg.encoders],
            major: ffmpeg.major,
            rtspTimeoutOption: ffmpeg.rtspTimeoutOption,
            url: camera.url,
            guests: [ANNA],
            rules: { guests: true, strangers: true, button: true, holdMs: 400 },
            recording: true,
          },
        ],
      },
    });
    client = await HapClient.pair({ port: await homebridge.port(DOORBELL), pin: homebridge.pin });
    hub = new HomeHub(client);
    await hub.activate();
    await homebridge.logged(/recording to HomeKit Secure Video is on/);
    await sleep(8000);
  }, 90_000);

  afterAll(async () => {
    const running = await hub.record();
    await running.fragments(1);
    const { left } = await homebridge.stop();
    running.hangUp();
    await client.close();
    await camera.stop();
    expect(left.filter(({ command }) => command.includes('ffmpeg'))).toEqual([]);
    const told = homebridge.problems.filter((line) => !line.includes('the recording ended: '));
    expect(told).toEqual([]);
  });

  it('records a visit from four seconds before it, as the camera sent it, with sound, over the one connection', async () => {
    camera.play(bright);
    await tell({ do: 'announce', event: { type: 'started', visit: visit('one') } });
    await tell({ do: 'announce', event: decided(decision('guest', ANNA), 'one') });
    await sleep(1500); // A hub takes its time.
    const recording = await hub.record();
    await recording.fragments(4);
    recording.close();
    await tell({ do: 'announce', event: { type: 'ended', visit: visit('one') } });
    const { log, pictures, times, samples } = await watch(ffmpeg.path, recording.recorded);
    expect(log).toMatch(/Video: h264 .*640x360/);
    expect(log).toMatch(/Audio: aac \(LC\).* 32000 Hz, mono/);
    const lightness = pictures.map((pixels) => pixels.reduce((sum, value) => sum + value, 0) / pixels.length);
    const trigger = lightness.findIndex((value) => value > 120);
    expect(trigger).toBeGreaterThan(0);
    expect(times[trigger]! - times[0]!).toBeGreaterThanOrEqual(4);
    expect(times.at(-1)! - times[trigger]!).toBeGreaterThanOrEqual(1);
    expect(samples.length / 32_000).toBeGreaterThan(times.at(-1)! - times[0]! - 1);
    expect(Math.abs(pitch(samples.subarray(-64_000), 32_000) - TONE)).toBeLessThan(10);
    expect(camera.counts.connections).toBe(1);
    await noFfmpegBut(1);
  });

  it('sends the camera’s sound into the live view as HomeKit negotiated it, until the view ends', async () => {
    const live = await client.liveStream({ width: 640, height: 360 });
    await live.received(50);
    const until = performance.now() + 10_000;
    while (live.sound.length < 25 && performance.now() < until) {
      await sleep(50);
    }
    await live.stop();
    expect(live.forged).toBe(0);
    expect(live.sound.length).toBeGreaterThanOrEqual(25);
    expect(new Set(live.sound.map(({ payloadType }) => payloadType))).toEqual(new Set([110]));
    const steps = live.sound.slice(1).map(({ timestamp }, at) => timestamp - live.sound[at]!.timestamp);
    expect(new Set(steps)).toEqual(new Set([320]));
    await noFfmpegBut(1);
    expect(camera.counts.connections).toBe(1);
  });

  it('lets the hub close in the middle, or hang up, and records again at once', async () => {
    const first = await hub.record();
    await first.fragments(1);
    first.close(3);
    await noFfmpegBut(1);
    const second = await hub.record();
    second.hangUp();
    await noFfmpegBut(1);
    const third = await hub.record();
    await third.fragments(1);
    third.close();
    await noFfmpegBut(1);
    expect(camera.counts.connections).toBe(1);
  });

  it('makes the picture smaller where the hub wants it smaller, and leaves sound out where nobody wants it', async () => {
    await hub.activate({ width: 320, height: 180, audio: false });
    const recording = await hub.record();
    await recording.fragments(2);
    recording.close();
    const { log, times } = await watch(ffmpeg.path, recording.recorded);
    expect(log).toMatch(/Video: h264 .*320x180/);
    expect(log).not.toContain('Audio:');
    expect(times.at(-1)! - times[0]!).toBeGreaterThanOrEqual(4);
    await hub.activate();
  });

  it('ends the recording in order when the camera goes, and waits for a hub that acknowledges late', async () => {
    const recording = await hub.record();
    await recording.fragments(1);
    await camera.down();
    await recording.ended();
    await noFfmpegBut(0);
    const { times } = await watch(ffmpeg.path, recording.recorded);
    expect(times.length).toBeGreaterThan(50);
    await expect(hub.record()).rejects.toThrow('refuses to record');
    await sleep(2000);
    recording.acknowledge();
    await camera.up();
    const next = await hub.record();
    await next.fragments(1);
    next.close();
  });

  it('says so when the camera does not come back', async () => {
    await camera.down();
    await sleep(1000);
    const recording = await hub.record();
    expect(await recording.refused()).toBe(6);
    recording.hangUp();
    await camera.up();
    expect(await homebridge.logged(/the recording ended: /)).toContain('Front Door');
  });

  /** Waits until Homebridge has no ffmpeg but these: the connection to the camera is one. */
  async function noFfmpegBut(count: number): Promise<void> {
    const until = performance.now() + 5000;
    for (;;) {
      const running = await homebridge.children('ffmpeg');
      if (running.length <= count) {
        return;
      }
      if (performance.now() > until) {
        throw new Error(`${running.length} ffmpeg still run`);
      }
      await sleep(100);
    }
  }
});
