/** The database for a command: DATABASE_URL, else the embedded one of the data directory; a running demo is joined, not stopped. */
import { join } from 'node:path';
import { runningClusterUrl, startCluster } from '../postgres/embedded.js';
import { Sql } from '../database/sql.js';
import { createDataSource } from '../data-source.js';
import type { Config } from '../config.js';

export async function withDatabase<T>(
  { databaseUrl, dataDir }: Config,
  work: (sql: Sql, url: string) => Promise<T>,
): Promise<T> {
  const dir = join(dataDir, 'pg');
  const running = databaseUrl ?? (await runningClusterUrl(dir));
  const cluster = running === undefined ? await startCluster({ dir }) : undefined;
  try {
    const url = running ?? cluster!.url;
    const source = await createDataSource(url, 'serving', 4).initialize();
    try {
      return await work(new Sql(source), url);
    } finally {
      await source.destroy();
    }
  } finally {
    await cluster?.stop();
  }
}
