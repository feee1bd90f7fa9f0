/** Where a log is read from when it is verified: in pages and in order, so that a log of any size takes the same memory. The database, or an exported bundle. */
import type { Kept } from '../tree/keep.js';
import type { TreeNode } from '../tree/tree.js';

/** A transition by its pathway and seq; a refusal or a look-up by its own id, and seq 0. */
export type Place = { kind: string; id: string; seq: number };
/** What stands in columns beside a leaf, so that it can be found; times as RFC 3339 with microseconds. Null where the kind has no such column. */
export type Columns = {
  type: string | null;
  occurredAt: string | null;
  recordedAt: string | null;
  version: number | null;
  pathway: string | null;
  pathways: string[] | null;
};
/** `payload` and `key` are undefined where they were left out, and null where they have been destroyed. `hash` is the one that is stored with the entry. */
export type StoredEntry = {
  leaf: string;
  hash: Buffer;
  payload: string | null | undefined;
  key: Buffer | null | undefined;
  columns?: Columns;
};

/** One place of the tree, with the hash that the tree has there. `index` is undefined for a line that cannot be read, `place` where only the leaf itself says what it is; `entry` where none is there. */
export type TreeRow = {
  index: number | undefined;
  kind: string;
  place?: Place;
  hash: Buffer;
  entry: StoredEntry | undefined;
};
/** All that there is of the places from `from` until before `to`. */
export type Page = { from: number; to: number; rows: TreeRow[] };
/**
 * The log that is looked at: its places from `from` until before `size`. `peaks` are the roots of the subtrees before `from`, the largest first. `said` is the size as it is
 * told, undefined where that cannot be read: where it is far from what is there, `size` is what is there.
 */
export type Head = { from: number; size: number; said: number | undefined; peaks: TreeNode[] };

/** What every source has. */
export type Log = {
  head(): Promise<Head>;
  pages(head: Head): AsyncIterable<Page>;
  /** Those that are kept in it, by size. */
  checkpoints(): AsyncIterable<Kept>;
  checkpointAt(size: number): Promise<string | undefined>;
};

/** Checkpoints that are kept outside the database (keep.ts). */
export type Outside = { all(): Iterable<Kept>; last(): Kept | undefined };

export const pageSize = 1_000;

/** Pages of rows, each asked for by the last row of the one before, and while that one is being looked at. */
export async function* paged<Row>(
  read: (after: Row | undefined) => Promise<Row[]>,
  size: number,
): AsyncGenerator<Row[]> {
  for (let next = read(undefined); ;) {
    const rows = await next;
    if (rows.length === 0) return;
    if (rows.length === size) next = ahead(read(rows.at(-1)));
    yield rows;
    if (rows.length < size) return;
  }
}
/** Whoever stops reading does not wait for the page that he asked for. */
export function ahead<T>(promise: Promise<T>): Promise<T> {
  promise.catch(() => undefined);
  return promise;
}
