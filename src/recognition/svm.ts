import { dot } from './vector.js';
import { ClassifierError } from './errors.js';

/** How the caller watches and stops a training that takes seconds. */
export interface TrainingControl {
  readonly signal?: AbortSignal;
  /** Called with the finished share, 0 … 1. */
  readonly progress?: (share: number) => void;
}

export interface SvmParameters {
  /** Penalty of a misclassified sample, as in scikit-learn's SVC. */
  readonly C: number;
  /** Width of the RBF kernel exp(−γ‖x − y‖²); `scale` is scikit-learn's 1 / (dimensions · variance). */
  readonly gamma: number | 'scale';
}

/** One of the k(k − 1)/2 binary machines: positive decides for `first`. */
interface PairMachine {
  readonly first: number;
  readonly second: number;
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

/** Lets other work of the thread run between two slices of training. */
export const breathe = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

let libsvm: ReturnType<typeof loadLibsvm> | undefined;

/** Its loader takes Node's `fetch` for a browser's, which can read no file, and complains aloud before it reads the file. */
async function loadLibsvm() {
  const { fetch } = globalThis;
  Reflect.deleteProperty(globalThis, 'fetch');
  try {
    return await (
      await import('libsvm-js')
    ).default;
  } finally {
    globalThis.fetch = fetch;
  }
}

/**
 * Trains LIBSVM (Chang and Lin 2011) one pair of classes at a time. LIBSVM's multi-class machine is exactly these
 * pairs, so labels and decision values equal those of one big training; in slices it can report, stop, and leave
 * the event loop free. The kernel matrix is computed once, here, and handed over precomputed.
 *
 * @param samples n vectors of one length; labels n integers with at least two distinct values.
 * @throws ClassifierError for fewer than two classes; the signal's reason when aborted.
 */
export async function trainSvm(
  samples: readonly Float32Array[],
  labels: readonly number[],
  parameters: SvmParameters,
  control: TrainingControl = {},
): Promise<SvmModel> {
  const classes = [...new Set(labels)].sort((a, b) => a - b);
  if (classes.length < 2) throw new ClassifierError('an SVM needs at least two classes');
  const gamma = parameters.gamma === 'scale' ? scaleGamma(samples) : parameters.gamma;
  const kernel = await kernelMatrix(samples, gamma, control);
  const Svm = await (libsvm ??= loadLibsvm());
  const members = classes.map((label) => labels.flatMap((value, index) => (value === label ? [index] : [])));
  const pairs = classes.flatMap((_, i) => classes.slice(i + 1).map((__, offset) => [i, i + 1 + offset] as const));
  const machines: PairMachine[] = [];
  let breathed = performance.now();
  for (const [first, second] of pairs) {
    const rows = [...members[first]!, ...members[second]!];
    const svm = new Svm({
      type: Svm.SVM_TYPES.C_SVC,
      kernel: Svm.KERNEL_TYPES.PRECOMPUTED,
      cost: parameters.C,
      tolerance: 1e-3,
      quiet: true,
    });
    try {
      svm.train(
        rows.map((row, serial) => subRow(kernel, samples.length, rows, row, serial + 1)),
        rows.map((_, index) => (index < members[first]!.length ? 0 : 1)),
      );
      machines.push({ first, second, ...parseModel(svm.serializeModel(), rows) });
    } finally {
      svm.free();
    }
    if (performance.now() - breathed > 15) {
      control.progress?.(0.5 + (0.5 * machines.length) / pairs.length);
      await breathe();
      control.signal?.throwIfAborted();
      breathed = performance.now();
    }
  }
  control.progress?.(1);
  return createModel(samples, classes, machines, gamma, parameters.C);
}

/** scikit-learn's `gamma="scale"`. */
function scaleGamma(samples: readonly Float32Array[]): number {
  let sum = 0;
  let squares = 0;
  let count = 0;
  for (const sample of samples) {
    for (const value of sample) {
      sum += value;
      squares += value * value;
    }
    count += sample.length;
  }
  const variance = squares / count - (sum / count) ** 2;
  return variance > 0 ? 1 / ((samples[0]?.length ?? 1) * variance) : 1;
}

/** RBF of a squared distance from three inner products. */
function rbf(gamma: number, xx: number, yy: number, xy: number): number {
  return Math.exp(-gamma * Math.max(0, xx + yy - 2 * xy));
}

async function kernelMatrix(
  samples: readonly Float32Array[],
  gamma: number,
  control: TrainingControl,
): Promise<Float64Array> {
  const n = samples.length;
  const kernel = new Float64Array(n * n);
  const squares = samples.map((sample) => dot(sample, sample));
  let breathed = performance.now();
  for (let i = 0; i < n; i += 1) {
    for (let j = 0; j <= i; j += 1) {
      const value = rbf(gamma, squares[i]!, squares[j]!, dot(samples[i]!, samples[j]!));
      kernel[i * n + j] = value;
      kernel[j * n + i] = value;
    }
    if (performance.now() - breathed > 15) {
      control.progress?.(0.5 * ((i + 1) / n) ** 2);
      await breathe();
      control.signal?.throwIfAborted();
      breathed = performance.now();
    }
  }
  return kernel;
}

/** A row in LIBSVM's precomputed format: serial number first, then the kernel values. */
function subRow(kernel: Float64Array, n: number, rows: readonly number[], row: number, serial: number): Float64Array {
  const result = new Float64Array(rows.length + 1);
  result[0] = serial;
  for (let j = 0; j < rows.length; j += 1) result[j + 1] = kernel[row * n + rows[j]!]!;
  return result;
}

/** Reads ρ and the dual coefficients out of LIBSVM's text format. */
function parseModel(text: string, rows: readonly number[]): Pick<PairMachine, 'support' | 'coefficients' | 'rho'> {
  const [head, tail] = text.split('\nSV\n');
  const rho = Number(/^rho (\S+)$/m.exec(head ?? '')?.[1]);
  const lines = (tail ?? '').split('\n').filter((line) => line.trim() !== '');
  const vectors = lines.map((line) => /^(\S+) 0:(\d+)/.exec(line));
  const support = Int32Array.from(vectors, (match) => rows[Number(match?.[2]) - 1]!);
  const coefficients = Float64Array.from(vectors, (match) => Number(match?.[1]));
  // LIBSVM names the class of the first sample +1; a swapped pair is told by its label line.
  const swapped = /^label 1 0$/m.test(head ?? '');
  return swapped
    ? { support, coefficients: coefficients.map((value) => -value), rho: -rho }
    : { support, coefficients, rho };
}

function createModel(
  samples: readonly Float32Array[],
  classes: readonly number[],
  machines: readonly PairMachine[],
  gamma: number,
  C: number,
): SvmModel {
  const used = [...new Set(machines.flatMap((machine) => [...machine.support]))];
  const squares = new Float64Array(samples.length);
  for (const index of used) squares[index] = dot(samples[index]!, samples[index]!);
  const kernels = new Float64Array(samples.length);

  const pairwise = (sample: Float32Array): Float64Array => {
    const square = dot(sample, sample);
    for (const index of used) kernels[index] = rbf(gamma, square, squares[index]!, dot(sample, samples[index]!));
    return Float64Array.from(machines, ({ support, coefficients, rho }) => {
      let value = -rho;
      for (let i = 0; i < support.length; i += 1) value += coefficients[i]! * kernels[support[i]!]!;
      return value;
    });
  };
  const votes = (values: Float64Array): Float64Array => {
    const result = new Float64Array(classes.length);
    machines.forEach(({ first, second }, index) => {
      const winner = values[index]! > 0 ? first : second;
      result[winner] = result[winner]! + 1;
    });
    return result;
  };
  return {
    gamma,
    C,
    classes,
    pairwise,
    predict(sample) {
      const counts = votes(pairwise(sample));
      let best = 0;
      for (let i = 1; i < counts.length; i += 1) if (counts[i]! > counts[best]!) best = i;
      return classes[best]!;
    },
    decisionFunction(sample) {
      const values = pairwise(sample);
      const result = votes(values);
      const sums = new Float64Array(classes.length);
      machines.forEach(({ first, second }, index) => {
        sums[first] = sums[first]! + values[index]!;
        sums[second] = sums[second]! - values[index]!;
      });
      return result.map((count, i) => count + sums[i]! / (3 * (Math.abs(sums[i]!) + 1)));
    },
  };
}
