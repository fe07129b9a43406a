/**
 * Weighted linear least squares of a few unknowns by normal equations and Cholesky's decomposition: small enough
 * to run for every face in every frame, and free of allocation once it exists.
 */
export class NormalEquations {
  private readonly matrix: Float64Array;
  private readonly right: Float64Array;
  private readonly factor: Float64Array;

  constructor(readonly unknowns: number) {
    this.matrix = new Float64Array(unknowns * unknowns);
    this.right = new Float64Array(unknowns);
    this.factor = new Float64Array(unknowns * unknowns);
  }

  reset(): void {
    this.matrix.fill(0);
    this.right.fill(0);
  }

  /** Adds one equation `row · solution = value`. */
  add(row: ArrayLike<number>, value: number, weight = 1): void {
    const { unknowns, matrix, right } = this;
    for (let i = 0; i < unknowns; i++) {
      const scaled = weight * row[i]!;
      if (scaled === 0) {
        continue;
      }
      right[i]! += scaled * value;
      for (let j = 0; j <= i; j++) {
        matrix[i * unknowns + j]! += scaled * row[j]!;
      }
    }
  }

  /** The least-squares solution, or undefined when the equations do not determine it. */
  solve(): Float64Array | undefined {
    const { unknowns, matrix, right, factor } = this;
    for (let i = 0; i < unknowns; i++) {
      for (let j = 0; j <= i; j++) {
        let sum = matrix[i * unknowns + j]!;
        for (let k = 0; k < j; k++) {
          sum -= factor[i * unknowns + k]! * factor[j * unknowns + k]!;
        }
        if (i !== j) {
          factor[i * unknowns + j] = sum / factor[j * unknowns + j]!;
        } else if (sum > SINGULAR * Math.max(1, matrix[i * unknowns + i]!)) {
          factor[i * unknowns + i] = Math.sqrt(sum);
        } else {
          return undefined;
        }
      }
    }
    const solution = new Float64Array(unknowns);
    for (let i = 0; i < unknowns; i++) {
      let sum = right[i]!;
      for (let k = 0; k < i; k++) {
        sum -= factor[i * unknowns + k]! * solution[k]!;
      }
      solution[i] = sum / factor[i * unknowns + i]!;
    }
    for (let i = unknowns - 1; i >= 0; i--) {
      let sum = solution[i]!;
      for (let k = i + 1; k < unknowns; k++) {
        sum -= factor[k * unknowns + i]! * solution[k]!;
      }
      solution[i] = sum / factor[i * unknowns + i]!;
    }
    return solution;
  }
}

/** A pivot smaller than this share of its column counts as zero. */
const SINGULAR = 1e-10;
