/** The deadlines of a pathway with their days, as somebody reads them who is asked why. 2026: Easter Sunday is 5 April, summer time begins on 29 March. */
import assert from 'node:assert/strict';
import { afterAll, beforeAll, describe, it } from '@jest/globals';
import { walkTo } from '../support/referral.js';
import { startServer, type TestServer, type User } from '../support/server.js';

const gp: User = { role: 'gp', unit: 'GP_MIDT' };
const triager: User = { role: 'triager', unit: 'TSC_HEH' };
const physician: User = { role: 'physician', unit: 'TSC_HEH' };
const secretary: User = { role: 'secretary', unit: 'TSC_HEH' };
type Day = { date: string; number: number | null; because: { da: string; en: string } | null };
type Deadline = {
  clock: string;
  dueAt: string;
  lastDay: string;
  daysLeft: number;
  late: boolean;
  pausedSince: string | null;
  missedAt: string | null;
  onTheListOf: string[];
  unless: { event: string }[];
  length: object | null;
  calendar: string | null;
  counted: number;
  days: Day[];
  local: boolean;
};

let server: TestServer;
beforeAll(async () => {
  server = await startServer({ now: '2026-03-24T09:00:00.000Z' });
});
afterAll(() => server.stop());

const deadlines = async (id: string, user: User = triager): Promise<Deadline[]> =>
  (await server.get(`/v1/pathways/${id}/deadlines`, user)).body.items;
const deadline = async (id: string, clock: string) => (await deadlines(id)).find((one) => one.clock === clock)!;
const told = ({ days }: Deadline) => days.map(({ date, number, because }) => `${date} ${number ?? because!.da}`);

