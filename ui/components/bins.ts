/** Counts per bin, the bins' width and where the first begins. */
export interface Bins {
  readonly from: number;
  readonly width: number;
  readonly shares: readonly (readonly number[])[];
}

/**
 * Histograms of several samples over common bins.
 *
 * @param samples one list of distances each
 * @param include values that must lie within the range too
 * @returns for every sample the share in each bin (0 … 1 of its own size)
 */
export function binned(samples: readonly (readonly number[])[], include: readonly number[], bins: number): Bins {
  const all = [...samples.flat(), ...include];
  const low = Math.min(...all);
  const high = Math.max(...all);
  const margin = Math.max(0.02, (high - low) * 0.05);
  const from = Math.max(0, low - margin);
  const width = (high + margin - from) / bins;
  const shares = samples.map((sample) => {
    const counts = new Array<number>(bins).fill(0);
    for (const value of sample) {
      const at = Math.min(bins - 1, Math.floor((value - from) / width));
      counts[at] = (counts[at] ?? 0) + 1 / sample.length;
    }
    return counts;
  });
  return { from, width, shares };
}
