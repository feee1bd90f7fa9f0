/**
 * Nobody waits unseen: a deadline that has passed is noted in the log, through the one door, by whichever instance comes to it first. What is due is decided on a version of the
 * pathway, and a version is followed by one transition; so each is noted once, however many sweep and however often one is killed.
 */
import { Inject, Injectable, type OnModuleInit } from '@nestjs/common';
import type { Logger } from 'pino';
import { v5 as uuid } from 'uuid';
import { passedBy } from '../../machines/pathway/clocks.js';
import type { Actor } from '../../machines/pathway/roles.js';
import { Clock } from '../database/clock.js';
import { isBusy } from '../database/faults.js';
import { Jobs } from '../database/jobs.js';
import { Sql, statement } from '../database/sql.js';
import { LOGGER } from '../logging.js';
import { Door } from '../pathways/door.js';
import { Problem } from '../http/problem.js';

const sweeper: Actor = { sub: 'sweeper', unit: 'SYSTEM', roles: ['system'] };
const namespace = 'b9a6a6f4-2a53-4c1e-9d0e-6f1f0c7f5a3d';
const batch = 500;
const atOnce = 4;
/** Others may write to a pathway as often as this between reading and sending; after that it is left to the next round. */
const triesAgain = 5;
const lateAfterMs = 60_000;
/** A deadline that arises between two rounds (a message that fails is late at once) waits no longer. */
const atLeastEverySeconds = 5;
const passOverMs = { first: 60_000, longest: 3_600_000 };

const dueBy = statement(
  'due_to_sweep',
  /* sql */ `
  select id, version, sweep_at::text as at from pathway where sweep_at <= $1 and (sweep_at, id) > ($2, $3) order by sweep_at, id limit $4`,
);
const dueNext = statement('due_next', 'select min(sweep_at) as next from pathway where sweep_at > $1');
type Due = { id: string; version: number; at: string };

/** `late`: noted more than a minute after they had passed, the latest by `worstMs`; `passedOver`: pathways that could not be swept, now or some minutes ago; `next`: when something passes after this round. */
export type Swept = { noted: number; late: number; worstMs: number; passedOver: number; next: Date | null };

@Injectable()
export class Sweeper implements OnModuleInit {
  /** Until when (by performance.now), and for how long the next time. */
  private readonly passedOver = new Map<string, { until: number; pauseMs: number }>();
  constructor(
    private readonly sql: Sql,
    private readonly door: Door,
    private readonly clock: Clock,
    private readonly jobs: Jobs,
    @Inject(LOGGER) private readonly logger: Logger,
  ) {}

  onModuleInit(): void {
    this.jobs.work('sweep', async (signal) => {
      const { next, ...swept } = await this.sweep(signal);
      if (swept.noted > 0) this.logger.info(swept, 'deadlines noted');
      if (signal.aborted) return 0;
      return Math.min(
        next === null ? Infinity : (next.getTime() - this.clock.now().getTime()) / 1_000,
        atLeastEverySeconds,
      );
    });
  }

  /** Every deadline that has passed by now; each pathway is looked at once. Rejects when the database does not answer. */
  async sweep(signal?: AbortSignal): Promise<Swept> {
    const by = this.clock.now();
    const swept: Swept = { noted: 0, late: 0, worstMs: 0, passedOver: 0, next: null };
    let after = ['-infinity', '00000000-0000-0000-0000-000000000000'];
    for (let more = true; more && !signal?.aborted;) {
      const rows = await this.sql.rows<Due>(dueBy, [by, ...after, batch]);
      const waiting = shuffled(rows).values();
      const ends = await Promise.allSettled(
        Array.from({ length: atOnce }, async () => {
          for (const row of waiting) if (!signal?.aborted) await this.one(row, swept);
        }),
      );
      for (const end of ends) if (end.status === 'rejected') throw end.reason;
      more = rows.length === batch;
      if (more) after = [rows.at(-1)!.at, rows.at(-1)!.id];
    }
    return { ...swept, next: (await this.sql.row<{ next: Date | null }>(dueNext, [by]))!.next };
  }

  private async one(row: Due, swept: Swept): Promise<void> {
    const before = this.passedOver.get(row.id);
    if (before && performance.now() < before.until) {
      swept.passedOver += 1;
      return;
    }
    try {
      await this.visit(row, swept);
      this.passedOver.delete(row.id);
    } catch (error) {
      if (isBusy(error)) throw error;
      swept.passedOver += 1;
      this.passOver(row.id, error, before?.pauseMs ?? passOverMs.first);
    }
  }

  /** One deadline after the other, the earliest first. */
  private async visit({ id, version }: Due, swept: Swept): Promise<void> {
    for (let outrun = 0, mine = 0; outrun <= triesAgain;) {
      const { row, snapshot } = await this.door.read(id, sweeper);
      const now = this.clock.now();
      const [first] = passedBy(snapshot.context.clocks, now.toISOString());
      if (!first) {
        if (mine === 0 && row.version === version) throw new NothingDue();
        return;
      }
      try {
        // With the version: what a correction has taken out of the log may pass again, at the same instant.
        const key = uuid(`${id} ${first.clock} ${first.dueAt} ${row.version}`, namespace);
        const { replayed } = await this.door.send({
          pathway: id,
          actor: sweeper,
          version: row.version,
          key,
          event: { type: 'deadline.passed', clock: first.clock },
        });
        // Another instance has just sent the same.
        if (replayed) outrun += 1;
        else tally(swept, now.getTime() - Date.parse(first.dueAt));
        mine += 1;
      } catch (error) {
        if (!(error instanceof Problem && error.type === 'stale-version')) throw error;
        outrun += 1;
      }
    }
  }

  private passOver(pathway: string, error: unknown, pauseMs: number): void {
    this.passedOver.set(pathway, {
      until: performance.now() + pauseMs,
      pauseMs: Math.min(pauseMs * 2, passOverMs.longest),
    });
    const fault = error instanceof Problem ? error.type : (error as Error).name;
    this.logger.error(
      { alarm: 'deadline', pathway, fault, code: (error as { code?: string }).code, minutes: pauseMs / 60_000 },
      'a deadline of this pathway cannot be noted; it is passed over for some minutes. Run npm run check.',
    );
  }
}

/** The column says that something has passed, and the pathway's own memory does not. */
class NothingDue extends Error {
  override name = 'NothingDue';
}

function tally(swept: Swept, byMs: number): void {
  swept.noted += 1;
  if (byMs > lateAfterMs) swept.late += 1;
  swept.worstMs = Math.max(swept.worstMs, byMs);
}

/** In an order of its own, so that two who sweep at once are seldom at the same pathway. (Begun at different places of one order, the one behind would skip what is done and then keep pace.) */
const shuffled = <T>(all: readonly T[]): T[] =>
  all
    .map((one) => ({ one, place: Math.random() }))
    .sort((a, b) => a.place - b.place)
    .map(({ one }) => one);
