import { z } from 'zod';
import { GuestBookError } from './errors.js';

/** What may be written into the book; the socket's protocol and the archive check by the same rules. */

/** A name as people write it: no control characters, no bidirectional overrides, 1 … 64 characters. */
export const guestName = z
  .string()
  .trim()
  .min(1, 'must not be empty')
  .max(64, 'must have at most 64 characters')
  .refine((name) => !/[\p{Cc}\p{Cs}\u202a-\u202e\u2066-\u2069]/u.test(name), 'must not contain control characters');

const shortText = z.string().trim().max(120);

/** ms since the epoch, up to the year 2200. */
export const instant = z.number().int().min(0).max(7_258_118_400_000);

export const consentRule = z
  .object({
    by: z.string().trim().min(1, 'must say who agreed').max(120),
    purpose: z.string().trim().min(1, 'must say what was agreed to').max(500),
    at: instant,
    until: instant.optional(),
  })
  .strict()
  .refine(({ at, until }) => until === undefined || until > at, 'ends before it begins');

export const newGuestRule = z
  .object({
    name: guestName,
    relation: shortText.optional(),
    notes: z.string().max(2000).optional(),
    consent: consentRule,
  })
  .strict();

export const guestPatchRule = newGuestRule.partial();

export const settingsRule = z.object({ falseAcceptRate: z.number().min(0.00001).max(0.1).optional() }).strict();

/** Longest embedding accepted (numbers); the shipped encoders have 1024 to 1152. */
export const longestEmbedding = 8192;

/** Most faces kept of one guest. More say nothing new and slow every decision. */
export const mostFacesOfGuest = 200;

export const mostGuests = 500;

/**
 * Checks a value by a rule.
 *
 * @throws GuestBookError `invalid`, naming every fault
 */
export function check<T>(rule: z.ZodType<T>, value: unknown, what: string): T {
  const result = rule.safeParse(value);
  if (!result.success) {
    const faults = result.error.issues.map(
      (issue) => `${[what, ...issue.path.map(String)].join('.')} ${issue.message}`,
    );
    throw new GuestBookError('invalid', `Not written into the guest book: ${faults.join('; ')}.`);
  }
  return result.data;
}
