/** Rounds by whichever instance comes first: one waits in the queue, whoever fails or is killed. */
import assert from 'node:assert/strict';
import { afterAll, beforeAll, beforeEach, describe, it } from '@jest/globals';
import { createDataSource } from '../../src/data-source.js';
import { Jobs } from '../../src/database/jobs.js';
import { createLogger } from '../../src/logging.js';
import { startServer, type TestServer } from '../support/server.js';

let server: TestServer;
beforeAll(async () => {
  server = await startServer();
});
afterAll(() => server.stop());

describe('rounds', () => {
  type Job = { state: string; output: unknown; wait: number };
  beforeEach(() => server.source.query('delete from job.job'));
  const queued = () =>
    server.source.query(
      `select state::text as state, output, extract(epoch from start_after - now())::float8 as wait from job.job where name = 'sweep' order by state`,
    ) as Promise<Job[]>;
  async function withJobs(round: () => Promise<number>, then: (jobs: Jobs) => Promise<void>): Promise<void> {
    const address = new URL(process.env['TEST_CLUSTER_URL']!);
    address.pathname = `/${((await server.source.query('select current_database() as name')) as [{ name: string }])[0].name}`;
    const source = await createDataSource(address.href, 'serving', 3).initialize();
    const jobs = new Jobs(source, createLogger('silent'), true);
    jobs.work('sweep', round);
    await jobs.onApplicationBootstrap();
    try {
      await then(jobs);
    } finally {
      await jobs.beforeApplicationShutdown();
      await source.destroy();
    }
  }
  const until = async (holds: () => Promise<boolean> | boolean): Promise<void> => {
    while (!(await holds())) await new Promise((resolve) => setTimeout(resolve, 20));
  };

  it('leave one job in the queue, which is brought forward and never put off', async () => {
    let rounds = 0;
    await withJobs(
      async () => {
        rounds += 1;
        return 1_000_000;
      },
      async (jobs) => {
        await until(
          async () => rounds === 1 && (await queued()).some(({ state, wait }) => state === 'created' && wait > 20),
        );
        const [{ wait }] = (await queued()) as [Job];
        assert.ok(wait <= 30, `${wait} s`);
        await jobs.send('sweep', { startAfter: 29.9 });
        await jobs.send('sweep', { startAfter: 60 });
        assert.equal((await queued()).length, 1);
        await Promise.all([jobs.send('sweep'), jobs.send('sweep'), jobs.send('sweep', { startAfter: 20 })]);
        await until(() => rounds === 2);
      },
    );
    assert.deepEqual(
      (await queued()).map(({ state }) => state),
      ['created'],
    );
  }, 30_000);

  it('that fail are made again, and their words are not kept', async () => {
    let rounds = 0;
    await withJobs(
      async () => {
        rounds += 1;
        if (rounds === 1) throw new Error('Nina Test 0505701234');
        return 30;
      },
      async () => {
        await until(() => rounds === 2);
        const failed = (await queued()).filter(({ state }) => state === 'failed');
        assert.deepEqual(
          failed.map(({ output }) => output),
          [null],
        );
      },
    );
  }, 30_000);

  it('of whoever was killed are made up for within seconds', async () => {
    let rounds = 0;
    await withJobs(
      async () => {
        rounds += 1;
        return 30;
      },
      async () => {
        await until(async () => rounds === 1 && (await queued()).length === 1);
        // Fetched by another instance, which has not come further.
        await server.source.query(`update job.job set state = 'active', started_on = now() where name = 'sweep'`);
        await until(() => rounds === 2);
      },
    );
  }, 30_000);

  it('are not made where they were not asked for', async () => {
    assert.deepEqual(await queued(), []);
  });
});
