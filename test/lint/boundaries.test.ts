import assert from 'node:assert/strict';
import { beforeAll, describe, it } from '@jest/globals';

import { ESLint } from 'eslint';
import tseslint from 'typescript-eslint';

/** The rules that draw the boundaries; the others need types, and so files that exist. */
const boundaries = new Set([
  'no-restricted-imports',
  'no-restricted-syntax',
  'no-restricted-globals',
  'no-restricted-properties',
  'no-console',
]);

let eslint: ESLint;
beforeAll(() => {
  eslint = new ESLint({
    cwd: process.cwd(),
    overrideConfig: tseslint.configs.disableTypeChecked,
    ruleFilter: ({ ruleId }) => boundaries.has(ruleId),
  });
});

async function complaints(filePath: string, code: string): Promise<string[]> {
  const [result] = await eslint.lintText(code, { filePath });
  assert.ok(result && result.fatalErrorCount === 0, result?.messages[0]?.message);
  return result.messages.map(({ message }) => message);
}

type Case = [file: string, code: string];
const importing = (path: string) => `import { a } from '${path}';\nexport const b = a;\n`;
const refuses = (cases: Case[], reason: RegExp) => {
  for (const [file, code] of cases) {
    it(`${file}: ${code.split('\n')[0]}`, async () => {
      const found = await complaints(file, code);
      assert.equal(found.length, 1, found.join('\n'));
      assert.match(found[0]!, reason);
    });
  }
};
const allows = (cases: Case[]) => {
  for (const [file, code] of cases)
    it(`${file}: ${code.split('\n')[0]}`, async () => assert.deepEqual(await complaints(file, code), []));
};

describe('machines/ imports zod, xstate and itself', () => {
  refuses([['machines/pathway/a.ts', importing('node:fs')]], /runs in the browser too/);
  refuses(
    [
      ['machines/pathway/a.ts', importing('pg')],
      ['machines/pathway/a.ts', importing('fs')],
      ['machines/pathway/a.ts', importing('xstate/graph')],
      ['machines/pathway/a.ts', importing('@nestjs/common')],
      ['machines/pathway/a.ts', importing('../../src/database/clock.js')],
      ['machines/pathway/a.ts', `export * from '../../src/database/clock.js';\n`],
      ['machines/pathway/a.ts', `import type { A } from '../../test/support/a.js';\nexport type B = A;\n`],
      ['machines/engine/advance.ts', importing('../../src/database/clock.js')],
    ],
    /outlives every framework/,
  );
  refuses([['machines/pathway/a.ts', `export const a = () => import('./b.js');\n`]], /no effects/);
  allows([
    ['machines/pathway/a.ts', importing('zod')],
    ['machines/pathway/a.ts', importing('./events.js')],
    ['machines/pathway/a.ts', `import { setup } from 'xstate';\nexport const b = setup;\n`],
  ]);
});

describe('machines/ has no clock, no chance, no locale and no effects', () => {
  refuses(
    [
      ['machines/pathway/a.ts', 'export const a = Date.now();'],
      ['machines/pathway/a.ts', 'export const a = new Date();'],
      ['machines/pathway/a.ts', 'export const a = Date();'],
      ['machines/pathway/a.ts', 'setTimeout(() => undefined, 1);'],
      ['machines/pathway/a.ts', 'globalThis.setInterval(() => undefined, 1);'],
      ['machines/pathway/a.ts', 'export const a = performance.now();'],
    ],
    /time comes in with the event/,
  );
  refuses([['machines/pathway/a.ts', 'export const a = Math.random();']], /draws no numbers/);
  refuses(
    [
      ['machines/pathway/a.ts', 'export const a = process.env;'],
      ['machines/pathway/a.ts', 'export const a = crypto;'],
    ],
    /no effects/,
  );
  refuses(
    [
      ['machines/pathway/a.ts', `export const a = new Intl.NumberFormat('da');`],
      ['machines/pathway/a.ts', `export const a = new Date(0).getHours();`],
      ['machines/pathway/a.ts', `export const a = (0).toLocaleString();`],
    ],
    /Neither locale nor time zone/,
  );
  it('machines/pathway/a.ts: console.log is refused', async () =>
    assert.ok((await complaints('machines/pathway/a.ts', `console.log('a');`)).length > 0));
  it('machines/pathway/a.ts: console.error is refused', async () =>
    assert.ok((await complaints('machines/pathway/a.ts', `console.error('a');`)).length > 0));
  allows([
    ['machines/pathway/a.ts', `export const a = new Date('2026-03-02T09:00:00.000Z').getUTCDay();`],
    ['src/database/clock.ts', 'export const a = new Date();'],
  ]);
});

