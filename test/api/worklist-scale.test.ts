/** However long a list is: it is found by an index, with the statements that are really made. How fast it is at a million is measured by bench/worklists.ts. */
import assert from 'node:assert/strict';
import { afterAll, beforeAll, describe, it } from '@jest/globals';
import pg from 'pg';
import type { Actor } from '../../machines/pathway/roles.js';
import type { Filters } from '../../src/worklists/filters.js';
import { countsOf, cursorAfter, pageOf, type Asked, type WorkRow } from '../../src/worklists/statements.js';
import { startServer, type TestServer } from '../support/server.js';
import { populate, practice } from '../support/worklist-population.js';

let server: TestServer;
let client: pg.Client;
beforeAll(async () => {
  server = await startServer();
  client = new pg.Client({ connectionString: (server.source.options as { url: string }).url });
  await client.connect();
  await populate(client, 20_000, server.clock.now());
});
afterAll(async () => {
  await client.end();
  await server.stop();
});

const readers: Actor[] = [
  { sub: 'a', unit: 'REGION', roles: ['auditor'] },
  { sub: 'tsc_rh.3', unit: 'TSC_RH', roles: ['triager'] },
  { sub: 'sk_hvh.3', unit: 'SK_HVH', roles: ['nurse'] },
  { sub: 'gp_p017.3', unit: practice(17), roles: ['gp'] },
];
const lists: Filters[] = [
  {},
  { stage: 'painCentre' },
  { stage: 'generalPractice' },
  { stage: 'closed' },
  { unit: 'SK_HVH' },
  { desk: 'TSC_RH' },
  { desk: practice(17) },
  { nextMove: 'CVI_BYEN' },
  { planningArea: 'bornholm' },
  { planningArea: 'nord' },
  { overdue: true },
  { overdue: false },
  { missing: 'H3a' },
  { task: 'newPain' },
  { task: 'deadlineMissed', desk: 'TSC_RH' },
  { desk: 'SK_HVH', stage: 'closed' },
  { desk: 'TSC_RH', planningArea: 'nord' },
  { desk: 'TSC_RH', nextMove: 'CVI_BYEN' },
  { assignee: 'me' },
  { assignee: 'none' },
  { dueBefore: '2026-03-03T00:00:00.000Z' },
  { clock: 'followUp' },
  { clock: 'letter' },
  { q: 'ida ærø' },
  { q: 'zzz' },
  { stage: 'controlPhase', assignee: 'me', overdue: true },
  { stage: 'painClinic', planningArea: 'syd', q: 'ida' },
];
const planOf = async ({ statement, values }: Asked) =>
  (await client.query<{ 'QUERY PLAN': string }>(`explain ${statement.text}`, values)).rows
    .map((row) => row['QUERY PLAN'])
    .join('\n');
const now = () => server.clock.now();

describe('a page of the worklist among 20,000 pathways', () => {
  it('is found by an index, whatever it is narrowed by and whoever reads it', async () => {
    for (const actor of readers) {
      for (const filters of lists) {
        const plan = await planOf(pageOf({ filters, actor, now: now(), limit: 51, desk: actor.unit }));
        assert.doesNotMatch(plan, /Seq Scan/, `${actor.unit} ${JSON.stringify(filters)}\n${plan}`);
      }
    }
  });

  it('goes on from the middle by an index', async () => {
    for (const actor of readers.slice(0, 3)) {
      const { statement, values } = pageOf({ filters: {}, actor, now: now(), limit: 500 });
      const { rows } = await client.query<WorkRow>({ ...statement, values });
      const plan = await planOf(
        pageOf({ filters: {}, actor, now: now(), limit: 51, cursor: cursorAfter(rows.at(-1)!), desk: actor.unit }),
      );
      assert.doesNotMatch(plan, /Seq Scan/, plan);
    }
  });

  it("of one's own is read off its own order and from nowhere else, and counted from the index alone", async () => {
    for (const actor of readers.slice(1)) {
      const desk = actor.unit;
      for (const filters of [
        {},
        { stage: 'painClinic' },
        { planningArea: 'nord' },
        { overdue: true },
        { assignee: 'none' },
        { clock: 'letter' },
      ] as const) {
        const plan = await planOf(pageOf({ filters: { ...filters, desk }, actor, now: now(), limit: 51, desk }));
        assert.match(plan, /(using|on) worklist/, plan);
        assert.doesNotMatch(plan, /units/, plan);
      }
      assert.match(await planOf(countsOf({ filters: { desk }, actor, now: now() })), /Index Only Scan using worklist/);
    }
  });

  it('of everything is read off its order, and of a practice by who has or had it', async () => {
    assert.match(
      await planOf(pageOf({ filters: {}, actor: readers[0]!, now: now(), limit: 51 })),
      /Index Scan using pathway_in_order/,
    );
    assert.match(await planOf(pageOf({ filters: {}, actor: readers[3]!, now: now(), limit: 51 })), /pathway_of_unit/);
    assert.match(
      await planOf(pageOf({ filters: { q: 'ida ærø' }, actor: readers[0]!, now: now(), limit: 51 })),
      /patient_words/,
    );
    assert.match(await planOf(countsOf({ filters: {}, actor: readers[3]!, now: now() })), /pathway_of_unit/);
  });

  it('is the same by whatever index it is found', async () => {
    for (const actor of readers) {
      for (const filters of lists) {
        const { statement, values } = pageOf({ filters, actor, now: now(), limit: 100, desk: actor.unit });
        const ids = async () => (await client.query<WorkRow>({ ...statement, values })).rows.map(({ id }) => id);
        const planned = await ids();
        await client.query('set enable_indexscan = off; set enable_bitmapscan = off; set enable_indexonlyscan = off');
        const scanned = await ids();
        await client.query('reset enable_indexscan; reset enable_bitmapscan; reset enable_indexonlyscan');
        assert.deepEqual(planned, scanned, `${actor.unit} ${JSON.stringify(filters)}`);
      }
    }
  });
});

describe('the sheet of a list that nobody reads to its end', () => {
  it('is refused from 10,001 lines on, with the remedy, and given at 10,000', async () => {
    const auditor = { role: 'auditor', unit: 'REGION' } as const;
    const counted = async () => (await server.get('/v1/pathways/counts?stage=closed', auditor)).body.total as number;
    const many = await counted();
    assert.ok(many > 10_001, String(many));
    const refused = await server.get('/v1/pathways.csv?stage=closed', auditor, { 'accept-language': 'da' });
    assert.deepEqual(
      [refused.status, refused.body.type, refused.body.detail],
      [400, '/problems/invalid', 'Listen er på mere end 10000 forløb: indsnævr den med et filter, og hent den igen.'],
    );
    for (const [lines, status] of [
      [10_001, 400],
      [10_000, 200],
    ] as const) {
      await client.query(
        `update pathway set stage = 'dischargedToGp' where id in (select id from pathway where stage = 'closed' order by id limit ${(await counted()) - lines})`,
      );
      const reply = await server.get('/v1/pathways.csv?stage=closed', auditor);
      assert.equal(reply.status, status);
      if (status === 200) assert.equal(String(reply.body).split('\r\n').length, lines + 2);
    }
    const [{ n }] = (await server.source.query(
      `select cardinality(pathways) as n from access where leaf like '%worklistFile%'`,
    )) as [{ n: number }];
    assert.equal(n, 10_000);
  });
});
