/**
 * The log of transitions as the formats ask for it: by its place in the tree, or by pathway as things happened. Read up to a size of the tree, of which everything is known for
 * ever, so that the same call gives the same entries whatever has been recorded since; only what is erased is missing afterwards. In pages: any log takes the same memory.
 */
import { standingsOf, type Correction, type Step, type Trace } from '../../../machines/engine/corrections.js';
import { unnamed, type Sql } from '../../database/sql.js';
import { grouped } from '../../grouped.js';
import { readEntry, type Entry, type Written } from '../../pathways/log.js';
import { isTold } from '../../../machines/engine/fold.js';
import { retraceOf, stepsOf } from '../../pathways/past.js';
import type { LeftOut, LoggedEntry, Standing } from './formats/entry.js';
import { ahead, paged, pageSize } from '../verify/source.js';

/** Entries with an index below `upTo` that were recorded at or after `from` and before `to` (RFC 3339 UTC). What became of them is told as it was known at `upTo`. */
export type Span = { upTo: number; from?: string | undefined; to?: string | undefined };
/** `patients`: openings tell whose pathway it is. */
export type Reading = Span & { patients?: boolean | undefined; page?: number };

type Row = Written & { index: number; pathway: string; hash: Buffer; name: string | null; number: string | null };
type Read = { entry: Entry; index: number; hash: string; erased: boolean; patient?: LoggedEntry['patient'] };

const columns =
  'l.idx::float8 as index, t.pathway_id as pathway, t.leaf, t.payload, t.hash, n.name, n.person_number as number';
const within = '($3::timestamptz is null or t.recorded_at >= $3) and ($4::timestamptz is null or t.recorded_at < $4)';
const patient = (asked: string) =>
  `left join pathway w on ${asked} and t.seq = 1 and w.id = t.pathway_id left join patient n on n.id = w.patient_id`;
const placed = `l.kind = 'transition' and l.entry_id = t.pathway_id and l.seq = t.seq`;
// Planned anew each time: whether few places are asked for or many, the right plan differs.
const byIndex = unnamed(/* sql */ `
  select ${columns} from log_leaf l join transition t on t.pathway_id = l.entry_id and t.seq = l.seq ${patient('$5::boolean')}
  where l.kind = 'transition' and l.idx >= $1 and l.idx < $2 and ${within} order by l.idx`);
const ofPathways = unnamed(/* sql */ `
  select ${columns} from transition t join log_leaf l on ${placed} ${patient('$3::boolean')} where t.pathway_id = any($1::uuid[]) and l.idx < $2 order by t.pathway_id, t.seq`);
const corrections = unnamed(/* sql */ `
  select t.pathway_id as pathway, t.leaf, t.payload from transition t join log_leaf l on ${placed}
  where t.event_type = 'log.corrected' and t.payload is not null and t.pathway_id = any($1::uuid[]) and l.idx < $2 order by t.pathway_id, t.seq`);
const recordedWithin = unnamed(/* sql */ `
  select count(*)::int as n from unnest($1::uuid[], $2::integer[]) as x(pathway, seq) join transition t on t.pathway_id = x.pathway and t.seq = x.seq where ${within}`);
const pathways = unnamed('select id from pathway where id > $1 order by id limit $2');
const count = unnamed(`select count(*)::int as n from log_leaf where kind = 'transition' and idx < $1`);

const nobody = '00000000-0000-0000-0000-000000000000';
/** Of a log of some tens of entries a pathway, as many entries as a page of the other order. */
const pathwaysPerPage = 50;

/** How many transitions there are below a size, whenever they were recorded: for a progress bar. */
export const countUpTo = async (sql: Sql, { upTo }: Span): Promise<number> =>
  (await sql.row<{ n: number }>(count, [upTo]))!.n;

