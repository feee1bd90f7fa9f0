/** What is found, by where it is. */
import type { Place, TreeRow } from './source.js';
import { placeOf, type Leaf } from './verify-entry.js';

/**
 * `index` is a place of the tree. Where only a root tells that something is wrong, it lies in one of the places `first` to `last`. `file` is one of a bundle.
 * An entry is named by its kind with pathway and seq, or its id. No name, number or text of anybody.
 */
export type Where = {
  index?: number;
  first?: number;
  last?: number;
  kind?: string;
  pathway?: string;
  seq?: number;
  id?: string;
  checkpoint?: number;
  node?: { level: number; idx: number };
  file?: string;
};
export type Fault = { what: string; where: Where };

/** Of several at one place, the one that the others follow from comes first. */
const ranks = ['entry', 'chain', 'node', 'checkpoint', 'other'] as const;
type Rank = (typeof ranks)[number];

export class Faults {
  #found: { fault: Fault; at: number; rank: number }[] = [];
  count = 0;
  constructor(private readonly most = 1_000) {}

  /** `at` is the place of the tree by which it is ordered; what has none comes last. */
  add(
    what: string,
    where: Where,
    { at = where.index ?? Infinity, rank = 'entry' }: { at?: number; rank?: Rank } = {},
  ): Fault {
    const fault = { what, where };
    this.count += 1;
    this.#found.push({ fault, at, rank: ranks.indexOf(rank) });
    if (this.#found.length >= 2 * this.most) this.#found = this.sorted();
    return fault;
  }

  list(): Fault[] {
    return this.sorted().map(({ fault }) => fault);
  }

  private sorted() {
    return this.#found.sort((a, b) => (a.at === b.at ? a.rank - b.rank : a.at - b.at)).slice(0, this.most);
  }
}

export const whereOf = ({ kind, id, seq }: Place): Where =>
  kind === 'transition' ? { kind, pathway: id, seq } : { kind, id };
/** A row of a bundle is named by its leaf alone, where that can be read. */
export const whereOfRow = ({ index, place }: Pick<TreeRow, 'index' | 'place'>, leaf?: Leaf): Where => {
  const named = place ?? (leaf && placeOf(leaf));
  return { ...(index === undefined ? {} : { index }), ...(named ? whereOf(named) : {}) };
};

/** As a line: the place, then what is there. */
export function lineOf({
  what,
  where: { index, first, last, kind, pathway, seq, id, checkpoint, node, file },
}: Fault): string {
  const parts = [
    file,
    index === undefined ? undefined : `index ${index}`,
    node && `node ${node.level}/${node.idx}`,
    checkpoint === undefined ? undefined : `checkpoint ${checkpoint}`,
    first === undefined || last === undefined
      ? undefined
      : first === last
        ? `entry ${first}`
        : `entries ${first} to ${last}`,
    [kind, pathway ?? id, seq === undefined ? undefined : `seq ${seq}`]
      .filter((part) => part !== undefined)
      .join(' ') || undefined,
  ];
  return `${parts.filter((part) => part !== undefined).join(', ')}: ${what}`;
}
