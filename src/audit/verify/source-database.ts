/** The log as the database has it, read as the role that serves. Every statement is whole in itself: an entry that is sequenced between two of them is missed by neither. */
import type { Sql, Statement } from '../../database/sql.js';
import { statement } from '../../database/sql.js';
import type { Kept } from '../tree/keep.js';
import {
  ahead,
  paged,
  pageSize,
  type Columns,
  type Head,
  type Log,
  type Page,
  type Place,
  type TreeRow,
} from './source.js';
import { hashesOf } from '../tree/store.js';
import type { Hashes, TreeNode } from '../tree/tree.js';

/** A transition with its place in the tree, null while it has none, and the pathway's own word for how its chain ends, null where the pathway is not there. */
export type Link = {
  pathway: string;
  seq: number;
  hash: Buffer;
  leaf: string;
  index: number | null;
  version: number | null;
  head: Buffer | null;
};
/** An entry that waits for its place. `index` is the one that it has nevertheless, `seconds` how long it has been waiting. */
export type Waiting = { row: TreeRow; index: number | null; seconds: number };
/** What says of itself that it lies beyond the size of the log. */
export type Beyond = {
  leaves: { count: number; first: number; last: number };
  nodes: Omit<TreeNode, 'hash'>[];
  checkpoints: number[];
};
export type DatabaseLog = Log & {
  what: 'database';
  hashes: Hashes;
  /** The stored nodes that become whole in a tree that grows from `from` to `to`. */
  nodes(from: number, to: number): Promise<TreeNode[]>;
  pending(): AsyncIterable<Waiting[]>;
  /** By pathway and seq. */
  links(): AsyncIterable<Link[]>;
  /** Of so many refusals and look-ups, those that are not in the tree. */
  unplaced(): AsyncIterable<{ of: number; places: Place[] }>;
  /** Of these, those that are neither in the tree nor waiting for it. */
  lost(places: readonly Place[]): Promise<Place[]>;
  emptyPathways(): AsyncIterable<string[]>;
  beyond(): Promise<Beyond>;
};

const time = (column: string): string => `to_char(${column} at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"')`;
/** The entry of a place `x`, with its patient's key or its own. */
const entry = /* sql */ `
  coalesce(t.leaf, r.leaf, a.leaf) as leaf, coalesce(t.hash, r.hash, a.hash) as entry_hash, coalesce(t.payload, r.payload, a.payload) as payload, coalesce(k.key, a.salt) as key,
  coalesce(t.event_type, r.event_type) as type, ${time('t.occurred_at')} as occurred_at, ${time('coalesce(t.recorded_at, r.recorded_at, a.recorded_at)')} as recorded_at,
  r.version, coalesce(t.pathway_id, r.pathway_id) as pathway, a.pathways::text[] as pathways`;
const ofPlace = /* sql */ `
  left join transition t on x.kind = 'transition' and t.pathway_id = x.entry_id and t.seq = x.seq
  left join refusal r on x.kind = 'refusal' and r.id = x.entry_id left join access a on x.kind = 'access' and a.id = x.entry_id
  left join pathway p on p.id = coalesce(t.pathway_id, r.pathway_id) left join patient_key k on k.patient_id = p.patient_id`;
type EntryRow = {
  kind: string;
  id: string;
  seq: number;
  hash: Buffer;
  leaf: string | null;
  entry_hash: Buffer;
  payload: string | null;
  key: Buffer | null;
  type: string | null;
  occurred_at: string | null;
  recorded_at: string | null;
  version: number | null;
  pathway: string | null;
  pathways: string[] | null;
};

