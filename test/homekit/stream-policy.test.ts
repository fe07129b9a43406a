import { describe, expect, it } from '@jest/globals';
import {
  cameraInput,
  chooseEncoder,
  RESOLUTIONS,
  silenceAllowed,
  srtpOutput,
  videoOutput,
  withoutSecrets,
  type StreamingFfmpeg,
} from '../../src/homekit/stream-policy.js';

const wanted = { width: 1280, height: 720, fps: 30, max_bit_rate: 299, pt: 99, mtu: 1378, profile: 1, level: 2 };
const ffmpeg = (rtspTimeoutOption: string): StreamingFfmpeg => ({
  path: 'ffmpeg',
  encoders: new Set(),
  rtspTimeoutOption,
});

/** The value that follows an option. */
const after = (args: readonly string[], option: string) => args[args.indexOf(option) + 1];

describe('the encoder of a live view', () => {
  it.each<[string | undefined, string[], string | undefined]>([
    ['auto', ['libx264', 'h264_vaapi'], 'libx264'],
    [undefined, ['libx264'], 'libx264'],
    ['h264_v4l2m2m', ['libx264', 'h264_v4l2m2m'], 'h264_v4l2m2m'],
    ['h264_nvenc', ['libx264'], 'libx264'],
    ['auto', ['libopenh264'], 'libopenh264'],
    ['auto', ['mpeg4'], undefined],
    ['copy', [], 'copy'],
  ])('configured %s, ffmpeg has %j: %s', (configured, has, expected) => {
    expect(chooseEncoder(configured, new Set(has))).toBe(expected);
  });
});

describe('opening the camera', () => {
  it.each([
    ['stimeout', 'tcp'],
    ['timeout', 'udp'],
  ] as const)('bounds the wait with -%s and asks for %s', (option, transport) => {
    const args = cameraInput({ url: 'rtsp://cam/1', transport }, ffmpeg(option));
    expect(after(args, `-${option}`)).toBe('10000000');
    expect(after(args, '-rtsp_transport')).toBe(transport);
    expect(args.slice(-2)).toEqual(['-i', 'rtsp://cam/1']);
  });

  it('leaves the transport to ffmpeg when it is to find out', () => {
    expect(cameraInput({ url: 'rtsps://cam/1', transport: 'auto' }, ffmpeg('timeout'))).not.toContain(
      '-rtsp_transport',
    );
  });
});

describe('the picture', () => {
  it('is what the phone asked for, never enlarged', () => {
    const args = videoOutput({ ...wanted, width: 320, height: 240, fps: 15 }, 'libx264');
    expect(after(args, '-vf')).toContain(
      "fps=15,scale='min(320,iw)':'min(240,ih)':force_original_aspect_ratio=decrease",
    );
    expect(after(args, '-g')).toBe('30');
    expect(after(args, '-profile:v')).toBe('main');
    expect(after(args, '-level:v')).toBe('4.0');
    expect(after(args, '-b:v')).toBe('299k');
    expect(after(args, '-tune')).toBe('zerolatency');
  });

  it('is passed on untouched where copying is wanted', () => {
    const args = videoOutput(wanted, 'copy');
    expect(after(args, '-codec:v')).toBe('copy');
    expect(args).not.toContain('-vf');
  });

  it('gives other encoders no options of libx264', () => {
    expect(videoOutput(wanted, 'h264_v4l2m2m').join(' ')).not.toMatch(/preset|tune|profile/);
  });

  it('is offered at the size and rate that the Watch asks for', () => {
    expect(RESOLUTIONS).toContainEqual([320, 240, 15]);
  });
});

describe('the packets', () => {
  const target = { address: '192.168.1.7', port: 50_001, keyAndSalt: Buffer.alloc(30, 1), ssrc: 7 };

  it('go sealed to the phone, and hear nothing of the rest', () => {
    const args = srtpOutput(target, wanted);
    expect(after(args, '-srtp_out_suite')).toBe('AES_CM_128_HMAC_SHA1_80');
    expect(Buffer.from(after(args, '-srtp_out_params')!, 'base64')).toEqual(target.keyAndSalt);
    expect(args.at(-1)).toBe('srtp://192.168.1.7:50001?rtcpport=50001&pkt_size=1378');
  });

  it('go to IPv6 addresses in brackets', () => {
    expect(srtpOutput({ ...target, address: 'fd00::7' }, wanted).at(-1)).toMatch(/^srtp:\/\/\[fd00::7\]:50001\?/);
  });

  it.each([
    [0.5, 8000],
    [5, 30_000],
  ])('stop when a phone that owes a report every %d s was silent for %i ms', (interval, ms) => {
    expect(silenceAllowed(interval)).toBe(ms);
  });
});

describe('what goes to a log', () => {
  it.each([
    ['rtsp://me:pass@cam/1: 401 Unauthorized', ['rtsp://me:pass@cam/1'], '***: 401 Unauthorized'],
    ['[rtsp] rtsp://me:p%40ss@cam:554/2 failed', [], '[rtsp] rtsp://***@cam:554/2 failed'],
    ['key c2VjcmV0 is bad', ['c2VjcmV0'], 'key *** is bad'],
    ['nothing to hide', [''], 'nothing to hide'],
  ])('%s', (text, secrets, expected) => {
    expect(withoutSecrets(text, secrets)).toBe(expected);
  });
});
