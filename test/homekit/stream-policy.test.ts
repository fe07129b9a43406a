import { describe, expect, it } from '@jest/globals';
import {
  encoderArguments,
  encodersToTry,
  RESOLUTIONS,
  silenceAllowed,
  transcodeArguments,
} from '../../src/homekit/stream-policy.js';

const wish = { width: 1280, height: 720, fps: 30, max_bit_rate: 299, profile: 1, level: 2 };
const ffmpeg = { major: 5 };
const software = encoderArguments('libx264');

/** The value that follows an option. */
const after = (args: readonly string[], option: string) => args[args.indexOf(option) + 1];

describe('the encoders of a live view, in the order in which they are tried', () => {
  it.each<[string | undefined, string[], string[]]>([
    ['auto', ['h264_vaapi', 'libx264'], ['libx264', 'h264_vaapi']],
    [undefined, ['libx264'], ['libx264']],
    ['copy', ['libx264'], ['libx264']],
    ['h264_v4l2m2m', ['libx264', 'h264_v4l2m2m'], ['h264_v4l2m2m', 'libx264']],
    ['h264_nvenc', ['libx264'], ['libx264']],
    ['auto', ['libopenh264'], ['libopenh264']],
    ['auto', ['mpeg4'], []],
  ])('configured %s, ffmpeg has %j: %j', (configured, has, expected) => {
    expect(encodersToTry(configured, new Set(has))).toEqual(expected);
  });
});

describe('a live view that is made anew', () => {
  it('is what the phone asked for, never enlarged', () => {
    const args = transcodeArguments({ ...wish, width: 320, height: 240, fps: 15 }, software, ffmpeg);
    expect(after(args, '-vf')).toContain(
      "fps=15,scale='min(320,iw)':'min(240,ih)':force_original_aspect_ratio=decrease",
    );
    expect(after(args, '-g')).toBe('30');
    expect(after(args, '-profile:v')).toBe('main');
    expect(after(args, '-level:v')).toBe('4.0');
    expect(after(args, '-b:v')).toBe('299k');
    expect(after(args, '-tune')).toBe('zerolatency');
  });

  it.each([
    [15, 'no', '30'],
    [30, 'no', '60'],
    [50, 'a', '60'],
  ])('of a camera with %d frames per second needs %s filter for 30', (rate, filter, group) => {
    const args = transcodeArguments(wish, software, ffmpeg, rate);
    expect(after(args, '-vf')?.startsWith('fps=30')).toBe(filter === 'a');
    expect(after(args, '-g')).toBe(group);
  });

  it('gives other encoders no options of libx264', () => {
    const args = transcodeArguments(wish, encoderArguments('h264_v4l2m2m'), ffmpeg).join(' ');
    expect(args).not.toMatch(/preset|tune|profile/);
  });

  it('brings the pictures to where the encoder takes them', () => {
    const args = transcodeArguments(wish, encoderArguments('h264_vaapi'), { major: 6 });
    expect(args.indexOf('-vaapi_device')).toBeLessThan(args.indexOf('-i'));
    expect(after(args, '-vf')).toMatch(/format=nv12,hwupload$/);
    expect(after(args, '-fps_mode')).toBe('passthrough');
  });

  it('is offered at the size and rate that the Watch asks for', () => {
    expect(RESOLUTIONS).toContainEqual([320, 240, 15]);
  });
});

describe('a session', () => {
  it.each([
    [0.5, 8000],
    [5, 30_000],
  ])('ends when a phone that owes a report every %d s was silent for %i ms', (interval, ms) => {
    expect(silenceAllowed(interval)).toBe(ms);
  });
});
