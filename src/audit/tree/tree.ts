/**
 * The Merkle tree of the audit log (RFC 6962 2.1): its root at any size, and the proofs that a leaf is in it and that a smaller tree was its
 * beginning. Works on hashes that are stored elsewhere: those of the leaves, and the roots of whole subtrees of 256, 256², … leaves, so that
 * a tree of a million leaves is worked out from a few hundred hashes. RFC 9162 2.1 defines the same tree.
 */
import { hash } from 'node:crypto';

export const hashBytes = 32;
export const isHash = (value: unknown): value is Buffer => Buffer.isBuffer(value) && value.length === hashBytes;

/** Levels between two that are stored, and the children that a stored node has. */
const step = 8;
const fan = 2 ** step;

const sha256 = (bytes: string | Buffer): Buffer => hash('sha256', bytes, 'buffer');
const leafPrefix = Buffer.of(0);
/** One buffer for every inner node: a new one each time costs as much as the hash. Safe, since nothing runs between filling and hashing it. */
const scratch = Buffer.alloc(1 + 2 * hashBytes, 1);

export const emptyRoot = sha256('');
/** Of the bytes as they are stored; a string is its UTF-8. */
export const leafHash = (bytes: string | Buffer): Buffer =>
  sha256(Buffer.concat([leafPrefix, typeof bytes === 'string' ? Buffer.from(bytes) : bytes]));
export function nodeHash(left: Buffer, right: Buffer): Buffer {
  left.copy(scratch, 1);
  right.copy(scratch, 1 + hashBytes);
  return sha256(scratch);
}

/**
 * The stored hashes, by index, `to` not included, in order and without gaps. Node `idx` of a level (8, 16, …) is the root of
 * the 2^level leaves from idx · 2^level on.
 */
export type Hashes = {
  leaves(from: number, to: number): Promise<Buffer[]>;
  nodes(level: number, from: number, to: number): Promise<Buffer[]>;
};
export type TreeNode = { level: number; idx: number; hash: Buffer };

/** The root of leaves that come one after the other, from one hash a level: a million leaves take no more room than fifty hashes. */
export class RunningRoot {
  #size = 0;
  /** By level: the root of the whole subtree of 2^level leaves there, where the size has that bit. The higher lie to the left. */
  readonly #peaks: (Buffer | undefined)[] = [];

  get size(): number {
    return this.#size;
  }

  /** A leaf's hash; or the root of the next 2^level leaves, where the size is a multiple of that. */
  append(hash: Buffer, level = 0): void {
    if (!isHash(hash)) throw new TypeError(`a leaf is appended by its hash of ${hashBytes} bytes: use leafHash()`);
    if (this.#size % 2 ** level !== 0)
      throw new RangeError(`a subtree of level ${level} cannot begin at leaf ${this.#size}`);
    this.#size += 2 ** level;
    let peak = hash;
    let at = level;
    for (let left = this.#peaks[at]; left !== undefined; left = this.#peaks[at]) {
      this.#peaks[at] = undefined;
      peak = nodeHash(left, peak);
      at += 1;
      this.rose(at, peak);
    }
    this.#peaks[at] = peak;
  }

  root(): Buffer {
    return (
      this.#peaks.reduce((right, peak) => (peak && right ? nodeHash(peak, right) : (peak ?? right)), undefined) ??
      emptyRoot
    );
  }

  /** A subtree that ends at the present size became whole. */
  protected rose(_level: number, _hash: Buffer): void {
    /* only an Appender keeps them */
  }
}

/** Appends to a stored tree, and says which nodes have to be stored with the new leaves. */
export class Appender extends RunningRoot {
  #risen: TreeNode[] = [];

  /** Reads at most 255 hashes a stored level. */
  static async at(size: number, hashes: Hashes): Promise<Appender> {
    return gather(new Appender(), 0, whole('size', size), byShelf(hashes, size));
  }

  /** The stored nodes that became whole since this was last asked, in the order in which they did. */
  taken(): TreeNode[] {
    const risen = this.#risen;
    this.#risen = [];
    return risen;
  }

