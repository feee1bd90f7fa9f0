import { existsSync } from 'node:fs';
import { findBinaries } from './embedded-binaries.js';
import { knownPassword, prepareData } from './embedded-data.js';
import { findHome } from './embedded-home.js';
import { ClusterInUse, takeOwnership } from './embedded-lock.js';
import { sleep } from './embedded-process.js';
import { endServer, startServer, urlIfUp } from './embedded-server.js';

export { ClusterInUse };

/** `url` holds the password of the superuser: never log it. `stop` may be called twice; it ends when no process is left. */
export type Cluster = { url: string; stop(): Promise<void> };

/** An owner that was killed a moment ago may need this long to be gone. */
const GRACE_MS = 500;

/**
 * Starts the PostgreSQL of a directory, or adopts the one that a killed process left running there.
 *
 * `dir` holds `data/` (PostgreSQL's own), `password`, `owner.json` and `postgres.log`. Where it cannot be used (another user's, or out of
 * reach of the user that runs the server for root), a directory of the present user's that is always the same for `dir`
 * takes its place, and `log` says which. `settings` are PostgreSQL parameters; an adopted server keeps those it was started with.
 *
 * Throws ClusterInUse when another living process of ours owns the directory, and an Error with its remedy otherwise. It installs no signal
 * handlers: whoever starts a cluster calls `stop`. If nobody does, the server lives on and is adopted by the next start.
 */
export async function startCluster(options: {
  dir: string;
  log?: (line: string) => void;
  settings?: Record<string, string>;
}): Promise<Cluster> {
  const { dir, log = () => undefined, settings = {} } = options;
  const home = findHome(dir, log);
  const giveBack = await ownSoon(home.path);
  try {
    const binaries = findBinaries(home, log);
    const password = await prepareData(home, binaries, settings['fsync'] !== 'off');
    const server = await startServer({ home, password, postgres: binaries.postgres, settings, log });
    let stopped: Promise<void> | undefined;
    return { url: server.url, stop: () => (stopped ??= endServer(server).finally(giveBack)) };
  } catch (error) {
    giveBack();
    throw error;
  }
}

async function ownSoon(home: string): Promise<() => void> {
  for (const end = Date.now() + GRACE_MS; ;) {
    try {
      return takeOwnership(home);
    } catch (error) {
      if (!(error instanceof ClusterInUse) || Date.now() > end) throw error;
    }
    await sleep(50);
  }
}

/** The URL of the PostgreSQL that runs in a directory, owned by whoever started it; undefined when none does. For commands beside a running application. */
export async function runningClusterUrl(dir: string): Promise<string | undefined> {
  if (!existsSync(dir)) return undefined;
  const home = findHome(dir, () => undefined);
  const password = knownPassword(home);
  return password === undefined ? undefined : urlIfUp(home, password);
}
