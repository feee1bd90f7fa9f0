/** The one time of all instances: behind the database's by no more than a way, never ahead, never backwards, whatever is set where. */
import assert from 'node:assert/strict';
import { afterAll, beforeAll, describe, it } from '@jest/globals';
import fc from 'fast-check';
import type { DataSource } from 'typeorm';
import { DatabaseClock } from '../../src/database/clock.js';
import { Sql } from '../../src/database/sql.js';
import { administrating, freshDatabase, type TestDatabase } from '../support/database.js';

const RealDate = Date;
const paused = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

/** A database whose clock can be set, `way` milliseconds there and as many back. */
class Far {
  ahead = 1_790_000_000_000;
  way = 0;
  reads = 0;
  down = false;
  now(): number {
    return performance.now() + this.ahead;
  }
  async row<Row>(): Promise<Row> {
    await paused(this.way);
    if (this.down) throw new Error('the database is away');
    const at = this.now();
    await paused(this.way);
    this.reads += 1;
    return { at } as Row;
  }
  /** Two, since one may have been under way. */
  async read(): Promise<void> {
    const { reads } = this;
    while (this.reads < reads + 2) await paused(1);
    await paused(1);
  }
}
const said: string[] = [];
const logger = {
  warn: (_: object, message: string) => {
    said.push(message);
  },
} as never;
const clockOf = (far: Far) => DatabaseClock.of(far as never, logger, { everyMs: 5 });

describe('the clock of the database, seen from here', () => {
  it('is not ahead, and behind by no more than the way there and back', async () => {
    const far = new Far();
    far.way = 20;
    const clock = await clockOf(far);
    for (let n = 0; n < 20; n += 1) {
      const behind = far.now() - clock.now().getTime();
      assert.ok(behind >= 0 && behind < 60, `${behind} ms behind`);
      await paused(5);
    }
    clock.stop();
  });

  it('does not feel that the clock of this machine is set', async () => {
    const far = new Far();
    const clock = await clockOf(far);
    for (const shift of [86_400_000, -86_400_000, 3.2e11, -3.2e11]) {
      globalThis.Date = new Proxy(RealDate, {
        construct: (target, values) =>
          Reflect.construct(target, values.length === 0 ? [RealDate.now() + shift] : values) as Date,
      });
      try {
        assert.ok(Math.abs(new Date().getTime() - RealDate.now() - shift) < 50, 'the wall clock was not set');
        assert.ok(Math.abs(clock.now().getTime() - far.now()) < 50);
      } finally {
        globalThis.Date = RealDate;
      }
    }
    clock.stop();
  });

  it('is followed forwards at the next reading, and waited for when it is put back; both are said', async () => {
    const far = new Far();
    const clock = await clockOf(far);
    said.length = 0;
    far.ahead += 3_600_000;
    await far.read();
    assert.ok(Math.abs(clock.now().getTime() - far.now()) < 50);
    far.ahead -= 300;
    await far.read();
    const stood = clock.now().getTime();
    assert.ok(stood > far.now());
    far.ahead -= 60_000;
    await far.read();
    assert.equal(clock.now().getTime(), stood);
    far.ahead += 60_300;
    await far.read();
    assert.ok(clock.now().getTime() >= stood && Math.abs(clock.now().getTime() - far.now()) < 50);
    assert.deepEqual(
      said.slice(0, 2).map((message) => /put (forward|back)/.exec(message)?.[1]),
      ['forward', 'back'],
    );
    clock.stop();
  });

  it('goes on while the database is away', async () => {
    const far = new Far();
    const clock = await clockOf(far);
    far.down = true;
    await paused(50);
    const { reads } = far;
    const before = clock.now().getTime();
    await paused(50);
    assert.equal(far.reads, reads);
    assert.ok(clock.now().getTime() - before >= 45);
    far.down = false;
    await far.read();
    clock.stop();
  });

  it('never goes backwards, however it is put', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.integer({ min: -100_000, max: 100_000 }), { minLength: 1, maxLength: 6 }),
        async (jumps) => {
          const far = new Far();
          const clock = await clockOf(far);
          let last = clock.now();
          for (const jump of jumps) {
            far.ahead += jump;
            for (let n = 0; n < 5; n += 1) {
              await paused(2);
              const now = clock.now();
              assert.ok(now >= last);
              last = now;
            }
          }
          clock.stop();
        },
      ),
      { numRuns: 20 },
    );
  });
});

describe('the time of a real database', () => {
  let database: TestDatabase;
  let source: DataSource;
  beforeAll(async () => {
    database = await freshDatabase();
    source = await administrating(database.url);
  });
  afterAll(async () => {
    await source.destroy();
    await database.drop();
  });

  it('is read to the millisecond, and is never ahead of what a statement sent afterwards sees', async () => {
    const sql = new Sql(source);
    const clock = await DatabaseClock.of(sql, logger);
    for (let n = 0; n < 50; n += 1) {
      const here = clock.now().getTime();
      const [{ at }] = (await source.query('select clock_timestamp() as at')) as [{ at: Date }];
      assert.ok(here <= at.getTime() && at.getTime() - here < 1_000, `${at.getTime() - here} ms behind`);
    }
    clock.stop();
  });
});
