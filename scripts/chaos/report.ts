import { median as middle } from '../../src/liveness/sample-window.js';
import type { Outcome } from './fault.js';

/** One row per kind of fault, as Markdown. */
export function markdown(outcomes: readonly Outcome[]): string {
  const kinds = [...new Set(outcomes.map(({ kind }) => kind))].sort();
  const rows = kinds.map((kind) =>
    row(
      kind,
      outcomes.filter((outcome) => outcome.kind === kind),
    ),
  );
  const head = ['fault', 'times', 'recovered', 'median s', 'worst s', 'log lines (median, most)'];
  return [head, head.map((_, at) => (at === 0 ? '---' : '--:')), ...rows, row('**all**', outcomes)]
    .map((cells) => `| ${cells.join(' | ')} |`)
    .join('\n');
}

function row(kind: string, outcomes: readonly Outcome[]): string[] {
  const times = outcomes.flatMap(({ recoveryMs }) => (Number.isNaN(recoveryMs) ? [] : [recoveryMs / 1000]));
  const lines = outcomes.map((outcome) => outcome.lines.length);
  const recovered = outcomes.filter((outcome) => outcome.recovered).length;
  const shown = (value: number): string => (Number.isFinite(value) ? value.toFixed(1) : '–');
  return [
    kind,
    String(outcomes.length),
    String(recovered),
    shown(middle(times)),
    shown(Math.max(...times)),
    `${middle(lines)}, ${Math.max(...lines)}`,
  ];
}
