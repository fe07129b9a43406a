import { setPriority } from 'node:os';
import type { CropFile } from '../../enrolment/crop-file.js';
import { createSpace } from '../../recognition/space.js';
import type { Population } from '../../recognition/population.js';
import { seededRandom } from '../../recognition/random.js';
import { fewestFaces, splitStrangers } from '../../recognition/tuning/hold-out.js';
import { fewestStrangers } from '../../recognition/tuning/promotion-policy.js';
import { chord, dot } from '../../recognition/vector.js';
import type { Embedding, EncoderId } from '../../types.js';
import { KeptFaces, type KeptFacesOptions } from '../../vision/tuning/kept-faces.js';
import { defaultTuningPlan } from '../../vision/tuning/train.js';
import { packTunedEncoder, type TunedEncoder } from '../../vision/tuning/tuned-file.js';
import type { Vision } from '../../vision/vision.js';
import { keptFace, peopleOf, strangerFrom, type Seeing } from './gather.js';
import { tuningReport, type TuningReport } from './report.js';
import { refuseWrongNames, TooLittleToTuneError } from './refusals.js';
import { tuneEncoder, type KeptGuest, type KeptStranger } from './tune-encoder.js';

/** The network that is tuned: dlib's last block takes milliseconds a step, faceres's last layer a second and more. */
const NETWORK = 'dlib';

/** What tuning starts from. */
export interface TuningAsked {
  readonly guests: readonly {
    readonly id: string;
    readonly name: string;
    readonly faces: readonly { readonly id: string; readonly crop: CropFile }[];
  }[];
  /** Unknown visitors' kept faces, one list a person. */
  readonly inbox: readonly (readonly CropFile[])[];
  /** A folder with one folder of photos for each of many people who are no guests. */
  readonly strangersFolder?: string;
  readonly falseAcceptRate: number;
  /** Seconds for training itself. */
  readonly timeLimit?: number;
  readonly seed?: number;
}

export interface TuningAnswer {
  readonly report: TuningReport;
  /** The tuned encoder and every face as it sees it, when it is to be promoted. */
  readonly promotion?: {
    readonly file: Uint8Array;
    readonly encoder: EncoderId;
    readonly former: EncoderId;
    readonly embeddings: readonly { guestId: string; templateId: string; embedding: Embedding }[];
  };
}

export interface TuningStep {
  readonly step: string;
  readonly done: number;
  readonly total: number;
}

interface TuningTools {
  /** The original encoder and its statistics, also while a tuned one is in force. */
  readonly vision: Vision;
  readonly population: Population;
  readonly inForce?: TunedEncoder | undefined;
  readonly keptFaces: KeptFacesOptions;
  readonly progress: (step: TuningStep) => void;
  readonly signal: AbortSignal;
}

/**
 * From kept faces to a tuned encoder and the word whether it is better. Nothing is put in force here.
 *
 * @throws TooLittleToTuneError, WrongNamesError with what is missing or wrong; the signal's reason when aborted
 */
