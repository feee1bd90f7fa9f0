/** Whoever is killed, wherever: every acknowledged transition is there once, each entry has one leaf, and what was signed still holds. */
import assert from 'node:assert/strict';
import { fork, type ChildProcess } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, it } from '@jest/globals';
import type { DataSource } from 'typeorm';
import { Keep } from '../../src/audit/tree/keep.js';
import { readVerifiers } from '../../src/audit/tree/keys.js';
import { readCheckpoint } from '../../src/audit/tree/note.js';
import { RunningRoot } from '../../src/audit/tree/tree.js';
import { demoIssuer } from '../../demo/issuer.js';
import { Sql } from '../../src/database/sql.js';
import { checkAll } from '../../src/pathways/check.js';
import { createDataSource } from '../../src/data-source.js';
import { administrating, freshDatabase, type TestDatabase } from '../support/database.js';
import { startServer, type TestServer, type User } from '../support/server.js';

/** What a transition and its sequencing consist of; how often a point is come to decides whether it is at the first or a later one. */
const points = [
  'before load 3',
  'after load 2',
  'before commit 2',
  'after commit 1',
  'after open 1',
  'before refuse 1',
  'after refuse 1',
  'before pending 2',
  'after pending 2',
  'before append_leaves 1',
  'after append_leaves 1',
  'before keep 1',
  'after keep 1',
  'before keep_checkpoint 1',
  'after keep_checkpoint 1',
];

let database: TestDatabase;
let owner: DataSource;
let keys: string;
let token: string;
let app: { url: string; child: ChildProcess } | undefined;
const acknowledged: { pathway: string; seq: number; text: string }[] = [];

async function started(dies = ''): Promise<void> {
  if (app) await ended('SIGKILL');
  const child = fork(join(import.meta.dirname, 'app-child.js'), [keys], {
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
    env: { ...process.env, DATABASE_URL: database.url, DIES: dies },
  });
  const first = await Promise.race([once(child, 'message'), once(child, 'exit')]);
  const said = first[0] as { url?: string } | number | null;
  app = { url: typeof said === 'object' && said?.url ? said.url : '', child };
}
const gone = (): boolean => !app || app.child.exitCode !== null || app.child.signalCode !== null;
async function ended(signal: NodeJS.Signals): Promise<void> {
  if (!app || gone()) return;
  const exit = once(app.child, 'exit');
  app.child.kill(signal);
  await exit;
}

