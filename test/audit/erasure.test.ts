/** A patient can be erased, and everything that was proven stays proven; nobody but the owner can do it, and the log says who did. */
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, it } from '@jest/globals';
import { Keep } from '../../src/audit/tree/keep.js';
import { openSigner, readVerifiers } from '../../src/audit/tree/keys.js';
import { logName } from '../../src/audit/tree/note.js';
import { Sequencer } from '../../src/audit/tree/sequencer.js';
import { databaseLog } from '../../src/audit/verify/source-database.js';
import { verify } from '../../src/audit/verify/verify.js';
import { erase } from '../../src/cli/erase.js';
import { Sql } from '../../src/database/sql.js';
import { createLogger } from '../../src/logging.js';
import { moveBetween } from '../../machines/engine/versions.js';
import { rehearseAll } from '../../src/pathways/machine-moves.js';
import { twoVersions } from '../support/machine-v2.js';
import { checkAll } from '../../src/pathways/check.js';
import { startServer, type TestServer, type User } from '../support/server.js';
import { completeFacts } from '../support/walk.js';

const gp: User = { role: 'gp', unit: 'GP_NORD' };
const auditor: User = { role: 'auditor', unit: 'REGION' };
const name = 'Canary Testesen';
let server: TestServer;
let dir: string;
let url: string;
beforeAll(async () => {
  server = await startServer();
  dir = mkdtempSync(join(tmpdir(), 'smertevejen-audit-'));
  const [{ database }] = (await server.source.query('select current_database() as database')) as [{ database: string }];
  const address = new URL(process.env['TEST_CLUSTER_URL']!);
  address.pathname = `/${database}`;
  url = address.href;
});
afterAll(async () => {
  await server.stop();
  rmSync(dir, { recursive: true, force: true });
});
const sign = async (): Promise<void> => {
  const sequencer = new Sequencer(
    new Sql(server.source),
    new Keep(dir),
    openSigner(dir, logName),
    server.clock,
    createLogger('silent'),
  );
  while ((await sequencer.append()) > 0);
  await sequencer.sign();
};
const verified = () => verify(databaseLog(server.sql), { verifiers: readVerifiers(dir), outside: new Keep(dir) });
const opened = async (patient: object) =>
  (await server.open({ patient, planningArea: 'nord' }, gp)).body as { id: string; patient: { id: string } };

describe('a patient who is erased', () => {
  it('leaves every proof whole, tells nothing any more, and stands in the log as erased by somebody', async () => {
    const { id, patient } = await opened({ name, cpr: '010203-9996' });
    const other = await opened({ name: 'Ada Test', birthDate: '1960-08-29' });
    await server.sent(id, gp, {
      type: 'referral.updated',
      facts: { ...completeFacts, content: { ...completeFacts.content, history: 'Canary historie' } },
    });
    assert.equal((await server.send(id, gp, { type: 'clinic.accepted' })).status, 403);
    await server.sent(id, gp, { type: 'referral.submitted' });
    await assert.rejects(
      erase(url, { patient: patient.id, sub: 'drift.adm', reason: 'Oprettet ved en fejl' }),
      /has an open pathway.*close it first/,
    );
    await server.sent(id, gp, { type: 'pathway.enteredInError', reason: 'Oprettet ved en fejl' });
    await sign();
    await assert.rejects(
      server.source.query('update transition set payload = null where pathway_id = $1', [id]),
      /only grows/,
    );
    await assert.rejects(server.sql.rows({ text: 'select erase_patient($1)' }, [patient.id]), /permission denied/);

    assert.deepEqual(await erase(url, { patient: patient.id, sub: 'drift.adm', reason: 'Oprettet ved en fejl' }), [id]);
    await sign();
    const report = await verified();
    assert.deepEqual([report.outcome, report.faults, report.erased], ['intact', [], 5]);
    assert.deepEqual((await checkAll(server.sql)).faults, []);
    const dump = JSON.stringify(
      await Promise.all(
        ['patient', 'pathway', 'transition', 'refusal', 'referral_version', 'message'].map((table) =>
          server.source.query(`select * from ${table}`),
        ),
      ),
    );
    for (const told of ['Canary', '0102039996', '010203-9996'])
      assert.ok(!dump.includes(told), `${told} is still there`);
    const reply = await server.get(`/v1/pathways/${id}`, gp);
    assert.deepEqual([reply.status, reply.body.type], [409, '/problems/quarantined']);
    assert.equal((await server.get(`/v1/pathways/${other.id}`, gp)).status, 200);
    const log = (await server.get(`/v1/pathways/${id}/transitions?refused=true`, auditor)).body as {
      items: { event: object; actor: { sub: string; unit: string } }[];
    };
    assert.deepEqual(
      log.items.map(({ event, actor: { sub, unit } }) => [event, sub, unit]),
      ['pathway.opened', 'referral.updated', 'clinic.accepted', 'referral.submitted', 'pathway.enteredInError'].map(
        (type) => [{ type }, '', 'GP_NORD'],
      ),
    );
    const rehearsed = [];
    for await (const one of rehearseAll(server.sql, moveBetween(1, 2, twoVersions))) rehearsed.push(one);
    assert.deepEqual(rehearsed.map((one) => ('fault' in one ? one.fault : one.rehearsal.changes)).sort(), [
      'nothing',
      'what this entry told has been erased',
    ]);
    const { items } = (await server.get(`/v1/pathways/${id}/accesses`, auditor)).body as {
      items: { action: string; actor: { sub: string }; criterion: object }[];
    };
    assert.deepEqual(
      items.filter(({ action }) => action === 'erasure').map(({ actor: { sub }, criterion }) => [sub, criterion]),
      [['drift.adm', { reason: 'Oprettet ved en fejl' }]],
    );
  });

  it('is not blanked in any other way: neither what stands beside it, nor while his key is there', async () => {
    const { id } = await opened({ name: 'Bo Test', birthDate: '1960-08-29' });
    const asOwner = (text: string) =>
      server.source.query(`set role smertevejen_migrating; ${text}; reset role`).catch(async (error: unknown) => {
        await server.source.query('reset role');
        throw error;
      });
    await assert.rejects(asOwner(`update transition set leaf = '' where pathway_id = '${id}'`), /only grows/);
    await assert.rejects(
      asOwner(
        `delete from patient_key where patient_id = (select patient_id from pathway where id = '${id}'); update transition set payload = 'x' where pathway_id = '${id}'`,
      ),
      /only grows/,
    );
    await assert.rejects(
      erase(url, { patient: id, sub: 'drift.adm', reason: 'Findes ikke' }),
      /There is no patient with this id/,
    );
  });
});
