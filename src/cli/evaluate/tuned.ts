import { basename } from 'node:path';
import type { Embedding, EncoderDescription, GuestTemplates } from '../../types.js';
import type { Population } from '../../recognition/population.js';
import { defaultTuningPlan } from '../../vision/tuning/train.js';
import { tuneEncoder, type KeptFace, type KeptStranger, type TuneOutcome } from '../../studio/tuning/tune-encoder.js';
import type { Activations } from './activations.js';
import type { Chain } from './chain.js';
import type { FaceRecord } from './embedding-cache.js';
import type { ClassifierReport, LabelledFace } from './judging.js';
import { guestFrom } from './gallery.js';
import { judgeSplit } from './judging.js';
import { visitPictures, type Person } from './people.js';
import type { TunedDraws } from './tuned-draws.js';

/** The network that the running plugin tunes too. */
const NETWORK = 'dlib';
/** People whose faces set the tuned encoder's thresholds, and for how many of them visits of four frames are simulated. */
const CALIBRATION = { people: 700, everyFourth: 4, frames: 4 };

/** A photo with what the chain made of it. */
export interface FiledFace {
  readonly file: string;
  readonly record: FaceRecord;
}

export interface TunedDraw {
  readonly guests: readonly { readonly name: string; readonly train: readonly FiledFace[] }[];
  /** Training strangers, one photo each. */
  readonly strangers: readonly FiledFace[];
  readonly validation: readonly (LabelledFace & { readonly file: string })[];
}

export interface TunedReport {
  readonly promoted: boolean;
  readonly reason: string;
  readonly seconds: number;
  readonly memoryMb: number;
  readonly training: TuneOutcome['training'];
  /** All classifiers on the tuned encoder, whether or not it would be promoted. */
  readonly byClassifier: Record<string, ClassifierReport>;
}

/** Tuning inside the prototype's protocol: nothing of a draw's validation is seen, not even by the promotion. */
export class ProtocolTuning {
  private calibrating: readonly KeptStranger[] | undefined;

  constructor(
    private readonly chain: Chain,
    private readonly activations: Activations,
    private readonly draws: TunedDraws,
    private readonly population: Population,
    private readonly calibrationPeople: readonly Person[],
  ) {}

  /** Tunes and judges; a draw that was done before is not done again. */
  run(draw: TunedDraw, seed: number): Promise<TunedReport> {
    const { id, version } = this.chain.encoder;
    const names = (faces: readonly FiledFace[]): string[] => faces.map(({ file }) => basename(file));
    const split = [...draw.guests.map(({ train }) => names(train)), names(draw.strangers), names(draw.validation)];
    const facts = { id, version, seed, split, plan: defaultTuningPlan, calibration: CALIBRATION };
    return this.draws.of(facts, () => this.tune(draw, seed));
  }

  private async tune(draw: TunedDraw, seed: number): Promise<TunedReport> {
    const calibrating = (this.calibrating ??= await this.calibration());
    const started = performance.now();
    const guests = await Promise.all(
      draw.guests.map(async ({ name, train }) => ({ id: name, name, faces: await this.kept(train, [0, 1]) })),
    );
    const people = (await this.kept(draw.strangers, [0])).map((face): KeptStranger => ({ faces: [face], visits: [] }));
    // Two thirds of the training strangers are tuned with; the last third judges.
    const at = (share: number): number => Math.round(share * people.length);
    const outcome = await tuneEncoder({
      base: this.chain.encoder,
      population: this.population,
      network: NETWORK,
      guests,
      strangers: {
        training: people.slice(0, at(0.5)),
        stopping: people.slice(at(0.5), at(0.67)),
        judging: people.slice(at(0.67)),
        calibrating,
      },
      strangersDescription: this.population.source.description,
      falseAcceptRate: 0.001,
      plan: defaultTuningPlan,
      seed,
      // Only the file of a tuned encoder needs it; none is written here.
      selfTestActivations: new Float32Array(this.activations.size),
    });
    try {
      const seconds = (performance.now() - started) / 1000;
      const see = async (faces: readonly FiledFace[]): Promise<Embedding[]> =>
        outcome.embed(await this.kept(faces, [0]));
      const encoder: EncoderDescription = { ...this.chain.encoder, ...outcome.encoder };
      const enrolled: GuestTemplates[] = [];
      for (const { name, train } of draw.guests) {
        enrolled.push(guestFrom(name, await see(train), encoder));
      }
      const strangers = await see(draw.strangers);
      const validation: LabelledFace[] = [];
      for (const face of draw.validation) {
        const [embedding] = await see([face]);
        const record: FaceRecord =
          embedding === undefined || face.record.embedding === undefined ? face.record : { ...face.record, embedding };
        validation.push({ actual: face.actual, label: face.label, record });
      }
      const byClassifier = await judgeSplit(outcome.tunedPopulation, enrolled, strangers, validation, seed);
      const memoryMb = Math.round(process.memoryUsage().rss / 2 ** 20);
      const { promote: promoted, reason, training } = outcome;
      return { promoted, reason, seconds, memoryMb, training, byClassifier };
    } finally {
      outcome.dispose();
    }
  }

