/** The log as it was exported to a directory (bundle.ts), read without database or network. Nothing in it is believed but what a verifier key vouches for. */
import { createHash } from 'node:crypto';
import { createReadStream, existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { digestOf, entriesFile, filesIn, manifestFile, readManifest, type Manifest } from './bundle.js';
import { Keep } from '../tree/keep.js';
import { readVerifiers, verifierKeyFile } from '../tree/keys.js';
import type { Verifier } from '../tree/note.js';
import { pageSize, type Head, type Log, type Page, type TreeRow } from './source.js';
import { emptyRoot } from '../tree/tree.js';
import { Chains } from './verify-chain.js';
import { parsed, type Leaf } from './verify-entry.js';
import type { Faults } from './verify-faults.js';

export type BundleLog = Log & {
  what: 'bundle';
  dir: string;
  manifest: Manifest | undefined;
  /** Its own keys; none where they cannot be read. */
  verifiers(): Verifier[];
  /** Of the file of entries, as it was read. */
  read(): Promise<Read>;
};
type Read = { bytes: number; sha256: string; lines: number };

/** A line longer than this is no entry. */
const longestLine = 16 * 2 ** 20;
const mostMissing = 1_000_000;

/** Throws an Error with the remedy when the directory is no bundle at all. */
export function bundleLog(dir: string): BundleLog {
  const entries = join(dir, entriesFile);
  if (!existsSync(entries))
    throw new Error(
      `${dir} is no bundle: it has no ${entriesFile}. Make one with npm run bundle -- --out <directory>.`,
    );
  const manifest = existsSync(join(dir, manifestFile))
    ? readManifest(readFileSync(join(dir, manifestFile), 'utf8'))
    : undefined;
  const keep = new Keep(dir);
  let read: Promise<Read> | undefined;
  const log: BundleLog = {
    what: 'bundle',
    dir,
    manifest,
    read: () => (read ??= readWhole(entries)),
    head: async (): Promise<Head> => {
      const { lines } = await log.read();
      const from = manifest?.from ?? 0;
      const said = manifest?.size;
      const there = from + lines;
      return {
        from,
        said,
        size: said === undefined || said > there + mostMissing ? there : said,
        peaks: (manifest?.peaks ?? []).map(({ level, hash }) => ({ level, idx: 0, hash: Buffer.from(hash, 'hex') })),
      };
    },
    async *pages({ from, size }): AsyncGenerator<Page> {
      let [at, rows]: [number, TreeRow[]] = [from, []];
      for await (const line of linesOf(entries)) {
        rows.push(rowOf(line, manifest?.payloads ?? false));
        if (rows.length < pageSize) continue;
        const to = Math.max(at, Math.min(size, (rows.at(-1)!.index ?? -1) + 1));
        yield { from: at, to, rows };
        [at, rows] = [to, []];
      }
      yield { from: at, to: size, rows };
    },
    async *checkpoints() {
      yield* keep.all();
    },
    checkpointAt: async (size) => {
      for (const kept of keep.all()) if (kept.size === size) return kept.note;
      return undefined;
    },
    verifiers: () => {
      try {
        return readVerifiers(dir);
      } catch {
        return [];
      }
    },
  };
  return log;
}

const hex = z.string().regex(/^([0-9a-f]{2})*$/);
const lineShape = z.strictObject({
  hash: hex.length(64),
  index: z.int().min(0),
  kind: z.string(),
  leaf: z.string(),
  payload: z.string().nullable().optional(),
  key: hex.nullable().optional(),
});
const unreadable: TreeRow = { index: undefined, kind: '', hash: emptyRoot, entry: undefined };
function rowOf(line: string, payloads: boolean): TreeRow {
  const read = lineShape.safeParse(parsed(line));
  if (!read.success) return unreadable;
  const { index, kind, leaf, payload = payloads ? null : undefined, key = payloads ? null : undefined } = read.data;
  const hash = Buffer.from(read.data.hash, 'hex');
  return { index, kind, hash, entry: { leaf, hash, payload, key: key == null ? key : Buffer.from(key, 'hex') } };
}

async function* linesOf(file: string): AsyncGenerator<string> {
  let [parts, length]: [Buffer[], number] = [[], 0];
  for await (const chunk of createReadStream(file, { highWaterMark: 2 ** 18 }) as AsyncIterable<Buffer>) {
    let start = 0;
    for (let end = chunk.indexOf(10); end >= 0; end = chunk.indexOf(10, start)) {
      parts.push(chunk.subarray(start, end));
      yield length > longestLine ? '' : Buffer.concat(parts).toString('utf8');
      [parts, length, start] = [[], 0, end + 1];
    }
    length += chunk.length - start;
    if (length <= longestLine) parts.push(chunk.subarray(start));
    else parts = [];
  }
  if (length > 0) yield Buffer.concat(parts).toString('utf8');
}

async function readWhole(file: string): Promise<Read> {
  const hash = createHash('sha256');
  let [bytes, lines, last] = [0, 0, 10];
  for await (const chunk of createReadStream(file, { highWaterMark: 2 ** 20 }) as AsyncIterable<Buffer>) {
    hash.update(chunk);
    bytes += chunk.length;
    for (let at = chunk.indexOf(10); at >= 0; at = chunk.indexOf(10, at + 1)) lines += 1;
    last = chunk.at(-1)!;
  }
  return { bytes, lines: last === 10 ? lines : lines + 1, sha256: hash.digest('hex') };
}

/** How many transitions a round of chains takes: of more, several rounds look at a part of the pathways each. */
const perRound = 250_000;
export const roundsOf = ({ size, from }: Head): number => Math.max(1, Math.ceil((size - from) / perRound));

/** The chains, in the order of the tree, which is that of every pathway; and the files, against the manifest. */
export function besideBundle(log: BundleLog, head: Head, faults: Faults) {
  const rounds = roundsOf(head);
  const begins = head.from === 0;
  const isOf = (pathway: string, round: number) =>
    rounds === 1 || Number.parseInt(pathway.slice(-6), 16) % rounds === round;
  const chains = new Chains(faults, begins);
  const into = (
    to: Chains,
    round: number,
    { pathway, seq, prev }: { pathway: string; seq: number; prev: string | null },
    { hash, index }: TreeRow,
  ) => {
    if (isOf(pathway, round)) to.link({ pathway, seq, prev, hash: hash.toString('hex'), index });
  };
  return {
    each: (leaf: Leaf, row: TreeRow) => {
      if (leaf.kind === 'transition') into(chains, 0, leaf, row);
    },
    end: async (seen: (more: number) => void): Promise<{ pathways: number }> => {
      let pathways = chains.size;
      for (let round = 1; round < rounds; round++) {
        const others = new Chains(faults, begins);
        for await (const { rows } of log.pages(head)) {
          for (const row of rows) {
            const leaf =
              row.kind === 'transition' && row.entry
                ? (parsed(row.entry.leaf) as Extract<Leaf, { kind: 'transition' }>)
                : undefined;
            if (typeof leaf?.pathway === 'string' && Number.isInteger(leaf.seq)) into(others, round, leaf, row);
          }
          seen(rows.length);
        }
        pathways += others.size;
      }
      await fileFaults(log, faults);
      return { pathways };
    },
  };
}

async function fileFaults({ dir, manifest, read }: BundleLog, faults: Faults): Promise<void> {
  const add = (file: string, what: string) => faults.add(what, { file }, { rank: 'other' });
  if (!manifest)
    return void add(
      manifestFile,
      existsSync(join(dir, manifestFile)) ? 'it is not a manifest as it was written' : 'it is missing',
    );
  const listed = new Map(manifest.files.map((file) => [file.name, file]));
  const there = filesIn(dir);
  for (const name of there) if (name !== manifestFile && !listed.has(name)) add(name, 'the manifest does not name it');
  for (const { name, bytes, sha256: said } of listed.values()) {
    if (!there.includes(name)) {
      add(name, 'it is missing');
      continue;
    }
    const found = name === entriesFile ? await read() : digestOf(readFileSync(join(dir, name)));
    if (found.bytes !== bytes || found.sha256 !== said) add(name, 'it is not the file that the manifest describes');
  }
  const { lines } = await read();
  const counted = Object.values(manifest.entries).reduce((sum, count) => sum + count, 0);
  if (lines !== counted || counted !== manifest.size - manifest.from)
    add(
      manifestFile,
      `it tells of ${counted} entries between ${manifest.from} and ${manifest.size}, and there are ${lines}`,
    );
  if (!listed.has(verifierKeyFile) || !listed.has(entriesFile))
    add(manifestFile, `it does not name ${listed.has(entriesFile) ? verifierKeyFile : entriesFile}`);
}
