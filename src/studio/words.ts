import type { FalseAcceptPromise } from '../recognition/surface.js';

export function promiseInWords(promise: FalseAcceptPromise): string {
  return sentence(promise.kept ? promise.statement : `No promise is made: ${promise.reason}`);
}

/** A phrase with a capital and a full stop. */
export const sentence = (phrase: string): string =>
  `${phrase.charAt(0).toUpperCase()}${phrase.slice(1)}${/[.!?]$/.test(phrase) ? '' : '.'}`;

/** What went wrong, as one sentence without an end of its own. */
export const reasonOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));
