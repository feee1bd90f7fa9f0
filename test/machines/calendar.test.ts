import assert from 'node:assert/strict';
import { describe, it } from '@jest/globals';

import Holidays from 'date-holidays';
import fc from 'fast-check';

import {
  addDays,
  addMonths,
  addWorkingDays,
  completedYears,
  copenhagenDate,
  copenhagenTime,
  daysBetween,
  endOfDay,
  holidayName,
  isPublicHoliday,
  isRealDate,
  isWorkingDay,
  justBefore,
  lastDayOf,
  localInstant,
  parsePartialDate,
  startOfDay,
  weekday,
  closedDays,
  type CalendarDate,
  type Instant,
  type WorkingDayRules,
} from '../../machines/calendar/calendar.js';

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;

const intl = new Intl.DateTimeFormat('en-CA', {
  timeZone: 'Europe/Copenhagen',
  hourCycle: 'h23',
  weekday: 'short',
  year: 'numeric',
  month: '2-digit',
  day: '2-digit',
  hour: '2-digit',
  minute: '2-digit',
});
const WEEKDAYS = ['Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat', 'Sun'];

/** What the platform's time-zone database says: the judge of our computed rule. */
function intlTime(instant: Instant): { date: string; weekday: number; minutes: number } {
  const part = Object.fromEntries(intl.formatToParts(new Date(instant)).map(({ type, value }) => [type, value]));
  return {
    date: `${part['year']}-${part['month']}-${part['day']}`,
    weekday: WEEKDAYS.indexOf(part['weekday'] ?? '') + 1,
    minutes: Number(part['hour']) * 60 + Number(part['minute']),
  };
}

const iso = (ms: number): Instant => new Date(ms).toISOString();
const someInstant = fc.integer({ min: Date.UTC(1996, 0, 1), max: Date.UTC(2041, 0, 1) }).map(iso);
const someDate = fc
  .integer({ min: Date.UTC(1996, 0, 1) / DAY_MS, max: Date.UTC(2040, 11, 31) / DAY_MS })
  .map((day) => iso(day * DAY_MS).slice(0, 10));

function* datesBetween(first: CalendarDate, last: CalendarDate): Generator<CalendarDate> {
  for (let date = first; date <= last; date = addDays(date, 1)) yield date;
}

/** Every hour at which the platform's offset differs from the hour before. */
function* clockChanges(): Generator<number> {
  const offset = (ms: number) => (intlTime(iso(ms)).minutes - ms / 60_000) % 1440;
  for (let year = 1996; year <= 2040; year += 1) {
    for (const month of [2, 9]) {
      for (let day = 24; day <= 31; day += 1) {
        const ms = Date.UTC(year, month, day, 1);
        if (Math.abs(offset(ms) - offset(ms - HOUR_MS)) % 1440 !== 0) yield ms;
      }
    }
  }
}

const weekdaysOnly: WorkingDayRules = { saturdayCounts: false, closedDays: [] };
const withSaturday: WorkingDayRules = { saturdayCounts: true, closedDays: [] };
const rhPage: WorkingDayRules = {
  // domain.md Q17
  saturdayCounts: false,
  closedDays: [
    { name: { da: 'juleaftensdag', en: 'Christmas Eve' }, date: '12-24' },
    { name: { da: 'nytårsaftensdag', en: "New Year's Eve" }, date: '12-31' },
    { name: { da: 'fredag efter Kristi himmelfartsdag', en: 'Friday after Ascension Day' }, date: 'ascension+1' },
    { name: { da: '1. maj', en: '1 May' }, date: '05-01' },
  ],
};

