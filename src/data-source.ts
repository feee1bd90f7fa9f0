import { DataSource } from 'typeorm';
import { migrations } from '../migrations/index.js';
import { jobSchema, prepareDuties, roleOf, type Duty } from './database/duties.js';
import { prepareJobs } from './database/jobs.js';
import { entities } from './pathways/entities.js';

/** Times in milliseconds, enforced by the server (see database/sql.ts). */
const serverTimeouts =
  '-c statement_timeout=10000 -c lock_timeout=5000 -c idle_in_transaction_session_timeout=10000 -c timezone=UTC';

/** Connections that take on the role of a duty, and no other. */
export const createDataSource = (url: string, duty: Duty, poolSize = 10): DataSource =>
  new DataSource({
    type: 'postgres',
    url,
    entities,
    migrations,
    migrationsTableName: 'migration',
    synchronize: false,
    logging: false,
    extra: {
      max: poolSize,
      connectionTimeoutMillis: 5_000,
      keepAlive: true,
      options: `${serverTimeouts} -c role=${roleOf(duty)}`,
      application_name: `smertevejen ${duty}`,
    },
  });

/** Roles, tables and queues as this version has them. May be called by several starts at once and again. */
export async function migrate(url: string): Promise<void> {
  await prepareDuties(url);
  const source = await createDataSource(url, 'migrating', 1).initialize();
  try {
    await holdsNothingOfBefore(source);
    await source.runMigrations();
    await prepareJobs(source);
  } finally {
    await source.destroy();
  }
}

/** What an earlier version remembered of a pathway is not what this one would, from the same log. There was never more than demo data, and that is laid out again in seconds. */
async function holdsNothingOfBefore(source: DataSource): Promise<void> {
  const [{ before }] = (await source.query(`select to_regclass('public.pathway') is not null and not exists (
    select from pg_attribute where attrelid = to_regclass('public.pathway') and attname = 'sweep_at') as before`)) as [
    { before: boolean },
  ];
  if (!before) return;
  const [{ kept }] = (await source.query('select exists (select from pathway) as kept')) as [{ kept: boolean }];
  if (kept)
    throw new Error(
      'The database is of an earlier version of this program, whose demo data cannot be carried over: delete the data directory, or give it an empty database.',
    );
}

/** Throws an Error with the remedy when the tables are not those of this version. */
export async function isOfThisVersion(source: DataSource): Promise<void> {
  const [{ there }] = (await source.query(`select to_regclass('public.migration') is not null as there`)) as [
    { there: boolean },
  ];
  const done = there
    ? ((await source.query('select name from migration')) as { name: string }[]).map(({ name }) => name)
    : [];
  // From the catalogue: whoever may not look into the schema is told what is missing all the same.
  const [{ queues }] = (await source.query(
    'select exists (select from pg_class c join pg_namespace s on s.oid = c.relnamespace where s.nspname = $1 and c.relname = $2) as queues',
    [jobSchema, 'queue'],
  )) as [{ queues: boolean }];
  const missing = [
    ...migrations.map(({ name }) => name).filter((name) => !done.includes(name)),
    ...(queues ? [] : ['the queues']),
  ];
  if (missing.length > 0)
    throw new Error(
      `The database lacks ${missing.join(', ')}: set MIGRATION_DATABASE_URL to a user who may take on ${roleOf('migrating')}, and start again.`,
    );
  const unknown = done.filter((name) => !migrations.some((migration) => migration.name === name));
  if (unknown.length > 0)
    throw new Error(`The database is of a later version than this program (${unknown.join(', ')}): run that version.`);
}
