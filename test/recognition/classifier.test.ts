import { describe, expect, it } from '@jest/globals';
import { classifierKinds, createClassifier } from '../../src/recognition/classifier.js';
import { ClassifierError } from '../../src/recognition/errors.js';
import { people, syntheticPopulation } from './synthetic-people.js';

const population = syntheticPopulation();
const [anna, ben, carla, stranger, ...others] = people(300, 5) as [
  ReturnType<typeof people>[number],
  ReturnType<typeof people>[number],
  ReturnType<typeof people>[number],
  ReturnType<typeof people>[number],
  ...ReturnType<typeof people>,
];
const kinds = classifierKinds.filter((kind) => kind !== 'svm-tau-tuned');

describe('svm-tau', () => {
  it.each([
    [1, /with one guest names strangers/],
    [2, /with two guests names strangers/],
  ])('warns that it names strangers when there is %i guest', async (count, warning) => {
    const guests = [anna, ben, carla].slice(0, count).map((person) => person.guest(5));
    const classifier = await createClassifier('svm-tau', population).fit(guests);
    expect(classifier.warnings).toEqual([expect.stringMatching(warning)]);
    await classifier.fit([anna.guest(5), ben.guest(5), carla.guest(5)]);
    expect(classifier.warnings).toEqual([]);
  });
});

describe.each(kinds)('%s', (kind) => {
  it('names guests and calls a stranger unknown', async () => {
    const classifier = await createClassifier(kind, population).fit([anna.guest(5), ben.guest(5), carla.guest(5)]);
    expect(classifier.predict(anna.probes(5)).guest?.name).toBe(anna.name);
    expect(classifier.predict(ben.probes(5)).guest?.name).toBe(ben.name);
    expect(classifier.predict(stranger.probes(5)).guest).toBeUndefined();
  });

  it('works with one guest, and with one photo', async () => {
    const classifier = await createClassifier(kind, population).fit([anna.guest(1)]);
    expect(classifier.predict(anna.probes(8, 0.5)).guest?.name).toBe(anna.name);
    expect(classifier.predict(stranger.probes(8)).guest).toBeUndefined();
  });

  it('knows nobody when there are no guests', async () => {
    const classifier = await createClassifier(kind, population).fit([]);
    const { guest, best } = classifier.predict(anna.probes(5));
    expect([guest, best]).toEqual([undefined, undefined]);
    expect(classifier.decisionFunction(anna.probes(5))).toEqual([]);
  });

  it('names nobody on a lone good-looking frame', async () => {
    const classifier = await createClassifier(kind, population).fit([anna.guest(5), ben.guest(5)]);
    expect(classifier.predict(anna.probes(1, 0)).guest).toBeUndefined();
  });

  it('names neither of two guests with the same photos, and says so', async () => {
    const guest = anna.guest(4);
    const classifier = await createClassifier(kind, population).fit([
      guest,
      { ...guest, id: 'twin', name: 'Twin' },
      ben.guest(4),
    ]);
    const { guest: found, reasons } = classifier.predict(anna.probes(6));
    expect(found).toBeUndefined();
    expect(reasons.join(' ')).toContain('Twin');
    expect(classifier.lookAlikes[0]).toMatchObject({ indistinguishable: true });
    expect(classifier.predict(ben.probes(6)).guest?.name).toBe(ben.name);
  });

  it('stops naming a forgotten guest at once, and goes on naming the others', async () => {
    const classifier = await createClassifier(kind, population).fit([anna.guest(5), ben.guest(5), carla.guest(5)]);
    classifier.forget(anna.name.toLowerCase());
    expect(classifier.predict(anna.probes(5)).guest).toBeUndefined();
    expect(classifier.predict(carla.probes(5)).guest?.name).toBe(carla.name);
  });

  it('leaves out embeddings of a wrong length, NaN and zeros, and mentions them', async () => {
    const broken = anna.guest(3);
    const classifier = await createClassifier(kind, population).fit([
      {
        ...broken,
        templates: [
          ...broken.templates,
          { ...broken.templates[0]!, embedding: new Float32Array(64) },
          { ...broken.templates[0]!, embedding: new Float32Array(64).fill(NaN) },
          { ...broken.templates[0]!, embedding: new Float32Array(3) },
          { ...broken.templates[0]!, encoder: { id: 'other', version: '1' } },
        ],
      },
      ben.guest(3),
    ]);
    expect(classifier.warnings.filter((warning) => warning.startsWith('a photo of'))).toHaveLength(4);
    const bad = [new Float32Array(64), new Float32Array(64).fill(NaN), new Float32Array(3)].map((embedding) => ({
      embedding,
      quality: 1,
    }));
    const mixed = classifier.predict([...bad, ...anna.probes(5)]);
    expect(mixed.guest?.name).toBe(anna.name);
    expect(mixed.frames).toBe(5);
    expect(classifier.predict(bad)).toMatchObject({ frames: 0, confidence: 0 });
  });

  it('stops when aborted and keeps what it knew', async () => {
    const classifier = await createClassifier(kind, population).fit([anna.guest(5), ben.guest(5)]);
    await expect(
      classifier.fit([carla.guest(5), ben.guest(5)], [], { signal: AbortSignal.abort(new Error('enough')) }),
    ).rejects.toThrow('enough');
    expect(classifier.predict(anna.probes(5)).guest?.name).toBe(anna.name);
  });
});

