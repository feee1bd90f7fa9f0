/** Who prescribes, asked by HTTP: always, on a day, at an instant, as it was known then; for those alone who may see the pathway. */
import assert from 'node:assert/strict';
import { afterAll, beforeAll, describe, it } from '@jest/globals';
import { drugClasses } from '../../machines/pathway/fields.js';
import { ledgerOf, prescriberOn, type Prescribing } from '../../machines/pathway/prescribing.js';
import { Door } from '../../src/pathways/door.js';
import { retraceOf } from '../../src/pathways/past.js';
import { prescribingOf } from '../../src/prescribing/prescribing.js';
import { CorrectedWalk } from '../support/corrected-walk.js';
import { drawing, seeded } from '../support/random-walk.js';
import { opened, staffOf, walkTo } from '../support/referral.js';
import { startServer, type Reply, type TestServer, type User } from '../support/server.js';

const { gp, centre, clinic } = staffOf('midt');
const auditor: User = { role: 'auditor', unit: 'REGION' };
let server: TestServer;
beforeAll(async () => {
  server = await startServer();
});
afterAll(() => server.stop());

const asked = (id: string, query = '', user = gp): Promise<Reply> =>
  server.get(`/v1/pathways/${id}/prescribing${query}`, user);
async function found(id: string, query = '', user = gp): Promise<Prescribing[]> {
  const { status, body } = await asked(id, query, user);
  assert.equal(status, 200, JSON.stringify(body));
  return (body as { items: Prescribing[] }).items;
}
/** The prescribers of a class, in their order: a practice or a unit. */
const holders = (items: readonly Prescribing[], drugClass: string): string[] =>
  items.filter((one) => one.drugClass === drugClass).map(({ by, practice }) => practice ?? by);
const on = (time: string) => server.clock.set(time);

/** Each class is told of without gap or overlap, from the opening on and without end. */
function tiles(items: readonly Prescribing[], opening: string): void {
  for (const name of drugClasses) {
    const own = items.filter(({ drugClass }) => drugClass === name);
    assert.deepEqual(
      own.map(({ from }) => from),
      [opening, ...own.slice(0, -1).map(({ until }) => until)],
    );
    assert.equal(own.at(-1)!.until, null);
    assert.ok(own.every(({ from, until }) => until === null || from < until));
  }
}

