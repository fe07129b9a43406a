import { setImmediate } from 'node:timers/promises';
import { createClassifier, type ClassifierKind } from '../recognition/classifier.js';
import { coach, type HarmfulPhoto } from '../recognition/coaching.js';
import type { LookAlikes } from '../recognition/guest-model.js';
import { unknownName, type Judgement } from '../recognition/metrics/confusion.js';
import { wilson, type Share } from '../recognition/metrics/intervals.js';
import type { Population } from '../recognition/population.js';
import type { Candidate, Embedding, GuestTemplates, Identification } from '../types.js';
import { DistanceMeter } from './distances.js';
import { drawStrangers } from './strangers.js';
import { promiseInWords } from './words.js';

/** Strangers drawn from the population's statistics. Another seed than the classifiers' own: nobody has met them. */
const STRANGERS = 500;
const STRANGER_SEED = 4711;
/** So many of their distances are shown per guest. */
const SHOWN_STRANGERS = 200;
/** The classifier learns at most so many times: with more faces than that, several are left out at once. */
const MOST_FOLDS = 40;
/** Kept faces are single looks. */
const LOOKS = 1;

export interface GuestDistances {
  readonly id: string;
  readonly name: string;
  /** Threshold of a single look, the median over the guest's own faces. */
  readonly tau: number;
  /** Distances of the guest's faces to the mean of the others. */
  readonly own: readonly number[];
  readonly strangers: readonly number[];
}

/** How well the guests' faces are told apart, from one another and from strangers. */
export interface AccuracyFigures {
  /** Guests by id; `unknownName` for strangers and for nobody. */
  readonly judgements: readonly Judgement[];
  readonly guests: readonly GuestDistances[];
  /** Guests' looks that did not get their name. */
  readonly falseNegative: Share;
  /** Strangers' looks that got a name. */
  readonly falsePositive: Share;
  readonly lookAlikes: readonly LookAlikes[];
  readonly harmful: readonly HarmfulPhoto[];
  readonly statement: string;
}

export interface AccuracyOptions {
  readonly gallery: readonly GuestTemplates[];
  readonly falseAcceptRate: number;
  readonly classifier: ClassifierKind;
  readonly population: Population;
  readonly progress?: (share: number) => void;
  readonly signal: AbortSignal;
}

/**
 * Counts on the household's own faces: every face is judged by what was learnt without it (leave-one-out; across
 * guests one face each is left out at the same time), and people who do not exist stand in for strangers.
 *
 * @throws the signal's reason when aborted
 */
export async function accuracyFigures(options: AccuracyOptions): Promise<AccuracyFigures> {
  const { gallery, falseAcceptRate, classifier: kind, population, progress, signal } = options;
  const classifier = createClassifier(kind, population, { falseAcceptRate, minimumFrames: LOOKS });
  const most = Math.max(0, ...gallery.map(({ templates }) => templates.length));
  const folds = Math.min(MOST_FOLDS, most);
  const judgements: Judgement[] = [];
  const meter = new DistanceMeter(population, gallery);
  const own = new Map<string, Candidate[]>();
  const judge = (embedding: Embedding): Identification => classifier.predict([{ embedding, quality: 1 }]);
  const measure = (embedding: Embedding): readonly Candidate[] =>
    classifier.decisionFunction([{ embedding, quality: 1 }]).flatMap(({ candidate }) => candidate ?? []);
  for (let fold = 0; fold < folds; fold++) {
    await classifier.fit(gallery.map((guest) => without(guest, fold, folds)).filter(hasFaces), undefined, { signal });
    for (const guest of gallery.filter(({ templates }) => templates.length > 1)) {
      for (const template of guest.templates.filter((_, index) => index % folds === fold)) {
        judgements.push({ actual: guest.id, predicted: judge(template.embedding).guest?.id ?? unknownName });
        const measured = measure(template.embedding).filter(({ guestId }) => guestId === guest.id);
        own.set(guest.id, [...(own.get(guest.id) ?? []), ...measured]);
      }
    }
    progress?.((fold + 1) / (folds + 1));
    await setImmediate();
    signal.throwIfAborted();
  }
  const genuine = judgements.length;
  const missed = judgements.filter(({ actual, predicted }) => actual !== predicted).length;
  await classifier.fit(gallery, undefined, { signal });
  const strangers = strangersOf(population);
  let accepted = 0;
  for (const embedding of strangers) {
    const { guest } = judge(embedding);
    accepted += guest === undefined ? 0 : 1;
    judgements.push({ actual: unknownName, predicted: guest?.id ?? unknownName });
  }
  const shown = strangers.slice(0, SHOWN_STRANGERS);
  const measured = shown.flatMap(measure);
  const guests = gallery.map(({ id, name }) => {
    const theirs = measured.filter(({ guestId }) => guestId === id);
    return {
      id,
      name,
      tau: median((own.get(id) ?? theirs).map(({ tau }) => tau)) ?? classifier.tau ?? 0,
      own: own.get(id)?.map(({ distance }) => distance) ?? meter.own(id),
      strangers: theirs.length > 0 ? theirs.map(({ distance }) => distance) : meter.to(id, shown),
    };
  });
  // The promise holds for visits, which show more than one look.
  const forVisits = createClassifier(kind, population, { falseAcceptRate });
  await forVisits.fit(gallery, undefined, { signal });
  progress?.(1);
  return {
    judgements,
    guests,
    falseNegative: wilson(missed, genuine),
    falsePositive: wilson(accepted, gallery.length === 0 ? 0 : strangers.length),
    lookAlikes: forVisits.lookAlikes,
    harmful: coach(population, gallery, undefined, falseAcceptRate).harmful,
    statement: `${promiseInWords(forVisits.promise)} ${countedOn(genuine, gallery.length)}`,
  };
}

/** Drawing them takes longer than judging them: it is done once. */
const drawn = new WeakMap<Population, readonly Embedding[]>();

function strangersOf(population: Population): readonly Embedding[] {
  const strangers = drawn.get(population) ?? drawStrangers(population, STRANGERS, STRANGER_SEED);
  drawn.set(population, strangers);
  return strangers;
}

const countedOn = (looks: number, guests: number): string =>
  guests === 0
    ? ''
    : `Counted on ${looks} single looks of ${guests === 1 ? 'one guest' : `${guests} guests`}, each judged without ` +
      `itself, and on ${STRANGERS} strangers drawn from the encoder's statistics; at the door several looks are ` +
      'pooled, which is surer.';

const without = (guest: GuestTemplates, fold: number, folds: number): GuestTemplates =>
  guest.templates.length < 2
    ? guest
    : { ...guest, templates: guest.templates.filter((_, index) => index % folds !== fold) };

const hasFaces = ({ templates }: GuestTemplates): boolean => templates.length > 0;

function median(values: readonly number[]): number | undefined {
  return [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)];
}
