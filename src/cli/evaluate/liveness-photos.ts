import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import sharp from 'sharp';
import type { Frame } from '../../types.js';
import type { Ffmpeg } from '../../video/ffmpeg.js';
import { readVideoFile } from '../../video/media-file.js';
import { CliError } from '../cli-error.js';
import { fingerprint } from './fingerprint.js';
import { ATTACK_KINDS, filmPhoto, type AttackClip, type AttackKind, type Still } from './liveness-attacks.js';
import type { Film } from './liveness-tracks.js';

/** The films: ten seconds as a doorbell's detection stream shows them. */
const FILM = { seconds: 10, fps: 15, width: 480, height: 360 } as const;
/** Portraits are cut to this share of their shorter side about their middle, where they keep the face. */
export const PORTRAIT_SHARE = 0.68;
/** Bits per second of the badly compressed films. */
const BAD_BITRATE = '120k';

export interface PhotoAttack extends Film {
  readonly kind: AttackKind;
}

/**
 * Photo attacks made from the stills of a folder (and its folders), the kinds in turn, the same for the same seed.
 * @param share of each still's shorter side that the sheet shows, about its middle; 1 for faces that are cut out already
 * @throws CliError when the folder holds no pictures.
 */
export async function photoAttacks(
  folder: string,
  count: number,
  seed: number,
  ffmpeg: Ffmpeg,
  share: number,
): Promise<PhotoAttack[]> {
  const files = (await readdir(folder, { recursive: true }).catch(() => []))
    .filter((file) => /\.(?:jpe?g|png|webp)$/i.test(file))
    .sort();
  if (count > 0 && files.length === 0) {
    throw new CliError(`${folder} holds no pictures to make photo attacks from.`);
  }
  const attacks = Array.from({ length: count }, async (_, i): Promise<PhotoAttack> => {
    const kind = ATTACK_KINDS[i % ATTACK_KINDS.length]!;
    const file = join(folder, files[Math.floor((i * files.length) / count)]!);
    const clip: AttackClip = { ...FILM, kind, seed: seed * 100_000 + i };
    return {
      kind,
      name: `${kind}-${Math.floor(i / ATTACK_KINDS.length)}`,
      identity: JSON.stringify([await fingerprint(file), share, BAD_BITRATE, clip]),
      frames: () => film(file, share, clip, ffmpeg),
    };
  });
  return Promise.all(attacks);
}

async function* film(file: string, share: number, clip: AttackClip, ffmpeg: Ffmpeg): AsyncGenerator<Frame> {
  const still = await cutOut(file, share);
  if (clip.kind === 're-encoding') {
    yield* reencoded(filmPhoto(still, clip), clip, ffmpeg);
  } else {
    yield* filmPhoto(still, clip);
  }
}

async function cutOut(file: string, share: number): Promise<Still> {
  const { width, height } = await sharp(file).metadata();
  const side = Math.round(Math.min(width, height) * share);
  const left = Math.round((width - side) / 2);
  const top = Math.round((height - side) / 2);
  const { data, info } = await sharp(file)
    .extract({ left, top, width: side, height: side })
    .removeAlpha()
    .toColourspace('srgb')
    .raw()
    .toBuffer({ resolveWithObject: true });
  return { width: info.width, height: info.height, data };
}

/** Sends frames through H.264 at a bitrate that is far too low, and back. */
async function* reencoded(frames: Iterable<Frame>, clip: AttackClip, ffmpeg: Ffmpeg): AsyncGenerator<Frame> {
  const folder = await mkdtemp(join(tmpdir(), 'doorman-attack-'));
  try {
    const file = join(folder, 'attack.mp4');
    const raw = ['-f', 'rawvideo', '-pix_fmt', 'rgb24', '-s', `${clip.width}x${clip.height}`, '-r', String(clip.fps)];
    const coded = ['-c:v', 'libx264', '-preset', 'veryfast', '-bf', '0', '-b:v', BAD_BITRATE, '-pix_fmt', 'yuv420p'];
    const child = spawn(ffmpeg.path, ['-v', 'error', '-y', ...raw, '-i', '-', ...coded, file], {
      stdio: ['pipe', 'ignore', 'ignore'],
    });
    const ended = once(child, 'close') as Promise<[number | null]>;
    // A pipe that breaks shows in the exit code as well.
    child.stdin.on('error', () => undefined);
    for (const { data } of frames) {
      if (!child.stdin.write(data)) {
        await Promise.race([once(child.stdin, 'drain'), ended]);
      }
    }
    child.stdin.end();
    const [code] = await ended;
    if (code !== 0) {
      throw new CliError(`ffmpeg could not compress a film (code ${String(code)}).`);
    }
    yield* readVideoFile(ffmpeg, file);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
