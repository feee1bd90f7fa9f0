import assert from 'node:assert/strict';
import { afterAll, beforeAll, describe, it } from '@jest/globals';
import fc from 'fast-check';
import pg from 'pg';
import { addMonths, copenhagenDate, localInstant } from '../../machines/calendar/calendar.js';
import { stageNames, type StageName } from '../../machines/pathway/stages.js';
import { foldAll } from '../../src/overview/fold.js';
import { flowStatement, lateChangesStatement, type By } from '../../src/overview/flow-sql.js';
import { closedAt, periodOf } from '../../src/overview/periods.js';
import { foldedThrough } from '../../src/overview/stage-counts.js';
import { startServer, type TestServer, type User } from '../support/server.js';

const manager: User = { role: 'manager', unit: 'TSC_RH' };
const auditor: User = { role: 'auditor', unit: 'REGION' };
let server: TestServer;
let owner: pg.Client;
beforeAll(async () => {
  server = await startServer();
  const address = new URL(process.env['TEST_CLUSTER_URL']!);
  address.pathname = `/${((await server.source.query('select current_database() as name')) as [{ name: string }])[0].name}`;
  owner = new pg.Client({ connectionString: address.href });
  await owner.connect();
});
afterAll(async () => {
  await owner.end();
  await server.stop();
});

// ---- histories of pathways and corrections of them, and the ledger that they imply

const hour = 3600_000;
const day = 24 * hour;
const opened = Date.parse(localInstant('2026-01-10', '00:00'));
const units = ['TSC_RH', 'SK_HVH', null] as const;
const areas = ['byen', 'syd'] as const;
type Place = { stage: StageName; unit: string | null; area: string };
type Step = Place & { at: number; due: number | null };
/** What was known of a pathway from `recorded` on, by the transition `seq`. */
type Version = { id: string; seq: number; recorded: number; steps: readonly Step[] };
type Row = Place & { at: number; present: number; overdue: number };

const place = fc.record({
  stage: fc.constantFrom(...stageNames.slice(0, 4)),
  unit: fc.constantFrom(...units),
  area: fc.constantFrom(...areas),
});
const gap = fc.oneof(fc.constantFrom(0, 0, 1, hour, day), fc.integer({ min: 1, max: 40 * day }));
const history = fc.record({
  steps: fc.array(
    fc.record({
      place,
      gap,
      lag: fc.constantFrom(0, 0, hour, 5 * day, 50 * day),
      due: fc.option(fc.constantFrom(0, day, 30 * day)),
    }),
    { minLength: 1, maxLength: 6, size: 'max' },
  ),
  corrections: fc.array(
    fc.record({
      kind: fc.constantFrom('void', 'insert', 'move', 'replace'),
      index: fc.nat(5),
      share: fc.constantFrom(0, 0.3, 1),
      place,
      delay: fc.constantFrom(1, hour, 9 * day, 45 * day),
    }),
    { maxLength: 4, size: 'max' },
  ),
});
type Of<A> = A extends fc.Arbitrary<infer T> ? T : never;
type History = Of<typeof history>;

function corrected(
  steps: readonly Step[],
  { kind, index, share, place: other }: History['corrections'][number],
  until: number,
): readonly Step[] {
  const nth = index % steps.length;
  const step = steps[nth]!;
  const [since, next] = [steps[nth - 1]?.at ?? step.at - 20 * day, steps[nth + 1]?.at ?? until];
  if (kind === 'void') return nth === 0 ? steps : steps.toSpliced(nth, 1);
  if (kind === 'insert')
    return steps.toSpliced(nth + 1, 0, { ...other, at: Math.floor(step.at + share * (next - step.at)), due: null });
  if (kind === 'move') return steps.with(nth, { ...step, at: Math.floor(since + share * (next - since)) });
  return steps.with(nth, { ...step, ...other });
}
function versionsOf({ steps, corrections }: History, number: number): Version[] {
  const id = `00000000-0000-4000-8000-${String(number).padStart(12, '0')}`;
  const versions: Version[] = [];
  let [at, recorded, known]: [number, number, readonly Step[]] = [opened, 0, []];
  const add = (from: number, next: readonly Step[]) => {
    recorded = Math.max(recorded + 1, from);
    known = next;
    versions.push({ id, seq: versions.length + 1, recorded, steps: next });
  };
  for (const step of steps) {
    at += step.gap;
    add(at + step.lag, [...known, { ...step.place, at, due: step.due === null ? null : at + step.due }]);
  }
  for (const correction of corrections)
    add(recorded + correction.delay, corrected(known, correction, recorded + correction.delay));
  return versions;
}