  protected override rose(level: number, hash: Buffer): void {
    if (level % step === 0) this.#risen.push({ level, idx: this.size / 2 ** level - 1, hash });
  }
}

/** Of the first `size` leaves. */
export const rootAt = (size: number, hashes: Hashes): Promise<Buffer> =>
  rangeRoot(0, whole('size', size), byShelf(hashes, size));

/** That leaf `index` is in the tree of `size` leaves: the hashes beside its way up, lowest first. RangeError for an index that is not in it. */
export async function inclusionProof(index: number, size: number, hashes: Hashes): Promise<Buffer[]> {
  if (whole('index', index) >= whole('size', size))
    throw new RangeError(`index ${index}: the tree of ${size} leaves has none there`);
  return (await beside(index, index + 1, size, byShelf(hashes, size))).reverse();
}

/** That the tree of `from` leaves is the beginning of that of `to`; empty for from = 0 and from = to. RangeError for from > to. */
export async function consistencyProof(from: number, to: number, hashes: Hashes): Promise<Buffer[]> {
  if (whole('from', from) > whole('to', to)) throw new RangeError(`from ${from}: the later tree has only ${to} leaves`);
  if (from === 0 || from === to) return [];
  const read = byShelf(hashes, to);
  // The way down ends where both trees have the same subtree: the last that is whole in the smaller one.
  const last = from - lowestBit(from);
  const proof = await beside(last, from, to, read);
  // Where that is the whole smaller tree, the verifier has its root already.
  return last === 0 ? proof.reverse() : [...proof, await rangeRoot(last, from, read)].reverse();
}

/** The roots beside the way from the root of `size` leaves down to the subtree [start, end), highest first. */
async function beside(start: number, end: number, size: number, read: Read): Promise<Buffer[]> {
  const roots: Buffer[] = [];
  for (let [low, high] = [0, size]; low !== start || high !== end;) {
    const middle = low + splitOf(high - low);
    const goesLeft = start < middle;
    roots.push(goesLeft ? await rangeRoot(middle, high, read) : await rangeRoot(low, middle, read));
    if (goesLeft) high = middle;
    else low = middle;
  }
  return roots;
}

const rangeRoot = async (from: number, to: number, read: Read): Promise<Buffer> =>
  (await gather(new RunningRoot(), from, to, read)).root();

/** Fills `into` with [from, to), a subtree as the RFC cuts them (from is a multiple of the power of two it fits in), from the fewest stored hashes. */
async function gather<Into extends RunningRoot>(into: Into, from: number, to: number, read: Read): Promise<Into> {
  let level = 0;
  while (2 ** (level + step) <= to - from) level += step;
  for (let at = from; level >= 0; level -= step) {
    const end = to - ((to - from) % 2 ** level);
    for (const hash of await read(level, at / 2 ** level, end / 2 ** level)) into.append(hash, level);
    at = end;
  }
  return into;
}

type Read = Hashes['nodes'];

/** Reads whole shelves of 256 and keeps them as long as one answer takes: a proof needs some twenty ranges, but of two shelves a level. */
function byShelf(hashes: Hashes, size: number): Read {
  const shelves = new Map<string, Buffer[]>();
  return async (level, from, to) => {
    if (from === to) return [];
    const first = from - (from % fan);
    const key = `${level}/${first}`;
    const shelf =
      shelves.get(key) ?? (await readAll(hashes, level, first, Math.min(first + fan, Math.floor(size / 2 ** level))));
    shelves.set(key, shelf);
    return shelf.slice(from - first, to - first);
  };
}

async function readAll(hashes: Hashes, level: number, from: number, to: number): Promise<Buffer[]> {
  const found = level === 0 ? await hashes.leaves(from, to) : await hashes.nodes(level, from, to);
  if (found.length === to - from && found.every(isHash)) return found;
  throw new Error(
    `log_${level === 0 ? 'leaf' : 'node'}: of the hashes ${from} to ${to - 1} at level ${level} there are ${found.filter(isHash).length}. Restore the audit log from a backup.`,
  );
}

function whole(name: string, value: number): number {
  if (!Number.isSafeInteger(value) || value < 0)
    throw new RangeError(`${name} ${value}: give a whole number, 0 or more`);
  return value;
}
/** The largest power of two below n (n > 1): where the RFC splits n leaves. By doubling, because bit operators end at 32 bits. */
function splitOf(n: number): number {
  let power = 1;
  while (power * 2 < n) power *= 2;
  return power;
}
function lowestBit(n: number): number {
  let bit = 1;
  while (n % (bit * 2) === 0) bit *= 2;
  return bit;
}