describe('only machines/advance.ts moves the chart, and nothing starts an actor', () => {
  const moving = `import { transition } from 'xstate';\nexport const a = transition;\n`;
  refuses(
    [
      ['machines/pathway/a.ts', moving],
      ['src/pathways/a.ts', moving],
      ['src/a.ts', moving],
      ['src/pathways/a.controller.ts', moving],
      ['src/database/a.ts', moving],
      ['src/cli/a.ts', moving],
      ['test/machines/a.test.ts', moving],
      ['bench/a.ts', moving],
      ['web/src/a.tsx', moving],
      ['machines/pathway/a.ts', `import { initialTransition } from 'xstate';\nexport const a = initialTransition;\n`],
      ['src/overview/a.ts', `import { initialTransition as begin } from 'xstate';\nexport const a = begin;\n`],
    ],
    /Only machines\/engine\/advance\.ts moves the chart/,
  );
  refuses(
    [
      ['machines/engine/advance.ts', `import { createActor } from 'xstate';\nexport const a = createActor;\n`],
      ['src/pathways/a.ts', `import { createActor } from 'xstate';\nexport const a = createActor;\n`],
    ],
    /No started actor/,
  );
  allows([
    ['machines/engine/advance.ts', moving],
    ['src/pathways/a.ts', importing('../../machines/pathway/advance.js')],
  ]);
});

describe('web → machines ← src ← test', () => {
  refuses(
    [
      ['src/a.ts', importing('../test/support/a.js')],
      ['src/pathways/a.ts', importing('../../test/support/a.js')],
      ['src/overview/b/a.ts', importing('../../../web/src/a.js')],
      ['src/cli/a.ts', importing('../../bench/a.js')],
      ['src/auth/a.controller.ts', importing('../../test/support/a.js')],
      ['test/a.ts', importing('../web/a.js')],
      ['test/api/a.test.ts', importing('../../web/src/a.js')],
      ['web/src/a.ts', importing('../../src/clock.js')],
      ['web/src/pages/a.tsx', importing('../../../test/support/a.js')],
      ['web/a.ts', importing('../migrations/index.js')],
    ],
    /must not know/,
  );
  allows([
    ['src/a.ts', importing('../machines/pathway/events.js')],
    ['src/overview/a.ts', importing('../../machines/pathway/stages.js')],
    ['src/data-source.ts', importing('../migrations/index.js')],
    ['test/api/a.test.ts', importing('../../src/pathways/door.js')],
    ['test/machines/a.test.ts', importing('../../machines/pathway/pathway.js')],
    ['web/src/a.tsx', importing('../../machines/pathway/events.js')],
    ['web/src/pages/a.tsx', importing('../src/a.js')],
    ['bench/a.ts', importing('../test/support/a.js')],
  ]);
});

describe('migrations import nothing of ours', () => {
  refuses(
    [
      ['migrations/1-a.ts', importing('../machines/pathway/stages.js')],
      ['migrations/1-a.ts', importing('../src/database/sql.js')],
    ],
    /imports nothing of ours/,
  );
  allows([
    ['migrations/index.ts', importing('./1-first.js')],
    ['migrations/1-a.ts', `import type { QueryRunner } from 'typeorm';\nexport type A = QueryRunner;\n`],
  ]);
});

