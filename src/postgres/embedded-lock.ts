import { randomUUID } from 'node:crypto';
import { linkSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { birth, errorCode } from './embedded-process.js';

/** Who holds a cluster. `born` tells the holder from a later process with the same pid, `id` one holding from the next. */
type Owner = { pid: number; born: string; id: string };

const ownerFile = (home: string): string => join(home, 'owner.json');
/** The right to succeed one owner. It exists once, because an owner's id never comes back. */
const successionFile = (home: string, owner: Owner): string => join(home, `owner.${owner.id}.successor`);

/** Another living process of ours has this cluster; nothing of it was touched. */
export class ClusterInUse extends Error {
  override readonly name = 'ClusterInUse';

  constructor(
    readonly dir: string,
    readonly pid: number,
  ) {
    super(
      `The embedded database in ${dir} is in use by process ${pid}. Stop that process first (kill ${pid}), ` +
        'or give this one a data directory of its own, or set DATABASE_URL.',
    );
  }
}

/**
 * Makes this process the owner of a cluster's directory and returns what gives it back. Throws ClusterInUse.
 *
 * An owner that died is succeeded, and of any number of starts at once by exactly one: whoever creates the succession file that bears the
 * dead owner's id may replace the owner file, nobody else. If the successor dies in between, its own id is succeeded in turn.
 */
export function takeOwnership(home: string): () => void {
  const me: Owner = { pid: process.pid, born: birth(process.pid) ?? '', id: randomUUID() };
  const draft = join(home, `owner.${me.id}.draft`);
  writeFileSync(draft, JSON.stringify(me), { flag: 'wx', mode: 0o600 }); // complete before it is linked: nobody reads half an owner
  try {
    while (!tryToOwn(home, draft));
  } finally {
    rmSync(draft, { force: true });
  }
  return () => {
    if (readOwner(ownerFile(home))?.id === me.id) rmSync(ownerFile(home));
  };
}

function tryToOwn(home: string, draft: string): boolean {
  if (createAs(draft, ownerFile(home))) return true;
  const first = readOwner(ownerFile(home));
  if (!first) return false; // given back in between
  const line = lineOfSuccession(home, first);
  const last = line.at(-1) ?? first;
  if (birth(last.pid) === last.born) throw new ClusterInUse(home, last.pid);
  if (!createAs(draft, successionFile(home, last))) return false; // another start was quicker

  // The right is void if that owner was succeeded, and the file cleared away, between our reading and now.
  const valid = readOwner(ownerFile(home))?.id === first.id;
  if (valid) renameSync(draft, ownerFile(home));
  for (const owner of valid ? line : [last]) rmSync(successionFile(home, owner), { force: true });
  return valid;
}

/** The owner and those who began to succeed it and died on the way: nearly always the owner alone. */
function lineOfSuccession(home: string, first: Owner): Owner[] {
  const line: Owner[] = [];
  for (let next: Owner | undefined = first; next; next = readOwner(successionFile(home, next))) line.push(next);
  return line;
}

function createAs(draft: string, file: string): boolean {
  try {
    linkSync(draft, file);
    return true;
  } catch (error) {
    if (errorCode(error) === 'EEXIST') return false;
    throw error;
  }
}

function readOwner(file: string): Owner | undefined {
  try {
    return JSON.parse(readFileSync(file, 'utf8')) as Owner;
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return undefined;
    if (error instanceof SyntaxError) return { pid: 0, born: '', id: 'damaged' }; // a power cut can leave it empty
    throw error;
  }
}
