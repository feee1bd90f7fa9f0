import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { Writable } from 'node:stream';
import { after, before, describe, it } from 'node:test';
import type { DataSource } from 'typeorm';
import { isSyntheticCpr } from '../../machines/identifiers.js';
import { stageNames } from '../../machines/stages.js';
import { SetClock } from '../../src/clock.js';
import { createDataSource } from '../../src/data-source.js';
import { Sql } from '../../src/database/sql.js';
import { seedDemo } from '../../src/demo/seed.js';
import { RandomIds } from '../../src/ids.js';
import { checkAll } from '../../src/pathways/check.js';
import { Door } from '../../src/pathways/door.js';
import { Openings } from '../../src/pathways/openings.js';
import { freshDatabase, type TestDatabase } from '../support/database.js';

const monday = new Date('2026-03-02T09:00:00.000Z');
const fewPatients = 20;

class Demo {
  written = '';
  constructor(private readonly database: TestDatabase, readonly source: DataSource) {}
  static async empty(): Promise<Demo> {
    const database = await freshDatabase();
    return new Demo(database, await createDataSource(database.url, 4).initialize());
  }
  /** Lays out the demo; with `killedAt` the line that is not written any more. */
  async seed(options: { now?: Date; patients?: number; killedAt?: number } = {}): Promise<this> {
    const { now = monday, patients = fewPatients, killedAt = Infinity } = options;
    let line = 0;
    const progress = Object.assign(new Writable(), { write: (text: string) => {
      if (++line === killedAt) throw new Error('killed');
      this.written += text;
      return true;
    } });
    await seedDemo(this.source, { now, progress: progress as NodeJS.WritableStream, patients });
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
      (select md5(string_agg(entry, '' order by pathway_id, version, recorded_at)) from refusal) as refusals`);
  }
  async end(): Promise<void> {
    await this.source.destroy();
    await this.database.drop();
  }
}

describe('the demo of 300 patients', () => {
  let demo: Demo;
  before(async () => { demo = await (await Demo.empty()).seed({ patients: 300 }); });
  after(() => demo.end());

  it('has somebody in every stage, more of them in treatment than on the way to it', async () => {
    const rows = await demo.source.query('select stage, count(*)::int as n from pathway group by 1') as { stage: string; n: number }[];
    const count = Object.fromEntries(rows.map(({ stage, n }) => [stage, n]));
    assert.deepEqual(stageNames.filter((stage) => !((count[stage] ?? 0) >= 3)), []);
    assert.ok(count['painClinic']! + count['painCentre']! > count['referral']! + count['visitation']!);
    assert.equal(await demo.number('select count(*) from pathway'), 300);
  });

  it('is overdue with some, and not with most', async () => {
    const open = await demo.number(`select count(*) from pathway where stage <> 'closed'`);
    const overdue = await demo.number('select count(*) from pathway where due_at <= $1', monday);
    assert.ok(overdue >= open * 0.08 && overdue <= open * 0.17, `${overdue} of ${open}`);
  });

  it('ends each journey where it is meant to, and refuses only what is meant to be refused', async () => {
    assert.doesNotMatch(demo.written, /stays where he is/);
    assert.equal(await demo.number('select count(*) from refusal'), 8);
  });

  it('has numbers and names that are nobody\'s', async () => {
    const people = await demo.source.query('select name, person_number, person_number_kind from patient') as { name: string; person_number: string | null; person_number_kind: string | null }[];
    assert.deepEqual(people.filter(({ name }) => !/ Test /.test(name)), []);
    assert.deepEqual(people.filter(({ person_number_kind: kind, person_number: number }) => kind === 'cpr' && !isSyntheticCpr(number!)), []);
    assert.ok(people.some(({ person_number_kind: kind }) => kind === 'xEcpr') && people.some(({ person_number: number }) => number === null));
  });

  it('lies in the year before the day, and not a minute after it', async () => {
    assert.equal(await demo.number(`select count(*) from transition where recorded_at > $1 or recorded_at < $1::timestamptz - interval '380 days'`, monday), 0);
  });

  it('replays, each pathway, to what is stored', async () => {
    const { pathways, faults } = await checkAll(new Sql(demo.source));
    assert.deepEqual([pathways, faults], [300, []]);
  });
});

describe('a demo', () => {
  const demos: Demo[] = [];
  const empty = async (): Promise<Demo> => { const demo = await Demo.empty(); demos.push(demo); return demo; };
  let uninterrupted: unknown;
  before(async () => { uninterrupted = await (await (await empty()).seed()).said(); });
  after(() => Promise.all(demos.map((demo) => demo.end())));

  it('is the same at any hour of a day', async () => {
    const demo = await (await empty()).seed({ now: new Date('2026-03-02T20:30:00.000Z') });
    assert.deepEqual(await demo.said(), uninterrupted);
  });

  it('that was killed half-way is finished by the next start, a week later too, as if nothing had been', async () => {
    const demo = await empty();
    await assert.rejects(demo.seed({ killedAt: 3 }), /killed/);
    const before = await demo.number('select count(*) from transition');
    await assert.rejects(demo.seed({ now: new Date('2026-03-09T09:00:00.000Z'), patients: 300, killedAt: 4 }), /killed/);
    assert.ok(before > 0 && await demo.number('select count(*) from transition') > before);
    await demo.seed({ now: new Date('2026-03-10T09:00:00.000Z') });
    assert.deepEqual(await demo.said(), uninterrupted);
  });

  it('that is whole is left alone', async () => {
    const demo = demos[0]!;
    demo.written = '';
    await demo.seed({ now: new Date('2026-04-01T09:00:00.000Z') });
    assert.deepEqual([demo.written, await demo.said()], ['', uninterrupted]);
  });

  it('is not begun where there is a pathway', async () => {
    const demo = await empty();
    const [sql, clock] = [new Sql(demo.source), new SetClock(monday)];
    await new Openings(sql, clock, new Door(sql, clock), new RandomIds()).open({ patient: { name: 'Nina Test', birthDate: '1970-05-05' }, planningArea: 'midt' }, { sub: 'somebody', unit: 'GP_MIDT', roles: ['gp'] }, randomUUID());
    await demo.seed();
    assert.deepEqual([demo.written, await demo.number('select count(*) from pathway')], ['', 1]);
  });
});
