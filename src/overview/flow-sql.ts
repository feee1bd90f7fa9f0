/**
 * What arrived and what left, read from the ledger. A correction does not take a row away but writes the opposite one later, at the time of the first: so rows
 * are netted by pathway and instant first, over what was known, and only what remains is an arrival or a departure. A stage that was passed in no time,
 * and a move between two units of a stage, are nil for the stage; broken down by unit the second is a departure of one and an arrival of the other.
 *
 * Everything that one answer compares is read by one statement, hence of one snapshot: what is committed meanwhile cannot unbalance it.
 */
import { unnamed, type Statement } from '../database/sql.js';
import { countedAt, lateRow } from './stage-counts.js';

export type By = 'unit' | 'planningArea';
/** A line as it was known (`known` 0 as closed, 1 at knownAt), or, with a `day`, how it changed by what was recorded on that day. */
export type FlowRow = {
  known: 0 | 1;
  level: 'total' | 'stage' | 'key';
  stage: string | null;
  key: string | null;
  opening: number;
  came: number;
  went: number;
  closing: number;
  holds: boolean;
  day: string | null;
  transitions: number | null;
  because: { pathwayId: string; seq: number }[] | null;
};
/** Where the dates lie so far before what was known that `movement_late` may be read. */
export type Apart = { from: boolean; to: boolean };

/** Parameters of both statements: $1 from, $2 to, $3 knownAt, $4 folded through, $5 unit or null; of late changes $6 as well, when the month was closed. */
const [from, to, knownAt, through, closed] = ['$1', '$2', '$3', '$4', '$6'];
const ofUnit = '($5::text is null or unit = $5)';
const keys: Record<By, string> = { unit: "coalesce(unit, '')", planningArea: 'planning_area' };
const keyOf = (by: By | undefined) => (by ? keys[by] : "''");

const levels = (by: By | undefined) =>
  `case when grouping(stage) = 1 then 'total' when ${by ? 'grouping(key)' : '1'} = 1 then 'stage' else 'key' end as level, stage, ${by ? 'key' : 'null::text as key'}`;
/** Each set is a beginning of the next one, so that all levels are netted in one pass over sorted rows. */
const sets = (by: By | undefined, ...within: string[]) =>
  `grouping sets ((${within.join(', ')}), (${[...within, 'stage'].join(', ')})${by ? `, (${[...within, 'stage', 'key'].join(', ')})` : ''})`;
const rowsOf = (by: By | undefined) => /* sql */ `
    select pathway_id, seq, occurred_at, recorded_at, stage, ${keyOf(by)} as key, present from movement
    where occurred_at > ${from} and occurred_at <= ${to} and recorded_at <= ${knownAt} and present <> 0 and ${ofUnit}`;

/** The lines as known at each of `known`, a parameter each, the last of which is the latest. */
function lines(
  by: By | undefined,
  known: readonly (readonly [index: 0 | 1, parameter: string, apart: Apart])[],
): string {
  const standing = known.flatMap(([index, parameter, apart]) =>
    (
      [
        ['opening', from, apart.from],
        ['closing', to, apart.to],
      ] as const
    ).map(
      ([name, date, far]) => /* sql */ `
    select ${index} as known, ${levels(by)}, ${name === 'opening' ? 'sum(present)' : '0'} as opening, 0 as came, 0 as went, ${name === 'closing' ? 'sum(present)' : '0'} as closing
    from (select stage, ${keyOf(by)} as key, present from (${countedAt(date, parameter, through, far)}) as part where ${ofUnit}) as counted group by ${sets(by)}`,
    ),
  );
  return /* sql */ `
  select known, level, stage, key, coalesce(sum(opening), 0)::int as opening, sum(came)::int as came, sum(went)::int as went, coalesce(sum(closing), 0)::int as closing from (
    ${standing.join('\n    union all')}
    union all
    select known, level, stage, key, 0, came, went, 0 from (
      select level, stage, key, ${known.map(([index]) => `sum(greatest(n${index}, 0)) as came${index}, sum(greatest(-n${index}, 0)) as went${index}`).join(', ')} from (
        select ${levels(by)}, ${known.map(([index, parameter]) => `sum(present) filter (where recorded_at <= ${parameter}) as n${index}`).join(', ')}
        from (${rowsOf(by)}) as of_period group by ${sets(by, 'occurred_at', 'pathway_id')}) as net
      group by 1, 2, 3) as moved
    cross join lateral (values ${known.map(([index]) => `(${index}, came${index}, went${index})`).join(', ')}) as as_known (known, came, went)
  ) as part group by 1, 2, 3, 4`;
}

