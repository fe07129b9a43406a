import type { Embedding, GuestTemplates } from '../../types.js';
import { createClassifier } from '../classifier.js';
import { confusionMatrix, unknownName, type ConfusionMatrix } from '../metrics/confusion.js';
import type { Population } from '../population.js';

/** Faces by which an encoder is judged; none of them was tuned with. */
export interface JudgedFaces {
  /** The guests as they are enrolled. */
  readonly guests: readonly GuestTemplates[];
  /** Looks at guests that are not enrolled with; `guestId` says whose. */
  readonly heldOut: readonly { readonly guestId: string; readonly embedding: Embedding }[];
  /** One look at each of many people who are no guests. */
  readonly strangers: readonly Embedding[];
}

/** What an encoder, with its own statistics, makes of the judged faces. */
export interface EncoderJudgement {
  /** At the promised rate: guests' looks that did not get their name, strangers' looks that got one. */
  readonly falseRejects: number;
  readonly falseAccepts: number;
  /** The same at ten and fifty times the rate, where a rise shows in fewer strangers. */
  readonly falseAcceptsLoose: readonly number[];
  readonly confusion: ConfusionMatrix;
  /** Distances from the nearest guest's mean, on the classifier's scale. */
  readonly distances: { readonly guests: readonly number[]; readonly strangers: readonly number[] };
  readonly tau: number | undefined;
}

export const looseFactors = [10, 50] as const;

/** Judges single looks with the calibrated classifier. @throws ClassifierError for an impossible rate */
export async function judgeEncoder(
  population: Population,
  { guests, heldOut, strangers }: JudgedFaces,
  rate: number,
): Promise<EncoderJudgement> {
  const loose: number[] = [];
  for (const factor of looseFactors) {
    const classifier = createClassifier('calibrated', population, {
      falseAcceptRate: Math.min(0.4, factor * rate),
      minimumFrames: 1,
    });
    await classifier.fit(guests);
    loose.push(strangers.filter((embedding) => classifier.predict([look(embedding)]).guest !== undefined).length);
  }
  const classifier = createClassifier('calibrated', population, { falseAcceptRate: rate, minimumFrames: 1 });
  await classifier.fit(guests);
  const faces = [
    ...heldOut.map(({ guestId, embedding }) => ({ actual: guestId, embedding })),
    ...strangers.map((embedding) => ({ actual: unknownName, embedding })),
  ];
  const judged = faces.map(({ actual, embedding }) => {
    const { guest, best } = classifier.predict([look(embedding)]);
    return { actual, predicted: guest?.id ?? unknownName, distance: best?.distance ?? 2 };
  });
  const confusion = confusionMatrix(judged);
  const distances = (strangersOnly: boolean): number[] =>
    judged.filter(({ actual }) => (actual === unknownName) === strangersOnly).map(({ distance }) => distance);
  return {
    falseRejects: confusion.falseRejects,
    falseAccepts: confusion.falseAccepts,
    falseAcceptsLoose: loose,
    confusion,
    distances: { guests: distances(false), strangers: distances(true) },
    tau: classifier.tau,
  };
}

const look = (embedding: Embedding): { embedding: Embedding; quality: number } => ({ embedding, quality: 1 });
