import { z } from 'zod';
import { encoderRule, faceSourceRule } from '../guestbook/faces.js';
import { consentRule, instant } from '../guestbook/rules.js';

/** Values that several messages share. */

export const id = z.string().min(1).max(100);

export const cursor = z.string().max(200).optional();

/** Longest piece of a file in one message, in bytes before base64. */
export const largestPiece = 256 * 1024;

/** Bytes in base64. */
export const piece = z
  .base64()
  .max(Math.ceil(largestPiece / 3) * 4)
  .min(1);

export const picture = z.base64().max(2 * 1024 * 1024);

export const fraction = z.number().min(0).max(1);

export const count = z.number().int().min(0);

const pose = z.object({ yaw: z.number(), pitch: z.number(), roll: z.number() });

export const guest = z.object({
  id,
  name: z.string(),
  relation: z.string().optional(),
  notes: z.string().optional(),
  consent: consentRule,
  consentState: z.enum(['valid', 'expired']),
  createdAt: instant,
  updatedAt: instant,
  lastSeenAt: instant.optional(),
  templates: count,
  crops: count,
});

export const face = z.object({
  id,
  encoder: encoderRule,
  quality: fraction,
  pose: pose.optional(),
  source: faceSourceRule,
  addedAt: instant,
  hasCrop: z.boolean(),
});

export const points = z.array(z.object({ x: z.number(), y: z.number() })).max(16);

/** A face on its way into the book; embedding (float32, little endian) and picture in base64. */
export const newFace = z
  .object({
    embedding: z
      .base64()
      .min(4)
      .max(64 * 1024),
    encoder: encoderRule,
    quality: fraction,
    pose: pose.optional(),
    source: faceSourceRule,
    crop: z
      .object({ picture: z.base64().max(720_000), points })
      .strict()
      .optional(),
  })
  .strict();

const person = z.object({ id: z.string(), name: z.string() });
const candidate = z.object({ guestId: z.string(), name: z.string(), distance: z.number(), tau: z.number() });
const reasons = z.array(z.string());

export const identification = z.object({
  guest: person.optional(),
  best: candidate.optional(),
  second: candidate.optional(),
  confidence: z.number(),
  frames: z.number(),
  reasons,
});

export const liveness = z.object({
  state: z.enum(['live', 'spoof', 'undecided']),
  score: z.number(),
  blinks: z.number(),
  reasons,
  signs: z.object({ blink: z.boolean(), parallax: z.boolean(), expression: z.boolean() }),
});

export const visit = z.object({
  id: z.string(),
  doorbell: z.string(),
  startedAt: z.number(),
  decidedAt: z.number().optional(),
  endedAt: z.number().optional(),
  pressedAt: z.number().optional(),
  decision: z
    .object({
      outcome: z.enum(['guest', 'unknown', 'undecided']),
      guest: person.optional(),
      possiblyPhotoOf: person.optional(),
      identification,
      liveness,
      verified: z.boolean(),
      reasons,
    })
    .optional(),
  receipt: z
    .object({
      inputs: z.object({
        identification,
        liveness,
        policy: z.enum(['off', 'announce', 'require', 'strict']),
        elapsed: z.number(),
        settled: z.boolean(),
      }),
      versions: z.record(z.string(), z.string()),
    })
    .optional(),
  label: z.object({ actualGuestId: z.string().nullable(), at: z.number() }).optional(),
  hasThumbnail: z.boolean(),
});

export const instantOrNothing = instant.optional();
