import type { Box, Frame } from '../types.js';

/** Fixed-point contributions of Y, U and V to red, green and blue, scaled by 2^16. */
interface YuvTables {
  readonly luma: Int32Array;
  readonly redV: Int32Array;
  readonly greenU: Int32Array;
  readonly greenV: Int32Array;
  readonly blueU: Int32Array;
}

const SHIFT = 16;

/** The share of red and blue in the luminance (ITU-R BT.601-7 and BT.709-6, section 3). */
const lumaShares = { bt601: { red: 0.299, blue: 0.114 }, bt709: { red: 0.2126, blue: 0.0722 } } as const;

const tables = new Map<string, YuvTables>();

function tablesFor(frame: Frame): YuvTables {
  const matrix = frame.matrix ?? 'bt601';
  const fullRange = frame.fullRange ?? false;
  const key = `${matrix} ${fullRange}`;
  const known = tables.get(key);
  if (known !== undefined) {
    return known;
  }
  const { red, blue } = lumaShares[matrix];
  const green = 1 - red - blue;
  const lumaGain = fullRange ? 1 : 255 / 219;
  const lumaZero = fullRange ? 0 : 16;
  const chromaGain = fullRange ? 1 : 255 / 224;
  const table = (gain: number, zero: number, round = 0): Int32Array =>
    Int32Array.from({ length: 256 }, (_, value) => Math.round(((value - zero) * gain + round) * 2 ** SHIFT));
  const made: YuvTables = {
    luma: table(lumaGain, lumaZero, 0.5),
    redV: table(2 * (1 - red) * chromaGain, 128),
    greenU: table((-2 * blue * (1 - blue) * chromaGain) / green, 128),
    greenV: table((-2 * red * (1 - red) * chromaGain) / green, 128),
    blueU: table(2 * (1 - blue) * chromaGain, 128),
  };
  tables.set(key, made);
  return made;
}

/**
 * A frame, or the part of it inside `box` (clipped to the frame, rounded to whole pixels), as RGB in a buffer of its
 * own. Synchronous: the frame may be given back when this returns.
 */
export function toRgb(frame: Frame, box?: Box): Frame {
  const area = clip(frame, box);
  const rgb = new Uint8ClampedArray(area.width * area.height * 3);
  if (frame.format === 'rgb24') {
    for (let row = 0; row < area.height; row++) {
      const start = ((area.y + row) * frame.width + area.x) * 3;
      rgb.set(frame.data.subarray(start, start + area.width * 3), row * area.width * 3);
    }
  } else {
    convertI420(frame, area, rgb);
  }
  return rgbFrame(frame, area.width, area.height, rgb);
}

/** The whole frame as RGB at half its width and height: a quarter of the work where a small picture is wanted. */
export function toHalfRgb(frame: Frame & { readonly format: 'i420' }): Frame {
  const { luma, redV, greenU, greenV, blueU } = tablesFor(frame);
  const { data, width: stride } = frame;
  const width = frame.width >> 1;
  const height = frame.height >> 1;
  const chromaStride = (stride + 1) >> 1;
  const u = stride * frame.height;
  const v = u + chromaStride * ((frame.height + 1) >> 1);
  const rgb = new Uint8ClampedArray(width * height * 3);
  for (let y = 0, out = 0; y < height; y++) {
    for (let x = 0; x < width; x++, out += 3) {
      const top = 2 * y * stride + 2 * x;
      const sum = data[top]! + data[top + 1]! + data[top + stride]! + data[top + stride + 1]!;
      const light = luma[(sum + 2) >> 2]!;
      const uValue = data[u + y * chromaStride + x]!;
      const vValue = data[v + y * chromaStride + x]!;
      rgb[out] = (light + redV[vValue]!) >> SHIFT;
      rgb[out + 1] = (light + greenU[uValue]! + greenV[vValue]!) >> SHIFT;
      rgb[out + 2] = (light + blueU[uValue]!) >> SHIFT;
    }
  }
  return rgbFrame(frame, width, height, rgb);
}

function convertI420(frame: Frame, area: Box, rgb: Uint8ClampedArray): void {
  const { luma, redV, greenU, greenV, blueU } = tablesFor(frame);
  const { data, width: stride } = frame;
  const chromaStride = (stride + 1) >> 1;
  const u = stride * frame.height;
  const v = u + chromaStride * ((frame.height + 1) >> 1);
  for (let row = 0, out = 0; row < area.height; row++) {
    const y = area.y + row;
    const chromaRow = (y >> 1) * chromaStride;
    for (let x = area.x; x < area.x + area.width; x++, out += 3) {
      const light = luma[data[y * stride + x]!]!;
      const uValue = data[u + chromaRow + (x >> 1)]!;
      const vValue = data[v + chromaRow + (x >> 1)]!;
      rgb[out] = (light + redV[vValue]!) >> SHIFT;
      rgb[out + 1] = (light + greenU[uValue]! + greenV[vValue]!) >> SHIFT;
      rgb[out + 2] = (light + blueU[uValue]!) >> SHIFT;
    }
  }
}

function clip(frame: Frame, box: Box | undefined): Box {
  if (box === undefined) {
    return { x: 0, y: 0, width: frame.width, height: frame.height };
  }
  const x = Math.min(Math.max(0, Math.round(box.x)), frame.width - 1);
  const y = Math.min(Math.max(0, Math.round(box.y)), frame.height - 1);
  const right = Math.min(frame.width, Math.max(x + 1, Math.round(box.x + box.width)));
  const bottom = Math.min(frame.height, Math.max(y + 1, Math.round(box.y + box.height)));
  return { x, y, width: right - x, height: bottom - y };
}

function rgbFrame(source: Frame, width: number, height: number, rgb: Uint8ClampedArray): Frame {
  const pixels = new Uint8Array(rgb.buffer, rgb.byteOffset, rgb.byteLength);
  return { format: 'rgb24', width, height, data: pixels, timestamp: source.timestamp };
}
