/** A moment of a signal. */
export interface Moment {
  readonly at: number;
  readonly value: number;
}

/** The last stretch of a signal: bounded in time and in number, oldest first. */
export class SampleWindow<T extends { readonly at: number }> {
  private kept: T[] = [];

  constructor(
    private readonly span: number,
    private readonly capacity: number,
  ) {}

  get items(): readonly T[] {
    return this.kept;
  }

  push(item: T): void {
    this.kept.push(item);
    let drop = Math.max(0, this.kept.length - this.capacity);
    while (this.kept[drop]!.at < item.at - this.span) {
      drop++;
    }
    if (drop > 0) {
      this.kept = this.kept.slice(drop);
    }
  }

  clear(): void {
    this.kept = [];
  }
}

/** The value below which the given share (0 … 1) of the values lies; NaN of none. */
export function quantile(values: readonly number[], share: number): number {
  if (values.length === 0) {
    return NaN;
  }
  const sorted = [...values].sort((a, b) => a - b);
  const place = share * (sorted.length - 1);
  const below = Math.floor(place);
  const above = Math.min(below + 1, sorted.length - 1);
  return sorted[below]! + (place - below) * (sorted[above]! - sorted[below]!);
}

export const median = (values: readonly number[]): number => quantile(values, 0.5);
