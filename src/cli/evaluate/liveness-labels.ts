import { readdir, readFile } from 'node:fs/promises';
import { join, parse } from 'node:path';
import { z } from 'zod';
import { isVideoFile } from '../../video/media-file.js';
import { CliError } from '../cli-error.js';

const interval = z.tuple([z.number().int().nonnegative(), z.number().int().nonnegative()]);
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

function parseLabels(text: string): z.infer<typeof labelFile> {
  try {
    return labelFile.parse(JSON.parse(text));
  } catch (error) {
    throw new CliError('blink-labels.json is not a file of blink labels: see docs/liveness.md.', { cause: error });
  }
}
