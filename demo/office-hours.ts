/** When people are at work: Danish working days from eight until shortly before four. The system sends and counts at any hour. */
import {
  addDays,
  copenhagenDate,
  isWorkingDay,
  localInstant,
  type CalendarDate,
  type Instant,
} from '../machines/calendar/calendar.js';
import { ruleSetAt, workingDaysOf } from '../machines/pathway/routes.js';

export const opens = 8 * 60;
/** Nothing is begun later, so that what was sent has arrived before the day's end. */
export const closes = 15 * 60 + 10;
const goesHome = 15 * 60 + 45;

export const isOpen = (date: CalendarDate): boolean => isWorkingDay(date, workingDaysOf(ruleSetAt(date).id, 'TSC_RH'));
/** The date itself when it is a working day, else the next one. */
export function openDay(date: CalendarDate, step: 1 | -1 = 1): CalendarDate {
  let day = date;
  while (!isOpen(day)) day = addDays(day, step);
  return day;
}

const two = (n: number) => String(n).padStart(2, '0');
/** The instant at so many minutes after midnight in Denmark. */
export const timeOn = (date: CalendarDate, minutes: number): Instant =>
  localInstant(date, `${two(Math.floor(minutes / 60))}:${two(minutes % 60)}`);
export const later = (instant: Instant, minutes: number): Instant =>
  new Date(Date.parse(instant) + minutes * 60_000).toISOString();

/** The end of the last working day before the day of an instant: a demo begun at any time of a day is the same. */
export const lastEvening = (now: Date): Instant =>
  timeOn(openDay(addDays(copenhagenDate(now.toISOString()), -1), -1), goesHome);
