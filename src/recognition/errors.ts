/** What was wrong with an embedding that was to be enrolled or judged. */
export type EmbeddingFault = 'wrong-length' | 'not-a-number' | 'zero' | 'other-encoder';

/** An embedding that says nothing about a face. Callers drop the frame or template and go on. */
export class EmbeddingError extends Error {
  override readonly name = 'EmbeddingError';

  constructor(
    readonly fault: EmbeddingFault,
    message: string,
  ) {
    super(message);
  }
}

/** A population file that cannot be used; the message names the offending field. */
export class PopulationError extends Error {
  override readonly name = 'PopulationError';
}

/** A classifier was asked for something before `fit` or with impossible options. */
export class ClassifierError extends Error {
  override readonly name = 'ClassifierError';
}
