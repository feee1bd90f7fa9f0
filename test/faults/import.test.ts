import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, it } from '@jest/globals';
import { createDataSource } from '../../src/data-source.js';
import { Sql } from '../../src/database/sql.js';
import { checkAll } from '../../src/pathways/check.js';
import { freshDatabase, type TestDatabase } from '../support/database.js';

const pathways = 40;
const notes = 30;
const kills = 3;
let database: TestDatabase;
let home: string;
beforeAll(async () => {
  database = await freshDatabase();
  home = mkdtempSync(join(tmpdir(), 'smertevejen-import-'));
});
afterAll(async () => {
  await database.drop();
  rmSync(home, { recursive: true, force: true });
});

const actor = { sub: 'dr.kill', role: 'gp', unit: 'GP_NORD' };
/** A year of every pathway, as it came: an opening each, then a step of each in turn, and at last one step of each is taken back. */
function history(): string {
  const day = (number: number) => new Date(Date.UTC(2020, 0, 1 + number)).toISOString();
  const each = <T>(of: (pathway: string, number: number) => T): T[] =>
    Array.from({ length: pathways }, (_, number) => of(`forløb ${number}`, number));
  return [
    ...each((pathway, number) => ({
      pathway,
      event: { type: 'pathway.opened', planningArea: 'nord' },
      actor,
      occurredAt: day(0),
      patient: { name: `Jens Test ${number}`, birthDate: '1960-08-29' },
    })),
    ...Array.from({ length: notes }, (_, step) =>
      each((pathway) => ({
        pathway,
        event: { type: 'followUp.recorded', text: `${pathway}, ${step}` },
        actor,
        occurredAt: day(10 * step + 1),
      })),
    ).flat(),
    ...each((pathway) => ({
      pathway,
      event: { type: 'log.corrected', kind: 'void', seq: 5, reason: 'Ringede aldrig tilbage' },
      actor,
      occurredAt: day(350),
    })),
  ]
    .map((line) => `${JSON.stringify(line)}\n`)
    .join('');
}

describe('an import that is killed half-way, three times', () => {
  it('is finished by the next run, with each line taken once', async () => {
    const file = join(home, 'past.ndjson');
    writeFileSync(file, history());
    const lines = pathways * (notes + 2);
    const source = await createDataSource(database.url, 'serving', 2).initialize();
    const count = async () =>
      ((await source.query('select count(*)::int as n from transition')) as [{ n: number }])[0].n;
    const started = () =>
      spawn(process.execPath, [join(import.meta.dirname, '..', '..', 'src', 'cli', 'import.js'), file], {
        env: { ...process.env, DATABASE_URL: database.url },
        stdio: ['ignore', 'pipe', 'inherit'],
      });
    try {
      for (let kill = 1; kill <= kills; kill += 1) {
        const child = started();
        const gone = once(child, 'exit');
        const before = await count();
        while ((await count()) < before + 150 * kill && child.exitCode === null)
          await new Promise((resolve) => setTimeout(resolve, 2));
        child.kill('SIGKILL');
        assert.deepEqual([...(await gone)], [null, 'SIGKILL']);
      }
      const there = await count();
      assert.ok(there > 150 * kills && there < lines, `${there} of ${lines} lines after ${kills} kills`);

      for (const said of [
        `${lines - there} taken, ${there} already there, 0 rejected`,
        `0 taken, ${lines} already there, 0 rejected`,
      ]) {
        const child = started();
        let out = '';
        child.stdout.on('data', (piece) => {
          out += String(piece);
        });
        assert.deepEqual([...(await once(child, 'close'))], [0, null]);
        assert.ok(out.includes(said), out);
      }
      const texts = (await source.query(
        `select payload::jsonb #>> '{event,text}' as text, count(*)::int as n from transition where event_type = 'followUp.recorded' group by 1`,
      )) as { text: string; n: number }[];
      assert.deepEqual([texts.length, texts.filter(({ n }) => n !== 1)], [pathways * notes, []]);
      const { faults, pathways: opened, transitions } = await checkAll(new Sql(source));
      assert.deepEqual([faults, opened, transitions], [[], pathways, lines]);
    } finally {
      await source.destroy();
    }
  });
});
