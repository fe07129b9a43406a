import type { GuestTemplates } from '../types.js';
import { buildGuestModels, findLookAlikes, type GuestModel, type LookAlikes } from './guest-model.js';
import type { Population } from './population.js';
import { guestSide, normalisedScore, probeSide } from './cohort-score.js';
import { falseAcceptPromise } from './promise.js';
import { atOnce } from './slices.js';
import { createSpace } from './space.js';
import { defaultFalseAcceptRate, defaultMinimumFrames } from './surface.js';
import { genuineScore, perGuestRate, scoreThreshold } from './thresholds.js';
import { chord, dot, normalise, weightedMean } from './vector.js';

/** A photo nearer to somebody else than to its own guest. */
export interface HarmfulPhoto {
  readonly guestId: string;
  readonly templateId: string;
  readonly nearerTo: string;
  readonly ownDistance: number;
  readonly otherDistance: number;
}

/** What the photos of one guest were taken under, as far as the caller knows. */
export interface PhotoConditions {
  readonly profile?: boolean;
  readonly glasses?: boolean;
  readonly night?: boolean;
}

export interface GuestAdvice {
  readonly guestId: string;
  readonly name: string;
  readonly photos: number;
  /** Conditions none of the photos shows, where the caller said what they show. */
  readonly missing: readonly string[];
  /** Photos still needed until the guest is recognised in nine visits of ten at the promised rate; undefined: no number helps. */
  readonly morePhotos: number | undefined;
}

export interface Coaching {
  readonly harmful: readonly HarmfulPhoto[];
  readonly lookAlikes: readonly LookAlikes[];
  readonly guests: readonly GuestAdvice[];
  /** The advice in plain words, most urgent first. */
  readonly lines: readonly string[];
}

/** Share of a guest's good frames that should be recognised. */
const wantedShare = 0.9;
const mostPhotos = 10;

/** Says what would make the guest book better. Pure; cheap enough for every change of the book. */
export function coach(
  population: Population,
  book: readonly GuestTemplates[],
  conditions: ReadonlyMap<string, readonly PhotoConditions[]> = new Map(),
  rate: number = defaultFalseAcceptRate,
): Coaching {
  const space = createSpace(population.sections);
  const usable = book.map((guest) => ({
    ...guest,
    templates: guest.templates.filter(
      (template) =>
        atOnce(buildGuestModels([{ ...guest, templates: [template] }], space, population.encoder)).models.length > 0,
    ),
  }));
  const { models, warnings } = atOnce(buildGuestModels(book, space, population.encoder));
  const byId = new Map(models.map((model) => [model.id, model]));
  const harmful = usable.flatMap((guest) => harmfulOf(guest, byId, models));
  const lookAlikes = atOnce(findLookAlikes(models, population.lookAlike.near, population.lookAlike.same));
  const threshold = (photos: number): number =>
    scoreThreshold(population, photos, defaultMinimumFrames, perGuestRate(rate, models.length));
  const guests = models.map((model): GuestAdvice => {
    const photos = model.templates.length;
    const enough = (count: number): boolean =>
      genuineScore(population, count, 1, 1 - wantedShare) + ownLevel(population, model) > threshold(count);
    const counts = Array.from({ length: mostPhotos - Math.min(photos, mostPhotos) + 1 }, (_, more) => more);
    const morePhotos = counts.find((more) => photos + more >= 2 && enough(photos + more));
    return { guestId: model.id, name: model.name, photos, missing: missingIn(conditions.get(model.id)), morePhotos };
  });
  const promise = falseAcceptPromise(population, rate, models, lookAlikes, defaultMinimumFrames);
  const lines = [
    ...warnings,
    ...lookAlikes.map(({ first, second, indistinguishable }) =>
      indistinguishable
        ? `${first.name} and ${second.name} have the same face: merge them or remove the wrong photos`
        : `${first.name} and ${second.name} look alike: more photos of both help`,
    ),
    ...harmful.map(({ guestId, nearerTo }) => {
      const name = byId.get(guestId)?.name ?? guestId;
      return `a photo of ${name} is nearer to ${nearerTo} and should be removed`;
    }),
    ...guests.flatMap(({ name, morePhotos, missing }) => [
      ...(morePhotos === undefined
        ? [`${name}: the photos differ too much from one another; take new ones`]
        : morePhotos > 0
          ? [`${name}: ${morePhotos} more photo${morePhotos === 1 ? '' : 's'} needed`]
          : []),
      ...(missing.length > 0 ? [`${name}: no photo shows ${missing.join(', ')}`] : []),
    ]),
    promise.kept ? promise.statement : `no promise about strangers: ${promise.reason}`,
  ];
  return { harmful, lookAlikes, guests, lines };
}

function harmfulOf(
  guest: GuestTemplates,
  byId: ReadonlyMap<string, GuestModel>,
  models: readonly GuestModel[],
): HarmfulPhoto[] {
  const own = byId.get(guest.id);
  if (own === undefined || own.templates.length < 2) return [];
  return own.templates.flatMap((photo, index) => {
    const rest = meanOf(own.templates.filter((_, i) => i !== index));
    const ownDistance = chord(dot(rest, photo));
    const nearer = models
      .filter((model) => model.id !== guest.id)
      .map((model) => ({ name: model.name, distance: chord(dot(model.mean, photo)) }))
      .sort((a, b) => a.distance - b.distance)[0];
    const template = guest.templates[index];
    return nearer !== undefined && template !== undefined && nearer.distance < ownDistance
      ? [
          {
            guestId: guest.id,
            templateId: template.id,
            nearerTo: nearer.name,
            ownDistance,
            otherDistance: nearer.distance,
          },
        ]
      : [];
  });
}

/** How much better or worse than people on average a guest's photos agree, in score; 0 for a single photo. */
function ownLevel(population: Population, { templates }: GuestModel): number {
  if (templates.length < 2) return 0;
  const scores = templates
    .map((photo, index) => {
      const others = templates.filter((_, i) => i !== index);
      return normalisedScore(guestSide(population, others, meanOf(others)), probeSide(population, photo, 1));
    })
    .sort((a, b) => a - b);
  const median = scores[Math.floor(scores.length / 2)]!;
  // Half of the difference is believed: a handful of photos says little (shrinkage).
  return 0.5 * (median - genuineScore(population, templates.length - 1, 1, 0.5));
}

function meanOf(templates: readonly Float32Array[]): Float32Array {
  return normalise(
    weightedMean(
      templates,
      templates.map(() => 1),
    ),
  );
}

function missingIn(conditions: readonly PhotoConditions[] | undefined): string[] {
  if (conditions === undefined) return [];
  return [
    ...(conditions.some(({ profile }) => profile === true) ? [] : ['the face from the side']),
    ...(conditions.some(({ glasses }) => glasses !== undefined) &&
    new Set(conditions.map(({ glasses }) => glasses ?? false)).size < 2
      ? ['the face both with and without glasses']
      : []),
    ...(conditions.some(({ night }) => night === true) ? [] : ['the face as the camera sees it at night']),
  ];
}
