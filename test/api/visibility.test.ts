/** Who may not see a pathway is told the same of it as of one that is not there, whatever has become of it. */
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, it } from '@jest/globals';
import { erase } from '../../src/cli/erase.js';
import { startServer, type TestServer, type User } from '../support/server.js';

const gp: User = { role: 'gp', unit: 'GP_NORD' };
const auditor: User = { role: 'auditor', unit: 'REGION' };
const strangers: User[] = [
  { role: ['physician', 'nurse', 'secretary'], unit: 'SK_GLOH' },
  { role: ['gp', 'gpStaff'], unit: 'GP_SYD' },
];

/** Every route about one pathway, as the document of the API lists them: a new one is asked without being named here. */
const { paths } = JSON.parse(readFileSync('openapi.json', 'utf8')) as {
  paths: Record<string, Record<string, unknown>>;
};
const routes = Object.entries(paths)
  .filter(([path]) => path.startsWith('/v1/pathways/{id}'))
  .flatMap(([path, methods]) => Object.keys(methods).map((method) => ({ method: method.toUpperCase(), path })));

/** What is written, so that nothing but the pathway itself can be what refuses it. */
const bodies: Record<string, object> = {
  'POST /v1/pathways/{id}/events': { type: 'clinic.accepted' },
  'POST /v1/pathways/{id}/corrections': { kind: 'void', seq: 2, reason: 'Oprettet ved en fejl' },
  'PUT /v1/pathways/{id}/assignee': { assignee: 'me' },
};
const queries: Record<string, string> = { 'GET /v1/pathways/{id}/prescribing': '?on=2026-03-02' };

let server: TestServer;
beforeAll(async () => {
  server = await startServer();
});
afterAll(() => server.stop());

async function asked(user: User, { method, path }: { method: string; path: string }, id: string, dryRun = false) {
  const name = `${method} ${path}`;
  const body = bodies[name];
  assert.ok(method === 'GET' || body, `${name} writes: say here what`);
  const address =
    path.replace('{id}', id).replace('{version}', '1') + (queries[name] ?? '') + (dryRun ? '?dryRun=true' : '');
  const reply = await server.raw(method, address, {
    user,
    ...(body ? { body: JSON.stringify(body) } : {}),
    headers: { 'if-match': '"1"', ...(dryRun ? {} : { 'idempotency-key': randomUUID() }) },
  });
  return {
    status: reply.status,
    body: JSON.stringify(reply.body)
      .replaceAll(id, '')
      .replace(/"(instance|requestId)":"[^"]*",?/g, ''),
  };
}

/** A pathway in general practice, and what has become of it. */
const opened = async (): Promise<{ id: string; patient: { id: string } }> =>
  (await server.open({ patient: { name: 'Ada Test', birthDate: '1960-08-29' }, planningArea: 'nord' }, gp)).body;
const fates: Record<string, () => Promise<string>> = {
  'that is open': async () => (await opened()).id,
  'whose patient was erased': async () => {
    const { id, patient } = await opened();
    await server.sent(id, gp, { type: 'pathway.enteredInError', reason: 'Oprettet ved en fejl' });
    const [{ database }] = (await server.source.query('select current_database() as database')) as [
      { database: string },
    ];
    const url = new URL(process.env['TEST_CLUSTER_URL']!);
    url.pathname = `/${database}`;
    await erase(url.href, { patient: patient.id, sub: 'drift.adm', reason: 'Oprettet ved en fejl' });
    return id;
  },
  'that cannot be read safely': async () => {
    const { id } = await opened();
    await server.source.query(`update pathway set snapshot = '{}' where id = $1`, [id]);
    return id;
  },
  'of a version of the machine that is not known here': async () => {
    const { id } = await opened();
    await server.source.query('update pathway set machine_version = 99 where id = $1', [id]);
    return id;
  },
};

for (const [fate, made] of Object.entries(fates))
  describe(`a pathway ${fate}`, () => {
    let id: string;
    beforeAll(async () => {
      id = await made();
    });
    for (const route of routes)
      for (const dryRun of route.method === 'POST' ? [false, true] : [false])
        it(`is not there for a stranger: ${route.method} ${route.path}${dryRun ? '?dryRun=true' : ''}`, async () => {
          for (const stranger of strangers) {
            const answer = await asked(stranger, route, id, dryRun);
            assert.deepEqual(answer, await asked(stranger, route, randomUUID(), dryRun));
            // The log of look-ups is for the auditor alone: that refusal is the role's and tells nothing of a pathway.
            assert.equal(answer.status, route.path.endsWith('/accesses') ? 403 : 404);
          }
        });
    it('has a log, for its own GP and for the auditor', async () => {
      for (const user of [gp, auditor])
        assert.equal((await server.get(`/v1/pathways/${id}/transitions`, user)).status, 200);
    });
  });

it('the patient who was erased: a key that was used before is not answered again', async () => {
  const { id, patient } = await opened();
  const key = randomUUID();
  const wrong = { type: 'pathway.enteredInError', reason: 'Oprettet ved en fejl' };
  await server.sent(id, gp, wrong, { version: 1, key });
  assert.equal((await server.send(id, gp, wrong, { version: 1, key })).status, 200);
  const [{ database }] = (await server.source.query('select current_database() as database')) as [{ database: string }];
  const url = new URL(process.env['TEST_CLUSTER_URL']!);
  url.pathname = `/${database}`;
  await erase(url.href, { patient: patient.id, sub: 'drift.adm', reason: 'Oprettet ved en fejl' });
  const again = await server.send(id, gp, wrong, { version: 1, key });
  assert.deepEqual([again.status, again.body.type], [409, '/problems/quarantined']);
});
