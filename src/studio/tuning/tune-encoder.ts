import { createSpace } from '../../recognition/space.js';
import { buildPopulation } from '../../recognition/population-build.js';
import { parsePopulation, serialisePopulation } from '../../recognition/population-file.js';
import type { Population } from '../../recognition/population.js';
import { seededRandom } from '../../recognition/random.js';
import { fewestFaces, splitFaces } from '../../recognition/tuning/hold-out.js';
import { judgeEncoder, type EncoderJudgement } from '../../recognition/tuning/judgement.js';
import { judgePromotion } from '../../recognition/tuning/promotion-policy.js';
import type { Embedding, EncoderDescription, EncoderId, GuestTemplates } from '../../types.js';
import type { PackagedName } from '../../vision/encoder/packaged.js';
import { TunableNetwork } from '../../vision/tuning/network.js';
import type { TuningPlan, TuningProgress, TuningResult } from '../../vision/tuning/train.js';
import type { TunedEncoder } from '../../vision/tuning/tuned-file.js';
import { TooLittleToTuneError } from './refusals.js';

/** A kept face: what the frozen part makes of it and its augmentations, and the original encoder's embedding. */
export interface KeptFace {
  readonly id: string;
  /** Values at the cut: of the picture as it is, then of its augmentations. */
  readonly looks: readonly Float32Array[];
  readonly embedding: Embedding;
}

export interface KeptGuest {
  readonly id: string;
  readonly name: string;
  readonly faces: readonly KeptFace[];
}

/** Somebody who is no guest. */
export interface KeptStranger {
  readonly faces: readonly KeptFace[];
  /** Simulated visits at the door, for thresholds. */
  readonly visits: readonly (readonly (KeptFace & { readonly quality: number })[])[];
}

export interface TuneRequest {
  /** The original encoder and its statistics: training always starts from it. */
  readonly base: EncoderDescription;
  readonly population: Population;
  /** The tuned encoder in force, to be judged against instead of the original. */
  readonly inForce?: TunedEncoder;
  readonly network: PackagedName;
  readonly guests: readonly KeptGuest[];
  /** Nobody is in two of these. */
  readonly strangers: {
    readonly training: readonly KeptStranger[];
    readonly stopping: readonly KeptStranger[];
    readonly calibrating: readonly KeptStranger[];
    readonly judging: readonly KeptStranger[];
  };
  readonly strangersDescription: string;
  readonly falseAcceptRate: number;
  readonly plan: TuningPlan;
  readonly seed: number;
  /** What the tuned network says of the packaged drawn face's activations, for the self-test of engines. */
  readonly selfTestActivations: Float32Array;
  readonly progress?: (progress: TuningProgress) => void;
  readonly signal?: AbortSignal;
}

/** What came out of tuning: kept, shown, and (with `promote`) put in force. */
export interface TuneOutcome {
  readonly promote: boolean;
  readonly reason: string;
  readonly training: Omit<TuningResult, 'weights'>;
  readonly before: EncoderJudgement;
  readonly after: EncoderJudgement;
  readonly strangers: { readonly tunedWith: number; readonly calibrated: number; readonly judged: number };
  readonly tuned: TunedEncoder;
  readonly encoder: EncoderId;
  readonly tunedPopulation: Population;
  /** What the tuned encoder makes of a face. */
  readonly embed: (faces: readonly KeptFace[]) => Embedding[];
  readonly dispose: () => void;
}

/**
 * Tunes the encoder's last layers on guests and strangers and judges the result against the encoder in force on faces
 * that it was not tuned with (one in force that was tuned earlier may know some of them, to its advantage). The tuned
 * encoder has statistics and thresholds of its own, from people who were not tuned with: the original's say nothing
 * about it.
 *
 * @throws TooLittleToTuneError, PopulationError; the signal's reason when aborted
 */
