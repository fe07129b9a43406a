import { beforeAll, describe, expect, it } from '@jest/globals';
import type { Population } from '../../src/recognition/population.js';
import { gaussian, seededRandom } from '../../src/recognition/random.js';
import { accuracyFigures, type AccuracyFigures } from '../../src/studio/accuracy.js';
import { drawStrangers } from '../../src/studio/strangers.js';
import type { Embedding, GuestTemplates } from '../../src/types.js';
import { readPopulation } from '../../src/worker/recogniser.js';

const names = ['Anna', 'Ben', 'Clara', 'David'];
let population: Population;
let people: Embedding[];

beforeAll(async () => {
  population = await readPopulation('fusion');
  people = drawStrangers(population, names.length, 99);
});

/** Several looks of one drawn person, as unlike as photos of one person are. */
function looks(person: Embedding, count: number, seed: number): Embedding[] {
  const random = seededRandom(seed);
  return Array.from({ length: count }, () => person.map((value) => value + 0.012 * gaussian(random)));
}

function gallery(change: (guest: number, faces: Embedding[]) => Embedding[] = (_, faces) => faces): GuestTemplates[] {
  return names.map((name, guest) => ({
    id: `id-${name}`,
    name,
    templates: change(guest, looks(people[guest]!, 5, guest + 1)).map((embedding, index) => ({
      id: `${name} ${index}`,
      encoder: population.encoder,
      embedding,
      quality: 0.8,
    })),
  }));
}

const figuresOf = (guests: GuestTemplates[], falseAcceptRate = 0.001): Promise<AccuracyFigures> =>
  accuracyFigures({
    gallery: guests,
    falseAcceptRate,
    classifier: 'calibrated',
    population,
    signal: new AbortController().signal,
  });

describe('the household’s own figures', () => {
  it('judges every face by what was learnt without it, and strangers beside', async () => {
    const shares: number[] = [];
    const figures = await accuracyFigures({
      gallery: gallery(),
      falseAcceptRate: 0.001,
      classifier: 'calibrated',
      population,
      progress: (share) => shares.push(share),
      signal: new AbortController().signal,
    });
    const own = figures.judgements.filter(({ actual }) => actual !== 'unknown');
    expect(own).toHaveLength(20);
    expect(own.every(({ actual, predicted }) => actual === predicted)).toBe(true);
    expect(figures.falseNegative).toMatchObject({ value: 0, low: 0, of: 20 });
    // Wilson's upper bound for no error in 20.
    expect(figures.falseNegative.high).toBeCloseTo(0.161, 3);
    expect(figures.falsePositive.of).toBe(500);
    expect(figures.falsePositive.value).toBeLessThan(0.01);
    for (const guest of figures.guests) {
      expect(guest.own).toHaveLength(5);
      expect(Math.max(...guest.own)).toBeLessThan(guest.tau);
      expect(guest.strangers.filter((distance) => distance < guest.tau).length).toBeLessThan(5);
    }
    expect(figures.harmful).toEqual([]);
    expect(figures.statement).toContain('20 single looks of 4 guests');
    expect(shares.at(-1)).toBe(1);
  });

  it('names the photo that is nearer to somebody else, and counts it as an error', async () => {
    const swapped = looks(people[1]!, 1, 77)[0]!;
    const figures = await figuresOf(gallery((guest, faces) => (guest === 0 ? [...faces.slice(1), swapped] : faces)));
    expect(figures.harmful).toMatchObject([{ guestId: 'id-Anna', templateId: 'Anna 4', nearerTo: 'Ben' }]);
    expect(figures.falseNegative).toMatchObject({ count: 1, of: 20 });
  });

  it('tells of guests who cannot be told apart', async () => {
    const figures = await figuresOf(gallery((guest, faces) => (guest === 3 ? looks(people[2]!, 5, 55) : faces)));
    expect(figures.lookAlikes[0]).toMatchObject({ first: { name: 'Clara' }, second: { name: 'David' } });
    expect(figures.statement).toMatch(/^No promise is made/);
  });

  it('moves τ with the rate', async () => {
    const [strict, loose] = [await figuresOf(gallery(), 0.0001), await figuresOf(gallery(), 0.05)];
    strict.guests.forEach(({ tau }, at) => expect(tau).toBeLessThan(loose.guests[at]!.tau));
    expect(strict.falsePositive.count).toBeLessThanOrEqual(loose.falsePositive.count);
  });

  it('counts nothing where there is nothing, and judges no guest with one photo', async () => {
    const nobody = await figuresOf([]);
    expect(nobody).toMatchObject({ guests: [], falseNegative: { of: 0 }, falsePositive: { of: 0 } });
    const single = await figuresOf(gallery((_, faces) => faces.slice(0, 1)));
    expect(single.falseNegative.of).toBe(0);
    expect(single.guests.every(({ own, tau }) => own.length === 0 && tau > 0)).toBe(true);
  });

  it('stops when nobody wants it any more', async () => {
    const signal = AbortSignal.abort(new Error('the page was closed'));
    const asked = { gallery: gallery(), falseAcceptRate: 0.001, classifier: 'calibrated' as const, population, signal };
    await expect(accuracyFigures(asked)).rejects.toThrow('the page was closed');
  });
});
