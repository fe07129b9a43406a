import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import sharp from 'sharp';
import type { Frame } from '../../src/types.js';
import { findFfmpeg, type Ffmpeg } from '../../src/video/ffmpeg.js';
import { toRgb } from '../../src/video/jpeg.js';
import { isVideoFile, MediaFileError, readImage, readVideoFile } from '../../src/video/media-file.js';
import { childrenNamed } from '../support/children.js';
import { recordingLogger } from '../support/recording-logger.js';

const run = promisify(execFile);

let ffmpeg: Ffmpeg;
let folder: string;
const file = (name: string): string => join(folder, name);

/** Draws a video with ffmpeg. */
const draw = (...args: string[]) => run(ffmpeg.path, ['-v', 'error', '-y', ...args]);

beforeAll(async () => {
  ffmpeg = await findFfmpeg({ logger: recordingLogger() });
  folder = await mkdtemp(join(tmpdir(), 'doorman-media-'));
});

afterAll(async () => {
  await rm(folder, { recursive: true, force: true });
  expect(childrenNamed('ffmpeg')).toEqual([]);
});

/** The mean colour of a box of a frame. */
function colour(frame: Frame, x: number, y: number): number[] {
  const { data } = toRgb(frame, { x, y, width: 8, height: 8 });
  return [0, 1, 2].map((channel) =>
    Math.round(data.filter((_, at) => at % 3 === channel).reduce((a, b) => a + b) / 64),
  );
}

function expectColour(actual: number[], expected: number[], tolerance = 8): void {
  actual.forEach((value, channel) => expect(Math.abs(value - expected[channel]!)).toBeLessThanOrEqual(tolerance));
}

async function collect(frames: AsyncIterable<Frame>): Promise<Frame[]> {
  const all: Frame[] = [];
  for await (const frame of frames) {
    all.push(frame);
  }
  return all;
}

describe('reading a photo', () => {
  const redOnBlue = (width: number, height: number) =>
    sharp({ create: { width, height, channels: 3, background: 'blue' } }).composite([
      { input: { create: { width: width / 2, height: height / 2, channels: 3, background: 'red' } }, left: 0, top: 0 },
    ]);

  it('gives its pixels as RGB', async () => {
    await redOnBlue(80, 40).png().toFile(file('plain.png'));
    const frame = await readImage(file('plain.png'));
    expect(frame).toMatchObject({ format: 'rgb24', width: 80, height: 40 });
    expect(frame.data).toHaveLength(80 * 40 * 3);
    expectColour(colour(frame, 5, 5), [255, 0, 0]);
    expectColour(colour(frame, 60, 25), [0, 0, 255]);
  });

  it('stands it upright as EXIF says', async () => {
    await redOnBlue(80, 40).withMetadata({ orientation: 6 }).jpeg().toFile(file('turned.jpg'));
    const frame = await readImage(file('turned.jpg'));
    expect(frame).toMatchObject({ width: 40, height: 80 });
    expectColour(colour(frame, 28, 5), [255, 0, 0], 20);
  });

  it.each(['rgba', 'grey'])('reads %s as well', async (kind) => {
    const picture = redOnBlue(80, 40);
    await (kind === 'grey' ? picture.greyscale() : picture.ensureAlpha(0.5)).png().toFile(file('odd.png'));
    expect((await readImage(file('odd.png'))).data).toHaveLength(80 * 40 * 3);
  });

  it('brings large photos down', async () => {
    await redOnBlue(6000, 200).jpeg().toFile(file('wide.jpg'));
    expect((await readImage(file('wide.jpg'))).width).toBe(4096);
  });

  it.each([
    ['text.jpg', 'no picture', /text\.jpg is not a picture that can be read/],
    ['empty.jpg', '', /empty\.jpg is empty/],
    ['photo.heic', '\0\0\0\x18ftypheic', /photo\.heic is a HEIC photo/],
    ['bomb.svg', '<svg xmlns="http://www.w3.org/2000/svg" width="30000" height="30000"/>', /has too many pixels/],
  ])('refuses %s in one sentence', async (name, content, reason) => {
    await writeFile(file(name), content);
    await expect(readImage(file(name))).rejects.toThrow(MediaFileError);
    await expect(readImage(file(name))).rejects.toThrow(reason);
  });

  it('refuses a damaged photo, a folder and a missing file', async () => {
    const whole = await redOnBlue(400, 400).jpeg().toBuffer();
    await writeFile(file('damaged.jpg'), whole.subarray(0, whole.length / 2));
    await mkdir(file('folder.jpg'));
    await expect(readImage(file('damaged.jpg'))).rejects.toThrow('damaged.jpg is a damaged picture.');
    await expect(readImage(file('folder.jpg'))).rejects.toThrow('folder.jpg is not a file.');
    await expect(readImage(file('missing.jpg'))).rejects.toThrow('missing.jpg does not exist.');
  });
});

