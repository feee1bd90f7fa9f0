/** Saved filters: whose they are, who sees them, what may be saved, and that their number is the list's. */
import assert from 'node:assert/strict';
import { afterAll, beforeAll, describe, it } from '@jest/globals';
import { stageNames } from '../../machines/pathway/stages.js';
import type { SavedView } from '../../src/worklists/wire.js';
import { staffOf, walkTo } from '../support/referral.js';
import { startServer, type Reply, type TestServer, type User } from '../support/server.js';

const { centre } = staffOf('midt');
const anna: User = { ...centre('triager'), sub: 'anna' };
const bo: User = { ...centre('secretary'), sub: 'bo' };
const elsewhere: User = { role: 'triager', unit: 'TSC_RH', sub: 'anna' };

let server: TestServer;
beforeAll(async () => {
  server = await startServer();
});
afterAll(() => server.stop());

const save = (user: User, body: unknown): Promise<Reply> => server.post('/v1/views', user, body);
const change = (user: User, id: string, body: unknown): Promise<Reply> =>
  server.raw('PUT', `/v1/views/${id}`, { user, body: JSON.stringify(body) });
const remove = (user: User, id: string): Promise<Reply> => server.raw('DELETE', `/v1/views/${id}`, { user });
const saved = async (user: User, body: object): Promise<SavedView> => {
  const reply = await save(user, body);
  assert.equal(reply.status, 201, JSON.stringify(reply.body));
  return reply.body as SavedView;
};
const asked = (filters: object) =>
  new URLSearchParams(
    Object.fromEntries(Object.entries(filters).map(([key, value]) => [key, String(value)])),
  ).toString();
const seen = async (user: User, query = ''): Promise<SavedView[]> => {
  const { status, body } = await server.get(`/v1/views${query}`, user);
  assert.equal(status, 200, JSON.stringify(body));
  return body.items as SavedView[];
};

describe('a view', () => {
  it("is its owner's, and with the word shared his unit's: others see nothing of it", async () => {
    const own = await saved(anna, { name: 'Mine', filters: { assignee: 'me' } });
    const shared = await saved(anna, { name: 'Alle sene', shared: true, filters: { overdue: true, desk: 'TSC_HEH' } });
    assert.deepEqual(own, {
      id: own.id,
      name: 'Mine',
      shared: false,
      filters: { assignee: 'me' },
      owner: 'anna',
      mine: true,
      createdAt: server.clock.now().toISOString(),
      changedAt: server.clock.now().toISOString(),
    });
    assert.deepEqual(await seen(anna), [shared, own]);
    assert.deepEqual(await seen(bo), [{ ...shared, mine: false }]);
    for (const stranger of [
      elsewhere,
      { role: 'auditor', unit: 'REGION', sub: 'anna' } satisfies User,
      staffOf('midt').gp,
    ])
      assert.deepEqual(await seen(stranger), []);
    await saved(bo, { name: 'Mine', shared: true, filters: {} });
    assert.deepEqual(
      (await seen(bo)).map(({ name, mine }) => [name, mine]),
      [
        ['Mine', true],
        ['Alle sene', false],
      ],
      "one's own come first",
    );
  });

  it('keeps every filter of the worklist but a name', async () => {
    const filters = {
      stage: 'visitation',
      unit: 'TSC_HEH',
      desk: 'TSC_HEH',
      nextMove: 'GP_MIDT',
      planningArea: 'midt',
      missing: 'H3a',
      task: 'newPain',
      assignee: 'none',
      dueBefore: '2026-05-01T00:00:00.000Z',
      clock: 'decision',
      overdue: false,
    };
    const { id, filters: kept } = await saved(anna, { name: 'Alt', filters });
    assert.deepEqual(kept, filters);
    assert.equal((await server.get(`/v1/pathways?${asked(kept)}`, anna)).status, 200, 'it is asked for as it is saved');
    const named = await change(anna, id, { name: 'Alt', filters: { q: 'anders' } });
    assert.deepEqual(
      [named.status, named.body.errors],
      [
        400,
        [{ pointer: '/filters/q', message: "is no filter of a view: a patient's name is searched for, never saved" }],
      ],
    );
    for (const wrong of [
      { limit: 5 },
      { cursor: 'x' },
      { stage: 'x' },
      { overdue: 'true' },
      { dueBefore: 'i morgen' },
      { responsible: 'x' },
      null,
      [],
      undefined,
    ])
      assert.equal((await save(anna, { name: 'Forkert', filters: wrong })).status, 400, JSON.stringify(wrong));
    assert.equal(
      (
        (await server.source.query(`select count(*)::int as n from saved_view where filters ? 'q'`)) as [{ n: number }]
      )[0].n,
      0,
    );
  });

  it("has a name of its own among its owner's", async () => {
    await saved(anna, { name: 'Uge 10', filters: {} });
    const second = await saved(anna, { name: 'Uge 11', filters: {} });
    for (const reply of [
      await save(anna, { name: ' Uge 10 ', filters: {} }),
      await change(anna, second.id, { name: 'Uge 10', filters: {} }),
    ])
      assert.deepEqual(
        [reply.status, reply.body.errors],
        [400, [{ pointer: '/name', message: 'is the name of another view of yours: choose another' }]],
      );
    await saved(bo, { name: 'Uge 10', filters: {} });
    await saved(elsewhere, { name: 'Uge 10', filters: {} });
    for (const name of ['', 'x'.repeat(101), 7, '120375-9995', 'Anders 1203759995', undefined])
      assert.equal((await save(anna, { name, filters: {} })).status, 400, String(name));
    assert.equal((await save(anna, { name: 'For meget', filters: {}, owner: 'bo' })).status, 400);
  });

  it('is changed and deleted by its owner alone: a colleague is told so, a stranger finds nothing', async () => {
    const { id } = await saved(anna, { name: 'Delt', shared: true, filters: {} });
    const { id: hidden } = await saved(anna, { name: 'Egen', filters: {} });
    for (const refused of [await change(bo, id, { name: 'Bos', filters: {} }), await remove(bo, id)])
      assert.deepEqual([refused.status, refused.body.type], [403, '/problems/not-allowed']);
    for (const refused of [
      await change(bo, hidden, { name: 'Bos', filters: {} }),
      await remove(bo, hidden),
      await change(elsewhere, id, { name: 'x', filters: {} }),
      await remove(elsewhere, id),
      await remove(anna, '0198c0de-0000-7000-8000-00000000dead'),
    ])
      assert.deepEqual([refused.status, refused.body.type], [404, '/problems/not-found']);
    for (const id_ of ['x', '7']) assert.equal((await remove(anna, id_)).status, 400);

    server.clock.set(new Date(server.clock.now().getTime() + 60_000));
    const changed = await change(anna, id, { name: 'Ikke delt', filters: { stage: 'closed' } });
    assert.deepEqual(
      [changed.status, changed.body.name, changed.body.shared, changed.body.filters],
      [200, 'Ikke delt', false, { stage: 'closed' }],
    );
    assert.ok(changed.body.changedAt > changed.body.createdAt);
    assert.ok(!(await seen(bo)).some((view) => view.id === id));
    assert.deepEqual([(await remove(anna, id)).status, (await remove(anna, id)).status], [204, 404]);
    assert.ok(!(await seen(anna)).some((view) => view.id === id));
  });

  it('is for whoever has patients: not for managers and administrators', async () => {
    for (const user of [
      { role: 'manager', unit: 'TSC_HEH' },
      { role: ['admin', 'manager'], unit: 'TSC_HEH' },
    ] satisfies User[]) {
      for (const { status, body } of [
        await server.get('/v1/views', user),
        await save(user, { name: 'x', filters: {} }),
        await change(user, '0198c0de-0000-7000-8000-00000000dead', { name: 'x', filters: {} }),
        await remove(user, '0198c0de-0000-7000-8000-00000000dead'),
      ]) {
        assert.deepEqual([status, body.type], [403, '/problems/not-allowed']);
        assert.ok(body.roles.includes('triager') && !body.roles.includes('manager'));
      }
    }
    assert.deepEqual(await seen({ role: ['manager', 'nurse'], unit: 'SK_BBH' }), []);
  });

  it('is one of fifty, and no more', async () => {
    const many: User = { role: 'nurse', unit: 'SK_HIH', sub: 'mange' };
    for (let index = 1; index <= 50; index++) await saved(many, { name: `Nr ${index}`, filters: {} });
    const { status, body } = await save(many, { name: 'Nr 51', filters: {} });
    assert.deepEqual([status, body.errors[0].message], [400, 'is one view too many: delete one of your 50 first']);
    await remove(many, (await seen(many))[0]!.id);
    await saved(many, { name: 'Nr 51', filters: {} });
  });
});

