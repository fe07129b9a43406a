import { wilson, type Share } from './intervals.js';

/** One search of the guest book: the best guest's score and, for guests' probes, whether it was the right one. */
export interface SearchResult {
  /** Larger is nearer; −Infinity where no face was found. */
  readonly score: number;
  /** Undefined for a stranger's probe. */
  readonly correct?: boolean;
}

/** ISO/IEC 19795-1: detection and identification rate at a false positive identification rate. */
export interface DirAtFpir {
  readonly fpir: number;
  readonly dir: Share;
  readonly threshold: number;
}

/**
 * DIR at the threshold that a share `fpir` of all strangers' searches exceeds. The threshold is read off the measured
 * strangers themselves, for every method alike.
 */
export function dirAtFpir(
  guests: readonly SearchResult[],
  strangers: readonly SearchResult[],
  fpir: number,
): DirAtFpir {
  const scores = strangers.map(({ score }) => score).sort((a, b) => b - a);
  const threshold = scores[Math.floor(fpir * scores.length)] ?? Infinity;
  const found = guests.filter(({ score, correct }) => correct === true && score > threshold).length;
  return { fpir, dir: wilson(found, guests.length), threshold };
}

/** Rates at a threshold that was set beforehand: `accepted` is the classifier's own word. */
export interface OperatingPoint {
  readonly fpir: Share;
  readonly dir: Share;
}

export function operatingPoint(
  guests: readonly { readonly accepted: boolean; readonly correct: boolean }[],
  strangers: readonly { readonly accepted: boolean }[],
): OperatingPoint {
  return {
    fpir: wilson(strangers.filter(({ accepted }) => accepted).length, strangers.length),
    dir: wilson(guests.filter(({ accepted, correct }) => accepted && correct).length, guests.length),
  };
}
