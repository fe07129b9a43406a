import { execFileSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { packageRoot } from '../../src/package-root.js';

interface Manifest {
  readonly name: string;
  readonly type: string;
  readonly main: string;
  readonly keywords: readonly string[];
  readonly engines: Readonly<Record<string, string>>;
  readonly homepage: string;
  readonly bugs: { readonly url: string };
  readonly scripts: Readonly<Record<string, string>>;
  readonly files: readonly string[];
  readonly dependencies: Readonly<Record<string, string>>;
  readonly optionalDependencies: Readonly<Record<string, string>>;
  readonly devDependencies: Readonly<Record<string, string>>;
}

const read = (file: string): string => readFileSync(`${packageRoot}/${file}`, 'utf8');
const manifest = JSON.parse(read('package.json')) as Manifest;

/** Homebridge's rules for a verified plugin (github.com/homebridge/verified). */
describe('the package as Homebridge verifies it', () => {
  it('has the name and keywords of a plugin', () => {
    expect(manifest.name).toMatch(/^homebridge-[a-z-]+$/);
    expect(manifest.keywords).toContain('homebridge-plugin');
    expect(manifest.keywords.length).toBeGreaterThan(1);
  });

  it('says which Homebridge and which Nodes it runs on, every LTS among them', () => {
    expect(manifest.engines.homebridge).toBe('^1.8.0 || ^2.0.0');
    for (const node of ['^20', '^22', '^24']) {
      expect(manifest.engines.node).toContain(node);
    }
  });

  it('has https pages', () => {
    expect(manifest.homepage).toMatch(/^https:\/\//);
    expect(manifest.bugs.url).toMatch(/^https:\/\//);
  });

  it('runs nothing at installation', () => {
    for (const script of ['preinstall', 'install', 'postinstall', 'prepare', 'prepublish']) {
      expect(manifest.scripts).not.toHaveProperty(script);
    }
  });

  it('depends on Homebridge and hap-nodejs for development only', () => {
    for (const name of ['homebridge', 'hap-nodejs']) {
      expect({ ...manifest.dependencies, ...manifest.optionalDependencies }).not.toHaveProperty(name);
      expect(manifest.devDependencies).toHaveProperty(name);
    }
  });

  it('never imports hap-nodejs, and of Homebridge only types', () => {
    const sources = execFileSync('git', ['ls-files', 'src'], { cwd: packageRoot, encoding: 'utf8' }).trim().split('\n');
    const offenders = sources
      .filter((file) => file.endsWith('.ts'))
      .filter((file) => /^import (?!type)[^;]*from '(homebridge|hap-nodejs|@homebridge\/hap-nodejs)/m.test(read(file)));
    expect(offenders).toEqual([]);
  });

  it('has a settings form for its one platform', () => {
    const schema = JSON.parse(read('config.schema.json')) as {
      pluginAlias: string;
      pluginType: string;
      singular: boolean;
      schema: { properties: Record<string, unknown> };
    };
    expect(schema).toMatchObject({ pluginAlias: 'Doorman', pluginType: 'platform', singular: true });
    expect(schema.schema.properties).toHaveProperty('name');
  });

  it('packs what it needs to run, and nothing else', () => {
    const output = execFileSync('npm', ['pack', '--dry-run', '--json', '--ignore-scripts', '--loglevel=error'], {
      cwd: packageRoot,
      encoding: 'utf8',
    });
    const [{ files }] = JSON.parse(output) as [{ files: { path: string }[] }];
    const paths = files.map(({ path }) => path);
    for (const needed of [
      'package.json',
      'README.md',
      'LICENSE',
      'config.schema.json',
      'dist/index.js',
      'dist/cli/main.js',
      'dist/worker/entry.js',
    ]) {
      expect(paths).toContain(needed);
    }
    expect(paths.filter((path) => /^(src|test|scripts|bench|\.ci|node_modules)\//.test(path))).toEqual([]);
  });

  it('keeps the inference library from noting down what it is used for', () => {
    const home = mkdtempSync(join(tmpdir(), 'doorman-home-'));
    try {
      const storage = join(home, 'storage');
      const { HOME: _home, XDG_CACHE_HOME: _cache, NODE_OPTIONS: _options, NODE_ENV: _env, ...rest } = process.env;
      execFileSync(process.execPath, [join(packageRoot, 'dist', 'cli', 'main.js'), '-U', storage, 'doctor'], {
        env: { ...rest, HOME: home },
        encoding: 'utf8',
      });
      const written = readdirSync(home, { recursive: true, encoding: 'utf8' });
      expect(written.length).toBeGreaterThan(0);
      expect(written.filter((path) => /onnxruntime|Microsoft|deviceid/i.test(path))).toEqual([]);
    } finally {
      rmSync(home, { recursive: true });
    }
  });

  it('is idle unless it is configured, and registers one dynamic platform', async () => {
    const registered: unknown[][] = [];
    const { default: register } = (await import('../../src/index.js')) as { default: (api: unknown) => void };
    register({ registerPlatform: (...args: unknown[]) => registered.push(args) });
    expect(registered.map(([, alias]) => alias)).toEqual(['Doorman']);
  });
});
