import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { readImage } from '../../video/media-file.js';
import type { Appearance, ColorTreatment, Vision } from '../../vision/vision.js';
import { CliError } from '../cli-error.js';
import { table } from '../table.js';

/** What one of Human's appearance networks makes of pictures of living people and of photos and screens. */
export interface AppearanceRow {
  readonly network: keyof Appearance;
  readonly color: ColorTreatment;
  /** Share taken for alive. */
  readonly genuine: number;
  readonly spoof: number;
}

export interface AppearanceReport {
  readonly rows: readonly AppearanceRow[];
  /** Pictures in which a face was found. */
  readonly genuine: number;
  readonly spoof: number;
}

/** The networks' own threshold. */
const THRESHOLD = 0.5;
const colors: readonly ColorTreatment[] = ['as-is', 'grey-world'];
const networks = ['antispoof', 'liveness'] as const;

type Eye = Pick<Vision, 'find' | 'appearance'>;

/**
 * Shows the networks every picture of `genuine/` and `spoof/`. They take no part in any judgement: this says why.
 * @throws CliError when a folder is missing or shows no face.
 */
export async function judgeAppearance(vision: Eye, folder: string): Promise<AppearanceReport> {
  const genuine = await scoresOf(vision, join(folder, 'genuine'));
  const spoof = await scoresOf(vision, join(folder, 'spoof'));
  const rows = colors.flatMap((color, c) =>
    networks.map((network): AppearanceRow => {
      const share = (scores: readonly (readonly Appearance[])[]): number =>
        scores.filter((byColor) => byColor[c]![network] >= THRESHOLD).length / scores.length;
      return { network, color, genuine: share(genuine), spoof: share(spoof) };
    }),
  );
  return { rows, genuine: genuine.length, spoof: spoof.length };
}

/** The scores of the largest face of each picture, for every treatment of colour. */
async function scoresOf(vision: Eye, folder: string): Promise<Appearance[][]> {
  const files = await readdir(folder).catch((error: unknown) => {
    throw new CliError(`There is no folder ${folder}.`, { cause: error });
  });
  const all: Appearance[][] = [];
  for (const file of files.filter((name) => /\.(?:jpe?g|png|webp)$/i.test(name)).sort()) {
    const frame = await readImage(join(folder, file));
    const [face] = [...(await vision.find(frame))].sort((a, b) => b.box.width - a.box.width);
    if (face === undefined) continue;
    const scores: Appearance[] = [];
    for (const color of colors) scores.push(await vision.appearance(frame, face, color));
    all.push(scores);
  }
  if (all.length === 0) throw new CliError(`No face was found in the pictures of ${folder}.`);
  return all;
}

export function formatAppearance({ rows, genuine, spoof }: AppearanceReport): string {
  const percent = (share: number): string => `${(100 * share).toFixed(1)} %`;
  return [
    `Appearance networks (not used): taken for alive, of ${genuine} genuine and ${spoof} spoof pictures`,
    table([
      ['network', 'colours', 'genuine', 'spoof'],
      ...rows.map((row) => [row.network, row.color, percent(row.genuine), percent(row.spoof)]),
    ]),
  ].join('\n');
}
