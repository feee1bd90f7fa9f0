/**
 * Is what is stored what the log says? For every pathway: no gap, version = count; the fold of the corrected log is the stored snapshot, and the ledger of movements, which the
 * counts are summed from, says of every instant what the log says. Whether the log itself is genuine is audit/verify.ts's question.
 */
import { firstDue, sweepAt } from '../../machines/pathway/clocks.js';
import { desksOf, taskWordsOf } from '../../machines/pathway/tasks.js';
import type { Versions } from '../../machines/engine/versions.js';
import { Sql, statement } from '../database/sql.js';
import { canonical, readEntry, type Written } from './log.js';
import { grouped } from '../grouped.js';
import { movementsOf, retraceOf, stageSince, type Movement } from './past.js';

/** Without a pathway: of what is summed over all. */
export type Fault = { pathway?: string; seq?: number; what: string };
export type Checked = { pathways: number; transitions: number; faults: Fault[] };

type Row = {
  id: string;
  version: number;
  stage: string;
  unit: string | null;
  planning_area: string;
  due_at: Date | null;
  due_clock: string | null;
  sweep_at: Date | null;
  desks: string[];
  tasks: string[];
  under_way: string[];
  stage_since: Date;
  last_at: Date;
  snapshot: string;
  machine_version: number;
};
type LogRow = Written & { pathway_id: string; seq: number };
type LedgerRow = {
  pathway_id: string;
  at: Date;
  stage: string;
  unit: string | null;
  area: string;
  present: number;
  overdue: number;
};

const count = statement('check_count', 'select count(*)::int as n from pathway');
const page = statement(
  'check_page',
  /* sql */ `
  select id, version, stage, unit, planning_area, due_at, due_clock, sweep_at, desks, tasks, stage_since, last_at, snapshot, machine_version,
    array(select m.seq || '.' || m.number from message m where m.pathway_id = pathway.id and m.state <> 'settled') as under_way
  from pathway where id > $1 order by id limit 100`,
);
const logs = statement(
  'check_logs',
  'select pathway_id, seq, leaf, payload from transition where pathway_id = any($1::uuid[]) order by pathway_id, seq',
);
const ledger = statement(
  'check_ledger',
  /* sql */ `
  select pathway_id, occurred_at as at, stage, unit, planning_area as area, sum(present)::int as present, sum(overdue)::int as overdue from movement where pathway_id = any($1::uuid[])
  group by 1, 2, 3, 4, 5 having sum(present) <> 0 or sum(overdue) <> 0`,
);
/** The sums of the ledger by day and month, against the ledger. */
const misfolded = statement(
  'check_misfolded',
  /* sql */ `
  select grain, period::text, stage, unit, planning_area as area from (
    select grain, period, stage, unit, planning_area, present, overdue from movement_fold
    union all
    select g.grain, date_trunc(g.grain, occurred_at at time zone 'UTC')::date, stage, coalesce(unit, ''), planning_area, -present, -overdue
    from movement cross join (values ('day'), ('month')) as g(grain) where recorded_at < (select through from movement_folded)
  ) as d group by 1, 2, 3, 4, 5 having sum(present) <> 0 or sum(overdue) <> 0 order by 1, 2 limit 100`,
);
const orphans = statement(
  'check_orphans',
  'select distinct pathway_id from transition t where not exists (select from pathway p where p.id = t.pathway_id) limit 100',
);

function gapFaults({ id, version }: Row, log: readonly LogRow[]): Fault[] {
  const gap = log.find(({ seq }, index) => seq !== index + 1);
  if (gap) return [{ pathway: id, seq: gap.seq, what: 'there is a gap before it' }];
  return version === log.length ? [] : [{ pathway: id, what: `version ${version}, but ${log.length} transitions` }];
}

const sorted = (texts: readonly string[]): string => [...texts].sort().join(' ');
/** Keys in the log are sorted and in a client's event are not: both forms say the same. */
const sameForm = (text: string): string | undefined => {
  try {
    return canonical(JSON.parse(text));
  } catch {
    return undefined;
  }
};

