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
    refuseOthers(await comparedWith(source));
    await source.runMigrations();
    await prepareJobs(source);
  } finally {
    await source.destroy();
  }
}

/** Throws an Error with the remedy when the tables are not those of this version. */
export async function isOfThisVersion(source: DataSource): Promise<void> {
  const { missing, others } = await comparedWith(source);
  refuseOthers({ others });
  if (missing.length > 0)
    throw new Error(
      `The database lacks ${missing.join(', ')}: set MIGRATION_DATABASE_URL to a user who may take on ${roleOf('migrating')}, and start again.`,
    );
}

/** The migrations that the database lacks, and those made in it that this program does not have. */
async function comparedWith(source: DataSource): Promise<{ missing: string[]; others: string[] }> {
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
  const ours = source.migrations.map(({ name }) => name!);
  return {
    missing: [...ours.filter((name) => !done.includes(name)), ...(queues ? [] : ['the queues'])],
    others: done.filter((name) => !ours.includes(name)),
  };
}

function refuseOthers({ others }: { others: string[] }): void {
  if (others.length > 0)
    throw new Error(
      `The database was made by another version of this program (${others.join(', ')}), and is left as it is: run that version, or give this one an empty database (of a demo: delete its data directory).`,
    );
}