describe('who prescribes', () => {
  /** From the clinic to the centre, one class given back by the way, and discharged. */
  async function story(): Promise<string> {
    on('2026-03-02T08:00:00.000Z');
    const { id } = await walkTo(server, 'painClinic.waiting');
    on('2026-03-10T09:00:00.000Z');
    await server.sent(id, clinic('secretary'), {
      type: 'visit.attended',
      at: '2026-03-10T09:00:00Z',
      walkInReason: 'Aftalt i telefonen',
    });
    on('2026-03-20T10:00:00.000Z');
    await server.sent(id, clinic('physician'), {
      type: 'prescribing.handedBack',
      classes: ['hypnotic'],
      reason: 'Aftrappet',
      agreedWith: 'egen læge',
      acknowledged: [{ rule: 'S5', reason: 'Egen læge ønsker det' }],
    });
    on('2026-04-01T10:00:00.000Z');
    await server.sent(id, centre('triager'), {
      type: 'unit.transferred',
      to: 'TSC_HEH',
      reason: 'Har brug for det tværfaglige tilbud',
    });
    on('2026-04-20T08:30:00.000Z');
    await server.sent(id, centre('secretary'), {
      type: 'visit.attended',
      at: '2026-04-20T08:30:00Z',
      walkInReason: 'Aftalt i telefonen',
    });
    for (const [by, event] of [
      ['physician', { type: 'diagnosis.recorded', mechanism: 'neuropathic', text: 'Neuropatiske smerter' }],
      ['physician', { type: 'medication.planned', text: 'Gabapentin' }],
      ['physician', { type: 'medication.optimised', summary: 'Virker' }],
      [
        'physician',
        {
          type: 'treatment.completed',
          reason: 'completed',
          text: 'Forløbet er færdigt',
          acknowledged: [{ rule: 'S2', reason: 'Det tværfaglige forløb er sat ud af patienten' }],
        },
      ],
      ['physician', { type: 'medicationRecord.confirmed', at: '2026-04-20T08:30:00Z' }],
      [
        'physician',
        {
          type: 'letter.signed',
          forwardPlan: 'Fortsætter som nu',
          followUpRecommended: true,
          handover: drugClasses.map((drugClass) => ({ drugClass, nothingPrescribed: true })),
        },
      ],
    ] as const)
      await server.sent(id, centre(by), event);
    on('2026-05-04T07:00:00.000Z');
    await server.sent(id, gp, { type: 'letter.receivedByGp', how: 'MedCom' });
    return id;
  }
  let id: string;
  beforeAll(async () => {
    id = await story();
  });

  it('is told from the opening on: the GP, the unit of each visit, and the GP again, each with the transition that made it so', async () => {
    const items = await found(id);
    assert.deepEqual(holders(items, 'analgesic'), ['GP_MIDT', 'SK_HIH', 'TSC_HEH', 'GP_MIDT']);
    assert.deepEqual(holders(items, 'hypnotic'), ['GP_MIDT', 'SK_HIH', 'GP_MIDT', 'TSC_HEH', 'GP_MIDT']);
    tiles(items, '2026-03-02T08:00:00.000Z');
    const { items: log } = (await server.get(`/v1/pathways/${id}/transitions?limit=200`, gp)).body as {
      items: { seq: number; event: { type: string }; occurredAt: string }[];
    };
    const made = items
      .filter(({ drugClass }) => drugClass === 'hypnotic')
      .map(({ seq, from }) => {
        const { event, occurredAt } = log[seq - 1]!;
        assert.equal(occurredAt, from);
        return event.type;
      });
    assert.deepEqual(made, [
      'pathway.opened',
      'visit.attended',
      'prescribing.handedBack',
      'visit.attended',
      'letter.receivedByGp',
    ]);
  });

  it('goes on at the clinic during the transfer, as it was before it and after', async () => {
    for (const at of ['2026-03-31T12:00:00Z', '2026-04-01T10:00:00Z', '2026-04-20T08:29:59.999Z'])
      assert.deepEqual(holders(await found(id, `?at=${at}`), 'sedative'), ['SK_HIH'], at);
    assert.deepEqual(holders(await found(id, '?at=2026-04-20T08:30:00Z'), 'sedative'), ['TSC_HEH']);
  });

  it('is one of each class at an instant, with offset or without', async () => {
    const items = await found(id, `?at=${encodeURIComponent('2026-03-20T11:00:00+01:00')}`);
    assert.deepEqual(
      items.map(({ drugClass, by, practice, until }) => [drugClass, by, practice, until]),
      [
        ['analgesic', 'SK_HIH', null, '2026-04-20T08:30:00.000Z'],
        ['sedative', 'SK_HIH', null, '2026-04-20T08:30:00.000Z'],
        ['hypnotic', 'gp', 'GP_MIDT', '2026-04-20T08:30:00.000Z'],
      ],
    );
    const { body } = await server.get(`/v1/pathways/${id}?asOf=2026-03-20T10:00:00Z`, gp);
    for (const { drugClass, by, from, seq } of items)
      assert.deepEqual(body.prescribing[drugClass], { by, since: from, seq });
  });

  it('is both on the day of a change, and one on the days beside it; a day is a Danish one', async () => {
    const analgesic = async (day: string) => holders(await found(id, `?on=${day}`), 'analgesic');
    assert.deepEqual(
      [await analgesic('2026-03-09'), await analgesic('2026-03-10'), await analgesic('2026-03-11')],
      [['GP_MIDT'], ['GP_MIDT', 'SK_HIH'], ['SK_HIH']],
    );
    assert.deepEqual(
      [await analgesic('2026-03-02'), await analgesic('2026-05-04')],
      [['GP_MIDT'], ['TSC_HEH', 'GP_MIDT']],
      'the day of the opening, and today',
    );
    const { id: late } = await walkTo(server, 'painClinic.waiting');
    on('2026-05-05T22:30:00.000Z');
    await server.sent(late, clinic('secretary'), {
      type: 'visit.attended',
      at: '2026-05-05T22:30:00Z',
      walkInReason: 'Akut',
    });
    const days = await Promise.all(
      ['2026-05-05', '2026-05-06'].map(async (day) => holders(await found(late, `?on=${day}`), 'sedative')),
    );
    assert.deepEqual(days, [['GP_MIDT'], ['GP_MIDT', 'SK_HIH']], '22:30 UTC is the next day in Denmark');
  });

  it('is told to whoever may see the pathway, as it was known then', async () => {
    for (const user of [
      gp,
      clinic('nurse'),
      centre('secretary'),
      auditor,
      { role: 'physician', unit: 'SK_HIH' } satisfies User,
    ])
      assert.equal((await asked(id, '', user)).status, 200, JSON.stringify(user));
    assert.deepEqual(holders(await found(id, '?knownAt=2026-03-15T00:00:00Z'), 'analgesic'), ['GP_MIDT', 'SK_HIH']);
    assert.deepEqual(
      holders(await found(id, '?at=2026-05-01T00:00:00Z&knownAt=2026-04-15T00:00:00Z'), 'analgesic'),
      ['SK_HIH'],
      'what was known in April of the first of May',
    );
  });

  it('is another once the log has been put right, and what was known before stays what it was', async () => {
    on('2026-05-31T08:00:00.000Z');
    const { id: other } = await walkTo(server, 'painClinic.waiting', {
      patient: { name: 'Rita Test', birthDate: '1970-05-05' },
    });
    on('2026-06-01T08:00:00.000Z');
    const { version } = await server.sent(other, clinic('secretary'), {
      type: 'visit.attended',
      at: '2026-06-01T08:00:00Z',
      walkInReason: 'Aftalt i telefonen',
    });
    on('2026-06-02T08:00:00.000Z');
    const key = { 'if-match': `"${version}"`, 'idempotency-key': '0198c0de-0000-7000-8000-0000000000aa' };
    const voided = await server.post(
      `/v1/pathways/${other}/corrections`,
      clinic('secretary'),
      { kind: 'void', seq: version, reason: 'Fremmødet var en anden patients' },
      key,
    );
    assert.equal(voided.status, 200, JSON.stringify(voided.body));
    assert.deepEqual(holders(await found(other), 'analgesic'), ['GP_MIDT']);
    assert.deepEqual(holders(await found(other, '?knownAt=2026-06-01T12:00:00Z'), 'analgesic'), ['GP_MIDT', 'SK_HIH']);
  });

  it('is refused for a unit that has nothing to do with the patient, for who sees numbers only, and without a token', async () => {
    for (const [user, status, type] of [
      [{ role: 'gp', unit: 'GP_SYD' }, 404, 'not-found'],
      [{ role: 'physician', unit: 'SK_GLOH' }, 404, 'not-found'],
      [{ role: 'manager', unit: 'SK_HIH' }, 403, 'not-allowed'],
      [{ role: 'admin', unit: 'REGION' }, 403, 'not-allowed'],
    ] as const) {
      const { status: answered, body } = await asked(id, '?on=2026-03-10', user);
      assert.deepEqual(
        [answered, body.type, body.items],
        [status, `/problems/${type}`, undefined],
        JSON.stringify(user),
      );
    }
    assert.equal((await server.raw('GET', `/v1/pathways/${id}/prescribing`)).status, 401);
    assert.equal((await asked('0198c0de-0000-7000-8000-00000000dead')).status, 404);
  });

  it('names the field of a bad time: no date, in the future, or two of them', async () => {
    on('2026-06-10T10:00:00.000Z');
    for (const [query, field] of [
      ['on=2026-02-31', 'on'],
      ['on=yesterday', 'on'],
      ['on=', 'on'],
      ['on=2026-03-02T08:00:00Z', 'on'],
      ['on=2026-06-11', 'on'],
      ['at=2026-03-02', 'at'],
      ['at=2026-03-02T25:00:00Z', 'at'],
      ['at=2026-06-10T10:00:00.001Z', 'at'],
      ['knownAt=x', 'knownAt'],
      ['knownAt=2026-07-01T00:00:00Z', 'knownAt'],
      ['on=2026-03-10&at=2026-03-10T00:00:00Z', 'at'],
    ] as const) {
      const { status, body } = await asked(id, `?${query}`);
      assert.deepEqual(
        [status, body.type, body.errors?.map(({ pointer }: { pointer: string }) => pointer)],
        [400, '/problems/invalid', [`/${field}`]],
        query,
      );
    }
    assert.equal((await asked(id, '?day=2026-03-10')).status, 400);
    assert.equal((await asked(id, '?on=2026-06-10')).status, 200, 'today is no future');
  });

  it('is not known before the pathway began, nor before anybody knew of it', async () => {
    for (const query of [
      'on=2026-03-01',
      'at=2026-03-02T07:59:59.999Z',
      'knownAt=2026-03-01T00:00:00Z',
      'on=2026-03-10&knownAt=2026-03-01T00:00:00Z',
    ]) {
      const { status, body } = await asked(id, `?${query}`);
      assert.deepEqual(
        [status, body.detail],
        [404, 'The pathway had not begun, or was not known, at that time.'],
        query,
      );
    }
  });

  it('is not made up where the log cannot be followed to its end', async () => {
    const { id: open } = await opened(server);
    const entries = await server.app.get(Door).entries(open, 1);
    const impossible = {
      ...entries[0]!,
      seq: 2,
      event: { type: 'letter.acknowledged', agrees: true },
    } as unknown as (typeof entries)[number];
    assert.throws(
      () => prescribingOf([...entries, impossible], {}, server.clock.now().toISOString()),
      /cannot be retraced beyond its entry 2/,
    );
  });
});

