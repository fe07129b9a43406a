import type { Logger } from '../types.js';
import { packDocument, unpackDocument } from './document.js';
import { GuestBookError } from './errors.js';
import { isVisitOf, withoutGuest } from './anonymise.js';
import type { Change, Ledger } from './ledger.js';
import type { ObjectId } from './object-store.js';
import { cropLimits, pictureFault } from './picture.js';
import type { DayRecord } from './root.js';
import { dayOf, isAfter, newestFirst, parseCursor, publicVisit, type VisitRecord } from './visit-record.js';
import type { BookChange, NewVisit, Retention, StoredVisit, VisitPage } from './types.js';

type Day = readonly VisitRecord[];

/** Days kept unpacked in memory: some 300 kB each with 100 visits. */
const daysInMemory = 8;

const dayMs = 86_400_000;
const mostPerPage = 200;
const longestId = 100;

/** What was kept of a visit's receipt and reasons is bounded, whatever comes in. */
const longestVisit = 64 * 1024;

/** The visits, one object per day, read when asked for. */
export class VisitLog {
  private readonly days = new Map<ObjectId, Day>();

  constructor(
    private readonly ledger: Ledger,
    private readonly retention: Retention,
    private readonly logger: Logger,
    private readonly emit: (change: BookChange) => void,
  ) {}

  /**
   * Keeps a visit, or replaces what was kept of it (a visit is recorded when decided and again when it ends).
   * A picture of somebody unknown is kept only when the inbox is switched on.
   *
   * @param thumbnail a small JPEG, PNG or WebP
   */
  async record(visit: NewVisit, thumbnail?: Uint8Array): Promise<void> {
    if (visit.id === '' || visit.id.length > longestId || JSON.stringify(visit).length > longestVisit) {
      throw new GuestBookError(
        'invalid',
        'The visit was not written into the guest book: it is not of the usual size.',
      );
    }
    const fault = thumbnail && pictureFault(thumbnail, cropLimits);
    if (fault !== undefined) {
      throw new GuestBookError('invalid', `The visit was not written into the guest book: its picture ${fault}.`);
    }
    if (this.retention.visitDays === 0) {
      return;
    }
    const known = visit.decision?.guest !== undefined;
    const keepPicture = known || this.retention.inbox;
    await this.ledger.change(async (change) => {
      const day = dayOf(visit.startedAt);
      const record = change.root.days.find((other) => other.day === day);
      const visits = record === undefined ? [] : await this.read(record);
      const earlier = visits.find((other) => other.visit.id === visit.id);
      const picture =
        thumbnail !== undefined && keepPicture ? await change.put(thumbnail, { twin: false }) : earlier?.thumbnail;
      if (picture !== earlier?.thumbnail) {
        change.drop(earlier?.thumbnail);
      }
      // What comes when the visit ends says nothing new of the decision: its receipt stays, and so does what was forgotten.
      const merged = { ...earlier?.visit, ...visit };
      const kept: VisitRecord = { ...earlier, visit: merged, ...(picture !== undefined && { thumbnail: picture }) };
      await this.store(change, day, [...visits.filter((other) => other !== earlier), kept]);
      const guest = change.root.guests.find((other) => other.id === visit.decision?.guest?.id);
      if (guest !== undefined) {
        guest.lastSeenAt = Math.max(guest.lastSeenAt ?? 0, visit.endedAt ?? visit.decidedAt ?? visit.startedAt);
      }
      if (earlier === undefined) {
        change.audit({ action: 'visit-recorded', subject: visit.id });
      }
    });
    this.emit({ kind: 'visits', visitId: visit.id });
  }

  /**
   * Newest first.
   *
   * @param before a page's `next`
   */
  async page(limit: number, before?: string): Promise<VisitPage> {
    const wanted = Math.max(1, Math.min(limit, mostPerPage));
    const cursor = before === undefined ? undefined : parseCursor(before);
    const found: VisitRecord[] = [];
    for (const record of this.ledger.root.days.toReversed()) {
      if (cursor !== undefined && record.day > dayOf(cursor.startedAt)) {
        continue;
      }
      const visits = (await this.read(record)).toSorted(newestFirst);
      found.push(...visits.filter(({ visit }) => cursor === undefined || isAfter(visit, cursor)));
      if (found.length > wanted) {
        break;
      }
    }
    const visits = found.slice(0, wanted);
    const last = visits.at(-1)?.visit;
    return {
      visits: visits.map(publicVisit),
      ...(found.length > wanted && last !== undefined && { next: `${last.startedAt}:${last.id}` }),
    };
  }

  async get(id: string): Promise<StoredVisit | undefined> {
    const found = await this.find(id);
    return found && publicVisit(found.record);
  }

  async thumbnail(id: string): Promise<Uint8Array | undefined> {
    const found = await this.find(id);
    return found?.record.thumbnail === undefined ? undefined : this.ledger.objects.get(found.record.thumbnail);
  }

  /** @throws GuestBookError `not-found` */
  async label(id: string, actualGuestId: string | null): Promise<void> {
    await this.ledger.change((change) => this.labelIn(change, id, actualGuestId));
    this.emit({ kind: 'visits', visitId: id });
  }

  async labelIn(change: Change, id: string, actualGuestId: string | null): Promise<void> {
    if (actualGuestId !== null && !change.root.guests.some((guest) => guest.id === actualGuestId)) {
      throw new GuestBookError('guest-unknown', 'There is no such guest in the guest book.');
    }
    const found = await this.find(id, change.root.days);
    if (found === undefined) {
      throw new GuestBookError('not-found', 'There is no such visit in the guest book (any more).');
    }
    const label = { actualGuestId, at: change.now };
    const visits = await this.read(found.day);
    await this.store(
      change,
      found.day.day,
      visits.map((other) => (other.visit.id === id ? { ...other, label } : other)),
    );
    change.audit({ action: 'visit-labelled', subject: id });
  }

