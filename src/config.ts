import { isIP } from 'node:net';
import { z } from 'zod';
import { describeIssue, semanticFaults, type ConfigFault } from './config-faults.js';
import { parseCameraUrl } from './video/camera-url.js';

/** A rectangle in fractions of the picture, (0, 0) top left, (1, 1) bottom right. */
const fractionBox = z
  .object({
    x: z.number().min(0).max(1),
    y: z.number().min(0).max(1),
    width: z.number().positive().max(1),
    height: z.number().positive().max(1),
  })
  .strict();

const streamUrl = z.string().superRefine((value, context) => {
  try {
    parseCameraUrl(value);
  } catch (error) {
    const { message } = error as Error;
    context.addIssue({ code: 'custom', message: `cannot be used: ${message.replace(/\.$/, '')}` });
  }
});

const mqttUrl = z.string().regex(/^(mqtts?|wss?):\/\/[^/\s]+/i, 'must be an address such as mqtt://192.168.1.10:1883');

const plainTopic = z.string().regex(/^[^#+\s/][^#+\s]*$/, 'must be a topic without spaces, + and #');

export const livenessPolicies = ['off', 'announce', 'require', 'strict'] as const;

const doorbellSchema = z
  .object({
    name: z.string().trim().min(1, 'must not be empty').max(64),
    url: streamUrl,
    transport: z.enum(['tcp', 'udp', 'auto']).default('tcp'),
    /** A second, smaller stream of the same camera for recognition; the first one is then only shown. */
    detectUrl: streamUrl.optional(),
    framesPerSecond: z.number().min(1).max(30).default(10),
    decoder: z.enum(['auto', 'software', 'vaapi', 'qsv', 'v4l2m2m', 'cuda', 'nvmpi', 'nvv4l2dec']).default('software'),
    videoEncoder: z.string().default('auto'),
    /** Whether live views have the camera's sound. */
    sound: z.boolean().default(true),
    /** `off`, `camera` for its loudspeaker over RTSP, or an rtsp:// or rtp:// address. */
    talkBack: z
      .string()
      .regex(
        /^(off|camera|rtsps?:\/\/\S+|rtp:\/\/\S+:\d+.*)$/i,
        'must be "off", "camera", or an rtsp:// or rtp:// address',
      )
      .default('off'),
    /** A program that gets what is said as PCM: 16 bits, little-endian, mono, 16 kHz. */
    talkBackCommand: z
      .array(z.string())
      // The settings form may leave an empty line.
      .transform((words) => (words[0] === '' ? [] : words))
      .default([]),
    /** HomeKit Secure Video; `auto` offers it unless the machine is weak. */
    recording: z.enum(['auto', 'on', 'off']).default('auto'),
    ignoreRegions: z.array(fractionBox).default([]),
    /** What makes the doorbell ring, beside what the sensors show. */
    rings: z
      .object({
        guests: z.boolean().default(true),
        strangers: z.boolean().default(true),
        button: z.boolean().default(true),
      })
      .strict()
      .prefault({}),
    liveness: z.enum(livenessPolicies).optional(),
    /** How long a sensor stays on after its visitor was last seen, in seconds. */
    holdSeconds: z.number().min(5).max(3600).default(30),
    /** A visitor away for longer than this begins a new visit, in seconds. */
    visitGapSeconds: z.number().min(2).max(3600).default(20),
  })
  .strict();

const configSchema = z
  .object({
    platform: z.string().optional(),
    name: z.string().default('Doorman'),
    doorbells: z.array(doorbellSchema).default([]),
    ffmpegPath: z.string().min(1).optional(),
    engine: z.enum(['auto', 'onnx', 'tensorflow-gpu', 'tensorflow', 'wasm']).default('auto'),
    threads: z.number().int().min(1).max(16).optional(),
    encoder: z
      .union([
        z.enum(['fusion', 'faceres', 'dlib']),
        z.object({ model: z.string().min(1), description: z.string().min(1), population: z.string().min(1) }).strict(),
      ])
      .default('fusion'),
    classifier: z.enum(['calibrated', 'svm-tau', 'svm-unknown', 'svm-tau-tuned']).default('calibrated'),
    /** Wanted upper bound of strangers' visits that are called a guest. */
    falseAcceptRate: z.number().min(0.00001).max(0.1).default(0.001),
    liveness: z.enum(livenessPolicies).default('require'),
    guests: z
      .object({
        sensor: z.enum(['occupancy', 'motion', 'contact']).default('occupancy'),
        switches: z.boolean().default(false),
        verified: z.boolean().default(false),
        possiblyPhoto: z.boolean().default(false),
        cameraOffline: z.boolean().default(false),
      })
      .strict()
      .prefault({}),
    keyFile: z.string().min(1).optional(),
    /** Tuning the encoder on site; off by default, see docs/training.md. */
    tuning: z
      .object({
        nightly: z.boolean().default(false),
        /** One folder of photos for each of many people who are no guests. */
        strangersFolder: z.string().min(1).optional(),
      })
      .strict()
      .prefault({}),
    retention: z
      .object({
        visitDays: z.number().min(0).max(3650).default(30),
        /** Unknown visitors' faces are kept for naming later; off: only in memory, during the visit. */
        inbox: z.boolean().default(false),
        inboxDays: z.number().min(1).max(365).default(7),
        crops: z.boolean().default(true),
      })
      .strict()
      .prefault({}),
    button: z
      .object({
        http: z
          .object({
            port: z.number().int().min(1).max(65535),
            host: z
              .string()
              .refine((host) => host === 'localhost' || isIP(host) !== 0, 'must be an IP address or "localhost"')
              .default('127.0.0.1'),
            token: z.string().min(16, 'must have at least 16 characters; anyone who knows it can ring'),
          })
          .strict()
          .optional(),
        mqtt: z
          .object({
            /** Without it: the broker of `notify.mqtt`. */
            url: mqttUrl.optional(),
            topic: z.string().regex(/^[^#+]+$/, 'must be a topic without + and #'),
            username: z.string().optional(),
            password: z.string().optional(),
          })
          .strict()
          .optional(),
      })
      .strict()
      .prefault({}),
    /** Ways out of the house's bridge beside HomeKit; none by default. */
    notify: z
      .object({
        mqtt: z
          .object({
            url: mqttUrl,
            username: z.string().optional(),
            password: z.string().optional(),
            topic: plainTopic.default('doorman'),
            discovery: z.boolean().default(true),
            discoveryPrefix: plainTopic.default('homeassistant'),
            pictures: z.boolean().default(false),
          })
          .strict()
          .optional(),
        webhooks: z
          .array(
            z
              .object({
                url: z.url({
                  protocol: /^https?$/,
                  error: 'must be an address such as https://192.168.1.10:8443/door',
                }),
                secret: z.string().min(16, 'must have at least 16 characters; messages are signed with it'),
                pictures: z.boolean().default(false),
              })
              .strict(),
          )
          .default([]),
      })
      .strict()
      .prefault({}),
  })
  .loose();

export type DoormanConfig = z.infer<typeof configSchema>;
export type DoorbellConfig = z.infer<typeof doorbellSchema> & { readonly liveness: (typeof livenessPolicies)[number] };

export type ParsedConfig =
  | { readonly config: DoormanConfig; readonly doorbells: readonly DoorbellConfig[]; readonly faults: readonly [] }
  | { readonly config?: undefined; readonly faults: readonly ConfigFault[] };

/** Keys that Homebridge itself writes into a platform's block. */
const ownKeys = new Set([...Object.keys(configSchema.shape), '_bridge', 'env']);

/** Checks a platform block of Homebridge's config.json. Never throws; reports every fault at once. */
export function parseConfig(block: unknown): ParsedConfig {
  const result = configSchema.safeParse(block, { reportInput: true });
  const faults: ConfigFault[] = result.success ? [] : result.error.issues.map(describeIssue);
  if (typeof block === 'object' && block !== null) {
    for (const key of Object.keys(block)) {
      if (!ownKeys.has(key)) {
        faults.push({ path: key, message: 'is not a setting of Doorman' });
      }
    }
  }
  faults.push(...semanticFaults(block));
  if (!result.success || faults.length > 0) {
    return { faults };
  }
  const config = result.data;
  const doorbells = config.doorbells.map((doorbell) => ({
    ...doorbell,
    liveness: doorbell.liveness ?? config.liveness,
  }));
  return { config, doorbells, faults: [] };
}
