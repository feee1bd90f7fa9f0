/** Dates, Danish local time, public holidays and working days, computed: no clock, no time-zone database (domain.md C21). */
import { z } from 'zod';

/** A day in Denmark, 'YYYY-MM-DD', years 1583–9999. Two of them compare as strings. */
export type CalendarDate = string;
/** A moment in UTC, RFC 3339 'YYYY-MM-DDTHH:MM:SS.sssZ'. Two of them, written so, compare as strings. */
export type Instant = string;
/** ISO: 1 Monday … 7 Sunday. */
export type Weekday = 1 | 2 | 3 | 4 | 5 | 6 | 7;

/**
 * Days that are no public holidays but on which a unit is closed: 'MM-DD', or 'ascension+1', the Friday after Ascension
 * Day (domain.md Q17). Saturday is data because "hverdage" normally includes it (domain.md C21).
 */
export const closedDays = z
  .array(
    z
      .strictObject({
        name: z.strictObject({ da: z.string().min(1), en: z.string().min(1) }).readonly(),
        date: z
          .string()
          .regex(
            /^(ascension\+1|(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01]))$/,
            'A closed day is written MM-DD (12-24 for 24 December) or ascension+1.',
          ),
      })
      .readonly(),
  )
  .readonly();
/** Saturday by the rule set, closed days by the unit (routes.ts). */
export type WorkingDayRules = { readonly saturdayCounts: boolean; readonly closedDays: z.infer<typeof closedDays> };

const DAY_MS = 86_400_000;
const HOUR_MS = 3_600_000;
const MINUTE_MS = 60_000;
// Errors never repeat the value: it may be a birth date, and messages end in logs.
const NOT_A_DATE = 'A date is written YYYY-MM-DD and exists in the calendar (1583–9999), for example 2024-02-29.';
const NOT_AN_INSTANT = 'An instant is written in UTC, for example 2024-02-29T10:00:00.000Z.';

// Inside, a date is a day number: whole days since 1970-01-01. Texts are read and written by hand: with toISOString and
// regular expressions copenhagenDate took as long as Intl (1.2 µs on Node 20), so it takes about a third.
const two = (n: number): string => (n < 10 ? `0${n}` : `${n}`);

/** The number that text[from, to) spells; NaN unless all are digits, which then fails every comparison. */
function digits(text: string, from: number, to: number): number {
  let value = 0;
  for (let at = from; at < to; at += 1) {
    const digit = text.charCodeAt(at) - 48;
    value = digit >= 0 && digit <= 9 ? value * 10 + digit : Number.NaN;
  }
  return value;
}

const dayNumber = (year: number, month: number, dayOfMonth: number): number =>
  Date.UTC(year, month - 1, dayOfMonth) / DAY_MS;
const isLeap = (year: number): boolean => year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0);
const daysInMonth = (year: number, month: number): number =>
  month === 2 ? (isLeap(year) ? 29 : 28) : month === 4 || month === 6 || month === 9 || month === 11 ? 30 : 31;
const yearOf = (day: number): number => new Date(day * DAY_MS).getUTCFullYear();
// Day 0 was a Thursday; the double remainder keeps the days before it positive.
const weekdayOf = (day: number): Weekday => (((((day + 3) % 7) + 7) % 7) + 1) as Weekday;

function parseDay(text: string): number | undefined {
  const year = digits(text, 0, 4);
  const month = digits(text, 5, 7);
  const dayOfMonth = digits(text, 8, 10);
  const real =
    text.length === 10 &&
    text[4] === '-' &&
    text[7] === '-' &&
    year >= 1583 && // the computus holds from here
    month >= 1 &&
    month <= 12 &&
    dayOfMonth >= 1 &&
    dayOfMonth <= daysInMonth(year, month);
  return real ? dayNumber(year, month, dayOfMonth) : undefined;
}

function toDay(date: CalendarDate): number {
  const day = parseDay(date);
  if (day === undefined) throw new RangeError(NOT_A_DATE);
  return day;
}

function formatDay(day: number): CalendarDate {
  const at = new Date(day * DAY_MS);
  const year = at.getUTCFullYear();
  if (!(year >= 1583 && year <= 9999)) throw new RangeError(NOT_A_DATE);
  return `${year}-${two(at.getUTCMonth() + 1)}-${two(at.getUTCDate())}`;
}

