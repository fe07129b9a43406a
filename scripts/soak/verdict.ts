import { median } from '../../src/liveness/sample-window.js';
import type { Sample } from './sample.js';

/** Memory may differ by so much between the settled beginning and the end. */
const FLAT = 0.05;

/** The run is warm after this share of it: caches are filled, the code is compiled. */
const WARM = 0.25;

/** Whether anything has grown: medians of the quarter after warming up against those of the last quarter. */
export function verdict(samples: readonly Sample[]): { readonly flat: boolean; readonly lines: readonly string[] } {
  const from = (share: number): number => Math.floor(samples.length * share);
  const early = samples.slice(from(WARM), from(2 * WARM));
  const late = samples.slice(from(1 - WARM));
  if (early.length === 0 || late.length === 0) {
    return { flat: false, lines: ['Too few samples to say anything.'] };
  }
  const compare = (label: string, key: keyof Sample, allowed: number): { ok: boolean; line: string } => {
    const [before, after] = [early, late].map((part) => median(part.map((sample) => sample[key])));
    const growth = (after! - before!) / Math.max(1, before!);
    const ok = growth <= allowed;
    return {
      ok,
      line: `${label}: ${before!.toFixed(1)} → ${after!.toFixed(1)} (${(100 * growth).toFixed(1)} %)${ok ? '' : ' GREW'}`,
    };
  };
  const rows = [
    compare('resident memory, MB', 'rss', FLAT),
    compare('heaps, MB', 'heap', FLAT),
    compare('external memory, MB', 'external', FLAT),
    compare('file descriptors', 'descriptors', 0),
    compare('handles', 'handles', 0),
    compare('child processes', 'children', 0),
    compare('inference sessions', 'sessions', 0),
  ];
  return { flat: rows.every(({ ok }) => ok), lines: rows.map(({ line }) => line) };
}
