/**
 * npm run export -- --format csv|ndjson|xes --out <dir> --as <who> [--unit <unit>] [--from <time>] [--to <time>] [--up-to <size>] [--with-patients]
 * The log of transitions as a file, with a manifest that holds its hash. Whoever exports it is written down as everybody who looks at patients is. Exit code 0, or 1 with the remedy.
 */
import 'reflect-metadata';
import { randomUUID } from 'node:crypto';
import { mkdirSync, readdirSync, renameSync, rmSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { SingleBar } from 'cli-progress';
import { exported, fileOf, formatNames, noteExport, spanOf, wanted, type Wanted } from '../audit/export/exports.js';
import type { FormatName } from '../audit/export/formats/formats.js';
import type { Manifest } from '../audit/export/formats/manifest.js';
import { countUpTo } from '../audit/export/logged.js';
import { lagOf } from '../audit/tree/store.js';
import { SystemClock } from '../database/clock.js';
import { readConfig } from '../config.js';
import type { Sql } from '../database/sql.js';
import { RandomIds } from '../database/ids.js';
import { createLogger } from '../logging.js';
import { LookUps } from '../accesses/look-ups.js';
import { Problem, type FieldError } from '../http/problem.js';
import { withExistingDatabase } from './existing-database.js';

const manifestFile = 'manifest.json';
/** What a killed export leaves behind: nothing that looks whole. */
const unfinished = '.part';

type Asked = { name: FormatName; out: string; by: { sub: string; unit: string }; wanted: Wanted; patients: boolean };

function asked(): Asked {
  const { values } = parseArgs({
    options: {
      format: { type: 'string' },
      out: { type: 'string' },
      as: { type: 'string' },
      unit: { type: 'string' },
      from: { type: 'string' },
      to: { type: 'string' },
      'up-to': { type: 'string' },
      'with-patients': { type: 'boolean' },
    },
  });
  const { format, out, as: sub, unit = 'REGION', from, to } = values;
  const name = formatNames.find((one) => one === format);
  if (name === undefined) throw new Error(`--format: give one of ${formatNames.join(', ')}.`);
  if (out === undefined) throw new Error('Give the directory that the export is to be written to: --out <dir>.');
  if (sub === undefined || sub.trim() === '')
    throw new Error('Say who exports: --as <who>. It is written down with the look-up.');
  const read = wanted.safeParse({ upTo: values['up-to'], from, to });
  if (!read.success)
    throw new Error(
      read.error.issues
        .map(({ path, message }) => `--${String(path[0]).replace('upTo', 'up-to')} ${message}.`)
        .join('\n'),
    );
  return { name, out, by: { sub, unit }, wanted: read.data, patients: values['with-patients'] ?? false };
}

/** Empty, or with nothing but what an export that was killed has left. */
function prepared(dir: string): void {
  mkdirSync(dir, { recursive: true });
  const names = readdirSync(dir);
  if (names.some((name) => !name.endsWith(unfinished)))
    throw new Error(`${dir} is not empty: give a directory that is not there yet.`);
  for (const name of names) rmSync(join(dir, name));
}

/** On the disk, and then under its name. */
async function written(path: string, chunks: AsyncIterable<string> | Iterable<string>): Promise<void> {
  const handle = await open(`${path}${unfinished}`, 'w', 0o600);
  try {
    for await (const chunk of chunks) await handle.writeFile(chunk);
    await handle.sync();
  } finally {
    await handle.close();
  }
}

async function exportLog(
  sql: Sql,
  { name, out, by, wanted: asking, patients }: Asked,
  seen: (entries: number, of: number) => void,
): Promise<{ manifest: Manifest; pending: number }> {
  const clock = new SystemClock();
  const span = await spanOf(sql, asking);
  const lookUps = new LookUps(sql, clock, new RandomIds(), createLogger('silent'));
  await noteExport(sql, lookUps, { ...by, roles: ['auditor'] }, span, {
    requestId: randomUUID(),
    criterion: { format: name, ...span, patients },
  });
  prepared(out);
  const total = await countUpTo(sql, span);
  const made = await exported(sql, name, span, { patients, seen: (entries) => seen(entries, total) });
  const [file, beside] = [join(out, fileOf(name)), join(out, manifestFile)];
  await written(file, made.chunks);
  const manifest = await made.manifest(clock.now());
  await written(beside, [`${JSON.stringify(manifest, null, 2)}\n`]);
  for (const path of [file, beside]) renameSync(`${path}${unfinished}`, path);
  return { manifest, pending: asking.upTo === undefined ? (await lagOf(sql)).pending : 0 };
}

async function run(): Promise<void> {
  const asking = asked();
  const bar = process.stderr.isTTY
    ? new SingleBar({ format: 'entries [{bar}] {value}/{total} {eta_formatted}' })
    : undefined;
  bar?.start(1, 0);
  try {
    const {
      manifest: {
        files: [file],
        upTo,
        checkpoint,
      },
      pending,
    } = await withExistingDatabase(readConfig(process.env, { demo: true }), (sql) =>
      exportLog(sql, asking, (entries, of) => {
        bar?.setTotal(of);
        bar?.update(entries);
      }),
    );
    bar?.stop();
    console.log(
      `${file!.entries} entries of the log of size ${upTo} are in ${join(asking.out, file!.name)}, ${checkpoint === null ? 'which no checkpoint covers yet' : 'covered by the checkpoint in the manifest'}.`,
    );
    console.log(`sha256 ${file!.sha256}`);
    if (pending > 0)
      console.log(
        `${pending} entries wait for their place in the log and are not among them: the application gives it within seconds while it runs.`,
      );
    if (asking.patients)
      console.log('It tells who the patients are, and no erasure reaches it: keep it as you keep the log.');
  } finally {
    bar?.stop();
  }
}

try {
  await run();
} catch (error) {
  const errors = error instanceof Problem ? (error.extra['errors'] as FieldError[] | undefined) : undefined;
  console.error(
    errors
      ? errors.map(({ pointer, message }) => `--${pointer.slice(1).replace('upTo', 'up-to')} ${message}.`).join('\n')
      : error instanceof Error
        ? error.message
        : error,
  );
  process.exitCode = 1;
}