/** Whether the text is a date that exists: 31 February and 2023-02-29 are refused. */
export const isRealDate = (text: string): text is CalendarDate => parseDay(text) !== undefined;

/** The date n days later (earlier when n is negative). Throws RangeError on no real date, as all functions of a date do. */
export const addDays = (date: CalendarDate, n: number): CalendarDate => formatDay(toDay(date) + n);

/** Days from `from` to `to`: 1 from today to tomorrow, negative backwards. */
export const daysBetween = (from: CalendarDate, to: CalendarDate): number => toDay(to) - toDay(from);

export const weekday = (date: CalendarDate): Weekday => weekdayOf(toDay(date));

/** The same day n months later, or that month's last day when it is shorter: 31 January + 1 month = 28 or 29 February. */
export function addMonths(date: CalendarDate, n: number): CalendarDate {
  toDay(date);
  const months = digits(date, 0, 4) * 12 + digits(date, 5, 7) - 1 + n;
  const year = Math.floor(months / 12);
  const month = months - year * 12 + 1;
  return formatDay(dayNumber(year, month, Math.min(digits(date, 8, 10), daysInMonth(year, month))));
}

/**
 * Age in completed years on a date; negative before birth. Who is born on 29 February has the birthday on 1 March in
 * common years: '02-28' comes before '02-29', '03-01' does not.
 */
export function completedYears(birthDate: CalendarDate, onDate: CalendarDate): number {
  if (!isRealDate(birthDate) || !isRealDate(onDate)) throw new RangeError(NOT_A_DATE);
  const years = digits(onDate, 0, 4) - digits(birthDate, 0, 4);
  return onDate.slice(5) < birthDate.slice(5) ? years - 1 : years;
}

/**
 * The days that a date known to the day, month or year may be: '2024-03' → 2024-03-01 … 2024-03-31. Undefined when the
 * text is none of 'YYYY-MM-DD', 'YYYY-MM', 'YYYY', or no such date exists.
 */
export function parsePartialDate(text: string): { earliest: CalendarDate; latest: CalendarDate } | undefined {
  const earliest = text.length === 4 ? `${text}-01-01` : text.length === 7 ? `${text}-01` : text;
  if (!isRealDate(earliest)) return undefined;
  if (text.length === 4) return { earliest, latest: `${text}-12-31` };
  if (text.length === 10) return { earliest, latest: earliest };
  return { earliest, latest: `${text}-${daysInMonth(digits(text, 0, 4), digits(text, 5, 7))}` };
}

// ---- Danish local time

/** Of March or October, at 01:00 UTC, in milliseconds; both months have 31 days. */
function lastSunday(year: number, month: 3 | 10): number {
  const last = dayNumber(year, month, 31);
  return (last - (weekdayOf(last) % 7)) * DAY_MS + HOUR_MS;
}

/**
 * Central European time is UTC+1; summer time, UTC+2, lasts from the last Sunday of March to the last Sunday of October,
 * both at 01:00 UTC (directive 2000/84/EC; so in Denmark since 1996). Earlier years are computed by the same rule, which
 * is wrong for some autumn weeks before 1996 and for the years without summer time: no instant here is that old.
 */
function offsetMs(ms: number): number {
  const { summerFrom, summerUntil } = yearAround(Math.floor(ms / DAY_MS));
  return ms >= summerFrom && ms < summerUntil ? 2 * HOUR_MS : HOUR_MS;
}

// Date.parse alone would take a text without Z as the server's own local time, and 31 February as 2 March.
function wallClock(instant: Instant): { day: number; ms: number } {
  const utc =
    instant[10] === 'T' && instant.endsWith('Z') && isRealDate(instant.slice(0, 10)) ? Date.parse(instant) : Number.NaN;
  if (Number.isNaN(utc)) throw new RangeError(NOT_AN_INSTANT);
  const wall = utc + offsetMs(utc);
  const day = Math.floor(wall / DAY_MS);
  return { day, ms: wall - day * DAY_MS };
}

