import { readdir, readFile } from 'node:fs/promises';
import { join, parse } from 'node:path';
import { z } from 'zod';
import { isVideoFile } from '../../video/media-file.js';
import { CliError } from '../cli-error.js';

const frame = z.number().int().nonnegative();
const interval = z.tuple([frame, frame]).refine(([first, last]) => first <= last);
const labelFile = z.object({
  clips: z.record(
    z.string(),
    z.object({
      set: z.enum(['natural', 'hard', 'replay']),
      full: z.array(interval),
      partial: z.array(interval),
      ignore: z.array(interval),
    }),
  ),
});

const WANTED = 'The folder needs clips/ with films, and blink-labels.json with their blinks: see docs/liveness.md.';

/** First and last frame of something, counted from 0 in the order of decoding. */
export type FrameInterval = readonly [first: number, last: number];

/** Blinks of a clip as people saw them. */
export interface BlinkLabels {
  /** Both lids reach closure: must be found. */
  readonly full: readonly FrameInterval[];
  /** Neither required nor a fault. */
  readonly soft: readonly FrameInterval[];
}

export interface LabelledClip {
  readonly name: string;
  readonly file: string;
  /** A living person, or a film of one shown on a screen. */
  readonly kind: 'genuine' | 'replay';
  readonly blinks?: BlinkLabels;
}

/**
 * The clips of a data folder: `clips/` with videos, whose name ends in `_fake` where they show a replay, and
 * `blink-labels.json`.
 * @throws CliError when the folder is not of this kind.
 */
export async function readLabelledClips(folder: string): Promise<LabelledClip[]> {
  await readdir(folder).catch((error: unknown) => {
    throw new CliError(`There is no folder ${folder}.`, { cause: error });
  });
  const text = await readFile(join(folder, 'blink-labels.json'), 'utf8').catch((error: unknown) => {
    throw new CliError(`${folder} has no blink-labels.json. ${WANTED}`, { cause: error });
  });
  const labels = parseLabels(text);
  const found = await readdir(join(folder, 'clips')).catch((error: unknown) => {
    throw new CliError(`${folder} has no folder "clips". ${WANTED}`, { cause: error });
  });
  const files = found.filter(isVideoFile).sort();
  if (files.length === 0) {
    throw new CliError(`${join(folder, 'clips')} holds no films (mp4, mov, mkv, …).`);
  }
  const names = new Set(files.map((file) => parse(file).name));
  const absent = Object.keys(labels.clips).filter((name) => !names.has(name));
  if (absent.length > 0) {
    throw new CliError(
      `blink-labels.json has labels for ${absent.join(', ')}, but ${join(folder, 'clips')} has no such film.`,
    );
  }
  return files.map((file) => {
    const { name } = parse(file);
    const label = labels.clips[name];
    return {
      name,
      file: join(folder, 'clips', file),
      kind: name.endsWith('_fake') || label?.set === 'replay' ? 'replay' : 'genuine',
      ...(label && { blinks: { full: label.full, soft: [...label.partial, ...label.ignore] } }),
    };
  });
}

/** @throws CliError when a label begins beyond the film's end: it belongs to another film, or to another cut of it. */
export function checkLabels(name: string, { full, soft }: BlinkLabels, frames: number): void {
  const beyond = [...full, ...soft].find(([first]) => first >= frames);
  if (beyond !== undefined) {
    throw new CliError(
      `blink-labels.json labels frames ${beyond.join('–')} of ${name}, which has only ${frames} frames.`,
    );
  }
}

function parseLabels(text: string): z.infer<typeof labelFile> {
  try {
    return labelFile.parse(JSON.parse(text));
  } catch (error) {
    throw new CliError('blink-labels.json is not a file of blink labels: see docs/liveness.md.', { cause: error });
  }
}
