/** What the log got wrong is put right by saying so, and everything that hangs on it follows; what was known before stays as it was known. */
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, it } from '@jest/globals';
import { stageNames } from '../../machines/pathway/stages.js';
import { checkAll } from '../../src/pathways/check.js';
import type { PathwayView } from '../../src/pathways/wire.js';
import { startServer, type Reply, type Sending, type TestServer, type User } from '../support/server.js';
import { completeFacts } from '../support/walk.js';

const gp: User = { role: 'gp', unit: 'GP_BYEN' };
const cvi: User = { role: 'cvi', unit: 'CVI_BYEN' };
const triager: User = { role: 'triager', unit: 'TSC_RH' };
const clinic = (role: User['role']): User => ({ role, unit: 'SK_HVH' });
const manager: User = { role: 'manager', unit: 'TSC_RH' };
const auditor: User = { role: 'auditor', unit: 'REGION' };
const day = 24 * 3600_000;

let server: TestServer;
beforeAll(async () => {
  server = await startServer({ now: '2026-01-05T08:00:00.000Z' });
});
afterAll(() => server.stop());

const later = (milliseconds = 3600_000): string => {
  server.clock.set(new Date(server.clock.now().getTime() + milliseconds));
  return server.clock.now().toISOString();
};
const correct = async (
  id: string,
  user: User,
  body: object,
  { version, key = randomUUID(), dryRun }: Sending = {},
): Promise<Reply> => {
  const at = version ?? ((await server.get(`/v1/pathways/${id}`, user)).body.version as number);
  return server.post(`/v1/pathways/${id}/corrections${dryRun ? '?dryRun=true' : ''}`, user, body, {
    'if-match': `"${at}"`,
    ...(dryRun || key === null ? {} : { 'idempotency-key': key }),
  });
};
const corrected = async (id: string, user: User, body: object): Promise<PathwayView> => {
  const reply = await correct(id, user, body);
  assert.equal(reply.status, 200, JSON.stringify(reply.body));
  return reply.body as PathwayView;
};
const counts = async (query = ''): Promise<Record<string, [number, number]>> => {
  const { body } = await server.get(`/v1/overview/stages${query}`, manager);
  return Object.fromEntries(
    (body.stages as { stage: string; count: number; overdue: number }[]).map(({ stage, count, overdue }) => [
      stage,
      [count, overdue],
    ]),
  );
};
const isSound = async () => assert.deepEqual((await checkAll(server.sql)).faults, []);

/** In treatment at the clinic: seq 8 is the first visit. */
async function inTreatment(): Promise<string> {
  const { id } = (
    await server.open({ patient: { name: 'Nina Test', birthDate: '1970-05-05' }, planningArea: 'byen' }, gp)
  ).body as { id: string };
  const steps: [User, { type: string } & Record<string, unknown>][] = [
    [gp, { type: 'referral.updated', facts: completeFacts }],
    [gp, { type: 'referral.submitted' }],
    [cvi, { type: 'referral.received' }],
    [cvi, { type: 'referral.forwarded', centre: 'TSC_RH' }],
    [triager, { type: 'triage.decided', decision: 'painClinic', target: 'SK_HVH', patientInformedBy: 'unit' }],
    [clinic('physician'), { type: 'clinic.accepted' }],
  ];
  for (const [user, event] of steps) {
    later();
    await server.sent(id, user, event);
  }
  later();
  await server.sent(id, clinic('nurse'), {
    type: 'visit.attended',
    at: server.clock.now().toISOString(),
    walkInReason: 'Kom uden tid',
  });
  return id;
}

