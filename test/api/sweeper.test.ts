/** A deadline that passes is noted in the log, at the instant and not before, once, whoever else sweeps or writes meanwhile. */
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { afterAll, afterEach, beforeAll, beforeEach, describe, it } from '@jest/globals';
import { justBefore } from '../../machines/calendar/calendar.js';
import { Jobs } from '../../src/database/jobs.js';
import { Sweeper, type Swept } from '../../src/deadlines/sweeper.js';
import { createLogger } from '../../src/logging.js';
import { checkAll } from '../../src/pathways/check.js';
import { Door } from '../../src/pathways/door.js';
import type { PathwayView } from '../../src/pathways/wire.js';
import { startServer, type TestServer, type User } from '../support/server.js';
import { completeFacts } from '../support/walk.js';

const gp: User = { role: 'gp', unit: 'GP_BYEN' };
const cvi: User = { role: 'cvi', unit: 'CVI_BYEN' };
const triager: User = { role: 'triager', unit: 'TSC_RH' };
const clinic = (role: User['role']): User => ({ role, unit: 'SK_HVH' });
const hour = 3_600_000;
const start = '2026-01-05T08:00:00.000Z';

let server: TestServer;
let sweeper: Sweeper;
/** The pathways of the test that runs. What an earlier one has left to pass is taken out of its way. */
let own: string[];
beforeAll(async () => {
  server = await startServer({ now: start });
  sweeper = server.app.get(Sweeper);
});
beforeEach(async () => {
  own = [];
  server.clock.set(start);
  await server.source.query('update pathway set sweep_at = null');
});
afterEach(async () =>
  assert.deepEqual(
    (await checkAll(server.sql)).faults.filter(({ pathway }) => own.includes(pathway ?? '')),
    [],
  ),
);
afterAll(() => server.stop());
/** Another instance, with a memory of its own. */
const another = (): Sweeper =>
  new Sweeper(server.sql, server.app.get(Door), server.clock, server.app.get(Jobs), createLogger('silent'));

const later = (ms = hour): void => server.clock.set(new Date(server.clock.now().getTime() + ms));
const viewOf = async (id: string): Promise<PathwayView> =>
  (await server.get(`/v1/pathways/${id}`, { role: 'auditor', unit: 'REGION' })).body as PathwayView;
const clockOf = async (id: string, clock: string) =>
  (await viewOf(id)).deadlines.find((deadline) => deadline.clock === clock)!;
const countsOf = ({ noted, late, passedOver }: Swept) => ({ noted, late, passedOver });
type Noted = { pathway: string; clock: string; at: Date };
const noted = (...ids: string[]): Promise<Noted[]> =>
  server.source.query(
    `
  select pathway_id as pathway, payload::jsonb #>> '{event,clock}' as clock, occurred_at as at from transition where event_type = 'deadline.passed' and pathway_id = any($1) order by recorded_at, seq`,
    [ids.length > 0 ? ids : own],
  ) as Promise<Noted[]>;

async function opened(): Promise<string> {
  const { id } = (
    await server.open({ patient: { name: 'Nina Test', birthDate: '1970-05-05' }, planningArea: 'byen' }, gp)
  ).body as { id: string };
  own.push(id);
  return id;
}
async function submitted(): Promise<string> {
  const id = await opened();
  await server.sent(id, gp, { type: 'referral.updated', facts: completeFacts });
  await server.sent(id, gp, { type: 'referral.submitted' });
  return id;
}
async function inTreatment(): Promise<string> {
  const id = await submitted();
  const steps: [User, { type: string } & Record<string, unknown>][] = [
    [cvi, { type: 'referral.received' }],
    [cvi, { type: 'referral.forwarded', centre: 'TSC_RH' }],
    [triager, { type: 'triage.decided', decision: 'painClinic', target: 'SK_HVH', patientInformedBy: 'unit' }],
    [clinic('physician'), { type: 'clinic.accepted' }],
    [clinic('nurse'), { type: 'visit.attended', at: server.clock.now().toISOString(), walkInReason: 'Kom uden tid' }],
  ];
  for (const [user, event] of steps) await server.sent(id, user, event);
  return id;
}

