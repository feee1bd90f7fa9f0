/** The audit log's tree against the vectors of Certificate Transparency, and against a second tree written down from RFC 6962 alone. */
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { describe, it } from '@jest/globals';

import fc from 'fast-check';

import { verifyConsistency, verifyInclusion, type Consistency, type Inclusion } from '../../src/audit/tree/proofs.js';
import {
  Appender,
  consistencyProof,
  emptyRoot,
  inclusionProof,
  leafHash,
  nodeHash,
  rootAt,
  RunningRoot,
  type Hashes,
} from '../../src/audit/tree/tree.js';

const hex = (hashes: readonly Buffer[]): string[] => hashes.map((hash) => hash.toString('hex'));

// ---- RFC 6962 2.1, 2.1.1 and 2.1.2 as they are written, in their names; shares no code with src/

const sha256 = (...parts: Uint8Array[]): Buffer => createHash('sha256').update(Buffer.concat(parts)).digest();
function powerBelow(n: number): number {
  return 2 ** [...Array(40).keys()].findLastIndex((exponent) => 2 ** exponent < n);
}

class RfcTree {
  private readonly known = new Map<string, Buffer>();
  constructor(readonly entries: readonly Buffer[]) {}

  /** MTH(D[a:b]) */
  mth(a: number, b: number): Buffer {
    const key = `${a}:${b}`;
    const found = this.known.get(key) ?? this.worked(a, b);
    this.known.set(key, found);
    return found;
  }
  private worked(a: number, b: number): Buffer {
    if (b === a) return sha256();
    if (b - a === 1) return sha256(Buffer.from([0]), this.entries[a]!);
    const k = powerBelow(b - a);
    return sha256(Buffer.from([1]), this.mth(a, a + k), this.mth(a + k, b));
  }
  /** PATH(m, D[a:b]) */
  path(m: number, a: number, b: number): Buffer[] {
    if (b - a === 1) return [];
    const k = powerBelow(b - a);
    return m < k
      ? [...this.path(m, a, a + k), this.mth(a + k, b)]
      : [...this.path(m - k, a + k, b), this.mth(a, a + k)];
  }
  /** SUBPROOF(m, D[a:b], complete) */
  subproof(m: number, a: number, b: number, complete: boolean): Buffer[] {
    if (m === b - a) return complete ? [] : [this.mth(a, b)];
    const k = powerBelow(b - a);
    return m <= k
      ? [...this.subproof(m, a, a + k, complete), this.mth(a + k, b)]
      : [...this.subproof(m - k, a + k, b, false), this.mth(a, a + k)];
  }
  root(n: number): Buffer {
    return this.mth(0, n);
  }
  proof(m: number, n: number): Buffer[] {
    return this.subproof(m, 0, n, true);
  }

  readonly hashes: Hashes = {
    leaves: async (from, to) => this.row(1).slice(from, to),
    nodes: async (level, from, to) => this.row(2 ** level).slice(from, to),
  };
  private readonly rows = new Map<number, Buffer[]>();
  private row(span: number): Buffer[] {
    const found =
      this.rows.get(span) ??
      Array.from({ length: Math.floor(this.entries.length / span) }, (_, i) => this.mth(i * span, (i + 1) * span));
    this.rows.set(span, found);
    return found;
  }
}

/** Which way each step of a proof goes; what a verifier knows of the sizes beside the hashes. */
const pathForm = (m: number, n: number): string =>
  n === 1
    ? ''
    : m < powerBelow(n)
      ? `${pathForm(m, powerBelow(n))}<`
      : `${pathForm(m - powerBelow(n), n - powerBelow(n))}>`;
function proofForm(m: number, n: number, complete = true): string {
  if (m === n) return complete ? '=' : '+';
  const k = powerBelow(n);
  return m <= k ? `${proofForm(m, k, complete)}<` : `${proofForm(m - k, n - k, false)}>`;
}