describe('local time in Denmark', () => {
  it('agrees with the time-zone database at any instant from 1996 to 2040', () => {
    fc.assert(
      fc.property(someInstant, (instant) => {
        assert.deepEqual(copenhagenTime(instant), intlTime(instant));
        assert.equal(copenhagenDate(instant), intlTime(instant).date);
      }),
      { numRuns: 3000 },
    );
  });

  it('agrees with the time-zone database around every change of the clock', () => {
    const changes = [...clockChanges()];
    assert.equal(changes.length, 90);
    for (const change of changes) {
      for (const ms of [change - HOUR_MS, change - 1, change, change + 1, change + HOUR_MS]) {
        assert.deepEqual(copenhagenTime(iso(ms)), intlTime(iso(ms)), iso(ms));
      }
      const date = copenhagenDate(iso(change));
      assertDayBounds(date);
      assert.equal(Math.abs(Date.parse(endOfDay(date)) - Date.parse(startOfDay(date)) - DAY_MS), HOUR_MS);
    }
  });

  function assertDayBounds(date: CalendarDate): void {
    const start = startOfDay(date);
    assert.deepEqual(intlTime(start), { date, weekday: weekday(date), minutes: 0 });
    assert.equal(intlTime(justBefore(start)).date, addDays(date, -1));
    assert.equal(endOfDay(date), startOfDay(addDays(date, 1)));
  }

  it('begins a day at midnight on the wall clock', () => {
    fc.assert(fc.property(someDate, assertDayBounds), { numRuns: 500 });
    assert.equal(startOfDay('2026-03-02'), '2026-03-01T23:00:00.000Z');
    assert.equal(startOfDay('2026-07-01'), '2026-06-30T22:00:00.000Z');
  });

  it('is late from the end of the day on, not before', () => {
    assert.equal(copenhagenDate('2026-03-02T22:59:59.999Z'), '2026-03-02');
    assert.equal(copenhagenDate(endOfDay('2026-03-02')), '2026-03-03');
  });

  it('finds the instant of a time of day, and back', () => {
    fc.assert(
      fc.property(someDate, fc.integer({ min: 180, max: 1439 }), (date, minutes) => {
        const time = `${String(Math.floor(minutes / 60)).padStart(2, '0')}:${String(minutes % 60).padStart(2, '0')}`;
        assert.deepEqual(copenhagenTime(localInstant(date, time)), { date, weekday: weekday(date), minutes });
      }),
      { numRuns: 500 },
    );
  });

  it('takes the first of the two half past two in October, and moves the missing one in March an hour on', () => {
    assert.equal(localInstant('2026-10-25', '02:30'), '2026-10-25T00:30:00.000Z');
    assert.equal(localInstant('2026-03-29', '02:30'), '2026-03-29T01:30:00.000Z');
    assert.equal(copenhagenTime('2026-03-29T01:30:00.000Z').minutes, 3 * 60 + 30);
  });

  it('refuses what is no instant in UTC or no time of day', () => {
    for (const text of [
      '2026-03-02T10:00:00',
      '2026-03-02T10:00:00+01:00',
      '2026-03-02',
      '2026-02-31T10:00:00Z',
      '2026-03-02T25:00:00Z',
      '',
    ]) {
      assert.throws(() => copenhagenDate(text), RangeError, text);
    }
    for (const time of ['24:00', '9:00', '09:60', '0900']) {
      assert.throws(() => localInstant('2026-03-02', time), RangeError, time);
    }
  });
});

describe('the last day in time', () => {
  it('is the day before for a deadline at midnight in Denmark, in winter and in summer', () => {
    assert.equal(lastDayOf('2026-03-10T23:00:00.000Z'), '2026-03-10');
    assert.equal(lastDayOf('2026-07-10T22:00:00.000Z'), '2026-07-10');
  });
  it('is the day itself for a deadline within the day', () => {
    assert.equal(lastDayOf('2026-03-10T12:00:00.000Z'), '2026-03-10');
    assert.equal(lastDayOf('2026-03-10T23:00:00.001Z'), '2026-03-11');
  });
});