describe('reading a video', () => {
  it('gives every frame with its time and true colours', async () => {
    // Red for half a second, then green.
    const source = 'color=red:s=96x64:r=10:d=0.5[a];color=lime:s=96x64:r=10:d=0.5[b];[a][b]concat';
    await draw('-f', 'lavfi', '-i', source, '-pix_fmt', 'yuv420p', file('colours.mp4'));
    const frames = await collect(readVideoFile(ffmpeg, file('colours.mp4')));
    expect(frames.map(({ timestamp }) => Math.round(timestamp))).toEqual([
      0, 100, 200, 300, 400, 500, 600, 700, 800, 900,
    ]);
    expectColour(colour(frames[1]!, 40, 30), [255, 0, 0]);
    expectColour(colour(frames[8]!, 40, 30), [0, 255, 0]);
  });

  it('keeps uneven times and odd sizes', async () => {
    const select = "select='eq(n,0)+eq(n,1)+eq(n,5)+eq(n,19)'";
    const output = ['-vf', select, '-vsync', 'passthrough', '-pix_fmt', 'yuv444p', file('uneven.mkv')];
    await draw('-f', 'lavfi', '-i', 'testsrc=s=97x63:r=25:d=1', '-c:v', 'libx264', ...output);
    const frames = await collect(readVideoFile(ffmpeg, file('uneven.mkv')));
    expect(frames.map(({ timestamp }) => Math.round(timestamp))).toEqual([0, 40, 200, 760]);
    expect(frames[0]).toMatchObject({ width: 97, height: 63 });
    expect(frames[0]!.data).toHaveLength(97 * 63 + 2 * 49 * 32);
  });

  it('drops to the wanted rate', async () => {
    await draw('-f', 'lavfi', '-i', 'testsrc=s=64x48:r=25:d=2', '-pix_fmt', 'yuv420p', file('two.mp4'));
    const frames = await collect(readVideoFile(ffmpeg, file('two.mp4'), { framesPerSecond: 5 }));
    expect(frames.map(({ timestamp }) => Math.round(timestamp / 200))).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
  });

  it('stands it upright', async () => {
    await draw('-f', 'lavfi', '-i', 'testsrc=s=96x64:r=5:d=1', '-pix_fmt', 'yuv420p', file('lying.mp4'));
    // ffmpeg 6 took the old way of marking a video as rotated away.
    const [before, after] =
      ffmpeg.major >= 6 ? [['-display_rotation', '90'], []] : [[], ['-metadata:s:v:0', 'rotate=90']];
    await draw(...before, '-i', file('lying.mp4'), '-c', 'copy', ...after, file('standing.mp4'));
    const [frame] = await collect(readVideoFile(ffmpeg, file('standing.mp4')));
    expect(frame).toMatchObject({ width: 64, height: 96 });
  });

  it('knows full range and BT.709', async () => {
    const marks = ['-colorspace', 'bt709', '-color_range', 'pc'];
    const filter = ['-vf', 'scale=out_color_matrix=bt709:out_range=full,format=yuv420p'];
    const source = 'color=0x40c020:s=64x64:r=5:d=1,format=rgb24';
    await draw('-f', 'lavfi', '-i', source, ...filter, '-c:v', 'libx264', ...marks, file('full.mp4'));
    const [frame] = await collect(readVideoFile(ffmpeg, file('full.mp4')));
    expect(frame).toMatchObject({ fullRange: true, matrix: 'bt709' });
    expectColour(colour(frame!, 20, 20), [0x40, 0xc0, 0x20], 6);
  });

  it('ends its decoder when the consumer has seen enough, or stops', async () => {
    await draw('-f', 'lavfi', '-i', 'testsrc=s=640x360:r=25:d=4', '-pix_fmt', 'yuv420p', file('long.mp4'));
    for await (const frame of readVideoFile(ffmpeg, file('long.mp4'))) {
      expect(frame.timestamp).toBe(0);
      break;
    }
    expect(childrenNamed('ffmpeg')).toEqual([]);
    const aborting = new AbortController();
    const reading = readVideoFile(ffmpeg, file('long.mp4'), { signal: aborting.signal });
    await reading.next();
    aborting.abort();
    await expect(reading.next()).rejects.toThrow(/abort/i);
    expect(childrenNamed('ffmpeg')).toEqual([]);
  });

  it('refuses what is not a video, in one sentence', async () => {
    await writeFile(file('text.mp4'), 'no video');
    await draw('-f', 'lavfi', '-i', 'sine=d=1', file('sound.mp4'));
    await draw('-f', 'lavfi', '-i', 'testsrc=s=64x48:r=25:d=2', '-pix_fmt', 'yuv420p', file('whole.mp4'));
    const whole = await readFile(file('whole.mp4'));
    await writeFile(file('cut.mp4'), whole.subarray(0, whole.length / 2));
    const read = (name: string) => collect(readVideoFile(ffmpeg, file(name)));
    await expect(read('text.mp4')).rejects.toThrow('text.mp4 is not a video that can be read, or it is damaged.');
    await expect(read('cut.mp4')).rejects.toThrow('cut.mp4 is not a video that can be read, or it is damaged.');
    await expect(read('sound.mp4')).rejects.toThrow('sound.mp4 holds no video.');
    await expect(read('none.mp4')).rejects.toThrow('none.mp4 does not exist.');
    await expect(read('none.mp4')).rejects.toThrow(MediaFileError);
  });

  it('is known by its name', () => {
    expect(['a.MP4', 'b.mov', 'c.mkv'].every(isVideoFile)).toBe(true);
    expect(['a.jpg', 'mp4', 'b.mp4.png'].some(isVideoFile)).toBe(false);
  });
});
