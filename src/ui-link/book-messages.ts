import { z } from 'zod';
import { encoderRule } from '../guestbook/faces.js';
import { guestPatchRule, newGuestRule, settingsRule } from '../guestbook/rules.js';
import { count, cursor, face, guest, id, instantOrNothing, newFace, picture, piece, points, visit } from './values.js';

const none = z.object({}).strict();
const done = z.object({}).strict();
const pageLimit = z.number().int().min(1).max(200).default(50);

/** What the guest book itself answers: `ask` is checked on arrival at the plugin, `answer` at the asker. */
export const bookMessages = {
  guests: {
    ask: none,
    answer: z.object({
      guests: z.array(guest),
      /** Who is not recognised now, and why. */
      suspended: z.array(
        z.object({ id, name: z.string(), reason: z.enum(['consent-expired', 'other-encoder', 'no-faces', 'damaged']) }),
      ),
    }),
  },
  'guest-add': { ask: newGuestRule, answer: z.object({ guest }) },
  'guest-change': { ask: z.object({ id, patch: guestPatchRule }).strict(), answer: z.object({ guest }) },
  faces: { ask: z.object({ guestId: id }).strict(), answer: z.object({ faces: z.array(face) }) },
  'faces-add': {
    ask: z.object({ guestId: id, faces: z.array(newFace).min(1).max(50) }).strict(),
    answer: z.object({ ids: z.array(id) }),
  },
  'faces-remove': {
    ask: z.object({ guestId: id, templateIds: z.array(id).min(1).max(500) }).strict(),
    answer: z.object({ removed: count }),
  },
  'faces-encode-again': {
    ask: z
      .object({
        guestId: id,
        encoder: encoderRule,
        embeddings: z.array(z.object({ templateId: id, embedding: newFace.shape.embedding }).strict()).max(200),
      })
      .strict(),
    answer: done,
  },
  /** One guest's embeddings, for the command's own training. */
  gallery: {
    ask: z.object({ guestId: id, encoder: encoderRule }).strict(),
    answer: z.object({
      templates: z.array(z.object({ id, embedding: z.string(), quality: z.number() })),
    }),
  },
  'face-picture': {
    ask: z.object({ templateId: id }).strict(),
    answer: z.object({ picture: picture.optional(), points: points.optional() }),
  },
  visits: {
    ask: z.object({ limit: pageLimit, before: cursor }).strict(),
    answer: z.object({ visits: z.array(visit), next: z.string().optional() }),
  },
  visit: { ask: z.object({ id }).strict(), answer: z.object({ visit: visit.optional() }) },
  'visit-picture': { ask: z.object({ id }).strict(), answer: z.object({ picture: picture.optional() }) },
  'visit-label': { ask: z.object({ id, actualGuestId: id.nullable() }).strict(), answer: done },
  inbox: {
    ask: z.object({ limit: pageLimit, before: cursor }).strict(),
    answer: z.object({
      enabled: z.boolean(),
      clusters: z.array(
        z.object({
          id,
          visits: z.array(z.object({ visitId: z.string(), seenAt: z.number(), faces: count })),
          firstSeenAt: z.number(),
          lastSeenAt: z.number(),
        }),
      ),
      next: z.string().optional(),
    }),
  },
  'inbox-pictures': {
    ask: z.object({ clusterId: id, limit: z.number().int().min(1).max(12).default(6) }).strict(),
    answer: z.object({ pictures: z.array(picture) }),
  },
  'inbox-assign': { ask: z.object({ clusterId: id, guestId: id }).strict(), answer: z.object({ faces: count }) },
  /** `never`: and do not ask about this person again. */
  'inbox-ignore': { ask: z.object({ clusterId: id, never: z.boolean() }).strict(), answer: done },
  settings: { ask: none, answer: z.object({ settings: settingsRule }) },
  'settings-change': { ask: settingsRule, answer: z.object({ settings: settingsRule }) },
  privacy: {
    ask: none,
    answer: z.object({
      guests: count,
      templates: count,
      crops: count,
      visits: count,
      thumbnails: count,
      strangers: count,
      auditEntries: count,
      bytes: count,
      retention: z.object({
        visitDays: z.number(),
        inbox: z.boolean(),
        inboxDays: z.number(),
        crops: z.boolean(),
        auditDays: z.number(),
      }),
      keyOrigin: z.string(),
      lastHousekeepingAt: instantOrNothing,
    }),
  },
  forget: { ask: z.object({ guestId: id }).strict(), answer: done },
  'forget-everything': { ask: z.object({ confirm: z.literal('forget everything') }).strict(), answer: done },
  'audit-verify': {
    ask: none,
    answer: z.object({ whole: z.boolean(), entries: count, fault: z.string().optional() }),
  },
  'export-start': {
    ask: z.object({ passphrase: z.string().min(1).max(1000) }).strict(),
    answer: z.object({ transfer: id, bytes: count }),
  },
  'export-piece': {
    ask: z.object({ transfer: id, offset: count }).strict(),
    answer: z.object({ piece, last: z.boolean() }),
  },
  'import-start': { ask: z.object({ bytes: z.number().int().min(1) }).strict(), answer: z.object({ transfer: id }) },
  'import-piece': {
    ask: z.object({ transfer: id, offset: count, piece }).strict(),
    answer: z.object({ received: count }),
  },
  'import-finish': {
    ask: z
      .object({ transfer: id, passphrase: z.string().min(1).max(1000), mode: z.enum(['merge', 'replace']) })
      .strict(),
    answer: z.object({
      guestsAdded: count,
      guestsMerged: count,
      templates: count,
      crops: count,
      refused: z.array(z.string()),
    }),
  },
  /** The tuned encoder in force, for the command, which opens its own networks. */
  'tuned-encoder': { ask: none, answer: z.object({ file: z.base64().optional() }) },
  'transfer-cancel': { ask: z.object({ transfer: id }).strict(), answer: done },
} as const;
