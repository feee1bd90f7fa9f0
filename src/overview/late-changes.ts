/** What a closed month said, what it says now, and what was recorded in between that made the difference. Managers see numbers; auditors also which transitions. */
import { Injectable } from '@nestjs/common';
import { z } from 'zod';
import { instant } from '../../machines/pathway/fields.js';
import { stageNames, stages, type StageName } from '../../machines/pathway/stages.js';
import { Clock } from '../database/clock.js';
import { Sql } from '../database/sql.js';
import { grouped } from '../grouped.js';
import { invalid } from '../http/problem.js';
import { lateChangesStatement, type FlowRow } from './flow-sql.js';
import { begun, brokenDown, keyedOf, label, lineNames, lineOf, lineView, stageOf, totalOf } from './flow.js';
import { closedAt, closings, month } from './periods.js';
import { farApart, refuseFuture, whileFolded } from './stage-counts.js';

export const lateChangesQuery = z.strictObject({ month: month(), knownAt: instant().optional(), ...brokenDown });

const line = z.object(lineView);
const thenAndNow = { asClosed: line, asKnown: line };
export const lateChangesView = z
  .object({
    month: z.string(),
    from: z.string(),
    to: z.string(),
    closedAt: z.string(),
    knownAt: z.string(),
    closed: z.boolean(),
    stages: z.array(z.object({ stage: z.enum(stageNames), label, ...thenAndNow })),
    total: z.object(thenAndNow).nullable(),
    changes: z.array(
      z.object({
        recordedOn: z.string(),
        stage: z.enum(stageNames),
        label,
        ...lineView,
        transitions: z.int(),
        by: z.array(z.object({ key: z.string().nullable(), ...lineView })).optional(),
        because: z.array(z.object({ pathwayId: z.string(), seq: z.int() })).optional(),
      }),
    ),
  })
  .meta({ id: 'LateChanges' });
type View = z.infer<typeof lateChangesView>;

@Injectable()
export class LateChanges {
  constructor(
    private readonly sql: Sql,
    private readonly clock: Clock,
  ) {}

  /**
   * `changes`: of each Danish day on which something was recorded after the month was closed, and each stage, by how much each number of the month went up or down, and
   * by how many transitions; changes that cancel each other out are there too. They add up: as closed + changes = as known, or a fault is thrown. A month that was not
   * closed on `knownAt` has none. `because` (at most a thousand a change) only when `named`, for an auditor.
   */
  async of(query: z.infer<typeof lateChangesQuery>, named: boolean): Promise<View> {
    const now = this.clock.now().toISOString();
    const { month: of, knownAt, by, unit = null } = query;
    refuseFuture(now, { knownAt });
    const { from, to } = begun(of, now);
    const [known, closed] = [knownAt ?? now, closedAt(of)];
    if (closed === undefined)
      throw invalid([
        {
          pointer: '/month',
          message: `is not closed by any rule: months are closed from ${closings[0]!.validFrom.slice(0, 7)} on`,
        },
      ]);
    const about = { month: of, from, to, closedAt: closed, knownAt: known, closed: closed <= known };
    if (!about.closed) return { ...about, stages: [], total: null, changes: [] };
    const apartAt = (at: string) => ({ from: farApart(from, at), to: farApart(to, at) });
    const statement = lateChangesStatement(by, named, { closed: apartAt(closed), known: apartAt(known) });
    const rows = await whileFolded(this.sql, (through) =>
      this.sql.rows<FlowRow>(statement, [from, to, known, through, unit, closed]),
    );
    return { ...about, ...explained(rows, by !== undefined, named) };
  }
}

function explained(
  rows: readonly FlowRow[],
  broken: boolean,
  named: boolean,
): Pick<View, 'stages' | 'total' | 'changes'> {
  const asKnown = (time: 0 | 1) => rows.filter(({ day, known }) => day === null && known === time);
  const [then, now, changes] = [asKnown(0), asKnown(1), rows.filter(({ day }) => day !== null)];
  assertExplained(then, now, changes);
  return {
    stages: stageNames.map((stage) => ({
      stage,
      label: stages[stage],
      asClosed: stageOf(then, stage),
      asKnown: stageOf(now, stage),
    })),
    total: { asClosed: totalOf(then), asKnown: totalOf(now) },
    changes: [...grouped(changes, ({ day }) => day!)]
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .flatMap(([day, ofDay]) => changesOf(day, ofDay, broken, named)),
  };
}
function changesOf(recordedOn: string, rows: readonly FlowRow[], broken: boolean, named: boolean): View['changes'] {
  return rows
    .filter(({ level }) => level === 'stage')
    .sort((a, b) => placeOf(a) - placeOf(b))
    .map((row) => {
      const stage = row.stage as StageName;
      const about = {
        ...(broken ? { by: keyedOf(rows, stage) } : {}),
        ...(named ? { because: row.because ?? [] } : {}),
      };
      return { recordedOn, stage, label: stages[stage], ...lineOf(row), transitions: row.transitions!, ...about };
    });
}
const placeOf = ({ stage }: FlowRow): number => stageNames.indexOf(stage as StageName);

/** Throws a fault when what a line was and its changes do not make what it is. */
function assertExplained(then: readonly FlowRow[], now: readonly FlowRow[], changes: readonly FlowRow[]): void {
  const signed = [
    ...[...then, ...changes].map((row) => ({ row, sign: -1 })),
    ...now.map((row) => ({ row, sign: 1 })),
  ].filter(({ row }) => row.level !== 'total');
  for (const [name, rows] of grouped(signed, ({ row: { stage, key } }) => JSON.stringify([stage, key]))) {
    const lines = rows.map(({ row, sign }) => ({ line: lineOf(row), sign }));
    const unexplained = lineNames.filter(
      (part) => lines.reduce((sum, { line: of, sign }) => sum + sign * of[part], 0) !== 0,
    );
    if (unexplained.length > 0) throw new Error(`the late changes of ${name} do not add up: ${unexplained.join(', ')}`);
  }
}