describe('features of src/ do not know each other', () => {
  refuses(
    [
      ['src/overview/a.ts', importing('../audit/a.js')],
      ['src/messages/a.service.ts', importing('../registry/a.js')],
      ['src/health/a.ts', importing('../auth/guard.js')],
      ['src/overview/a.controller.ts', importing('../audit/a.js')],
      ['src/overview/numbers/a.ts', importing('../../audit/a.js')],
      ['src/pathways/a.ts', importing('../overview/a.js')],
    ],
    /A feature does not know another/,
  );
  refuses([['src/database/a.ts', importing('../pathways/door.js')]], /everything is built on it/);
  allows([
    ['src/overview/a.ts', importing('../pathways/door.js')],
    ['src/audit/a.ts', importing('../database/sql.js')],
    ['src/health/a.ts', importing('../config.js')],
    ['src/overview/a.controller.ts', importing('../auth/actor.js')],
    ['src/pathways/a.controller.ts', importing('../auth/actor.js')],
    ['src/overview/numbers/a.ts', importing('../b.js')],
    ['src/app.module.ts', importing('./audit/audit.module.js')],
    ['src/cli/a.ts', importing('../docs/pages.js')],
    ['src/database/a.ts', importing('../config.js')],
  ]);
});

describe('what loses writes, or reads badly, is written nowhere', () => {
  const lossy = ['query', 'timeout'].join('_');
  refuses(
    [
      ['src/data-source.ts', `export const a = { ${lossy}: 1000 };`],
      ['src/database/a.ts', `export const a = { '${lossy}': 1000 };`],
      ['src/database/a.ts', `export const a = 'postgres://h/d?${lossy}=1';`],
      ['test/support/a.ts', `export const a = { ${lossy}: 1000 };`],
      ['bench/a.ts', `export const a = { ${lossy}: 1000 };`],
    ],
    /acknowledged writes were lost/,
  );
  refuses(
    [['test/api/a.test.ts', `import { describe } from 'node:test';\nexport const b = describe;\n`]],
    /Jest runs the tests/,
  );
  refuses(
    [
      ['src/overview/a.ts', 'export const a = (due: Date) => new Date(due.getTime() - 1);'],
      ['machines/pathway/a.ts', 'export const a = (dueAt: string) => new Date(Date.parse(dueAt) - 1);'],
    ],
    /has one answer: lastDayOf/,
  );
  const inTransaction =
    'export const a = (dataSource: { transaction: (work: () => void) => void }) => { dataSource.transaction(() => undefined); };';
  refuses(
    [
      ['src/pathways/a.ts', inTransaction],
      ['test/api/a.test.ts', inTransaction],
      [
        'src/overview/a.ts',
        'export const a = (source: { createQueryRunner: () => void }) => { source.createQueryRunner(); };',
      ],
    ],
    /opened in src\/database only/,
  );
  allows([['src/database/a.ts', inTransaction]]);
  refuses(
    [
      ['src/a.ts', `export enum A { b = 'b' }`],
      ['machines/pathway/a.ts', `export enum A { b = 'b' }`],
      ['src/database/a.ts', `export enum A { b = 'b' }`],
    ],
    /No enum/,
  );
  refuses(
    [
      ['src/a.ts', 'const a = 1;\nexport default a;'],
      ['machines/pathway/a.ts', 'const a = 1;\nexport { a as default };'],
    ],
    /No default export/,
  );
  refuses(
    [
      ['src/pathways/a.ts', `console.log('a');`],
      ['src/main.ts', `console.log('a');`],
    ],
    /console/,
  );
  allows([
    ['src/cli/a.ts', `console.log('a');`],
    ['bench/a.ts', `console.log('a');`],
    ['test/support/a.ts', `console.log('a');`],
  ]);
});
