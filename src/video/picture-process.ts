import { spawn } from 'node:child_process';
import type { Frame } from '../types.js';
import type { Ffmpeg } from './ffmpeg.js';
import { NutError, NutReader } from './nut.js';
import { StreamLog } from './stream-log.js';

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
  /** The pictures' size changed in mid stream; what comes from now on is scaled to the old size. */
  readonly onResize?: () => void;
  readonly log: StreamLog;
}

export interface PictureProcess {
  /** Stops and resumes reading, for consumers that want every picture. */
  pause(): void;
  resume(): void;
  /** Resolves when the process is gone. `error` is set when it could not be started or sent nonsense. */
  readonly ended: Promise<{ readonly code: number | null; readonly error?: Error }>;
}

/** Runs one ffmpeg that writes I420 pictures in NUT (see `pictureArguments`). It never outlives `signal`. */
export function startPictureProcess(options: PictureProcessOptions): PictureProcess {
  const { ffmpeg, signal, buffer, onPicture, log } = options;
  let error: Error | undefined;
  // Nothing but ffmpeg's own end or SIGKILL: a decoder that hangs in a driver or a socket ignores all else.
  const child = spawn(ffmpeg.path, ['-hide_banner', '-nostdin', '-nostats', '-loglevel', 'verbose', ...options.args], {
    stdio: ['ignore', 'pipe', 'pipe'],
    killSignal: 'SIGKILL',
    signal,
  });
  let size = { width: 0, height: 0 };
  // Range and matrix stand in the log, which may come after the first pictures.
  const early: { size: typeof size; pixels: Uint8Array; time: number }[] = [];
  const handOut = (anyway = false): void => {
    if (log.output.video === undefined && !anyway) {
      return;
    }
    const { fullRange = false, matrix } = log.output.video ?? {};
    const look = { fullRange, matrix: matrix ?? log.input.video?.matrix };
    for (let next = early.shift(); next !== undefined; next = early.shift()) {
      onPicture({ format: 'i420', ...next.size, data: next.pixels, timestamp: next.time * 1000, ...look });
    }
  };
  const reader = new NutReader({
    stream: ({ width, height, fourcc }) => {
      if (fourcc !== 'I420') {
        throw new NutError(`The decoder sent ${fourcc} instead of I420.`);
      }
      size = { width, height };
    },
    buffer: (bytes) => {
      if (bytes !== i420Size(size.width, size.height)) {
        throw new NutError(`The decoder sent ${bytes} bytes for a picture of ${size.width}x${size.height}.`);
      }
      return buffer(bytes);
    },
    picture: (pixels, time) => {
      early.push({ size, pixels, time });
      handOut();
    },
  });
  child.stdout.on('data', (chunk: Buffer) => {
    try {
      reader.push(chunk);
    } catch (cause) {
      error ??= cause instanceof Error ? cause : new Error(String(cause));
      child.stdout.removeAllListeners('data').resume();
      child.kill('SIGKILL');
    }
  });
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    log.push(text);
    handOut();
  });
  const ended = new Promise<{ code: number | null; error?: Error }>((resolve) => {
    child.on('error', (cause) => {
      if (cause.name !== 'AbortError') {
        error ??= cause;
      }
      if (child.pid === undefined) {
        resolve({ code: null, error });
      }
    });
    child.once('close', (code) => {
      handOut(true);
      resolve({ code, error });
    });
  });
  return { pause: () => child.stdout.pause(), resume: () => child.stdout.resume(), ended };
}

/** Bytes of an I420 picture; odd sizes round the colour planes up. */
export function i420Size(width: number, height: number): number {
  return width * height + 2 * Math.ceil(width / 2) * Math.ceil(height / 2);
}
