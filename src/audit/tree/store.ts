/** The tree as the database keeps it. Decisions are made on the primary only. */
import type { Sql } from '../../database/sql.js';
import { statement } from '../../database/sql.js';
import type { Hashes, TreeNode } from './tree.js';

export type Pending = { id: string; hash: Buffer };

const pending = statement('pending', 'select id, hash from log_pending order by id limit $1');
const size = statement('log_size', 'select size::float8 as size from log_head');
const leaves = statement('log_leaves', 'select hash from log_leaf where idx >= $1 and idx < $2 order by idx');
const nodes = statement(
  'log_nodes',
  'select hash from log_node where level = $1 and idx >= $2 and idx < $3 order by idx',
);
const append = statement('append_leaves', 'select append_leaves($1, $2, $3, $4, $5) as appended');
const keepCheckpoint = statement(
  'keep_checkpoint',
  'insert into checkpoint (size, note, signed_at) values ($1, $2, $3) on conflict (size) do nothing',
);
const lag = statement(
  'log_lag',
  'select count(*)::int as pending, coalesce(extract(epoch from clock_timestamp() - min(since)), 0)::float8 as seconds from log_pending',
);

export const pendingOf = (sql: Sql, limit: number): Promise<Pending[]> => sql.rows<Pending>(pending, [limit]);
export const sizeOf = async (sql: Sql): Promise<number> => (await sql.row<{ size: number }>(size, []))!.size;
/** How many entries are not in the tree yet, and for how many seconds the oldest has been waiting. */
export const lagOf = async (sql: Sql): Promise<{ pending: number; seconds: number }> =>
  (await sql.row<{ pending: number; seconds: number }>(lag, []))!;

export const hashesOf = (sql: Sql): Hashes => ({
  leaves: async (from, to) => (await sql.rows<{ hash: Buffer }>(leaves, [from, to])).map(({ hash }) => hash),
  nodes: async (level, from, to) =>
    (await sql.rows<{ hash: Buffer }>(nodes, [level, from, to])).map(({ hash }) => hash),
});

/** False when the tree has another size by now: somebody else has appended. */
export async function appendTo(
  sql: Sql,
  before: number,
  taken: readonly Pending[],
  risen: readonly TreeNode[],
): Promise<boolean> {
  const row = await sql.row<{ appended: boolean }>(append, [
    before,
    taken.map(({ id }) => id),
    risen.map(({ level }) => level),
    risen.map(({ idx }) => idx),
    risen.map(({ hash }) => hash),
  ]);
  return row!.appended;
}
export const storeCheckpoint = (sql: Sql, at: number, note: string, signedAt: string): Promise<unknown> =>
  sql.rows(keepCheckpoint, [at, note, signedAt]);
