/** What neither the shape of an event nor a rule can say: that its times fit the patient's life, the pathway and the clock. */
import { copenhagenDate, endOfDay, parsePartialDate, startOfDay } from '../../machines/calendar/calendar.js';
import type { Context } from '../../machines/pathway/context.js';
import { events, type Wire } from '../../machines/pathway/events.js';
import { ruleSet } from '../../machines/pathway/routes.js';
import type { FieldError } from '../http/problem.js';

/** Clocks of clients are not ours: what lies this many milliseconds ahead is taken as now. */
export const tolerance = 60_000;

/**
 * When it happened: as given, else now. Never in the future, never before the transition before it (that would be a correction), and not further back than the rule set allows: what
 * comes later changes numbers that have long been read, and says so as a correction. History that is imported is as old as it is.
 */
export function occurredAtOf(
  { occurredAt }: Wire,
  { lastAt, ruleSet: id }: Context,
  now: Date,
  { imported = false } = {},
): { at: string; errors: FieldError[] } {
  const present = now.toISOString();
  if (occurredAt === undefined) return { at: present < lastAt ? lastAt : present, errors: [] };
  const pointer = '/occurredAt';
  if (Date.parse(occurredAt) > now.getTime() + tolerance)
    return {
      at: present,
      errors: [{ pointer, message: 'lies in the future: leave it out, or give when it happened' }],
    };
  if (occurredAt < lastAt)
    return {
      at: present,
      errors: [
        {
          pointer,
          message: `lies before the pathway's last transition (${lastAt}): give a later time; what came in between is corrected in the log`,
        },
      ],
    };
  const { backdatingDays } = ruleSet(id).recording;
  if (!imported && now.getTime() - Date.parse(occurredAt) > backdatingDays * 24 * 3_600_000) {
    return {
      at: present,
      errors: [
        {
          pointer,
          message: `lies more than ${backdatingDays} days back: insert it in the log instead (POST /v1/pathways/{id}/corrections, kind insert)`,
        },
      ],
    };
  }
  return { at: occurredAt > present ? present : occurredAt, errors: [] };
}

const isDay = (value: string) => /^\d{4}-\d{2}-\d{2}$/.test(value);

function pastError(field: string, value: string, birthDate: string, at: string): FieldError[] {
  const pointer = `/${field.replaceAll('.', '/')}`;
  const starts = isDay(value) ? startOfDay(value) : value;
  if (Date.parse(starts) > Date.parse(at) + tolerance)
    return [{ pointer, message: 'lies in the future: give when it happened' }];
  return (isDay(value) ? endOfDay(value) : value) <= startOfDay(birthDate)
    ? [{ pointer, message: 'lies before the patient was born' }]
    : [];
}

function onsetErrors(onset: string | null | undefined, birthDate: string, at: string): FieldError[] {
  const interval = onset == null ? undefined : parsePartialDate(onset);
  if (!interval) return [];
  const pointer = '/facts/onset';
  if (interval.earliest > copenhagenDate(at))
    return [{ pointer, message: 'lies in the future: give when the pain began' }];
  return interval.latest < birthDate
    ? [{ pointer, message: 'lies before the patient was born: give when the pain began' }]
    : [];
}

const valueAt = (event: Wire, field: string): unknown =>
  field.split('.').reduce<unknown>((value, key) => (value as Record<string, unknown> | undefined)?.[key], event);

export function implausible(event: Wire, birthDate: string, at: string): FieldError[] {
  const past = events[event.type].past.flatMap((field) => {
    const value = valueAt(event, field);
    return typeof value === 'string' ? pastError(field, value, birthDate, at) : [];
  });
  return 'facts' in event && event.facts ? [...past, ...onsetErrors(event.facts.onset, birthDate, at)] : past;
}
