import { describe, expect, it } from '@jest/globals';
import sharp from 'sharp';
import type { Frame } from '../../src/types.js';
import { encodeJpeg, toRgb } from '../../src/video/jpeg.js';

/** A frame of one colour given as Y, U, V. */
function plain([y, u, v]: readonly number[], more: Partial<Frame> = {}): Frame {
  const [width, height] = [more.width ?? 64, more.height ?? 48];
  const chroma = Math.ceil(width / 2) * Math.ceil(height / 2);
  const data = new Uint8Array(width * height + 2 * chroma).fill(y!, 0, width * height);
  data.fill(u!, width * height, width * height + chroma).fill(v!, width * height + chroma);
  return { format: 'i420', width, height, data, timestamp: 7, ...more };
}

/** Reference values of ITU-R BT.601 and BT.709 for pure colours. */
const colours: [string, number[], Partial<Frame>, number[]][] = [
  ['black, studio range', [16, 128, 128], {}, [0, 0, 0]],
  ['white, studio range', [235, 128, 128], {}, [255, 255, 255]],
  ['red, BT.601', [81, 90, 240], {}, [255, 0, 0]],
  ['green, BT.601', [145, 54, 34], {}, [0, 255, 0]],
  ['blue, BT.601', [41, 240, 110], {}, [0, 0, 255]],
  ['red, BT.709', [63, 102, 240], { matrix: 'bt709' }, [255, 0, 0]],
  ['green, BT.709', [173, 42, 26], { matrix: 'bt709' }, [0, 255, 0]],
  ['white, full range', [255, 128, 128], { fullRange: true }, [255, 255, 255]],
  ['red, full range BT.601', [76, 85, 255], { fullRange: true }, [254, 0, 0]],
  ['grey below black is clipped', [0, 128, 128], {}, [0, 0, 0]],
];

describe('RGB of a frame', () => {
  it.each(colours)('%s', (_, yuv, more, rgb) => {
    const { data } = toRgb(plain(yuv, more));
    rgb.forEach((value, channel) => expect(Math.abs(data[channel]! - value)).toBeLessThanOrEqual(2));
  });

  it('is cut to a box, clipped to the frame', () => {
    const data = Uint8Array.from({ length: 10 * 6 * 3 }, (_, at) => at);
    const frame: Frame = { format: 'rgb24', width: 10, height: 6, data, timestamp: 0 };
    const cut = toRgb(frame, { x: 7.6, y: 3, width: 20, height: 1.2 });
    expect(cut).toMatchObject({ width: 2, height: 1 });
    expect([...cut.data]).toEqual([...data.subarray((3 * 10 + 8) * 3, (3 * 10 + 10) * 3)]);
  });

  it('handles odd sizes, where the colour planes are rounded up', () => {
    const frame = plain([81, 90, 240], { width: 7, height: 5 });
    const { data } = toRgb(frame);
    expect(data).toHaveLength(105);
    expect(data.filter((_, at) => at % 3 === 0).every((red) => red > 250)).toBe(true);
  });
});

describe('a frame as JPEG', () => {
  it.each([
    ['its own size', {}, 64, 48],
    ['half', { width: 32 }, 32, 24],
    ['fitted into a box', { width: 32, height: 12 }, 16, 12],
    ['never enlarged', { width: 1000 }, 64, 48],
  ])('%s', async (_, options, width, height) => {
    const jpeg = await encodeJpeg(plain([81, 90, 240]), options);
    const { data, info } = await sharp(jpeg).raw().toBuffer({ resolveWithObject: true });
    expect(info).toMatchObject({ width, height, channels: 3 });
    expect(data[0]).toBeGreaterThan(245);
    expect(data[1]).toBeLessThan(12);
  });

  it('has read the pixels when it returns, so that the buffer may be used again', async () => {
    const frame = plain([235, 128, 128]);
    const encoding = encodeJpeg(frame);
    frame.data.fill(16);
    const pixels = await sharp(await encoding)
      .raw()
      .toBuffer();
    expect(pixels[0]).toBeGreaterThan(250);
  });
});
