// Bundles the settings page (ui/) into homebridge-ui/public, where homebridge-config-ui-x looks for it.
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

const root = fileURLToPath(new URL('..', import.meta.url));
const from = join(root, 'ui');
const to = join(root, 'homebridge-ui', 'public');

const { outputFiles } = await build({
  entryPoints: { page: join(from, 'main.tsx') },
  outdir: to,
  bundle: true,
  minify: true,
  format: 'iife',
  target: ['es2022'],
  jsx: 'automatic',
  jsxImportSource: 'preact',
  legalComments: 'none',
  logLevel: 'warning',
  write: false,
});
await mkdir(to, { recursive: true });
for (const { path, contents } of outputFiles) {
  await writeFile(path, contents);
}
// The browser keeps scripts; the address changes when their content does.
const version = outputFiles.map(({ hash }) => hash.replace(/\W/g, '')).join('');
const index = await readFile(join(from, 'index.html'), 'utf8');
await writeFile(join(to, 'index.html'), index.replaceAll('__VERSION__', version));