  /** Every labelled visit and every visit decided for a guest: what accuracy is counted from. */
  async *all(): AsyncGenerator<StoredVisit> {
    for (const record of this.ledger.root.days.toReversed()) {
      yield* (await this.read(record)).toSorted(newestFirst).map(publicVisit);
    }
  }

  /**
   * Takes a guest out of every visit: the pictures of the guest's own visits go, name and id become nobody's.
   *
   * @param names every name the guest has had
   * @returns the ids of the visits that were this guest's
   */
  async forgetIn(change: Change, guestId: string, names: readonly string[]): Promise<Set<string>> {
    const own = new Set<string>();
    for (const record of [...change.root.days]) {
      const visits = await this.read(record);
      const kept = visits.map((other): VisitRecord => {
        if (!isVisitOf(other, guestId)) {
          return withoutGuest(other, guestId, names);
        }
        own.add(other.visit.id);
        change.drop(other.thumbnail);
        const { thumbnail: _thumbnail, ...rest } = other;
        return withoutGuest(rest, guestId, names);
      });
      if (kept.some((other, at) => other !== visits[at])) {
        await this.store(change, record.day, kept);
      }
    }
    return own;
  }

  /** Removes visits that have been kept long enough, and strangers' pictures after the inbox' time. */
  async expireIn(change: Change): Promise<{ visits: number; thumbnails: number }> {
    const oldest = change.now - this.retention.visitDays * dayMs;
    const oldestStranger = change.now - (this.retention.inbox ? this.retention.inboxDays * dayMs : 0);
    let visitsRemoved = 0;
    let thumbnailsRemoved = 0;
    for (const record of [...change.root.days]) {
      const mayHoldStrangers = record.thumbnails > 0 && record.day <= dayOf(oldestStranger);
      if (record.day > dayOf(oldest) && !mayHoldStrangers) {
        continue;
      }
      const visits = await this.read(record);
      const kept: VisitRecord[] = [];
      let touched = false;
      for (const other of visits) {
        const { thumbnail, ...rest } = other;
        const isStranger = other.visit.decision?.guest === undefined;
        if (other.visit.startedAt < oldest) {
          touched = true;
          visitsRemoved++;
          thumbnailsRemoved += thumbnail === undefined ? 0 : 1;
          change.drop(thumbnail);
        } else if (thumbnail !== undefined && isStranger && other.visit.startedAt < oldestStranger) {
          touched = true;
          thumbnailsRemoved++;
          change.drop(thumbnail);
          kept.push(rest);
        } else {
          kept.push(other);
        }
      }
      if (touched) {
        await this.store(change, record.day, kept);
      }
    }
    return { visits: visitsRemoved, thumbnails: thumbnailsRemoved };
  }

  /** The thumbnails that one of the index' generations refers to. */
  async thumbnailsOf(days: readonly DayRecord[]): Promise<ObjectId[]> {
    const pages = await Promise.all(days.filter((day) => day.thumbnails > 0).map((day) => this.read(day)));
    return pages.flat().flatMap(({ thumbnail }) => thumbnail ?? []);
  }

  private async find(
    id: string,
    days: readonly DayRecord[] = this.ledger.root.days,
  ): Promise<{ day: DayRecord; record: VisitRecord } | undefined> {
    for (const day of days.toReversed()) {
      const record = (await this.read(day)).find((other) => other.visit.id === id);
      if (record !== undefined) {
        return { day, record };
      }
    }
    return undefined;
  }

  private async read({ day, object }: DayRecord): Promise<Day> {
    const known = this.days.get(object);
    if (known !== undefined) {
      this.remember(object, known);
      return known;
    }
    const bytes = await this.ledger.objects.get(object);
    if (bytes === undefined) {
      const current = this.ledger.root.days.find((other) => other.day === day);
      if (current !== undefined && current.object !== object) {
        // It was replaced while we were about to read it.
        return this.read(current);
      }
      this.logger.error(`The visits of ${day} are damaged in both copies; they are left out.`);
    }
    const visits = bytes === undefined ? [] : (unpackDocument(bytes).json as Day);
    this.remember(object, visits);
    return visits;
  }

  private async store(change: Change, day: string, visits: Day): Promise<void> {
    const { root } = change;
    const record = root.days.find((other) => other.day === day);
    change.drop(record?.object);
    if (visits.length === 0) {
      root.days = root.days.filter((other) => other !== record);
      return;
    }
    const object = await change.put(packDocument({ json: visits, parts: [] }));
    const thumbnails = visits.filter((other) => other.thumbnail !== undefined).length;
    if (record === undefined) {
      root.days.push({ day, object, visits: visits.length, thumbnails });
      root.days.sort((one, other) => (one.day < other.day ? -1 : 1));
    } else {
      Object.assign(record, { object, visits: visits.length, thumbnails });
    }
    this.remember(object, visits);
  }

  /** Least recently used days make room. Objects never change, so what is remembered is never stale. */
  private remember(object: ObjectId, visits: Day): void {
    this.days.delete(object);
    this.days.set(object, visits);
    const oldest = this.days.keys().next();
    if (this.days.size > daysInMemory && oldest.done !== true) {
      this.days.delete(oldest.value);
    }
  }

  /** Drops what memory still holds of days past (after somebody was forgotten). */
  clearMemory(): void {
    this.days.clear();
  }
}
