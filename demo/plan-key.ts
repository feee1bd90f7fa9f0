/**
 * The Idempotency-Key of each step of the demo. It says of which plan the step is, so that a first start that was killed half-way is
 * recognised, and finished by the next one as it would have been: `until` and the number of patients are all that a plan hangs on.
 */
import type { Instant } from '../machines/calendar/calendar.js';

/** Raise it with every change of what the demo sends: a demo begun by another version cannot be finished by this one. */
const version = 1;
const tail = 'd370';
/** For `like`: the keys of any demo, whatever its plan. */
export const demoKeys = `________-____-8___-8___-________${tail}`;

export type Plan = { until: Instant; patients: number; version: number };
/** From 1 to 1000 patients: there are no more names. */
export function planUntil(until: Instant, patients: number): Plan {
  if (!Number.isInteger(patients) || patients < 1 || patients > 1000)
    throw new RangeError('The demo has 1 to 1000 patients.');
  return { until, patients, version };
}
export const isOurs = (plan: Plan): boolean => plan.version === version;

const hex = (value: number, digits: number): string => value.toString(16).padStart(digits, '0');

/** A UUID of version 8: the plan's end in milliseconds, its patients, its version; then whose step, and which. */
export function keyOf(plan: Plan, patient: number, step: number): string {
  const until = hex(Date.parse(plan.until), 12);
  return `${until.slice(0, 8)}-${until.slice(8)}-8${hex(plan.patients, 3)}-8${hex(plan.version, 3)}-${hex(patient, 4)}${hex(step, 4)}${tail}`;
}

export function planOf(key: string): Plan {
  const digits = key.replaceAll('-', '');
  const number = (from: number, to: number) => Number.parseInt(digits.slice(from, to), 16);
  return { until: new Date(number(0, 12)).toISOString(), patients: number(13, 16), version: number(17, 20) };
}
