import { describe, expect, it } from '@jest/globals';
import {
  attend,
  EMPTY_DOOR,
  PRESS_BELONGS_MS,
  SAME_RING_MS,
  type Announcement,
  type DoorEvent,
  type RingRules,
} from '../../src/homekit/ring-policy.js';
import type { VisitDecision } from '../../src/types.js';
import { ANNA, BEN, decided, decision, visit } from './decisions.js';

const HOLD = 30_000;
const rules = (rings: string): RingRules => ({
  guests: rings.includes('g'),
  strangers: rings.includes('s'),
  button: rings.includes('b'),
  holdMs: HOLD,
});

const started = (id = 'v'): DoorEvent => ({ type: 'started', visit: visit(id) });
const withheld = (id = 'v'): DoorEvent => ({ type: 'withheld', visit: visit(id) });
const waited = (id = 'v'): DoorEvent => ({ type: 'waited', visitId: id });
const ended = (id = 'v'): DoorEvent => ({ type: 'ended', visit: visit(id) });
const pressed: DoorEvent = { type: 'pressed', at: 0 };
const guest = decision('guest', ANNA);
const unknown = decision('unknown');
const undecided = decision('undecided');

/** Plays events, each one second after the other or at its own time; returns what is to be done after each. */
function play(rings: string, events: readonly (DoorEvent | readonly [number, DoorEvent])[]): string[][] {
  let state = EMPTY_DOOR;
  let now = 0;
  return events.map((entry) => {
    const [at, event] = Array.isArray(entry) ? (entry as readonly [number, DoorEvent]) : [now, entry as DoorEvent];
    const result = attend(state, event, rules(rings), at);
    state = result.state;
    now = at + 1000;
    return result.todo.map(inShort);
  });
}

function inShort(step: Announcement): string {
  const hold = 'holdMs' in step ? (step.holdMs === Infinity ? ' on' : ` ${step.holdMs}`) : '';
  switch (step.do) {
    case 'picture':
      return `"${step.text}"`;
    case 'sensor':
      return `${step.guestId ?? step.role}${step.role === 'verified' ? ' verified' : ''}${hold}`;
    case 'switch':
      return `switch ${step.guestId}`;
    case 'motion':
      return `motion${hold}`;
    case 'ring':
      return 'ring';
  }
}

describe('what rings when a visitor is decided upon', () => {
  // guests, strangers, button → rings for a guest, for an unknown visitor, for one that stays undecided
  it.each<[string, boolean, boolean, boolean]>([
    ['', false, false, false],
    ['g', true, false, false],
    ['s', false, true, true],
    ['gs', true, true, true],
    ['b', false, false, false],
    ['gb', true, false, false],
    ['sb', false, true, true],
    ['gsb', true, true, true],
  ])('with "%s": guest %s, unknown %s, undecided %s', (rings, forGuest, forUnknown, forUndecided) => {
    for (const [what, expected] of [
      [guest, forGuest],
      [unknown, forUnknown],
      [undecided, forUndecided],
    ] as const) {
      const [, todo] = play(rings, [started(), decided(what)]);
      expect(todo!.includes('ring')).toBe(expected);
    }
  });
});

describe('the order at an event', () => {
  it('is picture, sensors, switch, motion, ring', () => {
    expect(play('gsb', [started(), decided(guest)])).toEqual([
      [],
      ['"Anna"', 'anna on', 'someone on', 'switch anna', 'motion on', 'ring'],
    ]);
  });

  it.each<[VisitDecision, string[]]>([
    [unknown, ['"Unknown visitor"', 'unknown on', 'motion on', 'ring']],
    [undecided, ['"Visitor"', 'motion on', 'ring']],
    [
      decision('guest', ANNA, { verified: true }),
      ['"Anna"', 'anna on', 'someone on', 'anna verified on', 'switch anna', 'motion on', 'ring'],
    ],
    [
      decision('undecided', undefined, { possiblyPhotoOf: ANNA }),
      ['"Possibly a photo of Anna"', 'photo on', 'motion on', 'ring'],
    ],
    [
      decision('unknown', undefined, { possiblyPhotoOf: ANNA }),
      ['"Possibly a photo of Anna"', 'unknown on', 'photo on', 'motion on', 'ring'],
    ],
  ])('case %#', (what, expected) => {
    expect(play('gsb', [started(), decided(what)])[1]).toEqual(expected);
  });
});

describe('a visitor who is not decided upon yet', () => {
  it.each<[string, string, DoorEvent, boolean]>([
    ['any person rings', 'gs', withheld(), true],
    ['any person rings', 'gs', waited(), true],
    ['only guests ring', 'g', withheld(), false],
    ['only guests ring', 'g', waited(), false],
    ['only strangers ring', 's', withheld(), false],
    ['only strangers ring', 's', waited(), false],
    ['only the button rings', 'b', withheld(), false],
    ['only the button rings', 'b', waited(), false],
  ])('%s (%s): is shown without a name', (_words, rings, event, rung) => {
    expect(play(rings, [started(), event])[1]).toEqual(['"Visitor"', 'motion on', ...(rung ? ['ring'] : [])]);
  });

  it('is rung for once; the name follows without a second ring', () => {
    expect(play('gs', [started(), withheld(), waited(), decided(guest)])).toEqual([
      [],
      ['"Visitor"', 'motion on', 'ring'],
      [],
      ['"Anna"', 'anna on', 'someone on', 'switch anna', 'motion on'],
    ]);
  });

  it('rings with the name when only guests ring', () => {
    expect(play('g', [started(), withheld(), decided(guest)])[2]).toContain('ring');
  });

  it('is not heard of again once decided, or when nothing was ever seen of it', () => {
    expect(play('gs', [started(), decided(guest), waited(), withheld()]).slice(2)).toEqual([[], []]);
    expect(play('gs', [waited('never')])).toEqual([[]]);
  });
});

