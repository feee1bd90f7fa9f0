/** One PostgreSQL for the run, thrown away at its end (or TEST_DATABASE_URL), and one migrated template: each file clones its own databases. */
import { throwAwayCluster } from '../../../src/postgres/throw-away.js';
import { makeTemplate } from '../database.js';

let stop = async (): Promise<void> => undefined;

export default async function setup(): Promise<void> {
  let url = process.env['TEST_DATABASE_URL'];
  if (!url) {
    const cluster = await throwAwayCluster();
    ({ url } = cluster);
    stop = () => cluster.stop();
  }
  for (const signal of ['SIGINT', 'SIGTERM'] as const)
    process.once(signal, () => void stop().finally(() => process.exit(1)));
  await makeTemplate(url);
  Object.assign(process.env, { TEST_CLUSTER_URL: url, LOG_LEVEL: 'silent', TZ: 'Asia/Tokyo' }); // the workers inherit it
}

export const tornDown = (): Promise<void> => stop();
