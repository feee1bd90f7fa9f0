/** What came to each stage in a period and what left it, beside how many were there before and after. Open to managers, who see no patients. */
import { Injectable } from '@nestjs/common';
import { z } from 'zod';
import { instant, unitCode } from '../../machines/pathway/fields.js';
import { stageNames, stages } from '../../machines/pathway/stages.js';
import { Clock } from '../database/clock.js';
import { Sql } from '../database/sql.js';
import { invalid } from '../http/problem.js';
import { flowStatement, type FlowRow } from './flow-sql.js';
import { month, periodOf } from './periods.js';
import { farApart, refuseFuture, whileFolded } from './stage-counts.js';

export const brokenDown = { by: z.enum(['unit', 'planningArea']).optional(), unit: unitCode().optional() };
export const flowQuery = z.strictObject({
  from: instant().optional(),
  to: instant().optional(),
  month: month().optional(),
  knownAt: instant().optional(),
  ...brokenDown,
});

export const lineView = { opening: z.int(), in: z.int(), out: z.int(), closing: z.int() };
export type Line = { opening: number; in: number; out: number; closing: number };
export const label = z.object({ da: z.string(), en: z.string() });
export const flowView = z
  .object({
    from: z.string(),
    to: z.string(),
    knownAt: z.string(),
    stages: z.array(
      z.object({
        stage: z.enum(stageNames),
        label,
        ...lineView,
        by: z.array(z.object({ key: z.string().nullable(), ...lineView })).optional(),
      }),
    ),
    total: z.object(lineView),
  })
  .meta({ id: 'Flow' });

/** Throws a fault when opening + in − out is not closing: such a line is never answered. */
export function lineOf({ level, stage, opening, came, went, closing }: FlowRow): Line {
  if (opening + came - went !== closing)
    throw new Error(`the flow of ${stage ?? level} does not balance: ${opening} + ${came} - ${went} is not ${closing}`);
  return { opening, in: came, out: went, closing };
}
const nil: Line = { opening: 0, in: 0, out: 0, closing: 0 };
export const lineNames = ['opening', 'in', 'out', 'closing'] as const satisfies readonly (keyof Line)[];
export const isNil = (line: Line): boolean => lineNames.every((name) => line[name] === 0);
/** The lines among rows of one time of knowing; nil where there is no row. */
export const totalOf = (rows: readonly FlowRow[]): Line =>
  rows.filter(({ level }) => level === 'total').map(lineOf)[0] ?? nil;
export const stageOf = (rows: readonly FlowRow[], stage: string): Line =>
  rows.filter((row) => row.level === 'stage' && row.stage === stage).map(lineOf)[0] ?? nil;
/** Those that are not nil, the longest first; key null: at no unit. */
export const keyedOf = (rows: readonly FlowRow[], stage: string): ({ key: string | null } & Line)[] =>
  rows
    .filter((row) => row.level === 'key' && row.stage === stage)
    .map((row) => ({ key: row.key === '' ? null : row.key, ...lineOf(row) }))
    .filter((line) => !isNil(line))
    .sort((a, b) => b.closing - a.closing || String(a.key).localeCompare(String(b.key)));

/** A month that has not ended is answered until now. Throws invalid, naming the field. */
function asked({ from, to, month: of, knownAt }: z.infer<typeof flowQuery>, now: string): { from: string; to: string } {
  const wrong = (field: string, message: string) => invalid([{ pointer: `/${field}`, message }]);
  refuseFuture(now, { from, to, knownAt });
  if (of !== undefined) {
    if (from !== undefined || to !== undefined)
      throw wrong('month', 'is a period already: leave from and to out, or month');
    return begun(of, now);
  }
  if (from === undefined) throw wrong('from', 'is missing: give from and to, or a month');
  const until = to ?? knownAt ?? now;
  if (until <= from) throw wrong(to === undefined ? 'from' : 'to', 'the period is empty: let to lie after from');
  if (Date.parse(until) - Date.parse(from) > 366 * 24 * 3600_000)
    throw wrong('from', 'lies more than a year before to: ask for a year at a time');
  return { from, to: until };
}
/** The period of a month, until now when it has not ended. Throws invalid for a month in the future. */
export function begun(of: string, now: string): { from: string; to: string } {
  const { from, to } = periodOf(of);
  if (from >= now)
    throw invalid([{ pointer: '/month', message: 'lies in the future: ask for a month that has begun' }]);
  return { from, to: to < now ? to : now };
}

@Injectable()
export class Flow {
  constructor(
    private readonly sql: Sql,
    private readonly clock: Clock,
  ) {}

  /**
   * What happened after `from` and until `to` (from excluded, to included), as a count as of an instant includes what happened at it: so `opening` is the count of
   * GET /v1/overview/stages as of `from` and `closing` that as of `to`, all as known on `knownAt`. Of all stages together a new pathway is an arrival, and nothing leaves:
   * closed is a stage. With `unit` everything is that unit's: what it got from another and gave to another. A line that does not balance is a fault, and no answer.
   */
  async of(query: z.infer<typeof flowQuery>): Promise<z.infer<typeof flowView>> {
    const now = this.clock.now().toISOString();
    const { from, to } = asked(query, now);
    const { by, unit = null, knownAt = now } = query;
    const statement = flowStatement(by, { from: farApart(from, knownAt), to: farApart(to, knownAt) });
    const rows = await whileFolded(this.sql, (through) =>
      this.sql.rows<FlowRow>(statement, [from, to, knownAt, through, unit]),
    );
    return {
      from,
      to,
      knownAt,
      total: totalOf(rows),
      stages: stageNames.map((stage) => ({
        stage,
        label: stages[stage],
        ...stageOf(rows, stage),
        ...(by ? { by: keyedOf(rows, stage) } : {}),
      })),
    };
  }
}
