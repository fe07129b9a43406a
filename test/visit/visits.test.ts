import { describe, expect, it } from '@jest/globals';
import type {
  Box,
  FaceObservation,
  Identification,
  LivenessVerdict,
  Probe,
  VisitDecision,
  VisitEvent,
} from '../../src/types.js';
import { Visits, type VisitRules } from '../../src/visit/visits.js';

const live: LivenessVerdict = {
  state: 'live',
  score: 1,
  blinks: 1,
  reasons: [],
  signs: { blink: true, parallax: false, expression: false },
};

function face(timestamp: number, box: Partial<Box> = {}, usable = true): FaceObservation {
  return {
    timestamp,
    box: { x: 100, y: 100, width: 80, height: 100, ...box },
    confidence: 0.9,
    meshConfidence: 0.9,
    mesh: new Float32Array(468 * 3),
    pose: { yaw: 0, pitch: 0, roll: 0 },
    eyes: { left: 0.3, right: 0.3 },
    quality: {
      score: 0.8,
      faults: usable ? [] : ['too-small'],
      size: 80,
      sharpness: 1,
      brightness: 120,
      contrast: 40,
    },
  };
}

/** In these tests an embedding is one number: the person's. */
const who = (probes: readonly Probe[]): number | undefined => probes[0]?.embedding[0];

function identify(probes: readonly Probe[]): Identification {
  const person = probes.length >= 3 ? who(probes) : undefined;
  const guest = person === 1 ? { id: 'anna', name: 'Anna' } : undefined;
  return { ...(guest && { guest }), confidence: 0.9, frames: probes.length, reasons: [] };
}

function decide({
  identification,
  liveness,
  elapsed,
  settled,
}: Parameters<VisitRules['decide']>[0]): VisitDecision | undefined {
  const base = { identification, liveness, verified: false, reasons: [] };
  if (identification.guest !== undefined && liveness.state === 'live') {
    return { ...base, outcome: 'guest', guest: identification.guest };
  }
  if (identification.guest === undefined && identification.frames >= 3 && elapsed > 1000) {
    return { ...base, outcome: 'unknown' };
  }
  return settled ? { ...base, outcome: 'undecided' } : undefined;
}

function rules(verdict: LivenessVerdict): VisitRules {
  let id = 0;
  return {
    doorbell: 'Front Door',
    policy: 'require',
    gap: 10_000,
    identify,
    decide,
    samePerson: (a, b) => (a.length === 0 || b.length === 0 ? undefined : who(a) === who(b.slice(-1))),
    judge: () => ({ observe: () => undefined, verdict: () => verdict }),
    newId: () => `v${++id}`,
  };
}

const visits = (verdict: LivenessVerdict = live): Visits => new Visits(rules(verdict));

/** Plays a scene at 10 frames a second; `scene` says who stands where at a time. */
function play(
  subject: Visits,
  from: number,
  to: number,
  scene: (time: number) => { person: number; box?: Partial<Box>; usable?: boolean }[],
): VisitEvent[] {
  const events: VisitEvent[] = [];
  for (let time = from; time < to; time += 100) {
    const people = scene(time).map(({ person, box, usable }) => ({ person, face: face(time, box, usable) }));
    for (const wanted of subject.see(
      time,
      people.map(({ face: seen }) => seen),
    )) {
      const person = people.find(({ face: seen }) => seen === wanted.observation)!.person;
      subject.learn(wanted, Float32Array.of(person));
    }
    events.push(...subject.settle(time));
  }
  return events;
}

const summary = (events: readonly VisitEvent[]): string[] =>
  events.map((event) => {
    const decision =
      event.type === 'decided' ? ` ${event.visit.decision.guest?.name ?? event.visit.decision.outcome}` : '';
    return `${event.visit?.id ?? '-'} ${event.type}${decision}`;
  });

