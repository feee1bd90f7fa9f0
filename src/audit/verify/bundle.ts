/**
 * A log, or the part of it between two sizes, as files that can be verified anywhere: manifest.json, entries.ndjson (one entry a line, in the order of the tree), checkpoints/
 * and verifier-key.txt. With payloads it says who did what, and holds the keys that prove it: it is then as confidential as the log itself, and no erasure reaches it.
 */
import { createHash } from 'node:crypto';
import {
  closeSync,
  fsyncSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  statSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { join, sep } from 'node:path';
import { z } from 'zod';
import { canonical, sha256 } from '../../pathways/log.js';
import { Keep } from '../tree/keep.js';
import { verifierKeyFile } from '../tree/keys.js';
import { logName } from '../tree/note.js';
import type { TreeRow } from './source.js';
import type { DatabaseLog } from './source-database.js';
import { rootAt, type Hashes } from '../tree/tree.js';
import { kinds, parsed, type Kind } from './verify-entry.js';

export const manifestFile = 'manifest.json';
export const entriesFile = 'entries.ndjson';

const digest = z.string().regex(/^[0-9a-f]{64}$/);
const whole = z.int().min(0);
const described = z
  .strictObject({
    v: z.literal(1),
    log: z.literal(logName),
    /** Entries from the index `from` until before `size`; what is before it, by the roots of its subtrees, the largest first. */
    from: whole,
    size: whole,
    peaks: z.array(z.strictObject({ level: whole.max(52), hash: digest })),
    payloads: z.boolean(),
    entries: z.strictObject({ transition: whole, refusal: whole, access: whole }),
    checkpoints: whole,
    files: z.array(
      z.strictObject({ name: z.string().regex(/^[\w-]+(\/[\w-]+)*(\.\w+)?$/), bytes: whole, sha256: digest }),
    ),
  })
  .refine(({ from, size, peaks }) => from <= size && levelsOf(from).join() === peaks.map(({ level }) => level).join());
/** `sha256` is of the canonical form of everything else: it finds an accident. Whoever alters it on purpose is found by the checkpoints. */
export type Manifest = z.infer<typeof described> & { sha256: string };

/** Undefined for a text that is not one, or was changed after it was written. */
export function readManifest(text: string): Manifest | undefined {
  const { sha256: said, ...told } = (parsed(text) ?? {}) as Record<string, unknown>;
  const read = described.safeParse(told);
  if (!read.success || said !== hashOf(read.data)) return undefined;
  const manifest = { ...read.data, sha256: said };
  return textOf(manifest) === text ? manifest : undefined;
}
export const sealManifest = (told: Omit<Manifest, 'sha256'>): Manifest => ({ ...told, sha256: hashOf(told) });
export const textOf = (manifest: Manifest): string => `${JSON.stringify(manifest, null, 2)}\n`;
const hashOf = (told: object): string => sha256(canonical(told)).toString('hex');

/** The subtrees that a log of this size begins with: the bits of the number, the highest first. */
function levelsOf(size: number): number[] {
  const levels: number[] = [];
  for (let level = 52; level >= 0; level--) if (Math.floor(size / 2 ** level) % 2 === 1) levels.push(level);
  return levels;
}

export type Bundling = {
  /** Sizes of the log; by default from its beginning to its last checkpoint, beyond which nothing is signed yet. */
  from?: number | undefined;
  to?: number | undefined;
  /** Without them nobody can read what was said, and nobody can check that it is what was sealed. */
  payloads: boolean;
  /** As keys.ts keeps them, one a line. */
  verifierKeys: readonly string[];
  seen?: (done: number, of: number) => void;
};

/** The directory must be empty, or not there. Rejects with an Error that says what to do when it is not, when the sizes are not, or when an entry is missing. */
export async function writeBundle(
  log: DatabaseLog,
  dir: string,
  { from = 0, to, payloads, verifierKeys, seen = () => undefined }: Bundling,
): Promise<Manifest> {
  const { size: there } = await log.head();
  const size = to ?? (await lastSigned(log, there)) ?? there;
  if (from > size || size > there || (from === size && from > 0))
    throw new Error(
      `from ${from}, to ${size}: the log has ${there} entries. Give two sizes, the first smaller than the second.`,
    );
  mkdirSync(dir, { recursive: true });
  if (readdirSync(dir).length > 0) throw new Error(`${dir} is not empty: give a directory that is not there yet.`);
  const written: Manifest['files'] = [];
  const entries = await writeEntries(log, join(dir, entriesFile), from, size, payloads, written, seen);
  const checkpoints = await writeCheckpoints(log, dir, from, size);
  writeFileSync(join(dir, verifierKeyFile), verifierKeys.map((key) => `${key}\n`).join(''));
  for (const name of filesIn(dir))
    if (name !== entriesFile) written.push({ name, ...digestOf(readFileSync(join(dir, name))) });
  const told = {
    v: 1 as const,
    log: logName as typeof logName,
    from,
    size,
    peaks: await peaksOf(from, log.hashes),
    payloads,
    entries,
    checkpoints,
    files: written,
  };
  const manifest = sealManifest(told);
  // Last: a directory without it is no whole bundle.
  writeFileSync(join(dir, manifestFile), textOf(manifest));
  return manifest;
}

async function lastSigned(log: DatabaseLog, size: number): Promise<number | undefined> {
  let last: number | undefined;
  for await (const kept of log.checkpoints()) if (kept.size <= size) last = kept.size;
  return last;
}

async function writeEntries(
  log: DatabaseLog,
  file: string,
  first: number,
  size: number,
  payloads: boolean,
  written: Manifest['files'],
  seen: (done: number, of: number) => void,
): Promise<Manifest['entries']> {
  const counts = { transition: 0, refusal: 0, access: 0 };
  const hash = createHash('sha256');
  let bytes = 0;
  const handle = openSync(file, 'wx', 0o600);
  try {
    for await (const { to, rows } of log.pages({ from: first, size, said: size, peaks: [] })) {
      const text = Buffer.from(rows.map((row) => lineOf(row, payloads)).join(''));
      for (const { kind } of rows) counts[kind as Kind] += 1;
      writeSync(handle, text);
      hash.update(text);
      bytes += text.length;
      seen(to - first, size - first);
    }
    fsyncSync(handle);
  } finally {
    closeSync(handle);
  }
  if (counts.transition + counts.refusal + counts.access !== size - first)
    throw new Error('There are not as many entries as the log says: run npm run verify.');
  written.push({ name: entriesFile, bytes, sha256: hash.digest('hex') });
  return counts;
}

function lineOf({ index, kind, hash, entry }: TreeRow, payloads: boolean): string {
  if (!entry || !(kinds as readonly string[]).includes(kind))
    throw new Error(`The entry with index ${index} is not there: run npm run verify.`);
  const { leaf, payload, key } = entry;
  return `${canonical({ index, kind, hash: hash.toString('hex'), leaf, ...(payloads ? { payload: payload ?? null, key: key?.toString('hex') ?? null } : {}) })}\n`;
}

async function writeCheckpoints(log: DatabaseLog, dir: string, from: number, size: number): Promise<number> {
  const keep = new Keep(dir);
  let count = 0;
  for await (const kept of log.checkpoints()) {
    if (kept.size < from || kept.size > size) continue;
    keep.put(kept);
    count += 1;
  }
  return count;
}

export const digestOf = (bytes: Buffer) => ({ bytes: bytes.length, sha256: sha256(bytes).toString('hex') });
/** Their names below the directory, as a manifest writes them. */
export const filesIn = (dir: string): string[] =>
  readdirSync(dir, { recursive: true, encoding: 'utf8' })
    .filter((name) => !statSync(join(dir, name)).isDirectory())
    .map((name) => name.split(sep).join('/'))
    .sort();

/** The roots of the subtrees before a size: each is the root of a log of its own, that begins further on. */
async function peaksOf(size: number, hashes: Hashes): Promise<Manifest['peaks']> {
  const peaks: Manifest['peaks'] = [];
  let at = 0;
  for (const level of levelsOf(size)) {
    const before = at;
    const later: Hashes = {
      leaves: (from, to) => hashes.leaves(before + from, before + to),
      nodes: (stored, from, to) => hashes.nodes(stored, before / 2 ** stored + from, before / 2 ** stored + to),
    };
    peaks.push({ level, hash: (await rootAt(2 ** level, later)).toString('hex') });
    at += 2 ** level;
  }
  return peaks;
}
