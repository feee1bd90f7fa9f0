import assert from 'node:assert/strict';
import { fork, type ChildProcess } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, it } from '@jest/globals';
import { demoIssuer } from '../../demo/issuer.js';
import { createDataSource } from '../../src/data-source.js';
import { Sql } from '../../src/database/sql.js';
import { checkAll } from '../../src/pathways/check.js';
import { freshDatabase, type TestDatabase } from '../support/database.js';

type Running = { url: string; child: ChildProcess };
type Acknowledged = { pathway: string; seq: number; text: string };

const wanted = 1_000;
const clients = 16;
let database: TestDatabase;
let keys: string;
let token: string;
let app: Running;

async function started(): Promise<Running> {
  const child = fork(join(import.meta.dirname, 'app-child.js'), [keys], {
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
    env: { ...process.env, DATABASE_URL: database.url },
  });
  const [{ url }] = (await once(child, 'message')) as [{ url: string }];
  return { url, child };
}
async function killed({ child }: Running): Promise<void> {
  const gone = once(child, 'exit');
  child.kill('SIGKILL');
  await gone;
}

beforeAll(async () => {
  database = await freshDatabase();
  keys = mkdtempSync(join(tmpdir(), 'smertevejen-keys-'));
  token = await (await demoIssuer(keys)).sign({ sub: 'dr.kill', unit: 'GP_NORD', roles: ['gp'] });
  app = await started();
});
afterAll(async () => {
  await killed(app);
  await database.drop();
  rmSync(keys, { recursive: true, force: true });
});

/** A client that never gives up: what it did not hear an answer to, it asks again with the same key. */
async function post(
  path: string,
  body: object,
  version: number | undefined,
): Promise<{ status: number; body: { id: string; version: number } }> {
  const key = randomUUID();
  for (;;) {
    try {
      const response = await fetch(`${app.url}${path}`, {
        method: 'POST',
        body: JSON.stringify(body),
        signal: AbortSignal.timeout(10_000),
        headers: {
          'content-type': 'application/json',
          authorization: `Bearer ${token}`,
          'idempotency-key': key,
          ...(version === undefined ? {} : { 'if-match': `"${version}"` }),
        },
      });
      const answer = (await response.json()) as { id: string; version: number };
      if (response.status < 500) return { status: response.status, body: answer };
    } catch {
      // killed under our hands: was it done or not? The key will tell.
    }
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

describe('the application, killed again and again during 1,000 transitions', () => {
  it('keeps every acknowledged transition, once, and a log that replays to what is stored', async () => {
    const acknowledged: Acknowledged[] = [];
    let asked = 0;
    const client = async (number: number) => {
      const {
        body: { id },
      } = await post(
        '/v1/pathways',
        { patient: { name: `Jens Test ${number}`, birthDate: '1960-08-29' }, planningArea: 'nord' },
        undefined,
      );
      for (let version = 1; asked < wanted; version++) {
        asked += 1;
        const text = `Opfølgning ${number}.${version}`;
        const { status, body } = await post(`/v1/pathways/${id}/events`, { type: 'followUp.recorded', text }, version);
        assert.equal(status, 200);
        assert.equal(body.version, version + 1);
        acknowledged.push({ pathway: id, seq: body.version, text });
      }
    };
    let kills = 0;
    const killer = (async () => {
      while (asked < wanted) {
        const until = asked + 150 + Math.floor(Math.random() * 100);
        while (asked < Math.min(until, wanted)) await new Promise((resolve) => setTimeout(resolve, 5));
        if (asked >= wanted) break;
        await killed(app);
        kills += 1;
        app = await started();
      }
    })();
    await Promise.all([killer, ...Array.from({ length: clients }, (_, number) => client(number))]);
    assert.ok(kills >= 3, `killed ${kills} times`);

    const source = await createDataSource(database.url, 'serving', 2).initialize();
    try {
      const rows = (await source.query(
        `select pathway_id, seq, payload::jsonb #>> '{event,text}' as text from transition where event_type = 'followUp.recorded'`,
      )) as { pathway_id: string; seq: number; text: string }[];
      const stored = new Map<string, number>();
      for (const { pathway_id, seq, text } of rows)
        stored.set(`${pathway_id} ${seq} ${text}`, (stored.get(`${pathway_id} ${seq} ${text}`) ?? 0) + 1);
      for (const { pathway, seq, text } of acknowledged)
        assert.equal(stored.get(`${pathway} ${seq} ${text}`), 1, `${pathway} seq ${seq}`);
      assert.equal(rows.length, acknowledged.length);
      const { faults, pathways, transitions } = await checkAll(new Sql(source));
      assert.deepEqual(faults, []);
      assert.deepEqual([pathways, transitions], [clients, clients + acknowledged.length]);
    } finally {
      await source.destroy();
    }
  });
});
