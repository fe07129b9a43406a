import type { Logger } from '../../src/types.js';

export type Level = 'debug' | 'info' | 'warn' | 'error';

/** A logger that keeps what it is told. */
export function recordingLogger(): Logger & { readonly lines: [Level, string][] } {
  const lines: [Level, string][] = [];
  const keep =
    (level: Level) =>
    (...words: unknown[]) => {
      lines.push([level, words.map(String).join(' ')]);
    };
  return { lines, debug: keep('debug'), info: keep('info'), warn: keep('warn'), error: keep('error') };
}
