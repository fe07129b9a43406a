import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { Mp4Fragments } from '../../src/homekit/mp4-fragments.js';
import {
  keyframeInterval,
  LEAD_MS,
  prebufferFor,
  recordingMode,
  recordingOffered,
  recordingArguments,
  type RecordedStream,
  type RecordingWish,
} from '../../src/homekit/recording-policy.js';

const stream: RecordedStream = { codec: 'h264', width: 1920, height: 1080, keyframeMs: 2000, hasAudio: true };
const wish: RecordingWish = {
  ...{ width: 1920, height: 1080, fps: 30, bitrate: 2000, profile: 2, level: 2, fragmentMs: 4000 },
  audio: { sampleRate: 32_000, bitrate: 64, channels: 1 },
};

describe('a recording', () => {
  it.each<[string, Partial<RecordedStream>, string, boolean, string | undefined]>([
    ['the camera’s own pictures fit', {}, 'auto', true, 'copy'],
    ['they are smaller', { width: 640, height: 360 }, 'auto', true, 'copy'],
    ['they are larger', { width: 2560, height: 1440 }, 'auto', true, 'encode'],
    ['they are HEVC', { codec: 'hevc' }, 'auto', true, 'encode'],
    ['keyframes are just in time', { keyframeMs: 4040 }, 'auto', true, 'copy'],
    ['keyframes are too rare', { keyframeMs: 10_000 }, 'auto', true, 'encode'],
    ['nobody knows when a keyframe comes', { keyframeMs: undefined }, 'auto', true, 'encode'],
    ['there is no encoder', { keyframeMs: 10_000 }, 'auto', false, 'copy'],
    ['there is no encoder for HEVC', { codec: 'hevc' }, 'auto', false, undefined],
    ['the household wants HEVC copied', { codec: 'hevc' }, 'copy', true, 'encode'],
    ['the household wants copying', { width: 2560 }, 'copy', true, 'copy'],
  ])('when %s: %j with %s and an encoder: %s is %s', (_when, more, configured, canEncode, mode) => {
    expect(recordingMode({ ...stream, ...more }, wish, configured, canEncode)).toBe(mode);
  });

  it('has sound only if there is any, it is wanted, and it can be encoded', () => {
    const hasSound = (more: Partial<RecordedStream>, wanted: RecordingWish, audio: boolean) =>
      recordingArguments({ ...stream, ...more }, wanted, undefined, audio).includes('aac');
    expect(hasSound({}, wish, true)).toBe(true);
    expect(hasSound({ hasAudio: false }, wish, true)).toBe(false);
    expect(hasSound({}, { ...wish, audio: undefined }, true)).toBe(false);
    expect(hasSound({}, wish, false)).toBe(false);
  });

  it('begins at least four seconds before the trigger, however late the hub asks', () => {
    expect(prebufferFor(4000, 10_000, 10_000)).toBe(4000 + LEAD_MS);
    expect(prebufferFor(4000, 10_000, 12_500)).toBe(6500 + LEAD_MS);
    expect(prebufferFor(4000, 10_000, 60_000)).toBe(4000 + LEAD_MS);
    expect(prebufferFor(4000, undefined, 60_000)).toBe(4000 + LEAD_MS);
    expect(prebufferFor(0, undefined, 60_000)).toBe(4000 + LEAD_MS);
  });

  it('knows how often keyframes come', () => {
    expect(keyframeInterval([])).toBeUndefined();
    expect(keyframeInterval([3])).toBeUndefined();
    expect(keyframeInterval([3, 4, 6.5])).toBe(2500);
  });

  it.each([
    ['auto', 2, 8, false],
    ['auto', 4, 1, false],
    ['auto', 4, 2, true],
    ['on', 1, 0.5, true],
    ['off', 16, 64, false],
  ] as const)('set to %s on a machine with %i cores and %d GB is offered: %s', (setting, cores, gigabytes, offered) => {
    expect(recordingOffered(setting, { cores, memory: gigabytes * 2 ** 30 })).toBe(offered);
  });
});

describe('fragmented MP4', () => {
  const box = (type: string, bytes: number): Buffer => {
    const all = Buffer.alloc(8 + bytes, type);
    all.writeUInt32BE(8 + bytes);
    all.write(type, 4, 'latin1');
    return all;
  };
  const large = (type: string, bytes: number): Buffer => {
    const all = Buffer.alloc(16 + bytes, 7);
    all.writeUInt32BE(1);
    all.write(type, 4, 'latin1');
    all.writeBigUInt64BE(BigInt(16 + bytes), 8);
    return all;
  };
  const file = [
    [box('ftyp', 20), box('moov', 700)],
    [box('moof', 100), box('mdat', 5000)],
    [box('sidx', 0), box('moof', 100), large('mdat', 3)],
  ].map((boxes) => Buffer.concat(boxes));

  it('is cut at its boxes, in whatever pieces it comes', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 7, max: 900 }), { minLength: 1 }), (sizes) => {
        const bytes = Buffer.concat([...file, box('mfra', 40)]);
        const fragments = new Mp4Fragments();
        const pieces = [];
        for (let at = 0, turn = 0; at < bytes.length; at += sizes[turn++ % sizes.length]!) {
          pieces.push(...fragments.push(bytes.subarray(at, at + sizes[turn % sizes.length]!)));
        }
        expect(pieces.map(({ kind }) => kind)).toEqual(['initialization', 'fragment', 'fragment']);
        expect(Buffer.concat(pieces.map(({ bytes: piece }) => piece)).equals(Buffer.concat(file))).toBe(true);
      }),
      { numRuns: 30 },
    );
  });

  it('is refused when it is none', () => {
    expect(() => new Mp4Fragments().push(Buffer.alloc(64))).toThrow('ffmpeg did not write MP4.');
  });
});
