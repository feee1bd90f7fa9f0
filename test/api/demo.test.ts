import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { Writable } from 'node:stream';
import { afterAll, beforeAll, describe, it } from '@jest/globals';
import type { DataSource } from 'typeorm';
import { copenhagenDate, copenhagenTime } from '../../machines/calendar/calendar.js';
import { eventTypes } from '../../machines/pathway/events.js';
import { isSyntheticCpr } from '../../machines/calendar/identifiers.js';
import { stageNames, type StageName } from '../../machines/pathway/stages.js';
import { SetClock } from '../../src/database/clock.js';
import { createDataSource } from '../../src/data-source.js';
import { Sql } from '../../src/database/sql.js';
import type { Step } from '../../demo/course.js';
import { isOpen, lastEvening, opens } from '../../demo/office-hours.js';
import { planUntil } from '../../demo/plan-key.js';
import { seedDemo } from '../../demo/seed.js';
import { travellersOf } from '../../demo/travellers.js';
import { Walk, type Taker, type Traveller } from '../../demo/walk.js';
import { RandomIds } from '../../src/database/ids.js';
import { checkAll } from '../../src/pathways/check.js';
import { Door } from '../../src/pathways/door.js';
import { Openings } from '../../src/pathways/openings.js';
import { viewOf } from '../../src/pathways/view.js';
import type { PathwayView } from '../../src/pathways/wire.js';
import { Problem } from '../../src/http/problem.js';
import { freshDatabase, type TestDatabase } from '../support/database.js';
import { Walk as PathwayWalk } from '../support/walk.js';

const monday = new Date('2026-03-02T09:00:00.000Z');

/** Takes each step as the door would, without a database, and sees after each that the pathway keeps its promise (support/walk.ts). */
class InMemory implements Taker {
  readonly walks = new Map<Traveller, PathwayWalk>();
  readonly refused: string[] = [];

  async open(traveller: Traveller, at: string): Promise<PathwayView> {
    const { area, practice, birthDate } = traveller.course.person;
    this.walks.set(traveller, new PathwayWalk({ area, gp: practice, birthDate, at }));
    return this.view(traveller);
  }

  async send(traveller: Traveller, { at, actor, event, refused }: Step): Promise<PathwayView> {
    const walk = this.walks.get(traveller)!;
    const { type, ...payload } = event;
    const who = { unit: actor.unit, role: actor.roles, at: event.occurredAt ?? at };
    if (refused) {
      this.refused.push(walk.refused(type, payload as never, who).kind);
      throw new Problem(refused, { da: 'som det var meningen', en: 'as it was meant to be' });
    }
    walk.send(type, payload as never, who);
    return this.view(traveller);
  }

  view(traveller: Traveller): PathwayView {
    const { name, birthDate, number = null } = traveller.course.person;
    const walk = this.walks.get(traveller)!;
    return viewOf(
      String(traveller.number),
      walk.seq,
      { patient_id: '', name, birth_date: birthDate, person_number: number },
      walk.stored,
    );
  }
}

describe('the demo of 300 patients', () => {
  const taker = new InMemory();
  const steps: Step[] = [];
  let walk: Walk;
  let views: PathwayView[];
  beforeAll(async () => {
    const { until } = planUntil(lastEvening(monday), 300);
    const { travellers, last } = travellersOf(planUntil(until, 300));
    walk = new Walk({
      open: (traveller, at) => taker.open(traveller, at),
      send: (traveller, step) => {
        steps.push(step);
        return taker.send(traveller, step);
      },
    });
    for (const traveller of travellers) walk.sets(traveller);
    await walk.run(until, () => undefined);
    await walk.opens(last, taker);
    views = [...taker.walks.keys()].map((traveller) => taker.view(traveller));
  });

  it('ends each journey where it is meant to, and is refused what is meant to be refused', () => {
    assert.deepEqual(
      walk.stopped.map(({ traveller: { name }, because }) => `${name}: ${because}`),
      [],
    );
    assert.deepEqual([...taker.refused].sort(), [
      'not-allowed',
      'not-allowed',
      ...Array<string>(6).fill('rules-unmet'),
    ]);
  });

  it('has somebody in every stage, and more in treatment than on the way to it', () => {
    const count = Object.fromEntries(
      stageNames.map((name) => [name, views.filter(({ stage }) => stage === name).length]),
    ) as Record<StageName, number>;
    assert.deepEqual(
      stageNames.filter((stage) => count[stage] < 3),
      [],
    );
    assert.ok(count.painClinic + count.painCentre > count.referral + count.visitation);
    assert.equal(views.length, 300);
  });

  it('is overdue with some, and not with most', () => {
    const open = views.filter(({ stage }) => stage !== 'closed');
    const overdue = open.filter(({ dueAt }) => dueAt !== null && dueAt <= monday.toISOString());
    assert.ok(
      overdue.length >= open.length * 0.08 && overdue.length <= open.length * 0.16,
      `${overdue.length} of ${open.length}`,
    );
  });

  it('is done by people at work, and by the system at any hour', () => {
    const atOddHours = steps.filter(
      ({ at, actor }) =>
        actor.unit !== 'SYSTEM' &&
        !(isOpen(copenhagenDate(at)) && copenhagenTime(at).minutes >= opens && copenhagenTime(at).minutes < 16 * 60),
    );
    assert.deepEqual(atOddHours, []);
  });

  it('shows every event that there is', () => {
    const sent = new Set(steps.map(({ event }) => event.type));

    assert.deepEqual(
      eventTypes.filter((type) => !sent.has(type)),
      [],
    );
  });
});