/** Each transition once, by its place in the tree. */
export async function* entriesByIndex(
  sql: Sql,
  { upTo, from, to, patients = false, page = pageSize }: Reading,
): AsyncGenerator<LoggedEntry> {
  const read = (at: number) =>
    ahead(sql.rows<Row>(byIndex, [at, Math.min(at + page, upTo), from ?? null, to ?? null, patients]));
  for (let at = 0, next = read(0); at < upTo; at += page) {
    const rows = (await next).map(readRow);
    if (at + page < upTo) next = read(at + page);
    const known = await standingsAt(
      sql,
      rows.map(({ entry }) => entry.pathway),
      upTo,
    );
    for (const row of rows) yield asLogged(row, known.get(row.entry.pathway)?.get(row.entry.seq) ?? 'stands');
  }
}

/**
 * By pathway, and within it as things happened: what a correction brought in, or says otherwise, is an entry of its own with its real type and time, beside the correction and what it
 * took back. Where a pathway lay is told as the corrected log has it. Where corrections are erased, the others are all that is known.
 */
export async function* entriesByPathway(
  sql: Sql,
  { upTo, from, to, patients = false, page = pathwaysPerPage }: Reading,
): AsyncGenerator<LoggedEntry> {
  for await (const ids of pagesOfPathways(sql, page)) {
    const logs = grouped(
      (await sql.rows<Row>(ofPathways, [ids, upTo, patients])).map(readRow),
      ({ entry }) => entry.pathway,
    );
    for (const log of logs.values()) {
      for (const entry of asHappened(log))
        if ((from === undefined || entry.recordedAt >= from) && (to === undefined || entry.recordedAt < to))
          yield entry;
    }
  }
}

/** How many entries of each kind a file of what happened leaves out, without reading more than the corrections. */
export async function leftOutUpTo(sql: Sql, { upTo, from, to }: Span): Promise<LeftOut> {
  const counts: LeftOut = { voided: 0, amended: 0, lapsed: 0 };
  for await (const ids of pagesOfPathways(sql, pageSize)) {
    const found = [...(await standingsAt(sql, ids, upTo))].flatMap(([pathway, standings]) =>
      [...standings].map(([seq, standing]) => ({ pathway, seq, standing })),
    );
    for (const standing of ['voided', 'amended', 'lapsed'] as const) {
      const those = found.filter((one) => one.standing === standing);
      const all = from === undefined && to === undefined;
      counts[standing] +=
        those.length === 0 || all
          ? those.length
          : (await sql.row<{ n: number }>(recordedWithin, [
              those.map(({ pathway }) => pathway),
              those.map(({ seq }) => seq),
              from ?? null,
              to ?? null,
            ]))!.n;
    }
  }
  return counts;
}

async function* pagesOfPathways(sql: Sql, size: number): AsyncGenerator<string[]> {
  for await (const rows of paged<{ id: string }>((after) => sql.rows(pathways, [after?.id ?? nobody, size]), size))
    yield rows.map(({ id }) => id);
}

/** What became of the entries of these pathways that no longer stand, by pathway and seq. */
async function standingsAt(
  sql: Sql,
  ids: readonly string[],
  upTo: number,
): Promise<Map<string, Map<number, Standing>>> {
  const rows =
    ids.length === 0 ? [] : await sql.rows<Written & { pathway: string }>(corrections, [[...new Set(ids)], upTo]);
  return new Map(
    [...grouped(rows, ({ pathway }) => pathway)].map(([pathway, said]) => [pathway, standings(said.map(readEntry))]),
  );
}
const standings = (log: readonly Entry[]): Map<number, Standing> =>
  new Map([...standingsOf(log as never)].map(([seq, { standing }]) => [seq, standing]));

function readRow({ index, leaf, payload, hash, name, number }: Row): Read {
  const erased = payload === null;
  const entry = readEntry({ leaf, payload: payload ?? '{}' });
  const known = name !== null && !erased ? { patient: { name, ...(number === null ? {} : { cpr: number }) } } : {};
  if (!erased) return { entry, index, hash: hash.toString('hex'), erased, ...known };
  const { type } = JSON.parse(leaf) as { type: string };
  return {
    entry: { ...entry, event: { type } as Entry['event'], actor: { ...entry.actor, sub: '' }, findings: [] },
    index,
    hash: hash.toString('hex'),
    erased,
  };
}

