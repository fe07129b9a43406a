import { open, stat } from 'node:fs/promises';
import { basename, extname, resolve } from 'node:path';
import sharp from 'sharp';
import type { Frame } from '../types.js';
import type { Ffmpeg } from './ffmpeg.js';
import { startPictureProcess } from './picture-process.js';
import { pictureArguments } from './reader-arguments.js';
import { StreamLog } from './stream-log.js';

/** A photo or video cannot be read; the message is one sentence that names the file. */
export class MediaFileError extends Error {
  override readonly name = 'MediaFileError';
}

/** Larger photos are refused: 100 megapixels fill 300 MB when decoded. */
const MAX_PIXELS = 100_000_000;
const MAX_IMAGE_BYTES = 100 * 1024 * 1024;

/** Photos are brought down to this side: no face needs more. */
const MAX_IMAGE_SIDE = 4096;

/** Decoded frames of a file that wait for the consumer. */
const MAX_WAITING = 2;

const videoExtensions = new Set(
  '.mp4 .m4v .mov .mkv .webm .avi .mpg .mpeg .ts .mts .m2ts .3gp .wmv .flv .ogv .h264 .h265 .hevc .mjpeg'.split(' '),
);

/** Whether the name says that this is a video. */
export function isVideoFile(file: string): boolean {
  return videoExtensions.has(extname(file).toLowerCase());
}

/**
 * Reads a photo as RGB, upright as its EXIF orientation says, at most 4096 pixels a side. The timestamp is 0.
 *
 * @throws MediaFileError
 */
export async function readImage(file: string): Promise<Frame> {
  const name = basename(file);
  const size = await checkFile(file);
  if (size > MAX_IMAGE_BYTES) {
    throw new MediaFileError(
      `${name} is too large (${Math.round(size / 1e6)} MB; at most ${MAX_IMAGE_BYTES / 1024 / 1024}).`,
    );
  }
  if (await isHeic(file)) {
    throw new MediaFileError(`${name} is a HEIC photo, which cannot be read here; save it as JPEG first.`);
  }
  try {
    const { data, info } = await sharp(file, { limitInputPixels: MAX_PIXELS })
      .rotate()
      .resize({ width: MAX_IMAGE_SIDE, height: MAX_IMAGE_SIDE, fit: 'inside', withoutEnlargement: true })
      .flatten({ background: '#808080' })
      .toColourspace('srgb')
      .raw()
      .toBuffer({ resolveWithObject: true });
    const pixels = new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
    return { format: 'rgb24', width: info.width, height: info.height, data: pixels, timestamp: 0 };
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    if (/pixel limit/i.test(reason)) {
      throw new MediaFileError(`${name} has too many pixels (at most ${MAX_PIXELS / 1e6} million).`, { cause: error });
    }
    throw new MediaFileError(
      /unsupported image format/i.test(reason)
        ? `${name} is not a picture that can be read (JPEG, PNG, WebP, AVIF, GIF, TIFF).`
        : `${name} is a damaged picture.`,
      { cause: error },
    );
  }
}

export interface VideoFileOptions {
  /** By default every frame. */
  readonly framesPerSecond?: number;
  readonly signal?: AbortSignal;
}

/**
 * Reads a video's frames as I420, upright, with their times in ms since the video's beginning. Each frame's pixels
 * belong to the consumer. Decoding goes no faster than frames are taken and ends when the consumer does.
 *
 * @throws MediaFileError
 */
export async function* readVideoFile(
  ffmpeg: Ffmpeg,
  file: string,
  options: VideoFileOptions = {},
): AsyncGenerator<Frame, void, undefined> {
  const { framesPerSecond, signal } = options;
  signal?.throwIfAborted();
  await checkFile(file);
  const ending = new AbortController();
  const log = new StreamLog();
  const waiting: Frame[] = [];
  let wake: () => void = () => undefined;
  const process = startPictureProcess({
    ffmpeg,
    args: [
      ...['-protocol_whitelist', 'file', '-i', `file:${resolve(file)}`],
      ...pictureArguments(ffmpeg, framesPerSecond),
    ],
    signal: signal === undefined ? ending.signal : AbortSignal.any([signal, ending.signal]),
    buffer: (size) => new Uint8Array(size),
    log,
    onPicture: (picture) => {
      waiting.push(picture);
      if (waiting.length >= MAX_WAITING) {
        process.pause();
      }
      wake();
    },
  });
  const outcome: { end?: Awaited<typeof process.ended> } = {};
  void process.ended.then((end) => {
    outcome.end = end;
    wake();
  });
  let frames = 0;
  try {
    while (waiting.length > 0 || outcome.end === undefined) {
      const frame = waiting.shift();
      if (frame !== undefined) {
        frames++;
        yield frame;
        signal?.throwIfAborted();
        continue;
      }
      process.resume();
      await new Promise<void>((resolve) => (wake = resolve));
    }
    signal?.throwIfAborted();
    if (frames === 0 || outcome.end.error !== undefined) {
      throw new MediaFileError(describeFailure(basename(file), log.tail), { cause: outcome.end.error });
    }
  } finally {
    ending.abort();
    await process.ended;
  }
}

function describeFailure(name: string, log: string): string {
  if (/matches no streams|does not contain any stream/i.test(log)) {
    return `${name} holds no video.`;
  }
  return `${name} is not a video that can be read, or it is damaged.`;
}

/** The file's size in bytes, if it is one to read. */
async function checkFile(file: string): Promise<number> {
  const name = basename(file);
  const found = await stat(file).catch((error: unknown) => {
    const { code } = error as { code?: unknown };
    throw new MediaFileError(
      code === 'ENOENT' ? `${name} does not exist.` : `${name} cannot be opened (${String(code)}).`,
      { cause: error },
    );
  });
  if (!found.isFile()) {
    throw new MediaFileError(`${name} is not a file.`);
  }
  if (found.size === 0) {
    throw new MediaFileError(`${name} is empty.`);
  }
  return found.size;
}

async function isHeic(file: string): Promise<boolean> {
  const handle = await open(file).catch((error: unknown) => {
    throw new MediaFileError(`${basename(file)} may not be read.`, { cause: error });
  });
  try {
    const { buffer } = await handle.read(Buffer.alloc(12), 0, 12, 0);
    return /^ftyp(?:heic|heix|hevc|heim|heis)$/.test(buffer.toString('latin1', 4, 12));
  } finally {
    await handle.close();
  }
}
