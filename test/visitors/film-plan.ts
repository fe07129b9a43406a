import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, rename } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { packageRoot } from '../../src/package-root.js';
import type { CastName } from './cast.js';
import type { Behaviour } from './visitor.js';

/** A film as plain values. */
export interface FilmPlan {
  readonly width: number;
  readonly height: number;
  readonly seconds: number;
  readonly framesPerSecond: number;
  readonly performers: readonly (
    | { readonly kind: 'visitor'; readonly who: CastName | number; readonly behaviour?: Behaviour }
    /** A photograph that is shaken and tilted before the camera, or one held up at times. */
    | { readonly kind: 'photo'; readonly who: CastName | number; readonly held?: HeldUp }
  )[];
  readonly ffmpegPath: string;
  readonly file: string;
}

/** A photograph in a hand that is nearly still. Place as shares of the picture, face's width in px, times in ms. */
export interface HeldUp {
  readonly size: number;
  /** Where it is at times; between them it moves evenly. */
  readonly path: readonly { readonly at: number; readonly x: number; readonly y: number }[];
  /** When it is there. */
  readonly shown: readonly (readonly [from: number, until: number])[];
}

const run = promisify(execFile);

/** Change it when people are drawn otherwise. */
const DRAWN = 1;

/**
 * Draws a film in a process of its own (drawing inside jest's sandbox takes many times longer) and keeps it for the
 * next time. @returns the file
 */
export async function film(plan: Omit<FilmPlan, 'file'>): Promise<string> {
  const folder = join(packageRoot, '.cache', 'films');
  await mkdir(folder, { recursive: true });
  const key = createHash('sha256')
    .update(JSON.stringify([DRAWN, plan]))
    .digest('hex')
    .slice(0, 16);
  const file = join(folder, `${key}.mp4`);
  if (!existsSync(file)) {
    const draft = join(folder, `${key}.${process.pid}.mp4`);
    const entry = join(packageRoot, 'test', 'visitors', 'film-entry.ts');
    await run(process.execPath, ['--import', 'tsx', entry, JSON.stringify({ ...plan, file: draft })], {
      cwd: packageRoot,
    });
    await rename(draft, file);
  }
  return file;
}