describe('a correction', () => {
  it('that voids the last step puts the pathway back to where it was, and the step stays legible with who and why', async () => {
    const id = await inTreatment();
    const before = (await server.get(`/v1/pathways/${id}?`, clinic('nurse'))).body as PathwayView;
    assert.equal(before.stage, 'painClinic');
    later();
    const view = await corrected(id, clinic('nurse'), {
      kind: 'void',
      seq: 8,
      reason: 'Fremmødet hørte til en anden patient',
    });
    assert.deepEqual([view.version, view.state, view.attached], [9, 'painClinic.waiting', false]);
    const { items } = (await server.get(`/v1/pathways/${id}/transitions`, auditor)).body as {
      items: {
        seq: number;
        standing: string;
        correctedBy: { seq: number; reason: string; actor: { sub: string } } | null;
        event: { type: string };
      }[];
    };
    const voided = items.find(({ seq }) => seq === 8)!;
    assert.deepEqual(
      [
        voided.standing,
        voided.event.type,
        voided.correctedBy?.seq,
        voided.correctedBy?.reason,
        voided.correctedBy?.actor.sub,
      ],
      ['voided', 'visit.attended', 9, 'Fremmødet hørte til en anden patient', 'nurse.SK_HVH'],
    );
    assert.equal(items.find(({ seq }) => seq === 7)!.standing, 'stands');
    await isSound();
    later();
    const attended = await server.sent(id, clinic('nurse'), {
      type: 'visit.attended',
      at: server.clock.now().toISOString(),
      walkInReason: 'Kom uden tid',
    });
    assert.equal(attended.attached, true);
    await isSound();
  });

  it('that sends the patient elsewhere is refused while the old clinic has acted on it', async () => {
    const id = await inTreatment();
    const request = {
      kind: 'amend',
      seq: 6,
      event: { type: 'triage.decided', decision: 'painClinic', target: 'SK_BBH', patientInformedBy: 'gp' },
      reason: 'Forkert klinik valgt i listen',
    };
    later();
    const preview = await correct(id, triager, request, { dryRun: true });
    assert.equal(preview.status, 422, JSON.stringify(preview.body));
    assert.deepEqual(
      [preview.body.type, preview.body.seq, preview.body.event, preview.body.because],
      ['/problems/correction-not-possible', 7, 'clinic.accepted', 'not-allowed'],
    );
    await isSound();
  });

  it('in the middle changes later steps, deadlines, counts and messages as its preview says', async () => {
    const id = await inTreatment();
    const was = (await server.get(`/v1/pathways/${id}`, triager)).body as PathwayView;
    const known = later();
    const asKnown = await counts(`?asOf=${known}&knownAt=${known}`);
    const beforeThat = new Date(Date.parse(known) - 4.5 * 3600_000).toISOString();
    const pastAsKnown = await counts(`?asOf=${beforeThat}&knownAt=${known}`);
    later();
    const request = {
      kind: 'amend',
      seq: 5,
      occurredAt: new Date(Date.parse(was.openedAt) + 3.5 * 3600_000).toISOString(),
      reason: 'Blev videresendt en halv time tidligere',
    };
    const preview = await correct(id, cvi, request, { dryRun: true });
    assert.equal(preview.status, 200, JSON.stringify(preview.body));
    const writes = async () =>
      (
        await server.source.query(
          'select (select count(*) from transition)::int as n, (select count(*) from movement)::int as m',
        )
      )[0] as object;
    const before = await writes();
    await correct(id, cvi, request, { dryRun: true });
    assert.deepEqual(await writes(), before);
    const view = await corrected(id, cvi, request);
    assert.deepEqual({ stage: view.stage, state: view.state, unit: view.unit }, preview.body.to);
    assert.deepEqual(view.deadlines, preview.body.deadlines.after);
    assert.deepEqual(
      preview.body.transitions.map(({ seq, change }: { seq: number; change: string }) => [seq, change]),
      [[5, 'amended']],
    );
    const moved = (await server.source.query(
      'select occurred_at as from, stage, unit, planning_area as "planningArea", present as count, overdue from movement where pathway_id = $1 and seq = $2 order by occurred_at, present',
      [id, view.version],
    )) as { from: Date }[];
    const told = (preview.body.counts as { from: string; count: number }[]).map((row) => JSON.stringify(row)).sort();
    assert.deepEqual(moved.map((row) => JSON.stringify({ ...row, from: row.from.toISOString() })).sort(), told);
    assert.deepEqual(await counts(`?asOf=${known}&knownAt=${known}`), asKnown);
    assert.deepEqual(await counts(`?asOf=${beforeThat}&knownAt=${known}`), pastAsKnown);
    await isSound();
  });

  it('inserts a step that was forgotten where it happened, and it keeps its own number', async () => {
    const id = await inTreatment();
    const at = new Date(server.clock.now().getTime() - 30 * 60_000).toISOString();
    later();
    const view = await corrected(id, clinic('secretary'), {
      kind: 'insert',
      event: {
        type: 'appointment.booked',
        at: new Date(server.clock.now().getTime() + 7 * day).toISOString(),
        place: 'Ambulatoriet',
      },
      occurredAt: at,
      reason: 'Tiden blev glemt i registreringen',
    });
    assert.deepEqual([view.version, view.appointments.map(({ seq }) => seq)], [9, [9]]);
    await isSound();
  });

  it('can itself be voided, and what it took away is back', async () => {
    const id = await inTreatment();
    const was = (await server.get(`/v1/pathways/${id}`, triager)).body as PathwayView;
    later();
    await corrected(id, clinic('physician'), { kind: 'void', seq: 8, reason: 'Troede det var en anden patient' });
    later();
    const view = await corrected(id, clinic('physician'), {
      kind: 'void',
      seq: 9,
      reason: 'Det var alligevel denne patient',
    });
    assert.deepEqual({ ...view, version: 0 }, { ...was, version: 0 });
    const { items } = (await server.get(`/v1/pathways/${id}/transitions`, auditor)).body as {
      items: { seq: number; standing: string }[];
    };
    assert.deepEqual(
      items.slice(7).map(({ seq, standing }) => [seq, standing]),
      [
        [8, 'stands'],
        [9, 'voided'],
        [10, 'stands'],
      ],
    );
    await isSound();
  });

  it('takes along what only the system had noted of the step', async () => {
    const id = await inTreatment();
    later(40 * day);
    const system: User = { role: 'system', unit: 'SYSTEM' };
    const view = await server.sent(id, system, { type: 'deadline.passed', clock: 'nextStep' });
    assert.equal(view.version, 9);
    later();
    const preview = await correct(
      id,
      clinic('physician'),
      { kind: 'void', seq: 8, reason: 'Fremmødet hørte til en anden patient' },
      { dryRun: true },
    );
    assert.deepEqual(
      preview.body.transitions.map(({ seq, change }: { seq: number; change: string }) => [seq, change]),
      [
        [8, 'voided'],
        [9, 'lapsed'],
      ],
    );
    await corrected(id, clinic('physician'), { kind: 'void', seq: 8, reason: 'Fremmødet hørte til en anden patient' });
    await isSound();
  });

  it('tells whoever was told otherwise', async () => {
    const id = await inTreatment();
    later();
    await corrected(id, clinic('physician'), { kind: 'void', seq: 8, reason: 'Fremmødet hørte til en anden patient' });
    const rows = (await server.source.query(
      `select letter, sender, recipient, body from message where pathway_id = $1 and seq = 9`,
      [id],
    )) as { letter: string; recipient: string; body: string }[];
    assert.deepEqual(
      rows.map(({ letter, recipient }) => [letter, recipient]),
      [['correction', 'GP_BYEN']],
    );
    assert.match(
      rows[0]!.body,
      /Fremmødet hørte til en anden patient\n»Patienten er tilknyttet« af \d+\. \p{L}+ 2026 gælder ikke\./u,
    );
  });

  it('changes what is known now, and not what was known then, of a pathway as of the counts', async () => {
    const id = await inTreatment();
    const known = later();
    const then = (await server.get(`/v1/pathways/${id}`, triager)).body as PathwayView;
    later();
    await corrected(id, clinic('physician'), { kind: 'void', seq: 8, reason: 'Fremmødet hørte til en anden patient' });
    const asThen = (await server.get(`/v1/pathways/${id}?knownAt=${known}`, triager)).body as PathwayView;
    assert.deepEqual([asThen.version, asThen.state, asThen.attached], [then.version, then.state, true]);
    const asNow = (await server.get(`/v1/pathways/${id}?asOf=${known}`, triager)).body as PathwayView;
    assert.deepEqual([asNow.version, asNow.state, asNow.attached], [9, 'painClinic.waiting', false]);
  });

  it('of a submitted referral freezes it anew', async () => {
    const id = await inTreatment();
    later();
    await corrected(id, gp, {
      kind: 'amend',
      seq: 2,
      event: { type: 'referral.updated', facts: { ...completeFacts, onset: '2023-02-01' } },
      reason: 'Forkert årstal for smertens begyndelse',
    });
    const { body } = await server.get(`/v1/pathways/${id}/referrals/1`, gp);
    assert.deepEqual([body.seq, body.facts.onset], [9, '2023-02-01']);
    await isSound();
  });
});