describe('the deadlines of a pathway', () => {
  it('list each day that counts, and why the others do not: over Easter', async () => {
    server.clock.set('2026-03-27T09:00:00.000Z');
    const { id } = await walkTo(server, 'visitation.assessing');
    const letter = await deadline(id, 'informationLetter');
    assert.deepEqual(told(letter), [
      '2026-03-27 dagen, hvor fristen begynder, tæller ikke',
      '2026-03-28 lørdag',
      '2026-03-29 søndag',
      '2026-03-30 1',
      '2026-03-31 2',
      '2026-04-01 3',
      '2026-04-02 skærtorsdag',
      '2026-04-03 langfredag',
      '2026-04-04 lørdag',
      '2026-04-05 påskedag',
      '2026-04-06 2. påskedag',
      '2026-04-07 4',
      '2026-04-08 5',
      '2026-04-09 6',
      '2026-04-10 7',
      '2026-04-11 lørdag',
      '2026-04-12 søndag',
      '2026-04-13 8',
    ]);
    assert.deepEqual(
      [letter.length, letter.counted, letter.lastDay, letter.daysLeft, letter.dueAt, letter.calendar, letter.local],
      [{ workingDays: 8 }, 8, '2026-04-13', 17, '2026-04-13T22:00:00.000Z', 'CVI_MIDT', true],
    );
    const visit = await deadline(id, 'firstVisit');
    assert.deepEqual(
      [visit.length, visit.counted, visit.lastDay, visit.calendar, visit.onTheListOf],
      [{ days: 30 }, 30, '2026-04-26', null, ['TSC_HEH']],
      'days are days: Easter counts',
    );
  });

  it('say of one that stands still when it would be due if it went on today, and go on doing so', async () => {
    server.clock.set('2026-05-04T09:00:00.000Z');
    const { id } = await walkTo(server, 'visitation.assessing');
    server.clock.set('2026-05-06T09:00:00.000Z');
    await server.sent(id, triager, { type: 'information.requested', items: ['H3a'] });
    server.clock.set('2026-05-13T09:00:00.000Z');
    const standing = await deadline(id, 'firstVisit');
    assert.deepEqual(
      [standing.pausedSince, standing.late, standing.lastDay, standing.counted],
      ['2026-05-06T09:00:00.000Z', false, '2026-06-10', 30],
      'seven days later than the 3rd of June',
    );
    assert.deepEqual(told(standing).slice(2, 5), [
      '2026-05-06 2',
      '2026-05-07 oplysninger afventes',
      '2026-05-08 oplysninger afventes',
    ]);
    server.clock.set('2026-05-20T09:00:00.000Z');
    assert.equal((await deadline(id, 'firstVisit')).lastDay, '2026-06-17');
    await server.sent(id, gp, { type: 'information.supplied', facts: { content: { ecg: 'normalt' } } });
    const goesOn = await deadline(id, 'firstVisit');
    assert.deepEqual(
      [
        goesOn.pausedSince,
        goesOn.lastDay,
        goesOn.counted,
        goesOn.days.filter(({ because }) => because?.en === 'information is awaited').length,
      ],
      [null, '2026-06-17', 30, 14],
    );
    assert.equal(
      (await deadline(id, 'decision')).lastDay,
      '2026-05-26',
      'the decision begins anew: 21, 22, then Whitsun, 26',
    );
    assert.equal((await deadline(id, 'informationLetter')).lastDay, '2026-05-18', 'the letter has not stood still');
  });

  it('do not count the days that the patient asked for, and count them again when he comes earlier after all', async () => {
    server.clock.set('2026-08-03T07:00:00.000Z');
    const { id } = await walkTo(server, 'painCentre.waiting', { course: 'painCentre' });
    await server.sent(id, secretary, { type: 'appointment.booked', at: '2026-08-20T09:00:00+02:00', place: 'HeH' });
    await server.sent(id, secretary, {
      type: 'appointment.moved',
      at: '2026-09-03T09:00:00+02:00',
      by: 'patient',
      reason: 'Ferie',
    });
    const moved = await deadline(id, 'firstVisit');
    assert.deepEqual(
      [moved.lastDay, moved.days.filter(({ because }) => because?.da === 'patientens ønske').length],
      ['2026-09-16', 14],
    );
    await server.sent(id, secretary, {
      type: 'appointment.moved',
      at: '2026-08-27T09:00:00+02:00',
      by: 'patient',
      reason: 'Afbud fra ferie',
    });
    assert.equal((await deadline(id, 'firstVisit')).lastDay, '2026-09-09');
    await server.sent(id, secretary, {
      type: 'appointment.moved',
      at: '2026-09-10T09:00:00+02:00',
      by: 'unit',
      reason: 'Sygdom',
    });
    assert.equal((await deadline(id, 'firstVisit')).lastDay, '2026-09-09', 'a day that the unit moves counts');
  });

  it('say on whose list they stand, what stops them, the earliest first', async () => {
    server.clock.set('2026-08-10T07:00:00.000Z');
    const { id } = await walkTo(server, 'painClinic.intake');
    const all = await deadlines(id, { role: 'physician', unit: 'SK_HIH' });
    assert.deepEqual(
      all.map(({ dueAt }) => dueAt),
      all.map(({ dueAt }) => dueAt).sort(),
    );
    const intake = all.find(({ clock }) => clock === 'intake')!;
    assert.deepEqual(
      [intake.onTheListOf, intake.unless.map(({ event }) => event)],
      [
        ['SK_HIH', 'TSC_HEH'],
        ['clinic.accepted', 'clinic.returned'],
      ],
    );
    const delivery = all.find(({ clock }) => clock.startsWith('delivery:'))!;
    assert.deepEqual(delivery.onTheListOf, ['TSC_HEH'], "the sender's");
  });

  it('have one last day in every view, also for a delivery that fails at noon', async () => {
    server.clock.set('2026-08-12T10:00:00.000Z');
    const { id } = await walkTo(server, 'painCentre.treatment', { course: 'painCentre' });
    const { version } = await server.sent(id, physician, { type: 'note.signed', text: 'Første konsultation' });
    const answer = { outcome: 'rejected', reason: 'Patienten er ikke tilmeldt her' };
    await server.post(`/v1/messages/${id}.${version}.1/acknowledgments`, gp, answer);
    server.clock.set('2026-08-13T09:00:00.000Z');
    const failed = await deadline(id, `delivery:${version}.1`);
    const page = (path: string) => server.get(`${path}?unit=TSC_HEH`, secretary);
    const { breach } = (await page('/v1/forecast')).body.items.find((item: { id: string }) => item.id === id);
    const item = (await page('/v1/pathways')).body.items.find((one: { id: string }) => one.id === id);
    const [head, ...lines] = (await page('/v1/pathways.csv')).body.split('\r\n');
    const line = lines.find((one: string) => one.includes(id))!.split(';');
    const column = head.split(';').indexOf('Sidste dag');
    assert.deepEqual(
      [failed.dueAt, failed.lastDay, breach.lastDay, line[column]],
      ['2026-08-12T10:00:00.000Z', '2026-08-12', '2026-08-12', '2026-08-12'],
    );
    assert.deepEqual([failed.daysLeft, breach.daysLeft, item.daysLeft], [-1, -1, -1]);
  });

  it('are for whoever sees the pathway', async () => {
    const { id } = await walkTo(server, 'referral.sent');
    assert.equal(
      (await server.get(`/v1/pathways/${id}/deadlines`, { role: 'physician', unit: 'SK_GLOH' })).status,
      404,
    );
    assert.equal((await server.get(`/v1/pathways/${id}/deadlines`, { role: 'manager', unit: 'TSC_HEH' })).status, 403);
    assert.equal((await server.get('/v1/pathways/x/deadlines', gp)).status, 400);
  });
});