describe('the number beside a view', () => {
  it('is what its list holds for whoever reads it', async () => {
    for (const [index, state] of [
      'visitation.assessing',
      'visitation.assessing',
      'painClinic.waiting',
      'controlPhase.followUp',
      'referral.atCvi',
    ].entries()) {
      const { id } = await walkTo(server, state, { patient: { name: `Nr ${index}`, birthDate: '1970-05-05' } });
      if (index === 0)
        await server.raw('PUT', `/v1/pathways/${id}/assignee`, { user: anna, body: '{"assignee":"me"}' });
    }
    for (const stage of stageNames) await saved(bo, { name: `Stadie ${stage}`, shared: true, filters: { stage } });
    for (const user of [anna, bo]) {
      for (const { name, filters, count } of await seen(user, '?counts=true')) {
        const { body } = await server.get(`/v1/pathways?limit=200&${asked(filters)}`, user);
        assert.equal(count, (body.items as unknown[]).length, name);
      }
    }
    const numbers = Object.fromEntries(
      (await seen(anna, '?counts=true'))
        .filter(({ name, mine }) => mine || name !== 'Mine')
        .map(({ name, count }) => [name, count]),
    );
    assert.deepEqual([numbers['Stadie visitation'], numbers['Stadie referral'], numbers['Mine']], [2, 0, 1]);
    assert.ok((await seen(anna, '?counts=false')).every((view) => !('count' in view)));
    for (const query of ['?counts=1', '?counts', '?x=1'])
      assert.equal((await server.get(`/v1/views${query}`, anna)).status, 400, query);
  });

  it('is not given where the filters are of an earlier version, and the others are', async () => {
    const { id } = await saved(bo, { name: 'Gammel', filters: {} });
    await server.source.query(`update saved_view set filters = '{"stage": "gone"}' where id = $1`, [id]);
    const items = await seen(bo, '?counts=true');
    assert.equal(items.find((view) => view.id === id)!.count, null);
    assert.ok(items.filter((view) => view.id !== id).every(({ count }) => typeof count === 'number'));
  });
});
