import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import sharp from 'sharp';
import type { ConfusionMatrix } from '../../recognition/metrics/confusion.js';
import { table } from '../table.js';

/** Writes a report as JSON, making the folder. */
export async function writeJson(file: string, report: unknown): Promise<void> {
  await mkdir(dirname(file), { recursive: true });
  await writeFile(file, `${JSON.stringify(report, undefined, 2)}\n`);
  console.log(`figures: ${file}`);
}

/** Writes an SVG and, for whoever cannot show it, the same as PNG. */
export async function writePicture(folder: string, name: string, svg: string): Promise<void> {
  await mkdir(folder, { recursive: true });
  await writeFile(join(folder, `${name}.svg`), svg);
  await sharp(Buffer.from(svg), { density: 144 })
    .png()
    .toFile(join(folder, `${name}.png`));
  console.log(`picture: ${join(folder, name)}.svg and .png`);
}

/** Writes what was printed as a text file too. */
export async function writeTable(folder: string, name: string, text: string): Promise<void> {
  await mkdir(folder, { recursive: true });
  const file = join(folder, `${name}.txt`);
  await writeFile(file, `${text}\n`);
  console.log(`table: ${file}`);
}

/** Confusion matrices of several classifiers under one another, rows are the actual names. */
export function confusionText(matrices: Readonly<Record<string, ConfusionMatrix>>): string {
  return Object.entries(matrices)
    .map(([kind, { names, counts, accuracy, falseAccepts, falseRejects }]) => {
      const rows = [
        [kind, ...names.map((name) => `→ ${name}`)],
        ...names.map((name, row) => [name, ...counts[row]!.map(String)]),
      ];
      const sums = `accuracy ${(100 * accuracy).toFixed(2)} %, false accepts ${falseAccepts}, false rejects ${falseRejects}`;
      return `${table(rows)}\n${sums}`;
    })
    .join('\n\n');
}

export const percent = (share: number): string => `${(100 * share).toFixed(1)} %`;
