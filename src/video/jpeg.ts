import sharp from 'sharp';
import type { Frame } from '../types.js';
import { toHalfRgb, toRgb } from './rgb.js';

export { toRgb } from './rgb.js';

export interface JpegOptions {
  /** The picture is fitted into this size, its proportions kept; never enlarged. */
  readonly width?: number;
  readonly height?: number;
  /** 1 … 100 */
  readonly quality?: number;
}

/** A frame as JPEG. The frame's pixels are read before this returns its promise: the frame may be given back at once. */
export function encodeJpeg(frame: Frame, options: JpegOptions = {}): Promise<Buffer> {
  const { width, height, quality = 82 } = options;
  const scale = Math.min((width ?? frame.width) / frame.width, (height ?? frame.height) / frame.height, 1);
  const rgb = frame.format === 'i420' && scale <= 0.5 ? toHalfRgb({ ...frame, format: 'i420' }) : toRgb(frame);
  const picture = sharp(rgb.data, { raw: { width: rgb.width, height: rgb.height, channels: 3 } });
  if (scale < 1) {
    picture.resize({
      width: Math.max(1, Math.round(frame.width * scale)),
      height: Math.max(1, Math.round(frame.height * scale)),
      fit: 'fill',
    });
  }
  return picture.jpeg({ quality }).toBuffer();
}
