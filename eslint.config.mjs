import tseslint from 'typescript-eslint';
import importX from 'eslint-plugin-import-x';
import prettier from 'eslint-config-prettier';

/** The house plan: which room may not look into which (docs/architecture.md). */
const pureRooms = ['recognition', 'liveness', 'visit'];
const rooms = [...pureRooms, 'video', 'vision', 'guestbook', 'homekit', 'notify', 'ui-link', 'button', 'mqtt'];
const room = (name) => `./src/${name}`;

const zones = [
  // Nobody imports the wiring or the command.
  {
    target: rooms.map(room),
    from: ['./src/cli', './src/platform.ts', './src/worker', './src/index.ts'],
    message: 'Only the wiring knows everybody.',
  },
  // The pure rooms see plain types only.
  {
    target: pureRooms.map(room),
    from: rooms.filter((name) => !pureRooms.includes(name)).map(room),
    message: 'recognition, liveness and visit are pure: plain numbers in, plain values out.',
  },
  {
    target: room('video'),
    from: rooms.filter((name) => name !== 'video').map(room),
    message: 'video knows nothing of faces.',
  },
  {
    target: room('vision'),
    from: rooms.filter((name) => name !== 'vision').map(room),
    message: 'vision knows nothing of guests.',
  },
  {
    target: room('homekit'),
    from: ['vision', 'recognition', 'guestbook', 'ui-link'].map(room),
    message: 'homekit is told, it does not ask.',
  },
  {
    target: room('notify'),
    from: ['video', 'vision', 'recognition', 'guestbook', 'homekit', 'ui-link', 'button'].map(room),
    message: 'notify is told, it does not ask.',
  },
];

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
