import { GuestBookError } from './errors.js';
import type { GuestRecord } from './root.js';
import type { Guest } from './types.js';

/** A consent may be written down on a machine whose clock differs a little. */
const clockToleranceMs = 5 * 60_000;

/** @throws GuestBookError `guest-unknown` */
export function findGuest(guests: readonly GuestRecord[], id: string): GuestRecord {
  const guest = guests.find((other) => other.id === id);
  if (guest === undefined) {
    throw new GuestBookError('guest-unknown', 'There is no such guest in the guest book.');
  }
  return guest;
}

/** Whether the guest's consent has run out. */
export function isExpired({ consent }: Pick<GuestRecord, 'consent'>, now: number): boolean {
  return consent.until !== undefined && consent.until <= now;
}

/** What others see of a guest. */
export function publicGuest(record: GuestRecord, now: number): Guest {
  const { alias: _alias, faces: _faces, formerNames: _formerNames, faceCount, cropCount, ...guest } = record;
  return {
    ...guest,
    consentState: isExpired(record, now) ? 'expired' : 'valid',
    templates: faceCount,
    crops: cropCount,
  };
}

/** @throws GuestBookError `name-taken` */
export function refuseTakenName(guests: readonly GuestRecord[], name: string, except?: string): void {
  const wanted = name.toLocaleLowerCase();
  if (guests.some((guest) => guest.id !== except && guest.name.toLocaleLowerCase() === wanted)) {
    throw new GuestBookError(
      'name-taken',
      `There is a guest named "${name}" already; choose a name that tells them apart.`,
    );
  }
}

/** @throws GuestBookError `invalid` */
export function refuseUnusableConsent(consent: GuestRecord['consent'], now: number): void {
  if (consent.at > now + clockToleranceMs) {
    throw new GuestBookError('invalid', 'The consent is dated in the future.');
  }
  if (consent.until !== undefined && consent.until <= now) {
    throw new GuestBookError('invalid', 'The consent has run out already; ask again and record the new one.');
  }
}

/** @throws GuestBookError `consent-missing` */
export function refuseExpiredConsent(guest: GuestRecord, now: number): void {
  if (isExpired(guest, now)) {
    throw new GuestBookError(
      'consent-missing',
      `The consent of ${guest.name} has run out; record a new one before enrolling more faces.`,
    );
  }
}
