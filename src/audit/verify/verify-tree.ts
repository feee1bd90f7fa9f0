/** Along the tree, from its first place to its last: every entry, every node, and the root wherever there is a checkpoint. */
import type { Head, Page, TreeRow } from './source.js';
import { Appender, emptyRoot, isHash, type TreeNode } from '../tree/tree.js';
import type { Checkpoints } from './verify-checkpoints.js';
import { checkEntry, type Leaf } from './verify-entry.js';
import { whereOfRow, type Faults, type Where } from './verify-faults.js';

export type Walk = {
  pages: AsyncIterable<Page>;
  head: Head;
  checkpoints: Checkpoints;
  faults: Faults;
  /** The nodes that are stored, where they are. */
  nodes?: (from: number, to: number) => Promise<TreeNode[]>;
  /** Every entry whose leaf can be read, with its index. */
  each?: (leaf: Leaf, row: TreeRow) => void;
  seen: (more: number) => void;
};
/** `uncovered`: when the first entry after the last checkpoint that agrees was recorded. */
export type Walked = { root: Buffer; entries: number; erased: number; uncovered: string | undefined };

export async function alongTree(walk: Walk): Promise<Walked> {
  return new TreeWalk(walk).go();
}

class TreeWalk {
  private readonly tree = new Appender();
  private entries = 0;
  private erased = 0;
  private uncovered: string | undefined;
  private missing: { first: number; last: number } | undefined;
  constructor(private readonly walk: Walk) {}

  async go(): Promise<Walked> {
    const { pages, head, checkpoints, nodes, seen } = this.walk;
    for (const { hash, level } of head.peaks) this.tree.append(isHash(hash) ? hash : emptyRoot, level);
    this.tree.taken();
    await checkpoints.begin();
    await this.reached();
    for await (const { from, to, rows } of pages) {
      const stored = nodes && (await nodes(from, to));
      for (const row of rows) {
        if (this.isInOrder(row, head.size)) await this.place(row);
      }
      while (this.tree.size < to) await this.leaveOpen();
      if (stored) this.compare(stored);
      seen(rows.length);
    }
    this.tellMissing();
    return { root: this.tree.root(), entries: this.entries, erased: this.erased, uncovered: this.uncovered };
  }

  /** A line of a bundle may say any index; a row of the database is where it is asked for. */
  private isInOrder(row: TreeRow, size: number): boolean {
    const { index } = row;
    if (index === undefined ? this.tree.size < size : index >= this.tree.size && index < size) return true;
    this.walk.faults.add(
      index !== undefined && index < size ? 'it stands here again, or too late' : `the log has ${size} entries only`,
      whereOfRow({ ...row, index: index ?? size }),
      { at: this.tree.size, rank: 'chain' },
    );
    return false;
  }

  private async place(row: TreeRow): Promise<void> {
    while (row.index !== undefined && this.tree.size < row.index) await this.leaveOpen();
    this.tellMissing();
    this.look({ ...row, index: this.tree.size });
    this.tree.append(isHash(row.hash) ? row.hash : emptyRoot);
    await this.reached();
  }

  private look(row: TreeRow): void {
    const { faults, each } = this.walk;
    this.entries += 1;
    if (!row.entry)
      return void faults.add(
        row.place ? 'the tree has this place, and its entry is not there' : 'it is no entry',
        whereOfRow(row),
      );
    const { leaf, faults: found, erased } = checkEntry(row.entry, row.kind, row.place);
    if (!row.hash.equals(row.entry.hash)) found.push('the tree has another hash than the entry');
    for (const what of found) faults.add(what, whereOfRow(row, leaf));
    if (erased) this.erased += 1;
    if (!leaf) return;
    this.uncovered ??= leaf.recordedAt;
    each?.(leaf, row);
  }

  /** Nothing stands there: the tree goes on with something else in its place, so that what comes after is still compared. */
  private async leaveOpen(): Promise<void> {
    const { size } = this.tree;
    if (this.missing?.last === size - 1) this.missing.last = size;
    else {
      this.tellMissing();
      this.missing = { first: size, last: size };
    }
    this.tree.append(emptyRoot);
    await this.reached();
  }
  private tellMissing(): void {
    if (!this.missing) return;
    const { first, last } = this.missing;
    this.missing = undefined;
    this.walk.faults.add(first === last ? 'nothing stands here' : `nothing stands here, up to index ${last}`, {
      index: first,
      ...(first === last ? {} : { first, last }),
    });
  }

  private async reached(): Promise<void> {
    const { checkpoints } = this.walk;
    while (checkpoints.next === this.tree.size) {
      await checkpoints.reached(this.tree.root());
      if (checkpoints.covered === this.tree.size) this.uncovered = undefined;
    }
  }

  private compare(stored: TreeNode[]): void {
    const { faults } = this.walk;
    const found = new Map(stored.map((node) => [`${node.level}/${node.idx}`, node.hash]));
    for (const { level, idx, hash } of this.tree.taken()) {
      const there = found.get(`${level}/${idx}`);
      if (there?.equals(hash)) continue;
      const where: Where = { node: { level, idx }, first: idx * 2 ** level, last: (idx + 1) * 2 ** level - 1 };
      faults.add(there ? 'it is not the root of the entries below it' : 'it is missing', where, {
        at: where.last!,
        rank: 'node',
      });
    }
  }
}
