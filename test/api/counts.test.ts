import assert from 'node:assert/strict';
import { afterAll, beforeAll, describe, it } from '@jest/globals';
import fc from 'fast-check';
import { stageNames, type StageName } from '../../machines/pathway/stages.js';
import { Fold, foldAll } from '../../src/overview/fold.js';
import { foldedThrough, stageCounts } from '../../src/overview/stage-counts.js';
import { completeFacts } from '../support/walk.js';
import { startServer, type TestServer, type User } from '../support/server.js';

const gp: User = { role: 'gp', unit: 'GP_BYEN' };
const cvi: User = { role: 'cvi', unit: 'CVI_BYEN' };
const manager: User = { role: 'manager', unit: 'TSC_RH' };
type Row = { id: string; stage: StageName; unit: string | null; area: string; from: number; to: number; due: number };

let server: TestServer;
beforeAll(async () => {
  server = await startServer({ now: '2026-01-05T08:00:00.000Z' });
});
afterAll(() => server.stop());

const counts = async (query = ''): Promise<Record<StageName, [count: number, overdue: number]>> => {
  const { body } = await server.get(`/v1/overview/stages${query}`, manager);
  return Object.fromEntries(
    (body.stages as { stage: StageName; count: number; overdue: number }[]).map(({ stage, count, overdue }) => [
      stage,
      [count, overdue],
    ]),
  ) as never;
};

/** The same numbers, counted one by one from the log's intervals. */
async function intervals(): Promise<Row[]> {
  return (
    (await server.source.query(`
    select pathway_id as id, leaf::jsonb #>> '{to,stage}' as stage, leaf::jsonb #>> '{to,unit}' as unit, occurred_at as from,
      lead(occurred_at, 1, 'infinity') over (partition by pathway_id order by seq) as to from transition`)) as (Row & {
      from: Date;
      to: Date | number;
    })[]
  ).map((row) => ({
    ...row,
    from: new Date(row.from).getTime(),
    to: typeof row.to === 'number' ? Infinity : new Date(row.to).getTime(),
  }));
}