describe('dates', () => {
  it('exist or are refused', () => {
    for (const text of ['2024-02-29', '2000-02-29', '1583-01-01', '9999-12-31']) assert.ok(isRealDate(text), text);
    for (const text of [
      '2024-02-31',
      '2023-02-29',
      '1900-02-29',
      '2024-04-31',
      '2024-13-01',
      '2024-00-10',
      '2024-01-00',
      '1582-12-31',
      '0024-01-01',
      '2024-1-1',
      '20240101',
      ' 2024-01-01',
      '2024-01-01T00:00',
      '2024-01-01\n',
      '',
    ]) {
      assert.ok(!isRealDate(text), text);
      assert.throws(() => addDays(text, 1), RangeError);
      assert.throws(() => completedYears(text, '2026-03-02'), RangeError);
      assert.throws(() => addMonths(text, 1), RangeError);
    }
  });

  it('do not appear in the error, since they may be birth dates', () => {
    assert.throws(
      () => weekday('1975-02-31'),
      (error: Error) => !error.message.includes('1975'),
    );
  });

  it('move by days and back, and stop at the end of the calendar', () => {
    fc.assert(
      fc.property(someDate, fc.integer({ min: -20_000, max: 20_000 }), (date, n) => {
        const moved = addDays(date, n);
        assert.equal(daysBetween(date, moved), n);
        assert.equal(addDays(moved, -n), date);
        assert.equal(moved > date, n > 0);
      }),
    );
    assert.throws(() => addDays('9999-12-31', 1), RangeError);
    assert.throws(() => addDays('1583-01-01', -1), RangeError);
    assert.throws(() => addDays('2026-03-02', Number.NaN), RangeError);
  });

  it('move by months, at most to the last day of the month', () => {
    assert.equal(addMonths('2026-01-31', 1), '2026-02-28');
    assert.equal(addMonths('2024-01-31', 1), '2024-02-29');
    assert.equal(addMonths('2025-09-02', 6), '2026-03-02');
    assert.equal(addMonths('2026-03-31', -1), '2026-02-28');
    assert.equal(addMonths('2026-01-15', -13), '2024-12-15');
    assert.equal(addMonths('2026-12-01', 1), '2027-01-01');
  });

  it('have the weekday of the ISO week', () => {
    assert.equal(weekday('2026-03-02'), 1);
    assert.equal(weekday('2026-03-08'), 7);
    assert.equal(weekday('1970-01-01'), 4);
    assert.equal(weekday('1858-11-17'), 3);
  });

  it('are known to the day, the month or the year', () => {
    assert.deepEqual(parsePartialDate('2024-03-01'), { earliest: '2024-03-01', latest: '2024-03-01' });
    assert.deepEqual(parsePartialDate('2024-02'), { earliest: '2024-02-01', latest: '2024-02-29' });
    assert.deepEqual(parsePartialDate('2023-12'), { earliest: '2023-12-01', latest: '2023-12-31' });
    assert.deepEqual(parsePartialDate('2024'), { earliest: '2024-01-01', latest: '2024-12-31' });
    for (const text of ['2024-02-31', '2024-13', '2024-00', '24', '202', '2024-3', 'spring', '2024-', '']) {
      assert.equal(parsePartialDate(text), undefined, text);
    }
  });
});

describe('age', () => {
  it('is reached on the birthday', () => {
    assert.equal(completedYears('2008-03-02', '2026-03-01'), 17);
    assert.equal(completedYears('2008-03-02', '2026-03-02'), 18);
    assert.equal(completedYears('1975-03-12', '2026-03-02'), 50);
    assert.equal(completedYears('2026-03-03', '2026-03-02'), -1);
  });

  it('is reached on 1 March in common years by who is born on 29 February', () => {
    assert.equal(completedYears('2008-02-29', '2026-02-28'), 17);
    assert.equal(completedYears('2008-02-29', '2026-03-01'), 18);
    assert.equal(completedYears('2008-02-29', '2028-02-28'), 19);
    assert.equal(completedYears('2008-02-29', '2028-02-29'), 20);
  });
});