describe('who is about to be late, in numbers', () => {
  const manager: User = { role: 'manager', unit: 'REGION' };
  const numbers = async (query = '') =>
    (await server.get(`/v1/overview/deadlines${query}`, manager)).body as {
      days: { lastDay: string; count: number; clocks: { clock: string; count: number }[] }[];
      late: { count: number };
      later: number;
      withoutDeadline: number;
      total: number;
    };

  it('is every open pathway once: late, on a day to come, later, or without a deadline', async () => {
    for (const query of ['', '?days=1', '?days=366', '?unit=TSC_HEH', '?stage=referral&days=3']) {
      const { days, late, later, withoutDeadline, total } = await numbers(query);
      assert.equal(
        days.reduce((sum, { count }) => sum + count, 0) + late.count + later + withoutDeadline,
        total,
        query,
      );
      for (const { count, clocks } of days)
        assert.equal(
          clocks.reduce((sum, one) => sum + one.count, 0),
          count,
        );
    }
    const { stages } = (await server.get('/v1/overview/stages', manager)).body as {
      stages: { stage: string; count: number; overdue: number }[];
    };
    const open = stages.filter(({ stage }) => stage !== 'closed');
    const { total, late } = await numbers();
    assert.deepEqual(
      [total, late.count],
      [open.reduce((sum, { count }) => sum + count, 0), open.reduce((sum, { overdue }) => sum + overdue, 0)],
      'the same as the counts say',
    );
  });

  it('is late from the instant at which the last day is over', async () => {
    server.clock.set('2026-10-05T08:00:00.000Z');
    await walkTo(server, 'referral.sent', { area: 'byen' });
    const before = await numbers('?unit=GP_BYEN');
    assert.deepEqual(
      before.days.map(({ lastDay, count, clocks }) => [lastDay, count, clocks[0]!.clock]),
      [['2026-10-06', 1, 'receipt']],
    );
    server.clock.set('2026-10-06T21:59:59.999Z');
    assert.equal((await numbers('?unit=GP_BYEN')).late.count, 0);
    server.clock.set('2026-10-06T22:00:00.000Z');
    assert.equal((await numbers('?unit=GP_BYEN')).late.count, 1);
  });

  it('asks for a number of days, and says so', async () => {
    for (const days of ['0', '367', 'x', '1.5'])
      assert.equal(
        (await server.get(`/v1/overview/deadlines?days=${days}`, manager)).body.errors?.[0]?.pointer,
        '/days',
        days,
      );
  });
});

describe('which pathway breaches when', () => {
  type Breach = {
    clock: string;
    lastDay: string;
    daysLeft: number;
    late: boolean;
    onTheListOf: string[];
    unless: { event: string }[];
  };
  const forecast = async (query: string, user: User = triager) =>
    (await server.get(`/v1/forecast?${query}`, user)).body.items as {
      id: string;
      breach: Breach | null;
      standing: Breach[];
    }[];

  it('is told with what would prevent it, the first first', async () => {
    server.clock.set('2026-11-02T09:00:00.000Z');
    const { id } = await walkTo(server, 'visitation.assessing', { area: 'midt' });
    const items = await forecast('stage=visitation&limit=200');
    const mine = items.find((item) => item.id === id)!;
    assert.deepEqual(
      [mine.breach!.clock, mine.breach!.lastDay, mine.breach!.daysLeft, mine.breach!.late, mine.breach!.onTheListOf],
      ['decision', '2026-11-05', 3, false, ['TSC_HEH']],
    );
    assert.deepEqual(
      mine.breach!.unless.map(({ event }) => event),
      ['triage.decided', 'referral.movedToCentre'],
      'what is possible there, and nothing else',
    );
    const days = items.flatMap(({ breach }) => (breach ? [breach.lastDay] : []));
    assert.deepEqual(days, [...days].sort());
  });

  it('tells of what stands still that each day puts it off by one', async () => {
    server.clock.set('2026-11-09T09:00:00.000Z');
    const { id } = await walkTo(server, 'visitation.assessing', { area: 'midt' });
    await server.sent(id, triager, { type: 'information.requested', items: ['H3a'] });
    const standing = async () =>
      (await forecast('stage=visitation&limit=200'))
        .find((item) => item.id === id)!
        .standing.map(({ clock, lastDay }) => [clock, lastDay]);
    assert.deepEqual(await standing(), [
      ['decision', '2026-11-12'],
      ['firstVisit', '2026-12-09'],
    ]);
    server.clock.set('2026-11-10T09:00:00.000Z');
    assert.deepEqual(await standing(), [
      ['decision', '2026-11-13'],
      ['firstVisit', '2026-12-10'],
    ]);
  });

  it('shows what has breached already, and nobody to a manager', async () => {
    server.clock.set('2026-11-20T09:00:00.000Z');
    const [first] = await forecast('overdue=true&limit=1');
    assert.ok(first?.breach?.late && first.breach.daysLeft < 0);
    assert.equal((await server.get('/v1/forecast', { role: 'manager', unit: 'TSC_HEH' })).status, 403);
    assert.equal((await server.get('/v1/forecast?sort=name', triager)).status, 400);
  });
});