const same = (a: Place, b: Place) => a.stage === b.stage && a.unit === b.unit && a.area === b.area;
const rowsOf = (steps: readonly Step[]): Row[] =>
  steps.flatMap((step, index) => {
    const was = steps[index - 1];
    const { stage, unit, area, at } = step;
    const row = ({ stage: s, unit: u, area: a }: Place, when: number, present: number, overdue: number): Row => ({
      stage: s,
      unit: u,
      area: a,
      at: when,
      present,
      overdue,
    });
    return [
      ...(was && same(was, step) ? [] : [...(was ? [row(was, at, -1, 0)] : []), row({ stage, unit, area }, at, 1, 0)]),
      ...(was && was.due !== null ? [row(was, Math.max(was.due, at), 0, -1)] : []),
      ...(step.due === null ? [] : [row(step, Math.max(step.due, at), 0, 1)]),
    ];
  });
/** As it will be written: what the new sequence implies less what stands there, never a row changed. */
function movements({ seq, id, recorded, steps }: Version, before_: readonly Step[]) {
  const sums = new Map<string, Row>();
  for (const [rows, sign] of [
    [rowsOf(before_), -1],
    [rowsOf(steps), 1],
  ] as const) {
    for (const row of rows) {
      const key = JSON.stringify([row.at, row.stage, row.unit, row.area]);
      const sum = sums.get(key) ?? { ...row, present: 0, overdue: 0 };
      sums.set(key, { ...sum, present: sum.present + sign * row.present, overdue: sum.overdue + sign * row.overdue });
    }
  }
  return [...sums.values()]
    .filter(({ present, overdue }) => present !== 0 || overdue !== 0)
    .map(({ at, area, ...row }) => ({
      ...row,
      pathway_id: id,
      seq,
      occurred_at: new Date(at),
      recorded_at: new Date(recorded),
      planning_area: area,
    }));
}

// ---- the same numbers, counted one by one from the histories

type Line = { opening: number; in: number; out: number; closing: number };
const names = ['opening', 'in', 'out', 'closing'] as const;
const nil: Line = { opening: 0, in: 0, out: 0, closing: 0 };
const plus = (a: Line, b: Line, sign = 1): Line =>
  Object.fromEntries(names.map((name) => [name, a[name] + sign * b[name]])) as Line;