describe('the stage counts', () => {
  beforeAll(async () => {
    for (let index = 0; index < 12; index++) {
      const { id } = (
        await server.open(
          {
            patient: { name: `Nina Test ${index}`, birthDate: '1970-05-05' },
            planningArea: index % 2 ? 'byen' : 'syd',
          },
          gp,
        )
      ).body as { id: string };
      const steps: [User, { type: string } & Record<string, unknown>][] = [
        [gp, { type: 'referral.updated', facts: completeFacts }],
        [gp, { type: 'referral.submitted' }],
        [cvi, { type: 'referral.received' }],
        [cvi, { type: 'referral.forwarded', centre: 'TSC_RH' }],
        [
          { role: 'triager', unit: 'TSC_RH' },
          {
            type: 'triage.decided',
            decision: 'painClinic',
            target: index % 3 ? 'SK_HVH' : 'SK_BBH',
            patientInformedBy: 'unit',
          },
        ],
      ];
      for (const [user, event] of steps.slice(0, 1 + (index % 5) + (index > 9 ? 0 : 1))) {
        server.clock.set(new Date(server.clock.now().getTime() + 7 * 3600_000 + index * 60_000));
        await server.sent(id, user, event);
      }
      if (index === 6) await server.app.get(Fold).fold();
    }
    server.clock.set(new Date(server.clock.now().getTime() + 30 * 24 * 3600_000));
  });

  it('say now what a count of the pathways says, by unit and planning area', async () => {
    const counted = await counts();
    for (const stage of stageNames) {
      const [{ n, late }] = (await server.source.query(
        'select count(*)::int as n, (count(*) filter (where due_at <= $2))::int as late from pathway where stage = $1',
        [stage, server.clock.now()],
      )) as [{ n: number; late: number }];
      assert.deepEqual(counted[stage], [n, late], stage);
    }
    for (const [by, column] of [
      ['unit', 'unit'],
      ['planningArea', 'planning_area'],
    ] as const) {
      const { body } = await server.get(`/v1/overview/stages?by=${by}`, manager);
      const rows = (await server.source.query(
        `select stage, ${column} as key, count(*)::int as n from pathway group by 1, 2`,
      )) as { stage: string; key: string; n: number }[];
      for (const { stage, key, n } of rows) {
        const found = (body.stages as { stage: string; by: { key: string; count: number }[] }[])
          .find((one) => one.stage === stage)!
          .by.find((one) => one.key === key);
        assert.equal(found?.count, n, `${stage} ${key}`);
      }
    }
    const [{ total }] = [(await server.get('/v1/overview/stages', manager)).body as { total: number }];
    assert.equal(total, 12);
  });

  it('say of any past instant what the log says of it, folded or not', async () => {
    const rows = await intervals();
    const first = Math.min(...rows.map(({ from }) => from));
    const last = server.clock.now().getTime();
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: first - 3600_000, max: last }), fc.boolean(), async (instant, fold) => {
        if (fold) await server.app.get(Fold).fold();
        const counted = await counts(`?asOf=${new Date(instant).toISOString()}`);
        for (const stage of stageNames) {
          const expected = rows.filter((row) => row.stage === stage && row.from <= instant && instant < row.to).length;
          assert.equal(counted[stage][0], expected, `${stage} at ${new Date(instant).toISOString()}`);
        }
      }),
      { numRuns: 40 },
    );
  });

  it('do not change when what was known is asked for again later', async () => {
    const known = server.clock.now().toISOString();
    const before = await counts(`?asOf=${known}&knownAt=${known}`);
    server.clock.set(new Date(server.clock.now().getTime() + 3600_000));
    const { body } = await server.get('/v1/pathways?stage=generalPractice&limit=1', gp);
    await server.sent(body.items[0].id as string, gp, {
      type: 'pathway.closed',
      reason: 'managedInGeneralPractice',
      text: 'Behandles i almen praksis',
    });
    assert.deepEqual(await counts(`?asOf=${known}&knownAt=${known}`), before);
    assert.equal((await counts()).closed[0], before.closed[0] + 1);
  });

  it('have no number for a future instant', async () => {
    const future = new Date(server.clock.now().getTime() + 60_000).toISOString();
    const reply = await server.get(`/v1/overview/stages?asOf=${future}`, manager);
    assert.deepEqual([reply.status, reply.body.errors[0].pointer], [400, '/asOf']);
  });

  it('read indexes and no whole table once there are many', async () => {
    await server.source.query(
      `insert into movement (pathway_id, seq, occurred_at, recorded_at, stage, unit, planning_area, present, overdue) select gen_random_uuid(), 1, now() - interval '1 minute' * n, now() - interval '1 minute' * n, 'referral', 'CVI_BYEN', 'byen', 1, 0 from generate_series(1, 100000) as n`,
    );
    await foldAll(server.sql, new Date(Date.now() - 3600_000));
    await server.source.query('analyze movement');
    await server.source.query('analyze movement_fold');
    const [{ through }] = (await server.source.query(foldedThrough.text)) as [{ through: string }];
    const plan = (await server.source.query(`explain (format json) ${stageCounts.text}`, [
      new Date(Date.now() - 20 * 24 * 3600_000),
      new Date(),
      through,
    ])) as unknown[];
    const scans = [
      ...JSON.stringify(plan).matchAll(/"Node Type":"([^"]*Scan)"[^{}]*?"Relation Name":"(movement)"/g),
    ].map(([, kind, table]) => `${kind} of ${table}`);
    assert.equal(scans.length, 3, JSON.stringify(plan));
    assert.deepEqual(
      scans.filter((scan) => scan.startsWith('Seq')),
      [],
      JSON.stringify(scans),
    );
  });
});
