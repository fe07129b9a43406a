/** One comparison of two pictures; undetected faces score −∞ (rejected as different, whatever the threshold). */
export interface PairScore {
  readonly score: number;
  readonly genuine: boolean;
  readonly fold: number;
}

/** The threshold that tells most pairs right, midway between the neighbouring scores. */
export function bestThreshold(pairs: readonly PairScore[]): number {
  const sorted = [...pairs].sort((a, b) => b.score - a.score);
  let right = pairs.filter(({ genuine }) => !genuine).length;
  let best = { right, threshold: (sorted[0]?.score ?? 0) + 1e-6 };
  sorted.forEach((pair, index) => {
    right += pair.genuine ? 1 : -1;
    const next = sorted[index + 1]?.score ?? pair.score - 1e-6;
    if (right > best.right && next < pair.score) {
      best = { right, threshold: Number.isFinite(next) ? (pair.score + next) / 2 : pair.score - 1e-6 };
    }
  });
  return best.threshold;
}

/** Accuracy on every fold with the threshold of the other folds (LFW's protocol). */
export function foldAccuracies(pairs: readonly PairScore[]): number[] {
  const folds = [...new Set(pairs.map(({ fold }) => fold))].sort((a, b) => a - b);
  return folds.map((fold) => {
    const threshold = bestThreshold(pairs.filter((pair) => pair.fold !== fold));
    const own = pairs.filter((pair) => pair.fold === fold);
    return own.filter(({ score, genuine }) => score > threshold === genuine).length / own.length;
  });
}

/** The pairs that are told wrong under the same protocol. */
export function wrongPairs<Pair extends PairScore>(pairs: readonly Pair[]): Pair[] {
  return [...new Set(pairs.map(({ fold }) => fold))].flatMap((fold) => {
    const threshold = bestThreshold(pairs.filter((pair) => pair.fold !== fold));
    return pairs.filter((pair) => pair.fold === fold && pair.score > threshold !== pair.genuine);
  });
}

/** Share of genuine scores above the score that a share `far` of impostor scores exceeds. */
export function tarAtFar(
  genuine: Float32Array,
  impostor: Float32Array,
  far: number,
): { tar: number; threshold: number } {
  const sorted = Float32Array.from(impostor).sort();
  // The allowed number of impostors lies strictly above the threshold.
  const allowed = Math.floor(far * sorted.length);
  const threshold = sorted[sorted.length - 1 - allowed] ?? -Infinity;
  let accepted = 0;
  for (const score of genuine) if (score > threshold) accepted += 1;
  return { tar: accepted / genuine.length, threshold };
}

/** Points of the ROC curve at FAR 1e-4 … 1, eight a decade, as [far, tar]. */
export function rocCurve(genuine: Float32Array, impostor: Float32Array): [number, number][] {
  const points: [number, number][] = [];
  for (let step = -32; step <= 0; step += 1) {
    const far = 10 ** (step / 8);
    if (far * impostor.length >= 1) points.push([far, tarAtFar(genuine, impostor, far).tar]);
  }
  return points;
}