const isNil = (line: Line) => names.every((name) => line[name] === 0);
/** Of one pathway; `inside` says whether a place is of the line. What happens in one instant is one step. */
function counted(steps: readonly Step[], from: number, to: number, inside: (place: Place) => boolean): Line {
  const instants = steps.filter((step, index) => steps[index + 1]?.at !== step.at);
  const at = (instant: number) => {
    const found = instants.findLast((step) => step.at <= instant);
    return found !== undefined && inside(found) ? 1 : 0;
  };
  const line = { ...nil, opening: at(from), closing: at(to) };
  instants.forEach((step, index) => {
    if (step.at <= from || step.at > to) return;
    const was = index > 0 && inside(instants[index - 1]!);
    if (was && !inside(step)) line.out += 1;
    if (!was && inside(step)) line.in += 1;
  });
  return line;
}
const knownOn = (versions: readonly Version[], known: number): (readonly Step[])[] => {
  const last = new Map(
    versions.filter(({ recorded }) => recorded <= known).map((version) => [version.id, version.steps]),
  );
  return [...last.values()];
};
const keyOf = (by: By, { unit, area }: Place) => (by === 'unit' ? unit : area);
const keysBy = { unit: units, planningArea: areas };
const ofUnit = (unit: string | undefined) => (place: Place) => unit === undefined || place.unit === unit;
function naive(
  versions: readonly Version[],
  {
    from,
    to,
    known,
    by,
    unit,
  }: { from: number; to: number; known: number; by: By | undefined; unit: string | undefined },
) {
  const all = knownOn(versions, known);
  const line = (inside: (place: Place) => boolean) =>
    all
      .map((steps) => counted(steps, from, to, (at) => ofUnit(unit)(at) && inside(at)))
      .reduce((sum, next) => plus(sum, next), nil);
  return {
    total: line(() => true),
    stages: stageNames.map((stage) => ({
      stage,
      ...line((at) => at.stage === stage),
      ...(by
        ? {
            by: keysBy[by]
              .map((key) => ({ key, ...line((at) => at.stage === stage && keyOf(by, at) === key) }))
              .filter((one) => !isNil(one))
              .sort(inOrder),
          }
        : {}),
    })),
  };
}
const inOrder = (
  a: { closing?: number; count?: number; key: string | null },
  b: { closing?: number; count?: number; key: string | null },
) => String(a.key).localeCompare(String(b.key));

// ---- the ledger of a world, as it grows

type Asked = { from: number; to: number; by: By | undefined; unit: string | undefined; known: number };
const iso = (instant: number) => new Date(instant).toISOString();
async function asked<B>(path: string, parameters: Record<string, string | undefined>, user = manager): Promise<B> {
  const given = Object.entries(parameters).filter((pair): pair is [string, string] => pair[1] !== undefined);
  const reply = await server.get(`/v1/overview/${path}?${new URLSearchParams(given)}`, user);
  assert.equal(reply.status, 200, JSON.stringify(reply.body));
  return reply.body as B;
}
type Answer = {
  total: Line;
  stages: ({ stage: StageName; label?: unknown; by?: ({ key: string | null } & Line)[] } & Line)[];
};
const bare = ({ total, stages }: Answer) => ({
  total,
  stages: stages.map(({ label: _label, by, ...rest }) => ({ ...rest, ...(by ? { by: by.toSorted(inOrder) } : {}) })),
});
const flow = async ({ from, to, by, unit, known }: Asked) =>
  bare(await asked<Answer>('flow', { from: iso(from), to: iso(to), by, unit, knownAt: iso(known) }));
type Counts = {
  stages: { stage: string; count: number; overdue: number; by?: { key: string | null; count: number }[] }[];
  total: number;
};
const stagesAt = (at: number, { by, unit, known }: Asked) =>
  asked<Counts>('stages', { asOf: iso(at), knownAt: iso(known), by, unit });

async function emptied(): Promise<void> {
  await owner.query(`alter table movement disable trigger user; delete from movement; alter table movement enable trigger user;
    delete from movement_fold; update movement_folded set through = '-infinity'`);
}
const folded = (through: Date): Promise<void> =>
  foldAll({ row: async ({ text }, values) => (await owner.query(text, [...values])).rows[0] }, through);
