/** Who prescribes, as the log of a pathway tells it: on a day, at an instant, as it was known then. */
import { z } from 'zod';
import { copenhagenDate, endOfDay, startOfDay } from '../../machines/calendar/calendar.js';
import { day, drugClasses, instant, unitCode } from '../../machines/pathway/fields.js';
import { ledgerOf, prescriberOn, prescribersWithin, type Prescribing } from '../../machines/pathway/prescribing.js';
import type { Versions } from '../../machines/engine/versions.js';
import { invalid, Problem } from '../http/problem.js';
import type { Entry } from '../pathways/log.js';
import { retraceOf } from '../pathways/past.js';

export const prescribingQuery = z.strictObject({
  on: day().optional(),
  at: instant().optional(),
  knownAt: instant().optional(),
});
export type PrescribingQuery = z.infer<typeof prescribingQuery>;

const time = z.string().meta({ format: 'date-time' });
export const prescribingView = z
  .object({
    items: z.array(
      z.object({
        drugClass: z.enum(drugClasses),
        by: z.string().meta({ description: '"gp" or a unit code' }),
        practice: unitCode()
          .nullable()
          .meta({ description: "the own GP's practice when by is gp; null while there is no own GP" }),
        from: time,
        until: time
          .nullable()
          .meta({ description: 'the first instant at which it no longer holds; null while nothing has ended it' }),
        seq: z.int().meta({ description: 'the transition that made it so' }),
      }),
    ),
  })
  .meta({ id: 'Prescribing', title: 'Who issues prescriptions of each drug class, from when until when' });

/** Throws invalid, naming the field, for a question about what is not known yet. */
function refuseFuture({ on, at, knownAt }: PrescribingQuery, now: string): void {
  const message = 'lies in the future: what will be is not known';
  const ahead = {
    on: on !== undefined && on > copenhagenDate(now),
    at: at !== undefined && at > now,
    knownAt: knownAt !== undefined && knownAt > now,
  };
  const errors = Object.entries(ahead)
    .filter(([, isAhead]) => isAhead)
    .map(([field]) => ({ pointer: `/${field}`, message }));
  if (on !== undefined && at !== undefined)
    errors.push({ pointer: '/at', message: 'stands beside on: give a day or an instant, and not both' });
  if (errors.length > 0) throw invalid(errors);
}

/** All intervals, those of a Danish day, or the one of each class at an instant. Throws a Problem for a time that lies ahead, and for one before the pathway began. */
export function prescribingOf(
  entries: readonly Entry[],
  query: PrescribingQuery,
  now: string,
  versions?: Versions,
): Prescribing[] {
  refuseFuture(query, now);
  const { on, at, knownAt = now } = query;
  const told = entries.filter(({ recordedAt }) => recordedAt <= knownAt);
  const ledger = told.length === 0 ? [] : ledgerFrom(told, versions);
  const items =
    at !== undefined
      ? drugClasses.flatMap((name) => prescriberOn(ledger, name, at) ?? [])
      : on !== undefined
        ? prescribersWithin(ledger, { from: startOfDay(on), until: endOfDay(on) })
        : ledger;
  if (items.length === 0)
    throw new Problem('not-found', {
      da: 'Forløbet var ikke begyndt, eller ikke kendt, på det tidspunkt.',
      en: 'The pathway had not begun, or was not known, at that time.',
    });
  return items;
}

/** A ledger that ends before its log would name the wrong prescriber: none is given then. */
function ledgerFrom(entries: readonly Entry[], versions?: Versions): Prescribing[] {
  const { trail, obstacle } = retraceOf(entries, versions);
  if (obstacle)
    throw new Error(
      `the log of ${entries[0]!.pathway} cannot be retraced beyond its entry ${obstacle.seq}: ${obstacle.because}`,
    );
  return ledgerOf(trail);
}