describe('public holidays', () => {
  it('are those of date-holidays from 2014 to 2040', () => {
    const denmark = new Holidays('DK');
    for (let year = 2014; year <= 2040; year += 1) {
      const expected = denmark
        .getHolidays(year)
        .filter(({ type }) => type === 'public')
        .map(({ date, name }) => `${date.slice(0, 10)} ${name.toLowerCase().replace(/^anden /, '2. ')}`);
      const ours = [...datesBetween(`${year}-01-01`, `${year}-12-31`)]
        .filter(isPublicHoliday)
        .map((date) => `${date} ${holidayName(date)?.da.toLowerCase()}`);
      assert.deepEqual(ours, expected);
    }
  });

  it('have store bededag until 2023', () => {
    assert.deepEqual(holidayName('2023-05-05'), { da: 'store bededag', en: 'General Prayer Day' });
    assert.equal(holidayName('2024-04-26'), undefined);
  });

  it("are not Grundlovsdag, Christmas Eve, New Year's Eve and 1 May", () => {
    for (const date of ['2026-06-05', '2026-12-24', '2026-12-31', '2026-05-01'])
      assert.ok(!isPublicHoliday(date), date);
  });

  it('follow Easter in its earliest and latest years and around the exceptions of the older formulas', () => {
    for (const date of [
      '1818-03-22',
      '2285-03-22',
      '1943-04-25',
      '2038-04-25',
      '1954-04-18',
      '1981-04-19',
      '2049-04-18',
    ]) {
      assert.equal(holidayName(date)?.da, 'påskedag', date);
    }
  });
});

describe('working days', () => {
  const someRules = fc.constantFrom(weekdaysOnly, withSaturday, rhPage);

  it('are never Sundays, public holidays or closed days, and Saturdays only by the rules', () => {
    assert.ok(isWorkingDay('2026-03-02', rhPage));
    assert.ok(!isWorkingDay('2026-03-08', withSaturday));
    assert.ok(!isWorkingDay('2026-04-02', withSaturday));
    assert.ok(isWorkingDay('2026-03-07', withSaturday));
    assert.ok(!isWorkingDay('2026-03-07', weekdaysOnly));
    for (const date of ['2026-12-24', '2026-12-31', '2026-05-15', '2026-05-01']) {
      assert.ok(isWorkingDay(date, weekdaysOnly), date);
      assert.ok(!isWorkingDay(date, rhPage), date);
    }
  });

  it('between the date and its n-th working day are n, the last included and the date not', () => {
    fc.assert(
      fc.property(someDate, fc.integer({ min: 1, max: 60 }), someRules, (date, n, rules) => {
        const due = addWorkingDays(date, n, rules);
        assert.ok(isWorkingDay(due, rules));
        const counted = [...datesBetween(addDays(date, 1), due)].filter((day) => isWorkingDay(day, rules));
        assert.equal(counted.length, n);
      }),
    );
  });

  it('add up: a, then b, is a + b', () => {
    const few = fc.integer({ min: 0, max: 40 });
    fc.assert(
      fc.property(someDate, few, few, someRules, (date, a, b, rules) => {
        assert.equal(addWorkingDays(addWorkingDays(date, a, rules), b, rules), addWorkingDays(date, a + b, rules));
      }),
    );
  });

  it('step over Easter: eight from Monday before it end after it', () => {
    assert.equal(addWorkingDays('2026-03-30', 8, weekdaysOnly), '2026-04-14');
    assert.equal(addWorkingDays('2026-03-30', 8, withSaturday), '2026-04-11');
    assert.equal(addWorkingDays('2026-12-23', 1, weekdaysOnly), '2026-12-24');
    assert.equal(addWorkingDays('2026-12-23', 1, rhPage), '2026-12-28');
    assert.equal(addWorkingDays('2026-03-07', 0, weekdaysOnly), '2026-03-07');
  });

  it('are not counted backwards or in halves', () => {
    for (const n of [-1, 1.5, Number.NaN, Infinity]) {
      assert.throws(() => addWorkingDays('2026-03-02', n, weekdaysOnly), RangeError);
    }
  });

  it('refuse a misspelt closed day', () => {
    assert.deepEqual(closedDays.parse(rhPage.closedDays), rhPage.closedDays);
    for (const date of ['24-12', '2026-12-24', 'ascension+2', '12-32', '13-01', '']) {
      assert.ok(!closedDays.safeParse([{ name: { da: 'x', en: 'x' }, date }]).success, date);
    }
  });
});