/** Rows without a day, `known` 1. */
export const flowStatement = (by: By | undefined, apart: Apart): Statement =>
  unnamed(/* sql */ `
  select *, (select through = ${through} from movement_folded) as holds, null as day, null as transitions, null as because from (${lines(by, [[1, knownAt, apart]])}) as line`);

/** An auditor looks into some of them; there may be as many as a month has when a register is read in late. */
const mostNamed = 1000;

/**
 * What late rows changed: for those of the time before the month its opening; within it, what they left of the net that was there before them. The rows of
 * late changes are few, and with them only the rows of the same pathways and instants are read.
 */
const changes = (by: By | undefined, named: boolean) => /* sql */ `
  late as materialized (
    select pathway_id, seq, occurred_at, recorded_at, stage, ${keyOf(by)} as key, present from movement
    where recorded_at > ${closed} and recorded_at <= ${knownAt} and occurred_at <= ${to} and ${lateRow} and present <> 0 and ${ofUnit}
  ), step as (
    select recorded_at, pathway_id, seq, occurred_at, ${levels(by)}, sum(present) as n
    from (${rowsOf(by)} and (occurred_at, pathway_id) in (select occurred_at, pathway_id from late where occurred_at > ${from})) as touched
    group by ${sets(by, 'recorded_at', 'pathway_id', 'seq', 'occurred_at')}
  ), run as (
    select *, sum(n) over (partition by level, pathway_id, occurred_at, stage, key order by recorded_at, seq) as after from step where level <> 'total'
  ), changed as (
    select recorded_at, pathway_id, seq, level, stage, key, 0 as opening, greatest(after, 0) - greatest(after - n, 0) as came, greatest(-after, 0) - greatest(n - after, 0) as went
    from run where recorded_at > ${closed}
    union all
    select recorded_at, pathway_id, seq, ${levels(by)}, sum(present), 0, 0 from late where occurred_at <= ${from} group by ${sets(by, 'recorded_at', 'pathway_id', 'seq')}
  ), share as (
    select (recorded_at at time zone 'Europe/Copenhagen')::date::text as day, pathway_id, seq, level, stage, key, sum(opening) as opening, sum(came) as came, sum(went) as went
    from changed where level <> 'total' group by 1, 2, 3, 4, 5, 6 having sum(opening) <> 0 or sum(came) <> 0 or sum(went) <> 0
  ), change as (
    select day, 'stage' as level, stage, null::text as key, coalesce(sum(opening) filter (where level = 'stage'), 0) as opening, coalesce(sum(came) filter (where level = 'stage'), 0) as came,
      coalesce(sum(went) filter (where level = 'stage'), 0) as went, count(distinct (pathway_id, seq))::int as transitions,
      ${named ? `to_jsonb((array_agg(distinct jsonb_build_object('pathwayId', pathway_id, 'seq', seq)))[1:${mostNamed}])` : 'null::jsonb'} as because
    from share group by 1, 3
    union all
    select day, level, stage, key, sum(opening), sum(came), sum(went), null, null from share where level = 'key' group by 1, 2, 3, 4
  )`;

/** Rows without a day: as closed and as known at knownAt; rows with a day: the changes between them. `because` only when `named`. */
export const lateChangesStatement = (
  by: By | undefined,
  named: boolean,
  apart: { closed: Apart; known: Apart },
): Statement =>
  unnamed(/* sql */ `
  with ${changes(by, named)}
  select *, (select through = ${through} from movement_folded) as holds from (
    select line.*, null as day, null::int as transitions, null::jsonb as because from (${lines(by, [
      [0, closed, apart.closed],
      [1, knownAt, apart.known],
    ])}) as line
    union all
    select 1, level, stage, key, opening::int, came::int, went::int, (opening + came - went)::int, day, transitions, because from change
  ) as answer`);
