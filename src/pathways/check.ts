/** Is what is stored what the log says? For every pathway: no gap, version = count = max(seq), chain unbroken, and the replay of the log is the stored snapshot. */
import { replay } from '../../machines/advance.js';
import { earliestDue } from '../../machines/clocks.js';
import { machineVersion } from '../../machines/pathway.js';
import { whereOf } from '../../machines/snapshot.js';
import { Sql, statement } from '../database/sql.js';
import { canonical, eventOf, openingOf, sha256, type Entry } from './log.js';

export type Fault = { pathway: string; seq?: number; what: string };
export type Checked = { pathways: number; transitions: number; faults: Fault[] };

type Row = { id: string; version: number; stage: string; unit: string | null; planning_area: string; due_at: Date | null; snapshot: string; head_hash: Buffer; machine_version: number };
type LogRow = { pathway_id: string; seq: number; entry: string; hash: Buffer };

const count = statement('check_count', 'select count(*)::int as n from pathway');
const page = statement('check_page', 'select id, version, stage, unit, planning_area, due_at, snapshot, head_hash, machine_version from pathway where id > $1 order by id limit 100');
const logs = statement('check_logs', 'select pathway_id, seq, entry, hash from transition where pathway_id = any($1::uuid[]) order by pathway_id, seq');
const orphans = statement('check_orphans', 'select distinct pathway_id from transition t where not exists (select from pathway p where p.id = t.pathway_id) limit 100');

function chainFaults(row: Row, log: readonly LogRow[]): Fault[] {
  const faults: Fault[] = [];
  if (row.version !== log.length || log.at(-1)?.seq !== row.version) faults.push({ pathway: row.id, what: `version ${row.version}, but ${log.length} transitions up to seq ${log.at(-1)?.seq ?? 0}` });
  let prev: string | null = null;
  log.forEach(({ seq, entry, hash }, index) => {
    const fault = (what: string) => faults.push({ pathway: row.id, seq, what });
    if (seq !== index + 1) fault(`is where seq ${index + 1} is expected`);
    if (!sha256(entry).equals(hash)) fault('its bytes do not give its hash');
    const read = parsed(entry);
    if (!read) fault('its bytes are no entry');
    else {
      if (canonical(read) !== entry) fault('its bytes are not canonical');
      if (read.pathway !== row.id || read.seq !== seq) fault('it is an entry of another place');
      if (read.prev !== prev) fault('it does not continue the entry before it');
    }
    prev = hash.toString('hex');
  });
  if (log.length > 0 && !log.at(-1)!.hash.equals(row.head_hash)) faults.push({ pathway: row.id, what: 'its head is not the hash of its last entry' });
  return faults;
}
const parsed = (text: string): Entry | undefined => { try { return JSON.parse(text) as Entry; } catch { return undefined; } };

/** Keys in the log are sorted and in a client's event are not: both forms say the same. */
const sameForm = (text: string): string | undefined => { try { return canonical(JSON.parse(text)); } catch { return undefined; } };

function replayFaults(row: Row, log: readonly LogRow[]): Fault[] {
  try {
    const entries = log.map(({ entry }) => JSON.parse(entry) as Entry);
    const stored = replay(openingOf(entries[0]!), entries.slice(1).map(eventOf));
    const where = whereOf(stored.value, stored.context);
    const faults = canonical(stored) === sameForm(row.snapshot) ? [] : ['the replay of its log is not the stored snapshot'];
    if (where.stage !== row.stage || where.unit !== row.unit || stored.context.planningArea !== row.planning_area) faults.push('stage, unit or planning area beside the snapshot differ from the replay');
    if (earliestDue(stored.context.clocks) !== (row.due_at?.toISOString() ?? null)) faults.push('the deadline beside the snapshot differs from the replay');
    if (row.machine_version !== machineVersion) faults.push(`stored by machine version ${row.machine_version}, this is ${machineVersion}`);
    return faults.map((what) => ({ pathway: row.id, what }));
  } catch (error) {
    return [{ pathway: row.id, what: `the log does not replay: ${error instanceof Error ? error.message : 'unreadable'}` }];
  }
}

/** `seen` is called after each pathway, for a progress bar. */
export async function checkAll(sql: Sql, seen: (done: number, of: number) => void = () => undefined): Promise<Checked> {
  const total = (await sql.row<{ n: number }>(count, []))!.n;
  const result: Checked = { pathways: 0, transitions: 0, faults: [] };
  for (let after = '00000000-0000-0000-0000-000000000000'; ;) {
    const rows = await sql.rows<Row>(page, [after]);
    if (rows.length === 0) break;
    const entries = await sql.rows<LogRow>(logs, [rows.map(({ id }) => id)]);
    for (const row of rows) {
      const log = entries.filter(({ pathway_id }) => pathway_id === row.id);
      result.faults.push(...chainFaults(row, log), ...replayFaults(row, log));
      result.pathways += 1;
      result.transitions += log.length;
      seen(result.pathways, total);
    }
    after = rows.at(-1)!.id;
  }
  for (const { pathway_id } of await sql.rows<{ pathway_id: string }>(orphans, [])) result.faults.push({ pathway: pathway_id, what: 'it has transitions and is not there' });
  return result;
}