export async function tuneEncoder(request: TuneRequest): Promise<TuneOutcome> {
  const { base, population, network: name, guests, strangers, falseAcceptRate, seed, signal } = request;
  const random = seededRandom(seed);
  const shares = guests.map((guest) => ({ guest, ...splitFaces(guest.faces, random) }));
  if (!shares.some(({ judging }) => judging.length > 0)) {
    throw new TooLittleToTuneError(
      `Tuning needs a guest with at least ${fewestFaces} kept faces; enrol more photos, or by the camera.`,
    );
  }
  if (strangers.training.length === 0) {
    throw new TooLittleToTuneError('Tuning needs faces of people who are no guests, and there are none.');
  }
  const space = createSpace(population.sections);
  // Broken embeddings show here, before anything is trained.
  guests.forEach(({ faces }) => faces.forEach(({ embedding }) => space.project(embedding)));
  const network = await TunableNetwork.open(name);
  const embed = (faces: readonly KeptFace[]): Embedding[] => {
    const parts = network.embed(faces.map(({ looks }) => looks[0]!));
    return faces.map(({ embedding }, i) => withSection(base, embedding, name, parts[i]!));
  };
  const judge = (encoder: EncoderId, statistics: Population): Promise<EncoderJudgement> =>
    judgeEncoder(
      statistics,
      {
        guests: shares.map(({ guest, training: enrolled, stopping }) =>
          templatesOf(guest, [...enrolled, ...stopping], encoder, embed),
        ),
        heldOut: shares.flatMap(({ guest, judging }) =>
          embed(judging).map((embedding) => ({ guestId: guest.id, embedding })),
        ),
        strangers: embed(strangers.judging.flatMap(({ faces }) => faces.slice(0, 1))),
      },
      falseAcceptRate,
    );
  try {
    const { inForce } = request;
    network.become(inForce?.differences);
    const before = await (inForce === undefined
      ? judge(base, population)
      : judge(tunedDescription(base, name, inForce.tag), parsePopulation(inForce.population)));
    network.become();
    const person = (index: number): number => guests.length + index;
    const set = (part: 'training' | 'stopping', from: number) => ({
      guests: shares.flatMap((share, index) => share[part].map(({ looks }) => ({ person: index, looks }))),
      strangers: strangers[part].flatMap(({ faces }, index) =>
        faces.map(({ looks }) => ({ person: person(from + index), looks })),
      ),
    });
    const { weights, ...training } = await network.train({
      training: set('training', 0),
      heldOut: set('stopping', strangers.training.length),
      plan: request.plan,
      random,
      ...(request.progress && { progress: request.progress }),
      ...(signal && { signal }),
    });
    signal?.throwIfAborted();
    const { tag, differences } = network.differences(weights);
    const description = tunedDescription(base, name, tag);
    const tunedPopulation = buildPopulation({
      encoder: description,
      tunedFrom: { id: base.id, version: base.version },
      people: strangers.calibrating.map(({ faces, visits }) => ({
        photos: embed(faces),
        visits: visits.map((visit) => {
          const embeddings = embed(visit);
          return visit.map(({ quality }, i) => ({ embedding: embeddings[i]!, quality }));
        }),
      })),
      source: { description: request.strangersDescription, degradations: population.source.degradations },
      seed,
    });
    signal?.throwIfAborted();
    const after = await judge(description, tunedPopulation);
    const verdict = judgePromotion({
      before,
      after,
      strangersCalibrated: strangers.calibrating.length,
      strangersJudged: strangers.judging.length,
    });
    const [reference] = network.embed([request.selfTestActivations]);
    return {
      ...verdict,
      training,
      before,
      after,
      strangers: {
        tunedWith: strangers.training.length + strangers.stopping.length,
        calibrated: strangers.calibrating.length,
        judged: strangers.judging.length,
      },
      tuned: {
        tag,
        base: { id: base.id, version: base.version },
        network: name,
        differences,
        reference: [...reference!],
        population: serialisePopulation(tunedPopulation),
      },
      encoder: { id: description.id, version: description.version },
      tunedPopulation,
      embed,
      dispose: () => network.dispose(),
    };
  } catch (error) {
    network.dispose();
    throw error;
  }
}

/** The description that the encoder has once its layers are changed. */
function tunedDescription(base: EncoderDescription, network: PackagedName, tag: string): EncoderDescription {
  const versions = base.version.split('-');
  const changed = base.sections.map(({ name }, i) => (name === network ? `${versions[i]}+tuned.${tag}` : versions[i]));
  return { ...base, version: changed.join('-') };
}

/** An embedding with the tuned network's part put in. */
function withSection(base: EncoderDescription, embedding: Embedding, network: string, part: Float32Array): Embedding {
  let offset = 0;
  const changed = Float32Array.from(embedding);
  for (const { name, length } of base.sections) {
    if (name === network) {
      changed.set(part, offset);
    }
    offset += length;
  }
  return changed;
}

function templatesOf(
  { id, name }: KeptGuest,
  faces: readonly KeptFace[],
  encoder: EncoderId,
  embed: (faces: readonly KeptFace[]) => Embedding[],
): GuestTemplates {
  const templates = embed(faces).map((embedding, i) => ({ id: faces[i]!.id, encoder, embedding, quality: 1 }));
  return { id, name, templates };
}