// Wall clock → UTC. In the hour that October has twice the first is meant; in the hour that March leaves out 02:30
// becomes 03:30 (Temporal's "compatible").
function fromWallClock(day: number, minutes: number): Instant {
  const wall = day * DAY_MS + minutes * MINUTE_MS;
  const summer = wall - 2 * HOUR_MS;
  const utc = offsetMs(summer) === 2 * HOUR_MS ? summer : wall - HOUR_MS;
  const utcDay = Math.floor(utc / DAY_MS);
  const utcMinutes = (utc - utcDay * DAY_MS) / MINUTE_MS;
  return `${formatDay(utcDay)}T${two(Math.floor(utcMinutes / 60))}:${two(utcMinutes % 60)}:00.000Z`;
}

/** The date in Europe/Copenhagen at the instant. Throws RangeError when it is not written in UTC with a Z. */
export const copenhagenDate = (instant: Instant): CalendarDate => formatDay(wallClock(instant).day);

/** The wall clock in Europe/Copenhagen at the instant; `minutes` since 00:00, 0–1439. Throws as copenhagenDate. */
export function copenhagenTime(instant: Instant): { date: CalendarDate; weekday: Weekday; minutes: number } {
  const { day, ms } = wallClock(instant);
  return { date: formatDay(day), weekday: weekdayOf(day), minutes: Math.floor(ms / MINUTE_MS) };
}

/** The instant at which clocks in Denmark show `time`, 'HH:MM', 00:00–23:59; RangeError on no such time or date. */
export function localInstant(date: CalendarDate, time: string): Instant {
  if (!/^([01]\d|2[0-3]):[0-5]\d$/.test(time)) throw new RangeError('A time of day is written HH:MM, 00:00 to 23:59.');
  return fromWallClock(toDay(date), digits(time, 0, 2) * 60 + digits(time, 3, 5));
}

/** The instant at which the local day begins: 22:00 or 23:00 UTC the day before. */
export const startOfDay = (date: CalendarDate): Instant => fromWallClock(toDay(date), 0);

/** The first instant that is no longer that day: a deadline on the date is late from here on. */
export const endOfDay = (date: CalendarDate): Instant => fromWallClock(toDay(date) + 1, 0);

/** The instant one millisecond earlier: the last one that is not yet `instant`. Instants are kept in whole milliseconds. */
// eslint-disable-next-line no-restricted-syntax -- the one place that subtracts it
export const justBefore = (instant: Instant): Instant => new Date(Date.parse(instant) - 1).toISOString();

/**
 * The last day in Denmark that is in time for a deadline. A deadline is the first instant that is late: mostly a
 * midnight, and then it is the day before; one within a day (a delivery has failed) is still met on that day.
 */
export const lastDayOf = (dueAt: Instant): CalendarDate => copenhagenDate(justBefore(dueAt));

// ---- Public holidays and working days

/** Easter Sunday's day number by the Gregorian computus (Meeus, Jones and Butcher: whole numbers, no exceptions). */
function easter(year: number): number {
  const golden = year % 19;
  const century = Math.floor(year / 100);
  const yearOfCentury = year % 100;
  const moonCorrection = Math.floor((century - Math.floor((century + 8) / 25) + 1) / 3);
  const epact = (19 * golden + century - Math.floor(century / 4) - moonCorrection + 15) % 30;
  const toSunday = (32 + 2 * (century % 4) + 2 * Math.floor(yearOfCentury / 4) - epact - (yearOfCentury % 4)) % 7;
  const lateMoon = Math.floor((golden + 11 * epact + 22 * toSunday) / 451);
  return dayNumber(year, 3, 22 + epact + toSunday - 7 * lateMoon);
}

const ASCENSION = 39;
/** Abolished as a holiday from 1 January 2024 (lov om konsekvenser ved afskaffelsen af store bededag, 28 Feb 2023). */
const LAST_PRAYER_DAY_YEAR = 2023;

type LocalizedName = { readonly da: string; readonly en: string };
type Year = {
  readonly summerFrom: number;
  readonly summerUntil: number; // milliseconds
  readonly ascension: number;
  readonly holidays: ReadonlyMap<number, LocalizedName>; // day numbers
};

