import { Command } from 'commander';
import { table } from '../src/cli/table.js';
import { parts } from './parts.js';
import { circumstances, type Row } from './report.js';

/** `npm run bench -- [PARTS…] [--quick]`: measures what docs/performance.md tells, on this machine, in one run. */
const program = new Command('npm run bench --')
  .description('Measures speed and cost on this machine, one table per part.')
  .argument('[parts...]', `which parts: ${Object.keys(parts).join(', ')} (default: all)`)
  .option('--quick', 'fewer repetitions, for a first impression', false)
  .parse();

const { quick } = program.opts<{ quick: boolean }>();
const names = program.args.length === 0 ? Object.keys(parts) : program.args;
const unknown = names.filter((name) => !(name in parts));
if (unknown.length > 0) {
  program.error(`There is no part ${unknown.join(', ')}; there are: ${Object.keys(parts).join(', ')}.`);
}

show('Circumstances', await circumstances());
for (const name of names) {
  const part = parts[name]!;
  try {
    show(`${part.title}  [${name}]`, await part.run(quick));
  } catch (error) {
    // One part that cannot be measured here must not hide the others.
    console.error(`\n${part.title}  [${name}]\n  could not be measured: ${reasonOf(error)}`);
    process.exitCode = 1;
  }
}

function show(title: string, rows: readonly Row[]): void {
  const lines = table(rows.map(([what, figure, goal = '']) => [what, figure, goal && `goal ${goal}`]));
  console.log(`\n${title}\n${lines.replaceAll(/^/gm, '  ').replaceAll(/ +$/gm, '')}`);
}

function reasonOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