async function write(rows: readonly object[]): Promise<void> {
  await owner.query(`insert into movement select r.* from jsonb_populate_recordset(null::movement, $1::jsonb) as r`, [
    JSON.stringify(rows),
  ]);
}
const world = fc.array(history, { minLength: 2, maxLength: 12, size: 'max' });
/** Names an instant of a world: those of its steps and a millisecond beside them, and any between. */
const instantOf = fc.record({
  pick: fc.noBias(fc.nat(100_000)),
  beside: fc.constantFrom(-1, 0, 0, 1),
  free: fc.option(fc.noBias(fc.nat(1000)), { freq: 2 }),
});
const question = fc.record({
  from: instantOf,
  to: instantOf,
  known: instantOf,
  share: fc.constantFrom(0.2, 0.5, 0.7, 0.9, 1),
  fold: fc.constantFrom(0, 0.3, 0.6, 0.9, 1),
  by: fc.constantFrom<By | undefined>(undefined, 'unit', 'planningArea'),
  unit: fc.constantFrom(undefined, undefined, 'TSC_RH'),
});
const chosen = (
  pool: readonly number[],
  { pick, beside, free }: { pick: number; beside: number; free: number | null },
  least: number,
  most: number,
) =>
  Math.min(
    most,
    Math.max(
      least,
      free === null ? pool[pick % pool.length]! + beside : Math.floor(least + (free / 1000) * (most - least)),
    ),
  );

/** Writes the versions recorded until then, in the order in which they were; folding may have begun. */
class World {
  private written = 0;
  private readonly ledger: readonly Version[];
  constructor(histories: readonly History[]) {
    this.ledger = histories.flatMap(versionsOf).sort((a, b) => a.recorded - b.recorded);
  }
  get end(): number {
    return this.ledger.at(-1)!.recorded + day;
  }
  get known(): readonly Version[] {
    return this.ledger.slice(0, this.written);
  }
  async grow(share: number): Promise<number> {
    let until = Math.max(this.written, Math.ceil(share * this.ledger.length));
    while (this.ledger[until]?.recorded === this.ledger[until - 1]!.recorded) until += 1;
    await write(
      this.ledger
        .slice(this.written, until)
        .flatMap((version) =>
          movements(
            version,
            this.ledger.findLast(({ id, seq }) => id === version.id && seq === version.seq - 1)?.steps ?? [],
          ),
        ),
    );
    this.written = until;
    const now = until === this.ledger.length ? this.end : this.ledger[until]!.recorded - 1;
    server.clock.set(new Date(now));
    return now;
  }
  ask({ from, to, known, by, unit }: Of<typeof question>, now: number): Asked {
    const [ats, recordeds] = [
      this.known.flatMap(({ steps }) => steps.map(({ at }) => at)),
      this.known.map(({ recorded }) => recorded),
    ];
    const [first, second] = [chosen(ats, from, opened - 30 * day, now), chosen(ats, to, opened - 30 * day, now)].sort(
      (a, b) => a - b,
    ) as [number, number];
    const end = Math.min(now, Math.max(second, first + 1));
    return {
      from: Math.max(Math.min(first, end - 1), end - 366 * day),
      to: end,
      by,
      unit,
      known: chosen(recordeds, known, opened - day, now),
    };
  }
}