describe('a correction is refused', () => {
  const refused = async (id: string, user: User, body: object, ...expected: unknown[]) => {
    const reply = await correct(id, user, body);
    assert.deepEqual(
      [reply.status, reply.body.type, ...(reply.body.errors ? [reply.body.errors[0].pointer] : [])],
      expected,
      JSON.stringify(reply.body),
    );
    return reply;
  };

  it('when a later step would have been illegal, which is named with its reasons', async () => {
    const id = await inTreatment();
    const reply = await refused(
      id,
      cvi,
      { kind: 'void', seq: 5, reason: 'Skulle ikke være videresendt' },
      422,
      '/problems/correction-not-possible',
    );
    assert.deepEqual([reply.body.seq, reply.body.event, reply.body.because], [6, 'triage.decided', 'not-allowed']);
    const { items } = (await server.get(`/v1/pathways/${id}/transitions?refused=true`, auditor)).body as {
      items: { refused?: string; event: { type: string; kind?: string } }[];
    };
    assert.deepEqual(
      items.filter(({ refused: code }) => code).map(({ refused: code, event }) => [code, event.type, event.kind]),
      [['correction-not-possible', 'log.corrected', 'void']],
    );
    await isSound();
  });

  it('to another unit, to a role that does not answer for it, and to managers', async () => {
    const id = await inTreatment();
    const body = { kind: 'void', seq: 8, reason: 'Fremmødet hørte til en anden patient' };
    await refused(id, triager, body, 403, '/problems/not-allowed');
    await refused(id, gp, body, 403, '/problems/not-allowed');
    assert.equal((await correct(id, manager, body, { version: 8 })).status, 403);
    later(25 * 3600_000);
    await refused(id, clinic('nurse'), body, 403, '/problems/not-allowed');
    assert.equal((await correct(id, clinic('secretary'), body, { dryRun: true })).status, 200);
  });

  it('for what is not there, no longer stands, or cannot be corrected so', async () => {
    const id = await inTreatment();
    const reason = 'Registreret ved en fejl';
    await refused(id, clinic('physician'), { kind: 'void', seq: 99, reason }, 400, '/problems/invalid', '/seq');
    await refused(id, gp, { kind: 'void', seq: 1, reason }, 400, '/problems/invalid', '/seq');
    await refused(
      id,
      clinic('physician'),
      { kind: 'void', seq: 8, reason: 'kort' },
      400,
      '/problems/invalid',
      '/reason',
    );
    await refused(id, clinic('physician'), { kind: 'erase', seq: 8, reason }, 400, '/problems/invalid', '/kind');
    await refused(id, clinic('physician'), { kind: 'amend', seq: 8, reason }, 400, '/problems/invalid', '/event');
    await refused(
      id,
      clinic('physician'),
      { kind: 'amend', seq: 8, event: { type: 'clinic.accepted' }, reason },
      400,
      '/problems/invalid',
      '/event/type',
    );
    await refused(
      id,
      clinic('physician'),
      { kind: 'amend', seq: 8, occurredAt: new Date(server.clock.now().getTime() + day).toISOString(), reason },
      400,
      '/problems/invalid',
      '/occurredAt',
    );
    await refused(
      id,
      clinic('physician'),
      { kind: 'insert', event: { type: 'clinic.accepted' }, occurredAt: '2025-01-01T00:00:00Z', reason },
      400,
      '/problems/invalid',
      '/occurredAt',
    );
    await refused(
      id,
      clinic('physician'),
      {
        kind: 'insert',
        event: { type: 'clinic.accepted', occurredAt: '2026-01-05T09:00:00Z' },
        occurredAt: '2026-01-05T09:00:00Z',
        reason,
      },
      400,
      '/problems/invalid',
      '/event/occurredAt',
    );
    await corrected(id, clinic('physician'), { kind: 'void', seq: 8, reason });
    await refused(id, clinic('physician'), { kind: 'void', seq: 8, reason }, 400, '/problems/invalid', '/seq');
    await refused(
      id,
      clinic('physician'),
      { kind: 'amend', seq: 9, occurredAt: server.clock.now().toISOString(), reason },
      400,
      '/problems/invalid',
      '/seq',
    );
  });

  it('on a version that has passed, without one, and with a key that was used otherwise; and is done once however often it is sent', async () => {
    const id = await inTreatment();
    const body = { kind: 'void', seq: 8, reason: 'Fremmødet hørte til en anden patient' };
    const key = randomUUID();
    assert.equal((await correct(id, clinic('physician'), body, { version: 7 })).status, 412);
    const all = await Promise.all(
      Array.from({ length: 10 }, () => correct(id, clinic('physician'), body, { version: 8, key })),
    );
    assert.deepEqual(new Set(all.map(({ status, body: { version } }) => `${status} ${version}`)), new Set(['200 9']));
    assert.equal((await correct(id, clinic('physician'), { ...body, seq: 7 }, { version: 9, key })).status, 422);
    const [{ n }] = (await server.source.query(
      `select count(*)::int as n from transition where pathway_id = $1 and event_type = 'log.corrected'`,
      [id],
    )) as [{ n: number }];
    assert.equal(n, 1);
    assert.deepEqual(Object.keys(await counts()), [...stageNames]);
  });
});

