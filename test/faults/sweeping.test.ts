/**
 * Deadlines under two instances that are killed again and again, on machines whose wall clocks are set by days and by years: none is noted early, none twice, none is missed.
 * DEADLINES says how many.
 */
import assert from 'node:assert/strict';
import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, it } from '@jest/globals';
import { pathToFileURL } from 'node:url';
import { startServer, type TestServer, type User } from '../support/server.js';
import { completeFacts } from '../support/walk.js';

const deadlines = Number(process.env['DEADLINES'] ?? 1_000);
const aheadSeconds = deadlines >= 10_000 ? 30 : 15;
const gp: User = { role: 'gp', unit: 'GP_NORD' };
const here = (name: string): string => join(import.meta.dirname, name);
const paused = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));
const between = (least: number, most: number): number => least + Math.random() * (most - least);

let server: TestServer;
let address: string;
let keys: string;
let walked: string;
const children = new Set<ChildProcess>();

async function started(): Promise<ChildProcess> {
  const child = fork(here('instance-child.js'), [keys], {
    execArgv: ['--import', pathToFileURL(here('jumping-date.js')).href],
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
    env: { ...process.env, DATABASE_URL: address },
  });
  children.add(child);
  const [said] = (await Promise.race([once(child, 'message'), once(child, 'exit')])) as [unknown];
  assert.equal(typeof said, 'string', 'the application did not start');
  return child;
}
async function ended(child: ChildProcess, signal: NodeJS.Signals): Promise<void> {
  children.delete(child);
  if (child.exitCode !== null || child.signalCode !== null) return;
  const exit = once(child, 'exit');
  child.kill(signal);
  await exit;
}

beforeAll(async () => {
  keys = mkdtempSync(join(tmpdir(), 'smertevejen-keys-'));
  // Some days ago, so that nothing lies before what the deadlines begin with.
  server = await startServer({ now: new Date(Date.now() - 5 * 24 * 3_600_000).toISOString() });
  const [{ name }] = (await server.source.query('select current_database() as name')) as [{ name: string }];
  address = Object.assign(new URL(process.env['TEST_CLUSTER_URL']!), { pathname: `/${name}` }).href;
  walked = (await server.open({ patient: { name: 'Nina Test', birthDate: '1970-05-05' }, planningArea: 'nord' }, gp))
    .body.id as string;
  await server.sent(walked, gp, { type: 'referral.updated', facts: completeFacts });
  const { deadlines: running } = await server.sent(walked, gp, { type: 'referral.submitted' });
  assert.deepEqual(
    running.map(({ clock }) => clock),
    ['receipt', 'delivery:3.1'],
  );
  await server.source.query(/* sql */ `
    create table expected (pathway_id uuid, clock text, due_at timestamptz);
    create table noted (pathway_id uuid, seq integer, clock text, missed_at timestamptz, at timestamptz);
    create function note_time() returns trigger language plpgsql security definer as $$ begin
      insert into noted values (new.pathway_id, new.seq, new.payload::jsonb #>> '{event,clock}', new.occurred_at, clock_timestamp());
      return new;
    end $$;
    create trigger note_time after insert on transition for each row when (new.event_type = 'deadline.passed') execute function note_time();
    update pathway set sweep_at = null`);
});
afterEach(async () => {
  for (const child of children) await ended(child, 'SIGKILL');
});
afterAll(async () => {
  await server.stop();
  rmSync(keys, { recursive: true, force: true });
});

/** As many pathways like the walked one, two deadlines each: due at what `due` says, an SQL expression of an interval from now. */
async function populated(pathways: number, due: string): Promise<void> {
  const iso = `to_char((now() + ${due}) at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"')`;
  const [{ columns }] = (await server.source.query(
    `select string_agg(attname, ', ' order by attnum) as columns from pg_attribute where attrelid = 'pathway'::regclass and attnum > 0 and not attisdropped and attgenerated = ''`,
  )) as [{ columns: string }];
  await server.source.query(/* sql */ `
    truncate expected, noted;
    create temporary table made as select gen_random_uuid() as id, gen_random_uuid() as patient_id, ${iso} as receipt, ${iso} as delivery from generate_series(1, ${pathways});
    insert into patient (id, birth_date, name, created_at) select m.patient_id, p.birth_date, p.name, p.created_at from made m, patient p where p.id = (select patient_id from pathway where id = '${walked}');
    insert into patient_key (patient_id, key) select patient_id, sha256(patient_id::text::bytea) from made;
    insert into pathway (${columns}) select ${columns
      .split(', ')
      .map((column) => `copy.${column}`)
      .join(', ')}
      from made m, pathway p, jsonb_populate_record(p, jsonb_build_object('id', m.id, 'patient_id', m.patient_id, 'sweep_at', least(m.receipt, m.delivery), 'snapshot', regexp_replace(
        regexp_replace(p.snapshot, '("clock":"receipt",[^}]*"dueAt":)"[^"]*"', '\\1"' || m.receipt || '"'), '("clock":"delivery:3.1",[^}]*"dueAt":)"[^"]*"', '\\1"' || m.delivery || '"'))) as copy
      where p.id = '${walked}';
    -- an answer that is given again is folded from the log
    insert into transition select (jsonb_populate_record(t, jsonb_build_object('pathway_id', m.id))).* from made m, transition t where t.pathway_id = '${walked}';
    insert into expected select id, 'receipt', receipt::timestamptz from made union all select id, 'delivery:3.1', delivery::timestamptz from made;
    drop table made;
    analyze pathway;
    -- nobody knew that so much would be due: the next round is now
    update job.job set start_after = now() where state = 'created'`);
}
const count = async (sql: string): Promise<number> =>
  ((await server.source.query(`select count(*)::int as n from ${sql}`)) as [{ n: number }])[0].n;
