/**
 * Rounds that are made again and again, by whichever instance comes first: a queue a kind, with one job in it, which says when the next round is due. pg-boss keeps the queues. Its
 * own workers and its cron are not used: they reckon with this machine's clock (put back by a day, a worker sleeps for a day, and cron sends nothing), and a worker that
 * cannot say that it is done, because the database went away, ends the process.
 */
import type { BeforeApplicationShutdown, OnApplicationBootstrap } from '@nestjs/common';
import PgBoss from 'pg-boss';
import { setTimeout as pause } from 'node:timers/promises';
import type { Pool } from 'pg';
import type { Logger } from 'pino';
import type { DataSource } from 'typeorm';
import { jobSchema as schema, roleOf } from './duties.js';

export const queues = ['sweep', 'deliver'] as const;
export type Queue = (typeof queues)[number];
/** Makes a round; resolves to in how many seconds the next is due (at least 1, at most 30). When the signal is given it ends soon, and the rest is left to another instance. */
export type Round = (signal: AbortSignal) => Promise<number>;

const pollMs = 1_000;
/** Whoever was killed during a round has not said when the next one is: one is sent this often, where none waits. */
const madeUpForMs = 5_000;
const graceMs = 5_000;
const seconds = { least: 1, most: 30, afterFault: 5 };

/** pg-boss runs transactions as one text: after a fault within it the connection is in no state to be lent to anybody. */
function executorOf(source: DataSource): PgBoss.Db {
  const pool = () => (source.driver as unknown as { master: Pool }).master;
  return {
    async executeSql(text, values?: unknown[]) {
      if (values !== undefined) return pool().query(text, values);
      const client = await pool().connect();
      try {
        const result = await client.query(text);
        client.release();
        return result;
      } catch (error) {
        client.release(true);
        throw error;
      }
    },
  };
}

/** The schema of the queues and the queues, as this version of pg-boss has them; by the role that migrates. May be called by several starts at once and again. */
export async function prepareJobs(source: DataSource): Promise<void> {
  const db = executorOf(source);
  const boss = new PgBoss({ db, schema, schedule: false, supervise: false });
  // The schema itself is made by whoever makes the roles: to say `if not exists` of it already takes a right to make others.
  if (!(await boss.isInstalled()))
    await made(() =>
      db.executeSql(PgBoss.getConstructionPlans(schema).replace(/create schema[^;]*;/i, ''), undefined as never),
    );
  await boss.start();
  try {
    for (const name of queues) await boss.createQueue(name, { name, policy: 'short', retryLimit: 0 });
  } finally {
    await boss.stop({ graceful: false, close: false });
  }
  await source.query(/* sql */ `
    grant usage on schema ${schema} to ${roleOf('serving')};
    grant select on ${schema}.queue to ${roleOf('serving')};
    grant select, update on ${schema}.version to ${roleOf('serving')};
    grant select, insert, update, delete on ${schema}.job, ${schema}.archive to ${roleOf('serving')}`);
}

async function made(construct: () => Promise<unknown>): Promise<void> {
  try {
    await construct();
  } catch (error) {
    // Another start has just done it.
    if (!['42710', '42P07'].includes((error as { code?: string }).code ?? '')) throw error;
  }
}

const bringForward = /* sql */ `update ${schema}.job set start_after = least(start_after, now() + $2 * interval '1 second') where name = $1 and state = 'created'`;

export class Jobs implements OnApplicationBootstrap, BeforeApplicationShutdown {
  private readonly rounds = new Map<Queue, Round>();
  private readonly ending = new AbortController();
  private readonly db: PgBoss.Db;
  private readonly boss: PgBoss;
  private working: Promise<void>[] = [];
  private timer: NodeJS.Timeout | undefined;

  /** `on`: whether this process makes rounds. Where it makes none, nothing is sent either. */
  constructor(
    source: DataSource,
    private readonly logger: Logger,
    private readonly on: boolean,
  ) {
    this.db = executorOf(source);
    this.boss = new PgBoss({ db: this.db, schema, schedule: false, migrate: false });
    this.boss.on('error', (error) => this.complain(error));
  }

  /** To be called before the application has started. */
  work(name: Queue, round: Round): void {
    this.rounds.set(name, round);
  }

  /** A round in so many seconds, at the latest: one that waits already is brought forward, never put off. */
  async send(name: Queue, { startAfter = 0 }: { startAfter?: number } = {}): Promise<void> {
    if (!this.on) return;
    if ((await this.boss.send(name, {}, { startAfter })) === null)
      await this.db.executeSql(bringForward, [name, startAfter]);
  }

  async onApplicationBootstrap(): Promise<void> {
    if (!this.on || this.rounds.size === 0) return;
    await this.boss.start();
    for (const name of this.rounds.keys()) await this.send(name);
    this.timer = setInterval(() => {
      for (const name of this.rounds.keys())
        this.boss.send(name, {}, { startAfter: 0 }).catch((error: unknown) => this.complain(error, name));
    }, madeUpForMs).unref();
    this.working = [...this.rounds].map(([name, round]) => this.watch(name, round));
  }
  /** Before anybody closes the connections. */
  async beforeApplicationShutdown(): Promise<void> {
    this.ending.abort();
    clearInterval(this.timer);
    const grace = new AbortController();
    await Promise.race([Promise.all(this.working), paused(graceMs, grace.signal)]);
    grace.abort();
    await this.boss.stop({ graceful: false, close: false });
  }

  private async watch(name: Queue, round: Round): Promise<void> {
    const { signal } = this.ending;
    while (!signal.aborted) {
      // A fault of the database comes back as no job.
      const [job] = await this.boss.fetch(name);
      if (job) await this.one(name, round, job.id);
      else await paused(pollMs, signal);
    }
  }

  private async one(name: Queue, round: Round, id: string): Promise<void> {
    let next = seconds.afterFault;
    try {
      next = await round(this.ending.signal);
      await this.boss.deleteJob(name, id);
    } catch (error) {
      this.complain(error, name);
      // Without its words: they would be stored, and may hold what was to be written.
      await this.boss.fail(name, id).catch(() => undefined);
    }
    await this.send(name, { startAfter: Math.min(Math.max(next, seconds.least), seconds.most) }).catch(
      (error: unknown) => this.complain(error, name),
    );
  }

  private complain(error: unknown, queue?: Queue): void {
    this.logger.warn(
      { queue, code: (error as { code?: string }).code, fault: (error as Error).name },
      'a round was not made, or the next not planned; it is tried again',
    );
  }
}

const paused = (ms: number, signal: AbortSignal): Promise<void> =>
  pause(ms, undefined, { signal }).catch(() => undefined);
