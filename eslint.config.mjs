import tseslint from 'typescript-eslint';
import importX from 'eslint-plugin-import-x';
import prettier from 'eslint-config-prettier';

/** The house plan (docs/architecture.md): into which other rooms each room may look; types are open to all. */
const plan = {
  recognition: ['visit'],
  liveness: [],
  visit: [],
  video: [],
  vision: [],
  guestbook: [],
  homekit: ['video'],
  mqtt: [],
  notify: ['mqtt'],
  button: ['mqtt'],
  'ui-link': ['guestbook'],
  ui: ['ui-link'],
  enrolment: ['video', 'vision', 'recognition'],
};
/** Rooms that hold no effects and no libraries. */
const pureRooms = ['recognition', 'liveness', 'visit'];

const zones = Object.entries(plan).map(([room, open]) => ({
  target: `./src/${room}`,
  from: './src',
  except: [room, ...open, 'types.ts', 'package-root.ts', 'no-telemetry.ts'].map((path) => `./${path}`),
  message: `${room} may look into ${open.join(', ') || 'no other room'} (docs/architecture.md).`,
}));

/** Node's modules that do input or output, and the libraries that only one room may hold. */
const effects = ['fs', 'fs/promises', 'net', 'http', 'https', 'child_process', 'worker_threads', 'dgram'].flatMap(
  (name) => [name, `node:${name}`],
);
const tensorLibraries = ['@tensorflow/*', '@vladmandic/*', 'onnxruntime-*'];

export default tseslint.config(
  { ignores: ['dist', 'coverage', 'node_modules', '.cache', 'homebridge-ui/public'] },
  ...tseslint.configs.strictTypeChecked.map((config) => ({ ...config, files: ['**/*.{ts,tsx}'] })),
  {
    files: ['**/*.{ts,tsx}'],
    plugins: { 'import-x': importX },
    languageOptions: { parserOptions: { projectService: true } },
    settings: {
      'import-x/resolver-next': [
        importX.createNodeResolver({
          extensions: ['.ts', '.tsx', '.js'],
          extensionAlias: { '.js': ['.ts', '.tsx', '.js'] },
        }),
      ],
    },
    rules: {
      'import-x/no-restricted-paths': ['error', { zones }],
      '@typescript-eslint/restrict-template-expressions': ['error', { allowNumber: true, allowBoolean: true }],
      '@typescript-eslint/no-confusing-void-expression': ['error', { ignoreArrowShorthand: true }],
      '@typescript-eslint/no-unnecessary-condition': ['error', { allowConstantLoopConditions: true }],
      // Typed arrays and lengths checked by the loop's own bound.
      '@typescript-eslint/no-non-null-assertion': 'off',
      '@typescript-eslint/no-unused-vars': ['error', { argsIgnorePattern: '^_', varsIgnorePattern: '^_' }],
    },
  },
  {
    files: pureRooms.map((name) => `src/${name}/**/*.ts`),
    rules: {
      'no-restricted-imports': ['error', { patterns: [{ group: [...effects, ...tensorLibraries, 'homebridge'] }] }],
    },
  },
  {
    files: ['src/**/*.ts'],
    ignores: ['src/vision/**', ...pureRooms.map((name) => `src/${name}/**`)],
    rules: {
      'no-restricted-imports': [
        'error',
        { patterns: [{ group: tensorLibraries, message: 'Only vision/ holds a tensor library.' }] },
      ],
    },
  },
  {
    files: ['test/**/*.ts', 'scripts/**/*.ts', 'bench/**/*.ts'],
    rules: { '@typescript-eslint/no-floating-promises': 'error' },
  },
  prettier,
);