/** What happens between the sweeper's reading of a pathway and its noting, the first time. */
function meanwhile(happens: () => Promise<unknown>): void {
  const door = server.app.get(Door);
  const { read } = Door.prototype;
  door.read = async (id, actor) => {
    const loaded = await read.call(door, id, actor);
    if (actor.sub === 'sweeper') {
      door.read = read;
      await happens();
    }
    return loaded;
  };
}

describe('a deadline', () => {
  it('is noted at its instant, and not a millisecond before', async () => {
    const id = await submitted();
    const { dueAt } = await clockOf(id, 'receipt');
    server.clock.set(new Date(justBefore(dueAt)));
    const before = await sweeper.sweep();
    assert.deepEqual([before.noted, before.next?.toISOString(), (await noted()).length], [0, dueAt, 0]);
    server.clock.set(dueAt);
    assert.deepEqual(countsOf(await sweeper.sweep()), { noted: 2, late: 0, passedOver: 0 });
    assert.deepEqual(
      (await viewOf(id)).deadlines.map(({ clock, missedAt }) => [clock, missedAt]),
      [
        ['receipt', dueAt],
        ['delivery:3.1', dueAt],
      ],
    );
    const [first] = (
      await server.get(`/v1/pathways/${id}/transitions`, { role: 'auditor', unit: 'REGION' })
    ).body.items.slice(-2) as { event: object; actor: object }[];
    assert.deepEqual(
      [first!.event, first!.actor],
      [
        { type: 'deadline.passed', clock: 'receipt' },
        { sub: 'sweeper', unit: 'SYSTEM', role: 'system' },
      ],
    );
  });

  it('is noted once by four who sweep at once', async () => {
    const ids = [];
    for (let n = 0; n < 12; n += 1) ids.push(await submitted());
    later(48 * hour);
    const swept = await Promise.all([sweeper, another(), another(), sweeper].map((one) => one.sweep()));
    assert.equal(
      swept.reduce((sum, one) => sum + one.noted, 0),
      24,
    );
    assert.deepEqual(
      (await noted()).map(({ pathway, clock }) => `${pathway} ${clock}`).sort(),
      ids.flatMap((id) => [`${id} delivery:3.1`, `${id} receipt`]).sort(),
    );
  });

  it('that passed while nobody swept for days is noted once, marked late, the earliest of its pathway first', async () => {
    const [waiting, treated] = [await submitted(), await inTreatment()];
    const { dueAt } = await clockOf(treated, 'nextStep');
    server.clock.set(new Date(Date.parse(dueAt) + 72 * hour));
    const { worstMs, ...swept } = await sweeper.sweep();
    assert.deepEqual(
      { ...countsOf({ worstMs, ...swept }), next: swept.next },
      { noted: 6, late: 6, passedOver: 0, next: null },
    );
    assert.equal(worstMs, server.clock.now().getTime() - Date.parse((await clockOf(waiting, 'receipt')).dueAt));
    assert.deepEqual(
      (await noted(treated)).map(({ clock }) => clock),
      ['delivery:6.1', 'delivery:6.2', 'delivery:8.1', 'nextStep'],
    );
    const { missedAt } = await clockOf(treated, 'nextStep');
    assert.equal(Date.parse(missedAt!) - Date.parse(dueAt), 72 * hour, 'how late is read from the deadline');
    assert.equal((await sweeper.sweep()).noted, 0);
  });

  it('that was stopped, stands still or was moved is not noted', async () => {
    const [stopped, paused, moved] = [await submitted(), await submitted(), await inTreatment()];
    await server.sent(stopped, cvi, { type: 'referral.received' });
    for (const event of [{ type: 'referral.received' }, { type: 'referral.forwarded', centre: 'TSC_RH' }])
      await server.sent(paused, cvi, event);
    const { dueAt: firstVisit } = await clockOf(paused, 'firstVisit');
    await server.sent(paused, triager, { type: 'information.requested', items: ['H3a'] });
    const { dueAt: nextStep } = await clockOf(moved, 'nextStep');
    server.clock.set(new Date(Date.parse(nextStep) - hour));
    await server.sent(moved, clinic('nurse'), {
      type: 'visit.attended',
      at: server.clock.now().toISOString(),
      walkInReason: 'Kom uden tid',
    });
    server.clock.set(new Date(Math.max(Date.parse(firstVisit), Date.parse(nextStep)) + hour));
    await sweeper.sweep();
    const names = async (id: string) => (await noted(id)).map(({ clock }) => clock);
    assert.ok(!(await names(stopped)).includes('receipt') && !(await names(paused)).includes('firstVisit'));
    assert.deepEqual(
      (await names(moved)).filter((clock) => !clock.startsWith('delivery')),
      [],
    );
    assert.ok((await clockOf(moved, 'nextStep')).dueAt > server.clock.now().toISOString());
  });

  it('counts as overdue whether it has been noted or not', async () => {
    await submitted();
    later(48 * hour);
    const overdue = async () =>
      (
        (await server.get('/v1/overview/stages', { role: 'manager', unit: 'TSC_RH' })).body.stages as {
          overdue: number;
        }[]
      ).reduce((sum, stage) => sum + stage.overdue, 0);
    const before = await overdue();
    assert.equal((await sweeper.sweep()).noted, 2);
    assert.ok(before > 0);
    assert.equal(await overdue(), before);
  });

  it('of a closed pathway never passes', async () => {
    const id = await opened();
    await server.sent(id, gp, { type: 'followUp.recorded', text: 'Tages op igen', nextAt: '2026-01-12' });
    assert.equal((await sweeper.sweep()).next?.toISOString(), '2026-01-12T23:00:00.000Z');
    await server.sent(id, gp, { type: 'pathway.closed', reason: 'declined', text: 'Ønsker ikke mere' });
    later(30 * 24 * hour);
    assert.deepEqual(
      { ...(await sweeper.sweep()), worstMs: 0 },
      { noted: 0, late: 0, worstMs: 0, passedOver: 0, next: null },
    );
  });

  it('that a correction has taken out of the log passes again, though at the same instant', async () => {
    const id = await submitted();
    const { dueAt } = await clockOf(id, 'receipt');
    server.clock.set(new Date(Date.parse(dueAt) + hour));
    assert.equal((await sweeper.sweep()).noted, 2);
    for (const occurredAt of ['2026-01-06T08:00:00.000Z', start]) {
      later();
      const { status, body } = await server.post(
        `/v1/pathways/${id}/corrections`,
        gp,
        { kind: 'amend', seq: 3, occurredAt, reason: 'Sendt på et andet tidspunkt' },
        { 'if-match': `"${(await viewOf(id)).version}"`, 'idempotency-key': randomUUID() },
      );
      assert.equal(status, 200, JSON.stringify(body));
    }
    const again = await clockOf(id, 'receipt');
    assert.deepEqual([again.dueAt, again.missedAt], [dueAt, null]);
    assert.equal((await sweeper.sweep()).noted, 2);
    assert.equal((await clockOf(id, 'receipt')).missedAt, server.clock.now().toISOString());
  });
});