class Demo {
  written = '';
  private constructor(
    private readonly database: TestDatabase,
    readonly source: DataSource,
  ) {}
  static async empty(): Promise<Demo> {
    const database = await freshDatabase();
    return new Demo(database, await createDataSource(database.url, 'serving', 4).initialize());
  }
  /** Lays out the demo; with `killedAt` the line of its progress that is not written any more. */
  async seed({
    now = monday,
    patients = 16,
    killedAt = Infinity,
  }: { now?: Date; patients?: number; killedAt?: number } = {}): Promise<this> {
    let line = 0;
    const progress = Object.assign(new Writable(), {
      write: (text: string) => {
        if (++line === killedAt) throw new Error('killed');
        this.written += text;
        return true;
      },
    });
    await seedDemo(this.source, { now, progress, patients });
    return this;
  }
  async number(of: string, ...values: unknown[]): Promise<number> {
    return ((await this.source.query(`select (${of})::int as n`, values)) as [{ n: number }])[0].n;
  }
  /** What the logs, the messages and the refusals say, and in which order it was recorded. */
  async said(): Promise<unknown> {
    return this.source.query(`select
      (select md5(string_agg(encode(hash, 'hex'), '' order by pathway_id, seq)) from transition) as log,
      (select md5(string_agg(encode(hash, 'hex'), '' order by recorded_at, pathway_id, seq)) from transition) as in_time,
      (select md5(string_agg(subject || body, '' order by pathway_id, seq, number)) from message) as messages,
      (select md5(string_agg(payload, '' order by pathway_id, version, recorded_at)) from refusal) as refusals`);
  }
  async end(): Promise<void> {
    await this.source.destroy();
    await this.database.drop();
  }
}

describe('a demo', () => {
  const demos: Demo[] = [];
  const empty = async (): Promise<Demo> => {
    const demo = await Demo.empty();
    demos.push(demo);
    return demo;
  };
  let whole: Demo;
  let uninterrupted: unknown;
  beforeAll(async () => {
    whole = await (await empty()).seed();
    uninterrupted = await whole.said();
  });
  afterAll(() => Promise.all(demos.map((demo) => demo.end())));

  it('replays, each pathway, to what is stored', async () => {
    const { pathways, faults } = await checkAll(new Sql(whole.source));
    assert.deepEqual([pathways, faults], [16, []]);
    assert.doesNotMatch(whole.written, /stays where/);
  });

  it('lies in the year before the day, and not a minute after it', async () => {
    assert.equal(
      await whole.number(
        `select count(*) from transition where recorded_at > $1 or recorded_at < $1::timestamptz - interval '380 days'`,
        monday,
      ),
      0,
    );
  });

  it("has numbers and names that are nobody's", async () => {
    const { travellers } = travellersOf(planUntil(lastEvening(monday), 300));
    const people = travellers.map(({ course }) => course.person);
    assert.deepEqual(
      people.filter(({ name }) => !/ Test /.test(name)),
      [],
    );
    assert.deepEqual(
      people.filter(({ number, numberTellsBirth }) => numberTellsBirth && !isSyntheticCpr(number!)),
      [],
    );
    assert.deepEqual(
      [
        people.filter(({ number }) => number === undefined).length,
        people.filter(({ number, numberTellsBirth }) => number !== undefined && !numberTellsBirth).length,
      ],
      [2, 2],
    );
    const stored = (await whole.source.query(
      `select person_number as number from patient where person_number_kind = 'cpr'`,
    )) as { number: string }[];
    assert.deepEqual([stored.length > 0, stored.filter(({ number }) => !isSyntheticCpr(number))], [true, []]);
  });

  it('is the same at any hour of a day', async () => {
    const demo = await (await empty()).seed({ now: new Date('2026-03-02T20:30:00.000Z') });
    assert.deepEqual(await demo.said(), uninterrupted);
  });

  it('that was killed half-way is finished by the next start, days later too, as if nothing had been', async () => {
    const demo = await empty();
    await assert.rejects(demo.seed({ killedAt: 3 }), /killed/);
    const before = await demo.number('select count(*) from transition');
    await assert.rejects(
      demo.seed({ now: new Date('2026-03-09T09:00:00.000Z'), patients: 300, killedAt: 4 }),
      /killed/,
    );
    assert.ok(before > 0 && (await demo.number('select count(*) from transition')) > before);
    await demo.seed({ now: new Date('2026-03-10T09:00:00.000Z') });
    assert.deepEqual(await demo.said(), uninterrupted);
  });

  it('that is whole is left alone', async () => {
    whole.written = '';
    await whole.seed({ now: new Date('2026-04-01T09:00:00.000Z') });
    assert.deepEqual([whole.written, await whole.said()], ['', uninterrupted]);
  });

  it('is not begun where there is a pathway', async () => {
    const demo = await empty();
    const [sql, clock] = [new Sql(demo.source), new SetClock(monday)];
    await new Openings(sql, clock, new Door(sql, clock), new RandomIds()).open(
      { patient: { name: 'Nina Test', birthDate: '1970-05-05' }, planningArea: 'midt' },
      { sub: 'somebody', unit: 'GP_MIDT', roles: ['gp'] },
      randomUUID(),
    );
    await demo.seed();
    assert.deepEqual([demo.written, await demo.number('select count(*) from pathway')], ['', 1]);
  });
});