describe('calibrated', () => {
  it('keeps its promise about strangers without having seen any, with the reserve of four and no more than ten', async () => {
    const guests = others.slice(0, 10).map((person) => person.guest(3));
    const rate = 0.02;
    const classifier = await createClassifier('calibrated', population, { falseAcceptRate: rate }).fit(guests);
    expect(classifier.promise.kept).toBe(true);
    const visits = people(3000, 99).map((person) => classifier.predict(person.probes(5)));
    const accepted = visits.filter(({ guest }) => guest !== undefined).length / visits.length;
    expect(accepted).toBeLessThan(rate);
    expect(accepted).toBeGreaterThan(rate / 10);
  });

  it('accepts exactly when the distance lies under tau', async () => {
    const classifier = await createClassifier('calibrated', population).fit([anna.guest(4), ben.guest(4)]);
    for (const person of [anna, ben, stranger, ...others.slice(0, 50)]) {
      const { guest, best } = classifier.predict(person.probes(5, 1.2));
      if (guest !== undefined) expect(best!.distance).toBeLessThan(best!.tau);
      else expect(best!.distance).toBeGreaterThanOrEqual(best!.tau);
    }
  });

  it('asks for more the more guests there are', async () => {
    const few = await createClassifier('calibrated', population).fit([anna.guest(4)]);
    const many = await createClassifier('calibrated', population).fit(
      [anna, ...others.slice(0, 99)].map((p) => p.guest(4)),
    );
    expect(many.tau!).toBeLessThan(few.tau!);
  });

  it('refuses a promise that its statistics cannot carry', async () => {
    const classifier = await createClassifier('calibrated', population, { falseAcceptRate: 1e-7 }).fit([
      anna.guest(4),
      ben.guest(4),
    ]);
    expect(classifier.promise).toMatchObject({ kept: false });
  });

  it('refuses impossible rates', () => {
    expect(() => createClassifier('calibrated', population, { falseAcceptRate: 0 })).toThrow(ClassifierError);
  });
});

describe('svm-tau', () => {
  it('sets tau to the smallest distance of any training stranger', async () => {
    const strangers = others.slice(0, 60).map((person) => person.look());
    const one = await createClassifier('svm-tau', population).fit([anna.guest(5), ben.guest(5)], strangers);
    const per = await createClassifier('svm-tau', population, { tauPerGuest: true }).fit(
      [anna.guest(5), ben.guest(5)],
      strangers,
    );
    const probes = strangers.map((embedding) => ({ embedding, quality: 1 }));
    const single = await createClassifier('svm-tau', population, { minimumFrames: 1 }).fit(
      [anna.guest(5), ben.guest(5)],
      strangers,
    );
    expect(probes.every((probe) => single.predict([probe]).guest === undefined)).toBe(true);
    expect(one.tau!).toBeGreaterThan(0);
    expect(per.predict(anna.probes(3)).best!.tau).toBeGreaterThanOrEqual(per.tau!);
  });

  it('says that no tuned encoder is present', () => {
    expect(() => createClassifier('svm-tau-tuned', population)).toThrow(/none is present/);
  });
});
