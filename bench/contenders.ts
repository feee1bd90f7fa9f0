/** Who is measured: the product, the same of another checkout, and what a server costs that does little or nothing of it. Each has a database of its own. */
import { cpSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import pg from 'pg';
import { SystemClock } from '../src/database/clock.js';
import { RandomIds } from '../src/database/ids.js';
import { Sql, type Statement } from '../src/database/sql.js';
import { createDataSource, migrate } from '../src/data-source.js';
import { Door } from '../src/pathways/door.js';
import { Openings } from '../src/pathways/openings.js';
import { commit } from '../src/pathways/statements.js';
import { end, opened, openedOverHttp, serve, walked, type Server } from './http.js';

export type Contender = {
  /** New pathways, by their ids. */
  open: (howMany: number) => Promise<string[]>;
  /** More transitions in a second than it will ever make. */
  atMost: number;
  url: string;
  database: string;
  end: () => Promise<void>;
};
/** `cluster`: the address of a superuser. `keys`: a directory. `token`: of a GP. */
export type Place = { cluster: string; keys: string; token: string };

export async function emptyDatabase(cluster: string, name: string): Promise<string> {
  const client = new pg.Client({ connectionString: cluster });
  await client.connect();
  try {
    await client.query(`create database ${name}`);
  } finally {
    await client.end();
  }
  const address = new URL(cluster);
  address.pathname = `/${name}`;
  return address.href;
}
export async function databaseFor(cluster: string, name: string): Promise<string> {
  const url = await emptyDatabase(cluster, name);
  await migrate(url);
  return url;
}

/** `dir`: the checkout whose build is served; without one, this. `filled` puts into the database what is there before. */
export async function product(
  { cluster, keys, token }: Place,
  name: string,
  { dir, filled }: { dir?: string; filled?: (client: pg.Client) => Promise<void> } = {},
): Promise<Contender> {
  const database = await emptyDatabase(cluster, name);
  const built = dir === undefined ? join(import.meta.dirname, '..') : join(dir, 'dist');
  const theirs = (await import(pathToFileURL(join(built, 'src/data-source.js')).href)) as { migrate: typeof migrate };
  await theirs.migrate(database);
  if (filled) {
    const client = new pg.Client({ connectionString: database });
    await client.connect();
    await filled(client).finally(() => client.end());
  }
  // Whoever issues the tokens is the same for all; what is signed of a log is not.
  const own = join(keys, name);
  cpSync(join(keys, 'demo-issuer.json'), join(own, 'demo-issuer.json'));
  const server = await serve(join(built, 'bench/app-server.js'), database, own);
  return {
    open: (howMany) => openedOverHttp(server.url, howMany, token),
    atMost: 2_000,
    url: server.url,
    database,
    end: () => end(server),
  };
}

/** The product's two statements with the values of a real walk, and nothing in between. */
export async function bare({ cluster, keys }: Place): Promise<Contender> {
  const database = await databaseFor(cluster, 'bare');
  const source = await createDataSource(database, 'serving', 16).initialize();
  const sql = new Sql(source);
  const written: unknown[][] = [];
  const listening = Object.assign(Object.create(sql) as Sql, {
    row: (of: Statement, given: readonly unknown[]) => {
      if (of === commit) written.push([...given]);
      return sql.row(of, given);
    },
  });
  const clock = new SystemClock();
  const door = new Door(listening, clock);
  const openings = new Openings(sql, clock, door, new RandomIds());
  const templates = await walked(door, (await opened(openings, 1))[0]!, written);
  const server = await serve(join(import.meta.dirname, 'bare-server.js'), database, keys);
  server.process.send(templates);
  return {
    open: (howMany) => opened(openings, howMany),
    atMost: 3_000,
    url: server.url,
    database,
    end: async () => {
      await end(server);
      await source.destroy();
    },
  };
}

const tables = `
  create table pathway (id uuid primary key, version integer not null, snapshot jsonb not null);
  create table transition (pathway_id uuid not null references pathway (id), seq integer not null, event text not null, recorded_at timestamptz not null, primary key (pathway_id, seq));
  create table outbox (id bigint generated always as identity primary key, pathway_id uuid not null, seq integer not null, body text not null, created_at timestamptz not null);`;

export async function thin({ cluster, keys }: Place): Promise<Contender> {
  const database = await emptyDatabase(cluster, 'thin');
  const client = new pg.Client({ connectionString: database });
  await client.connect();
  await client.query(tables);
  const server: Server = await serve(join(import.meta.dirname, 'thin-server.js'), database, keys);
  return {
    open: async (howMany) =>
      (
        await client.query<{ id: string }>(
          `insert into pathway select gen_random_uuid(), 1, '{"state": "open"}' from generate_series(1, $1::int) returning id`,
          [howMany],
        )
      ).rows.map(({ id }) => id),
    atMost: 6_000,
    url: server.url,
    database,
    end: async () => {
      await end(server);
      await client.end();
    },
  };
}
