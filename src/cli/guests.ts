import type { Command } from 'commander';
import type { Guest } from '../guestbook/types.js';
import type { CliContext } from './context.js';
import { day, endOfDay, findGuestByName, moment } from './find-guest.js';
import { table } from './table.js';

/** `doorman guests`: who may be recognised, with consent; `guests rename`, `guests consent`. */
export function registerGuests(program: Command, context: CliContext): void {
  const guests = program
    .command('guests')
    .description('list the guests and their consents')
    .option('--json', 'as JSON')
    .action(async ({ json }: { json?: true }) => {
      const list = await context.withBook((book) => book.guests());
      if (json) {
        console.log(JSON.stringify(list, undefined, 2));
      } else if (list.length === 0) {
        console.log('Nobody is enrolled yet: doorman enroll NAME FILES…');
      } else {
        console.log(table([['name', 'relation', 'faces', 'consent', 'last seen'], ...list.map(describe)]));
      }
    });

  guests
    .command('rename')
    .description('give a guest another name')
    .argument('<name>')
    .argument('<new-name>')
    .action(async (name: string, newName: string) => {
      const guest = await context.withBook(async (book) => {
        const { id } = await findGuestByName(book, name);
        return book.updateGuest(id, { name: newName });
      });
      console.log(`${name} is now named ${guest.name}.`);
    });

  guests
    .command('consent')
    .description('record a new consent: who said yes now, and until when')
    .argument('<name>')
    .requiredOption('--by <who>', 'who said yes: the guest, or for a child a parent')
    .option('--until <date>', 'the consent ends on this day (YYYY-MM-DD)')
    .action(async (name: string, { by, until }: { by: string; until?: string }) => {
      const guest = await context.withBook(async (book) => {
        const { id, consent } = await findGuestByName(book, name);
        return book.updateGuest(id, {
          consent: {
            by,
            purpose: consent.purpose,
            at: Date.now(),
            ...(until !== undefined && { until: endOfDay(until) }),
          },
        });
      });
      console.log(`The consent of ${guest.name} ${consentInWords(guest)}.`);
    });
}

function describe(guest: Guest): string[] {
  return [
    guest.name,
    guest.relation ?? '',
    String(guest.templates),
    consentInWords(guest),
    guest.lastSeenAt === undefined ? 'never' : moment(guest.lastSeenAt),
  ];
}

function consentInWords({ consent, consentState }: Guest): string {
  if (consentState === 'expired') {
    return `ran out on ${day(consent.until ?? consent.at)}: not recognised`;
  }
  return consent.until === undefined ? `since ${day(consent.at)}` : `until ${day(consent.until)}`;
}
