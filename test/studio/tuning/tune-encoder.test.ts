import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it, jest } from '@jest/globals';
import { parsePopulation } from '../../../src/recognition/population-file.js';
import { gaussian, seededRandom } from '../../../src/recognition/random.js';
import { refuseWrongNames, TooLittleToTuneError, WrongNamesError } from '../../../src/studio/tuning/refusals.js';
import {
  tuneEncoder,
  type KeptFace,
  type KeptGuest,
  type KeptStranger,
  type TuneOutcome,
  type TuneRequest,
} from '../../../src/studio/tuning/tune-encoder.js';
import { KeptFaces } from '../../../src/vision/tuning/kept-faces.js';
import { TunableNetwork } from '../../../src/vision/tuning/network.js';
import { defaultTuningPlan } from '../../../src/vision/tuning/train.js';
import { testCacheFolder } from '../../vision/support/frames.js';

const population = parsePopulation(JSON.parse(readFileSync(join('models', 'dlib.population.json'), 'utf8')));
const logger = { debug: () => undefined, info: () => undefined, warn: () => undefined, error: () => undefined };
const base = { id: 'dlib', version: '1', license: 'CC0-1.0', sections: [{ name: 'dlib', length: 128 }] };

/** People who do not exist: the drawn face's values at the cut, changed for each person and a little for each look. */
async function crowd(): Promise<(person: number, look: number) => Promise<KeptFace>> {
  const kept = await KeptFaces.open('dlib', { cacheFolder: testCacheFolder, logger, threads: 1 });
  const drawn = await kept.selfTest();
  await kept.dispose();
  const network = await TunableNetwork.open('dlib');
  return (person, look) => {
    const [own, noise] = [seededRandom(person + 1), seededRandom(1000 * person + look + 7)];
    const values = drawn.map((value) =>
      Math.max(0, value * (1 + 0.9 * gaussian(own)) + 0.25 * value * gaussian(noise)),
    );
    const [embedding] = network.embed([values]);
    return Promise.resolve({ id: `${person}/${look}`, looks: [values], embedding: embedding! });
  };
}

// Seconds on an idle machine.
jest.setTimeout(240_000);

describe('tuning an encoder', () => {
  let request: TuneRequest;
  let faceOf: (person: number, look: number) => Promise<KeptFace>;
  let outcome: TuneOutcome;

  beforeAll(async () => {
    faceOf = await crowd();
    const faces = (person: number, count: number): Promise<KeptFace[]> =>
      Promise.all(Array.from({ length: count }, (_, look) => faceOf(person, look)));
    const people = async (from: number, count: number, photos: number): Promise<KeptStranger[]> =>
      Promise.all(
        Array.from({ length: count }, async (_, i) => ({ faces: await faces(from + i, photos), visits: [] })),
      );
    const [drawn] = await faces(0, 1);
    request = {
      base,
      population,
      network: 'dlib',
      guests: [
        { id: 'a', name: 'Anna', faces: await faces(0, 6) },
        { id: 'b', name: 'Ben', faces: await faces(1, 6) },
      ],
      strangers: {
        training: await people(100, 8, 1),
        stopping: await people(200, 4, 1),
        calibrating: await people(300, 24, 2),
        judging: await people(500, 10, 1),
      },
      strangersDescription: 'nobody',
      falseAcceptRate: 0.01,
      plan: { ...defaultTuningPlan, steps: 4, lookEvery: 2, batch: { guestRows: 8, people: 2, strangerRows: 8 } },
      seed: 1,
      selfTestActivations: drawn!.looks[0]!,
    };
  });

  it('judges before and after on faces that it did not train on, each with its own statistics', async () => {
    outcome = await tuneEncoder(request);
    expect(outcome.encoder.version).toBe(`1+tuned.${outcome.tuned.tag}`);
    expect(outcome.tunedPopulation).toMatchObject({
      encoder: outcome.encoder,
      tunedFrom: { id: 'dlib', version: '1' },
    });
    expect(outcome.training.heldOutAfter).toBeLessThanOrEqual(outcome.training.heldOutBefore);
    for (const { distances } of [outcome.before, outcome.after]) {
      expect([distances.guests.length, distances.strangers.length]).toEqual([2, 10]);
    }
    // Two dozen people cannot bear a promise, whatever else was found.
    expect(outcome.promote).toBe(false);
    expect(outcome.reason).toContain('at least 300 people');
    outcome.dispose();
  });

  it('starts from the original again when a tuned one is in force, and is judged against that one', async () => {
    const again = await tuneEncoder({ ...request, inForce: outcome.tuned, seed: 1 });
    again.dispose();
    // The same faces, the same chance: before is what came out the first time, and so does after.
    for (const [part, values] of Object.entries(outcome.after.distances)) {
      const same = again.before.distances[part as 'guests' | 'strangers'];
      expect(Math.max(...values.map((value, i) => Math.abs(value - same[i]!)))).toBeLessThan(1e-4);
    }
    expect(again.before.tau).toBeCloseTo(outcome.after.tau!, 4);
    expect(again.after.tau).toBeCloseTo(outcome.after.tau!, 4);
    expect(again.before.tau).not.toBeCloseTo(outcome.before.tau!, 2);
    expect(again.tuned.base).toEqual(outcome.tuned.base);
  });

  it('learns nothing from photos under wrong names', () => {
    const [anna, ben] = request.guests.map(({ faces, ...guest }): KeptGuest => ({ ...guest, faces: [...faces] })) as [
      KeptGuest,
      KeptGuest,
    ];
    expect(() => refuseWrongNames([anna, ben], population)).not.toThrow();
    // Every third of Anna's under Ben's name.
    const swapped = [
      { ...anna, faces: anna.faces.slice(2) },
      { ...ben, faces: [...ben.faces, ...anna.faces.slice(0, 2)] },
    ];
    expect(() => refuseWrongNames(swapped, population)).toThrow(WrongNamesError);
    expect(() => refuseWrongNames(swapped, population)).toThrow(
      "A photo of Ben is nearer to Anna than to Ben's others",
    );
  });

  it('says what is missing before anything is trained', async () => {
    const few = request.guests.map((guest) => ({ ...guest, faces: guest.faces.slice(0, 4) }));
    await expect(tuneEncoder({ ...request, guests: few })).rejects.toThrow(TooLittleToTuneError);
    const alone = { ...request, strangers: { ...request.strangers, training: [] } };
    await expect(tuneEncoder(alone)).rejects.toThrow('people who are no guests');
    const broken = { ...request.guests[0]!.faces[0]!, embedding: new Float32Array(128).fill(NaN) };
    const damaged = [{ ...request.guests[0]!, faces: [broken, ...request.guests[0]!.faces] }];
    await expect(tuneEncoder({ ...request, guests: damaged })).rejects.toThrow('not finite');
  });

  it('ends when it is cancelled', async () => {
    const controller = new AbortController();
    const cancelled = tuneEncoder({
      ...request,
      signal: controller.signal,
      progress: () => controller.abort(new Error('enough')),
    });
    await expect(cancelled).rejects.toThrow('enough');
  });
});