const borders = [255, 256, 257, 511, 512, 513, 65_535, 65_536, 65_537];
const largest = 65_537;
const big = new RfcTree(Array.from({ length: largest }, (_, i) => Buffer.from(`entry ${i}`)));
const size = fc.oneof(fc.integer({ min: 1, max: 2_000 }), fc.constantFrom(...borders));
const pair = fc
  .tuple(size, fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }))
  .map(([n, part]) => ({ n, m: Math.floor(part * n) }));

// ---- Certificate Transparency's own tree of eight leaves

const ctEntries = [
  '',
  '00',
  '10',
  '2021',
  '3031',
  '40414243',
  '5051525354555657',
  '606162636465666768696a6b6c6d6e6f',
].map((entry) => Buffer.from(entry, 'hex'));
const ctRoots = [
  'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855',
  '6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d',
  'fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125',
  'aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77',
  'd37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7',
  '4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4',
  '76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef',
  'ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c',
  '5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328',
];
const [h0, h1, h4, h6] = [
  ctRoots[1]!,
  '96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7',
  'bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b',
  'b08693ec2e721597130641e8211e7eedccb4c26413963eee6c1e2ed16ffb1a5f',
];
const [h01, h23, h45, h67] = [
  ctRoots[2]!,
  '5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e',
  '0ebc5d3437fbe2db158b9f126a1d118e308181031d0a949f8dededebc558ef6a',
  'ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0',
];
const [h03, h47] = [ctRoots[4]!, '6b47aaf29ee3c2af9af889bc1fb9254dabd31177f16232dd6aab035ca39bf6e4'];
const ctPaths: [index: number, size: number, proof: string[]][] = [
  [0, 1, []],
  [0, 8, [h1, h23, h47]],
  [5, 8, [h4, h67, h03]],
  [2, 3, [h01]],
  [1, 5, [h0, h23, h4]],
];
const ctProofs: [from: number, to: number, proof: string[]][] = [
  [1, 1, []],
  [1, 8, [h1, h23, h47]],
  [2, 8, [h23, h47]],
  [6, 8, [h45, h67, h03]],
  [6, 7, [h45, h6, h03]],
  [2, 5, [h23, h4]],
];

describe('the tree of Certificate Transparency', () => {
  const { hashes } = new RfcTree(ctEntries);
  const root = (n: number) => Buffer.from(ctRoots[n]!, 'hex');

  it('has the known roots, stored and streamed', async () => {
    const stream = new RunningRoot();
    for (const [n, expected] of ctRoots.entries()) {
      assert.equal((await rootAt(n, hashes)).toString('hex'), expected);
      assert.equal(stream.root().toString('hex'), expected);
      if (n < 8) stream.append(leafHash(ctEntries[n]!));
    }
    assert.equal(emptyRoot.toString('hex'), ctRoots[0]);
  });
  it('has the known inclusion proofs, which hold', async () => {
    for (const [index, n, expected] of ctPaths) {
      const proof = await inclusionProof(index, n, hashes);
      assert.deepEqual(hex(proof), expected);
      assert.ok(verifyInclusion({ index, size: n, leaf: leafHash(ctEntries[index]!), proof, root: root(n) }));
    }
  });
  it('has the known consistency proofs, which hold', async () => {
    for (const [from, to, expected] of ctProofs) {
      const proof = await consistencyProof(from, to, hashes);
      assert.deepEqual(hex(proof), expected);
      assert.ok(verifyConsistency({ from, to, fromRoot: root(from), toRoot: root(to), proof }));
    }
  });
});

