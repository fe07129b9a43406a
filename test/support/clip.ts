import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { promisify } from 'node:util';
import type { Ffmpeg } from '../../src/video/ffmpeg.js';
import { splitNalUnits, toAccessUnits, type AccessUnit } from './h264.js';
import { toHevcAccessUnits } from './hevc.js';

const run = promisify(execFile);

/** Some seconds of video in memory; it begins with a key frame and can be repeated without a seam. */
export interface Clip {
  /** Default H.264. */
  readonly codec?: 'h264' | 'hevc';
  readonly accessUnits: readonly AccessUnit[];
  readonly framesPerSecond: number;
}

const encoderArguments = (framesPerSecond: number, keyEvery: number): string[] => [
  ...['-c:v', 'libx264', '-preset', 'ultrafast', '-tune', 'zerolatency', '-bf', '0', '-pix_fmt', 'yuv420p'],
  ...['-g', String(keyEvery), '-x264-params', 'scenecut=0:repeat-headers=1', '-r', String(framesPerSecond)],
];

export interface ClipOptions {
  /** A lavfi source; by default a moving test picture of `size`. */
  readonly source?: string;
  readonly size?: string;
  readonly framesPerSecond?: number;
  readonly seconds?: number;
  /** A key frame every so many frames. */
  readonly keyEvery?: number;
}

/** Makes a clip of a drawn picture. */
export async function makeClip(ffmpeg: Ffmpeg, options: ClipOptions = {}): Promise<Clip> {
  const { size = '320x240', framesPerSecond = 25, seconds = 2, keyEvery = framesPerSecond } = options;
  const source = options.source ?? `testsrc2=size=${size}:rate=${framesPerSecond}`;
  return encode(ffmpeg, ['-f', 'lavfi', '-i', source, '-t', String(seconds)], framesPerSecond, keyEvery);
}

/** Reads the video of a file; it is encoded again so that every clip can be played after every other. */
export async function loadClip(ffmpeg: Ffmpeg, file: string, framesPerSecond = 25): Promise<Clip> {
  return encode(ffmpeg, ['-i', file], framesPerSecond, framesPerSecond);
}

/** Encodes RGB pictures (3 bytes a pixel, all of one size) to a clip. */
export async function encodeFrames(
  ffmpeg: Ffmpeg,
  frames: AsyncIterable<Uint8Array> | Iterable<Uint8Array>,
  { width, height, framesPerSecond }: { width: number; height: number; framesPerSecond: number },
): Promise<Clip> {
  const raw = ['-f', 'rawvideo', '-pix_fmt', 'rgb24', '-s', `${width}x${height}`, '-r', String(framesPerSecond)];
  const child = spawn(
    ffmpeg.path,
    ['-v', 'error', ...raw, '-i', 'pipe:0', ...encoderArguments(framesPerSecond, framesPerSecond), '-f', 'h264', '-'],
    { stdio: ['pipe', 'pipe', 'inherit'] },
  );
  const chunks: Buffer[] = [];
  child.stdout.on('data', (chunk: Buffer) => chunks.push(chunk));
  const closed = once(child, 'close');
  for await (const frame of frames) {
    if (!child.stdin.write(frame)) {
      await once(child.stdin, 'drain');
    }
  }
  child.stdin.end();
  await closed;
  return toClip(Buffer.concat(chunks), framesPerSecond);
}

/** Reads the video of a file as H.265. @throws when this ffmpeg has no x265 */
export async function loadHevcClip(ffmpeg: Ffmpeg, file: string, framesPerSecond = 25): Promise<Clip> {
  const { stdout } = await run(
    ffmpeg.path,
    [
      ...['-v', 'error', '-i', file, '-an', '-c:v', 'libx265', '-preset', 'ultrafast', '-tune', 'zerolatency'],
      ...['-bf', '0', '-pix_fmt', 'yuv420p', '-g', String(framesPerSecond), '-r', String(framesPerSecond)],
      ...['-x265-params', 'log-level=error:scenecut=0:repeat-headers=1:open-gop=0', '-f', 'hevc', '-'],
    ],
    { encoding: 'buffer', maxBuffer: 1 << 29 },
  );
  const accessUnits = toHevcAccessUnits(splitNalUnits(stdout));
  if (accessUnits[0]?.isKey !== true) {
    throw new Error('The clip does not begin with a key frame.');
  }
  return { codec: 'hevc', accessUnits, framesPerSecond };
}

async function encode(ffmpeg: Ffmpeg, input: string[], framesPerSecond: number, keyEvery: number): Promise<Clip> {
  const { stdout } = await run(
    ffmpeg.path,
    ['-v', 'error', ...input, '-an', ...encoderArguments(framesPerSecond, keyEvery), '-f', 'h264', '-'],
    { encoding: 'buffer', maxBuffer: 1 << 29 },
  );
  return toClip(stdout, framesPerSecond);
}

function toClip(stream: Buffer, framesPerSecond: number): Clip {
  const accessUnits = toAccessUnits(splitNalUnits(stream));
  if (accessUnits[0]?.isKey !== true) {
    throw new Error('The clip does not begin with a key frame.');
  }
  return { accessUnits, framesPerSecond };
}