export async function runTuning(asked: TuningAsked, tools: TuningTools): Promise<TuningAnswer> {
  const { vision, population, inForce, progress, signal } = tools;
  const started = performance.now();
  const seed = asked.seed ?? 1;
  const folder = await strangersFor(asked);
  const kept = await KeptFaces.open(NETWORK, tools.keptFaces);
  try {
    const seeing: Seeing = { vision, kept, random: seededRandom(seed), signal };
    const total = asked.guests.reduce((sum, { faces }) => sum + faces.length, 0) + asked.inbox.length + folder.length;
    let done = 0;
    const seen = (): void => {
      signal.throwIfAborted();
      progress({ step: 'looking at the kept faces', done: ++done, total });
    };
    const guests: KeptGuest[] = [];
    for (const { id, name, faces } of asked.guests) {
      const own: KeptGuest['faces'][number][] = [];
      for (const { id: template, crop } of faces) {
        own.push(await keptFace(seeing, template, crop));
        seen();
      }
      guests.push({ id, name, faces: own });
    }
    refuseWrongNames(guests, population);
    // By a chance of its own: the same folder is split the same way again, whatever the guests' faces are.
    const people = splitStrangers(folder, seededRandom(seed));
    const visitors: KeptStranger[] = [];
    for (const crops of asked.inbox) {
      const faces = await Promise.all(crops.map((crop, i) => keptFace(seeing, `inbox ${i}`, crop, 1)));
      visitors.push({ faces, visits: [] });
      seen();
    }
    // A visitor who may be a guest in disguise must not be pushed away from them.
    const unlike = splitStrangers(
      visitors.filter((visitor) => isStranger(population, guests, visitor)),
      seeing.random,
    );
    const from = async (files: readonly (readonly string[])[], visit: boolean): Promise<KeptStranger[]> => {
      const strangers: KeptStranger[] = [];
      for (const person of files) {
        strangers.push(await strangerFrom(seeing, person, visit));
        seen();
      }
      return strangers.filter(({ faces }) => faces.length > 0);
    };
    const strangers = {
      training: [...unlike.training, ...(await from(people.training, false))],
      stopping: [...unlike.stopping, ...(await from(people.stopping, false))],
      calibrating: [...unlike.calibrating, ...(await from(people.calibrating, true))],
      judging: [...unlike.judging, ...(await from(people.judging, false))],
    };
    const outcome = await tuneEncoder({
      base: vision.encoder,
      population,
      ...(inForce && { inForce }),
      network: NETWORK,
      guests,
      strangers,
      strangersDescription: 'people who are no guests of this household',
      falseAcceptRate: asked.falseAcceptRate,
      plan: { ...defaultTuningPlan, ...(asked.timeLimit !== undefined && { timeLimit: asked.timeLimit }) },
      seed,
      selfTestActivations: await kept.selfTest(),
      progress: ({ step, steps, secondsLeft }) =>
        progress({ step: `training, at most ${Math.ceil(secondsLeft)} s left`, done: step, total: steps }),
      signal,
    });
    try {
      const report = tuningReport(outcome, guests, (performance.now() - started) / 1000, asked.falseAcceptRate);
      if (!outcome.promote) {
        return { report };
      }
      const embeddings = guests.flatMap(({ id, faces }) => {
        const fresh = outcome.embed(faces);
        return faces.map((face, i) => ({ guestId: id, templateId: face.id, embedding: fresh[i]! }));
      });
      const { id, version } = vision.encoder;
      const file = packTunedEncoder(outcome.tuned);
      return { report, promotion: { file, encoder: outcome.encoder, former: { id, version }, embeddings } };
    } finally {
      outcome.dispose();
    }
  } finally {
    await kept.dispose();
  }
}

/**
 * The strangers' photos, one list a person.
 * @throws TooLittleToTuneError before anything is computed, when something would be missing at the end
 */
export async function strangersFor(asked: TuningAsked): Promise<string[][]> {
  const folder = asked.strangersFolder === undefined ? [] : await peopleOf(asked.strangersFolder).catch(refuseFolder);
  refuseTooLittle(asked, folder.length + asked.inbox.length);
  return folder;
}

function refuseTooLittle({ guests }: TuningAsked, strangers: number): void {
  if (guests.length === 0) {
    throw new TooLittleToTuneError('There are no guests with kept faces to tune with; enrol somebody first.');
  }
  if (guests.every(({ faces }) => faces.length < fewestFaces)) {
    throw new TooLittleToTuneError(
      `Tuning needs a guest with at least ${fewestFaces} kept faces; enrol more photos, or by the camera.`,
    );
  }
  // Half of them set thresholds (see hold-out.ts).
  const wanted = 2 * fewestStrangers;
  if (strangers < wanted) {
    throw new TooLittleToTuneError(
      `The encoder stays as it is: without faces of at least ${wanted} people who are no guests nobody can say whether ` +
        `a tuned one would name strangers; there are ${strangers}. Give a folder with one folder of photos a person ` +
        '("doorman tune --strangers DIR").',
    );
  }
}

/** Nearer to a guest than two people's means ever are: perhaps a guest who was not recognised. */
function isStranger(population: Population, guests: readonly KeptGuest[], { faces }: KeptStranger): boolean {
  const space = createSpace(population.sections);
  const units = faces.map(({ embedding }) => space.project(embedding));
  const known = guests.flatMap((guest) => guest.faces.map(({ embedding }) => space.project(embedding)));
  return units.every((unit) => known.every((other) => chord(dot(unit, other)) > population.lookAlike.near));
}

function refuseFolder(error: unknown): never {
  const reason = error instanceof Error ? error.message : String(error);
  throw new TooLittleToTuneError(`The folder of strangers cannot be read (${reason}).`);
}

/** Tuning shall not be felt: a process of its own may have its own priority. */
export function stepAside(): void {
  try {
    setPriority(0, 15);
  } catch {
    // Where it is not allowed it runs as it is.
  }
}
