import type { EncoderDescription, Embedding } from '../types.js';
import { tarAtFar } from './metrics/verification.js';
import type { PopulationPerson } from './population-build.js';
import { fusionScales, type SectionSpace } from './space.js';
import { addScaled, dot, normalise } from './vector.js';

/** Scores of the same comparisons by one section. */
interface SectionScores {
  readonly genuine: Float32Array;
  readonly impostor: Float32Array;
  readonly deviation: number;
}

/** Comparisons between strangers are counted up to this many people (n²/2 of them). */
const impostorPeople = 700;
/** Weights tried for the second and later sections against the first one's 1. */
const weights = [0.3, 0.5, 0.75, 1, 1.5, 2, 3, 4];

/** Decides for every section whether centring pays, and how much it weighs, on the population itself. */
export function fitSections(
  sections: EncoderDescription['sections'],
  people: readonly PopulationPerson[],
): SectionSpace[] {
  let offset = 0;
  const fitted = sections.map(({ name, length }) => {
    const from = offset;
    offset += length;
    const slice = (embedding: Embedding): Float32Array => embedding.subarray(from, from + length);
    const centre = new Float32Array(length);
    for (const { photos } of people) addScaled(centre, slice(photos[0]!), 1 / people.length);
    const centred = scoresOf(people, (embedding) => normalise(slice(embedding).map((value, i) => value - centre[i]!)));
    const plain = scoresOf(people, (embedding) => normalise(slice(embedding)));
    const pays = goodness(centred) > goodness(plain);
    return { name, length, ...(pays && { centre }), scores: pays ? centred : plain };
  });
  const chosen = fitWeights(fitted.map(({ scores }) => scores));
  const scales = fusionScales(fitted.map(({ scores }, i) => ({ weight: chosen[i]!, deviation: scores.deviation })));
  return fitted.map(({ scores: _scores, ...section }, i) => ({ ...section, scale: scales[i]! }));
}

/** Mean true accept rate at false accept rates from 1e-1.5 to 1e-4, where names are told. */
function goodness({ genuine, impostor }: Pick<SectionScores, 'genuine' | 'impostor'>): number {
  const exponents = [1.5, 2, 2.5, 3, 3.5, 4];
  return (
    exponents.reduce((sum, exponent) => sum + tarAtFar(genuine, impostor, 10 ** -exponent).tar, 0) / exponents.length
  );
}

/** Weights that are this little worse than the best one differ from it by chance. */
const chance = 0.003;

/** One section after the other against those before it. */
function fitWeights(sections: readonly SectionScores[]): number[] {
  const chosen = [1];
  for (let section = 1; section < sections.length; section += 1) {
    const tried = weights.map((weight) => ({
      weight,
      value: goodness(fuse(sections.slice(0, section + 1), [...chosen, weight])),
    }));
    const best = Math.max(...tried.map(({ value }) => value));
    const alike = tried.filter(({ value }) => value >= best - chance);
    chosen.push(alike[Math.floor(alike.length / 2)]!.weight);
  }
  return chosen;
}

function fuse(
  sections: readonly SectionScores[],
  factors: readonly number[],
): Pick<SectionScores, 'genuine' | 'impostor'> {
  const sum = (pick: (scores: SectionScores) => Float32Array): Float32Array => {
    const result = new Float32Array(pick(sections[0]!).length);
    sections.forEach((scores, i) => addScaled(result, pick(scores), factors[i]! / scores.deviation));
    return result;
  };
  return { genuine: sum(({ genuine }) => genuine), impostor: sum(({ impostor }) => impostor) };
}

function scoresOf(people: readonly PopulationPerson[], unit: (embedding: Embedding) => Float32Array): SectionScores {
  const genuine: number[] = [];
  for (const { photos } of people) {
    const units = photos.map(unit);
    units.forEach((a, i) => units.slice(i + 1).forEach((b) => genuine.push(dot(a, b))));
  }
  const first = people.slice(0, impostorPeople).map(({ photos }) => unit(photos[0]!));
  const impostor = new Float32Array((first.length * (first.length - 1)) / 2);
  let at = 0;
  for (let i = 0; i < first.length; i += 1) {
    for (let j = 0; j < i; j += 1) {
      impostor[at] = dot(first[i]!, first[j]!);
      at += 1;
    }
  }
  let sum = 0;
  let squares = 0;
  for (const score of impostor) {
    sum += score;
    squares += score * score;
  }
  const mean = sum / impostor.length;
  const deviation = Math.sqrt(Math.max(1e-12, squares / impostor.length - mean * mean));
  return { genuine: Float32Array.from(genuine), impostor, deviation };
}