describe('the visits at a doorbell', () => {
  it('announces, names once and ends', () => {
    const subject = visits();
    const events = play(subject, 0, 20_000, (time) => (time < 5000 ? [{ person: 1 }] : []));
    expect(summary(events)).toEqual(['v1 started', 'v1 decided Anna', 'v1 ended']);
    expect(subject.busy).toBe(false);
  });

  it('keeps one visit and one decision when the guest looks away and comes back', () => {
    const events = play(visits(), 0, 30_000, (time) =>
      time < 2000 || (time > 6000 && time < 12_000) ? [{ person: 1 }] : [],
    );
    expect(summary(events)).toEqual(['v1 started', 'v1 decided Anna', 'v1 ended']);
  });

  it('begins a new visit for another person at the same place', () => {
    const events = play(visits(), 0, 40_000, (time) =>
      time < 3000 ? [{ person: 1 }] : time > 5000 && time < 9000 ? [{ person: 7 }] : [],
    );
    expect(summary(events)).toEqual([
      'v1 started',
      'v1 decided Anna',
      'v2 started',
      'v2 decided unknown',
      'v1 ended',
      'v2 ended',
    ]);
  });

  it('notices that somebody else stepped into a followed face, before and after the decision', () => {
    const after = play(visits(), 0, 40_000, (time) =>
      time < 4000 ? [{ person: 1 }] : time < 12_000 ? [{ person: 7 }] : [],
    );
    expect(summary(after).filter((line) => line.includes('decided'))).toEqual([
      'v1 decided Anna',
      'v2 decided unknown',
    ]);
    const before = play(visits(), 0, 40_000, (time) =>
      time < 300 ? [{ person: 7 }] : time < 8000 ? [{ person: 1 }] : [],
    );
    expect(summary(before).filter((line) => line.includes('decided Anna'))).toHaveLength(1);
  });

  it('decides two people beside each other separately', () => {
    const events = play(visits(), 0, 20_000, (time) =>
      time < 4000 ? [{ person: 1 }, { person: 7, box: { x: 500 } }] : [],
    );
    expect(
      summary(events)
        .filter((line) => line.includes('decided'))
        .sort(),
    ).toEqual(['v1 decided Anna', 'v2 decided unknown']);
  });

  it('withholds the name of a recognised guest without a sign of life, and says so once', () => {
    const events = play(visits({ ...live, state: 'undecided' }), 0, 20_000, (time) =>
      time < 5000 ? [{ person: 1 }] : [],
    );
    expect(summary(events)).toEqual(['v1 started', 'v1 withheld', 'v1 decided undecided', 'v1 ended']);
  });

  it('asks for life anew when a recognised visitor was away: a picture may have come back in their place', () => {
    let id = 0;
    let judges = 0;
    const subject = new Visits({
      ...rules(live),
      newId: () => `v${++id}`,
      // The person who came first is alive but was not recognised in time; what comes back shows no life.
      judge: () => {
        const alive = judges++ === 0;
        return { observe: () => undefined, verdict: () => (alive ? live : { ...live, state: 'undecided' }) };
      },
      identify: (probes) =>
        probes.length < 12 ? { confidence: 0, frames: probes.length, reasons: [] } : identify(probes),
      decide: (input) => (input.settled || input.identification.guest !== undefined ? decide(input) : undefined),
    });
    const events = play(subject, 0, 30_000, (time) =>
      time < 900 || (time > 4000 && time < 12_000) ? [{ person: 1 }] : [],
    );
    expect(summary(events).filter((line) => line.includes('decided'))).toEqual(['v1 decided undecided']);
  });

  /** A judge that calls alive whoever it has seen while `lively` says so. */
  const observant = (lively: (time: number) => boolean) => (): ReturnType<VisitRules['judge']> => {
    let alive = false;
    return {
      observe: ({ timestamp }) => {
        alive ||= lively(timestamp);
      },
      verdict: () => (alive ? live : { ...live, state: 'undecided' }),
    };
  };

  it('lends no life of a face too poor to be recognised to a photograph that follows it', () => {
    const subject = new Visits({ ...rules(live), judge: observant((time) => time < 4000) });
    const events = play(subject, 0, 30_000, (time) =>
      time < 4000 ? [{ person: 7, usable: false }] : time < 12_000 ? [{ person: 1 }] : [],
    );
    expect(summary(events).filter((line) => line.includes('decided'))).toEqual(['v1 decided undecided']);
  });

  it('lends no life of whoever stands there later to a photograph that was recognised', () => {
    const subject = new Visits({ ...rules(live), judge: observant((time) => time > 4000) });
    const events = play(subject, 0, 30_000, (time) =>
      time < 3000 ? [{ person: 1 }] : time < 12_000 ? [{ person: 7, usable: false }] : [],
    );
    expect(summary(events).filter((line) => line.includes('decided'))).toEqual(['v1 decided undecided']);
  });

  it('keeps one visit when the face jumps further than it can be followed', () => {
    const events = play(visits(), 0, 20_000, (time) =>
      time < 6000 ? [{ person: 1, box: { x: time < 2000 ? 100 : 400 } }] : [],
    );
    expect(summary(events)).toEqual(['v1 started', 'v1 decided Anna', 'v1 ended']);
  });

  describe('and two guests who look alike', () => {
    /** Persons 1 and 1.5 are held for one person; by name they are two guests. */
    const alike = (): VisitRules => ({
      ...rules(live),
      samePerson: (a, b) =>
        a.length === 0 || b.length === 0 ? undefined : Math.floor(who(a)!) === Math.floor(who(b.slice(-1))!),
      identify: (probes) => {
        const twin = probes.length >= 3 && who(probes) === 1.5 ? { guest: { id: 'clara', name: 'Clara' } } : {};
        return { ...identify(probes), ...twin };
      },
    });

    it('begins a visit for the second, who appears elsewhere as the first goes', () => {
      const events = play(new Visits(alike()), 0, 30_000, (time) =>
        time < 3000 ? [{ person: 1 }] : time < 6000 ? [{ person: 1.5, box: { x: 500 } }] : [],
      );
      expect(summary(events).filter((line) => line.includes('decided'))).toEqual([
        'v1 decided Anna',
        'v2 decided Clara',
      ]);
    });

    it('begins a visit for the second, who stands where the first stood', () => {
      const events = play(new Visits(alike()), 0, 30_000, (time) =>
        time < 3000 ? [{ person: 1 }] : time > 4000 && time < 7000 ? [{ person: 1.5 }] : [],
      );
      expect(summary(events).filter((line) => line.includes('decided'))).toEqual([
        'v1 decided Anna',
        'v2 decided Clara',
      ]);
    });

    it('begins a visit for the second also where the first was recognised but showed no sign of life', () => {
      const still = { ...live, state: 'undecided' as const };
      const lifeless: VisitRules = {
        ...alike(),
        judge: () => rules(still).judge(),
        decide: (input) => decide({ ...input, settled: input.elapsed > 1000 }),
      };
      const events = play(new Visits(lifeless), 0, 30_000, (time) =>
        time < 3000 ? [{ person: 1 }] : time > 4000 && time < 7000 ? [{ person: 1.5 }] : [],
      );
      expect(summary(events).filter((line) => line.includes('started'))).toHaveLength(2);
    });

    it('goes on with the visit of the first, who was hidden for a moment', () => {
      const events = play(new Visits(alike()), 0, 30_000, (time) =>
        time < 3000 ? [{ person: 1 }] : time > 4000 && time < 9000 ? [{ person: 1, box: { x: 500 } }] : [],
      );
      expect(summary(events)).toEqual(['v1 started', 'v1 decided Anna', 'v1 ended']);
    });
  });

  it('announces a face that is never usable, and leaves it undecided', () => {
    const events = play(visits(), 0, 20_000, (time) => (time < 4000 ? [{ person: 1, usable: false }] : []));
    expect(summary(events)).toEqual(['v1 started', 'v1 decided undecided', 'v1 ended']);
  });

  it('says nothing of a glimpse', () => {
    expect(play(visits(), 0, 20_000, (time) => (time < 200 ? [{ person: 7 }] : []))).toEqual([]);
  });

  it('gives a press to the guest at the door, or to nobody', () => {
    const subject = visits();
    expect(subject.press(0)).toEqual({ type: 'pressed', at: 0 });
    play(subject, 0, 3000, () => [{ person: 7, box: { x: 500 } }, { person: 1 }]);
    const pressed = subject.press(3000);
    expect(pressed.visit?.decision?.guest?.name).toBe('Anna');
    expect(pressed.visit?.pressedAt).toBe(3000);
  });

  it('ends all visits when it is closed', () => {
    const subject = visits();
    play(subject, 0, 1000, () => [{ person: 7 }]);
    expect(summary(subject.close(1000))).toEqual(['v1 decided undecided', 'v1 ended']);
    expect(subject.busy).toBe(false);
  });
});
