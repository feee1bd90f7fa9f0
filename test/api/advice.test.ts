/** Professional advice by telephone (L136–138): when a line is open, and what was said about a patient, also after the course (O3.3). */
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, it } from '@jest/globals';
import fc from 'fast-check';
import { adviceLineOpen, adviceLineState, unitOf, type Unit } from '../../machines/pathway/routes.js';
import { opened, staffOf, walkTo } from '../support/referral.js';
import { startServer, type Reply, type TestServer, type User } from '../support/server.js';

const { gp, practice, cvi, centre, clinic } = staffOf('midt');
let server: TestServer;
beforeAll(async () => {
  server = await startServer();
});
afterAll(() => server.stop());

type Line = {
  unit: string;
  phone: string;
  at: string;
  open: boolean;
  opensAt: string | null;
  closesAt: string | null;
  closedBecause: { da: string; en: string } | null;
};
async function line(unit: string, at: string): Promise<Line> {
  const { status, body } = await server.get(`/v1/advice-line?unit=${unit}&at=${encodeURIComponent(at)}`, gp);
  assert.equal(status, 200, JSON.stringify(body));
  return body as Line;
}
const winter = (day: string, time: string) => `${day}T${time}+01:00`;
const summer = (day: string, time: string) => `${day}T${time}+02:00`;
const inUtc = (time: string) => new Date(time).toISOString();