describe('what happened some time ago', () => {
  const ago = (milliseconds: number) => new Date(server.clock.now().getTime() - milliseconds).toISOString();

  it('is recorded as it happened for 30 days, and after that only by a correction', async () => {
    const { id } = (
      await server.open({ patient: { name: 'Nina Test', birthDate: '1970-05-05' }, planningArea: 'byen' }, gp)
    ).body as { id: string };
    later(60 * day);
    const note = { type: 'followUp.recorded', text: 'Talt i telefon' };
    const late = await server.send(id, gp, { ...note, occurredAt: ago(30 * day + 1) });
    assert.deepEqual([late.status, late.body.errors[0].pointer], [400, '/occurredAt']);
    assert.match(late.body.errors[0].message as string, /more than 30 days back: insert it in the log/);
    assert.equal((await server.send(id, gp, { ...note, occurredAt: ago(-120_000) })).status, 400);
    assert.equal((await server.sent(id, gp, { ...note, occurredAt: ago(30 * day) })).version, 2);
    const before = await server.send(id, gp, { ...note, occurredAt: ago(30 * day + 1) });
    assert.match(before.body.errors[0].message as string, /before the pathway's last transition/);
    const view = await corrected(id, gp, {
      kind: 'insert',
      event: note,
      occurredAt: ago(45 * day),
      reason: 'Samtalen blev glemt i journalen',
    });
    assert.equal(view.version, 3);
    await isSound();
  });

  it('is undone by whoever could have sent it for 24 hours to the millisecond', async () => {
    const id = await inTreatment();
    const body = { kind: 'void', seq: 8, reason: 'Fremmødet hørte til en anden patient' };
    later(day);
    assert.equal((await correct(id, clinic('nurse'), body, { dryRun: true })).status, 200);
    later(1);
    assert.equal((await correct(id, clinic('nurse'), body, { dryRun: true })).status, 403);
  });
});
