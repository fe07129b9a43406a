/** What a picture file says of itself in its header. */
export interface PictureHeader {
  readonly type: 'jpeg' | 'png' | 'webp';
  readonly width: number;
  readonly height: number;
}

const pngSignature = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]);

/**
 * Reads a JPEG's, PNG's or WebP's size without decoding it, so that a picture that would unfold to gigabytes is
 * refused before any decoder sees it. Undefined when the bytes are none of these or are cut short.
 */
export function pictureHeader(bytes: Uint8Array): PictureHeader | undefined {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (
    buffer.length >= 24 &&
    buffer.subarray(0, 8).equals(pngSignature) &&
    buffer.toString('latin1', 12, 16) === 'IHDR'
  ) {
    return { type: 'png', width: buffer.readUInt32BE(16), height: buffer.readUInt32BE(20) };
  }
  if (buffer.length >= 4 && buffer[0] === 0xff && buffer[1] === 0xd8) {
    return jpegHeader(buffer);
  }
  if (
    buffer.length >= 30 &&
    buffer.toString('latin1', 0, 4) === 'RIFF' &&
    buffer.toString('latin1', 8, 12) === 'WEBP'
  ) {
    return webpHeader(buffer);
  }
  return undefined;
}

/** Walks the marker segments to the frame header (ITU-T T.81, B.2.2). */
function jpegHeader(buffer: Buffer): PictureHeader | undefined {
  let offset = 2;
  while (offset + 9 <= buffer.length) {
    if (buffer[offset] !== 0xff) {
      return undefined;
    }
    const marker = buffer[offset + 1]!;
    if (marker === 0xff) {
      offset++;
      continue;
    }
    const isFrame = marker >= 0xc0 && marker <= 0xcf && marker !== 0xc4 && marker !== 0xc8 && marker !== 0xcc;
    if (isFrame) {
      return { type: 'jpeg', height: buffer.readUInt16BE(offset + 5), width: buffer.readUInt16BE(offset + 7) };
    }
    if (marker === 0xd9 || marker === 0xda) {
      return undefined;
    }
    offset += 2 + buffer.readUInt16BE(offset + 2);
  }
  return undefined;
}

/** RFC 9649: the three kinds of first chunk. */
function webpHeader(buffer: Buffer): PictureHeader | undefined {
  switch (buffer.toString('latin1', 12, 16)) {
    case 'VP8 ':
      return { type: 'webp', width: buffer.readUInt16LE(26) & 0x3fff, height: buffer.readUInt16LE(28) & 0x3fff };
    case 'VP8L': {
      const bits = buffer.readUInt32LE(21);
      return { type: 'webp', width: (bits & 0x3fff) + 1, height: ((bits >>> 14) & 0x3fff) + 1 };
    }
    case 'VP8X':
      return { type: 'webp', width: buffer.readUIntLE(24, 3) + 1, height: buffer.readUIntLE(27, 3) + 1 };
    default:
      return undefined;
  }
}

export interface PictureLimits {
  readonly bytes: number;
  /** Longest side. */
  readonly side: number;
  readonly pixels: number;
}

/** Aligned crops and thumbnails are small; anything larger is not one. */
export const cropLimits: PictureLimits = { bytes: 512 * 1024, side: 2048, pixels: 2048 * 2048 };

/** Photos for enrolment. A phone's largest today has some 50 megapixels in use; 200 MP modes are not needed. */
export const photoLimits: PictureLimits = { bytes: 24 * 1024 * 1024, side: 16_384, pixels: 80_000_000 };

/** Why a picture is refused, in words; undefined when it is fine. Looks at the header alone. */
export function pictureFault(bytes: Uint8Array, limits: PictureLimits): string | undefined {
  if (bytes.byteLength > limits.bytes) {
    return `is larger than ${megabytes(limits.bytes)} MB`;
  }
  const header = pictureHeader(bytes);
  if (header === undefined) {
    return 'is not a JPEG, PNG or WebP picture';
  }
  if (header.width === 0 || header.height === 0) {
    return 'has no size';
  }
  if (header.width > limits.side || header.height > limits.side || header.width * header.height > limits.pixels) {
    return `is too large: ${header.width} × ${header.height} pixels`;
  }
  return undefined;
}

function megabytes(bytes: number): string {
  return (bytes / 1_048_576).toFixed(1).replace('.0', '');
}
