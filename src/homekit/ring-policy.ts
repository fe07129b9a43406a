import type { VisitDecision, VisitEvent } from '../types.js';
import type { AccessoryRole } from './accessory-plan.js';

/** What rings, beside what the sensors show. Guests and strangers together: any person seen. */
export interface RingRules {
  readonly guests: boolean;
  readonly strangers: boolean;
  readonly button: boolean;
  /** How long sensors stay on after the visitor was last seen, ms. */
  readonly holdMs: number;
}

/** What is to be done, in this order. */
export type Announcement =
  /** Draw these words on the newest picture and have it ready. */
  | { readonly do: 'picture'; readonly text: string }
  | { readonly do: 'sensor'; readonly role: Sensed; readonly guestId?: string; readonly holdMs: number }
  | { readonly do: 'switch'; readonly guestId: string }
  | { readonly do: 'motion'; readonly holdMs: number }
  | { readonly do: 'ring' };

type Sensed = Exclude<AccessoryRole, 'switch' | 'offline'>;

/** What happens at a door: visits, and that a visit has waited for its decision for `PLAIN_AFTER_MS`. */
export type DoorEvent = VisitEvent | { readonly type: 'waited'; readonly visitId: string };

interface OpenVisit {
  readonly rang: boolean;
  /** Motion is up and a picture is shown. */
  readonly announced: boolean;
  readonly decision?: VisitDecision;
}

/** What the policy remembers of a door between two events. */
export interface DoorState {
  readonly visits: ReadonlyMap<string, OpenVisit>;
  readonly rangAt?: number;
  /** A press while nobody was known to be there. */
  readonly pressedAt?: number;
}

export const EMPTY_DOOR: DoorState = { visits: new Map() };

/** Somebody who is not known by then is announced without a name; the name may follow. */
export const PLAIN_AFTER_MS = 3000;
/** A press so soon after a ring is the same ring: a bouncing button, or the visitor who was rung for already. */
export const SAME_RING_MS = 5000;
/** A visitor found so soon after a press is the one who pressed. */
export const PRESS_BELONGS_MS = 10_000;

const VISITOR = 'Visitor';
const UNKNOWN = 'Unknown visitor';

/**
 * What an event at the door leads to. Pure.
 *
 * @param now ms since the epoch
 * @returns the door's next state and what is to be done, in order: picture, sensors, motion, ring
 */
export function attend(
  state: DoorState,
  event: DoorEvent,
  rules: RingRules,
  now: number,
): { state: DoorState; todo: Announcement[] } {
  switch (event.type) {
    case 'started': {
      const pressed = state.pressedAt !== undefined && now - state.pressedAt < PRESS_BELONGS_MS;
      const visit = { rang: pressed && state.rangAt !== undefined, announced: pressed };
      return { state: withVisit(state, event.visit.id, visit), todo: [] };
    }
    case 'withheld':
      return announcePlainly(state, event.visit.id, rules, now);
    case 'waited':
      return announcePlainly(state, event.visitId, rules, now);
    case 'decided':
      return announceDecision(state, event.visit.id, event.visit.decision, rules, now);
    case 'pressed':
      return announcePress(state, rules, now);
    case 'ended':
      return bidFarewell(state, event.visit.id, rules);
  }
}

/** Somebody is there, and no name is told yet. Rings only where any person rings: else the ring itself would tell. */
function announcePlainly(
  state: DoorState,
  id: string,
  rules: RingRules,
  now: number,
): { state: DoorState; todo: Announcement[] } {
  const visit = state.visits.get(id);
  if (visit === undefined || visit.announced || visit.decision !== undefined) {
    return { state, todo: [] };
  }
  const rings = rules.guests && rules.strangers && !visit.rang;
  const next = withVisit(state, id, { ...visit, announced: true, rang: visit.rang || rings });
  return {
    state: rings ? { ...next, rangAt: now } : next,
    todo: [picture(next), { do: 'motion', holdMs: Infinity }, ...(rings ? [{ do: 'ring' } as const] : [])],
  };
}

function announceDecision(
  state: DoorState,
  id: string,
  decision: VisitDecision,
  rules: RingRules,
  now: number,
): { state: DoorState; todo: Announcement[] } {
  const visit = state.visits.get(id) ?? { rang: false, announced: false };
  if (visit.decision !== undefined) {
    return { state, todo: [] };
  }
  // A face may be lost and found anew beside itself: the same guest is one visitor, whatever the number of visits.
  const isHere = decision.guest !== undefined && isNamed(state, id, decision.guest.id);
  const rings = !visit.rang && !isHere && (decision.outcome === 'guest' ? rules.guests : rules.strangers);
  const next = withVisit(state, id, { announced: true, rang: visit.rang || rings, decision });
  return {
    state: rings ? { ...next, rangAt: now } : next,
    todo: [
      picture(next),
      ...sensorsOf(decision).map((sensor) => ({ do: 'sensor', ...sensor, holdMs: Infinity }) as const),
      ...(decision.guest === undefined || isHere ? [] : [{ do: 'switch', guestId: decision.guest.id } as const]),
      { do: 'motion', holdMs: Infinity },
      ...(rings ? [{ do: 'ring' } as const] : []),
    ],
  };
}

