import type { Logger } from '../../src/types.js';
import { noteLine } from './secrets.js';

export interface LogLine {
  readonly level: keyof Logger;
  readonly text: string;
}

/** A logger that keeps its lines. */
export function recordingLogger(): Logger & { readonly lines: LogLine[]; shown(): string[] } {
  const lines: LogLine[] = [];
  const at =
    (level: LogLine['level']) =>
    (...parts: unknown[]): void => {
      const text = parts.map(String).join(' ');
      lines.push({ level, text });
      noteLine(text);
    };
  return {
    lines,
    debug: at('debug'),
    info: at('info'),
    warn: at('warn'),
    error: at('error'),
    /** What a person sees who has not switched debugging on. */
    shown: () => lines.filter(({ level }) => level !== 'debug').map(({ level, text }) => `${level}: ${text}`),
  };
}
