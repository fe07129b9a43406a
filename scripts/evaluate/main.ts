import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { Command } from 'commander';
import { registerEvaluate } from '../../src/cli/evaluate/index.js';
import { packageRoot } from '../../src/package-root.js';

/** Everything docs/accuracy.md states, measured anew. Real faces are needed, which the project does not bring along. */
const faces = resolve(packageRoot, '../shared/data/lfw');
/** What the set's authors have found to be wrong with its labels. */
const errata = join(import.meta.dirname, 'lfw-errata.json');
const results = join(packageRoot, '.cache', 'results');

async function evaluate(name: string, ...words: string[]): Promise<void> {
  console.log(`\n=== evaluate ${words.join(' ')} ===`);
  const program = new Command().exitOverride();
  registerEvaluate(program, () => Promise.resolve([]));
  await program.parseAsync(['evaluate', ...words, '--json', join(results, `${name}.json`), '--out', results], {
    from: 'user',
  });
}

if (!existsSync(join(faces, 'images'))) {
  console.error(
    `The evaluation faces are not here (${faces}). They may not be redistributed; docs/accuracy.md says where to get them.`,
  );
  process.exitCode = 2;
} else {
  const images = join(faces, 'images');
  const pairs = ['pairs', images, '--pairs', join(faces, 'pairs.txt'), '--errata', errata];
  await evaluate('pairs', ...pairs);
  await evaluate('pairs-mirror', ...pairs, '--mirror');
  await evaluate('protocol', 'protocol', images, '--draws', '20');
  await evaluate('openset', 'openset', images, '--grid', '--strangers', '1040', '--errata', errata);
  console.log('\n`node --import tsx scripts/evaluate/tables.ts` puts these figures into docs/accuracy.md.');
}