describe('the advice line', () => {
  /** What it says while it is open, and while it is closed. */
  const isOpen = async (unit: string, at: string, until: string) => {
    const { open, opensAt, closesAt, closedBecause } = await line(unit, at);
    assert.deepEqual([open, opensAt, closesAt, closedBecause], [true, null, inUtc(until), null], `${unit} ${at}`);
  };
  const isClosed = async (unit: string, at: string, opens: string, because?: string) => {
    const { open, opensAt, closesAt, closedBecause } = await line(unit, at);
    assert.deepEqual(
      [open, opensAt, closesAt, closedBecause?.en],
      [false, inUtc(opens), null, because],
      `${unit} ${at}`,
    );
  };

  it('of HeH opens at nine and is closed at two, to the millisecond', async () => {
    await isClosed('TSC_HEH', winter('2026-03-02', '08:59:59.999'), winter('2026-03-02', '09:00:00'));
    await isOpen('TSC_HEH', winter('2026-03-02', '09:00:00'), winter('2026-03-02', '14:00:00'));
    await isOpen('TSC_HEH', winter('2026-03-02', '13:59:59.999'), winter('2026-03-02', '14:00:00'));
    await isClosed('TSC_HEH', winter('2026-03-02', '14:00:00'), winter('2026-03-03', '09:00:00'));
    await isClosed('TSC_HEH', winter('2026-03-06', '14:00:00'), winter('2026-03-09', '09:00:00'));
    await isClosed('TSC_HEH', winter('2026-03-07', '10:00:00'), winter('2026-03-09', '09:00:00'));
  });

  it('of RH has other hours on Wednesdays', async () => {
    await isClosed('TSC_RH', winter('2026-03-03', '12:00:00'), winter('2026-03-04', '11:00:00'));
    await isClosed('TSC_RH', winter('2026-03-04', '10:30:00'), winter('2026-03-04', '11:00:00'));
    await isOpen('TSC_RH', winter('2026-03-04', '11:30:00'), winter('2026-03-04', '13:00:00'));
    await isClosed('TSC_RH', winter('2026-03-04', '13:00:00'), winter('2026-03-05', '09:00:00'));
  });

  it('keeps Danish time when the clocks are changed', async () => {
    await isClosed('TSC_HEH', winter('2026-03-27', '14:00:00'), summer('2026-03-30', '09:00:00'));
    await isClosed('TSC_HEH', '2026-03-29T00:59:59Z', summer('2026-03-30', '09:00:00'));
    await isClosed('TSC_HEH', '2026-03-29T01:00:00Z', summer('2026-03-30', '09:00:00'));
    await isOpen('TSC_HEH', '2026-03-30T07:00:00Z', summer('2026-03-30', '14:00:00'));
    await isClosed('TSC_HEH', summer('2026-10-23', '14:00:00'), winter('2026-10-26', '09:00:00'));
    await isClosed('TSC_HEH', '2026-10-26T07:30:00Z', winter('2026-10-26', '09:00:00'));
    await isOpen('TSC_HEH', '2026-10-26T12:30:00Z', winter('2026-10-26', '14:00:00'));
  });

  it('is closed over Easter, and says which day it is', async () => {
    const opens = summer('2026-04-07', '09:00:00');
    await isClosed('TSC_RH', summer('2026-04-01', '13:00:00'), opens);
    for (const [day, name] of [
      ['2026-04-02', 'Maundy Thursday'],
      ['2026-04-03', 'Good Friday'],
      ['2026-04-04', undefined],
      ['2026-04-05', 'Easter Sunday'],
      ['2026-04-06', 'Easter Monday'],
    ] as const)
      await isClosed('TSC_RH', summer(day, '10:00:00'), opens, name);
    assert.deepEqual((await line('TSC_RH', summer('2026-04-02', '10:00:00'))).closedBecause, {
      da: 'skærtorsdag',
      en: 'Maundy Thursday',
    });
    await isOpen('TSC_RH', opens, summer('2026-04-07', '12:00:00'));
  });

  it('is closed on the days on which its unit is, which are no public holidays', async () => {
    await isClosed('TSC_RH', winter('2026-12-24', '10:00:00'), winter('2026-12-28', '09:00:00'), 'Christmas Eve');
    await isClosed('TSC_RH', winter('2026-12-23', '13:00:00'), winter('2026-12-28', '09:00:00'));
    await isClosed('TSC_RH', winter('2026-12-31', '10:00:00'), winter('2027-01-04', '09:00:00'), "New Year's Eve");
    await isClosed('TSC_RH', summer('2026-05-01', '10:00:00'), summer('2026-05-04', '09:00:00'), '1 May');
    await isClosed('TSC_RH', summer('2026-05-14', '10:00:00'), summer('2026-05-18', '09:00:00'), 'Ascension Day');
    await isClosed(
      'TSC_RH',
      summer('2026-05-15', '10:00:00'),
      summer('2026-05-18', '09:00:00'),
      'the Friday after Ascension Day',
    );
    await isClosed('TSC_RH', winter('2028-12-24', '10:00:00'), winter('2028-12-27', '11:00:00'));
  });

  it('is told of both centres when none is named, and of none before the document', async () => {
    const { status, body } = await server.get(
      `/v1/advice-line?at=${encodeURIComponent(winter('2026-03-04', '10:30:00'))}`,
      gp,
    );
    assert.equal(status, 200);
    assert.deepEqual(
      (body.items as Line[]).map(({ unit, phone, open, opensAt, closesAt }) => [unit, phone, open, opensAt, closesAt]),
      [
        ['TSC_HEH', '+4538684623', true, null, '2026-03-04T13:00:00.000Z'],
        ['TSC_RH', '+4535457612', false, '2026-03-04T10:00:00.000Z', null],
      ],
    );
    for (const item of body.items as Line[]) assert.deepEqual(await line(item.unit, item.at), item);
    server.clock.set('2026-03-04T10:30:00.000Z');
    assert.deepEqual(
      ((await server.get('/v1/advice-line', gp)).body.items as Line[]).map(({ at, open }) => [at, open]),
      [
        ['2026-03-04T10:30:00.000Z', true],
        ['2026-03-04T10:30:00.000Z', true],
      ],
    );
    assert.deepEqual((await server.get('/v1/advice-line?at=2014-08-31T10:00:00Z', gp)).body, { items: [] });
    assert.equal((await server.get('/v1/advice-line?unit=TSC_RH&at=2014-08-31T10:00:00Z', gp)).status, 404);
  });

  it('says at any time what comes next: it is shut until it opens, and open until it closes', () => {
    const ms = (instant: string, by: number) => new Date(Date.parse(instant) + by).toISOString();
    fc.assert(
      fc.property(
        fc.constantFrom('TSC_HEH', 'TSC_RH'),
        fc.date({ min: new Date('2015-01-01'), max: new Date('2045-01-01'), noInvalidDate: true }),
        fc.double({ min: 0, max: 1, noNaN: true, maxExcluded: true }),
        (unit, date, share) => {
          const now = date.toISOString();
          const { open, opensAt, closesAt, closedBecause } = adviceLineState(unit, now)!;
          assert.equal(open, adviceLineOpen(unit, now));
          assert.deepEqual([opensAt === null, closesAt === null], [open, !open]);
          const change = (opensAt ?? closesAt)!;
          assert.ok(now < change);
          assert.deepEqual([adviceLineOpen(unit, ms(change, -1)), adviceLineOpen(unit, change)], [open, !open]);
          assert.equal(
            adviceLineOpen(unit, ms(now, Math.floor(share * (Date.parse(change) - Date.parse(now))))),
            open,
            'nothing changes before that',
          );
          if (open) assert.equal(closedBecause, null);
        },
      ),
      { numRuns: 2_000 },
    );
  });

  it('has no next time where none comes within thirty days, takes hours that follow on each other as one, and may be open on a Saturday', () => {
    const rh = unitOf('TSC_RH')!;
    const ended: Unit[] = [{ ...rh, validTo: '2026-03-05' }];
    assert.deepEqual(adviceLineState('TSC_RH', '2026-03-04T12:00:00.000Z', ended), {
      open: false,
      opensAt: null,
      closesAt: null,
      closedBecause: null,
    });
    assert.equal(adviceLineState('TSC_RH', '2026-03-05T10:00:00.000Z', ended), undefined);
    const again: Unit[] = [...ended, { ...rh, validFrom: '2026-04-03' }];
    assert.equal(
      adviceLineState('TSC_RH', '2026-03-04T12:00:00.000Z', again)!.opensAt,
      null,
      'the 7th of April is too far ahead',
    );
    const split: Unit[] = [
      {
        ...rh,
        adviceLine: {
          phone: rh.adviceLine!.phone,
          hours: [
            { weekdays: [1], from: '11:00', to: '12:00' },
            { weekdays: [1, 6], from: '09:00', to: '11:00' },
            { weekdays: [1], from: '13:00', to: '14:00' },
          ],
        },
      },
    ];
    const at = (time: string) => adviceLineState('TSC_RH', time, split)!;
    assert.deepEqual(
      [
        at('2026-03-02T08:30:00.000Z').closesAt,
        at('2026-03-02T11:30:00.000Z').opensAt,
        at('2026-03-02T13:00:00.000Z').opensAt,
      ],
      ['2026-03-02T11:00:00.000Z', '2026-03-02T12:00:00.000Z', '2026-03-07T08:00:00.000Z'],
    );
    const { closedDays: _closed, ...withoutClosedDays } = rh;
    assert.equal(adviceLineOpen('TSC_RH', '2026-12-24T09:00:00.000Z', [withoutClosedDays as Unit]), true);
  });
});

