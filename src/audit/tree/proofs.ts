/**
 * Checks proofs of the audit log without the log, step by step as RFC 9162 2.1.3.2 and 2.1.4.2 say. A proof ties roots together and not sizes:
 * some pairs of sizes have ways of the same form (3 and 4 for leaf 0). So take a root and its size from one signed checkpoint.
 */
import { emptyRoot, isHash, nodeHash } from './tree.js';

/** `leaf` is the leaf's hash; `proof` begins at the leaf. */
export type Inclusion = { index: number; size: number; leaf: Buffer; proof: readonly Buffer[]; root: Buffer };
export type Consistency = { from: number; to: number; fromRoot: Buffer; toRoot: Buffer; proof: readonly Buffer[] };

const isCount = (value: unknown): value is number => Number.isSafeInteger(value) && (value as number) >= 0;
const areHashes = (values: readonly unknown[]): boolean => Array.isArray(values) && values.every(isHash);
const isOdd = (n: number): boolean => n % 2 === 1;
const half = (n: number): number => Math.floor(n / 2); // `>>` ends at 32 bits

/** Whether leaf `index` of the tree with this size and root has this hash. False, never an error, for anything malformed. */
export function verifyInclusion({ index, size, leaf, proof, root }: Inclusion): boolean {
  if (!isCount(index) || !isCount(size) || index >= size || !areHashes([leaf, root]) || !areHashes(proof)) return false;
  let [fn, sn, r] = [index, size - 1, leaf];
  for (const p of proof) {
    if (sn === 0) return false;
    if (isOdd(fn) || fn === sn) {
      r = nodeHash(p, r);
      while (!isOdd(fn) && fn !== 0) [fn, sn] = [half(fn), half(sn)];
    } else {
      r = nodeHash(r, p);
    }
    [fn, sn] = [half(fn), half(sn)];
  }
  return sn === 0 && r.equals(root);
}

/** Whether the tree of `from` leaves is the beginning of the tree of `to`. False, never an error, for anything malformed. */
export function verifyConsistency({ from, to, fromRoot, toRoot, proof }: Consistency): boolean {
  if (!isCount(from) || !isCount(to) || from > to || !areHashes([fromRoot, toRoot]) || !areHashes(proof)) return false;
  if (from === to) return proof.length === 0 && fromRoot.equals(toRoot) && (from > 0 || fromRoot.equals(emptyRoot));
  // The RFC begins at 1: nothing is the beginning of everything.
  if (from === 0) return proof.length === 0 && fromRoot.equals(emptyRoot);
  return proof.length > 0 && climbs(from, to, fromRoot, toRoot, proof);
}

function climbs(from: number, to: number, fromRoot: Buffer, toRoot: Buffer, proof: readonly Buffer[]): boolean {
  let [fn, sn] = [from - 1, to - 1];
  while (isOdd(fn)) [fn, sn] = [half(fn), half(sn)];
  // Nothing is left of a power of two: the first hash is then the smaller root itself, and is left out of the proof.
  const [first, ...path] = fn === 0 ? [fromRoot, ...proof] : proof;
  let [fr, sr] = [first!, first!];
  for (const c of path) {
    if (sn === 0) return false;
    if (isOdd(fn) || fn === sn) {
      [fr, sr] = [nodeHash(c, fr), nodeHash(c, sr)];
      while (!isOdd(fn) && fn !== 0) [fn, sn] = [half(fn), half(sn)];
    } else {
      sr = nodeHash(sr, c);
    }
    [fn, sn] = [half(fn), half(sn)];
  }
  return sn === 0 && fr.equals(fromRoot) && sr.equals(toRoot);
}