const left = () =>
  count('expected e where not exists (select from noted n where n.pathway_id = e.pathway_id and n.clock = e.clock)');

/** Each deadline has one noting, not before its time, which stands in the pathway's own memory and at the end of its log. */
async function eachOnce(): Promise<void> {
  const found = {
    missed: await left(),
    doubled: await count('(select from noted group by pathway_id, clock having count(*) > 1) as twice'),
    unexpected: await count(
      'noted n where not exists (select from expected e where e.pathway_id = n.pathway_id and e.clock = n.clock)',
    ),
    early: await count(
      'noted n join expected e using (pathway_id, clock) where n.at < e.due_at or n.missed_at < e.due_at',
    ),
    forgotten: await count(`noted n join pathway p on p.id = n.pathway_id where not exists (
      select from jsonb_array_elements(p.snapshot::jsonb #> '{context,clocks}') c where c ->> 'clock' = n.clock and (c ->> 'missedAt')::timestamptz = n.missed_at)`),
    broken: await count(
      'pathway p where p.id in (select pathway_id from noted) and not exists (select from transition t where t.pathway_id = p.id and t.seq = p.version and t.hash = p.head_hash)',
    ),
    unfinished: await count('pathway where sweep_at is not null'),
  };
  assert.deepEqual(found, { missed: 0, doubled: 0, unexpected: 0, early: 0, forgotten: 0, broken: 0, unfinished: 0 });
}

async function tell(said: string): Promise<void> {
  const [{ p50, p99, worst, seconds, n }] = (await server.source.query(`
    select count(*)::int as n, extract(epoch from max(n.at) - min(n.at))::float8 as seconds, percentile_cont(0.5) within group (order by late) as p50, percentile_cont(0.99) within group (order by late) as p99, max(late) as worst
    from noted n join expected e using (pathway_id, clock) cross join lateral (select extract(epoch from n.at - greatest(e.due_at, (select min(at) from noted)))::float8 as late) as l`)) as [
    Record<'p50' | 'p99' | 'worst' | 'seconds' | 'n', number>,
  ];
  console.log(
    `${said}: ${n} noted, late by ${p50.toFixed(2)} s (median), ${p99.toFixed(2)} s (99 %), ${worst.toFixed(2)} s (worst); ${Math.round(n / seconds)} a second in all`,
  );
}

describe('two instances that sweep', () => {
  it('note each deadline once and none early, though they are killed again and again and their wall clocks jump', async () => {
    const both = await Promise.all([started(), started()]);
    await populated(
      deadlines / 2,
      `case when random() < 0.5 then random() * interval '-3 days' else random() * interval '${aheadSeconds} seconds' end`,
    );
    const until = performance.now() + aheadSeconds * 1_000;
    let kills = 0;
    while (kills < 4 || performance.now() < until) {
      await paused(between(100, 2_000));
      const which = Math.random() < 0.5 ? 0 : 1;
      await ended(both[which], 'SIGKILL');
      kills += 1;
      both[which] = await started();
    }
    while ((await left()) > 0) await paused(200);
    // Whoever is still at it, having been outrun, may yet do harm.
    await paused(2_000);
    await eachOnce();
    await tell(`killed ${kills} times`);
  }, 240_000);

  it('note each once when all are due at the same instant', async () => {
    await populated(deadlines / 2, `interval '-3 days'`);
    const both = await Promise.all([started(), started()]);
    while ((await left()) > 0) await paused(100);
    await Promise.all(both.map((child) => ended(child, 'SIGTERM')));
    for (const { exitCode } of both) assert.equal(exitCode, 0, 'it did not end by itself');
    await eachOnce();
    await tell('all at once');
  }, 240_000);
});
