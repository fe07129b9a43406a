import { readFileSync } from 'node:fs';
import { cpus, loadavg } from 'node:os';
import { join } from 'node:path';
import { packageRoot } from '../src/package-root.js';
import { findFfmpeg } from '../src/video/ffmpeg.js';
import { quiet } from './pipeline/household.js';

/** One line of a part's table: what, the figure, and the goal where there is one. */
export type Row = readonly [what: string, figure: string, goal?: string];

/** Packages whose versions move the figures. */
const packages = [
  'onnxruntime-node',
  '@vladmandic/human',
  '@vladmandic/face-api',
  '@tensorflow/tfjs-backend-wasm',
  'libsvm-js',
  'sharp',
] as const;

/** Where and with what this run measures; the load says how far milliseconds may be trusted. */
export async function circumstances(): Promise<Row[]> {
  const { version: ffmpeg, source } = await findFfmpeg({ logger: quiet });
  const processors = cpus();
  return [
    ['date', new Date().toISOString().slice(0, 16).replace('T', ' ') + ' UTC'],
    ['machine', `${processors.length} × ${processors[0]?.model ?? 'unknown processor'}`],
    [
      'load before the run (1, 5, 15 min)',
      loadavg()
        .map((load) => load.toFixed(1))
        .join(', '),
    ],
    ['Node', `${process.version}, ${process.platform} ${process.arch}`],
    ['ffmpeg', `${ffmpeg} (${source})`],
    ...packages.map((name): Row => [name, installedVersion(name)]),
  ];
}

function installedVersion(name: string): string {
  try {
    const manifest = readFileSync(join(packageRoot, 'node_modules', name, 'package.json'), 'utf8');
    return (JSON.parse(manifest) as { readonly version: string }).version;
  } catch {
    return 'not installed';
  }
}

export const ms = (value: number): string => `${value.toFixed(value < 1 ? 3 : 1)} ms`;
export const percent = (share: number): string => `${(100 * share).toFixed(1)} %`;
export const times = (ratio: number): string => `${ratio.toFixed(2)} ×`;