describe('the ledger of a corrected log', () => {
  const walks = Number(process.env['LEDGER_WALKS'] ?? 4);
  it(`tiles the time from the opening on and says what the corrected steps say, over ${walks} pathways; what was known at a time is never another`, async () => {
    on('2027-01-04T08:00:00.000Z');
    const done = { corrected: 0, changes: 0 };
    for (let seed = 1; seed <= walks; seed += 1) {
      const walking = new CorrectedWalk(server, drawing(seeded(seed)));
      await walking.begin();
      const known: { at: string; items: Prescribing[] }[] = [];
      for (let step = 0; step < 40; step += 1) {
        await walking.step();
        const at = server.clock.now().toISOString();
        if (step % 8 === 7) known.push({ at, items: await found(walking.id, '', auditor) });
        on(new Date(Date.parse(at) + 60_000).toISOString());
      }
      const items = await found(walking.id, '', auditor);
      const { trail } = retraceOf(await server.app.get(Door).entries(walking.id, 1_000_000));
      assert.deepEqual(items, ledgerOf(trail));
      tiles(items, trail[0]!.at);
      for (const [
        index,
        {
          at,
          stored: { context },
          to: { stage },
        },
      ] of trail.entries()) {
        if (trail[index + 1]?.at === at) continue;
        const now = drugClasses.map((name) => prescriberOn(items, name, at)!);
        assert.deepEqual(
          now.map(({ drugClass, by, practice }) => [drugClass, by, practice]),
          drugClasses.map((name) => {
            const { by } = context.prescribing[name];
            return [name, by, by === 'gp' ? context.ownGp : null];
          }),
          `seed ${seed}, ${at}`,
        );
        if (stage === 'generalPractice' || stage === 'dischargedToGp' || (stage === 'closed' && !context.death))
          assert.ok(
            now.every(({ by }) => by === 'gp'),
            stage,
          );
      }
      for (const { at, items: was } of known)
        assert.deepEqual(await found(walking.id, `?knownAt=${at}`, auditor), was, `seed ${seed}, known at ${at}`);
      done.corrected += walking.done.void + walking.done.amend + walking.done.insert;
      done.changes += items.length - drugClasses.length;
    }
    assert.ok(done.corrected >= walks && done.changes >= walks, JSON.stringify(done));
  });
});
