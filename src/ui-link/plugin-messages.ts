import { z } from 'zod';
import { count, fraction, id, picture, piece } from './values.js';

const none = z.object({}).strict();
const done = z.object({}).strict();

/** A share with its 95 % confidence interval and the number of trials. */
const rate = z.object({ value: fraction, low: fraction, high: fraction, trials: count });

const training = z.object({
  state: z.enum(['idle', 'running', 'done', 'failed']),
  progress: fraction.optional(),
  /** In words, for example "encoding 12 of 40 faces". */
  step: z.string().optional(),
  endedAt: z.number().optional(),
  message: z.string().optional(),
});

const doorbell = z.object({
  name: z.string(),
  online: z.boolean(),
  /** Why it is offline, in words. */
  reason: z.string().optional(),
  framesPerSecond: z.number().optional(),
  droppedShare: fraction.optional(),
  /** ms for one frame with a face, median of late. */
  frameTime: z.number().optional(),
  frameSize: z.object({ width: count, height: count }).optional(),
  engine: z.string().optional(),
});

const accuracy = z.object({
  /** For how many of the household's own faces and visits this was counted. */
  encoder: z.object({ id: z.string(), version: z.string() }),
  falseAcceptRate: z.number(),
  /** What is promised at this rate, or why nothing is. */
  statement: z.string(),
  /** Rows: who it was; columns: whom it was taken for; the last of each is "unknown". */
  confusion: z.object({ labels: z.array(z.string()), counts: z.array(z.array(count)) }),
  guests: z.array(
    z.object({
      id,
      name: z.string(),
      tau: z.number(),
      /** Distances of the guest's own faces to the mean of the others. */
      own: z.array(z.number()),
      /** Distances of strangers to the mean. */
      strangers: z.array(z.number()),
    }),
  ),
  /** Guests not recognised; strangers taken for a guest. */
  falseNegative: rate,
  falsePositive: rate,
  lookalikes: z.array(z.object({ guestId: id, otherId: id, distance: z.number() })),
  harmful: z.array(z.object({ guestId: id, templateId: id, reason: z.string() })),
});

const judgedEncoder = z.object({
  /** Held-out looks of guests that did not get their name; strangers that got one, at the promised rate. */
  falseRejects: count,
  falseAccepts: count,
  /** The latter at ten and fifty times the rate. */
  falseAcceptsLoose: z.array(count),
  confusion: z.object({ labels: z.array(z.string()), counts: z.array(z.array(count)) }),
  /** Distances from the nearest guest's mean, for histograms. */
  distances: z.object({ guests: z.array(z.number()), strangers: z.array(z.number()) }),
  tau: z.number().optional(),
});

/** What tuning found: before against after, on faces that neither was tuned with. */
export const tuningReport = z.object({
  promoted: z.boolean(),
  /** One sentence. */
  reason: z.string(),
  at: z.number().optional(),
  falseAcceptRate: z.number(),
  seconds: z.number(),
  memoryMb: z.number(),
  training: z.object({
    ended: z.enum(['all steps', 'no further gain', 'time limit']),
    steps: count,
    bestStep: count,
    heldOutBefore: z.number(),
    heldOutAfter: z.number(),
  }),
  heldOut: z.object({ looks: count }),
  strangers: z.object({ tunedWith: count, calibrated: count, judged: count }),
  before: judgedEncoder,
  after: judgedEncoder,
});

const enrolmentResult = z.object({
  /** The file's name, for a film with the time of the frame. */
  source: z.string(),
  taken: z.boolean(),
  quality: fraction.optional(),
  /** Why it was refused, in words. */
  reason: z.string().optional(),
  /** The aligned face, as a small JPEG. */
  picture: picture.optional(),
});

/** How a long piece of work is going. */
export const progress = z.object({
  done: count,
  total: count.optional(),
  step: z.string().optional(),
  /** Enrolment: a picture that was just judged. */
  result: enrolmentResult.optional(),
  /** Live enrolment: what to ask of the person, what is covered, and the newest picture. */
  guidance: z.string().optional(),
  coverage: z.array(z.object({ pose: z.string(), covered: z.boolean() })).optional(),
  picture: picture.optional(),
});