describe('the flow of a period', () => {
  it('balances, is what the histories say, and begins and ends with what the stages say, whatever is corrected later and however it is folded', async () => {
    let lines = 0;
    await fc.assert(
      fc.asyncProperty(world, fc.array(question, { minLength: 3, maxLength: 6 }), async (histories, questions) => {
        await emptied();
        const of = new World(histories);
        const answered: { ask: Asked; flow: unknown; opening: unknown; closing: unknown }[] = [];
        for (const next of questions.toSorted((a, b) => a.share - b.share)) {
          const now = await of.grow(next.share);
          const ask = of.ask(next, now);
          const answer = await flow(ask);
          for (const line of [answer.total, ...answer.stages, ...answer.stages.flatMap(({ by = [] }) => by)]) {
            lines += isNil(line) ? 0 : 1;
            assert.equal(line.opening + line.in - line.out, line.closing);
          }
          const expected = naive(of.known, ask);
          assert.deepEqual(answer, expected);
          assert.equal(ask.unit === undefined ? answer.total.out : 0, 0, 'a pathway left all stages');
          const [opening, closing] = [await stagesAt(ask.from, ask), await stagesAt(ask.to, ask)];
          for (const [name, counts] of [
            ['opening', opening],
            ['closing', closing],
          ] as const) {
            assert.equal(counts.total, answer.total[name]);
            assert.deepEqual(
              counts.stages.map(({ stage, count, by = [] }) => [
                stage,
                count,
                by
                  .filter(({ count: n }) => n !== 0)
                  .map(({ key, count: n }) => [key, n])
                  .sort(),
              ]),
              answer.stages.map(({ stage, by = [], ...line }) => [
                stage,
                line[name],
                by
                  .filter((one) => one[name] !== 0)
                  .map((one) => [one.key, one[name]])
                  .sort(),
              ]),
            );
          }
          answered.push({ ask, flow: answer, opening, closing });
          await folded(new Date(opened + next.fold * (now - opened)));
          for (const before_ of answered) {
            assert.deepEqual(await flow(before_.ask), before_.flow);
            assert.deepEqual(
              [await stagesAt(before_.ask.from, before_.ask), await stagesAt(before_.ask.to, before_.ask)],
              [before_.opening, before_.closing],
            );
          }
        }
      }),
      { numRuns: Number(process.env['FLOW_RUNS'] ?? 15) },
    );
    assert.ok(lines > 50, `${lines} lines are not nil`);
  });

  it('is told of a Danish month: what happened at its first midnight is in it, what happened at the next is not', async () => {
    await emptied();
    const instants = [
      '2026-02-28T22:59:59.999Z',
      '2026-02-28T23:00:00.000Z',
      '2026-03-31T21:59:59.999Z',
      '2026-03-31T22:00:00.000Z',
    ].map((instant) => Date.parse(instant));
    await write(
      instants.flatMap((at, number) =>
        movements(
          {
            id: `00000000-0000-4000-8000-00000000000${number}`,
            seq: 1,
            recorded: at,
            steps: [{ at, stage: 'referral', unit: null, area: 'byen', due: null }],
          },
          [],
        ),
      ),
    );
    server.clock.set('2026-04-20T08:00:00.000Z');
    const answer = await asked<Answer & { from: string; to: string }>('flow', { month: '2026-03' });
    assert.deepEqual(
      [answer.from, answer.to, answer.total],
      ['2026-02-28T22:59:59.999Z', '2026-03-31T21:59:59.999Z', { opening: 1, in: 2, out: 0, closing: 3 }],
    );
    assert.deepEqual(answer.stages[1], {
      stage: 'referral',
      label: { da: 'Henvisning', en: 'Referral' },
      opening: 1,
      in: 2,
      out: 0,
      closing: 3,
    });
    const april = await asked<Answer & { to: string }>('flow', { month: '2026-04' });
    assert.deepEqual([april.to, april.total], ['2026-04-20T08:00:00.000Z', { opening: 3, in: 1, out: 0, closing: 4 }]);
  });

  it('knows no arrival that was taken back and no move within a stage, but a move from unit to unit where units are told apart', async () => {
    await emptied();
    const [monday, tuesday] = [Date.parse('2026-03-02T08:00:00.000Z'), Date.parse('2026-03-03T08:00:00.000Z')];
    const first = { at: monday, stage: 'painClinic', unit: 'SK_HVH', area: 'byen', due: null } as const;
    const moved = { ...first, at: tuesday, unit: 'SK_BBH' };
    const id = '00000000-0000-4000-8000-000000000001';
    const gone = { ...moved, stage: 'controlPhase' } as const;
    const known = [[], [first], [first, gone], [first, moved]];
    await write(
      [monday, tuesday, tuesday + hour].flatMap((recorded, number) =>
        movements({ id, seq: number + 1, recorded, steps: known[number + 1]! }, known[number]!),
      ),
    );
    server.clock.set('2026-04-20T08:00:00.000Z');
    const { stages: all, total } = await asked<Answer>('flow', { month: '2026-03', by: 'unit' });
    const [clinic, control] = (['painClinic', 'controlPhase'] as const).map((name) =>
      all.find(({ stage }) => stage === name),
    );
    assert.deepEqual(
      [clinic!.in, clinic!.out, control!.in, control!.out, total],
      [1, 0, 0, 0, { opening: 0, in: 1, out: 0, closing: 1 }],
    );
    assert.deepEqual(clinic!.by, [
      { key: 'SK_BBH', opening: 0, in: 1, out: 0, closing: 1 },
      { key: 'SK_HVH', opening: 0, in: 1, out: 1, closing: 0 },
    ]);
    assert.deepEqual((await asked<Answer>('flow', { month: '2026-03', unit: 'SK_HVH' })).total, {
      opening: 0,
      in: 1,
      out: 1,
      closing: 0,
    });
  });

  it('is refused by name: no period, two, an empty one, a long one, one that has not begun', async () => {
    server.clock.set('2026-04-20T08:00:00.000Z');
    const refusals = {
      '': '/from',
      'to=2026-04-01T00:00:00Z': '/from',
      'from=2024-04-01T00:00:00Z': '/from',
      'month=2026-13': '/month',
      'month=March': '/month',
      'month=2026-05': '/month',
      'month=2026-03&from=2026-03-01T00:00:00Z': '/month',
      'from=2026-04-01T00:00:00Z&to=2026-04-01T00:00:00Z': '/to',
      'from=2026-04-01T00:00:00Z&to=2026-05-01T00:00:00Z': '/to',
      'month=2026-03&knownAt=2026-05-01T00:00:00Z': '/knownAt',
      'month=2026-03&by=name': '/by',
    };
    for (const [query, pointer] of Object.entries(refusals)) {
      const reply = await server.get(`/v1/overview/flow?${query}`, manager);
      assert.deepEqual([reply.status, reply.body.errors?.[0].pointer], [400, pointer], query);
    }
  });
});

