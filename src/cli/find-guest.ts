import type { Guest } from '../guestbook/types.js';
import { CliError } from './cli-error.js';
import type { BookAccess } from './context.js';

/** The guest of this name, however it is capitalised. @throws CliError that names those there are */
export async function findGuestByName(book: BookAccess, name: string): Promise<Guest> {
  const guests = await book.guests();
  const wanted = name.trim().toLocaleLowerCase();
  const guest = guests.find((other) => other.name.toLocaleLowerCase() === wanted);
  if (guest === undefined) {
    const known = guests.map((other) => other.name).join(', ');
    throw new CliError(
      `There is no guest named "${name}". ${known === '' ? 'Nobody is enrolled yet.' : `Known: ${known}.`}`,
    );
  }
  return guest;
}

/** A day as people write it (local time), without the hour. */
export function day(at: number): string {
  const date = new Date(at);
  const two = (value: number): string => String(value).padStart(2, '0');
  return `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())}`;
}

/** A moment as people write it, local time. */
export function moment(at: number): string {
  return `${day(at)} ${new Date(at).toTimeString().slice(0, 8)}`;
}

/** The last moment of a day. @throws CliError */
export function endOfDay(date: string): number {
  const time = Date.parse(`${date}T23:59:59`);
  if (!/^\d{4}-\d\d-\d\d$/.test(date) || Number.isNaN(time)) {
    throw new CliError(`"${date}" is not a date such as 2027-12-31.`);
  }
  return time;
}
