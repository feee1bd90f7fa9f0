/**
 * npm run import -- <file.ndjson> [--rejects <file>]
 * Past pathways, an entry a line, as npm run export writes them or as somebody wrote them by hand. Run it again after a kill, a power cut or a repair: what is there is not taken twice.
 * Exit code 0 when all lines are in the log, 12 when some were rejected, 1 when the file could not be read or the database did not answer.
 */
import 'reflect-metadata';
import { createReadStream, existsSync, realpathSync } from 'node:fs';
import { open, type FileHandle } from 'node:fs/promises';
import { parseArgs } from 'node:util';
import { SingleBar } from 'cli-progress';
import { DataSource, type DataSourceOptions } from 'typeorm';
import { SystemClock } from '../database/clock.js';
import { readConfig } from '../config.js';
import { createDataSource } from '../data-source.js';
import { Sql, statement } from '../database/sql.js';
import { RandomIds } from '../database/ids.js';
import { importLines, type Reject, type Summary } from '../importing/importing.js';
import { countLines, notText } from '../importing/lines.js';
import { Corrections } from '../pathways/corrections.js';
import { Door } from '../pathways/door.js';
import { Openings } from '../pathways/openings.js';
import { withExistingDatabase } from './existing-database.js';

/** So many rejected lines are shown; --rejects keeps all. */
const shown = 20;
const flush = statement('import_flush', `select pg_logical_emit_message(true, 'smertevejen', 'imported')`);

const bytesOf = (path: string): AsyncIterable<Buffer> => createReadStream(path);

/** How many lines. Throws an Error that says what to do with a file that is none of entries. */
async function looked(path: string): Promise<number> {
  if (!existsSync(path)) throw new Error(`${path} is not there: give the file that is to be imported.`);
  const handle = await open(path);
  try {
    const { bytesRead, buffer } = await handle.read(Buffer.alloc(4_096), 0, 4_096, 0);
    const fault = notText(buffer.subarray(0, bytesRead));
    if (fault !== undefined) throw new Error(fault);
  } finally {
    await handle.close();
  }
  return countLines(bytesOf(path));
}

/**
 * On a connection that does not wait for the disk at each commit: what a power cut takes away, the next run takes again. Once all is done the last commit waits, and with it everything before.
 */
async function imported(
  sql: Sql,
  url: string,
  path: string,
  rejected: (reject: Reject) => Promise<void>,
  seen: (line: number) => void,
): Promise<Summary> {
  const { options } = createDataSource(url, 'serving', 2);
  const { extra } = options as { extra: { options: string } };
  const quick = await new DataSource({
    ...options,
    extra: { ...extra, options: `${extra.options} -c synchronous_commit=off` },
  } as DataSourceOptions).initialize();
  try {
    const [own, clock] = [new Sql(quick), new SystemClock()];
    const door = new Door(own, clock);
    const summary = await importLines(
      {
        sql: own,
        clock,
        door,
        openings: new Openings(own, clock, door, new RandomIds()),
        corrections: new Corrections(door, clock),
      },
      bytesOf(path),
      { rejected, seen },
    );
    await sql.rows(flush, []);
    return summary;
  } finally {
    await quick.destroy();
  }
}

const lineOf = ({ line, pathway, type, reasons }: Reject): string =>
  `line ${line}${pathway === null ? '' : ` (${pathway})`}: ${type}: ${reasons.join('; ')}`;
function toldOf({ lines, pathways, taken, there, rejected, skipped }: Summary, seconds: number): string {
  return `${lines} lines of ${pathways} pathways: ${taken} taken, ${there} already there, ${rejected} rejected, ${skipped} skipped after them; in ${seconds.toFixed(1)} s, ${Math.round(lines / Math.max(seconds, 0.001))} a second.`;
}

async function run(): Promise<void> {
  const {
    values: { rejects },
    positionals: [path, ...more],
  } = parseArgs({ allowPositionals: true, options: { rejects: { type: 'string' } } });
  if (path === undefined || more.length > 0) throw new Error('Give one file: npm run -s import -- <file.ndjson>.');
  const total = await looked(path);
  if (rejects !== undefined && existsSync(rejects) && realpathSync(rejects) === realpathSync(path))
    throw new Error('--rejects names the file that is imported: give another.');
  const file: FileHandle | undefined = rejects === undefined ? undefined : await open(rejects, 'w', 0o600);
  const bar = process.stderr.isTTY
    ? new SingleBar({ format: 'lines [{bar}] {value}/{total} {eta_formatted}' })
    : undefined;
  const first: Reject[] = [];
  const started = performance.now();
  try {
    bar?.start(total, 0);
    const rejected = async (reject: Reject): Promise<void> => {
      if (first.length < shown && reject.type !== 'skipped') first.push({ ...reject, entry: null });
      await file?.writeFile(`${JSON.stringify(reject)}\n`);
    };
    const summary = await withExistingDatabase(readConfig(process.env, { demo: true }), (sql, url) =>
      imported(sql, url, path, rejected, (line) => bar?.update(line)),
    );
    bar?.stop();
    for (const reject of first) console.log(lineOf(reject));
    if (summary.rejected > first.length)
      console.log(
        `and ${summary.rejected - first.length} more${rejects === undefined ? ': --rejects <file> keeps them all' : ''}`,
      );
    console.log(toldOf(summary, (performance.now() - started) / 1000));
    process.exitCode = summary.rejected > 0 ? 12 : 0;
  } finally {
    bar?.stop();
    await file?.close();
  }
}

try {
  await run();
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
}