type LateChanges = {
  closed: boolean;
  closedAt: string;
  total: { asClosed: Line; asKnown: Line } | null;
  changes: Change[];
  stages: { stage: StageName; asClosed: Line; asKnown: Line }[];
};
type Change = {
  recordedOn: string;
  stage: StageName;
  label?: unknown;
  transitions: number;
  because?: { pathwayId: string; seq: number }[];
  by?: ({ key: string | null } & Line)[];
} & Line;

/** What each version that was recorded late changed, against the one before it. */
function naiveChanges(
  versions: readonly Version[],
  { from, to, by, unit }: Asked,
  closed: number,
  known: number,
): Change[] {
  const late = versions.filter(({ recorded }) => recorded > closed && recorded <= known);
  const changes = late.flatMap((version) => {
    const was = versions.find(({ id, seq }) => id === version.id && seq === version.seq - 1)?.steps ?? [];
    const change = (inside: (at: Place) => boolean) => {
      const within = (at: Place) => ofUnit(unit)(at) && inside(at);
      return plus(counted(version.steps, from, to, within), counted(was, from, to, within), -1);
    };
    return stageNames
      .map((stage) => ({
        recordedOn: copenhagenDate(iso(version.recorded)),
        stage,
        version,
        line: change((at) => at.stage === stage),
        by: by
          ? keysBy[by]
              .map((key) => ({ key, ...change((at) => at.stage === stage && keyOf(by, at) === key) }))
              .filter((one) => !isNil(one))
          : [],
      }))
      .filter(({ line, by: keyed }) => !isNil(line) || keyed.length > 0);
  });
  const days = [...new Set(changes.map(({ recordedOn }) => recordedOn))].sort();
  return days.flatMap((recordedOn) =>
    stageNames.flatMap((stage): Change[] => {
      const these = changes.filter((change) => change.recordedOn === recordedOn && change.stage === stage);
      if (these.length === 0) return [];
      const because = these.map(({ version: { id: pathwayId, seq } }) => ({ pathwayId, seq })).sort(byPathway);
      const sum = (of: readonly Line[]) => of.reduce((all, line) => plus(all, line), nil);
      const keyed = (of: By) =>
        keysBy[of]
          .map((key) => ({
            key,
            ...sum(
              these.flatMap((change) =>
                change.by.filter((one) => one.key === key).map(({ key: _key, ...line }) => line),
              ),
            ),
          }))
          .filter((one) => !isNil(one))
          .sort(inOrder);
      return [
        {
          recordedOn,
          stage,
          ...sum(these.map(({ line }) => line)),
          transitions: these.length,
          ...(by ? { by: keyed(by) } : {}),
          because,
        },
      ];
    }),
  );
}
const byPathway = (a: { pathwayId: string; seq: number }, b: { pathwayId: string; seq: number }) =>
  a.pathwayId.localeCompare(b.pathwayId) || a.seq - b.seq;