function asLogged({ entry, index, hash, erased, patient: known }: Read, standing: Standing): LoggedEntry {
  const { pathway, seq, event, actor, occurredAt, recordedAt, from, to, findings, machineVersion, ruleSet, prev, via } =
    entry;
  return {
    index,
    pathway,
    seq,
    event: event as LoggedEntry['event'],
    actor,
    occurredAt,
    recordedAt,
    from,
    to,
    findings: findings as LoggedEntry['findings'],
    machineVersion,
    ruleSet,
    prev,
    hash,
    standing,
    ...(via ? { via } : {}),
    ...(erased ? { erased } : {}),
    ...(known ? { patient: known } : {}),
  };
}

const isCorrection = ({ entry, erased }: Read): boolean => entry.event.type === 'log.corrected' && !erased;

function asHappened(log: readonly Read[]): LoggedEntry[] {
  if (!log.some(isCorrection)) return log.map((row) => asLogged(row, 'stands'));
  const told = log.filter((row) => !row.erased || row.entry.event.type !== 'log.corrected').map(({ entry }) => entry);
  const [bySeq, known, trail] = [new Map(log.map((row) => [row.entry.seq, row])), standings(told), trailOf(told)];
  const steps = stepsOf(told)
    .filter(({ event }) => !isTold(event))
    .map((step) => happened(step, bySeq, known, trail.get(step.seq)));
  const others = log
    .slice(1)
    .filter((row) => row.entry.event.type === 'log.corrected' || known.has(row.entry.seq))
    .map((row) => asLogged(row, known.get(row.entry.seq) ?? 'stands'));
  const at = ({ occurredAt }: LoggedEntry) => occurredAt;
  // Stable: what happened at one instant stays in the order in which it is taken.
  return [asLogged(log[0]!, 'stands'), ...steps, ...others].sort((a, b) =>
    at(a) < at(b) ? -1 : at(a) > at(b) ? 1 : 0,
  );
}

/** Where the pathway lay before and after each step of the corrected log; nothing of one that this version cannot fold, where what was recorded has to do. */
function trailOf(log: readonly Entry[]): Map<number, Trace> {
  try {
    return new Map(
      retraceOf(log)
        .trail.filter(({ type }) => type !== 'correction.told')
        .map((trace) => [trace.seq, trace]),
    );
  } catch {
    return new Map();
  }
}

/** A step as it happened: its own entry, or, where a correction says so, one that is said by the correction's. */
function happened(
  { seq, event, saidBy }: Step,
  bySeq: ReadonlyMap<number, Read>,
  known: ReadonlyMap<number, Standing>,
  trace: Trace | undefined,
): LoggedEntry {
  const said = bySeq.get(saidBy)!;
  const place = trace?.from ? { from: placeOf(trace.from), to: placeOf(trace.to) } : {};
  if (!isCorrection(said)) return { ...asLogged(said, 'stands'), ...place };
  const { sent, ...wire } = event;
  return {
    ...asLogged(said, 'inserted'),
    seq,
    event: wire,
    actor: { sub: subOf(seq, saidBy, bySeq, known), ...sent.by },
    occurredAt: sent.at,
    ...place,
  };
}
const placeOf = ({ stage, state, unit }: Trace['to']) => ({ stage, state, unit });

/** Whoever last said what the step was; a correction of its time alone leaves it his. */
function subOf(
  seq: number,
  saidBy: number,
  bySeq: ReadonlyMap<number, Read>,
  known: ReadonlyMap<number, Standing>,
): string {
  const saying = ({ entry }: Read): boolean => {
    const { kind, seq: target, event } = entry.event as Correction & { event?: object };
    return (
      entry.seq <= saidBy &&
      !known.has(entry.seq) &&
      (kind === 'insert' ? entry.seq === seq : kind === 'amend' && target === seq && event !== undefined)
    );
  };
  return ([...bySeq.values()].filter(isCorrection).findLast(saying) ?? bySeq.get(seq)!).entry.actor.sub;
}
