import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, it } from '@jest/globals';
import { checkAll } from '../../src/pathways/check.js';
import { complexFacts } from '../support/walk.js';
import { startServer, type Reply, type TestServer, type User } from '../support/server.js';

const gp: User = { role: 'gp', unit: 'GP_MIDT' };
const note = { type: 'followUp.recorded', text: 'Ringet til patienten' };
let server: TestServer;
beforeAll(async () => {
  server = await startServer();
});
afterAll(() => server.stop());

const opened = async (): Promise<string> =>
  (await server.open({ patient: { name: 'Birthe Test', birthDate: '1968-07-05' }, planningArea: 'midt' }, gp)).body
    .id as string;
const versions = async (id: string) => ({
  version: (await server.get(`/v1/pathways/${id}`, gp)).body.version as number,
  log: ((await server.get(`/v1/pathways/${id}/transitions?limit=200`, gp)).body.items as { seq: number }[]).map(
    ({ seq }) => seq,
  ),
});
const counted = (replies: Reply[]) =>
  Object.fromEntries(
    [...new Set(replies.map(({ status }) => status))]
      .sort()
      .map((status) => [status, replies.filter((reply) => reply.status === status).length]),
  );

describe('the one door', () => {
  it('lets exactly one of 64 clients with the same version through; the others are told what happened meanwhile', async () => {
    const id = await opened();
    const replies = await Promise.all(
      Array.from({ length: 64 }, (_, index) =>
        server.send(id, { ...gp, sub: `gp.${index}` }, { ...note, text: `Klient ${index}` }, { version: 1 }),
      ),
    );
    assert.deepEqual(counted(replies), { 200: 1, 412: 63 });
    const stale = replies.find(({ status }) => status === 412)!.body;
    assert.equal(stale.type, '/problems/stale-version');
    assert.deepEqual(
      stale.transitions.map(({ seq, event }: { seq: number; event: string }) => [seq, event]),
      [[2, 'followUp.recorded']],
    );
    assert.deepEqual(await versions(id), { version: 2, log: [1, 2] });
  });

  it('makes one transition of a request that comes 50 times at once with one key, and gives one answer', async () => {
    const id = await opened();
    const key = randomUUID();
    const replies = await Promise.all(Array.from({ length: 50 }, () => server.send(id, gp, note, { version: 1, key })));
    assert.deepEqual(counted(replies), { 200: 50 });
    assert.equal(new Set(replies.map(({ body }) => JSON.stringify(body))).size, 1);
    assert.equal(replies.filter(({ headers }) => headers.get('idempotency-replayed') === null).length, 1);
    assert.deepEqual(await versions(id), { version: 2, log: [1, 2] });
  });

  it('gives the first answer to a repeated request, also when the pathway has gone on', async () => {
    const id = await opened();
    const key = randomUUID();
    const first = await server.send(id, gp, note, { version: 1, key });
    await server.sent(id, gp, { ...note, text: 'Og igen' });
    const again = await server.send(id, gp, note, { version: 1, key });
    assert.equal(again.status, 200);
    assert.deepEqual(again.body, first.body);
    assert.equal(again.headers.get('etag'), '"2"');
    assert.equal(again.headers.get('idempotency-replayed'), 'true');
    assert.deepEqual((await versions(id)).log, [1, 2, 3]);
  });

  it('refuses a key that was used for another request, on this pathway or another', async () => {
    const [id, other] = [await opened(), await opened()];
    const key = randomUUID();
    await server.sent(id, gp, note, { key });
    for (const reply of [
      await server.send(id, gp, { ...note, text: 'Noget andet' }, { key }),
      await server.send(other, gp, note, { key }),
    ]) {
      assert.equal(reply.status, 422);
      assert.equal(reply.body.type, '/problems/idempotency-conflict');
    }
    assert.deepEqual((await versions(other)).log, [1]);
  });

  it('lets two users use the same key: a key belongs to who sends it', async () => {
    const id = await opened();
    const key = randomUUID();
    await server.sent(id, { ...gp, sub: 'dr.a' }, note, { key });
    assert.equal((await server.sent(id, { ...gp, sub: 'dr.b' }, note, { key })).version, 3);
  });

  it('opens one pathway for a request that comes 20 times at once with one key, and none for a second one', async () => {
    const key = randomUUID();
    const patient = { cpr: '050768-9996', name: 'Birthe Test' };
    const replies = await Promise.all(
      Array.from({ length: 20 }, () => server.open({ patient, planningArea: 'midt' }, gp, key)),
    );
    assert.deepEqual(counted(replies), { 201: 20 });
    assert.equal(new Set(replies.map(({ body }) => body.id)).size, 1);
    const second = await server.open({ patient, planningArea: 'midt' }, gp);
    assert.deepEqual(
      [second.status, second.body.type, second.body.pathway],
      [409, '/problems/already-open', replies[0]!.body.id],
    );
  });

  it('opens one pathway when 20 requests for one new patient come at once', async () => {
    const replies = await Promise.all(
      Array.from({ length: 20 }, () =>
        server.open({ patient: { cpr: '241182-9995', name: 'Casper Test' }, planningArea: 'midt' }, gp),
      ),
    );
    assert.deepEqual(counted(replies), { 201: 1, 409: 19 });
  });

  it('asks for the version that was decided on, and for a key', async () => {
    const id = await opened();
    const withoutVersion = await server.send(id, gp, note, { version: null });
    assert.deepEqual([withoutVersion.status, withoutVersion.body.type], [428, '/problems/precondition-required']);
    const withoutKey = await server.send(id, gp, note, { version: 1, key: null });
    assert.deepEqual([withoutKey.status, withoutKey.body.errors[0].pointer], [400, '/headers/idempotency-key']);
    assert.deepEqual(await versions(id), { version: 1, log: [1] });
  });

  it('writes nothing in a dry run, and says what would happen', async () => {
    const id = await opened();
    await server.sent(id, gp, { type: 'referral.updated', facts: complexFacts });
    const dry = await server.send(id, gp, { type: 'referral.submitted' }, { dryRun: true });
    assert.equal(dry.status, 200);
    assert.deepEqual(
      [dry.body.dryRun, dry.body.from.state, dry.body.to.state, dry.body.findings],
      [true, 'generalPractice', 'referral.sent', []],
    );
    assert.deepEqual(dry.body.messages, [
      { letter: 'referral', to: 'CVI_MIDT', subject: 'Henvisning til smertebehandling' },
    ]);
    assert.deepEqual((await versions(id)).log, [1, 2]);
    const tries = await server.get(`/v1/pathways/${id}/transitions?refused=true`, gp);
    assert.equal(tries.body.items.filter((item: object) => 'refused' in item).length, 0);
  });

  it('records a refused attempt with who tried what and the findings shown, and changes nothing', async () => {
    const id = await opened();
    await server.sent(id, gp, {
      type: 'referral.updated',
      facts: { ...complexFacts, clarified: false, priorTreatmentCompleted: false },
    });
    const refused = await server.send(id, gp, { type: 'referral.submitted' });
    assert.deepEqual(
      [refused.status, refused.body.findings.map(({ rule }: { rule: string }) => rule)],
      [422, ['B1', 'B2']],
    );
    assert.equal(refused.body.findings[0].quote, 'Pt skal før henvisning være diagnostisk afklaret');
    const { items } = (await server.get(`/v1/pathways/${id}/transitions?refused=true`, gp)).body;
    assert.deepEqual(
      items.map((item: { seq?: number; refused?: string }) => item.seq ?? item.refused),
      [1, 2, 'rules-unmet'],
    );
    assert.deepEqual(
      [items[2].actor, items[2].findings.map(({ rule }: { rule: string }) => rule)],
      [{ sub: 'gp.GP_MIDT', role: 'gp', unit: 'GP_MIDT' }, ['B1', 'B2']],
    );
    assert.equal((await versions(id)).version, 2);
  });

  it('keeps an override with the transition, with its reason and its author', async () => {
    const id = await opened();
    await server.sent(id, gp, { type: 'referral.updated', facts: { ...complexFacts, clarified: false } });
    const reason = 'MR-scanning er bestilt og ventes ikke at ændre behandlingen';
    await server.sent(id, gp, { type: 'referral.submitted', overrides: [{ rule: 'B1', reason }] });
    const { items } = (await server.get(`/v1/pathways/${id}/transitions`, { role: 'cvi', unit: 'CVI_MIDT' })).body;
    assert.deepEqual(
      [items[2].overrides, items[2].findings[0].rule, items[2].actor.unit],
      [[{ rule: 'B1', reason }], 'B1', 'GP_MIDT'],
    );
  });

  it('is closed to a unit that never had the pathway, and says no more than that it is not found', async () => {
    const id = await opened();
    for (const reply of [
      await server.get(`/v1/pathways/${id}`, { role: 'physician', unit: 'SK_HVH' }),
      await server.send(id, { role: 'gp', unit: 'GP_SYD' }, note, { version: 1 }),
    ]) {
      assert.deepEqual([reply.status, reply.body.type], [404, '/problems/not-found']);
    }
  });

  it('leaves a log that replays to every stored snapshot', async () => {
    const { faults, pathways } = await checkAll(server.sql);
    assert.deepEqual(faults, []);
    assert.ok(pathways > 5);
  });
});

