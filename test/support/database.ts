/** A database of one's own in milliseconds: a clone of the migrated template. */
import { randomBytes } from 'node:crypto';
import pg from 'pg';
import { DataSource } from 'typeorm';
import { migrate } from '../../src/data-source.js';

const template = 'template_smertevejen';
const named = (url: string, name: string): string => {
  const named = new URL(url);
  named.pathname = `/${name}`;
  return named.href;
};

async function administered(url: string, text: string): Promise<void> {
  const client = new pg.Client({ connectionString: named(url, 'postgres') });
  await client.connect();
  try {
    await client.query(text);
  } finally {
    await client.end();
  }
}

export async function makeTemplate(url: string): Promise<void> {
  await administered(url, `create database ${template}`);
  await migrate(named(url, template));
}

/** The database as its administrator has it, for whom there are no rights and, if he says so, no triggers. */
export const administrating = (url: string): Promise<DataSource> =>
  new DataSource({ type: 'postgres', url, extra: { max: 3, options: '-c timezone=UTC' } }).initialize();

export type TestDatabase = { url: string; drop(): Promise<void> };
/** Throws outside `npm test`, which makes the cluster. */
export async function freshDatabase(): Promise<TestDatabase> {
  const cluster = process.env['TEST_CLUSTER_URL'];
  if (!cluster) throw new Error('run tests with npm test: it starts the database that they clone');
  const name = `test_${randomBytes(6).toString('hex')}`;
  // Two clones at once disturb each other: a template in use is refused, for a moment.
  for (let attempt = 1; ; attempt++) {
    try {
      await administered(cluster, `create database ${name} template ${template}`);
      break;
    } catch (error) {
      if ((error as { code?: string }).code !== '55006' || attempt === 100) throw error;
      await new Promise((resolve) => setTimeout(resolve, 20 + Math.floor(attempt * 5)));
    }
  }
  return { url: named(cluster, name), drop: () => administered(cluster, `drop database ${name} with (force)`) };
}
