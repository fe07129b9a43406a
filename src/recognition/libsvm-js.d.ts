/** The part of libsvm-js 0.2 that is used here (the package brings no types). */
declare module 'libsvm-js' {
  interface SvmOptions {
    readonly type: string;
    readonly kernel: string;
    readonly cost?: number;
    readonly gamma?: number;
    readonly tolerance?: number;
    readonly quiet?: boolean;
  }
  interface Svm {
    train(samples: readonly ArrayLike<number>[], labels: readonly number[]): void;
    serializeModel(): string;
    /** The model lives in WebAssembly memory, which is not garbage collected. */
    free(): void;
  }
  interface SvmConstructor {
    new (options: SvmOptions): Svm;
    readonly SVM_TYPES: { readonly C_SVC: string };
    readonly KERNEL_TYPES: { readonly PRECOMPUTED: string };
  }
  const loading: Promise<SvmConstructor>;
  export default loading;
}