type Advice = {
  seq: number;
  at: string;
  unit: string;
  counterpart: string;
  topic: string;
  advice: string;
  by: { sub: string; role: string; unit: string };
  standing: string;
  correctedBy: { seq: number; reason: string } | null;
};
const physician = centre('physician');
const said = (advice = 'Trap ned over to uger') => ({
  type: 'advice.logged',
  unit: 'TSC_HEH',
  counterpart: 'Egen læge',
  topic: 'Nedtrapning af opioid',
  advice,
});
async function listed(id: string, user: User = gp): Promise<Advice[]> {
  const { status, body } = await server.get(`/v1/pathways/${id}/advice`, user);
  assert.equal(status, 200, JSON.stringify(body));
  return (body as { items: Advice[] }).items;
}

describe('advice about a patient', () => {
  const correct = (id: string, user: User, version: number, request: object): Promise<Reply> =>
    server.post(`/v1/pathways/${id}/corrections`, user, request, {
      'if-match': `"${version}"`,
      'idempotency-key': randomUUID(),
    });
  async function closed(): Promise<string> {
    const { id } = await walkTo(server, 'dischargedToGp');
    await server.sent(id, gp, { type: 'letter.acknowledged', agrees: true });
    assert.equal(
      (await server.sent(id, gp, { type: 'pathway.closed', reason: 'completed', text: 'Færdigbehandlet' })).stage,
      'closed',
    );
    return id;
  }

  it('is logged in every stage, also after the discharge and when it is closed, and changes no state, deadline or prescriber', async () => {
    server.clock.set('2026-03-02T08:00:00.000Z');
    const ways = [
      ...(
        [
          'generalPractice',
          'referral.sent',
          'referral.atCvi',
          'visitation.assessing',
          'painClinic.intake',
          'painClinic.waiting',
          'painClinic.treatment',
          'controlPhase.followUp',
          'controlPhase.letterSent',
          'dischargedToGp',
        ] as const
      ).map((state) => async () => (await walkTo(server, state)).id),
      ...(['painCentre.waiting', 'painCentre.treatment'] as const).map(
        (state) => async () => (await walkTo(server, state, { course: 'painCentre' })).id,
      ),
      closed,
    ];
    const stages = new Set<string>();
    for (const [index, way] of ways.entries()) {
      const id = await way();
      const { version: _version, ...was } = (await server.get(`/v1/pathways/${id}`, gp)).body;
      stages.add(was.stage as string);
      // The centre has the patient from the triage on; before, it is the GP who writes down what he was told.
      const advisers = index < 3 ? [gp] : [gp, physician];
      for (const user of advisers) {
        const { version: _now, ...is } = await server.sent(id, user, said());
        assert.deepEqual(is, was, was.stage as string);
      }
      assert.deepEqual(
        (await listed(id)).map(({ by }) => by.unit),
        advisers.map(({ unit }) => unit),
      );
      if (index < 3)
        assert.equal(
          (await server.send(id, physician, said(), { version: 1 })).status,
          404,
          'a centre that never had the patient does not see him',
        );
    }
    assert.deepEqual([...stages].sort(), [
      'closed',
      'controlPhase',
      'dischargedToGp',
      'generalPractice',
      'painCentre',
      'painClinic',
      'referral',
      'visitation',
    ]);
  });

  it('is given by a centre: a clinic is no adviser, a physician of a clinic speaks for none, and a nurse does not log it', async () => {
    const { id, version } = await walkTo(server, 'painClinic.treatment');
    for (const [user, event, status, type] of [
      [gp, { ...said(), unit: 'SK_HIH' }, 422, 'rules-unmet'],
      [gp, { ...said(), unit: 'GP_MIDT' }, 422, 'rules-unmet'],
      [clinic('physician'), said(), 422, 'rules-unmet'],
      [clinic('physician'), { ...said(), unit: 'SK_HIH' }, 422, 'rules-unmet'],
      [physician, { ...said(), unit: 'TSC_RH' }, 422, 'rules-unmet'],
      [centre('nurse'), said(), 403, 'not-allowed'],
      [clinic('nurse'), said(), 403, 'not-allowed'],
      [practice('gpStaff'), said(), 403, 'not-allowed'],
      [cvi, said(), 403, 'not-allowed'],
      [gp, { ...said(), topic: ' ' }, 400, 'invalid'],
    ] as const) {
      const reply = await server.send(id, user, event, { version });
      assert.deepEqual([reply.status, reply.body.type], [status, `/problems/${type}`], JSON.stringify([user, event]));
      if (type === 'rules-unmet') assert.deepEqual(reply.body.unanswered, ['adviser']);
    }
    assert.deepEqual(await listed(id), []);
  });

  it('is listed in the order in which it was given, with who gave it, to whom, about what, and who logged it', async () => {
    server.clock.set('2026-03-03T09:00:00.000Z');
    const { id, version } = await walkTo(server, 'visitation.assessing');
    await server.sent(id, physician, said('Ring igen i morgen'));
    server.clock.set('2026-03-04T09:00:00.000Z');
    await server.sent(id, gp, {
      ...said('Prøv duloxetin'),
      occurredAt: '2026-03-04T08:30:00Z',
      topic: 'Valg af præparat',
    });
    assert.deepEqual(await listed(id), [
      {
        seq: version + 1,
        at: '2026-03-03T09:00:00.000Z',
        unit: 'TSC_HEH',
        counterpart: 'Egen læge',
        topic: 'Nedtrapning af opioid',
        advice: 'Ring igen i morgen',
        by: { sub: 'physician.TSC_HEH', role: 'physician', unit: 'TSC_HEH' },
        standing: 'stands',
        correctedBy: null,
      },
      {
        seq: version + 2,
        at: '2026-03-04T08:30:00.000Z',
        unit: 'TSC_HEH',
        counterpart: 'Egen læge',
        topic: 'Valg af præparat',
        advice: 'Prøv duloxetin',
        by: { sub: 'gp.GP_MIDT', role: 'gp', unit: 'GP_MIDT' },
        standing: 'stands',
        correctedBy: null,
      },
    ]);
    assert.deepEqual(await listed(id, physician), await listed(id));
    assert.deepEqual(await listed((await opened(server)).id), []);
  });

  it('is marked when it was taken back, told as it holds when it was amended, and found when it was written down afterwards', async () => {
    server.clock.set('2026-03-05T09:00:00.000Z');
    const id = await closed();
    server.clock.set('2026-03-06T09:00:00.000Z');
    const first = await server.sent(id, physician, said('Om en anden patient'));
    const second = await server.sent(id, physician, said('Trap ned over to dage'));
    server.clock.set('2026-03-07T09:00:00.000Z');
    const done = [
      await correct(id, physician, second.version, {
        kind: 'void',
        seq: first.version,
        reason: 'Rådet gjaldt en anden patient',
      }),
      await correct(id, physician, second.version + 1, {
        kind: 'amend',
        seq: second.version,
        event: said('Trap ned over to uger'),
        reason: 'Der skulle have stået uger',
      }),
      await correct(id, physician, second.version + 2, {
        kind: 'insert',
        event: said('Glemt at notere'),
        occurredAt: '2026-03-06T08:00:00Z',
        reason: 'Det blev glemt i travlheden',
      }),
    ];
    assert.deepEqual(
      done.map(({ status }) => status),
      [200, 200, 200],
      JSON.stringify(done.map(({ body }) => body)),
    );
    const brief = async () =>
      (await listed(id)).map(({ seq, at, advice, standing, correctedBy }) => [
        seq,
        at.slice(0, 16),
        advice,
        standing,
        correctedBy && [correctedBy.seq, correctedBy.reason],
      ]);
    const inserted = second.version + 3;
    const taken = [
      first.version,
      '2026-03-06T09:00',
      'Om en anden patient',
      'voided',
      [second.version + 1, 'Rådet gjaldt en anden patient'],
    ];
    const amended = [
      second.version,
      '2026-03-06T09:00',
      'Trap ned over to uger',
      'amended',
      [second.version + 2, 'Der skulle have stået uger'],
    ];
    assert.deepEqual(await brief(), [
      [inserted, '2026-03-06T08:00', 'Glemt at notere', 'stands', null],
      taken,
      amended,
    ]);
    const { items } = (await server.get(`/v1/pathways/${id}/transitions?limit=200`, gp)).body as {
      items: { seq: number; standing: string }[];
    };
    for (const { seq, standing } of await listed(id))
      assert.equal(items.find((one) => one.seq === seq)!.standing, standing, 'the log says the same');
    const undone = await correct(id, physician, inserted, {
      kind: 'void',
      seq: inserted,
      reason: 'Det var slet ikke glemt',
    });
    assert.equal(undone.status, 200, JSON.stringify(undone.body));
    assert.deepEqual(await brief(), [
      [inserted, '2026-03-06T08:00', 'Glemt at notere', 'voided', [inserted + 1, 'Det var slet ikke glemt']],
      taken,
      amended,
    ]);
  });

  it('is shown to whoever may see the pathway, and to nobody else', async () => {
    const { id } = await walkTo(server, 'painClinic.treatment');
    for (const user of [
      gp,
      practice('gpStaff'),
      clinic('nurse'),
      physician,
      { role: 'auditor', unit: 'REGION' } satisfies User,
    ])
      assert.deepEqual(await listed(id, user), []);
    for (const [user, status] of [
      [{ role: 'gp', unit: 'GP_SYD' }, 404],
      [{ role: 'physician', unit: 'TSC_RH' }, 404],
      [{ role: 'manager', unit: 'TSC_HEH' }, 403],
    ] as const)
      assert.equal((await server.get(`/v1/pathways/${id}/advice`, user)).status, status, JSON.stringify(user));
    assert.equal((await server.raw('GET', `/v1/pathways/${id}/advice`)).status, 401);
    for (const path of [`/v1/pathways/${id}/advice?limit=1`, '/v1/pathways/x/advice'])
      assert.equal((await server.get(path, gp)).status, 400);
  });
});