/** What the running plugin answers: everything that needs cameras or vision. */
export const pluginMessages = {
  status: {
    ask: none,
    answer: z.object({
      version: z.string(),
      /** Why the guest book cannot be used, in words; absent when it can. */
      bookFault: z.string().optional(),
      readOnly: z.boolean(),
      guests: count,
      doorbells: z.array(doorbell),
      training,
    }),
  },
  doorbells: { ask: none, answer: z.object({ doorbells: z.array(doorbell) }) },
  /** The newest picture with the faces found in it, in fractions of the picture. */
  'doorbell-picture': {
    ask: z.object({ name: z.string().min(1).max(64), width: z.number().int().min(64).max(1280).default(640) }).strict(),
    answer: z.object({
      picture: picture.optional(),
      at: z.number().optional(),
      faces: z.array(
        z.object({
          x: z.number(),
          y: z.number(),
          width: z.number(),
          height: z.number(),
          /** Width of the face in the camera's own pixels. */
          pixels: z.number(),
        }),
      ),
    }),
  },
  'enrol-start': { ask: z.object({ guestId: id }).strict(), answer: z.object({ enrolment: id }) },
  'enrol-file': {
    ask: z
      .object({
        enrolment: id,
        name: z.string().min(1).max(255),
        kind: z.enum(['photo', 'video']),
        bytes: z
          .number()
          .int()
          .min(1)
          .max(256 * 1024 * 1024),
      })
      .strict(),
    answer: z.object({ file: id }),
  },
  /** With a file's last piece it is judged: `results` says how. */
  'enrol-piece': {
    ask: z.object({ enrolment: id, file: id, offset: count, piece }).strict(),
    answer: z.object({ received: count, results: z.array(enrolmentResult).optional() }),
  },
  /** Live at the door; progress streams until enough is covered, or `enrol-finish` or `enrol-cancel` comes. */
  'enrol-live': {
    ask: z.object({ enrolment: id, doorbell: z.string().min(1).max(64) }).strict(),
    answer: z.object({ taken: count }),
  },
  /** Writes what was taken into the book and trains. */
  'enrol-finish': {
    ask: z.object({ enrolment: id }).strict(),
    answer: z.object({ templates: count, warnings: z.array(z.string()) }),
  },
  'enrol-cancel': { ask: z.object({ enrolment: id }).strict(), answer: done },
  /** Starts training, or joins the one under way. It goes on when the asker leaves. */
  train: { ask: none, answer: z.object({ encodedAgain: count, warnings: z.array(z.string()), statement: z.string() }) },
  /**
   * Tunes the encoder on the household's faces, or joins the run under way; it goes on when the asker leaves. What is
   * better is put in force at once, and `tune-back` is the way back.
   */
  tune: {
    ask: z
      .object({
        /** A folder on the plugin's machine with one folder of photos for each of many people who are no guests. */
        strangersFolder: z.string().min(1).max(4096).optional(),
        /** Seconds of training. */
        timeLimit: z.number().int().min(10).max(86_400).optional(),
      })
      .strict(),
    answer: tuningReport,
  },
  'tune-cancel': { ask: none, answer: z.object({ cancelled: z.boolean() }) },
  /** What is going on, whether a tuned encoder is in force, and what the last run found. */
  'tune-state': {
    ask: none,
    answer: z.object({ tuning: training, inForce: z.boolean(), report: tuningReport.optional() }),
  },
  /** One step back: the encoder as it was before. */
  'tune-back': { ask: none, answer: z.object({ steppedBack: z.boolean() }) },
  accuracy: { ask: none, answer: accuracy },
  /** What another false accept rate would change; nothing is applied. */
  'accuracy-preview': {
    ask: z.object({ falseAcceptRate: z.number().min(0.00001).max(0.1) }).strict(),
    answer: accuracy,
  },
} as const;
