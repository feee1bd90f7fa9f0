/** Stage counts at a million transitions, made by generated rows: now, as of any instant, as known at any. Milliseconds. */
import pg from 'pg';
import type { Sql, Statement } from '../src/database/sql.js';
import { statement, unnamed } from '../src/database/sql.js';
import { foldedThrough, stageCounts } from '../src/overview/stage-counts.js';
import { foldAll } from '../src/overview/fold.js';

export type Counts = {
  transitions: number;
  movements: number;
  now: number;
  asOf: number;
  asOfWorst: number;
  knownAt: number;
  unfolded: number;
};
type Plan = { 'Execution Time': number };

const days = 730;
/** Ten transitions a pathway over two years; every stage change moves one, and every transition sets a deadline anew. */
const generate = statement(
  'bench_generate',
  /* sql */ `
  with step as (
    select ('00000000-0000-7000-8000-' || lpad(to_hex(p), 12, '0'))::uuid as id, s as seq,
      now() - interval '1 day' * (${days} * ((p * 7919) % 100003) / 100003.0) + interval '5 days' * s as at,
      (array['generalPractice', 'referral', 'referral', 'visitation', 'painClinic', 'painClinic', 'painClinic', 'controlPhase', 'controlPhase', 'dischargedToGp'])[s] as stage,
      (array['GP_BYEN', 'GP_BYEN', 'CVI_BYEN', 'TSC_RH', 'SK_HVH', 'SK_HVH', 'SK_HVH', 'SK_HVH', 'SK_HVH', 'GP_BYEN'])[s] as unit,
      (array['byen', 'syd', 'nord', 'midt'])[1 + p % 4] as area
    from generate_series($1::int, $2::int) as p cross join generate_series(1, 10) as s
  ), was as (
    select *, lag(stage) over w as was_stage, lag(unit) over w as was_unit, lag(at) over w as was_at from step window w as (partition by id order by seq)
  ), row as (
    select id, seq, at, stage, unit, area, 1 as present, 0 as overdue from was where (stage, unit) is distinct from (was_stage, was_unit)
    union all select id, seq, at, was_stage, was_unit, area, -1, 0 from was where was_stage is not null and (stage, unit) is distinct from (was_stage, was_unit)
    union all select id, seq, at + interval '4 days', stage, unit, area, 0, 1 from was
    union all select id, seq, greatest(at, was_at + interval '4 days'), was_stage, was_unit, area, 0, -1 from was where was_stage is not null
  )
  insert into movement (pathway_id, seq, occurred_at, recorded_at, stage, unit, planning_area, present, overdue)
  select id, seq, at, least(at, now()), stage, unit, area, present, overdue from row where seq = 1 or least(at, now()) <= now()`,
);
const explained = unnamed(`explain (analyze, format json) ${stageCounts.text}`);

async function milliseconds(sql: Pick<Sql, 'row'>, asOf: Date, knownAt: Date): Promise<number> {
  const { through } = (await sql.row<{ through: string }>(foldedThrough, []))!;
  const row = await sql.row<{ 'QUERY PLAN': Plan[] }>(explained, [asOf, knownAt, through]);
  return row!['QUERY PLAN'][0]!['Execution Time'];
}
const median = (values: number[]) => [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)]!;
const ago = (share: number) => new Date(Date.now() - share * days * 24 * 3600_000);

/** One connection without a limit of time: what makes the rows is not what is measured. */
export async function counts(url: string, transitions: number, seen: (share: number) => void): Promise<Counts> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  const rows = async <R extends pg.QueryResultRow>(of: Statement, values: readonly unknown[]) =>
    (await client.query<R>({ ...of, values: [...values] })).rows;
  const row = async <R extends pg.QueryResultRow>(of: Statement, values: readonly unknown[]) =>
    (await rows<R>(of, values))[0];
  try {
    return await counted({ rows, row }, transitions, seen);
  } finally {
    await client.end();
  }
}

async function counted(
  sql: Pick<Sql, 'row' | 'rows'>,
  transitions: number,
  seen: (share: number) => void,
): Promise<Counts> {
  const pathways = transitions / 10;
  const chunk = 10_000;
  for (let from = 1; from <= pathways; from += chunk) {
    await sql.rows(generate, [from, Math.min(pathways, from + chunk - 1)]);
    seen(Math.min(1, (from + chunk) / pathways));
  }
  await sql.rows(statement('bench_analyze', 'analyze movement'), []);
  const unfolded = median(await sequence(3, () => milliseconds(sql, new Date(), new Date())));
  await foldAll(sql, new Date(Date.now() - 600_000));
  await sql.rows(statement('bench_analyze_fold', 'analyze movement_fold'), []);
  await sql.rows(statement('bench_vacuum', 'vacuum movement'), []);
  const moments = Array.from({ length: 15 }, (_, index) => ago((index + 0.5) / 15));
  const past = await sequence(moments.length, (index) => milliseconds(sql, moments[index]!, new Date()));
  const { n } = (await sql.row<{ n: number }>(
    statement('bench_movements', 'select count(*)::int as n from movement'),
    [],
  ))!;
  return {
    transitions,
    movements: n,
    now: median(await sequence(5, () => milliseconds(sql, new Date(), new Date()))),
    asOf: median(past),
    asOfWorst: Math.max(...past),
    knownAt: median(await sequence(5, (index) => milliseconds(sql, ago(0.1 + index / 10), ago(0.05)))),
    unfolded,
  };
}
async function sequence<T>(times: number, work: (index: number) => Promise<T>): Promise<T[]> {
  const results: T[] = [];
  for (let index = 0; index < times; index++) results.push(await work(index));
  return results;
}