  /** Photos whose face was found, as the frozen part sees them. */
  private async kept(faces: readonly FiledFace[], looks: readonly number[]): Promise<KeptFace[]> {
    const kept: KeptFace[] = [];
    for (const { file, record } of faces) {
      const values: Float32Array[] = [];
      for (const look of looks) {
        const seen = record.embedding && (await this.activations.of({ file, look }));
        if (seen !== undefined) {
          values.push(seen);
        }
      }
      if (record.embedding !== undefined && values.length > 0) {
        kept.push({ id: file, embedding: record.embedding, looks: values });
      }
    }
    return kept;
  }

  private async calibration(): Promise<KeptStranger[]> {
    const people = this.calibrationPeople.slice(0, CALIBRATION.people);
    const strangers: KeptStranger[] = [];
    for (const [index, person] of people.entries()) {
      const records = await this.chain.embed(
        person.files.map((file) => ({ file })),
        'photos for thresholds',
      );
      const faces = await this.kept(
        person.files.map((file, i) => ({ file, record: records[i]! })),
        [0],
      );
      if (faces.length > 0) {
        const visits = index % CALIBRATION.everyFourth === 0 ? [await this.visit(person)] : [];
        strangers.push({ faces, visits: visits.filter((frames) => frames.length > 1) });
      }
    }
    return strangers;
  }

  private async visit(person: Person): Promise<KeptStranger['visits'][number]> {
    const [file] = visitPictures(person);
    const frames = Array.from({ length: CALIBRATION.frames }, (_, visitFrame) => ({ file: file!, visitFrame }));
    const records = await this.chain.embed(frames, 'visits for thresholds');
    const kept: (KeptFace & { quality: number })[] = [];
    for (const [i, { visitFrame }] of frames.entries()) {
      const record = records[i]!;
      const seen = record.embedding && (await this.activations.of({ file: file!, visitFrame, look: 0 }));
      if (seen !== undefined && record.embedding !== undefined) {
        kept.push({ id: `${file} ${visitFrame}`, embedding: record.embedding, looks: [seen], quality: record.quality });
      }
    }
    return kept;
  }
}

/**
 * The draws' reports with the tuned encoder's beside them: `svm-tau-tuned` and the calibrated classifier on the encoder
 * as it came out of tuning, and each as it is in force when promotion decides.
 */
export function withTuned(
  reports: readonly Record<string, ClassifierReport>[],
  tuned: readonly TunedReport[],
): Record<string, ClassifierReport>[] {
  return reports.map((report, draw) => {
    const made = tuned[draw];
    if (made === undefined) {
      return report;
    }
    const { 'svm-tau-tuned': svm, calibrated } = made.byClassifier;
    return {
      ...report,
      ...(svm && { 'svm-tau-tuned': svm, 'svm-tau-tuned (promoted or not)': made.promoted ? svm : report['svm-tau']! }),
      ...(calibrated && {
        'calibrated, tuned': calibrated,
        'calibrated, tuned (promoted or not)': made.promoted ? calibrated : report['calibrated']!,
      }),
    };
  });
}

/** One draw in one line: false accepts / false rejects before and after. */
export function tunedLine(draw: number, before: Record<string, ClassifierReport>, tuned: TunedReport): string {
  const counts = (report: ClassifierReport | undefined): string =>
    `${report?.confusion.falseAccepts ?? '–'}/${report?.confusion.falseRejects ?? '–'}`;
  const { byClassifier: after, training, seconds, memoryMb, reason } = tuned;
  return (
    `draw ${draw + 1}: svm-tau ${counts(before['svm-tau'])} → ${counts(after['svm-tau-tuned'])}, ` +
    `calibrated ${counts(before['calibrated'])} → ${counts(after['calibrated'])}; held-out loss ` +
    `${training.heldOutBefore.toFixed(3)} → ${training.heldOutAfter.toFixed(3)} (step ${training.bestStep} of ` +
    `${training.steps}), ${seconds.toFixed(0)} s, ${memoryMb} MB. ${reason}`
  );
}