function replayFaults(
  row: Row,
  log: readonly LogRow[],
  moved: readonly LedgerRow[],
  versions: Versions | undefined,
): Fault[] {
  if (log.some(({ payload }) => payload === null)) return [];
  try {
    const { trail, obstacle, lapsed } = retraceOf(log.map(readEntry), versions);
    if (obstacle || lapsed.length > 0)
      throw new Error(`the step at seq ${obstacle?.seq ?? lapsed[0]} is not taken in the state that the log leads to`);
    const { stored, chart, to: where } = trail.at(-1)!;
    const faults =
      canonical(stored) === sameForm(row.snapshot) ? [] : ['the replay of its log is not the stored snapshot'];
    if (where.stage !== row.stage || where.unit !== row.unit || stored.context.planningArea !== row.planning_area)
      faults.push('stage, unit or planning area beside the snapshot differ from the replay');
    const { clocks, undelivered } = stored.context;
    const [due, sweep] = [row.due_at, row.sweep_at].map((at) => at?.toISOString() ?? null);
    if (
      (firstDue(clocks)?.dueAt ?? null) !== due ||
      (firstDue(clocks)?.clock ?? null) !== row.due_clock ||
      sweepAt(clocks) !== sweep
    )
      faults.push('the deadline beside the snapshot differs from the replay');
    if (sorted(desksOf(stored.context, where)) !== sorted(row.desks))
      faults.push('the desks beside the snapshot differ from the replay');
    if (sorted(taskWordsOf(stored.context, where)) !== sorted(row.tasks))
      faults.push('the tasks beside the snapshot differ from the replay');
    if (sorted(Object.keys(undelivered)) !== sorted(row.under_way))
      faults.push('the messages that are under way are not those that the replay owes');
    if (stageSince(trail) !== row.stage_since.toISOString() || stored.context.lastAt !== row.last_at.toISOString())
      faults.push('the times beside the snapshot differ from the replay');
    if (row.machine_version !== chart.version)
      faults.push(`it is stored as of machine version ${row.machine_version}, and its log leads to ${chart.version}`);
    return [...faults, ...ledgerFaults(movementsOf(trail), moved)].map((what) => ({ pathway: row.id, what }));
  } catch (error) {
    return [
      { pathway: row.id, what: `the log does not replay: ${error instanceof Error ? error.message : 'unreadable'}` },
    ];
  }
}

/** Both summed by instant and place: a correction is written as the difference that it makes. */
function ledgerFaults(implied: readonly Movement[], kept: readonly LedgerRow[]): string[] {
  const sums = new Map<string, [present: number, overdue: number]>();
  const add = (at: string, { stage, unit, area, present, overdue }: Omit<Movement, 'at'>, sign: number) => {
    const place = `${stage}, ${unit ?? 'no unit'}, ${area} at ${at}`;
    const [before, late] = sums.get(place) ?? [0, 0];
    sums.set(place, [before + sign * present, late + sign * overdue]);
  };
  for (const { at, ...movement } of implied) add(at, movement, 1);
  for (const { at, ...row } of kept) add(at.toISOString(), row, -1);
  return [...sums]
    .filter(([, [present, overdue]]) => present !== 0 || overdue !== 0)
    .map(([place]) => `the counts differ from the replay for ${place}`);
}

/** `seen` is called after each pathway, for a progress bar. */
export async function checkAll(
  sql: Sql,
  seen: (done: number, of: number) => void = () => undefined,
  versions?: Versions,
): Promise<Checked> {
  const total = (await sql.row<{ n: number }>(count, []))!.n;
  const result: Checked = { pathways: 0, transitions: 0, faults: [] };
  for (let after = '00000000-0000-0000-0000-000000000000'; ;) {
    const rows = await sql.rows<Row>(page, [after]);
    if (rows.length === 0) break;
    const ids = rows.map(({ id }) => id);
    const entries = grouped(await sql.rows<LogRow>(logs, [ids]), ({ pathway_id }) => pathway_id);
    const moved = grouped(await sql.rows<LedgerRow>(ledger, [ids]), ({ pathway_id }) => pathway_id);
    for (const row of rows) {
      const log = entries.get(row.id) ?? [];
      result.faults.push(...gapFaults(row, log), ...replayFaults(row, log, moved.get(row.id) ?? [], versions));
      result.pathways += 1;
      result.transitions += log.length;
      seen(result.pathways, total);
    }
    after = rows.at(-1)!.id;
  }
  for (const { pathway_id } of await sql.rows<{ pathway_id: string }>(orphans, []))
    result.faults.push({ pathway: pathway_id, what: 'it has transitions and is not there' });
  for (const { grain, period, stage, unit, area } of await sql.rows<{
    grain: string;
    period: string;
    stage: string;
    unit: string;
    area: string;
  }>(misfolded, [])) {
    result.faults.push({
      what: `the folded counts of the ${grain} ${period} differ from the ledger for ${stage}, ${unit || 'no unit'}, ${area}`,
    });
  }
  return result;
}
