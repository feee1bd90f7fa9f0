/**
 * All pathways of one version of the machine to another (machines/versions.ts): rehearsed first by the replay of what has happened to each, then, by an entry of its log each.
 * A pathway to which something has happened that the other version would not have taken stays where it is, and is served by its own version.
 */
import { isMove, movedBy, type Moved } from '../../machines/engine/fold.js';
import { rehearseMove, type Rehearsal } from '../../machines/engine/rehearsal.js';
import type { Actor } from '../../machines/pathway/roles.js';
import type { Stored } from '../../machines/engine/snapshot.js';
import { moveBetween, type Move } from '../../machines/engine/versions.js';
import type { Clock } from '../database/clock.js';
import { Sql, statement } from '../database/sql.js';
import { grouped } from '../grouped.js';
import type { Door } from './door.js';
import { openingOf, readEntry, type Written } from './log.js';
import { stepsOf } from './past.js';

export type Rehearsed = { pathway: string; rehearsal: Rehearsal } | { pathway: string; fault: string };
type Row = { id: string; snapshot: string };

const total = statement('moves_total', 'select count(*)::int as n from pathway where machine_version = $1');
const page = statement(
  'moves_page',
  'select id, snapshot from pathway where machine_version = $1 and id > $2 order by id limit 100',
);
const logs = statement(
  'moves_logs',
  'select pathway_id, leaf, payload from transition where pathway_id = any($1::uuid[]) order by pathway_id, seq',
);

export const howMany = async (sql: Sql, { from }: Move): Promise<number> =>
  (await sql.row<{ n: number }>(total, [from.version]))!.n;

function rehearsed({ id, snapshot }: Row, log: readonly Written[], move: Move): Rehearsed {
  try {
    const entries = log.map(readEntry);
    const events = stepsOf(entries).flatMap(({ event }) => (isMove(event) ? [] : [event]));
    return {
      pathway: id,
      rehearsal: rehearseMove(
        { opening: openingOf(entries[0]!), events, stored: JSON.parse(snapshot) as Stored },
        move,
      ),
    };
  } catch (error) {
    return { pathway: id, fault: error instanceof Error ? error.message : 'unreadable' };
  }
}

/** One by one, a hundred logs in memory at a time; nothing is written. */
export async function* rehearseAll(sql: Sql, move: Move): AsyncGenerator<Rehearsed> {
  for (let after = '00000000-0000-0000-0000-000000000000'; ;) {
    const rows = await sql.rows<Row>(page, [move.from.version, after]);
    if (rows.length === 0) return;
    const entries = grouped(
      await sql.rows<Written & { pathway_id: string }>(logs, [rows.map(({ id }) => id)]),
      ({ pathway_id }) => pathway_id,
    );
    for (const row of rows) yield rehearsed(row, entries.get(row.id) ?? [], move);
    after = rows.at(-1)!.id;
  }
}

/** Nothing stands in the way: it would have been taken there, and is where its own log leads to. */
export const mayMove = (one: Rehearsed): boolean =>
  'rehearsal' in one && one.rehearsal.fault === undefined && !one.rehearsal.illegal && !one.rehearsal.differs;

/** Moves those that nothing stands in the way of; yields every pathway with what became of it. May be run again: it goes on with those that are left. */
export async function* moveAll(
  sql: Sql,
  door: Door,
  clock: Clock,
  { from, to }: { from: number; to: number },
  sub: string,
): AsyncGenerator<Rehearsed & { moved: boolean }> {
  const move = moveBetween(from, to, door.versions);
  for await (const one of rehearseAll(sql, move))
    yield {
      ...one,
      moved: mayMove(one) && (await moved(door, clock, one.pathway, { type: 'machine.moved', from, to }, sub)),
    };
}

const unit = 'SYSTEM';
async function moved(door: Door, clock: Clock, pathway: string, event: Moved, sub: string): Promise<boolean> {
  const actor: Actor = { sub, unit, roles: ['system'] };
  const loaded = await door.read(pathway, actor);
  // Somebody was faster: it is rehearsed anew the next time.
  if (loaded.chart.version !== event.from) return false;
  const now = clock.now().toISOString();
  const at = now < loaded.stored.context.lastAt ? loaded.stored.context.lastAt : now;
  const by = { unit, role: 'system' as const };
  const { stored: next, chart } = movedBy(
    { ...event, sent: { at, seq: loaded.row.version + 1, by } },
    loaded.stored,
    door.versions,
  );
  await door.write({ pathway, actor, version: loaded.row.version }, loaded, {
    event,
    at,
    by,
    findings: [],
    next,
    messages: [],
    chart,
  });
  return true;
}
