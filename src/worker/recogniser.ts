import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { DoormanConfig } from '../config.js';
import { LivenessJudge } from '../liveness/judge.js';
import { packageRoot } from '../package-root.js';
import { createClassifier, type Classifier } from '../recognition/classifier.js';
import { parsePopulation } from '../recognition/population-file.js';
import { createResemblance } from '../recognition/resemblance.js';
import type { Identification, LivenessPolicy, Probe } from '../types.js';
import { decide } from '../visit/decision.js';
import type { VisitRules } from '../visit/visits.js';

export interface RecogniserOptions {
  readonly encoder: DoormanConfig['encoder'];
  readonly classifier: DoormanConfig['classifier'];
  readonly falseAcceptRate: number;
  readonly minimumFrames?: number;
}

/** The pure rooms put together: who a visitor is, and the rules by which a visit is decided. */
export class Recogniser {
  private constructor(
    readonly classifier: Classifier,
    private readonly resemble: (a: readonly Probe[], b: readonly Probe[]) => boolean | undefined,
  ) {}

  /** Reads the encoder's population statistics. @throws Error with the file's name when they are not usable. */
  static async create(options: RecogniserOptions): Promise<Recogniser> {
    const file =
      typeof options.encoder === 'string'
        ? join(packageRoot, 'models', `${options.encoder}.population.json`)
        : options.encoder.population;
    const population = parsePopulation(JSON.parse(await readFile(file, 'utf8')));
    const classifier = createClassifier(options.classifier, population, {
      falseAcceptRate: options.falseAcceptRate,
      ...(options.minimumFrames !== undefined && { minimumFrames: options.minimumFrames }),
    });
    return new Recogniser(classifier, createResemblance(population));
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
      samePerson: this.resemble,
      judge: () => new LivenessJudge(),
    };
  }
}
