/** The registry: units, routes, telephone hours and rule sets as effective-dated data, as the document of September 2014 has them. */
import assert from 'node:assert/strict';
import { describe, it } from '@jest/globals';

import { localInstant } from '../../machines/calendar/calendar.js';
import { planningAreas } from '../../machines/pathway/fields.js';
import { gln } from '../../machines/calendar/identifiers.js';
import {
  adviceLineOpen,
  centreOf,
  clinicsOf,
  kindOf,
  routeFor,
  routeOfCentre,
  routes,
  ruleSet,
  ruleSetAt,
  ruleSets,
  unitName,
  unitOf,
  units,
  unitsAt,
} from '../../machines/pathway/routes.js';
import { begin } from '../support/walk.js';

const day = '2026-03-02';
const routed = ['nord', 'midt', 'byen', 'syd'] as const;

describe('the registry', () => {
  it('has the two offices, two centres and four clinics of the document, and the made-up practices', () => {
    const of = (kind: string) => units.filter((unit) => unit.kind === kind).map(({ code }) => code);
    assert.deepEqual(of('cvi'), ['CVI_MIDT', 'CVI_BYEN']);
    assert.deepEqual(of('centre'), ['TSC_HEH', 'TSC_RH']);
    assert.deepEqual(of('clinic'), ['SK_HIH', 'SK_HVH', 'SK_BBH', 'SK_GLOH']);
    assert.deepEqual(of('practice'), ['GP_NORD', 'GP_MIDT', 'GP_BYEN', 'GP_SYD']);
    assert.ok(of('practice').every((code) => unitName(code).da.startsWith('Testlægehuset')));
  });

  it('names every unit once at a time, in both languages, with the lines of the document where it stands there', () => {
    assert.equal(new Set(units.map(({ code }) => code)).size, units.length);
    for (const unit of units) {
      assert.ok(unit.name.da && unit.name.en, unit.code);
      assert.equal(unit.lines !== undefined, unit.kind !== 'practice', unit.code);
      assert.ok(unit.validTo === undefined || unit.validFrom < unit.validTo, unit.code);
    }
  });

  it("is closed in itself: a route leads over a CVI to a centre, a clinic has a centre, each clinic's centre is routed to", () => {
    for (const { planningArea, cvi, centre } of routes)
      assert.deepEqual([planningArea, kindOf(cvi), kindOf(centre)], [planningArea, 'cvi', 'centre']);
    for (const { code, kind, centre } of units) {
      if (kind === 'clinic')
        assert.ok(kindOf(centre) === 'centre' && routes.some((route) => route.centre === centre), code);
      else assert.equal(centre, undefined, code);
    }
    assert.deepEqual(
      units.filter(({ adviceLine }) => adviceLine).map(({ code }) => code),
      ['TSC_HEH', 'TSC_RH'],
    );
    assert.deepEqual(
      units.filter((unit) => unit.gln).map(({ code }) => code),
      ['CVI_MIDT', 'CVI_BYEN'],
      'the document gives no other location number',
    );
  });

  it('has one route an area at any time', () => {
    for (const area of planningAreas)
      assert.ok(
        routes.filter(
          (route) => route.planningArea === area && route.validFrom <= day && (!route.validTo || day < route.validTo),
        ).length <= 1,
        area,
      );
  });

  it('knows a unit only while it is valid', () => {
    assert.equal(unitsAt('2014-08-31').length, 0);
    assert.equal(unitsAt('2014-09-01').length, units.length);
    assert.equal(routeFor('nord', '2014-08-31'), undefined);
    assert.equal(unitOf('SK_NOWHERE'), undefined);
    assert.deepEqual(unitName('SK_NOWHERE'), { da: 'SK_NOWHERE', en: 'SK_NOWHERE' });
  });
});

describe('a location number', () => {
  const numbers = ['5790000203628', '5790000188604'];

  it("of the document is valid, and is the CVI's", () => {
    assert.deepEqual(
      numbers.map((number) => gln.parse(number)),
      numbers,
    );
    assert.deepEqual([unitOf('CVI_MIDT')?.gln, unitOf('CVI_BYEN')?.gln], numbers);
  });

  it('with one digit changed is refused, whichever digit and whichever change', () => {
    for (const number of numbers)
      for (let at = 0; at < 13; at += 1)
        for (let by = 1; by < 10; by += 1) {
          const changed = `${number.slice(0, at)}${(Number(number[at]) + by) % 10}${number.slice(at + 1)}`;
          assert.equal(gln.safeParse(changed).success, false, changed);
        }
  });
});