describe('one visit', () => {
  it('is decided once, whatever comes later', () => {
    expect(play('gsb', [started(), decided(guest), decided(unknown)])[2]).toEqual([]);
  });

  it('lets its sensors go some time after it ended', () => {
    expect(play('gsb', [started(), decided(guest), ended()])[2]).toEqual([
      `anna ${HOLD}`,
      `someone ${HOLD}`,
      `motion ${HOLD}`,
    ]);
    expect(play('gsb', [started(), decided(unknown), ended()])[2]).toEqual([`unknown ${HOLD}`, `motion ${HOLD}`]);
    expect(play('gsb', [started(), ended()])[1]).toEqual([]);
    expect(play('gsb', [started(), waited(), ended()])[2]).toEqual([`motion ${HOLD}`]);
  });

  it('rings once for a guest whose face was lost and found anew, and once for each of two guests', () => {
    const twice = play('gs', [started('v'), decided(guest, 'v'), started('w'), decided(guest, 'w')]);
    expect(twice[1]).toContain('ring');
    expect(twice[3]).not.toContain('ring');
    expect(twice[3]).not.toContain('switch anna');

    const both = play('gs', [started('v'), decided(guest, 'v'), started('w'), decided(decision('guest', BEN), 'w')]);
    expect(both[3]).toContain('ring');

    const again = play('gs', [started('v'), decided(guest, 'v'), ended('v'), started('w'), decided(guest, 'w')]);
    expect(again[4]).toContain('ring');
  });

  it('leaves on what another visitor still there holds', () => {
    const events = [started('a'), started('b'), decided(guest, 'a'), decided(decision('guest', BEN), 'b'), ended('a')];
    expect(play('gsb', events)[3]).toEqual([
      '"Anna and Ben"',
      'ben on',
      'someone on',
      'switch ben',
      'motion on',
      'ring',
    ]);
    expect(play('gsb', events)[4]).toEqual([`anna ${HOLD}`]);
    expect(play('gsb', [...events, ended('b')])[5]).toEqual([`ben ${HOLD}`, `someone ${HOLD}`, `motion ${HOLD}`]);
  });

  it('keeps a guest present who was lost and found again under a new visit', () => {
    expect(play('gsb', [started('a'), decided(guest, 'a'), started('b'), decided(guest, 'b'), ended('a')])[4]).toEqual(
      [],
    );
  });

  it('names guest and stranger together', () => {
    expect(play('gsb', [started('a'), started('b'), decided(guest, 'a'), decided(unknown, 'b')])[3]![0]).toBe(
      '"Anna and somebody unknown"',
    );
  });
});

describe('the button', () => {
  it('rings at once with nobody known, and the name follows without a second ring', () => {
    expect(play('gsb', [pressed, started(), decided(guest)])).toEqual([
      ['"Visitor"', `motion ${HOLD}`, 'ring'],
      [],
      ['"Anna"', 'anna on', 'someone on', 'switch anna', 'motion on'],
    ]);
    expect(play('gsb', [started(), pressed, decided(guest)]).slice(1)).toEqual([
      ['"Visitor"', 'motion on', 'ring'],
      ['"Anna"', 'anna on', 'someone on', 'switch anna', 'motion on'],
    ]);
  });

  it('carries the name that is known', () => {
    expect(play('b', [started(), decided(guest), pressed])[2]).toEqual(['"Anna"', 'motion on', 'ring']);
    expect(play('b', [started(), decided(unknown), pressed])[2]).toEqual(['"Unknown visitor"', 'motion on', 'ring']);
  });

  it('is the same ring when pressed right after one', () => {
    expect(play('gsb', [started(), decided(guest), [1000 + SAME_RING_MS - 1, pressed]])[2]).toEqual([]);
    expect(play('b', [pressed, [SAME_RING_MS - 1, pressed]])[1]).toEqual([]);
  });

  it('rings again when pressed later in the visit', () => {
    expect(play('gsb', [started(), decided(guest), [1000 + SAME_RING_MS, pressed]])[2]).toContain('ring');
  });

  it('does not excuse a visitor who comes much later', () => {
    expect(play('gsb', [pressed, [PRESS_BELONGS_MS, started()], decided(guest)])[2]).toContain('ring');
    expect(play('gsb', [pressed, [PRESS_BELONGS_MS - 1, started()], decided(guest)])[2]).not.toContain('ring');
  });

  it('does nothing when it is not to ring', () => {
    expect(play('gs', [pressed, started(), decided(guest)])[0]).toEqual([]);
    expect(play('gs', [pressed, started(), decided(guest)])[2]).toContain('ring');
  });
});
