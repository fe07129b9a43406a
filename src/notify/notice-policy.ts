import type { VisitEvent } from '../types.js';

/** What is told outside HomeKit: the body of a webhook, and a message over MQTT. Names as Home Assistant writes them. */
export interface Notice {
  /** One number for one thing that happened, also when it is sent again. */
  readonly id: string;
  readonly event_type: NoticeType;
  readonly doorbell: string;
  /** When it happened, ISO 8601. */
  readonly time: string;
  /** Set when it is delivered more than a minute after it happened. */
  readonly late?: true;
  readonly visit?: string;
  /** `guest`, `unknown` or `undecided`. */
  readonly outcome?: string;
  readonly name?: string;
  readonly guest_id?: string;
  /** Belief in what is said, 0 … 1, two decimals. */
  readonly confidence?: number;
  /** `live`, `spoof` or `undecided`, and the score behind it, 0 (surely a picture) … 1. */
  readonly liveness?: string;
  readonly liveness_score?: number;
  /** A blink and a turn of the head were seen, under strict liveness. */
  readonly verified?: boolean;
  readonly possibly_photo_of?: string;
  readonly possibly_photo_of_id?: string;
  /** How long the visit lasted, s. */
  readonly seconds?: number;
}

/** `ring`: HomeKit's bell rang. The rest is what happens to a visit, a button and a camera. */
export const noticeTypes = [
  'started',
  'decided',
  'ended',
  'pressed',
  'ring',
  'camera_offline',
  'camera_online',
] as const;
export type NoticeType = (typeof noticeTypes)[number];

/** Whatever comes later than this is news of yesterday, ms: it is marked, and nobody's light goes on for it. */
export const LATE_AFTER_MS = 60_000;

/**
 * What a visit's event says to the outside; undefined when it says nothing. A name that waits for a sign of life is
 * not told.
 *
 * @param now ms since the epoch
 */
export function noticeOf(event: VisitEvent, doorbell: string, id: string, now: number): Notice | undefined {
  const about = { id, doorbell, ...(event.visit !== undefined && { visit: event.visit.id }) };
  switch (event.type) {
    case 'withheld':
      return undefined;
    case 'started':
      return { ...about, event_type: 'started', time: iso(event.visit.startedAt) };
    case 'pressed':
      return { ...about, event_type: 'pressed', time: iso(event.at) };
    case 'decided':
      return { ...about, event_type: 'decided', time: iso(event.visit.decidedAt ?? now), ...who(event.visit) };
    case 'ended': {
      const { startedAt, endedAt = now } = event.visit;
      const seconds = Math.round((endedAt - startedAt) / 1000);
      return { ...about, event_type: 'ended', time: iso(endedAt), ...who(event.visit), seconds };
    }
  }
}

function who({ decision }: NonNullable<VisitEvent['visit']>): Partial<Notice> {
  if (decision === undefined) {
    return {};
  }
  const { outcome, guest, possiblyPhotoOf, identification, liveness, verified } = decision;
  return {
    outcome,
    ...(guest !== undefined && { name: guest.name, guest_id: guest.id }),
    ...(possiblyPhotoOf !== undefined && {
      possibly_photo_of: possiblyPhotoOf.name,
      possibly_photo_of_id: possiblyPhotoOf.id,
    }),
    confidence: twoDecimals(identification.confidence),
    liveness: liveness.state,
    liveness_score: twoDecimals(liveness.score),
    verified,
  };
}

/** The notice as it may go out now: marked when it is late, and without whoever was forgotten or renamed meanwhile. */
export function asOfNow(notice: Notice, names: ReadonlyMap<string, string>, now: number): Notice {
  const { name: _name, guest_id, possibly_photo_of: _photo, possibly_photo_of_id, ...rest } = notice;
  const name = guest_id === undefined ? undefined : names.get(guest_id);
  const photo = possibly_photo_of_id === undefined ? undefined : names.get(possibly_photo_of_id);
  return {
    ...rest,
    ...(name !== undefined && guest_id !== undefined && { name, guest_id }),
    ...(photo !== undefined &&
      possibly_photo_of_id !== undefined && { possibly_photo_of: photo, possibly_photo_of_id }),
    ...(now - Date.parse(notice.time) > LATE_AFTER_MS && { late: true }),
  };
}

/** Whether somebody was named who is nobody's guest any more: then the picture does not go out either. */
export function namesForgotten(
  { guest_id, possibly_photo_of_id }: Notice,
  names: ReadonlyMap<string, string>,
): boolean {
  return [guest_id, possibly_photo_of_id].some((id) => id !== undefined && !names.has(id));
}

const iso = (time: number): string => new Date(time).toISOString();
const twoDecimals = (share: number): number => Math.round(share * 100) / 100;