const bareChanges = (changes: readonly Change[]) =>
  changes.map(({ label: _label, because, by, ...rest }) => ({
    ...rest,
    ...(by ? { by: by.toSorted(inOrder) } : {}),
    ...(because ? { because: because.toSorted(byPathway) } : {}),
  }));

describe('the late changes of a closed month', () => {
  it('are what was recorded since, day by day, and lead from what the month said to what it says', async () => {
    let found = 0;
    await fc.assert(
      fc.asyncProperty(
        world,
        fc.array(fc.tuple(question, fc.noBias(fc.nat(11))), { minLength: 3, maxLength: 6 }),
        async (histories, questions) => {
          await emptied();
          const of = new World(histories);
          for (const [next, months] of questions.toSorted(([a], [b]) => a.share - b.share)) {
            const now = await of.grow(next.share);
            const ask = of.ask(next, now);
            const month = addMonths(
              '2026-01-01',
              months % Math.ceil((now - Date.parse('2026-01-01')) / (31 * day)),
            ).slice(0, 7);
            const [{ from, to }, closed] = [periodOf(month), closedAt(month)!];
            const query = { month, knownAt: iso(ask.known), by: ask.by, unit: ask.unit };
            const answer = await asked<LateChanges>('late-changes', query, auditor);
            assert.deepEqual([answer.closedAt, answer.closed], [closed, closed <= iso(ask.known)]);
            if (!answer.closed) assert.deepEqual([answer.stages, answer.changes], [[], []]);
            else {
              const whole = { ...ask, from: Date.parse(from), to: Date.parse(to) };
              const expected = naiveChanges(of.known, whole, Date.parse(closed), ask.known);
              found += expected.length;
              assert.deepEqual(bareChanges(answer.changes), expected);
              const [then, now_] = [await flow({ ...whole, known: Date.parse(closed) }), await flow(whole)];
              const line = ({ opening, in: came, out, closing }: Line) => ({ opening, in: came, out, closing });
              assert.deepEqual(
                answer.stages.map(({ asClosed, asKnown }) => [asClosed, asKnown]),
                then.stages.map((stage, index) => [line(stage), line(now_.stages[index]!)]),
              );
              assert.deepEqual(answer.total, { asClosed: then.total, asKnown: now_.total });
              assert.deepEqual(
                bareChanges((await asked<LateChanges>('late-changes', query)).changes),
                expected.map(({ because: _because, ...rest }) => rest),
                'a manager sees no pathway',
              );
            }
            await folded(new Date(opened + next.fold * (now - opened)));
            assert.deepEqual(await asked<LateChanges>('late-changes', query, auditor), answer);
          }
        },
      ),
      { numRuns: Number(process.env['FLOW_RUNS'] ?? 30) },
    );
    assert.ok(found > 5, `${found} late changes`);
  });

  it('are none while the month is open, and it says when it will be closed', async () => {
    await emptied();
    server.clock.set('2026-04-10T21:59:59.000Z');
    const open = await asked<LateChanges>('late-changes', { month: '2026-03' });
    assert.deepEqual(
      [open.closed, open.closedAt, open.changes, open.stages],
      [false, '2026-04-10T22:00:00.000Z', [], []],
    );
    server.clock.set('2026-04-10T22:00:00.000Z');
    assert.equal((await asked<LateChanges>('late-changes', { month: '2026-03' })).closed, true);
    assert.equal(
      (await asked<LateChanges>('late-changes', { month: '2026-03', knownAt: '2026-04-10T21:00:00Z' })).closed,
      false,
    );
  });

  it('are refused for what is no month, one that has not begun, and one before months were closed', async () => {
    for (const query of [
      '',
      'month=2026',
      'month=2026-00',
      'month=2026-3',
      'month=2026-05',
      'month=2014-08',
      'month=0026-03',
    ]) {
      const reply = await server.get(`/v1/overview/late-changes?${query}`, manager);
      assert.deepEqual([reply.status, reply.body.errors?.[0].pointer], [400, '/month'], query);
      assert.doesNotMatch(reply.body.errors[0].message, /undefined|expected string/i);
    }
  });
});

