import { median } from './sample-window.js';

/** Values are smoothed by their median over this time … */
const SMOOTHING_MS = 300;
/** … and over at least this many frames, so that a single bad mesh never counts. */
const FEWEST = 3;
const MOST = 16;

/** How far several measures of one thing have ranged, each smoothed by a running median against single bad frames. */
export class Extent {
  private recent: { readonly at: number; readonly values: readonly number[] }[] = [];
  private low: number[];
  private high: number[];

  constructor(private readonly measures: number) {
    this.low = new Array<number>(measures).fill(Infinity);
    this.high = new Array<number>(measures).fill(-Infinity);
  }

  /** Takes the measures of the next frame. */
  observe(at: number, values: readonly number[]): void {
    this.recent.push({ at, values });
    const fresh = this.recent.filter((item) => at - item.at <= SMOOTHING_MS).length;
    this.recent = this.recent.slice(-Math.min(MOST, Math.max(FEWEST, fresh)));
    if (this.recent.length < FEWEST) {
      return;
    }
    for (let i = 0; i < this.measures; i++) {
      const smooth = median(this.recent.map((item) => item.values[i]!));
      this.low[i] = Math.min(this.low[i]!, smooth);
      this.high[i] = Math.max(this.high[i]!, smooth);
    }
  }

  /** Forgets everything: what follows is measured against another reference. */
  restart(): void {
    this.recent = [];
    this.low.fill(Infinity);
    this.high.fill(-Infinity);
  }

  /** How far each measure has ranged since the last restart; 0 before there was enough to tell. */
  get ranges(): readonly number[] {
    return this.low.map((low, i) => Math.max(0, this.high[i]! - low));
  }
}
