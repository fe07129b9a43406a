import { existsSync } from 'node:fs';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { packageRoot } from '../../src/package-root.js';
import type { OpensetCell } from '../../src/cli/evaluate/openset.js';
import type { PairReport } from '../../src/cli/evaluate/pair-scores.js';

/** Puts the figures of the last evaluation into docs/accuracy.md, between its two markers. */
const begin = '<!-- figures: begin -->';
const end = '<!-- figures: end -->';

const number = (value: number | undefined, digits = 3): string => (value === undefined ? '–' : value.toFixed(digits));

const percent = (share: number): string => `${number(100 * share, 2)} %`;

const row = (...cells: readonly (string | number)[]): string => `| ${cells.join(' | ')} |`;

/** A table's first two lines. */
const head = (...names: readonly string[]): string[] => [row(...names), `|${'---|'.repeat(names.length)}`];

async function read<T>(folder: string, form: string): Promise<T | undefined> {
  const file = join(folder, `${form}.json`);
  return existsSync(file) ? (JSON.parse(await readFile(file, 'utf8')) as T) : undefined;
}

function pairsTable(title: string, report: { byEncoder: Record<string, PairReport> } | undefined): string[] {
  if (report === undefined) return [];
  return [
    `### ${title}`,
    '',
    ...head(
      'encoder',
      'accuracy (95 %)',
      'without label errors',
      'by the plain cosine',
      'wrong: genuine, impostor',
      'TAR at FAR 1e-2 / 1e-3',
      'all pairs: 1e-2 / 1e-3 / 1e-4',
    ),
    ...Object.entries(report.byEncoder).map(([name, pairs]) => {
      const { low, high } = pairs.accuracyInterval;
      const genuine = pairs.wrong.filter((pair) => pair.genuine).length;
      const tar = (at: Readonly<Record<string, number>>, ...rates: readonly string[]): string =>
        rates.map((rate) => number(at[rate])).join(' / ');
      return row(
        name,
        `${percent(pairs.accuracy)} (${number(100 * low, 2)}–${number(100 * high, 2)})`,
        percent(pairs.accuracyWithoutLabelErrors),
        percent(pairs.accuracyOfCosine),
        `${genuine}, ${pairs.wrong.length - genuine}`,
        tar(pairs.tarAtFar, '0.01', '0.001'),
        tar(pairs.tarAtFarAllPairs, '0.01', '0.001', '0.0001'),
      );
    }),
    '',
  ];
}

interface ProtocolReport {
  readonly draws: number;
  readonly accuracy: Record<string, number>;
  readonly confusion: Record<string, { falseAcceptsPerDraw: number; falseRejectsPerDraw: number }>;
}

function protocolTable(report: ProtocolReport | undefined): string[] {
  if (report === undefined) return [];
  return [
    `### The prototype’s protocol, ${report.draws} draws`,
    '',
    ...head('classifier', 'false accepts a draw (of 158)', 'false rejects a draw', 'accuracy'),
    ...Object.entries(report.confusion).map(([kind, { falseAcceptsPerDraw, falseRejectsPerDraw }]) =>
      row(kind, number(falseAcceptsPerDraw, 2), number(falseRejectsPerDraw, 2), percent(report.accuracy[kind]!)),
    ),
    '',
  ];
}

function opensetTables(cells: readonly OpensetCell[]): string[] {
  const dir = (cell: OpensetCell, per: 'image' | 'visit', fpir: string): string =>
    (['nearest-mean', 'svm-tau', 'calibrated'] as const)
      .map((method) => number(cell[per].dirAtFpir[method][fpir]?.dir.value))
      .join(' / ');
  return [
    '### Open set: nearest mean / `svm-tau` / `calibrated`',
    '',
    ...head(
      'guests × photos',
      'photo, FPIR 1 %',
      'photo, 0.1 %',
      'visit, 1 %',
      'visit, 0.1 %',
      'own τ: photos',
      'own τ: visits',
      'visits without usable frames',
    ),
    ...cells.map((cell) => {
      const own = (per: 'image' | 'visit'): string => {
        const { fpir } = cell[per].calibration;
        return `${percent(fpir.value)} (${fpir.count} of ${fpir.of})`;
      };
      const { unusableGuestSearches, guestSearches } = cell.visit;
      return row(
        `${cell.guests} × ${cell.photos}`,
        dir(cell, 'image', '0.01'),
        dir(cell, 'image', '0.001'),
        dir(cell, 'visit', '0.01'),
        dir(cell, 'visit', '0.001'),
        own('image'),
        own('visit'),
        `${unusableGuestSearches} of ${guestSearches}`,
      );
    }),
    '',
  ];
}

const folder = process.argv[2] ?? join(packageRoot, '.cache', 'results');
const openset = await read<{ cells: OpensetCell[] }>(folder, 'openset');
const lines = [
  ...pairsTable('LFW pairs', await read(folder, 'pairs')),
  ...pairsTable('LFW pairs, averaged with the mirrored face', await read(folder, 'pairs-mirror')),
  ...protocolTable(await read(folder, 'protocol')),
  ...(openset === undefined ? [] : opensetTables(openset.cells)),
];
const document = join(packageRoot, 'docs', 'accuracy.md');
const text = await readFile(document, 'utf8');
const [before, rest] = text.split(begin);
const after = rest?.split(end)[1];
if (before === undefined || after === undefined) throw new Error(`${document} has no markers for the figures`);
await writeFile(document, `${before}${begin}\n\n${lines.join('\n')}\n${end}${after}`);