describe('the tree, beside one written from the RFC', () => {
  it('takes a string for its UTF-8, and tells a leaf from a node', () => {
    assert.deepEqual(leafHash('smerte å'), sha256(Buffer.from([0]), Buffer.from('smerte å')));
    const [left, right] = [leafHash('l'), leafHash('r')];
    assert.deepEqual(nodeHash(left, right), sha256(Buffer.from([1]), left, right));
    assert.notDeepEqual(leafHash(Buffer.concat([left, right])), nodeHash(left, right));
  });

  it('has the same root at every size to 2,000 and at the borders, stored and streamed', async () => {
    const stream = new RunningRoot();
    for (let n = 0; n <= largest; n += 1) {
      if (n <= 2_000 || borders.includes(n)) {
        assert.deepEqual(await rootAt(n, big.hashes), big.root(n), `${n}`);
        assert.deepEqual(stream.root(), big.root(n), `${n}`);
      }
      if (n < largest) stream.append(big.mth(n, n + 1));
    }
  });

  it('has the same proofs for every leaf and every earlier size up to 40, and they hold', async () => {
    for (let n = 1; n <= 40; n += 1) {
      for (let m = 0; m < n; m += 1) await provesBoth(m, n);
      await provesBoth(n, n);
    }
  });
  it('has the same proofs for any leaf and any earlier size, and they hold', async () => {
    await fc.assert(
      fc.asyncProperty(pair, async ({ m, n }) => provesBoth(m, n)),
      { numRuns: 1_000 },
    );
  });

  it('goes on from any size as if it had begun at nothing, and gives each whole node of 256 and 65,536 once', async () => {
    const from = fc.oneof(
      fc.integer({ min: 0, max: 1_300 }),
      fc.constantFrom(0, 255, 256, 257, 65_024, 65_279, 65_280, 65_281, 65_535, 65_536),
    );
    await fc.assert(
      fc.asyncProperty(from, fc.integer({ min: 0, max: 700 }), async (begin, more) => {
        const end = Math.min(begin + more, largest);
        const appender = await Appender.at(begin, big.hashes);
        const taken = [];
        for (let n = begin; n < end; n += 1) {
          appender.append(big.mth(n, n + 1));
          if (n % 100 === 0) taken.push(...appender.taken());
        }
        taken.push(...appender.taken());
        assert.equal(appender.size, end);
        assert.deepEqual(appender.root(), big.root(end));
        const expected = [8, 16].flatMap((level) => {
          const [first, last] = [Math.floor(begin / 2 ** level), Math.floor(end / 2 ** level)];
          return Array.from({ length: last - first }, (_, i) => ({
            level,
            idx: first + i,
            hash: big.mth((first + i) * 2 ** level, (first + i + 1) * 2 ** level),
          }));
        });
        assert.deepEqual(
          taken.toSorted((a, b) => a.level - b.level || a.idx - b.idx),
          expected,
        );
        assert.deepEqual(appender.taken(), []);
      }),
      { numRuns: 60 },
    );
  });
});

async function provesBoth(m: number, n: number): Promise<void> {
  const root = big.root(n);
  if (m < n) {
    const proof = await inclusionProof(m, n, big.hashes);
    assert.deepEqual(proof, big.path(m, 0, n), `leaf ${m} of ${n}`);
    assert.ok(verifyInclusion({ index: m, size: n, leaf: big.mth(m, m + 1), proof, root }), `leaf ${m} of ${n}`);
  }
  const proof = await consistencyProof(m, n, big.hashes);
  assert.deepEqual(proof, m === 0 ? [] : big.proof(m, n), `${m} to ${n}`);
  assert.ok(verifyConsistency({ from: m, to: n, fromRoot: big.root(m), toRoot: root, proof }), `${m} to ${n}`);
}