describe('a sweeper and somebody else at one pathway', () => {
  it('is outrun, reads again and notes after what came in between', async () => {
    const id = await inTreatment();
    server.clock.set('2026-01-07T08:00:00.000Z');
    meanwhile(() =>
      server.sent(id, clinic('nurse'), {
        type: 'visit.attended',
        at: server.clock.now().toISOString(),
        walkInReason: 'Kom uden tid',
      }),
    );
    assert.equal((await sweeper.sweep()).noted, 3);
    const { items } = (await server.get(`/v1/pathways/${id}/transitions`, { role: 'auditor', unit: 'REGION' }))
      .body as { items: { event: { type: string } }[] };
    assert.deepEqual(
      items.slice(8).map(({ event }) => event.type),
      ['visit.attended', 'deadline.passed', 'deadline.passed', 'deadline.passed'],
    );
  });

  it('does not note what was stopped in between', async () => {
    const id = await submitted();
    later(48 * hour);
    meanwhile(() => server.sent(id, cvi, { type: 'referral.received' }));
    await sweeper.sweep();
    // It is delivered too: whoever acknowledges it has it.
    assert.deepEqual(await noted(), []);
  });

  it('who decided before it is told of what was noted', async () => {
    const id = await submitted();
    const { version } = await viewOf(id);
    later(48 * hour);
    await sweeper.sweep();
    const refused = await server.send(id, cvi, { type: 'referral.received' }, { version });
    assert.deepEqual(
      [refused.status, (refused.body.transitions as { event: string }[]).map(({ event }) => event)],
      [412, ['deadline.passed', 'deadline.passed']],
    );
    assert.equal((await server.sent(id, cvi, { type: 'referral.received' })).version, version + 3);
  });

  it('lose nothing, whoever is first', async () => {
    const ids = [];
    for (let n = 0; n < 10; n += 1) ids.push(await submitted());
    later(48 * hour);
    const persistent = async (id: string): Promise<number> => {
      for (let tries = 1; ; tries += 1)
        if (
          (await server.send(id, gp, { type: 'referral.updated', facts: { ...completeFacts, onset: '2024-02-01' } }))
            .status !== 412
        )
          return tries;
    };
    const [swept] = await Promise.all([sweeper.sweep(), ...ids.map(persistent)]);
    assert.equal(swept.noted + (await sweeper.sweep()).noted, 20);
    assert.equal(new Set((await noted()).map(({ pathway, clock }) => `${pathway} ${clock}`)).size, 20);
  });
});

