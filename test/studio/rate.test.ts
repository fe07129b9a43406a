import { describe, expect, it } from '@jest/globals';
import { drawStrangers } from '../../src/studio/strangers.js';
import { readPopulation, Recogniser } from '../../src/worker/recogniser.js';

describe('another false accept rate at a doorbell', () => {
  it('moves τ for the guests that are learnt, while the rules stay the same', async () => {
    const { encoder } = await readPopulation('faceres');
    const [anna, somebody] = drawStrangers(await readPopulation('faceres'), 2, 5);
    const template = { id: 't', encoder, embedding: anna!, quality: 1 };
    const guests = [{ id: 'anna', name: 'Anna', templates: [template] }];
    const recogniser = await Recogniser.create({
      encoder: 'faceres',
      classifier: 'calibrated',
      falseAcceptRate: 0.001,
      minimumFrames: 1,
    });
    await recogniser.classifier.fit(guests);
    const rules = recogniser.rules('Front Door', 'off', 1000, () => 'visit');
    const looks = [{ embedding: somebody!, quality: 1 }];
    const before = rules.identify(looks).best!;
    await recogniser.setFalseAcceptRate(0.05, guests);
    const after = rules.identify(looks).best!;
    expect(after.guestId).toBe('anna');
    expect(after.distance).toBe(before.distance);
    expect(after.tau).toBeGreaterThan(before.tau);
    expect(rules.identify([{ embedding: anna!, quality: 1 }]).guest?.name).toBe('Anna');
  });
});