// Constitution Day (5 June), Christmas Eve, New Year's Eve and 1 May are no public holidays: a unit that is closed on
// them says so in its working-day rules.
function computeYear(year: number): Year {
  const sunday = easter(year);
  const ascension = sunday + ASCENSION;
  const holidays = new Map<number, LocalizedName>([
    [dayNumber(year, 1, 1), { da: 'nytårsdag', en: "New Year's Day" }],
    [sunday - 3, { da: 'skærtorsdag', en: 'Maundy Thursday' }],
    [sunday - 2, { da: 'langfredag', en: 'Good Friday' }],
    [sunday, { da: 'påskedag', en: 'Easter Sunday' }],
    [sunday + 1, { da: '2. påskedag', en: 'Easter Monday' }],
    [ascension, { da: 'Kristi himmelfartsdag', en: 'Ascension Day' }],
    [sunday + 49, { da: 'pinsedag', en: 'Whit Sunday' }],
    [sunday + 50, { da: '2. pinsedag', en: 'Whit Monday' }],
    [dayNumber(year, 12, 25), { da: 'juledag', en: 'Christmas Day' }],
    [dayNumber(year, 12, 26), { da: '2. juledag', en: 'Second Day of Christmas' }],
  ]);
  if (year <= LAST_PRAYER_DAY_YEAR) holidays.set(sunday + 26, { da: 'store bededag', en: 'General Prayer Day' });
  return { summerFrom: lastSunday(year, 3), summerUntil: lastSunday(year, 10), ascension, holidays };
}

// A pure cache: a year is the same whoever asks, and there are at most 8417 of them.
const years = new Map<number, Year>();

function yearAround(day: number): Year {
  const number = yearOf(day);
  let year = years.get(number);
  if (year === undefined) years.set(number, (year = computeYear(number)));
  return year;
}

/** The public holiday (helligdag) on that date; undefined on other days, plain Sundays among them. */
export function holidayName(date: CalendarDate): LocalizedName | undefined {
  const day = toDay(date);
  return yearAround(day).holidays.get(day);
}

export const isPublicHoliday = (date: CalendarDate): boolean => holidayName(date) !== undefined;

function isWorking(day: number, rules: WorkingDayRules): boolean {
  const ofWeek = weekdayOf(day);
  if (ofWeek === 7 || (ofWeek === 6 && !rules.saturdayCounts)) return false;
  const { ascension, holidays } = yearAround(day);
  if (holidays.has(day)) return false;
  if (rules.closedDays.length === 0) return true;
  const monthDay = formatDay(day).slice(5);
  return !rules.closedDays.some(({ date }) => (date === 'ascension+1' ? day === ascension + 1 : date === monthDay));
}

const sunday = { da: 'søndag', en: 'Sunday' };
const saturday = { da: 'lørdag', en: 'Saturday' };
/** Why a date is no working day (a public holiday's name, a closed day's, or the weekend); undefined when it is one. */
export function dayOff(date: CalendarDate, rules: WorkingDayRules): LocalizedName | undefined {
  const day = toDay(date);
  if (isWorking(day, rules)) return undefined;
  const { ascension } = yearAround(day);
  const closed = rules.closedDays.find((entry) =>
    entry.date === 'ascension+1' ? day === ascension + 1 : entry.date === date.slice(5),
  );
  return (
    holidayName(date) ??
    (weekdayOf(day) === 7 ? sunday : weekdayOf(day) === 6 && !rules.saturdayCounts ? saturday : closed?.name)
  );
}

/** Whether the date is no Sunday, no public holiday and no closed day; Saturday by the rules. */
export const isWorkingDay = (date: CalendarDate, rules: WorkingDayRules): boolean => isWorking(toDay(date), rules);

/**
 * The n-th working day after the date, which itself never counts (pathway.md "Clocks"); n = 0 gives the date back.
 * RangeError when n is no whole number from 0 up.
 */
export function addWorkingDays(date: CalendarDate, n: number, rules: WorkingDayRules): CalendarDate {
  if (!Number.isInteger(n) || n < 0)
    throw new RangeError('Working days are counted forwards: a whole number from 0 up.');
  let day = toDay(date);
  for (let left = n; left > 0;) {
    day += 1;
    if (isWorking(day, rules)) left -= 1;
  }
  return formatDay(day);
}
