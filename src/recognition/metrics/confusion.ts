/** Who it was and who it was called; `unknown` is a name like others. */
export interface Judgement {
  readonly actual: string;
  readonly predicted: string;
}

export const unknownName = 'unknown';

/** Counts by actual (rows) and predicted (columns) name; `unknown` comes last. */
export interface ConfusionMatrix {
  readonly names: readonly string[];
  readonly counts: readonly (readonly number[])[];
  readonly accuracy: number;
  /** Strangers given a name. */
  readonly falseAccepts: number;
  /** Guests called unknown, or by another's name. */
  readonly falseRejects: number;
  readonly misnamed: number;
}

export function confusionMatrix(judgements: readonly Judgement[]): ConfusionMatrix {
  const known = [...new Set(judgements.flatMap(({ actual, predicted }) => [actual, predicted]))]
    .filter((name) => name !== unknownName)
    .sort();
  const names = [...known, unknownName];
  const counts = names.map(() => names.map(() => 0));
  for (const { actual, predicted } of judgements) {
    const row = counts[names.indexOf(actual)]!;
    const column = names.indexOf(predicted);
    row[column] = row[column]! + 1;
  }
  const wrong = judgements.filter(({ actual, predicted }) => actual !== predicted);
  return {
    names,
    counts,
    accuracy: judgements.length === 0 ? NaN : 1 - wrong.length / judgements.length,
    falseAccepts: wrong.filter(({ actual }) => actual === unknownName).length,
    falseRejects: wrong.filter(({ actual }) => actual !== unknownName).length,
    misnamed: wrong.filter(({ actual, predicted }) => actual !== unknownName && predicted !== unknownName).length,
  };
}