describe('a long ledger', () => {
  beforeAll(async () => {
    await emptied();
    const rows = `select gen_random_uuid(), 1, at, at + case when n % 500 = 0 then interval '30 days' else interval '0' end, 'referral', 'CVI_BYEN', 'byen', 1, 0`;
    await owner.query(
      `insert into movement (pathway_id, seq, occurred_at, recorded_at, stage, unit, planning_area, present, overdue) ${rows} from (select n, timestamptz '2026-06-01' - interval '5 minutes' * n as at from generate_series(1, 200000) as n) as r order by at`,
    );
    server.clock.set('2026-06-01T00:00:00.000Z');
    await folded(new Date('2026-05-31T23:00:00.000Z'));
    await owner.query('vacuum analyze movement');
    await owner.query('analyze movement_fold');
  });
  const scansOf = async (text: string, values: unknown[]) => {
    const through = (await owner.query<{ through: string }>(foldedThrough.text)).rows[0]!.through;
    const {
      rows: [plan],
    } = await owner.query(`explain (format json) ${text}`, values.toSpliced(3, 0, through));
    return [...JSON.stringify(plan).matchAll(/"Node Type":"([^"]*Scan)"[^{}]*?"Relation Name":"movement"/g)].map(
      ([node, kind]) => `${kind} ${/"Index Name":"(\w+)"/.exec(node)?.[1] ?? ''}`,
    );
  };
  const { from, to } = periodOf('2026-03');

  it('is read by a flow through indexes: a month of rows by when they occurred', async () => {
    const scans = await scansOf(flowStatement('unit', { from: true, to: true }).text, [
      from,
      to,
      '2026-05-01T00:00:00.000Z',
      null,
    ]);
    assert.deepEqual(
      scans.filter((scan) => scan.startsWith('Seq')),
      [],
    );
    assert.ok(scans.filter((scan) => scan === 'Index Only Scan movement_flow').length >= 1, scans.join(', '));
    assert.equal(scans.filter((scan) => scan.endsWith('movement_late')).length, 2, scans.join(', '));
  });

  it('is read by late changes through indexes: only what was recorded late, and what stood at those instants', async () => {
    const apart = { from: true, to: true };
    const scans = await scansOf(lateChangesStatement('unit', true, { closed: apart, known: apart }).text, [
      from,
      to,
      '2026-06-01T00:00:00.000Z',
      null,
      closedAt('2026-03'),
    ]);
    assert.deepEqual(
      scans.filter((scan) => scan.startsWith('Seq')),
      [],
    );
    assert.ok(scans.filter((scan) => scan.endsWith('movement_late')).length >= 3, scans.join(', '));
  });
});
