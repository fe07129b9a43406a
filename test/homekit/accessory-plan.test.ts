import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { planAccessories, type GuestAccessoryOptions } from '../../src/homekit/accessory-plan.js';
import { homekitName } from '../../src/homekit/names.js';
import { ANNA, BEN } from './decisions.js';

const options: GuestAccessoryOptions = {
  sensor: 'occupancy',
  switches: false,
  verified: false,
  possiblyPhoto: false,
  cameraOffline: [],
};
const inShort = (more: Partial<GuestAccessoryOptions>) =>
  planAccessories([ANNA, BEN], { ...options, ...more }).map(({ key, name, service }) => `${key} ${service} "${name}"`);

describe('the accessories', () => {
  it('are one per guest, and two for everybody', () => {
    expect(inShort({})).toEqual([
      'unknown occupancy "Unknown visitor"',
      'someone occupancy "Someone we know"',
      'guest:anna occupancy "Anna"',
      'guest:ben occupancy "Ben"',
    ]);
  });

  it.each(['occupancy', 'motion', 'contact'] as const)('are %s sensors where that is wanted', (sensor) => {
    expect(planAccessories([ANNA], { ...options, sensor }).every(({ service }) => service === sensor)).toBe(true);
  });

  it('have switches, verified sensors, a photo sensor and one per camera by option', () => {
    expect(inShort({ switches: true, verified: true, possiblyPhoto: true, cameraOffline: ['Front Door'] })).toEqual([
      'unknown occupancy "Unknown visitor"',
      'someone occupancy "Someone we know"',
      'photo occupancy "Possibly a photo"',
      'offline:Front Door contact "Front Door camera offline"',
      'guest:anna occupancy "Anna"',
      'switch:anna switch "Anna switch"',
      'verified:anna contact "Anna verified"',
      'guest:ben occupancy "Ben"',
      'switch:ben switch "Ben switch"',
      'verified:ben contact "Ben verified"',
    ]);
  });

  it('keep their key when a guest is renamed', () => {
    const before = planAccessories([ANNA], options).map(({ key }) => key);
    expect(planAccessories([{ ...ANNA, name: 'Annabel' }], options).map(({ key }) => key)).toEqual(before);
  });
});

describe('a name in Home', () => {
  it.each([
    ['Anna', 'Anna'],
    ['Zoë Ångström', 'Zoë Ångström'],
    ['Олег', 'Олег'],
    ['山田', '山田'],
    ["O'Neil", "O'Neil"],
    ['<img onerror>', 'img onerror'],
    ['A & B', 'A B'],
    ['🙂 Anna 🙂', 'Anna'],
    ['Dr. Who?', 'Dr. Who'],
    ['A', 'Guest A'],
    ['हिन्दी', 'हिन्दी'],
    ['', 'Guest'],
    ['🙂', 'Guest'],
    ['-._', 'Guest'],
  ])('%j is %j', (name, expected) => {
    expect(homekitName(name)).toBe(expected);
  });

  it('always passes the check of HAP-NodeJS', () => {
    const check = /^[\p{L}\p{N}][\p{L}\p{N}’ '.,-]*[\p{L}\p{N}’]$/u;
    // HAP-NodeJS takes marks that combine with a letter for a fault; names that need them are kept all the same.
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme', maxLength: 90 }), (name) =>
        check.test(homekitName(name.normalize('NFD').replace(/\p{M}/gu, ''))),
      ),
    );
  });
});
