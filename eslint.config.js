/**
 * What a reader should not have to check: which folder may know which, and what the pathway's chart must never touch.
 * Each restriction says why in a sentence; test/lint/boundaries.test.ts sees each of them fire.
 */
import tseslint from 'typescript-eslint';

/** How deep below a folder files are looked for; a file deeper than this would escape its boundaries, and the test would say so. */
const depths = [0, 1, 2, 3];
const filesAt = (folder, depth) => [`${folder}/${'*/'.repeat(depth)}*.ts`, `${folder}/${'*/'.repeat(depth)}*.tsx`];
/** Up from a file at a depth to its folder (level 0) or to the project's root (level 1), then into one of `names`. */
const up = (depth, level, names) => `^(\\./)?(\\.\\./){${depth + level}}(${names.join('|')})(/|$)`;

const direction = (from, to) => `${from} must not know ${to}: web → machines ← src ← test, and nothing the other way.`;
const towards = (folder, depth, names) => ({
  regex: up(depth, 1, names),
  message: direction(`${folder}/`, names.map((name) => `${name}/`).join(', ')),
});

const moving = {
  name: 'xstate',
  importNames: [
    'transition',
    'initialTransition',
    'getNextSnapshot',
    'getInitialSnapshot',
    'getMicrosteps',
    'getInitialMicrosteps',
  ],
  message:
    'Only machines/engine/advance.ts moves the chart: clocks and letters are worked out there with each step, and a second caller would forget them.',
};
const acting = {
  name: 'xstate',
  importNames: ['createActor', 'interpret', 'waitFor', 'toPromise'],
  message:
    'No started actor: it loses delays on restore, fires an `after` over 24.8 days at once, and ends the process on a bad snapshot.',
};
/** A file of tests that imports another runner's `describe` holds no test for Jest, and says so only in CI. */
const otherRunner = {
  name: 'node:test',
  message: 'Jest runs the tests: import describe, it and the hooks from @jest/globals.',
};
const imports = (paths, ...patterns) => ({ 'no-restricted-imports': ['error', { paths, patterns }] });

// ---- what is written nowhere

const everywhere = [
  { selector: 'TSEnumDeclaration', message: 'No enum: a union of strings is what is stored, sent and read anyway.' },
  {
    selector: 'ExportDefaultDeclaration, ExportSpecifier[exported.name="default"]',
    message: 'No default export: a thing has one name wherever it is used.',
  },
  {
    selector:
      'Identifier[name="query_timeout"], Literal[value=/query_timeout/], TemplateElement[value.raw=/query_timeout/]',
    message:
      "pg's query_timeout returned clients to the pool inside an open transaction: acknowledged writes were lost. Use statement_timeout.",
  },
  {
    selector:
      'BinaryExpression[operator="-"][left.callee.property.name="getTime"][right.value=1], BinaryExpression[operator="-"][left.callee.object.name="Date"][left.callee.property.name="parse"][right.value=1]',
    message:
      'The last day of a deadline has one answer: lastDayOf, or justBefore for an instant (machines/calendar/calendar.ts).',
  },
];
const transactions = [
  {
    selector:
      'CallExpression[callee.property.name="transaction"], CallExpression[callee.property.name="createQueryRunner"]',
    message: 'A transaction is opened in src/database only; a change of a pathway is one statement and needs none.',
  },
];
const syntax = (...restrictions) => ({ 'no-restricted-syntax': ['error', ...everywhere, ...restrictions] });

// ---- what the chart never touches

const timeComesIn =
  'The chart has no clock: time comes in with the event (`sent.at`), so that a replay gives the same answer.';
const noEffects = 'The chart has no effects and no surroundings: it returns what is to be done, and src/ does it.';
const noLocale =
  'Neither locale nor time zone of the server: what is due in Denmark must not depend on where it is worked out. Use machines/calendar.ts.';
const impure = {
  'no-restricted-globals': [
    'error',
    {
      checkGlobalObject: true,
      globals: [
        ...['setTimeout', 'setInterval', 'setImmediate', 'queueMicrotask', 'performance'].map((name) => ({
          name,
          message: timeComesIn,
        })),
        ...['console', 'process', 'fetch', 'crypto', 'require', 'Buffer'].map((name) => ({ name, message: noEffects })),
        { name: 'Intl', message: noLocale },
      ],
    },
  ],
  'no-restricted-properties': [
    'error',
    { object: 'Date', property: 'now', message: timeComesIn },
    { object: 'Math', property: 'random', message: 'The chart draws no numbers: ids and seqs come in with the event.' },
  ],
  ...syntax(
    ...transactions,
    {
      selector: 'NewExpression[callee.name="Date"][arguments.length=0], CallExpression[callee.name="Date"]',
      message: timeComesIn,
    },
    {
      selector:
        'CallExpression[callee.property.name=/^(toLocale|localeCompare|(get|set)(Date|Day|FullYear|Hours|Milliseconds|Minutes|Month|Seconds|TimezoneOffset)$)/]',
      message: noLocale,
    },
    { selector: 'ImportExpression, AwaitExpression', message: noEffects },
  ),
};
const itself = [
  {
    regex: '^node:',
    message: 'machines/ runs in the browser too, and has neither files nor network nor time of its own.',
  },
  {
    regex: '^(?!node:|(\\.\\./(engine|pathway|calendar)|\\.)/|zod$|xstate$)',
    message: 'machines/ imports zod, xstate and itself: the clinical knowledge outlives every framework.',
  },
];

