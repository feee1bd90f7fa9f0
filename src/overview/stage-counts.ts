/** How many wait where: as it was at an instant, as known at another (migrations: stage_counts). Open to managers, who see no patients. */
import { Injectable } from '@nestjs/common';
import { z } from 'zod';
import { stageNames, stages, type StageName } from '../../machines/stages.js';
import { Clock } from '../clock.js';
import { Sql, statement } from '../database/sql.js';
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

export const stageCounts = statement('stage_counts', 'select stage, unit, planning_area, present::int, overdue::int from stage_counts($1, $2)');
type Row = { stage: StageName; unit: string; planning_area: string; present: number; overdue: number };

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
    const rows = (await this.sql.rows<Row>(stageCounts, [date, known])).filter((row) => unit === undefined || row.unit === unit);
    const of = (stage: StageName) => rows.filter((row) => row.stage === stage);
    const counted = stageNames.map((stage) => ({ stage, label: stages[stage], ...sum(of(stage)), ...(by ? { by: broken(of(stage), by) } : {}) }));
    return { asOf: date, knownAt: known, stages: counted, total: counted.reduce((total, { count: present }) => total + present, 0) };
  }
}
