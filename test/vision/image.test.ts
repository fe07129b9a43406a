import { describe, expect, it } from '@jest/globals';
import type { Frame } from '../../src/types.js';
import { cropTransform, fitSimilarity, invert, scaleOf, transform } from '../../src/vision/image/geometry.js';
import { yuvMatrix } from '../../src/vision/image/color.js';
import { sample, sampleInto } from '../../src/vision/image/sample.js';

const plain = { order: 'rgb', mean: [0, 0, 0], scale: 1 } as const;
const identity = { a: 1, b: 0, x: 0, y: 0 };

/** A picture whose red is its column, green its row and blue 200. */
function ramps(width: number, height: number): Frame {
  const data = new Uint8Array(width * height * 3);
  for (let i = 0; i < width * height; i++) {
    data.set([i % width, Math.floor(i / width), 200], 3 * i);
  }
  return { format: 'rgb24', width, height, data, timestamp: 0 };
}

describe('a similarity transform', () => {
  it('is recovered from points, with its inverse', () => {
    const wanted = { a: 1.2 * Math.cos(0.4), b: 1.2 * Math.sin(0.4), x: 17, y: -5 };
    const from = [
      { x: 0, y: 0 },
      { x: 10, y: 3 },
      { x: -4, y: 8 },
    ];
    const found = fitSimilarity(
      from,
      from.map((point) => transform(wanted, point)),
    );
    (['a', 'b', 'x', 'y'] as const).forEach((key) => expect(found[key]).toBeCloseTo(wanted[key], 9));
    const back = transform(invert(found), transform(found, { x: 3, y: 4 }));
    expect(back.x).toBeCloseTo(3, 9);
    expect(back.y).toBeCloseTo(4, 9);
    expect(scaleOf(found)).toBeCloseTo(1.2, 9);
  });

  it('puts the middle of a crop on its centre', () => {
    const middle = transform(cropTransform({ x: 50, y: 60 }, 30, 0.7, 65), { x: 32, y: 32 });
    expect(middle.x).toBeCloseTo(50, 9);
    expect(middle.y).toBeCloseTo(60, 9);
  });
});

describe('sampling', () => {
  it('reads between the pixels', () => {
    const [r, g, b] = sample(ramps(20, 20), { ...identity, x: 3.25, y: 7.5 }, 1, plain);
    expect([r, g, b]).toEqual([3.25, 7.5, 200]);
  });

  it('orders and scales the channels as the network wants them', () => {
    const format = { order: 'bgr', mean: [100, 1, 2], scale: [0.5, 1, 2] } as const;
    expect(Array.from(sample(ramps(20, 20), { ...identity, x: 4, y: 6 }, 1, format))).toEqual([50, 5, 4]);
  });

  it('averages where the picture shrinks, against aliasing', () => {
    const stripes = ramps(60, 60);
    for (let i = 0; i < 3600; i++) {
      stripes.data.fill(i % 2 === 0 ? 0 : 255, 3 * i, 3 * i + 3);
    }
    const [value] = sample(stripes, { a: 2, b: 0, x: 10, y: 10 }, 1, plain);
    expect(Math.abs(value! - 127.5)).toBeLessThanOrEqual(0.5);
  });

  it('repeats the rim outside the frame, or shows the border asked for', () => {
    const outside = { ...identity, x: -5, y: 2 };
    expect(Array.from(sample(ramps(8, 8), outside, 1, plain))).toEqual([0, 2, 200]);
    const target = new Float32Array(3);
    sampleInto(ramps(8, 8), outside, 1, 1, plain, target, 0, 127);
    expect(Array.from(target)).toEqual([127, 127, 127]);
  });

  it('refuses a frame whose buffer is too short', () => {
    const frame = { ...ramps(8, 8), data: new Uint8Array(10) };
    expect(() => sample(frame, identity, 2, plain)).toThrow('a rgb24 frame of 8x8 needs 192 bytes, got 10');
  });
});

describe('a YUV frame', () => {
  const yuv = (y: number, u: number, v: number, more: Partial<Frame> = {}): Frame => {
    const data = new Uint8Array(64 + 32).fill(y, 0, 64).fill(u, 64, 80).fill(v, 80);
    return { format: 'i420', width: 8, height: 8, data, timestamp: 0, ...more };
  };
  // Colour bars of the standards, studio range unless said otherwise.
  it.each([
    ['white', yuv(235, 128, 128), [255, 255, 255]],
    ['black', yuv(16, 128, 128), [0, 0, 0]],
    ['red, BT.601', yuv(81, 90, 240), [255, 0, 0]],
    ['red, BT.709', yuv(63, 102, 240, { matrix: 'bt709' }), [255, 0, 0]],
    ['blue, BT.601', yuv(41, 240, 110), [0, 0, 255]],
    ['grey, full range', yuv(100, 128, 128, { fullRange: true }), [100, 100, 100]],
  ])('gives %s', (_name, frame, expected) => {
    const found = sample(frame, { ...identity, x: 3, y: 3 }, 1, plain);
    expected.forEach((value, channel) => expect(Math.abs(found[channel]! - value)).toBeLessThan(2.5));
  });

  it('uses the standards’ coefficients', () => {
    const { rv, gu, gv, bu, gain } = yuvMatrix({});
    expect([rv, gu, gv, bu, gain].map((value) => Number(value.toFixed(3)))).toEqual([
      1.596, 0.392, 0.813, 2.017, 1.164,
    ]);
  });
});
