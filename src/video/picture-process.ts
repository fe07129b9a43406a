import type { Frame } from '../types.js';
import type { Ffmpeg } from './ffmpeg.js';
import { NutError } from './nut-format.js';
import { startNutProcess, type NutProcess } from './nut-process.js';
import type { NutConsumer } from './nut-reader.js';
import type { StreamLog } from './stream-log.js';

/** A picture as ffmpeg sent it; the timestamp is the stream's presentation time in ms. */
export type Picture = Frame & { readonly format: 'i420' };

export interface PictureProcessOptions {
  readonly ffmpeg: Ffmpeg;
  readonly args: readonly string[];
  /** Ends the process at once. */
  readonly signal: AbortSignal;
  /** Asked for a buffer for the next picture. */
  readonly buffer: (size: number) => Uint8Array;
  readonly onPicture: (picture: Picture) => void;
  /** Gets the pictures of `pipe:3`, without range and matrix. */
  readonly onGlance?: (picture: Picture) => void;
  readonly log: StreamLog;
}

/** Runs one ffmpeg that writes I420 pictures in NUT (see `pictureArguments`). It never outlives `signal`. */
export function startPictureProcess(options: PictureProcessOptions): NutProcess {
  const { ffmpeg, args, signal, buffer, onPicture, onGlance, log } = options;
  // Range and matrix stand in the log, which may come after the first pictures.
  const early: Picture[] = [];
  const handOut = (anyway = false): void => {
    if (log.output.video === undefined && !anyway) {
      return;
    }
    const { fullRange = false, matrix } = log.output.video ?? {};
    const look = { fullRange, matrix: matrix ?? log.input.video?.matrix };
    for (let next = early.shift(); next !== undefined; next = early.shift()) {
      onPicture({ ...next, ...look });
    }
  };
  const process = startNutProcess({
    ...{ ffmpeg, args, signal, log },
    onLog: () => handOut(),
    consumer: pictureReader(buffer, (picture) => {
      early.push(picture);
      handOut();
    }),
    ...(onGlance && { second: pictureReader(buffer, onGlance) }),
  });
  const ended = process.ended.then((end) => {
    handOut(true);
    return end;
  });
  return { ...process, ended };
}

/** Makes one stream's packets into pictures. */
function pictureReader(buffer: (size: number) => Uint8Array, take: (picture: Picture) => void): NutConsumer {
  let size = { width: 0, height: 0 };
  return {
    stream: (description) => {
      if (description.kind !== 'video' || description.fourcc !== 'I420') {
        throw new NutError(`The decoder sent ${description.fourcc} instead of I420.`);
      }
      size = { width: description.width, height: description.height };
    },
    buffer: (bytes) => {
      if (bytes !== i420Size(size.width, size.height)) {
        throw new NutError(`The decoder sent ${bytes} bytes for a picture of ${size.width}x${size.height}.`);
      }
      return buffer(bytes);
    },
    packet: (data, { time }) => take({ format: 'i420', ...size, data, timestamp: time * 1000 }),
  };
}

/** Bytes of an I420 picture; odd sizes round the colour planes up. */
export function i420Size(width: number, height: number): number {
  return width * height + 2 * Math.ceil(width / 2) * Math.ceil(height / 2);
}
