import type { Logger } from 'pino';
import { statement, type Sql } from './sql.js';

/** The one source of "now", so that the demo can walk through a past year and a test can stand still. */
export abstract class Clock {
  abstract now(): Date;
}
export class SystemClock extends Clock {
  now(): Date {
    return new Date();
  }
}
/** A clock that is set by hand. */
export class SetClock extends Clock {
  private time: number;
  constructor(start: Date | string) {
    super();
    this.time = new Date(start).getTime();
  }
  now(): Date {
    return new Date(this.time);
  }
  set(time: Date | string): void {
    this.time = new Date(time).getTime();
  }
}

const reading = statement('clock_reading', 'select extract(epoch from clock_timestamp())::float8 * 1000 as at');
const readEveryMs = 10_000;
/** Less is the length of the way to the database; more is said in the log. */
const jumpMs = 1_000;

/**
 * One time for all instances: the database's. Between its readings it is counted by what no one can set (performance.now), so a jump of this machine's wall clock (NTP, an
 * administrator, a machine that was frozen) changes nothing. It never goes backwards. The database's time of a reading is taken as that of the moment when the answer is there,
 * so it is behind by the way back and never ahead: a deadline that is called passed too early wrongs somebody and stays in the log, one that is noted a little late does not.
 */
export class DatabaseClock extends Clock {
  /** The database's time less that of performance.now, in milliseconds. */
  private offset: number | undefined;
  private last = 0;
  private busy = false;
  private timer: NodeJS.Timeout | undefined;
  private constructor(
    private readonly sql: Pick<Sql, 'row'>,
    private readonly logger: Pick<Logger, 'warn'>,
  ) {
    super();
  }

  /** Rejects when the database does not answer; later readings that fail leave it counting. */
  static async of(
    sql: Pick<Sql, 'row'>,
    logger: Pick<Logger, 'warn'>,
    { everyMs = readEveryMs } = {},
  ): Promise<DatabaseClock> {
    const clock = new DatabaseClock(sql, logger);
    await clock.read();
    // The first one had to open a connection: this one is closer.
    await clock.read();
    clock.timer = setInterval(() => void clock.read().catch(() => undefined), everyMs).unref();
    return clock;
  }
  stop(): void {
    clearInterval(this.timer);
  }

  now(): Date {
    this.last = Math.max(this.last, performance.now() + this.offset!);
    return new Date(this.last);
  }

  private async read(): Promise<void> {
    if (this.busy) return;
    this.busy = true;
    try {
      const asked = performance.now();
      const { at } = (await this.sql.row<{ at: number }>(reading, []))!;
      this.follow(at - performance.now(), at - asked);
    } finally {
      this.busy = false;
    }
  }

  /** The offset is no less than one and no more than the other, as far as the database's clock is steady; a reading that took long says little, and changes little. */
  private follow(least: number, most: number): void {
    const was = this.offset;
    if (was !== undefined && least <= was && was <= most) return;
    this.offset = least;
    if (was === undefined || Math.abs(least - was) < jumpMs) return;
    const seconds = Math.round((least - was) / 1_000);
    if (least > was)
      this.logger.warn(
        { alarm: 'clock', seconds },
        'the clock of the database has been put forward; its time is followed',
      );
    else
      this.logger.warn(
        { alarm: 'clock', seconds },
        'the clock of the database has been put back; time stands still until it has caught up',
      );
  }
}