// ---- which folder of src/ may know which

/** What the folders of src/ are built on; everything else there is a feature, and features do not know each other. */
const shared = ['pathways', 'accesses', 'database', 'http'];
const otherFolders = (depth, allowed) => ({
  regex: `^(\\./)?(\\.\\./){${depth}}(?!\\.\\./|(${allowed.join('|')})/)[^/]+/`,
  message:
    'A feature does not know another: it may call pathways/, database/ and the files at the root of src/ (a controller also auth/, for its decorators).',
});
const folder = (name, depth, ...allowed) => ({
  files: filesAt(`src/${name}`, depth - 1),
  rules: imports([moving, acting], towards('src', depth, ['test', 'web', 'bench']), otherFolders(depth, allowed)),
});
const below = depths.slice(1);

export default tseslint.config(
  { ignores: ['dist/', 'web/dist/', 'node_modules/', '.data/', 'docs/'] },
  {
    files: ['**/*.ts', '**/*.tsx'],
    extends: [tseslint.configs.recommended],
    linterOptions: { reportUnusedDisableDirectives: 'error' },
    rules: {
      eqeqeq: ['error', 'always', { null: 'ignore' }],
      'no-console': ['error', { allow: ['warn', 'error'] }],
      'no-var': 'error',
      'prefer-const': 'error',
      ...syntax(...transactions),
      ...imports([moving, acting]),
      '@typescript-eslint/no-explicit-any': 'error',
      '@typescript-eslint/no-unused-vars': [
        'error',
        { argsIgnorePattern: '^_', varsIgnorePattern: '^_', ignoreRestSiblings: true },
      ],
    },
  },

  // Rules that ask the type checker, where promises are. All of recommendedTypeChecked took more than twice the time and found next to nothing more.
  {
    files: ['src/**/*.ts', 'test/**/*.ts', 'bench/**/*.ts'],
    languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname } },
    rules: {
      '@typescript-eslint/await-thenable': 'error',
      '@typescript-eslint/switch-exhaustiveness-check': 'error',
      '@typescript-eslint/no-floating-promises': 'error',
    },
  },

  // machines/
  { files: ['machines/**/*.ts'], rules: { ...impure, ...imports([moving, acting], ...itself) } },
  { files: ['machines/engine/advance.ts'], rules: imports([acting], ...itself) },

  // migrations/
  {
    files: ['migrations/**/*.ts'],
    rules: imports([], {
      regex: '\\.\\./',
      message: 'A migration imports nothing of ours: it must still mean the same when the code around it has moved on.',
    }),
  },

  // src/
  ...depths.map((depth) => ({
    files: filesAt('src', depth),
    rules: imports([moving, acting], towards('src', depth, ['test', 'web', 'bench'])),
  })),
  ...below.flatMap((depth) => [
    folder('!(cli)', depth, ...shared),
    {
      ...folder('!(cli)', depth, ...shared, 'auth'),
      files: filesAt('src/!(cli)', depth - 1).map((name) => name.replace(/\*\.tsx?$/, '*.controller.ts')),
    },
    folder('pathways', depth, 'accesses', 'database', 'http'),
    {
      ...folder('pathways', depth, 'accesses', 'database', 'http', 'auth'),
      files: filesAt('src/pathways', depth - 1).map((name) => name.replace(/\*\.tsx?$/, '*.controller.ts')),
    },
  ]),
  ...below.map((depth) => ({
    files: filesAt('src/database', depth - 1),
    rules: imports([moving, acting], towards('src', depth, ['test', 'web', 'bench']), {
      regex: `^(\\./)?(\\.\\./){${depth}}(?!\\.\\./)[^/]+/`,
      message: 'database/ knows no other folder of src/: everything is built on it.',
    }),
  })),
  { files: ['src/database/**/*.ts'], rules: syntax() },
  { files: ['src/cli/**/*.ts', 'bench/**/*.ts', 'test/**/*.ts'], rules: { 'no-console': 'off' } },

  // test/, bench/, web/
  // What a server answers is the very thing that a test looks at: its assertions are the check.
  { files: ['test/support/server.ts'], rules: { '@typescript-eslint/no-explicit-any': 'off' } },
  ...depths.flatMap((depth) => [
    {
      files: filesAt('test', depth),
      rules: imports([moving, acting, otherRunner], towards('test', depth, ['web', 'bench'])),
    },
    { files: filesAt('bench', depth), rules: imports([moving, acting], towards('bench', depth, ['web'])) },
    {
      files: filesAt('web', depth),
      rules: imports([moving, acting], towards('web', depth, ['src', 'test', 'migrations', 'bench'])),
    },
  ]),

  // A tool's configuration has to export a default, and so have the parts of Jest that we write.
  {
    files: ['**/*.config.ts', 'test/support/jest/*.ts'],
    rules: {
      'no-restricted-syntax': [
        'error',
        ...everywhere.filter(({ selector }) => !selector.startsWith('ExportDefault')),
        ...transactions,
      ],
    },
  },
);
