import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { DoormanConfig } from '../config.js';
import { LivenessJudge } from '../liveness/judge.js';
import { packageRoot } from '../package-root.js';
import { createClassifier, type Classifier } from '../recognition/classifier.js';
import { parsePopulation } from '../recognition/population-file.js';
import type { Population } from '../recognition/population.js';
import { createResemblance } from '../recognition/resemblance.js';
import type { GuestTemplates, Identification, LivenessPolicy, Probe } from '../types.js';
import { currentVersion } from '../vision/encoder/packaged.js';
import { unpackTunedEncoder, type TunedEncoder } from '../vision/tuning/tuned-file.js';
import { decide } from '../visit/decision.js';
import type { VisitRules } from '../visit/visits.js';

export interface RecogniserOptions {
  readonly encoder: DoormanConfig['encoder'];
  /** The tuned encoder in force, as a file. */
  readonly tuned?: Uint8Array | undefined;
  readonly classifier: DoormanConfig['classifier'];
  readonly falseAcceptRate: number;
  readonly minimumFrames?: number;
}

/**
 * The tuned encoder, where one is in force and was tuned from the encoder that is chosen: an encoder that was chosen
 * since, or came with an update, is used as it is. @throws TunedEncoderError when the file is damaged
 */
export function usableTuned(
  encoder: DoormanConfig['encoder'],
  file: Uint8Array | undefined,
): { readonly tuned?: TunedEncoder } {
  const tuned = file && unpackTunedEncoder(file);
  return tuned !== undefined && tuned.base.id === encoder && tuned.base.version === currentVersion(encoder)
    ? { tuned }
    : {};
}

/** Reads an encoder's population statistics. @throws Error when they are not usable */
export async function readPopulation(encoder: DoormanConfig['encoder'], tunedFile?: Uint8Array): Promise<Population> {
  const { tuned } = usableTuned(encoder, tunedFile);
  if (tuned !== undefined) {
    return parsePopulation(tuned.population);
  }
  const file =
    typeof encoder === 'string' ? join(packageRoot, 'models', `${encoder}.population.json`) : encoder.population;
  return parsePopulation(JSON.parse(await readFile(file, 'utf8')));
}

/** The pure rooms put together: who a visitor is, and the rules by which a visit is decided. */
export class Recogniser {
  private inForce: Classifier;

  private constructor(
    private readonly population: Population,
    private readonly options: RecogniserOptions,
  ) {
    this.inForce = this.build(options.falseAcceptRate);
    this.samePerson = createResemblance(population);
  }

  /** Whether two sets of looks show one person; undefined when that cannot be told. */
  readonly samePerson: (a: readonly Probe[], b: readonly Probe[]) => boolean | undefined;

  /** Reads the encoder's population statistics. @throws Error with the file's name when they are not usable. */
  static async create(options: RecogniserOptions): Promise<Recogniser> {
    return new Recogniser(await readPopulation(options.encoder, options.tuned), options);
  }

  get classifier(): Classifier {
    return this.inForce;
  }

  /** Learns the guests for another rate; until that is done the former classifier answers. */
  async setFalseAcceptRate(rate: number, guests: readonly GuestTemplates[]): Promise<void> {
    const classifier = this.build(rate);
    await classifier.fit(guests);
    this.inForce = classifier;
  }

  identify(probes: readonly Probe[]): Identification {
    return this.classifier.predict(probes);
  }

  /** The rules for `Visits` at one doorbell. */
  rules(doorbell: string, policy: LivenessPolicy, gap: number, newId: () => string): VisitRules {
    return {
      doorbell,
      policy,
      gap,
      newId,
      decide,
      identify: (probes) => this.classifier.predict(probes),
      samePerson: this.samePerson,
      judge: () => new LivenessJudge(),
    };
  }

  /** What the household should know of the classifier in force. */
  get warnings(): readonly string[] {
    const { warnings } = this.classifier;
    return this.isUntuned
      ? ['No encoder is tuned yet ("doorman tune"): "svm-tau-tuned" works as "svm-tau" meanwhile.', ...warnings]
      : warnings;
  }

  /** Without a tuned encoder it is the same classifier on the encoder as it is. */
  private get isUntuned(): boolean {
    return this.options.classifier === 'svm-tau-tuned' && this.population.tunedFrom === undefined;
  }

  private build(falseAcceptRate: number): Classifier {
    const { classifier, minimumFrames } = this.options;
    return createClassifier(this.isUntuned ? 'svm-tau' : classifier, this.population, {
      falseAcceptRate,
      ...(minimumFrames !== undefined && { minimumFrames }),
    });
  }
}
