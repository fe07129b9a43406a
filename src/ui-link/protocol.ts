import { z } from 'zod';
import { bookMessages } from './book-messages.js';
import { pluginMessages, progress } from './plugin-messages.js';

/** Every request the plugin understands, with what it asks and what comes back. */
export const messages = { ...bookMessages, ...pluginMessages } as const;

export type RequestType = keyof typeof messages;
export type BookRequestType = keyof typeof bookMessages;
export type PluginRequestType = keyof typeof pluginMessages;

/** What an asker writes (defaults may be left out). */
export type Ask<T extends RequestType> = z.input<(typeof messages)[T]['ask']>;
/** What a handler gets. */
export type Asked<T extends RequestType> = z.output<(typeof messages)[T]['ask']>;
export type Answer<T extends RequestType> = z.output<(typeof messages)[T]['answer']>;
export type Progress = z.output<typeof progress>;

/** What a handler may use while it works. */
export interface Call {
  /** Tells the asker how it is going. */
  progress(progress: Progress): void;
  /** Aborted when the asker is gone or the plugin stops; work that shall outlive the page does not heed it. */
  readonly signal: AbortSignal;
  /** Which connection asks: what belongs to a connection (an upload) ends with it. */
  readonly connection: string;
}

export type Handler<T extends RequestType> = (asked: Asked<T>, call: Call) => Promise<Answer<T>>;

/** Who answers what. `Pick` what a room can answer, and put the parts together. */
export type Handlers = { readonly [T in RequestType]: Handler<T> };
export type BookHandlers = Pick<Handlers, BookRequestType>;
export type PluginHandlers = Pick<Handlers, PluginRequestType>;

/** From the asker. */
export const requestEnvelope = z
  .object({
    request: z.number().int().min(1).max(Number.MAX_SAFE_INTEGER),
    type: z.string().max(64),
    body: z.unknown().optional(),
  })
  .strict();

/** What went wrong with a request: `fault` for programs, `message` for people. */
const failure = z.object({ fault: z.string(), message: z.string() });

/** To the asker: exactly one `answer` or `error` per request, any number of `progress` before it, `changed` any time. */
export const replyEnvelope = z.union([
  z.object({ request: z.number(), progress }),
  z.object({ request: z.number().optional(), error: failure }),
  z.object({ changed: z.string() }),
  z.object({ request: z.number(), answer: z.unknown() }),
]);

export type Reply = z.output<typeof replyEnvelope>;

/** A refusal or failure that came over the link. */
export class UiLinkError extends Error {
  override readonly name = 'UiLinkError';

  constructor(
    /** A GuestBookError's fault, or `unknown-request`, `invalid`, `too-large`, `busy`, `failed`, `unreachable`, `gone`. */
    readonly fault: string,
    message: string,
    options?: ErrorOptions,
  ) {
    super(message, options);
  }
}
