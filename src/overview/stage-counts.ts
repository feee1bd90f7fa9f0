/** How many wait where: as it was at an instant, as known at another. Open to managers, who see no patients. */
import { Injectable } from '@nestjs/common';
import { z } from 'zod';
import { stageNames, stages, type StageName } from '../../machines/pathway/stages.js';
import { Clock } from '../database/clock.js';
import { Sql, statement, unnamed } from '../database/sql.js';
import { instant, unitCode } from '../../machines/pathway/fields.js';
import { grouped } from '../grouped.js';
import { invalid } from '../http/problem.js';

export const stageCountsQuery = z.strictObject({
  asOf: instant().optional(),
  knownAt: instant().optional(),
  by: z.enum(['unit', 'planningArea']).optional(),
  unit: unitCode().optional(),
});

const count = { count: z.int(), overdue: z.int() };
export const stageCountsView = z
  .object({
    asOf: z.string(),
    knownAt: z.string(),
    stages: z.array(
      z.object({
        stage: z.enum(stageNames),
        label: z.object({ da: z.string(), en: z.string() }),
        ...count,
        by: z.array(z.object({ key: z.string().nullable(), ...count })).optional(),
      }),
    ),
    total: z.int(),
  })
  .meta({ id: 'StageCounts' });

/** What was recorded after `known` and happened until `date` meets this anyway when the two lie three days apart; said aloud, it lets `movement_late` be read, which holds little else. */
export const lateRow = "recorded_at - occurred_at > interval '3 days'";
export const farApart = (date: string, known: string): boolean =>
  Date.parse(known) - Date.parse(date) >= 3 * 24 * 3600_000;

/**
 * The rows whose sums are the counts as of `date`, as known at `known`; what was recorded before `through` is folded. All three are parameters of the statement.
 * Folded months before the month of `date`, folded days before its day, then single rows: those of the day itself and those not folded yet; and, when
 * `known` lies in the past, less what was recorded after it. Each part reads one index, however many pathways there are: that is why `through` is a value
 * that the planner sees, and the statement has to say whether it still holds.
 */
export function countedAt(date: string, known: string, through: string, apart = false): string {
  const day = `date_trunc('day', ${date}::timestamptz, 'UTC')`;
  const [onDay, onMonth] = [
    `(${day} at time zone 'UTC')::date`,
    `(date_trunc('month', ${date}::timestamptz, 'UTC') at time zone 'UTC')::date`,
  ];
  return /* sql */ `
    select stage, unit, planning_area, present, overdue from movement_fold
      where grain = 'month' and period < ${onMonth}
    union all
    select stage, unit, planning_area, present, overdue from movement_fold
      where grain = 'day' and period >= ${onMonth} and period < ${onDay}
    union all
    select stage, coalesce(unit, ''), planning_area, present, overdue from movement
      where occurred_at >= ${day} and occurred_at <= ${date} and recorded_at < ${through}
    union all
    select stage, coalesce(unit, ''), planning_area, present, overdue from movement
      where recorded_at >= ${through} and occurred_at <= ${date}
    union all
    select stage, coalesce(unit, ''), planning_area, -present, -overdue from movement
      where recorded_at > ${known} and occurred_at <= ${date}${apart ? ` and ${lateRow}` : ''}`;
}
const counting = (apart: boolean) =>
  unnamed(/* sql */ `
  select stage, unit, planning_area, sum(present)::int as present, sum(overdue)::int as overdue, (select through = $3 from movement_folded) as holds
  from (${countedAt('$1', '$2', '$3', apart)}) as part group by 1, 2, 3`);
export const stageCounts = counting(false);
const stageCountsApart = counting(true);
export const foldedThrough = statement('folded_through', 'select through::text from movement_folded');
type Row = { stage: StageName; unit: string; planning_area: string; present: number; overdue: number; holds: boolean };

const sum = (rows: readonly Row[]) =>
  rows.reduce((total, { present, overdue }) => ({ count: total.count + present, overdue: total.overdue + overdue }), {
    count: 0,
    overdue: 0,
  });
function broken(rows: readonly Row[], by: 'unit' | 'planningArea') {
  const groups = grouped(rows, (row) => (by === 'unit' ? row.unit : row.planning_area));
  return [...groups]
    .map(([key, same]) => ({ key: key === '' ? null : key, ...sum(same) }))
    .filter(({ count: present, overdue }) => present !== 0 || overdue !== 0)
    .sort((a, b) => b.count - a.count || String(a.key).localeCompare(String(b.key)));
}

/** Throws invalid, naming the first field that lies after `now`. */
export function refuseFuture(now: string, instants: Record<string, string | undefined>): void {
  const [field] = Object.entries(instants).find(([, value]) => value !== undefined && value > now) ?? [];
  if (field !== undefined)
    throw invalid([{ pointer: `/${field}`, message: 'lies in the future: what will be is not counted' }]);
}

/** Reads with what `through` is now; once more when the ledger was folded between the two reads. */
export async function whileFolded<R extends { holds: boolean }>(
  sql: Sql,
  read: (through: string) => Promise<R[]>,
): Promise<R[]> {
  for (;;) {
    const { through } = (await sql.row<{ through: string }>(foldedThrough, []))!;
    const rows = await read(through);
    if (rows.every(({ holds }) => holds)) return rows;
  }
}

@Injectable()
export class StageCounts {
  constructor(
    private readonly sql: Sql,
    private readonly clock: Clock,
  ) {}

  async count({ asOf, knownAt, by, unit }: z.infer<typeof stageCountsQuery>): Promise<z.infer<typeof stageCountsView>> {
    const now = this.clock.now().toISOString();
    refuseFuture(now, { asOf, knownAt });
    const [date, known] = [asOf ?? knownAt ?? now, knownAt ?? now];
    const read = (through: string) =>
      this.sql.rows<Row>(farApart(date, known) ? stageCountsApart : stageCounts, [date, known, through]);
    const rows = (await whileFolded(this.sql, read)).filter((row) => unit === undefined || row.unit === unit);
    const of = (stage: StageName) => rows.filter((row) => row.stage === stage);
    const counted = stageNames.map((stage) => ({
      stage,
      label: stages[stage],
      ...sum(of(stage)),
      ...(by ? { by: broken(of(stage), by) } : {}),
    }));
    return {
      asOf: date,
      knownAt: known,
      stages: counted,
      total: counted.reduce((total, { count: present }) => total + present, 0),
    };
  }
}
