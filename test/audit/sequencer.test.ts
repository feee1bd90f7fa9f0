/** Each entry gets one place in the tree, whoever sequences; and nothing is signed that does not continue what was signed. */
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, it } from '@jest/globals';
import { Keep } from '../../src/audit/tree/keep.js';
import { openSigner } from '../../src/audit/tree/keys.js';
import { logName, readCheckpoint, verifierOf } from '../../src/audit/tree/note.js';
import { NotContinued, Sequencer } from '../../src/audit/tree/sequencer.js';
import { createDataSource } from '../../src/data-source.js';
import { Sql } from '../../src/database/sql.js';
import { createLogger } from '../../src/logging.js';
import { startServer, type TestServer, type User } from '../support/server.js';

const gp: User = { role: 'gp', unit: 'GP_NORD' };
let server: TestServer;
let dir: string;
let sequencing: Awaited<ReturnType<ReturnType<typeof createDataSource>['initialize']>>;
const open = () => server.open({ patient: { name: 'Ada Test', birthDate: '1960-08-29' }, planningArea: 'nord' }, gp);
const sequencer = (of = dir) =>
  new Sequencer(new Sql(sequencing), new Keep(of), openSigner(of, logName), server.clock, createLogger('silent'));
const size = async () =>
  (
    (await server.source.query('select count(*)::int as n, max(idx)::int as last from log_leaf')) as [
      { n: number; last: number },
    ]
  )[0];

beforeAll(async () => {
  server = await startServer();
  dir = mkdtempSync(join(tmpdir(), 'smertevejen-audit-'));
  const [{ name }] = (await server.source.query('select current_database() as name')) as [{ name: string }];
  const url = new URL(process.env['TEST_CLUSTER_URL']!);
  url.pathname = `/${name}`;
  sequencing = await createDataSource(url.href, 'sequencing', 4).initialize();
});
afterAll(async () => {
  await sequencing.destroy();
  await server.stop();
  rmSync(dir, { recursive: true, force: true });
});

describe('the sequencer', () => {
  it('signs nothing while there is nothing', async () => {
    await sequencer().sign();
    assert.equal(new Keep(dir).last(), undefined);
  });

  it('gives each entry one place, with another one at work beside it', async () => {
    await Promise.all(Array.from({ length: 60 }, open));
    const several = Array.from({ length: 4 }, () => sequencer());
    await Promise.all(
      several.map(async (one) => {
        for (let round = 0; round < 10; round += 1) await one.append().catch(() => undefined);
      }),
    );
    const { n, last } = await size();
    assert.deepEqual([n, last], [60, 59]);
    assert.deepEqual(
      await server.source.query(
        'select count(*)::int as n from (select 1 from log_leaf group by kind, entry_id, seq having count(*) > 1) as twice',
      ),
      [{ n: 0 }],
    );
    assert.deepEqual(await server.source.query('select size::int as size from log_head'), [{ size: 60 }]);
  });

  it('signs outside the database first, and the same when it is asked again', async () => {
    await sequencer().sign();
    const last = new Keep(dir).last()!;
    const checkpoint = readCheckpoint(last.note, [verifierOf(openSigner(dir, logName).verifierKey)]);
    assert.deepEqual([last.size, checkpoint.size], [60, 60]);
    await sequencer().sign();
    assert.deepEqual([...new Keep(dir).all()].length, 1);
    assert.deepEqual(await server.source.query('select note from checkpoint'), [{ note: last.note }]);
  });

  it('puts a checkpoint into the database that was signed outside before a kill', async () => {
    await server.source.query(
      'set session_replication_role = replica; delete from checkpoint; set session_replication_role = default',
    );
    await sequencer().sign();
    assert.deepEqual(await server.source.query('select count(*)::int as n from checkpoint'), [{ n: 1 }]);
  });

  it('signs nothing for a database that was rewritten under what it signed', async () => {
    await open();
    const [{ hash }] = (await server.source.query('select hash from log_leaf where idx = 7')) as [{ hash: Buffer }];
    const rewrite = (to: Buffer) =>
      server.source.query(
        `do $$ begin perform set_config('session_replication_role', 'replica', true); update log_leaf set hash = decode('${to.toString('hex')}', 'hex') where idx = 7; end $$`,
      );
    await rewrite(Buffer.alloc(32, 1));
    const one = sequencer();
    await one.append();
    await assert.rejects(one.sign(), NotContinued);
    await assert.rejects(one.sign(), /the first 60 entries are not those that were signed/);
    assert.equal([...new Keep(dir).all()].length, 1);
    await rewrite(hash);
    await sequencer().sign();
    assert.equal(new Keep(dir).last()?.size, 61);
  });

  it('signs nothing for a database that was rolled back', async () => {
    await server.source.query(
      `do $$ begin perform set_config('session_replication_role', 'replica', true); delete from log_leaf where idx > 30; update log_head set size = 31; end $$`,
    );
    await assert.rejects(
      sequencer().sign(),
      /a log of 61 entries was signed, and the database has 31: it was rolled back/,
    );
  });

  it('never writes over what is kept', () => {
    const keep = new Keep(dir);
    const { size: at, note } = keep.last()!;
    keep.put({ size: at, note });
    assert.throws(() => keep.put({ size: at, note: `${note}\n` }), /another checkpoint of size 61 is kept already/);
  });
});
