import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { execFile, execFileSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { createSocket, type Socket } from 'node:dgram';
import { once } from 'node:events';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import {
  audioFrom,
  audioPayload,
  chooseAudioCodec,
  codecHeader,
  samplesInPacket,
  type WantedAudio,
} from '../../src/homekit/audio-policy.js';
import { LiveAudio, type Mouth } from '../../src/homekit/live-audio.js';
import { SrtpReceiver } from '../../src/homekit/srtp-receiver.js';
import { SrtpSender } from '../../src/homekit/srtp.js';
import { TalkBack, type TalkBackTarget } from '../../src/homekit/talk-back.js';
import { backchannelTrack } from '../../src/video/backchannel.js';
import { findFfmpeg, type Ffmpeg } from '../../src/video/ffmpeg.js';
import { NutReader } from '../../src/video/nut-reader.js';
import { nutFrameHeader, nutHeader } from '../../src/video/nut-writer.js';
import { SharedCamera } from '../../src/video/shared-camera.js';
import { recordingLogger } from '../button/recording-logger.js';
import { childrenNamed } from '../support/children.js';
import { makeClip, RtspServer } from '../support/rtsp-server.js';
import * as phone from '../support/srtp.js';
import { pitch } from '../support/tone.js';
import { until } from '../support/wait.js';

const TONE = 440;
const SPOKEN = 700;
const RATE = 24_000;
const wanted: WantedAudio = {
  ...{ codec: 'opus', sampleRate: RATE, channels: 1, bitrate: 24, packetMs: 20, payloadType: 110 },
};

describe('the sound of a live view', () => {
  let ffmpeg: Ffmpeg;
  let server: RtspServer;
  let camera: SharedCamera;
  let folder: string;
  const keyAndSalt = randomBytes(30);
  let socket: Socket;
  let received: phone.RtpPacket[];
  let reports: number;
  let live: LiveAudio | undefined;
  let muted: { microphone: boolean; speaker: boolean };
  let logger: ReturnType<typeof recordingLogger>;

  beforeAll(async () => {
    ffmpeg = await findFfmpeg({ logger: recordingLogger() });
    folder = await mkdtemp(join(tmpdir(), 'doorman-sound-'));
    const credentials = { scheme: 'digest', user: 'admin', password: 'p@ss/word' } as const;
    const clip = await makeClip(ffmpeg, { keyEvery: 10 });
    server = await RtspServer.start({ clip, audio: 'beside', tone: TONE, backchannel: true, credentials });
    camera = new SharedCamera({ ffmpeg, url: server.url, transport: 'tcp', logger: recordingLogger() });
  });
  afterAll(async () => {
    await camera.stop();
    await server.stop();
    await rm(folder, { recursive: true });
    await until('no ffmpeg is left', () => childrenNamed('ffmpeg').length === 0);
  });

  beforeEach(async () => {
    socket = createSocket('udp4').bind(0, '127.0.0.1');
    await once(socket, 'listening');
    [received, reports] = [[], 0];
    muted = { microphone: false, speaker: false };
    logger = recordingLogger();
    const receiver = new phone.SrtpReceiver(keyAndSalt.subarray(0, 16), keyAndSalt.subarray(16));
    socket.on('message', (message) => {
      if (phone.isRtcp(message)) {
        reports++;
      } else {
        received.push(receiver.open(message)!);
      }
    });
  });
  afterEach(() => {
    live?.stop();
    socket.close();
  });

  const start = async (openMouth?: (audio: WantedAudio) => Mouth): Promise<LiveAudio> => {
    live = await LiveAudio.open({ ffmpeg, name: 'Front Door', logger, camera, muted: () => muted, openMouth }, false);
    live.start({ address: '127.0.0.1', port: socket.address().port, keyAndSalt, ssrc: 7 }, wanted);
    return live;
  };

  it('reaches the phone sealed, in HomeKit’s clock, and can be heard', async () => {
    await start();
    await until('two seconds of sound', () => received.length >= 100);
    await until('a sender report', () => reports > 0);
    expect(received.every((packet) => packet.payloadType === 110 && packet.ssrc === 7)).toBe(true);
    const steps = received.slice(1, 90).map(({ timestamp }, at) => timestamp - received[at]!.timestamp);
    expect(new Set(steps)).toEqual(new Set([samplesInPacket(wanted)]));
    const samples = await decode(received.map(({ payload }) => payload));
    expect(Math.abs(pitch(samples.subarray(-48_000), 48_000) - TONE)).toBeLessThan(10);
  });

  it('is silent while the household has muted the camera', async () => {
    muted.microphone = true;
    await start();
    await new Promise((resolve) => setTimeout(resolve, 1500));
    expect(received).toEqual([]);
    muted.microphone = false;
    await until('sound', () => received.length > 10);
  });

  it('is left out without a word where the camera has none', async () => {
    const mute = await RtspServer.start({ clip: await makeClip(ffmpeg) });
    const silent = new SharedCamera({ ffmpeg, url: mute.url, transport: 'tcp', logger });
    live = await LiveAudio.open({ ffmpeg, name: 'Front Door', logger, camera: silent, muted: () => muted }, false);
    live.start({ address: '127.0.0.1', port: socket.address().port, keyAndSalt, ssrc: 7 }, wanted);
    await until('that is found out', () => logger.lines.some(([, line]) => line.includes('the camera has no sound')));
    expect(logger.lines.filter(([level]) => level === 'warn' || level === 'error')).toEqual([]);
    live.stop();
    await silent.stop();
    await mute.stop();
  });

  /** Somebody speaks into the phone for two seconds, in real time. */
  const speak = async ({ port }: LiveAudio): Promise<void> => {
    const sender = new SrtpSender(keyAndSalt);
    for (const [index, frame] of (await spoken()).entries()) {
      const head = Buffer.alloc(12);
      head.writeUInt16BE(0x8000 | wanted.payloadType);
      head.writeUInt16BE(index, 2);
      head.writeUInt32BE(1000 + index * samplesInPacket(wanted), 4);
      head.writeUInt32BE(99, 8);
      const packet = sender.rtp(Buffer.concat([head, frame]));
      socket.send(packet, port, '127.0.0.1');
      const forged = Buffer.from(packet);
      forged[20]! ^= 1;
      socket.send(forged, port, '127.0.0.1');
      await new Promise((resolve) => setTimeout(resolve, wanted.packetMs - 1));
    }
  };
  const mouth = (target: TalkBackTarget) => (audio: WantedAudio) =>
    new TalkBack({ ffmpegPath: ffmpeg.path, name: 'Front Door', logger, target }, audio);

  it('goes the other way to the camera’s loudspeaker, over RTSP’s backchannel', async () => {
    const { plays } = server.counts;
    const audio = await start(mouth({ kind: 'backchannel', url: server.url }));
    await speak(audio);
    await until('a second of it', () => server.heard.length >= 50);
    expect(server.counts.plays - plays).toBeLessThanOrEqual(2);
    const said = mulaw(server.heard.map((packet) => packet.subarray(12)));
    expect(Math.abs(pitch(said.subarray(-4000), 8000) - SPOKEN)).toBeLessThan(20);
    audio.stop();
    await until('the backchannel is closed', () => server.watchers <= 1);
    expect(JSON.stringify(logger.lines)).not.toMatch(/p@ss|p%40ss/);
  });

  it('goes to an address', async () => {
    const sink = createSocket('udp4').bind(0, '127.0.0.1');
    await once(sink, 'listening');
    const heard: Buffer[] = [];
    sink.on('message', (message) => heard.push(message.subarray(12)));
    const audio = await start(mouth({ kind: 'address', url: `rtp://127.0.0.1:${sink.address().port}` }));
    await speak(audio);
    await until('a second of it', () => heard.reduce((sum, { length }) => sum + length, 0) >= 8000);
    expect(Math.abs(pitch(mulaw(heard).subarray(-4000), 8000) - SPOKEN)).toBeLessThan(20);
    audio.stop();
    sink.close();
  });

  it('goes to a program, unless the household has muted the speaker', async () => {
    const file = join(folder, 'said');
    const target: TalkBackTarget = { kind: 'command', command: ['sh', '-c', 'exec cat > "$0"', file] };
    muted.speaker = true;
    const audio = await start(mouth(target));
    await speak(audio);
    await expect(readFile(file)).rejects.toThrow();
    muted.speaker = false;
    await speak(audio);
    let bytes = Buffer.alloc(0);
    for (let tries = 0; bytes.length < 32_000 && tries < 100; tries++) {
      await new Promise((resolve) => setTimeout(resolve, 50));
      bytes = await readFile(file);
    }
    const samples = new Int16Array(new Uint8Array(bytes).buffer, 0, bytes.length >> 1);
    expect(Math.abs(pitch(samples.subarray(-8000), 16_000) - SPOKEN)).toBeLessThan(20);
  });

  it('says so in words when the camera cannot be spoken to', async () => {
    const deaf = await RtspServer.start({ clip: await makeClip(ffmpeg), audio: 'beside' });
    const audio = await start(mouth({ kind: 'backchannel', url: deaf.url }));
    await speak(audio);
    await until('it is said', () => logger.lines.some(([level]) => level === 'warn'));
    expect(logger.lines.find(([level]) => level === 'warn')![1]).toBe(
      'Front Door: nobody can be spoken to: The camera has no loudspeaker that takes G.711 over RTSP.',
    );
    await deaf.stop();
  });

  /** Two seconds of a tone as Opus frames. */
  async function spoken(): Promise<Buffer[]> {
    const { stdout } = await promisify(execFile)(
      ffmpeg.path,
      // prettier-ignore
      ['-v', 'error', '-f', 'lavfi', '-i', `sine=${SPOKEN}:duration=2`, '-ac', '1', '-ar', String(RATE),
       '-codec:a', 'libopus', '-frame_duration', '20', '-f', 'nut', '-'],
      { encoding: 'buffer', maxBuffer: 1 << 24 },
    );
    const frames: Buffer[] = [];
    new NutReader({
      stream: () => undefined,
      buffer: (size) => Buffer.alloc(size),
      packet: (data) => frames.push(Buffer.from(data)),
    }).push(stdout);
    return frames;
  }

  async function decode(frames: readonly Buffer[]): Promise<Int16Array> {
    const header = codecHeader('opus', RATE, 1);
    const nut = Buffer.concat([
      nutHeader([{ kind: 'audio', fourcc: 'Opus', sampleRate: 48_000, channels: 1, codecHeader: header }], 0),
      ...frames.flatMap((frame, at) => [
        nutFrameHeader(frame.length, { stream: 0, time: at * 0.02, isKey: true }),
        frame,
      ]),
    ]);
    const file = join(folder, 'heard.nut');
    await import('node:fs/promises').then(({ writeFile }) => writeFile(file, nut));
    const out = execFileSync(ffmpeg.path, ['-v', 'error', '-i', file, '-ar', '48000', '-f', 's16le', '-'], {
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    return new Int16Array(new Uint8Array(out).buffer);
  }

  function mulaw(packets: readonly Buffer[]): Int16Array {
    const out = execFileSync(
      ffmpeg.path,
      ['-v', 'error', '-f', 'mulaw', '-ar', '8000', '-ac', '1', '-i', '-', '-f', 's16le', '-'],
      {
        input: Buffer.concat(packets),
      },
    );
    return new Int16Array(new Uint8Array(out).buffer);
  }
});

describe('the choice of a codec', () => {
  it.each([
    [['libfdk_aac', 'libopus'], 'aac-eld'],
    [['libopus', 'aac'], 'opus'],
    [['aac'], undefined],
  ])('among %j is %s', (encoders, codec) => {
    expect(chooseAudioCodec(new Set(encoders))).toBe(codec);
  });

  it('packs AAC behind a head that says its size, and Opus as it is', () => {
    const frame = randomBytes(200);
    expect(audioPayload('opus', frame)).toEqual(frame);
    const packed = audioPayload('aac-eld', frame);
    expect(packed.subarray(0, 4)).toEqual(Buffer.from([0, 16, 200 >> 5, (200 << 3) & 255]));
    expect(audioFrom('aac-eld', packed)).toEqual(frame);
  });
});

describe('a camera’s description', () => {
  const camera = ['v=0', 'm=video 0 RTP/AVP 96', 'a=control:v', 'm=audio 0 RTP/AVP 0', 'a=control:a', 'a=recvonly'];
  const speaker = (...lines: string[]) => [...camera, ...lines, 'a=control:talk', 'a=sendonly', ''].join('\r\n');

  it('shows its loudspeaker, if it has one that takes G.711', () => {
    expect(backchannelTrack([...camera, ''].join('\r\n'))).toBeUndefined();
    expect(backchannelTrack(speaker('m=audio 0 RTP/AVP 8'))).toEqual({
      codec: 'pcm_alaw',
      payloadType: 8,
      control: 'talk',
    });
    expect(
      backchannelTrack(speaker('m=audio 0 RTP/AVP 97 98', 'a=rtpmap:97 G726-32/8000', 'a=rtpmap:98 PCMU/8000/1')),
    ).toEqual({ codec: 'pcm_mulaw', payloadType: 98, control: 'talk' });
    expect(backchannelTrack(speaker('m=audio 0 RTP/AVP 97', 'a=rtpmap:97 MPEG4-GENERIC/16000'))).toBeUndefined();
  });
});

describe('SRTP that is opened', () => {
  it('goes on when the sequence begins anew, and refuses what is forged or too short', () => {
    const keyAndSalt = randomBytes(30);
    const [sender, receiver] = [new SrtpSender(keyAndSalt), new SrtpReceiver(keyAndSalt)];
    for (const sequence of [65_534, 65_535, 0, 1]) {
      const head = Buffer.from([0x80, 110, sequence >> 8, sequence & 255, 0, 0, 0, 1, 0, 0, 0, 9]);
      const sealed = sender.rtp(Buffer.concat([head, Buffer.from(`words ${sequence}`)]));
      expect(receiver.open(sealed)!.payload.toString()).toBe(`words ${sequence}`);
      sealed[14]! ^= 1;
      expect(receiver.open(sealed)).toBeUndefined();
    }
    expect(receiver.open(Buffer.alloc(5))).toBeUndefined();
  });
});