/** Whether another visit that goes on has told this guest's name. */
function isNamed({ visits }: DoorState, id: string, guestId: string): boolean {
  return [...visits].some(([other, { decision }]) => other !== id && decision?.guest?.id === guestId);
}

/** A press rings at once, whoever is there; whoever is there has then been rung for. */
function announcePress(state: DoorState, rules: RingRules, now: number): { state: DoorState; todo: Announcement[] } {
  if (!rules.button) {
    return { state, todo: [] };
  }
  const visits = new Map([...state.visits].map(([id, visit]) => [id, { ...visit, rang: true, announced: true }]));
  const next: DoorState = { ...state, visits, pressedAt: now };
  if (state.rangAt !== undefined && now - state.rangAt < SAME_RING_MS) {
    return { state: next, todo: [] };
  }
  return {
    state: { ...next, rangAt: now },
    todo: [picture(next), { do: 'motion', holdMs: visits.size > 0 ? Infinity : rules.holdMs }, { do: 'ring' }],
  };
}

/** Sensors are held on for a while, except those that another visitor still there holds. */
function bidFarewell(state: DoorState, id: string, rules: RingRules): { state: DoorState; todo: Announcement[] } {
  const leaving = state.visits.get(id);
  const visits = new Map([...state.visits].filter(([other]) => other !== id));
  const stillThere = new Set(
    [...visits.values()].flatMap(({ decision }) => (decision === undefined ? [] : sensorsOf(decision).map(nameOf))),
  );
  const released = leaving?.decision === undefined ? [] : sensorsOf(leaving.decision);
  const motionStays = [...visits.values()].some(({ announced }) => announced);
  return {
    state: { ...state, visits },
    todo: [
      ...released
        .filter((sensor) => !stillThere.has(nameOf(sensor)))
        .map((sensor) => ({ do: 'sensor', ...sensor, holdMs: rules.holdMs }) as const),
      ...(leaving?.announced === true && !motionStays ? [{ do: 'motion', holdMs: rules.holdMs } as const] : []),
    ],
  };
}

interface SensorName {
  readonly role: Sensed;
  readonly guestId?: string;
}

const nameOf = ({ role, guestId }: SensorName): string => `${role}:${guestId ?? ''}`;

function sensorsOf({ outcome, guest, verified, possiblyPhotoOf }: VisitDecision): SensorName[] {
  if (outcome === 'guest' && guest !== undefined) {
    return [
      { role: 'guest', guestId: guest.id },
      { role: 'someone' },
      ...(verified ? [{ role: 'verified', guestId: guest.id } as const] : []),
    ];
  }
  return [
    ...(outcome === 'unknown' ? [{ role: 'unknown' } as const] : []),
    ...(possiblyPhotoOf === undefined ? [] : [{ role: 'photo' } as const]),
  ];
}

/** Who is there, for the picture: every guest by name, else what is known. */
function picture({ visits }: DoorState): Announcement {
  const decisions = [...visits.values()].flatMap(({ decision }) => (decision === undefined ? [] : [decision]));
  const names = new Set(decisions.flatMap(({ guest }) => (guest === undefined ? [] : [guest.name])));
  const photos = new Set(
    decisions.flatMap(({ guest, possiblyPhotoOf }) =>
      guest === undefined && possiblyPhotoOf !== undefined ? [`Possibly a photo of ${possiblyPhotoOf.name}`] : [],
    ),
  );
  const strangers = decisions.some(
    ({ outcome, possiblyPhotoOf }) => outcome === 'unknown' && possiblyPhotoOf === undefined,
  );
  const said = [...names, ...photos, ...(strangers ? [names.size > 0 ? 'somebody unknown' : UNKNOWN] : [])];
  return { do: 'picture', text: said.length === 0 ? VISITOR : inWords(said) };
}

function inWords(parts: readonly string[]): string {
  return parts.length < 2 ? parts.join('') : `${parts.slice(0, -1).join(', ')} and ${parts.at(-1)!}`;
}

function withVisit(state: DoorState, id: string, visit: OpenVisit): DoorState {
  return { ...state, visits: new Map([...state.visits, [id, visit]]) };
}
