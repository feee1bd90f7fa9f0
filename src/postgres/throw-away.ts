import { chmodSync, existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { startCluster, type Cluster } from './embedded.js';
import { findHome } from './embedded-home.js';
import { birth } from './embedded-process.js';

/** What is acknowledged may be lost when the machine stops, but not when a process is killed. */
const SETTINGS = { fsync: 'off', synchronous_commit: 'off', full_page_writes: 'off', max_connections: '300' };

/** A PostgreSQL for a test, a measurement or a command, in a fresh directory that `stop()` removes. `durable` waits for the disk, as the real one does. */
export async function throwAwayCluster({ durable = false } = {}): Promise<Cluster & { dir: string }> {
  await clearLeftOvers();
  const parent = mkdtempSync(join(tmpdir(), `smertevejen-test-${process.pid}-`));
  chmodSync(parent, 0o711); // as root, the server's user has to pass through
  const dir = findHome(join(parent, 'db'), () => undefined).path; // elsewhere if TMPDIR is closed to that user
  const remove = (): void => [dir, parent].forEach((path) => rmSync(path, { recursive: true, force: true }));
  try {
    const cluster = await startCluster({ dir, settings: durable ? {} : SETTINGS });
    let stopped: Promise<void> | undefined;
    return { url: cluster.url, dir, stop: () => (stopped ??= cluster.stop().then(remove)) };
  } catch (error) {
    remove();
    throw error;
  }
}

/** A test run that was killed (a time limit, Ctrl-C) leaves its server running: adopted, it can be stopped. */
async function clearLeftOvers(): Promise<void> {
  for (const name of readdirSync(tmpdir())) {
    const pid = /^smertevejen-test-(\d+)-/.exec(name)?.[1];
    if (!pid || birth(Number(pid))) continue;
    const dir = join(tmpdir(), name, 'db');
    try {
      if (existsSync(join(dir, 'data', 'postmaster.pid')))
        await (await startCluster({ dir, settings: SETTINGS })).stop();
      rmSync(join(tmpdir(), name), { recursive: true, force: true });
    } catch {
      // another user's, or another test is just clearing it
    }
  }
}
