/** Units, routes and telephone hours as the source document gives them (L123–138), on a day. */
import assert from 'node:assert/strict';
import { afterAll, beforeAll, describe, it } from '@jest/globals';
import { startServer, type TestServer, type User } from '../support/server.js';

const gp: User = { role: 'gp', unit: 'GP_NORD' };
let server: TestServer;
beforeAll(async () => {
  server = await startServer();
});
afterAll(() => server.stop());
const got = async (path: string) => {
  const { status, body } = await server.get(path, gp);
  assert.equal(status, 200, JSON.stringify(body));
  return body;
};

describe('the registry', () => {
  it('names two offices, two centres, four clinics of theirs and the practices of the demo', async () => {
    const { items } = (await got('/v1/units')) as {
      items: {
        code: string;
        kind: string;
        centre: string | null;
        gln: string | null;
        name: { da: string; en: string };
      }[];
    };
    const of = (kind: string) => items.filter((unit) => unit.kind === kind);
    assert.deepEqual(
      of('cvi').map(({ code, gln }) => [code, gln]),
      [
        ['CVI_MIDT', '5790000203628'],
        ['CVI_BYEN', '5790000188604'],
      ],
    );
    assert.deepEqual(
      of('centre').map(({ code }) => code),
      ['TSC_HEH', 'TSC_RH'],
    );
    assert.deepEqual(
      of('clinic').map(({ code, centre }) => [code, centre]),
      [
        ['SK_HIH', 'TSC_HEH'],
        ['SK_HVH', 'TSC_RH'],
        ['SK_BBH', 'TSC_RH'],
        ['SK_GLOH', 'TSC_RH'],
      ],
    );
    assert.deepEqual(
      of('practice').map(({ code }) => code),
      ['GP_NORD', 'GP_MIDT', 'GP_BYEN', 'GP_SYD'],
    );
    assert.ok(items.every(({ name: { da, en } }) => da.length > 3 && en.length > 3));
  });

  it('routes Nord and Midt to HeH and Byen and Syd to RH, each with its clinics', async () => {
    const heh = { cvi: 'CVI_MIDT', centre: 'TSC_HEH', clinics: ['SK_HIH'], lines: '123-125' };
    const rh = { cvi: 'CVI_BYEN', centre: 'TSC_RH', clinics: ['SK_HVH', 'SK_BBH', 'SK_GLOH'], lines: '127-128' };
    for (const [area, route] of [
      ['nord', heh],
      ['midt', heh],
      ['byen', rh],
      ['syd', rh],
    ] as const) {
      assert.deepEqual(await got(`/v1/routes?planningArea=${area}`), { planningArea: area, at: '2026-03-02', route });
    }
  });

  it('has no route for Bornholm, for another region, nor for a day before the document', async () => {
    for (const area of ['bornholm', 'outsideRegion'])
      assert.equal((await got(`/v1/routes?planningArea=${area}`)).route, null);
    assert.equal((await got('/v1/routes?planningArea=nord&at=2014-08-31')).route, null);
    assert.equal((await got('/v1/routes?planningArea=nord&at=2014-09-01')).route.centre, 'TSC_HEH');
  });
});

describe('the advice line for professionals', () => {
  const open = async (unit: string, at: string) =>
    (await got(`/v1/advice-line?unit=${unit}&at=${encodeURIComponent(at)}`)).open as boolean;
  /** Danish local time, by its offset. */
  const winter = (day: string, time: string) => `${day}T${time}:00+01:00`;
  const summer = (day: string, time: string) => `${day}T${time}:00+02:00`;

  it('of RH is closed on a Wednesday at 10:30 and open at 11:30; on other weekdays it is the other way round after noon', async () => {
    for (const [at, expected] of [
      [winter('2026-03-04', '10:30'), false],
      [winter('2026-03-04', '10:59'), false],
      [winter('2026-03-04', '11:00'), true],
      [winter('2026-03-04', '11:30'), true],
      [winter('2026-03-04', '12:59'), true],
      [winter('2026-03-04', '13:00'), false],
      [winter('2026-03-02', '08:59'), false],
      [winter('2026-03-02', '09:00'), true],
      [winter('2026-03-02', '11:59'), true],
      [winter('2026-03-02', '12:00'), false],
      [winter('2026-03-02', '12:30'), false],
      [winter('2026-03-07', '10:00'), false],
      [winter('2026-03-08', '10:00'), false],
    ] as const)
      assert.equal(await open('TSC_RH', at), expected, at);
  });

  it('of HeH is open from Monday to Friday, nine to two', async () => {
    for (const [at, expected] of [
      [winter('2026-03-04', '10:30'), true],
      [winter('2026-03-06', '13:59'), true],
      [winter('2026-03-06', '14:00'), false],
      [winter('2026-03-07', '10:00'), false],
    ] as const)
      assert.equal(await open('TSC_HEH', at), expected, at);
  });

  it('keeps Danish time, in summer and in winter, wherever one asks from', async () => {
    assert.equal(await open('TSC_RH', '2026-03-04T10:30:00Z'), true, '11:30 in Denmark in winter');
    assert.equal(await open('TSC_RH', '2026-07-01T08:30:00Z'), false, '10:30 in Denmark in summer');
    assert.equal(await open('TSC_RH', '2026-07-01T09:30:00Z'), true, '11:30 in Denmark in summer');
    assert.equal(await open('TSC_RH', '2026-07-01T05:30:00-04:00'), true, 'the same instant from elsewhere');
    assert.equal(
      await open('TSC_HEH', summer('2026-03-30', '09:00')),
      true,
      'the Monday after the clocks were put forward',
    );
    assert.equal(await open('TSC_HEH', winter('2026-03-30', '13:30')), false, '14:30 by the new time');
  });

  it('is closed on public holidays, and open on the days beside them', async () => {
    for (const holiday of [
      '2026-01-01',
      '2026-04-02',
      '2026-04-03',
      '2026-04-06',
      '2026-05-14',
      '2026-05-25',
      '2026-12-25',
    ])
      assert.equal(await open('TSC_HEH', summer(holiday, '10:30')), false, holiday);
    for (const day of ['2026-04-01', '2026-04-07', '2026-05-13', '2026-05-26'])
      assert.equal(await open('TSC_HEH', summer(day, '10:30')), true, day);
    assert.equal(
      await open('TSC_HEH', summer('2026-05-01', '10:30')),
      false,
      '1 May is no public holiday, and the unit is closed',
    );
  });

  it('is told for now when no time is given, with its number and its hours', async () => {
    server.clock.set('2026-03-04T10:30:00.000Z');
    const rh = await got('/v1/advice-line?unit=TSC_RH');
    assert.deepEqual(
      [rh.open, rh.at, rh.phone, rh.lines],
      [true, '2026-03-04T10:30:00.000Z', '+4535457612', '128, 138'],
    );
    assert.deepEqual(rh.hours, [
      { weekdays: [1, 2, 4, 5], from: '09:00', to: '12:00' },
      { weekdays: [3], from: '11:00', to: '13:00' },
    ]);
    server.clock.set('2026-03-04T09:30:00.000Z');
    assert.equal((await got('/v1/advice-line?unit=TSC_RH')).open, false);
  });

  it("is a centre's: a clinic has none", async () => {
    for (const unit of ['SK_HIH', 'GP_NORD', 'CVI_MIDT', 'NOWHERE']) {
      const { status, body } = await server.get(`/v1/advice-line?unit=${unit}`, gp);
      assert.deepEqual(
        [status, body.type, body.detail],
        [404, '/problems/not-found', 'This unit has no advice line: the two centres have.'],
      );
    }
  });
});
