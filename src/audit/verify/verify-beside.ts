/** What stands beside the tree in the database: entries that wait for it, the chain of each pathway and its own word for how it ends, and what should not be there. */
import type { DatabaseLog, Link } from './source-database.js';
import { Chains } from './verify-chain.js';
import { checkEntry, parsed } from './verify-entry.js';
import { whereOf, whereOfRow, type Faults } from './verify-faults.js';

/** `seconds`: how long the oldest has been waiting. */
export type Beside = { pathways: number; pending: number; seconds: number };

export async function besideTree(log: DatabaseLog, faults: Faults, seen: (more: number) => void): Promise<Beside> {
  const waiting = await pendingFaults(log, faults);
  const pathways = await chainFaults(log, faults, seen);
  for await (const ids of log.emptyPathways())
    for (const pathway of ids) faults.add('the pathway has no entry', { pathway });
  for await (const { of, places } of log.unplaced()) {
    for (const place of await log.lost(places)) faults.add(nowhere, whereOf(place));
    seen(of);
  }
  await beyondFaults(log, faults);
  return { ...waiting, pathways };
}
const nowhere = 'it stands neither in the tree nor among those that wait for it';

async function pendingFaults(log: DatabaseLog, faults: Faults): Promise<Omit<Beside, 'pathways'>> {
  const found = { pending: 0, seconds: 0 };
  for await (const rows of log.pending()) {
    for (const { row, index, seconds } of rows) {
      const where = whereOfRow(row);
      const add = (what: string) => faults.add(`waits for the tree: ${what}`, where);
      found.pending += 1;
      found.seconds = Math.max(found.seconds, seconds);
      if (index !== null) add(`it stands there already, at index ${index}`);
      if (!row.entry) {
        add('its entry is not there');
        continue;
      }
      for (const what of checkEntry(row.entry, row.kind, row.place).faults) add(what);
      if (!row.hash.equals(row.entry.hash)) add('it waits with another hash than that of the entry');
    }
  }
  return found;
}

async function chainFaults(log: DatabaseLog, faults: Faults, seen: (more: number) => void): Promise<number> {
  const chains = new Chains(faults);
  let pathways = 0;
  let before: Link | undefined;
  const ended = () => {
    if (before) endFaults(before, chains, faults);
  };
  for await (const links of log.links()) {
    for (const link of links) {
      const { pathway, seq, hash, leaf, index } = link;
      if (before?.pathway !== pathway) {
        ended();
        pathways += 1;
      }
      chains.link({ pathway, seq, hash: hash.toString('hex'), prev: prevOf(leaf), index: index ?? undefined });
      before = link;
    }
    const unplaced = links
      .filter(({ index }) => index === null)
      .map(({ pathway, seq }) => ({ kind: 'transition', id: pathway, seq }));
    for (const place of await log.lost(unplaced)) faults.add(nowhere, whereOf(place));
    seen(links.length);
  }
  ended();
  return pathways;
}

const prevOf = (leaf: string): string | null | undefined =>
  (parsed(leaf) as { prev?: string | null } | null | undefined)?.prev;

/** The pathway's own word, as it was when its last link was read. */
function endFaults({ pathway, version, head }: Link, chains: Chains, faults: Faults): void {
  const { seq, hash, index } = chains.take(pathway)!;
  const at = index === undefined || (version !== null && seq < version) ? {} : { at: index };
  const add = (what: string) => faults.add(what, { pathway }, { ...at, rank: 'chain' });
  if (version === null) add('the pathway is not there, and its entries are');
  else if (version !== seq) add(`the pathway is at version ${version}, and its last entry is seq ${seq}`);
  else if (head?.toString('hex') !== hash) add("the pathway's head is not the hash of its last entry");
}

async function beyondFaults(log: DatabaseLog, faults: Faults): Promise<void> {
  const {
    leaves: { count, first, last },
    nodes,
    checkpoints,
  } = await log.beyond();
  if (count > 0)
    faults.add(`the tree has ${count === 1 ? 'an entry' : `${count} entries`} beyond the size that log_head tells`, {
      index: first,
      ...(count === 1 ? {} : { first, last }),
    });
  for (const node of nodes) faults.add('no node belongs there in a log of this size', { node }, { rank: 'node' });
  for (const checkpoint of checkpoints)
    faults.add('the log is not that long', { checkpoint }, { at: Math.max(checkpoint - 1, 0), rank: 'checkpoint' });
}
