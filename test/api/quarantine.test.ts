import assert from 'node:assert/strict';
import { afterAll, beforeAll, describe, it } from '@jest/globals';
import { checkAll } from '../../src/pathways/check.js';
import { startServer, type TestServer, type User } from '../support/server.js';

const gp: User = { role: 'gp', unit: 'GP_NORD' };
let server: TestServer;
beforeAll(async () => {
  server = await startServer();
});
afterAll(() => server.stop());

const opened = async (): Promise<string> =>
  (await server.open({ patient: { name: 'Hans Test', birthDate: '1970-05-05' }, planningArea: 'nord' }, gp)).body
    .id as string;
const corrupt = (id: string, snapshot: string, machineVersion = 1) =>
  server.source.query('update pathway set snapshot = $2, machine_version = $3 where id = $1', [
    id,
    snapshot,
    machineVersion,
  ]);

const harms: [name: string, harm: (good: string) => string, machineVersion?: number][] = [
  ['null', () => 'null'],
  ['a number', () => '7'],
  ['an unknown state', (good) => good.replace('"generalPractice"', '"nowhere"')],
  ['a truncated text', (good) => good.slice(0, 100)],
  ['nothing at all', () => ''],
  ['a wrong machine version', (good) => good, 999],
  ['an empty memory', (good) => JSON.stringify({ ...(JSON.parse(good) as object), context: {} })],
  [
    'a history of another machine',
    (good) =>
      JSON.stringify({ ...(JSON.parse(good) as object), historyValue: { 'pathway.open.nowhere': [{ id: 'x' }] } }),
  ],
];

describe('a pathway whose stored state does not pass', () => {
  for (const [name, harm, machineVersion] of harms) {
    it(`is quarantined alone: ${name}`, async () => {
      const [id, healthy] = [await opened(), await opened()];
      const [{ snapshot }] = (await server.source.query('select snapshot from pathway where id = $1', [id])) as [
        { snapshot: string },
      ];
      // Read while it is whole: what the process remembers of it must not hide what has become of it.
      assert.equal((await server.get(`/v1/pathways/${id}`, gp)).status, 200);
      await corrupt(id, harm(snapshot), machineVersion);
      const replies = [
        await server.get(`/v1/pathways/${id}`, gp),
        await server.get(`/v1/pathways/${id}/actions`, gp),
        await server.send(id, gp, { type: 'followUp.recorded', text: 'x' }, { version: 1 }),
        await server.send(id, gp, { type: 'followUp.recorded', text: 'x' }, { version: 1, dryRun: true }),
      ];
      for (const reply of replies) assert.deepEqual([reply.status, reply.body.type], [409, '/problems/quarantined']);
      assert.equal((await server.get(`/v1/pathways/${id}`, { role: 'gp', unit: 'GP_SYD' })).status, 404);
      assert.equal(
        (await server.get(`/v1/pathways/${id}/transitions`, gp)).body.items.length,
        1,
        'its log can be read',
      );
      assert.equal((await server.sent(healthy, gp, { type: 'followUp.recorded', text: 'x' })).version, 2);
      assert.equal((await server.get('/v1/pathways?limit=200', gp)).status, 200);
      assert.equal((await server.raw('GET', '/health/ready')).status, 200);
      const { faults } = await checkAll(server.sql);
      assert.ok(
        faults.some(({ pathway }) => pathway === id) && !faults.some(({ pathway }) => pathway === healthy),
        'the check names it, and it alone',
      );
      await corrupt(id, snapshot);
      assert.equal((await server.get(`/v1/pathways/${id}`, gp)).status, 200);
    });
  }
});
