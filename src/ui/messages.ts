import { z } from 'zod';
import type { Progress, RequestType } from '../ui-link/protocol.js';

/** What passes between the settings page in the browser and its server process. */

/** Every answer to the page: never a thrown error, so that the words arrive as they are. */
export interface Envelope<T> {
  readonly answer?: T;
  readonly error?: { readonly fault: string; readonly message: string };
}

/**
 * What the page may ask of the plugin. Embeddings never reach a browser: what would send or change them is left to
 * the command.
 */
export const pageRequests = [
  'guests',
  'guest-add',
  'guest-change',
  'faces',
  'faces-remove',
  'visits',
  'visit',
  'visit-label',
  'inbox',
  'inbox-assign',
  'inbox-ignore',
  'settings',
  'settings-change',
  'privacy',
  'forget',
  'forget-everything',
  'audit-verify',
  'export-start',
  'export-piece',
  'import-start',
  'import-piece',
  'import-finish',
  'transfer-cancel',
  'status',
  'doorbells',
  'enrol-start',
  'enrol-file',
  'enrol-piece',
  'enrol-live',
  'enrol-finish',
  'enrol-cancel',
  'train',
  'tune',
  'tune-cancel',
  'tune-state',
  'tune-back',
  'accuracy',
  'accuracy-preview',
] as const satisfies readonly RequestType[];

export const askRule = z
  .object({ request: z.number().int().min(0), type: z.enum(pageRequests), body: z.record(z.string(), z.unknown()) })
  .strict();

/** Widest picture the page gets, px. */
export const widestPicture = 1280;

const width = z.number().int().min(32).max(widestPicture);
const id = z.string().min(1).max(100);

export const pictureRule = z.discriminatedUnion('of', [
  z.object({ of: z.literal('face'), id, width }).strict(),
  z.object({ of: z.literal('visit'), id, width }).strict(),
  /** The `index`th best face of an unknown visitor. */
  z.object({ of: z.literal('stranger'), id, index: z.number().int().min(0).max(11), width }).strict(),
]);

export type PictureRequest = z.infer<typeof pictureRule>;

export interface PictureAnswer {
  /** JPEG in base64; absent when none is kept. */
  readonly picture?: string;
}

export const watchRule = z.object({ name: z.string().min(1).max(64), width }).strict();
export const unwatchRule = z.object({ name: z.string().min(1).max(64) }).strict();

/** Pushed as `watched` while somebody looks at a doorbell. */
export interface WatchAnswer {
  readonly name: string;
  readonly picture?: string;
  readonly at?: number;
  /** In fractions of the picture; `pixels`: the face's width in the camera's own pixels. */
  readonly faces: readonly {
    readonly x: number;
    readonly y: number;
    readonly width: number;
    readonly height: number;
    readonly pixels: number;
  }[];
  readonly error?: { readonly fault: string; readonly message: string };
}

/** Pushed as `progress`. */
export interface PushedProgress {
  readonly request: number;
  readonly progress: Progress;
}

/** Pushed as `changed`. */
export interface PushedChange {
  readonly kind: string;
}
