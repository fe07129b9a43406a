import { describe, expect, it } from '@jest/globals';
import sharp from 'sharp';
import { cropLimits, photoLimits, pictureFault, pictureHeader } from '../../src/guestbook/picture.js';
import { jpeg } from './support/fixtures.js';

const real = (type: 'jpeg' | 'png' | 'webp', options = {}): Promise<Buffer> =>
  sharp({ create: { width: 321, height: 123, channels: 3, background: '#456' } })
    .toFormat(type, options)
    .toBuffer();

describe('the header of a picture', () => {
  it.each([
    ['jpeg', {}],
    ['jpeg', { progressive: true }],
    ['png', {}],
    ['webp', {}],
    ['webp', { lossless: true }],
  ] as const)('of a real %s %j tells its size', async (type, options) => {
    const bytes = await real(type, options);
    expect(pictureHeader(bytes)).toEqual({ type, width: 321, height: 123 });
    expect(pictureFault(bytes, cropLimits)).toBeUndefined();
    // Cut short anywhere it is refused or still tells the same, and never throws.
    for (let length = 0; length < Math.min(bytes.length, 700); length++) {
      const header = pictureHeader(bytes.subarray(0, length));
      expect(header === undefined || (header.width === 321 && header.height === 123)).toBe(true);
    }
  });

  it.each([
    ['a phone’s photo', jpeg(8160, 6120, 'X'), photoLimits, undefined],
    ['50,000 × 50,000 pixels', jpeg(50_000, 50_000, 'X'), photoLimits, /too large: 50000 × 50000/],
    ['very long and thin', jpeg(20_000, 1, 'X'), photoLimits, /too large/],
    ['no size', jpeg(0, 10, 'X'), photoLimits, /no size/],
    ['too many bytes', new Uint8Array(600_000), cropLimits, /larger than 0\.5 MB/],
    ['text', Buffer.from('hello'), photoLimits, /not a JPEG/],
    ['an SVG', Buffer.from('<svg xmlns="http://www.w3.org/2000/svg"/>'), photoLimits, /not a JPEG/],
    ['nothing', new Uint8Array(0), photoLimits, /not a JPEG/],
    ['a JPEG of markers only', Buffer.from(`ffd8${'ff'.repeat(1000)}`, 'hex'), photoLimits, /not a JPEG/],
  ])('%s', (_what, bytes, limits, fault) => {
    const found = pictureFault(bytes, limits);
    expect(found).toEqual(fault === undefined ? undefined : expect.stringMatching(fault));
  });
});
