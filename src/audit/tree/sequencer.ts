/**
 * Gives each entry of the log its place in the one tree, outside the commit that wrote it, and signs what the tree is. One at a time: a second sequencer finds another size
 * than it expected, and begins again. It never signs a tree that does not continue what it has signed before: a database that was rolled back or rewritten is said, not certified.
 */
import type { OnApplicationBootstrap, OnApplicationShutdown } from '@nestjs/common';
import type { Logger } from 'pino';
import type { Clock } from '../../database/clock.js';
import type { Sql } from '../../database/sql.js';
import type { Keep } from './keep.js';
import { logName, readCheckpoint, signCheckpoint, verifierOf, type Signer } from './note.js';
import { appendTo, hashesOf, pendingOf, sizeOf, storeCheckpoint } from './store.js';
import { Appender, rootAt } from './tree.js';

/** At most so many entries a statement: it stays far below the server's limit of time. */
const batch = 2_000;
const pauseMs = 250;
/** A checkpoint each so many entries or seconds, whichever comes first. */
const signEvery = { entries: 1_000, ms: 10_000 };
const complainEveryMs = 60_000;

/** The tree is not the one that was signed. */
export class NotContinued extends Error {}

export class Sequencer implements OnApplicationBootstrap, OnApplicationShutdown {
  private appender: Appender | undefined;
  private timer: NodeJS.Timeout | undefined;
  private working: Promise<void> = Promise.resolve();
  private signed = { size: 0, at: 0 };
  private complainedAt = 0;
  /** The size of the checkpoint that is known to be in the database. */
  private stored: number | undefined;
  private stopped = false;

  constructor(
    private readonly sql: Sql,
    private readonly keep: Keep,
    private readonly signer: Signer,
    private readonly clock: Clock,
    private readonly logger: Logger,
  ) {}

  onApplicationBootstrap(): void {
    this.keep.clear();
    const round = async (): Promise<void> => {
      await this.round();
      if (!this.stopped)
        this.timer = setTimeout(() => {
          this.working = round();
        }, pauseMs).unref();
    };
    this.working = round();
  }
  /** Ends with everything that is written in the tree, and signed. */
  async onApplicationShutdown(): Promise<void> {
    this.stopped = true;
    clearTimeout(this.timer);
    await this.working;
    await this.round({ sign: true });
  }

  private async round({ sign = false } = {}): Promise<void> {
    try {
      while ((await this.append()) === batch);
      const due =
        this.appender &&
        (this.appender.size - this.signed.size >= signEvery.entries ||
          performance.now() - this.signed.at >= signEvery.ms);
      if (sign || due) await this.sign();
    } catch (error) {
      this.appender = undefined;
      this.complain(error);
    }
  }

  /** Every pending entry that can be seen, up to a batch. Resolves to how many. */
  async append(): Promise<number> {
    const pending = await pendingOf(this.sql, batch);
    const appender = this.appender ?? (await Appender.at(await sizeOf(this.sql), hashesOf(this.sql)));
    this.appender = undefined;
    const before = appender.size;
    for (const { hash } of pending) appender.append(hash);
    if (pending.length > 0 && !(await appendTo(this.sql, before, pending, appender.taken()))) return 0;
    this.appender = appender;
    return pending.length;
  }

  /** A checkpoint of what is appended, outside first. Throws NotContinued when the tree is not the one that was signed last. */
  async sign(): Promise<void> {
    const appender = this.appender ?? (await Appender.at(await sizeOf(this.sql), hashesOf(this.sql)));
    const { size } = appender;
    const last = this.keep.last();
    this.signed = { size, at: performance.now() };
    if (last) {
      await this.continues(last.note, size);
      // Whoever was interrupted after it was kept outside has not stored it.
      if (this.stored !== last.size)
        await storeCheckpoint(this.sql, last.size, last.note, this.clock.now().toISOString());
    }
    if (size === 0) return;
    const note =
      last?.size === size ? last.note : signCheckpoint({ origin: logName, size, root: appender.root() }, this.signer);
    this.keep.put({ size, note });
    await storeCheckpoint(this.sql, size, note, this.clock.now().toISOString());
    this.stored = size;
  }

  private async continues(note: string, size: number): Promise<void> {
    const signed = readCheckpoint(note, [verifierOf(this.signer.verifierKey)]);
    if (signed.size > size)
      throw new NotContinued(
        `a log of ${signed.size} entries was signed, and the database has ${size}: it was rolled back`,
      );
    if (!(await rootAt(signed.size, hashesOf(this.sql))).equals(signed.root))
      throw new NotContinued(`the first ${signed.size} entries are not those that were signed`);
  }

  private complain(error: unknown): void {
    if (error instanceof NotContinued) {
      if (performance.now() - this.complainedAt < complainEveryMs && this.complainedAt > 0) return;
      this.complainedAt = performance.now();
      this.logger.fatal({ alarm: 'log' }, `no checkpoint is signed: ${error.message}. Run npm run verify.`);
      return;
    }
    this.logger.warn(
      { code: (error as { code?: string }).code, fault: (error as Error).name },
      'the log was not sequenced; it is tried again',
    );
  }
}
