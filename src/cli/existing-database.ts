/** The database for a command that has no use for an empty one. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { Config } from '../config.js';
import type { Sql } from '../database/sql.js';
import { withDatabase } from './database.js';

/** Rejects with an Error that says what to do when there is no database, or not one of this version. */
export async function withExistingDatabase<T>(config: Config, work: (sql: Sql, url: string) => Promise<T>): Promise<T> {
  if (config.databaseUrl === undefined && !existsSync(join(config.dataDir, 'pg')))
    throw new Error(
      `There is no database in ${config.dataDir}: set DATABASE_URL, or DATA_DIR to the data directory of a demo (npm start makes one).`,
    );
  try {
    return await withDatabase(config, work);
  } catch (error) {
    const { code } = error as { code?: string };
    if (code === '42P01' || code === '42703' || code === '42883')
      throw new Error(
        'The database is not of this version of the program: start the application once with MIGRATION_DATABASE_URL set, which brings it up to date.',
        { cause: error },
      );
    if (code === 'ECONNREFUSED')
      throw new Error('The database does not answer: see that it runs, and that DATABASE_URL names it.', {
        cause: error,
      });
    throw error;
  }
}
