import { median } from '../../src/liveness/sample-window.js';
import type { Sample } from './sample.js';

/** Memory may differ by so much between the settled beginning and the end. */
const FLAT = 0.05;

/** The run is warm after this share of it: caches are filled, the code is compiled. */
const WARM = 0.25;

type Measure = (values: readonly number[]) => number;

/** On an evening after an enrolment its process is still there: things that are counted are compared at their most. */
const most: Measure = (values) => Math.max(...values);

/** Whether anything has grown: the quarter after warming up against the last quarter. */
export function verdict(samples: readonly Sample[]): { readonly flat: boolean; readonly lines: readonly string[] } {
  const from = (share: number): number => Math.floor(samples.length * share);
  const early = samples.slice(from(WARM), from(2 * WARM));
  const late = samples.slice(from(1 - WARM));
  if (early.length === 0 || late.length === 0) {
    return { flat: false, lines: ['Too few samples to say anything.'] };
  }
  const compare = (
    label: string,
    key: keyof Sample,
    measure: Measure,
    allowed: number,
  ): { ok: boolean; line: string } => {
    const [before, after] = [early, late].map((part) => measure(part.map((sample) => sample[key])));
    const growth = (after! - before!) / Math.max(1, before!);
    const ok = growth <= allowed;
    return {
      ok,
      line: `${label}: ${before!.toFixed(1)} → ${after!.toFixed(1)} (${(100 * growth).toFixed(1)} %)${ok ? '' : ' GREW'}`,
    };
  };
  const rows = [
    compare('resident memory, MB', 'rss', median, FLAT),
    compare('heaps, MB', 'heap', median, FLAT),
    compare('external memory, MB', 'external', median, FLAT),
    compare('most file descriptors', 'descriptors', most, 0),
    compare('most handles', 'handles', most, 0),
    compare('most child processes', 'children', most, 0),
    compare('most inference sessions', 'sessions', most, 0),
  ];
  return { flat: rows.every(({ ok }) => ok), lines: rows.map(({ line }) => line) };
}
