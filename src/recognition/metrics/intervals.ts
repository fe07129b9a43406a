/** A share with its 95 % confidence interval. */
export interface Share {
  readonly value: number;
  readonly low: number;
  readonly high: number;
  readonly count: number;
  readonly of: number;
}

const z95 = 1.959964;

/** Wilson's score interval (1927): sound for shares near 0 and 1 and for few trials. */
export function wilson(count: number, of: number): Share {
  if (of === 0) return { value: NaN, low: 0, high: 1, count, of };
  const value = count / of;
  const square = (z95 * z95) / of;
  const centre = (value + square / 2) / (1 + square);
  const half = (z95 * Math.sqrt((value * (1 - value)) / of + square / (4 * of))) / (1 + square);
  return { value, low: Math.max(0, centre - half), high: Math.min(1, centre + half), count, of };
}

/**
 * Interval of a mean over draws (Student's t would be a little wider for fewer than 10 draws; draws that share
 * people are not independent, so it is a lower bound of the uncertainty either way).
 */
export function meanInterval(values: readonly number[]): { mean: number; low: number; high: number } {
  const n = values.length;
  const mean = values.reduce((sum, value) => sum + value, 0) / Math.max(1, n);
  const variance = values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / Math.max(1, n - 1);
  const half = z95 * Math.sqrt(variance / Math.max(1, n));
  return { mean, low: mean - half, high: mean + half };
}