describe('a large tree', () => {
  /** All leaves are the same, so a node depends on its level alone, and a tree of any size is at hand. */
  const perfect = [leafHash('the same')];
  for (let level = 0; level < 52; level += 1) perfect.push(nodeHash(perfect[level]!, perfect[level]!));
  const counted = () => {
    const reads: { level: number; count: number }[] = [];
    const nodes = async (level: number, from: number, to: number) => {
      reads.push({ level, count: to - from });
      return Array.from({ length: to - from }, () => perfect[level]!);
    };
    return { reads, hashes: { nodes, leaves: (from: number, to: number) => nodes(0, from, to) } };
  };

  it('is proved from two reads of at most 256 hashes a stored level', async () => {
    for (const n of [1_000_003, 2 ** 24, 2 ** 31 + 1, 2 ** 32 - 1, 2 ** 40 + 70_001]) {
      const { reads, hashes } = counted();
      const once = (what: string) => {
        for (const level of new Set(reads.map((read) => read.level)))
          assert.ok(reads.filter((read) => read.level === level).length <= 2, `${what} of ${n}, level ${level}`);
        assert.ok(
          reads.every(({ count }) => count > 0 && count <= 256),
          `${what} of ${n}`,
        );
        reads.length = 0;
      };
      const root = await rootAt(n, hashes);
      once('the root');
      for (const m of [0, 1, 255, 65_536, Math.floor(n / 3), n - 2, n - 1]) {
        const proof = await inclusionProof(m, n, hashes);
        once(`leaf ${m}`);
        assert.ok(verifyInclusion({ index: m, size: n, leaf: perfect[0]!, proof, root }), `leaf ${m} of ${n}`);
        const grown = await consistencyProof(m, n, hashes);
        once(`consistency from ${m}`);
        assert.ok(
          verifyConsistency({ from: m, to: n, fromRoot: await rootAt(m, hashes), toRoot: root, proof: grown }),
          `${m} to ${n}`,
        );
        reads.length = 0;
      }
    }
  });
  it('is appended to beyond 32 bits', async () => {
    const appender = await Appender.at(2 ** 40 - 1, counted().hashes);
    appender.append(perfect[0]!);
    assert.deepEqual(appender.root(), perfect[40]);
    assert.deepEqual(
      appender.taken(),
      [8, 16, 24, 32, 40].map((level) => ({ level, idx: 2 ** (40 - level) - 1, hash: perfect[level]! })),
    );
  });
  it('is streamed in whole subtrees as in leaves', () => {
    const stream = new RunningRoot();
    stream.append(perfect[16]!, 16);
    stream.append(perfect[8]!, 8);
    stream.append(perfect[0]!);
    assert.equal(stream.size, 65_793);
    assert.deepEqual(stream.root(), nodeHash(perfect[16]!, nodeHash(perfect[8]!, perfect[0]!)));
    assert.throws(() => stream.append(perfect[8]!, 8), /cannot begin at leaf 65793/);
  });
});

// ---- refusals

type Mutation = {
  kind: 'bit' | 'drop' | 'double' | 'swap' | 'add' | 'm' | 'n' | 'both' | 'otherTree';
  at: number;
  bit: number;
  other: number;
};
const mutation: fc.Arbitrary<Mutation> = fc.record({
  kind: fc.constantFrom('bit', 'drop', 'double', 'swap', 'add', 'm', 'n', 'both', 'otherTree'),
  at: fc.nat(),
  bit: fc.nat(255),
  other: fc.nat(2_100),
});
const flipped = (hash: Buffer, bit: number): Buffer =>
  Buffer.from(hash.map((byte, i) => (i === bit >> 3 ? byte ^ (1 << (bit & 7)) : byte)));

