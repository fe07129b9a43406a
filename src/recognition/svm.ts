import { ClassifierError } from './errors.js';
import { inSlices, partOf, type Steps, type TrainingControl } from './slices.js';
import { kernelMatrix, scaleGamma } from './svm-kernel.js';
import { createModel, type PairMachine, type SvmModel } from './svm-model.js';
import { stack } from './vector.js';

export interface SvmParameters {
  /** Penalty of a misclassified sample, as in scikit-learn's SVC. */
  readonly C: number;
  /** Width of the RBF kernel exp(−γ‖x − y‖²); `scale` is scikit-learn's 1 / (dimensions · variance). */
  readonly gamma: number | 'scale';
}

let libsvm: ReturnType<typeof loadLibsvm> | undefined;
type Libsvm = Awaited<ReturnType<typeof loadLibsvm>>;

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
  const rows = stack(samples);
  const kernel = await inSlices(kernelMatrix(rows, samples[0]!.length, gamma), partOf(control, 0, 0.5));
  const Svm = await (libsvm ??= loadLibsvm());
  const members = classes.map((label) => labels.flatMap((value, index) => (value === label ? [index] : [])));
  const machines = await inSlices(pairMachines(Svm, kernel, members, parameters.C), partOf(control, 0.5, 1));
  return createModel(samples, classes, machines, gamma, parameters.C);
}

/** One machine is a step. */
function* pairMachines(
  Svm: Libsvm,
  kernel: Float64Array,
  members: readonly (readonly number[])[],
  C: number,
): Steps<PairMachine[]> {
  const n = Math.sqrt(kernel.length);
  const pairs = members.flatMap((_, i) => members.slice(i + 1).map((__, offset) => [i, i + 1 + offset] as const));
  const machines: PairMachine[] = [];
  for (const [first, second] of pairs) {
    const rows = [...members[first]!, ...members[second]!];
    const svm = new Svm({
      type: Svm.SVM_TYPES.C_SVC,
      kernel: Svm.KERNEL_TYPES.PRECOMPUTED,
      cost: C,
      tolerance: 1e-3,
      quiet: true,
    });
    try {
      svm.train(
        subMatrix(kernel, n, rows),
        rows.map((_, index) => (index < members[first]!.length ? 0 : 1)),
      );
      machines.push({ first, second, ...parseModel(svm.serializeModel(), rows) });
    } finally {
      svm.free();
    }
    yield machines.length / pairs.length;
  }
  return machines;
}

/** The kernel among these rows in LIBSVM's precomputed format: serial number first, then the values. */
function subMatrix(kernel: Float64Array, n: number, rows: readonly number[]): Float64Array[] {
  const width = rows.length + 1;
  // One block and views of it: a hundred thousand buffers of their own would keep the garbage collector busy.
  const block = new Float64Array(rows.length * width);
  return rows.map((row, serial) => {
    const own = block.subarray(serial * width, (serial + 1) * width);
    own[0] = serial + 1;
    for (let j = 0; j < rows.length; j += 1) own[j + 1] = kernel[row * n + rows[j]!]!;
    return own;
  });
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