describe('a pathway that cannot be swept', () => {
  it('does not hold up others, is passed over for a while, and is swept once it is whole', async () => {
    const [broken, whole] = [await submitted(), await submitted()];
    const [{ snapshot }] = (await server.source.query('select snapshot from pathway where id = $1', [broken])) as [
      { snapshot: string },
    ];
    await server.source.query(`update pathway set snapshot = 'null' where id = $1`, [broken]);
    later(48 * hour);
    assert.deepEqual(countsOf(await sweeper.sweep()), { noted: 2, late: 2, passedOver: 1 });
    assert.deepEqual(
      (await noted()).map(({ pathway }) => pathway),
      [whole, whole],
    );
    await server.source.query('update pathway set snapshot = $2 where id = $1', [broken, snapshot]);
    assert.deepEqual(countsOf(await sweeper.sweep()), { noted: 0, late: 0, passedOver: 1 });
    assert.deepEqual(countsOf(await another().sweep()), { noted: 2, late: 2, passedOver: 0 });
  });

  it('because nothing of it is due does not hold up others either', async () => {
    const [odd, whole] = [await submitted(), await submitted()];
    const [{ at }] = (await server.source.query('select sweep_at as at from pathway where id = $1', [odd])) as [
      { at: Date },
    ];
    await server.source.query('update pathway set sweep_at = $2 where id = $1', [odd, start]);
    server.clock.set('2026-01-06T12:00:00.000Z');
    assert.deepEqual(countsOf(await sweeper.sweep()), { noted: 0, late: 0, passedOver: 1 });
    later(24 * hour);
    assert.deepEqual(countsOf(await sweeper.sweep()), { noted: 2, late: 2, passedOver: 1 });
    assert.deepEqual(
      (await noted()).map(({ pathway }) => pathway),
      [whole, whole],
    );
    await server.source.query('update pathway set sweep_at = $2 where id = $1', [odd, at]);
  });
});