/** Proof and numbers changed; undefined where nothing is. `ends` are the two hashes that the proof ties together. */
function mutated(
  { kind, at, bit, other }: Mutation,
  given: { m: number; n: number; ends: [Buffer, Buffer]; proof: Buffer[] },
): typeof given | undefined {
  const { m, n, ends, proof } = given;
  const i = proof.length > 0 ? at % proof.length : -1;
  if (kind === 'bit') {
    const all = [...ends, ...proof].map((hash, j, { length }) => (j === at % length ? flipped(hash, bit) : hash));
    return { m, n, ends: [all[0]!, all[1]!], proof: all.slice(2) };
  }
  if (kind === 'add') return { ...given, proof: proof.toSpliced(at % (proof.length + 1), 0, ends[at % 2]!) };
  if (kind === 'm') return other === m ? undefined : { ...given, m: other };
  if (kind === 'n') return other === n ? undefined : { ...given, n: other };
  if (kind === 'both') return { ...given, m: m + 1 + (at % 3), n: n + 1 + (at % 3) };
  if (kind === 'otherTree') return other === n ? undefined : { ...given, n: other, ends: [ends[0], big.root(other)] };
  if (i < 0) return undefined;
  if (kind === 'drop') return { ...given, proof: proof.toSpliced(i, 1) };
  if (kind === 'double') return { ...given, proof: proof.toSpliced(i, 0, proof[i]!) };
  return proof.length < 2
    ? undefined
    : { ...given, proof: proof.with(i, proof[(i + 1) % proof.length]!).with((i + 1) % proof.length, proof[i]!) };
}

describe('a proof that was changed', () => {
  it('of inclusion is refused, unless another size has a way of the same form to the same root', async () => {
    let refused = 0;
    await fc.assert(
      fc.asyncProperty(pair, mutation, async ({ m, n }, change) => {
        const wrong = mutated(change, {
          m,
          n,
          ends: [big.mth(m, m + 1), big.root(n)],
          proof: await inclusionProof(m, n, big.hashes),
        });
        fc.pre(wrong !== undefined);
        const {
          m: index,
          n: size,
          ends: [leaf, root],
          proof,
        } = wrong;
        const sameForm =
          index < size &&
          pathForm(index, size) === pathForm(m, n) &&
          root.equals(big.root(n)) &&
          (change.kind === 'm' || change.kind === 'n' || change.kind === 'both');
        if (!sameForm) refused += 1;
        assert.equal(
          verifyInclusion({ index, size, leaf, proof, root }),
          sameForm,
          JSON.stringify({ ...change, m, n }),
        );
      }),
      { numRuns: 1_250 },
    );
    assert.ok(refused >= 1_000, `${refused}`);
  });
  it('of consistency is refused, unless other sizes have a proof of the same form between the same roots', async () => {
    let refused = 0;
    await fc.assert(
      fc.asyncProperty(
        pair.filter(({ m }) => m > 0),
        mutation,
        async ({ m, n }, change) => {
          const wrong = mutated(change, {
            m,
            n,
            ends: [big.root(m), big.root(n)],
            proof: await consistencyProof(m, n, big.hashes),
          });
          fc.pre(wrong !== undefined);
          const {
            m: from,
            n: to,
            ends: [fromRoot, toRoot],
            proof,
          } = wrong;
          const sameForm =
            from > 0 &&
            from <= to &&
            proofForm(from, to) === proofForm(m, n) &&
            (change.kind === 'm' || change.kind === 'n' || change.kind === 'both');
          if (!sameForm) refused += 1;
          assert.equal(
            verifyConsistency({ from, to, fromRoot, toRoot, proof }),
            sameForm,
            JSON.stringify({ ...change, m, n }),
          );
        },
      ),
      { numRuns: 1_250 },
    );
    assert.ok(refused >= 1_000, `${refused}`);
  });

  it('is refused with numbers that are none of a tree, and with hashes of another size', async () => {
    const inclusion: Inclusion = {
      index: 3,
      size: 7,
      leaf: big.mth(3, 4),
      proof: await inclusionProof(3, 7, big.hashes),
      root: big.root(7),
    };
    const consistency: Consistency = {
      from: 3,
      to: 7,
      fromRoot: big.root(3),
      toRoot: big.root(7),
      proof: await consistencyProof(3, 7, big.hashes),
    };
    assert.ok(verifyInclusion(inclusion) && verifyConsistency(consistency));
    for (const number of [-1, 3.5, NaN, Infinity, 2 ** 53, '3' as never, null as never, undefined as never]) {
      for (const name of ['index', 'size'] as const)
        assert.equal(verifyInclusion({ ...inclusion, [name]: number }), false, `${name} ${number}`);
      for (const name of ['from', 'to'] as const)
        assert.equal(verifyConsistency({ ...consistency, [name]: number }), false, `${name} ${number}`);
    }
    for (const hash of [
      Buffer.alloc(0),
      Buffer.alloc(31),
      Buffer.alloc(33),
      inclusion.root.toString('hex') as never,
      null as never,
    ]) {
      for (const name of ['leaf', 'root'] as const)
        assert.equal(verifyInclusion({ ...inclusion, [name]: hash }), false);
      for (const name of ['fromRoot', 'toRoot'] as const)
        assert.equal(verifyConsistency({ ...consistency, [name]: hash }), false);
      assert.equal(verifyInclusion({ ...inclusion, proof: inclusion.proof.with(1, hash) }), false);
      assert.equal(verifyConsistency({ ...consistency, proof: consistency.proof.with(1, hash) }), false);
    }
    for (const proof of [undefined as never, 'abc' as never, {} as never])
      assert.equal(verifyInclusion({ ...inclusion, proof }) || verifyConsistency({ ...consistency, proof }), false);
    assert.equal(verifyInclusion({ ...inclusion, index: 7 }), false);
    assert.equal(verifyInclusion({ index: 1, size: 1, leaf: big.root(1), proof: [], root: big.root(1) }), false);
    assert.equal(verifyConsistency({ ...consistency, from: 8 }), false);
    assert.equal(verifyConsistency({ ...consistency, proof: [] }), false);
  });

  it('from nothing, or to the same size, is empty and holds for the right roots only', () => {
    const of = (from: number, to: number, fromRoot: Buffer, toRoot: Buffer, proof: Buffer[] = []) =>
      verifyConsistency({ from, to, fromRoot, toRoot, proof });
    const [five, six] = [big.root(5), big.root(6)];
    assert.deepEqual(
      [of(0, 0, emptyRoot, emptyRoot), of(0, 5, emptyRoot, five), of(5, 5, five, five)],
      [true, true, true],
    );
    assert.deepEqual(
      [
        of(0, 0, five, five),
        of(0, 0, emptyRoot, five),
        of(0, 5, six, five),
        of(5, 5, five, six),
        of(0, 5, emptyRoot, five, [five]),
        of(5, 5, five, five, [five]),
      ],
      Array(6).fill(false),
    );
  });
});

