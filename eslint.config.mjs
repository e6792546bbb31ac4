import { createNodeResolver, importX } from 'eslint-plugin-import-x';
import tseslint from 'typescript-eslint';

/**
 * Who may import whom (docs/design.md, "The house"). What is not named here is refused.
 *
 * `imports`: folders that may be imported; `types`: folders of which only types may be; `packages`: npm packages;
 * `node`: whether Node's own modules may be imported, or only their types. `why` is what the linter says.
 */
const house = {
  model: {
    imports: [],
    packages: ['re2js', 'zod', 'yaml'],
    node: 'types',
    why: 'model/ is nouns and rules: it runs inside workflows, which replay it, so it does no I/O, knows no Temporal and no Node. re2js, zod and yaml are pure.',
  },
  servers: {
    imports: ['model'],
    packages: [
      '@aws-sdk/client-s3',
      '@node-rs/crc32',
      'nodemailer',
      'pg',
      'zod',
      'protobufjs',
      'ssh2-sftp-client',
      'webhdfs',
    ],
    node: 'all',
    why: 'servers/ only talks to servers: what the answers are good for is the business of those who ask.',
  },
  sets: {
    imports: ['model', 'servers'],
    packages: ['@node-rs/crc32', 'tar-stream'],
    node: 'all',
    why: 'sets/ is what a set looks like on any target, whatever source it came from: it knows the seams, not the plug-ins.',
  },
  sources: {
    imports: ['model', 'servers'],
    packages: ['@node-rs/crc32', 'protobufjs', 'zod'],
    node: 'all',
    why: 'a source knows neither targets nor other sources: only so does each source go to each target.',
  },
  targets: {
    imports: ['model', 'servers'],
    packages: [],
    node: 'all',
    why: 'a target stores named bytes and knows neither sources nor sets: only so does it take everything.',
  },
  copiers: {
    imports: ['model', 'servers', 'sets'],
    packages: [],
    node: 'all',
    why: 'a copier joins trees and targets that it is given: one that knew a source or a target would serve only that one.',
  },
  activities: {
    imports: ['model', 'sets'],
    packages: ['@temporalio/activity', '@temporalio/client', '@temporalio/common'],
    node: 'all',
    why: 'activities are thin: concrete sources and targets are built in workers/ and passed in, so that tests can pass in others.',
  },
  workflows: {
    imports: ['model'],
    types: ['activities'],
    packages: ['@temporalio/workflow', '@temporalio/common'],
    node: 'none',
    why: 'workflows are replayed: they may use nothing that could answer differently the second time, and of activities only the types.',
  },
  workers: {
    imports: [
      'activities',
      'copiers',
      'model',
      'servers',
      'sets',
      'sources',
      'targets',
      'client/cluster-state',
      'client/rescue',
    ],
    types: ['workflows'],
    packages: ['@temporalio/client', '@temporalio/common', '@temporalio/worker', 'prom-client'],
    node: 'all',
    why: 'workers/ is where everything concrete is put together. Of client/ it takes only what a person can do by hand and a worker does, too: the rescue of a cluster workflow, at its start, and asking for its state, for the metrics.',
  },
  client: {
    imports: ['model'],
    types: ['workflows'],
    packages: ['@temporalio/client', '@temporalio/common', 'cli-progress', 'cli-table3', 'commander', 'yaml', 'zod'],
    node: 'all',
    why: "client/ is people's side: it speaks to Temporal only, opens no connection to a cluster or a target and holds no secret.",
  },
  embedded: {
    imports: [],
    packages: [],
    node: 'all',
    why: "embedded/ fetches and starts other people's servers and could be cut out as a package of its own: it knows nothing of cairn.",
  },
};

/** Folders of which nothing is said above: they may import everything, and nothing above may import them. */
const outside = ['bench', 'quick-start', 'test'];

/** What is loaded lazily escapes the patterns above. */
const lazyImport = {
  selector: 'ImportExpression',
  message: 'Import it at the top of the file: lazy imports escape the rules of the house.',
};

const nodeGlobals = [
  'Buffer',
  'URL',
  'clearInterval',
  'clearTimeout',
  'console',
  'fetch',
  'process',
  'setInterval',
  'setTimeout',
];

