/** How many wait where: as it was at an instant, as known at another . Open to managers, who see no patients. */
import { Injectable } from '@nestjs/common';
import { z } from 'zod';
import { stageNames, stages, type StageName } from '../../machines/stages.js';
import { Clock } from '../clock.js';
import { Sql, statement, unnamed } from '../database/sql.js';
import { instant, unitCode } from '../../machines/fields.js';
import { grouped } from '../grouped.js';
import { invalid } from '../problem.js';

export const stageCountsQuery = z.strictObject({ asOf: instant().optional(), knownAt: instant().optional(), by: z.enum(['unit', 'planningArea']).optional(), unit: unitCode().optional() });

const count = { count: z.int(), overdue: z.int() };
export const stageCountsView = z.object({
  asOf: z.string(), knownAt: z.string(),
  stages: z.array(z.object({ stage: z.enum(stageNames), label: z.object({ da: z.string(), en: z.string() }), ...count, by: z.array(z.object({ key: z.string().nullable(), ...count })).optional() })),
  total: z.int(),
}).meta({ id: 'StageCounts' });

/**
 * As of $1, as known at $2; what was recorded before $3 is folded. Folded months before the month of $1, folded days before its day, then single rows: those
 * of the day itself and those not folded yet; and, when $2 lies in the past, less what was recorded after it. Each part reads one index, however many
 * pathways there are: that is why $3 is a value that the planner sees, and the row says whether it still holds.
 */
export const stageCounts = unnamed(/* sql */ `
  with at as (
    select date_trunc('day', $1::timestamptz, 'UTC') as day, (date_trunc('day', $1::timestamptz, 'UTC') at time zone 'UTC')::date as on_day,
      (date_trunc('month', $1::timestamptz, 'UTC') at time zone 'UTC')::date as on_month
  ), part as (
    select stage, unit, planning_area, present, overdue from movement_fold
      where grain = 'month' and period < (select on_month from at)
    union all
    select stage, unit, planning_area, present, overdue from movement_fold
      where grain = 'day' and period >= (select on_month from at) and period < (select on_day from at)
    union all
    select stage, coalesce(unit, ''), planning_area, present, overdue from movement
      where occurred_at >= date_trunc('day', $1::timestamptz, 'UTC') and occurred_at <= $1 and recorded_at < $3
    union all
    select stage, coalesce(unit, ''), planning_area, present, overdue from movement
      where recorded_at >= $3 and occurred_at <= $1
    union all
    select stage, coalesce(unit, ''), planning_area, -present, -overdue from movement
      where recorded_at > $2 and occurred_at <= $1
  )
  select stage, unit, planning_area, sum(present)::int as present, sum(overdue)::int as overdue, (select through = $3 from movement_folded) as holds from part group by 1, 2, 3`);
export const foldedThrough = statement('folded_through', 'select through::text from movement_folded');
type Row = { stage: StageName; unit: string; planning_area: string; present: number; overdue: number; holds: boolean };

const sum = (rows: readonly Row[]) => rows.reduce((total, { present, overdue }) => ({ count: total.count + present, overdue: total.overdue + overdue }), { count: 0, overdue: 0 });
function broken(rows: readonly Row[], by: 'unit' | 'planningArea') {
  const groups = grouped(rows, (row) => (by === 'unit' ? row.unit : row.planning_area));
  return [...groups].map(([key, same]) => ({ key: key === '' ? null : key, ...sum(same) })).filter(({ count: present, overdue }) => present !== 0 || overdue !== 0).sort((a, b) => b.count - a.count || String(a.key).localeCompare(String(b.key)));
}

@Injectable()
export class StageCounts {
  constructor(private readonly sql: Sql, private readonly clock: Clock) {}

  async count({ asOf, knownAt, by, unit }: z.infer<typeof stageCountsQuery>): Promise<z.infer<typeof stageCountsView>> {
    const now = this.clock.now().toISOString();
    for (const [field, value] of [['asOf', asOf], ['knownAt', knownAt]] as const) {
      if (value !== undefined && value > now) throw invalid([{ pointer: `/${field}`, message: 'lies in the future: what will be is not counted' }]);
    }
    const [date, known] = [asOf ?? knownAt ?? now, knownAt ?? now];
    const rows = (await this.rows(date, known)).filter((row) => unit === undefined || row.unit === unit);
    const of = (stage: StageName) => rows.filter((row) => row.stage === stage);
    const counted = stageNames.map((stage) => ({ stage, label: stages[stage], ...sum(of(stage)), ...(by ? { by: broken(of(stage), by) } : {}) }));
    return { asOf: date, knownAt: known, stages: counted, total: counted.reduce((total, { count: present }) => total + present, 0) };
  }

  /** Once more when the ledger was folded between the two reads. */
  private async rows(date: string, known: string): Promise<Row[]> {
    for (;;) {
      const { through } = (await this.sql.row<{ through: string }>(foldedThrough, []))!;
      const rows = await this.sql.rows<Row>(stageCounts, [date, known, through]);
      if (rows.every(({ holds }) => holds)) return rows;
    }
  }
}