const head = statement(
  'verify_head',
  /* sql */ `
  select (select size::float8 from log_head) as said, (select coalesce(max(idx)::float8 + 1, 0) from log_leaf) as leaves, (select max(id)::text from log_pending) as pending,
    (select pathway_id from transition order by pathway_id desc limit 1) as transition, (select id from refusal order by id desc limit 1) as refusal, (select id from access order by id desc limit 1) as access,
    (select id from pathway order by id desc limit 1) as pathway`,
);
/** The last of each when the log was first looked at: whatever is written meanwhile, reading comes to an end. */
type Last = {
  pending: string | null;
  transition: string | null;
  refusal: string | null;
  access: string | null;
  pathway: string | null;
};
const places = statement(
  'verify_places',
  `select x.idx::float8 as index, x.kind, x.entry_id as id, x.seq, x.hash, ${entry} from log_leaf x ${ofPlace} where x.idx >= $1 and x.idx < $2 order by x.idx`,
);
const nodes = statement(
  'verify_nodes',
  /* sql */ `
  select n.level, n.idx::float8 as idx, n.hash from unnest($1::smallint[], $2::bigint[], $3::bigint[]) as w(level, low, high) join log_node n on n.level = w.level and n.idx >= w.low and n.idx < w.high`,
);
const pending = statement(
  'verify_pending',
  /* sql */ `
  select x.id::text as number, x.kind, x.entry_id as id, x.seq, x.hash, l.idx::float8 as index, extract(epoch from clock_timestamp() - x.since)::float8 as seconds, ${entry}
  from (select * from log_pending where id > $1 and id <= $3 order by id limit $2) x left join log_leaf l on l.kind = x.kind and l.entry_id = x.entry_id and l.seq = x.seq ${ofPlace} order by x.id`,
);
// Each takes its page first and joins it then: else the planner merges the page with the whole of the tree up to there, and a log twice as long takes four times as long.
const links = statement(
  'verify_links',
  /* sql */ `
  select t.pathway_id as pathway, t.seq, t.hash, t.leaf, l.idx::float8 as index, p.version, p.head_hash as head
  from (select pathway_id, seq, hash, leaf from transition where (pathway_id, seq) > ($1, $2) and pathway_id <= $4 order by pathway_id, seq limit $3) t
  left join log_leaf l on l.kind = 'transition' and l.entry_id = t.pathway_id and l.seq = t.seq left join pathway p on p.id = t.pathway_id order by t.pathway_id, t.seq`,
);
const unplaced = (kind: 'refusal' | 'access'): Statement =>
  statement(
    `verify_${kind}`,
    /* sql */ `
  select '${kind}' as kind, e.id, 0 as seq, l.idx is not null as placed
  from (select id from ${kind} where id > $1 and id <= $3 order by id limit $2) e left join log_leaf l on l.kind = '${kind}' and l.entry_id = e.id and l.seq = 0 order by e.id`,
  );
const byId = { refusal: unplaced('refusal'), access: unplaced('access') };
const lost = statement(
  'verify_lost',
  /* sql */ `
  select g.kind, g.id, g.seq from unnest($1::text[], $2::uuid[], $3::integer[]) as g(kind, id, seq)
  where not exists (select from log_leaf l where l.kind = g.kind and l.entry_id = g.id and l.seq = g.seq)
    and not exists (select from log_pending n where n.kind = g.kind and n.entry_id = g.id and n.seq = g.seq)`,
);
const pathways = statement(
  'verify_pathways',
  /* sql */ `
  select p.id, exists (select from transition t where t.pathway_id = p.id) as begun from (select id from pathway where id > $1 and id <= $3 order by id limit $2) p order by p.id`,
);
const checkpoints = statement(
  'verify_checkpoints',
  'select size::float8 as size, note from checkpoint where size > $1 order by size limit $2',
);
const checkpoint = statement('verify_checkpoint', 'select note from checkpoint where size = $1');
const leavesBeyond = statement(
  'verify_leaves_beyond',
  'select count(*)::float8 as count, min(idx)::float8 as first, max(idx)::float8 as last from log_leaf, log_head where idx >= size or idx < 0',
);
const nodesBeyond = statement(
  'verify_nodes_beyond',
  /* sql */ `
  select level, idx::float8 as idx from log_node, log_head where idx < 0 or level not in (8, 16, 24, 32, 40, 48) or (idx::numeric + 1) * power(2::numeric, level) > size order by level, idx limit 1000`,
);
const checkpointsBeyond = statement(
  'verify_checkpoints_beyond',
  'select c.size::float8 as size from checkpoint c, log_head h where c.size > h.size or c.size < 0 order by c.size limit 1000',
);

const nobody = '00000000-0000-0000-0000-000000000000';
const levels = [8, 16, 24, 32, 40, 48];
/** A size that is told may be anything: of what is missing at the end no more than this is looked for. */
const mostMissing = 1_000_000;

