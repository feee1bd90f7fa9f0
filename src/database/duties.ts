/**
 * Who may do what in the database: a role for each duty (their rights: migrations, and rights.txt). They belong to the cluster and cannot log in; whoever
 * logs in is a member of those that he needs, and a connection takes on one of them.
 */
import pg from 'pg';
import type { Sql } from './sql.js';
import { statement } from './sql.js';

export const duties = ['migrating', 'serving', 'sequencing', 'reporting'] as const;
export type Duty = (typeof duties)[number];
export const roleOf = (duty: Duty): string => `smertevejen_${duty}`;
/** Where the queues are (jobs.ts): a schema of its own, which the role that migrates owns. */
export const jobSchema = 'job';

/** Makes the roles that are missing, and lets the present user take them on. Throws an Error that says what is to be done when he may not, and it has not been done. */
export async function prepareDuties(url: string): Promise<void> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    if (await isPrepared(client)) return;
    for (const duty of duties) await made(client, roleOf(duty));
    await client.query(`grant usage, create on schema public to ${roleOf('migrating')}`);
    await client.query(`grant usage on schema public to ${duties.map(roleOf).join(', ')}`);
    await client.query('revoke all on schema public from public');
    await madeOnce(() => client.query(`create schema if not exists ${jobSchema} authorization ${roleOf('migrating')}`));
  } catch (error) {
    if ((error as { code?: string }).code !== '42501') throw error;
    const { rows: known } = await client.query<{ rolname: string }>(
      'select rolname from pg_roles where rolname = any($1)',
      [duties.map(roleOf)],
    );
    const missing = duties.map(roleOf).filter((role) => !known.some(({ rolname }) => rolname === role));
    throw new Error(
      `The database's user may not make or take on the roles of this application. Let an administrator run:\n${missing.map((role) => `  create role ${role} nologin;\n`).join('')}` +
        `  grant usage, create on schema public to ${roleOf('migrating')};\n  grant usage on schema public to ${duties.map(roleOf).join(', ')};\n  create schema if not exists ${jobSchema} authorization ${roleOf('migrating')};\n` +
        'and grant each of the roles to the user that has this duty.',
    );
  } finally {
    await client.end();
  }
}

/** Somebody has: a user who can do no more than migrate needs nothing else. */
async function isPrepared(client: pg.Client): Promise<boolean> {
  const {
    rows: [found],
  } = await client.query<{ there: boolean }>('select count(*) = $2 as there from pg_roles where rolname = any($1)', [
    duties.map(roleOf),
    duties.length,
  ]);
  if (!found!.there) return false;
  const {
    rows: [may],
  } = await client.query<{ ready: boolean }>(
    `
    select pg_has_role(current_user, $1, 'member') and has_schema_privilege($1, 'public', 'create') and not rolsuper
      and exists (select from pg_namespace where nspname = $2 and has_schema_privilege($1, oid, 'create')) as ready from pg_roles where rolname = current_user`,
    [roleOf('migrating'), jobSchema],
  );
  return may!.ready;
}

async function made(client: pg.Client, role: string): Promise<void> {
  const {
    rows: [known],
  } = await client.query<{ member: boolean }>(
    `select pg_has_role(current_user, oid, 'member') as member from pg_roles where rolname = $1`,
    [role],
  );
  if (!known) await madeOnce(() => client.query(`create role ${role} nologin`));
  if (!known?.member) await client.query(`grant ${role} to current_user`);
}

async function madeOnce(make: () => Promise<unknown>): Promise<void> {
  try {
    await make();
  } catch (error) {
    // Another start has just made it.
    if (!['42710', '42P06', '23505'].includes((error as { code?: string }).code ?? '')) throw error;
  }
}

const whoAmI = statement(
  'who_am_i',
  /* sql */ `
  select rolname as name, rolsuper or rolbypassrls as super, pg_has_role(rolname, '${roleOf('migrating')}', 'member') as owner from pg_roles where rolname = session_user`,
);

/** Whoever could change the log may not serve: throws an Error that names the user and the remedy. */
export async function servesWithLittle(sql: Sql): Promise<void> {
  const me = (await sql.row<{ name: string; super: boolean; owner: boolean }>(whoAmI, []))!;
  if (!me.super && !me.owner) return;
  throw new Error(
    `The database's user ${me.name} ${me.super ? 'is a superuser' : 'owns the tables'}, so this application could change its own log, and does not start. ` +
      `Make a user that may only serve, and use it in DATABASE_URL: create role <name> login password '…' in role ${roleOf('serving')}; migrations run with MIGRATION_DATABASE_URL, the sequencer with SEQUENCER_DATABASE_URL.`,
  );
}

/** Columns that may be changed where the table may not. */
const ofColumns = /* sql */ `
  select 'UPDATE (' || string_agg(a.attname, ', ' order by a.attnum) || ')' from pg_attribute a
  where a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped and not has_table_privilege(r.oid, c.oid, 'UPDATE') and has_column_privilege(r.oid, c.oid, a.attnum, 'UPDATE')`;
/** role × table × what it may, a line each: compared in CI with rights.txt. */
export const rights = /* sql */ `
  select r.rolname as role, case s.nspname when 'public' then '' else s.nspname || '.' end || c.relname as name, string_agg(v.verb, ' ' order by v.place) || coalesce(' ' || (${ofColumns}), '') as verbs
  from pg_roles r cross join pg_class c join pg_namespace s on s.oid = c.relnamespace cross join unnest(array['SELECT', 'INSERT', 'UPDATE', 'DELETE', 'TRUNCATE', 'REFERENCES', 'TRIGGER']) with ordinality as v(verb, place)
  where r.rolname = any($1) and s.nspname in ('public', '${jobSchema}') and c.relkind in ('r', 'v', 'p') and not c.relispartition and has_table_privilege(r.oid, c.oid, v.verb)
  group by 1, 2, r.oid, c.oid order by array_position($1, r.rolname::text), 2`;
