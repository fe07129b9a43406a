import { GuestBookError } from './errors.js';
import type { ObjectId } from './object-store.js';
import type { NewVisit, StoredVisit, VisitLabel } from './types.js';

/** A visit in a day's object. */
export interface VisitRecord {
  readonly visit: NewVisit;
  readonly label?: VisitLabel;
  readonly thumbnail?: ObjectId;
}

/** What others see of a visit. */
export function publicVisit({ visit, label, thumbnail }: VisitRecord): StoredVisit {
  return { ...visit, ...(label !== undefined && { label }), hasThumbnail: thumbnail !== undefined };
}

/** YYYY-MM-DD in UTC. @param at ms since the epoch */
export function dayOf(at: number): string {
  return new Date(at).toISOString().slice(0, 10);
}

/** Orders visits; equal times are ordered by id, so that pages neither repeat nor miss one. */
export function newestFirst(one: VisitRecord, other: VisitRecord): number {
  return isAfter(other.visit, one.visit) ? -1 : 1;
}

/** Whether a visit comes after the cursor when the newest comes first. */
export function isAfter(visit: { startedAt: number; id: string }, cursor: { startedAt: number; id: string }): boolean {
  return visit.startedAt < cursor.startedAt || (visit.startedAt === cursor.startedAt && visit.id < cursor.id);
}

/** @throws GuestBookError `invalid` */
export function parseCursor(text: string): { startedAt: number; id: string } {
  const [, startedAt, id] = /^(\d{1,15}):(.*)$/s.exec(text) ?? [];
  if (startedAt === undefined || id === undefined) {
    throw new GuestBookError('invalid', 'That is not a page of the visits.');
  }
  return { startedAt: Number(startedAt), id };
}