/** `head` is asked for first. */
export function databaseLog(sql: Sql, size = pageSize): DatabaseLog {
  let last: Last = { pending: null, transition: null, refusal: null, access: null, pathway: null };
  return {
    what: 'database',
    hashes: hashesOf(sql),
    head: async (): Promise<Head> => {
      const { said, leaves, ...there } = (await sql.row<{ said: number | null; leaves: number } & Last>(head, []))!;
      last = there;
      return {
        from: 0,
        size: said === null || said < 0 || said > leaves + mostMissing ? leaves : said,
        said: said ?? undefined,
        peaks: [],
      };
    },
    async *pages({ from, size: end }): AsyncGenerator<Page> {
      const read = (at: number) =>
        ahead(sql.rows<EntryRow & { index: number }>(places, [at, Math.min(at + size, end)]));
      for (let at = from, next = read(from); at < end; at += size) {
        const rows = await next;
        if (at + size < end) next = read(at + size);
        yield { from: at, to: Math.min(at + size, end), rows: rows.map((row) => rowOf(row, row.index)) };
      }
    },
    nodes: (from, to) =>
      sql.rows<TreeNode>(nodes, [
        levels,
        levels.map((level) => Math.floor(from / 2 ** level)),
        levels.map((level) => Math.floor(to / 2 ** level)),
      ]),
    async *pending(): AsyncGenerator<Waiting[]> {
      const read = (after?: { number: string }) =>
        sql.rows<EntryRow & { number: string; index: number | null; seconds: number }>(pending, [
          after?.number ?? 0,
          size,
          last.pending ?? 0,
        ]);
      for await (const rows of paged(read, size))
        yield rows.map((row) => ({ row: rowOf(row, undefined), index: row.index, seconds: row.seconds }));
    },
    links: () =>
      paged<Link>(
        (after) => sql.rows<Link>(links, [after?.pathway ?? nobody, after?.seq ?? 0, size, last.transition ?? nobody]),
        size,
      ),
    async *unplaced() {
      for (const kind of ['refusal', 'access'] as const) {
        for await (const rows of paged<Place & { placed: boolean }>(
          (after) => sql.rows(byId[kind], [after?.id ?? nobody, size, last[kind] ?? nobody]),
          size,
        ))
          yield { of: rows.length, places: rows.filter(({ placed }) => !placed) };
      }
    },
    lost: async (given) =>
      given.length === 0
        ? []
        : sql.rows<Place>(lost, [
            given.map(({ kind }) => kind),
            given.map(({ id }) => id),
            given.map(({ seq }) => seq),
          ]),
    async *emptyPathways(): AsyncGenerator<string[]> {
      for await (const rows of paged<{ id: string; begun: boolean }>(
        (after) => sql.rows(pathways, [after?.id ?? nobody, size, last.pathway ?? nobody]),
        size,
      ))
        yield rows.filter(({ begun }) => !begun).map(({ id }) => id);
    },
    async *checkpoints(): AsyncGenerator<Kept> {
      for await (const rows of paged<Kept>((after) => sql.rows(checkpoints, [after?.size ?? -1, size]), size))
        yield* rows;
    },
    checkpointAt: async (at) => (await sql.row<{ note: string }>(checkpoint, [at]))?.note,
    beyond: async () => ({
      leaves: (await sql.row<Beyond['leaves']>(leavesBeyond, []))!,
      nodes: await sql.rows<Omit<TreeNode, 'hash'>>(nodesBeyond, []),
      checkpoints: (await sql.rows<{ size: number }>(checkpointsBeyond, [])).map((row) => row.size),
    }),
  };
}

function rowOf(
  {
    kind,
    id,
    seq,
    hash,
    leaf,
    entry_hash,
    payload,
    key,
    occurred_at,
    recorded_at,
    type,
    version,
    pathway,
    pathways: shown,
  }: EntryRow,
  index: number | undefined,
): TreeRow {
  const columns: Columns = {
    type,
    occurredAt: occurred_at,
    recordedAt: recorded_at,
    version,
    pathway,
    pathways: shown,
  };
  return {
    index,
    kind,
    place: { kind, id, seq },
    hash,
    entry: leaf === null ? undefined : { leaf, hash: entry_hash, payload, key, columns },
  };
}