export default tseslint.config(
  { ignores: ['dist', 'coverage', '.cache', 'test/replay/histories'] },
  {
    files: ['**/*.ts'],
    extends: [tseslint.configs.recommendedTypeChecked],
    plugins: { 'import-x': importX },
    languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname } },
    settings: {
      'import-x/extensions': ['.ts', '.js'],
      'import-x/parsers': { '@typescript-eslint/parser': ['.ts'] },
      'import-x/resolver-next': [createNodeResolver({ extensions: ['.ts', '.js', '.json', '.node'] })],
    },
    rules: {
      // A promise that nobody waits for is an error that nobody hears; in a workflow it is a step that nobody orders.
      '@typescript-eslint/no-floating-promises': 'error',
      // A kind that is added must not fall through anywhere.
      '@typescript-eslint/switch-exhaustiveness-check': ['error', { considerDefaultExhaustiveForUnions: true }],
      // The rules of the house tell types from values by it; so does the workflow bundle.
      '@typescript-eslint/consistent-type-imports': [
        'error',
        { fixStyle: 'inline-type-imports', disallowTypeAnnotations: false },
      ],
      // Files that need each other are one idea in two places, and load in an order that nobody chose.
      'import-x/no-cycle': ['error', { ignoreExternal: true }],
      '@typescript-eslint/no-unused-vars': ['error', { varsIgnorePattern: '^_', argsIgnorePattern: '^_' }],
      // The seams are asynchronous; a local implementation often has nothing to wait for.
      '@typescript-eslint/require-await': 'off',
      // Seams are plain objects with methods that know no `this`; they are taken apart and handed on.
      '@typescript-eslint/unbound-method': 'off',
      // What was caught is thrown on, whatever it is.
      '@typescript-eslint/only-throw-error': 'off',
      '@typescript-eslint/prefer-promise-reject-errors': 'off',
      // Values from outside are shown to people as they are; the rule takes each for an object.
      '@typescript-eslint/no-base-to-string': 'off',
      // Numbers of gRPC are read as numbers.
      '@typescript-eslint/no-unsafe-enum-comparison': 'off',
      // `noUncheckedIndexedAccess` asks for `!` where the line above has made sure.
      '@typescript-eslint/no-non-null-assertion': 'off',
      '@typescript-eslint/restrict-template-expressions': ['error', { allowNumber: true, allowBoolean: true }],
      eqeqeq: ['error', 'always'],
      'object-shorthand': 'error',
    },
  },
  ...Object.entries(house).map(([folder, rule]) => ({
    files: [`${folder}/**/*.ts`],
    rules: {
      '@typescript-eslint/no-restricted-imports': ['error', { patterns: patternsOf(folder, rule) }],
      'no-restricted-syntax': ['error', lazyImport],
    },
  })),
  {
    // These two start workers: loaded only then, so that no other command pays for Temporal's native library,
    // and so that people's side needs nothing of the workers' to be installed.
    files: ['client/commands/worker.ts', 'client/commands/dev.ts'],
    rules: { 'no-restricted-syntax': 'off' },
  },
  {
    files: ['test/**/*.ts', 'bench/**/*.ts'],
    rules: {
      // What comes out of JSON, a page or a mocked module has no type that a test could use.
      '@typescript-eslint/no-unsafe-assignment': 'off',
      '@typescript-eslint/no-unsafe-member-access': 'off',
      '@typescript-eslint/no-unsafe-argument': 'off',
      '@typescript-eslint/no-unsafe-return': 'off',
      '@typescript-eslint/no-unsafe-call': 'off',
    },
  },
  {
    files: ['**/*.mjs', '**/*.js'],
    languageOptions: { globals: Object.fromEntries(nodeGlobals.map((name) => [name, 'readonly'])) },
    rules: { 'no-undef': 'error', 'no-unused-vars': 'error' },
  },
  { files: ['**/*.js'], languageOptions: { sourceType: 'commonjs', globals: { __dirname: 'readonly' } } },
);

/** What a folder may not import, as patterns of import specifiers; each with its reason. */
function patternsOf(folder, { imports, types = [], packages, node, why }) {
  const message = `${why} (eslint.config.mjs, "house")`;
  const known = [...Object.keys(house), ...outside].filter((other) => other !== folder);
  const allowed = [...imports, ...types].map((one) => `${one}($|/)`).join('|') || '$^';
  const ours = `^(\\.\\./)+(?!${allowed})(${known.join('|')})($|/)`;
  const theirs = `^(?!\\.|node:|(${packages.join('|') || '$^'})($|/))`;
  return [
    { regex: ours, message },
    { regex: theirs, message },
    ...types.map((one) => ({ regex: `^(\\.\\./)+${one}($|/)`, allowTypeImports: true, message })),
    ...(node === 'all' ? [] : [{ regex: '^node:', allowTypeImports: node === 'types', message }]),
  ];
}