/** What was not answered is asked again with the same key, of whoever runs by then. */
async function post(
  path: string,
  body: object,
  version?: number,
): Promise<{ status: number; body: { id: string; version: number } }> {
  const key = randomUUID();
  for (;;) {
    try {
      const response = await fetch(`${app!.url}${path}`, {
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
      if (gone()) await started();
    }
  }
}

async function walked(name: string): Promise<void> {
  const {
    body: { id },
  } = await post('/v1/pathways', { patient: { name: 'Jens Test', birthDate: '1960-08-29' }, planningArea: 'nord' });
  for (let version = 1; version <= 5; version += 1) {
    const text = `${name} ${version}`;
    const { status, body } = await post(`/v1/pathways/${id}/events`, { type: 'followUp.recorded', text }, version);
    assert.deepEqual([status, body.version], [200, version + 1]);
    acknowledged.push({ pathway: id, seq: version + 1, text });
    if (version === 2)
      assert.equal((await post(`/v1/pathways/${id}/events`, { type: 'clinic.accepted' }, 3)).status, 403);
  }
}

beforeAll(async () => {
  database = await freshDatabase();
  owner = await administrating(database.url);
  keys = mkdtempSync(join(tmpdir(), 'smertevejen-keys-'));
  token = await (await demoIssuer(keys)).sign({ sub: 'dr.kill', unit: 'GP_NORD', roles: ['gp'] });
});
afterAll(async () => {
  await ended('SIGKILL');
  await owner.destroy();
  await database.drop();
  rmSync(keys, { recursive: true, force: true });
});

/** Entries and leaves are one to one, without a gap; the root of them is what is signed. */
async function soundTree(): Promise<void> {
  const [{ entries, pending, size }] = (await owner.query(
    'select ((select count(*) from transition) + (select count(*) from refusal) + (select count(*) from access))::int as entries, (select count(*)::int from log_pending) as pending, (select size::int from log_head) as size',
  )) as [{ entries: number; pending: number; size: number }];
  const leaves = (await owner.query('select idx::int as idx, hash from log_leaf order by idx')) as {
    idx: number;
    hash: Buffer;
  }[];
  assert.deepEqual([pending, leaves.length, size], [0, entries, entries]);
  const [{ unmatched }] =
    (await owner.query(`select count(*)::int as unmatched from log_leaf l where not exists (select from transition t where l.kind = 'transition' and (t.pathway_id, t.seq, t.hash) = (l.entry_id, l.seq, l.hash))
    and not exists (select from refusal r where l.kind = 'refusal' and (r.id, r.hash) = (l.entry_id, l.hash)) and not exists (select from access a where l.kind = 'access' and (a.id, a.hash) = (l.entry_id, l.hash))`)) as [
      { unmatched: number },
    ];
  assert.equal(unmatched, 0);
  const tree = new RunningRoot();
  const roots = new Map<number, string>();
  leaves.forEach(({ idx, hash }, index) => {
    assert.equal(idx, index);
    tree.append(hash);
    roots.set(tree.size, tree.root().toString('hex'));
  });
  const verifiers = readVerifiers(keys);
  const notes = [...new Keep(keys).all()];
  assert.equal(notes.at(-1)?.size, entries);
  for (const { size: at, note } of notes)
    assert.equal(readCheckpoint(note, verifiers).root.toString('hex'), roots.get(at));
  const stored = (await owner.query('select note from checkpoint order by size')) as { note: string }[];
  assert.deepEqual(
    stored.map(({ note }) => note),
    notes.map(({ note }) => note),
  );
}

describe('the application and its sequencer, killed at each step', () => {
  for (const point of points) {
    it(`go on as if nothing had happened: ${point}`, async () => {
      await started(point);
      const { child } = app!;
      await walked(point);
      // A checkpoint is signed at the latest when the application ends.
      await ended('SIGTERM');
      assert.equal(child.signalCode, 'SIGKILL', 'it never came to that point');
      // It may have been while it ended.
      if (app!.child.signalCode === 'SIGKILL') {
        await started();
        await ended('SIGTERM');
      }
      await soundTree();
    });
  }

  it('keep every acknowledged transition once, and a log that replays', async () => {
    const rows = (await owner.query(
      `select pathway_id, seq, payload::jsonb #>> '{event,text}' as text from transition where event_type = 'followUp.recorded' order by pathway_id, seq`,
    )) as { pathway_id: string; seq: number; text: string }[];
    const said = (of: { pathway: string; seq: number; text: string }[]) =>
      of.map(({ pathway, seq, text }) => `${pathway} ${seq} ${text}`).sort();
    assert.deepEqual(said(rows.map(({ pathway_id, ...row }) => ({ pathway: pathway_id, ...row }))), said(acknowledged));
    const source = await createDataSource(database.url, 'serving', 2).initialize();
    try {
      assert.deepEqual((await checkAll(new Sql(source))).faults, []);
    } finally {
      await source.destroy();
    }
  });
});

describe('the commit, cut off at each of its writes', () => {
  const gp: User = { role: 'gp', unit: 'GP_NORD' };
  let server: TestServer;
  beforeAll(async () => {
    server = await startServer();
  });
  afterAll(() => server.stop());

  for (const [table, verb] of [
    ['pathway', 'update'],
    ['transition', 'insert'],
    ['log_pending', 'insert'],
    ['idempotency', 'insert'],
    ['message', 'insert'],
    ['referral_version', 'insert'],
    ['movement', 'insert'],
  ] as const) {
    it(`leaves nothing half-written when the connection dies at ${table}`, async () => {
      const { id } = (
        await server.open({ patient: { name: 'Jens Test', birthDate: '1960-08-29' }, planningArea: 'nord' }, gp)
      ).body as { id: string };
      const { completeFacts } = await import('../support/walk.js');
      await server.sent(id, gp, { type: 'referral.updated', facts: completeFacts });
      const stock = async () =>
        (
          (await server.source.query(
            `select (select count(*) from transition)::int as t, (select count(*) from log_pending)::int as p, (select count(*) from idempotency)::int as i, (select count(*) from message)::int as m, (select count(*) from movement)::int as v, (select count(*) from referral_version)::int as r, (select sum(version) from pathway)::int as s`,
          )) as object[]
        )[0];
      const was = await stock();
      await server.source.query(
        `create function dies() returns trigger language plpgsql security definer as $$ begin perform pg_terminate_backend(pg_backend_pid()); perform pg_sleep(5); return new; end $$`,
      );
      await server.source.query(`create trigger dies before ${verb} on ${table} for each row execute function dies()`);
      const key = randomUUID();
      const cut = await server.send(id, gp, { type: 'referral.submitted' }, { version: 2, key });
      assert.deepEqual([cut.status, cut.body.type], [503, '/problems/busy']);
      assert.deepEqual(await stock(), was);
      await server.source.query(`drop function dies() cascade`);
      const again = await server.send(id, gp, { type: 'referral.submitted' }, { version: 2, key });
      assert.deepEqual([again.status, again.body.version], [200, 3]);
      assert.deepEqual((await checkAll(server.sql)).faults, []);
    });
  }
});
