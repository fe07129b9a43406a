import type { FalseAcceptPromise } from '../recognition/surface.js';

export function promiseInWords(promise: FalseAcceptPromise): string {
  return promise.kept ? capital(`${promise.statement}.`) : `No promise is made: ${promise.reason}.`;
}

const capital = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1);

/** What went wrong, as one sentence without an end of its own. */
export const reasonOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));
