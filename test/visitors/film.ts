import { spawn } from 'node:child_process';
import { once } from 'node:events';
import type { Presence } from './performer.js';
import type { RenderedFrame, Scene } from './scene.js';
import { Visitor } from './visitor.js';

export interface FilmOptions {
  readonly ffmpegPath: string;
  /** The MP4 file to write. */
  readonly file: string;
  readonly seconds: number;
  readonly framesPerSecond?: number;
  /** x264's quality: 18 (fine) … 35 (coarse). */
  readonly crf?: number;
  readonly signal?: AbortSignal;
  readonly onProgress?: (share: number) => void;
}

/** What a film shows, frame by frame; times in ms from its beginning. */
export interface FilmTruth {
  readonly width: number;
  readonly height: number;
  readonly framesPerSecond: number;
  readonly frames: readonly { readonly time: number; readonly present: readonly Presence[] }[];
  /** Each visitor's blinks: from the lid's first movement to its last. */
  readonly blinks: readonly { readonly name: string; readonly spans: readonly (readonly [number, number])[] }[];
}

/** The scene's frames at a steady rate. */
export async function* framesOf(scene: Scene, seconds: number, framesPerSecond: number): AsyncGenerator<RenderedFrame> {
  for (let i = 0; i < Math.round(seconds * framesPerSecond); i++) {
    yield scene.render((1000 * i) / framesPerSecond);
  }
}

/** Renders a scene to H.264 in an MP4 file (no B-frames, a key frame a second). @throws when ffmpeg fails */
export async function filmScene(scene: Scene, options: FilmOptions): Promise<FilmTruth> {
  const { ffmpegPath, file, seconds, framesPerSecond = 15, crf = 23, signal, onProgress } = options;
  const args = [
    ...['-v', 'error', '-f', 'rawvideo', '-pix_fmt', 'rgb24', '-s', `${scene.width}x${scene.height}`],
    ...['-r', String(framesPerSecond), '-i', 'pipe:0', '-c:v', 'libx264', '-preset', 'veryfast', '-crf', String(crf)],
    ...['-bf', '0', '-g', String(framesPerSecond), '-pix_fmt', 'yuv420p', '-movflags', '+faststart', '-y', file],
  ];
  const child = spawn(ffmpegPath, args, { stdio: ['pipe', 'ignore', 'pipe'], signal });
  let complaint = '';
  child.stderr.on('data', (text: Buffer) => (complaint += text.toString()));
  child.stdin.on('error', () => undefined);
  const closed = once(child, 'close');
  closed.catch(() => undefined);
  const frames: { time: number; present: readonly Presence[] }[] = [];
  for await (const { time, rgb, present } of framesOf(scene, seconds, framesPerSecond)) {
    signal?.throwIfAborted();
    frames.push({ time, present });
    // The picture is drawn over for the next frame, so the pipe gets bytes of its own.
    if (!child.stdin.write(rgb.slice())) {
      // A pipe that breaks rejects too; ffmpeg's own words come below.
      await Promise.race([once(child.stdin, 'drain'), closed]).catch(() => undefined);
      if (child.stdin.destroyed) {
        break;
      }
    }
    onProgress?.((time / 1000 + 1 / framesPerSecond) / seconds);
  }
  child.stdin.end();
  const [code] = (await closed) as [number | null];
  if (code !== 0) {
    throw new Error(`ffmpeg could not write ${file}: ${complaint.trim()}`);
  }
  const visitors = scene.performers.filter((performer) => performer instanceof Visitor);
  return {
    width: scene.width,
    height: scene.height,
    framesPerSecond,
    frames,
    blinks: visitors.map(({ name, blinks, behaviour: { arrives = 0, leaves = Infinity } }) => ({
      name,
      spans: blinks.filter(([start, end]) => start >= arrives && end <= Math.min(leaves, 1000 * seconds)),
    })),
  };
}
