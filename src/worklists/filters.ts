/** By what a worklist is narrowed: as it is asked for, as it is saved, and as conditions that an index answers. */
import { z } from 'zod';
import { clocks, type ClockName } from '../../machines/pathway/clocks.js';
import { contentItems } from '../../machines/pathway/events.js';
import { instant, planningArea, text, unitCode } from '../../machines/pathway/fields.js';
import type { Actor } from '../../machines/pathway/roles.js';
import { stageNames } from '../../machines/pathway/stages.js';
import { taskNames } from '../../machines/pathway/tasks.js';
import { unitSeen } from '../pathways/visibility.js';

const clockNames = Object.keys(clocks) as ClockName[];
const described = {
  stage: z.enum(stageNames).meta({ description: 'closed is left out unless it is asked for' }),
  unit: unitCode().meta({ description: 'the unit that holds it' }),
  desk: unitCode().meta({
    description:
      'a unit that has something to do about it: it holds it, has the next move, or something stands on its list; a closed one too',
  }),
  nextMove: unitCode().meta({ description: 'the unit whose move is next' }),
  planningArea: planningArea(),
  missing: z.enum(contentItems).meta({ description: 'what its referral lacks' }),
  task: z
    .enum(taskNames)
    .meta({ description: 'what stands on a list beside the next step: on that of desk, or on any' }),
  assignee: text(200).meta({ description: 'who sees to it: the sub of somebody, me, or none' }),
  dueBefore: instant().meta({ description: 'its earliest deadline ends before' }),
  clock: z.enum(clockNames).meta({ description: 'what its earliest deadline is about' }),
};
const optional = <S extends Record<string, z.ZodType>>(shape: S) =>
  Object.fromEntries(Object.entries(shape).map(([name, field]) => [name, field.optional()])) as {
    [K in keyof S]: z.ZodOptional<S[K]>;
  };
const shared = optional(described);

const overdue = { description: 'its earliest deadline has passed' };
const asked = {
  ...shared,
  overdue: z
    .enum(['true', 'false'], { error: 'is neither true nor false' })
    .transform((value) => value === 'true')
    .meta(overdue)
    .optional(),
  q: text(100)
    .refine((said) => /[\p{L}\p{N}]/u.test(said), 'has no word to look for: write the beginning of a name')
    .meta({
      description:
        "a name: every word of it is the beginning of a word of the patient's name, with its accents; case does not count",
    })
    .optional(),
};
export const filtersQuery = z.strictObject(asked);
export const worklistQuery = z.strictObject({
  ...asked,
  limit: z.coerce.number().int().min(1, 'is less than 1').max(200, 'is more than 200').default(50),
  cursor: z.string().max(300).optional(),
});
/** As a view keeps them: a name is looked for and not kept. */
export const savedFilters = z
  .strictObject({
    ...shared,
    overdue: z.boolean({ error: 'is neither true nor false' }).meta(overdue).optional(),
    q: z.never({ error: "is no filter of a view: a patient's name is searched for, never saved" }).optional(),
  })
  .meta({ id: 'WorklistFilters', title: 'What a worklist is narrowed by' });

export type Filters = z.infer<typeof filtersQuery>;
export type SavedFilters = Omit<z.infer<typeof savedFilters>, 'q'>;

/** A statement in the making: each value gets a number. */
export type Bound = { values: unknown[]; bind: (value: unknown) => string };
export function binding(): Bound {
  const values: unknown[] = [];
  return { values, bind: (value) => `$${values.push(value)}` };
}

/** The order of a worklist: the earliest deadline, then the longest wait. */
export const due = `coalesce(p.due_at, 'infinity')`;
export const order = `${due}, p.stage_since, p.id`;
/** Each word of what is asked for, as the beginning of a word. No word is no name. */
const words = (asked: string) =>
  `to_tsquery('simple', replace(nullif(trim(regexp_replace(${asked}, '[^[:alnum:]]+', ' ', 'g')), ''), ' ', ':* & ') || ':*')`;

/** Somebody's own list needs no look at who has or had it: the holder and every desk are units that have it (test/machines/walks.test.ts). */
function unseen({ unit, desk, nextMove }: Filters, actor: Actor): string | null {
  const seen = unitSeen(actor);
  return [unit, desk, nextMove].includes(seen ?? undefined) ? null : seen;
}

const open = `p.stage <> 'closed'`;
/** Exactly as the indexes say it (migrations/sql/indexes.sql: worklist). */
const atClock = `split_part(p.due_clock, ':', 1)`;
const beside = (place: string) => [`p.elsewhere @> array[${place}]::text[]`, `p.elsewhere <> '{}'`];

/** Where a list is looked for: in one place, or in two that have nothing in common. A desk is the holder's, or one of those beside it; and a next move is of a desk. */
function places({ stage, desk, nextMove, task }: Filters, { bind }: Bound): string[][] {
  if (task !== undefined)
    return [[`p.tasks @> array[${bind(desk === undefined ? task : `${desk} ${task}`)}]::text[]`, `p.tasks <> '{}'`]];
  const at = desk ?? nextMove;
  if (at === undefined) return [stage === 'closed' ? [] : [open]];
  const held = () => [
    `p.unit = ${bind(at)}`,
    open,
    ...(nextMove === undefined || nextMove === at ? [] : beside(bind(nextMove))),
  ];
  return [...(stage === 'closed' ? [] : [held()]), beside(bind(at))];
}

/** What is true of the whole list, in whichever place: only what is asked for stands in the statement, so that it is planned for these very filters. */
function narrowed(filters: Filters, actor: Actor, now: Date, { bind }: Bound): string[] {
  const { stage, unit, nextMove, planningArea: area, missing, assignee, clock, overdue: late, dueBefore, q } = filters;
  const seen = unseen(filters, actor);
  return [
    ...(seen === null ? [] : [`p.units @> array[${bind(seen)}]::text[]`]),
    ...(stage === undefined ? [] : [`p.stage = ${bind(stage)}`]),
    ...(unit === undefined ? [] : [`p.unit = ${bind(unit)}`]),
    ...(nextMove === undefined ? [] : [`p.next_move = ${bind(nextMove)}`]),
    ...(area === undefined ? [] : [`p.planning_area = ${bind(area)}`]),
    ...(missing === undefined ? [] : [`p.missing @> array[${bind(missing)}]::text[]`]),
    ...(assignee === undefined
      ? []
      : [
          assignee === 'none' ? 'p.assignee is null' : `p.assignee = ${bind(assignee === 'me' ? actor.sub : assignee)}`,
        ]),
    ...(clock === undefined ? [] : [`${atClock} = ${bind(clock)}`]),
    ...(late === undefined ? [] : [`${due} ${late ? '<=' : '>'} ${bind(now)}`]),
    ...(dueBefore === undefined ? [] : [`${due} < ${bind(dueBefore)}::timestamptz`]),
    ...(q === undefined ? [] : [`t.words @@ ${words(`${bind(q)}::text`)}`]),
  ];
}

/** The rows of a list, as one or two disjoint sets: each from here to its conditions. `more`: conditions of a page. */
export function armsOf(
  filters: Filters,
  actor: Actor,
  now: Date,
  bound: Bound,
  more: readonly string[] = [],
): string[] {
  const shared = [...narrowed(filters, actor, now, bound), ...more];
  // A patient is looked at before the page is known only where the name decides.
  const from = `from pathway p ${filters.q === undefined ? '' : 'join patient t on t.id = p.patient_id'}`;
  return places(filters, bound).map((place) => `${from} where ${[...place, ...shared].join(' and ')}`);
}
