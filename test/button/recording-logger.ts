import type { Logger } from '../../src/types.js';
import { noteLine } from '../support/secrets.js';

export type Level = 'debug' | 'info' | 'warn' | 'error';

/** A logger that keeps what it is told. */
export function recordingLogger(): Logger & { readonly lines: [Level, string][] } {
  const lines: [Level, string][] = [];
  const keep =
    (level: Level) =>
    (...words: unknown[]) => {
      const line = words.map(String).join(' ');
      lines.push([level, line]);
      noteLine(line);
    };
  return { lines, debug: keep('debug'), info: keep('info'), warn: keep('warn'), error: keep('error') };
}
