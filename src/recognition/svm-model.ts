import { kernelRow, squaredLengths } from './svm-kernel.js';
import { stack } from './vector.js';

/** One of the k(k − 1)/2 binary machines: positive decides for `first`, an index into the classes, against `second`. */
export interface PairMachine {
  readonly first: number;
  readonly second: number;
  /** Indices of the support vectors among the samples, and what each counts for. */
  readonly support: Int32Array;
  readonly coefficients: Float64Array;
  readonly rho: number;
}

/** A trained C-SVC with RBF kernel. */
export interface SvmModel {
  readonly gamma: number;
  readonly C: number;
  /** Class labels, ascending. */
  readonly classes: readonly number[];
  /** The label with the most votes; ties go to the smaller label, as in LIBSVM and scikit-learn. */
  predict(sample: Float32Array): number;
  /** Votes plus the squashed sum of pairwise decision values per class: scikit-learn's `ovr` shape. */
  decisionFunction(sample: Float32Array): Float64Array;
  /** Pairwise decision values in LIBSVM's order (0,1), (0,2), … (1,2), …: scikit-learn's `ovo` shape. */
  pairwise(sample: Float32Array): Float64Array;
}

/**
 * The machines share their support vectors: a sample's kernel with each is computed once.
 * @param machines all pairs of classes, in LIBSVM's order.
 */
export function createModel(
  samples: readonly Float32Array[],
  classes: readonly number[],
  machines: readonly PairMachine[],
  gamma: number,
  C: number,
): SvmModel {
  const used = [...new Set(machines.flatMap(({ support }) => [...support]))].sort((a, b) => a - b);
  const rows = stack(used.map((index) => samples[index]!));
  const squares = squaredLengths(rows, samples[0]!.length);
  const rowOfSample = new Map(used.map((index, row) => [index, row]));
  const own = machines.map((machine) => ({ ...machine, support: machine.support.map((i) => rowOfSample.get(i)!) }));

  const valueOf = ({ support, coefficients, rho }: PairMachine, kernels: Float64Array): number => {
    let value = -rho;
    for (let i = 0; i < support.length; i += 1) value += coefficients[i]! * kernels[support[i]!]!;
    return value;
  };
  const pairwise = (sample: Float32Array): Float64Array => {
    const kernels = kernelRow(gamma, rows, squares, sample);
    return Float64Array.from(own, (machine) => valueOf(machine, kernels));
  };
  const votes = (values: Float64Array): Float64Array => {
    const result = new Float64Array(classes.length);
    own.forEach(({ first, second }, index) => {
      const winner = values[index]! > 0 ? first : second;
      result[winner] = result[winner]! + 1;
    });
    return result;
  };
  /** The class that wins against every other one, if there is one: 2k machines tell, and nobody can have more votes. */
  const undefeated = (kernels: Float64Array): number | undefined => {
    const beats = (first: number, second: number): boolean =>
      valueOf(own[pairIndex(classes.length, first, second)]!, kernels) > 0;
    let best = 0;
    for (let other = 1; other < classes.length; other += 1) if (!beats(best, other)) best = other;
    for (let other = 0; other < best; other += 1) if (beats(other, best)) return undefined;
    return best;
  };
  return {
    gamma,
    C,
    classes,
    pairwise,
    predict(sample) {
      const kernels = kernelRow(gamma, rows, squares, sample);
      const winner = undefeated(kernels);
      if (winner !== undefined) return classes[winner]!;
      const counts = votes(Float64Array.from(own, (machine) => valueOf(machine, kernels)));
      return classes[counts.indexOf(Math.max(...counts))]!;
    },
    decisionFunction(sample) {
      const values = pairwise(sample);
      const sums = new Float64Array(classes.length);
      own.forEach(({ first, second }, index) => {
        sums[first] = sums[first]! + values[index]!;
        sums[second] = sums[second]! - values[index]!;
      });
      return votes(values).map((count, i) => count + sums[i]! / (3 * (Math.abs(sums[i]!) + 1)));
    },
  };
}

/** Where the machine of two of k classes stands in LIBSVM's order. */
function pairIndex(k: number, first: number, second: number): number {
  return (first * (2 * k - first - 1)) / 2 + second - first - 1;
}