describe('a question that the stored tree cannot answer', () => {
  it('is refused by name', async () => {
    const { hashes } = new RfcTree(ctEntries);
    await assert.rejects(inclusionProof(8, 8, hashes), /^RangeError: index 8: the tree of 8 leaves has none there$/);
    await assert.rejects(inclusionProof(-1, 8, hashes), /^RangeError: index -1: give a whole number/);
    await assert.rejects(consistencyProof(8, 7, hashes), /^RangeError: from 8: the later tree has only 7 leaves$/);
    await assert.rejects(consistencyProof(1.5, 7, hashes), /^RangeError: from 1.5/);
    await assert.rejects(async () => rootAt(NaN, hashes), /^RangeError: size NaN/);
    await assert.rejects(rootAt(9, hashes), /^Error: log_leaf: of the hashes 0 to 8 at level 0 there are 8\. Restore/);
    await assert.rejects(
      Appender.at(512, { leaves: hashes.leaves, nodes: async () => [emptyRoot] }),
      /^Error: log_node: of the hashes 0 to 1 at level 8 there are 1\. Restore/,
    );
    await assert.rejects(rootAt(1, { ...hashes, leaves: async () => [Buffer.alloc(31)] }), /there are 0/);
    assert.throws(
      () => new RunningRoot().append(Buffer.from('not a hash')),
      /^TypeError: a leaf is appended by its hash/,
    );
  });
});