describe('routes in 2014-09', () => {
  it('lead Nord and Midt over CVI Midt to HeH, Byen and Syd over CVI Byen to RH (L123–128)', () => {
    assert.deepEqual(
      routed.map((area) => {
        const { cvi, centre } = routeFor(area, day)!;
        return [area, cvi, centre, ...clinicsOf(centre, day)];
      }),
      [
        ['nord', 'CVI_MIDT', 'TSC_HEH', 'SK_HIH'],
        ['midt', 'CVI_MIDT', 'TSC_HEH', 'SK_HIH'],
        ['byen', 'CVI_BYEN', 'TSC_RH', 'SK_HVH', 'SK_BBH', 'SK_GLOH'],
        ['syd', 'CVI_BYEN', 'TSC_RH', 'SK_HVH', 'SK_BBH', 'SK_GLOH'],
      ],
    );
  });

  it('has none for Bornholm and none outside the region: the referral is refused, V1', () => {
    for (const area of ['bornholm', 'outsideRegion'] as const) {
      assert.equal(routeFor(area, day), undefined, area);
      const refusal = begin({ area }).refused('referral.submitted', {});
      assert.deepEqual(
        refusal.findings.map(({ rule, severity, remedy, value }) => [rule, severity, remedy, value]),
        [['V1', 'integrity', 'none', area]],
      );
    }
  });

  it('a chosen centre brings its CVI, also from there', () => {
    assert.deepEqual(
      [routeOfCentre('TSC_HEH', day)?.cvi, routeOfCentre('TSC_RH', day)?.cvi, routeOfCentre('SK_HIH', day)],
      ['CVI_MIDT', 'CVI_BYEN', undefined],
    );
    const walk = begin({ area: 'bornholm' }).send('referral.submitted', {
      chosenCentre: { centre: 'TSC_RH', reason: 'residence', text: 'Bornholm hører til RH' },
    });
    assert.deepEqual([walk.state, walk.context.cvi, walk.context.centre], ['referral.sent', 'CVI_BYEN', 'TSC_RH']);
  });

  it('every clinic has its centre, and a centre is its own', () => {
    assert.deepEqual(['SK_HIH', 'SK_GLOH', 'TSC_RH', 'GP_NORD', undefined].map(centreOf), [
      'TSC_HEH',
      'TSC_RH',
      'TSC_RH',
      undefined,
      undefined,
    ]);
  });
});

describe('the advice line (L136–138)', () => {
  const open = (unit: string, date: string, time: string) => adviceLineOpen(unit, localInstant(date, time));

  it('of RH is closed on Wednesday at 10:30 and open at 11:30', () => {
    assert.deepEqual([open('TSC_RH', '2026-03-04', '10:30'), open('TSC_RH', '2026-03-04', '11:30')], [false, true]);
  });

  it('opens at the minute and closes at the minute: half-open', () => {
    const at =
      (unit: string, date: string) =>
      (...times: string[]) =>
        times.map((time) => open(unit, date, time));
    assert.deepEqual(
      at('TSC_RH', '2026-03-04')('10:59', '11:00', '12:59', '13:00'),
      [false, true, true, false],
      'Wednesday 11–13, and only then (Q17)',
    );
    assert.deepEqual(
      at('TSC_RH', '2026-03-05')('08:59', '09:00', '11:59', '12:00', '12:30'),
      [false, true, true, false, false],
      'Thursday 9–12',
    );
    assert.deepEqual(
      at('TSC_HEH', '2026-03-04')('08:59', '09:00', '13:59', '14:00'),
      [false, true, true, false],
      'HeH 9–14',
    );
  });

  it('is open from Monday to Friday, and on no Saturday or Sunday', () => {
    const week = ['2026-03-02', '2026-03-03', '2026-03-04', '2026-03-05', '2026-03-06', '2026-03-07', '2026-03-08'];
    for (const unit of ['TSC_RH', 'TSC_HEH'])
      assert.deepEqual(
        week.map((date) => open(unit, date, '11:30')),
        [true, true, true, true, true, false, false],
        unit,
      );
  });

  it('is closed on public holidays', () => {
    for (const date of [
      '2026-01-01',
      '2026-04-02',
      '2026-04-03',
      '2026-04-06',
      '2026-05-14',
      '2026-05-25',
      '2026-12-25',
    ])
      assert.equal(open('TSC_HEH', date, '11:30'), false, date);
    assert.equal(open('TSC_HEH', '2026-05-01', '11:30'), false, 'closed on 1 May');
    assert.equal(open('TSC_HEH', '2023-05-05', '11:30'), false, 'in 2023 it was');
  });

  it('keeps Danish time, summer and winter', () => {
    assert.deepEqual(
      [adviceLineOpen('TSC_HEH', '2026-01-12T12:30:00.000Z'), adviceLineOpen('TSC_HEH', '2026-07-13T12:30:00.000Z')],
      [true, false],
    );
    assert.deepEqual(
      [adviceLineOpen('TSC_HEH', '2026-01-12T07:30:00.000Z'), adviceLineOpen('TSC_HEH', '2026-07-13T07:30:00.000Z')],
      [false, true],
    );
  });

  it("is a centre's: clinics, practices and unknown units have none, and none was there before September 2014", () => {
    for (const unit of ['SK_HIH', 'GP_NORD', 'CVI_MIDT', 'NOWHERE'])
      assert.equal(open(unit, '2026-03-05', '10:00'), undefined, unit);
    assert.deepEqual(
      [open('TSC_HEH', '2014-08-29', '10:00'), open('TSC_HEH', '2014-09-01', '10:00')],
      [undefined, true],
    );
  });

  it('has the numbers of the document', () => {
    assert.deepEqual(
      [unitOf('TSC_HEH')?.adviceLine?.phone, unitOf('TSC_RH')?.adviceLine?.phone],
      ['+4538684623', '+4535457612'],
    );
  });
});

describe('rule sets', () => {
  it("2014-09 has the document's limits and is in force today", () => {
    const { age, months, missedBeforeEnding } = ruleSet('2014-09');
    assert.deepEqual([age, months, missedBeforeEnding, ruleSetAt(day).id], [18, 6, 2, '2014-09']);
  });

  it('are named once, and one that is not known is never guessed', () => {
    assert.equal(new Set(ruleSets.map(({ id }) => id)).size, ruleSets.length);
    assert.throws(() => ruleSet('2031-01'), /2031-01/);
  });
});
