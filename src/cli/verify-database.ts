/** The log in the database, for a command that only reads it. */
import 'reflect-metadata';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { readVerifiers, verifierKeyFile } from '../audit/tree/keys.js';
import type { Verifier } from '../audit/tree/note.js';
import { databaseLog, type DatabaseLog } from '../audit/verify/source-database.js';
import type { Config } from '../config.js';
import { withExistingDatabase } from './existing-database.js';

/** The keys that lie beside what is kept outside; undefined where nothing has been signed yet. */
export const verifiersIn = (dir: string): Verifier[] | undefined =>
  existsSync(join(dir, verifierKeyFile)) ? readVerifiers(dir) : undefined;

/** Rejects with an Error that says what to do when there is no database: none is made to be found empty. */
export const withLog = <T>(config: Config, work: (log: DatabaseLog) => Promise<T>): Promise<T> =>
  withExistingDatabase(config, (sql) => work(databaseLog(sql)));
