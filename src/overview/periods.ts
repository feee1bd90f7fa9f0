/** Months as managers mean them: Danish months, and the day on which the numbers of one are final. */
import { z } from 'zod';
import {
  addDays,
  addMonths,
  endOfDay,
  justBefore,
  startOfDay,
  type CalendarDate,
  type Instant,
} from '../../machines/calendar/calendar.js';

/**
 * A month is closed `days` days after its end, at midnight in Denmark; what is recorded later is a late change of it. Dated by the first day of the month that is
 * closed: to change the policy is to add an entry with its `validFrom`, an entry stays. At least three days, for late changes are found by `movement_late`,
 * an index of what was recorded more than three days after it happened.
 */
export const closings: readonly { validFrom: CalendarDate; days: number }[] = z
  .array(z.strictObject({ validFrom: z.iso.date(), days: z.int().min(3) }))
  .parse([{ validFrom: '2014-09-01', days: 10 }]);

/** YYYY-MM. */
export const month = () =>
  z
    .string('is no month: use YYYY-MM, e.g. 2026-03')
    .regex(/^(19|2[01])\d\d-(0[1-9]|1[0-2])$/, 'is no month: use YYYY-MM, e.g. 2026-03');

/**
 * The month as what happened after `from` and until `to`, which is what a difference of two counts as of an instant sees. Both are the last millisecond of a month,
 * so what happened at midnight, as a date without a time of day is remembered, belongs to the day that begins then. Instants are kept in whole milliseconds.
 */
export function periodOf(of: string): { from: Instant; to: Instant } {
  const first = `${of}-01`;
  return { from: justBefore(startOfDay(first)), to: justBefore(startOfDay(addMonths(first, 1))) };
}

/** The last instant at which what is recorded is still in time for the month; undefined for a month before the first closing. */
export function closedAt(of: string): Instant | undefined {
  const first = `${of}-01`;
  const closing = closings.findLast(({ validFrom }) => validFrom <= first);
  return closing && endOfDay(addDays(addMonths(first, 1), closing.days - 1));
}