describe('a pathway that a GP opens for another practice', () => {
  it("is that practice's to go on with, and can be read by who opened it", async () => {
    const { body } = await server.open(
      { patient: { name: 'Lone Test', birthDate: '1971-09-09' }, planningArea: 'nord', ownGp: 'GP_NORD' },
      gp,
    );
    assert.deepEqual([body.unit, body.ownGp], ['GP_NORD', 'GP_NORD']);
    assert.equal((await server.get(`/v1/pathways/${body.id}`, gp)).status, 200);
    assert.equal((await server.send(body.id as string, gp, note, { version: 1 })).status, 403);
    assert.equal((await server.sent(body.id as string, { role: 'gp', unit: 'GP_NORD' }, note)).version, 2);
    assert.deepEqual((await checkAll(server.sql)).faults, []);
  });
});

describe('an override', () => {
  it('of a rule that does not exist is refused by name', async () => {
    const id = await opened();
    const reply = await server.send(
      id,
      gp,
      { ...note, overrides: [{ rule: 'B99', reason: 'Denne regel findes slet ikke her' }] },
      { version: 1 },
    );
    assert.deepEqual([reply.status, reply.body.errors[0].pointer], [400, '/overrides/0/rule']);
  });
});

describe('a refusal', () => {
  it('is told in the language that is asked for', async () => {
    const id = await opened();
    for (const [language, title] of [
      ['da', 'Hændelsen er ikke mulig her'],
      ['en', 'The event is not possible here'],
    ] as const) {
      const reply = await server.send(
        id,
        gp,
        { type: 'letter.receivedByGp', how: 'post' },
        { version: 1, headers: { 'accept-language': language } },
      );
      assert.deepEqual([reply.status, reply.body.title, reply.headers.get('content-language')], [409, title, language]);
      assert.match(reply.body.detail as string, language === 'da' ? /er ikke mulig/ : /is not possible/);
    }
  });
});
