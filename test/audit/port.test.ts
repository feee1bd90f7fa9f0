/** The log goes out and comes in again: what is exported says the same for ever, and what is imported is the same pathways. */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, it } from '@jest/globals';
import { isSyntheticCpr } from '../../machines/calendar/identifiers.js';
import { exported, spanOf } from '../../src/audit/export/exports.js';
import { isTakenBack, type LoggedEntry } from '../../src/audit/export/formats/entry.js';
import type { FormatName } from '../../src/audit/export/formats/formats.js';
import { verifyManifest, type Manifest } from '../../src/audit/export/formats/manifest.js';
import { entriesByIndex, entriesByPathway, leftOutUpTo } from '../../src/audit/export/logged.js';
import type { Sql } from '../../src/database/sql.js';
import { importLines, type Reject, type Services, type Summary } from '../../src/importing/importing.js';
import { longestLine, notText } from '../../src/importing/lines.js';
import { StageCounts } from '../../src/overview/stage-counts.js';
import { checkAll } from '../../src/pathways/check.js';
import { Corrections } from '../../src/pathways/corrections.js';
import { Door } from '../../src/pathways/door.js';
import { readAccess } from '../../src/pathways/log.js';
import { Openings } from '../../src/pathways/openings.js';
import { retraceOf } from '../../src/pathways/past.js';
import { Problem } from '../../src/http/problem.js';
import { TestLog } from '../support/audit.js';
import { freshDatabase } from '../support/database.js';
import { CorrectedWalk } from '../support/corrected-walk.js';
import { drawing, seeded } from '../support/random-walk.js';
import type { Reply, TestServer, User } from '../support/server.js';
import { checked, named, treeOf, valuesOf } from './xes-check.js';

const walks = 20;
const steps = 480;
const auditor: User = { role: 'auditor', unit: 'REGION', sub: 'revisor' };
const gp: User = { role: 'gp', unit: 'GP_MIDT' };
const twice = {
  name: 'Tove Test',
  cpr: Array.from({ length: 99 }, (_, n) => `2902640${100 + n}`).find(isSyntheticCpr)!,
};
const numbers = Array.from({ length: 300 }, (_, n) => `1403610${100 + n}`).filter(isSyntheticCpr);
let source: TestLog;
let home: string;
/** The source's log, whole, as the import reads it. */
let text: string;

const patientOf = (walk: number) => ({
  name: `Tilde Test ${walk}`,
  ...(walk % 3 === 0
    ? { birthDate: '1961-03-14' }
    : walk % 3 === 1
      ? { cpr: numbers[walk]! }
      : { cpr: `140361${1}AB${walk % 10}`, birthDate: '1961-03-1' + (walk % 10) }),
});
const later = (server: TestServer, ms = 60_000) => server.clock.set(new Date(server.clock.now().getTime() + ms));

beforeAll(async () => {
  home = mkdtempSync(join(tmpdir(), 'smertevejen-port-'));
  source = await TestLog.start();
  const { server } = source;
  const draw = drawing(seeded(7));
  const walking: CorrectedWalk[] = [];
  for (let step = 0; step < steps; step += 1) {
    if (walking.length < walks && step % 5 === 0) {
      walking.push(new CorrectedWalk(server, draw));
      await walking.at(-1)!.begin(patientOf(walking.length));
    } else await draw.pick(walking).step();
    later(server);
  }
  for (const text of ['Lukkes', 'Begynder igen']) {
    const { id } = (await server.open({ patient: twice, planningArea: 'midt' }, gp)).body as { id: string };
    later(server);
    if (text === 'Lukkes') await server.sent(id, gp, { type: 'pathway.enteredInError', reason: text });
    later(server);
  }
  const done = walking.map((one) => one.done);
  for (const kind of ['void', 'amend', 'insert'] as const)
    assert.ok(done.reduce((sum, one) => sum + one[kind], 0) >= 10, kind);
  await source.signed();
  text = (await fileOf(source.server.sql, 'ndjson', { patients: true })).text;
});
afterAll(async () => {
  await source.stop();
  rmSync(home, { recursive: true, force: true });
});

type Asked = { upTo?: number; from?: string; to?: string; patients?: boolean };
async function fileOf(
  sql: Sql,
  name: FormatName,
  { patients = false, ...wanted }: Asked = {},
): Promise<{ text: string; manifest: Manifest }> {
  const made = await exported(sql, name, await spanOf(sql, wanted), { patients });
  let whole = '';
  for await (const chunk of made.chunks) whole += chunk;
  return { text: whole, manifest: await made.manifest(new Date()) };
}
const sha256 = (of: string | Buffer): string => createHash('sha256').update(of).digest('hex');
const entriesOf = (lines: string): LoggedEntry[] =>
  lines
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as LoggedEntry);
async function all<T>(items: AsyncIterable<T>): Promise<T[]> {
  const found: T[] = [];
  for await (const item of items) found.push(item);
  return found;
}

const servicesOf = ({ app, sql, clock }: TestServer): Services => ({
  sql,
  clock,
  door: app.get(Door),
  openings: app.get(Openings),
  corrections: app.get(Corrections),
});
async function* pieces(of: string | Buffer, size = 50_000): AsyncGenerator<Buffer> {
  const bytes = Buffer.from(of);
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
}
async function imported(
  server: TestServer,
  of: string | Buffer,
  size?: number,
): Promise<Summary & { rejects: Reject[] }> {
  const rejects: Reject[] = [];
  const summary = await importLines(servicesOf(server), pieces(of, size), {
    rejected: (reject) => void rejects.push(reject),
  });
  return { ...summary, rejects };
}

/** Everything beside the log that is told of a pathway, in the order in which they were opened. */
const kept = (server: TestServer) =>
  server.source.query(`
  select p.version, p.stage, p.state, p.unit, p.next_move, p.planning_area, p.units, p.stage_since, p.due_at, p.last_at, p.missing, p.machine_version, p.rule_set, p.snapshot, t.name, t.birth_date, t.person_number, t.person_number_kind,
    (select json_agg(json_build_array(m.seq, m.number, m.letter, m.sender, m.recipient, m.subject, m.body) order by m.seq, m.number) from message m where m.pathway_id = p.id) as messages,
    (select json_agg(json_build_array(r.version, r.seq, r.frozen_at, r.facts) order by r.version, r.seq) from referral_version r where r.pathway_id = p.id) as referrals
  from pathway p join patient t on t.id = p.patient_id join log_leaf l on l.kind = 'transition' and l.entry_id = p.id and l.seq = 1 order by l.idx`) as Promise<
    Record<string, unknown>[]
  >;
/** What an entry says of what happened, whichever log it stands in. */
const told = ({
  seq,
  event,
  actor,
  occurredAt,
  from,
  to,
  findings,
  machineVersion,
  ruleSet,
  standing,
  patient,
}: LoggedEntry) => ({ seq, event, actor, occurredAt, from, to, findings, machineVersion, ruleSet, standing, patient });
const countsOn = async (server: TestServer, day: string): Promise<unknown> =>
  (await server.app.get(StageCounts).count({ asOf: day, knownAt: server.clock.now().toISOString() })).stages;

/** A server whose log has what is imported, and nothing else. */
async function target(work: (log: TestLog) => Promise<void>): Promise<void> {
  const log = await TestLog.start();
  log.server.clock.set('2040-01-01T00:00:00.000Z');
  try {
    await work(log);
  } finally {
    await log.stop();
  }
}

describe('a log that is exported and imported', () => {
  it('gives the same snapshots, byte by byte, the same deadlines, letters and counts, and is exported as the same again', async () => {
    await target(async (log) => {
      const { rejects, ...summary } = await imported(log.server, text);
      assert.deepEqual(rejects, []);
      const lines = entriesOf(text);
      assert.deepEqual(summary, {
        lines: lines.length,
        pathways: walks + 2,
        taken: lines.length,
        there: 0,
        rejected: 0,
        skipped: 0,
      });
      await log.signed();
      assert.deepEqual(await kept(log.server), await kept(source.server));
      const { faults, transitions } = await checkAll(log.server.sql);
      assert.deepEqual([faults, transitions], [[], lines.length]);
      const again = entriesOf((await fileOf(log.server.sql, 'ndjson', { patients: true })).text);
      assert.deepEqual(again.map(told), lines.map(told));
      assert.ok(again.every(({ via }) => via === 'import') && lines.every(({ via }) => via === undefined));
      for (const { occurredAt } of lines.filter((_, place) => place % 40 === 0))
        assert.deepEqual(await countsOn(log.server, occurredAt), await countsOn(source.server, occurredAt), occurredAt);
      assert.equal((await log.verify()).outcome, 'intact');
      assert.deepEqual(await log.server.source.query('select count(*)::int as n from refusal'), [{ n: 0 }]);
    });
  });

  it('is imported once, however often, and in whatever pieces, and is finished where it was cut off', async () => {
    await target(async ({ server }) => {
      const lines = text.trimEnd().split('\n');
      const half = await imported(server, `${lines.slice(0, 200).join('\n')}\n${lines[200]!.slice(0, 90)}`, 777);
      assert.deepEqual(
        [half.taken, half.rejected, half.rejects.map(({ line, type, reasons }) => [line, type, reasons])],
        [200, 1, [[201, 'unreadable', ['the file ends in the middle of this line: it was cut off; get it again']]]],
      );
      const whole = await imported(server, text);
      assert.deepEqual([whole.there, whole.taken, whole.rejects], [200, lines.length - 200, []]);
      const started = performance.now();
      const again = await imported(server, text);
      assert.deepEqual([again.there, again.taken, again.rejects], [lines.length, 0, []]);
      assert.ok(performance.now() - started < 2_000, 'what is there is passed over quickly');
      assert.deepEqual((await imported(server, text + text)).rejects, [], 'a file that holds everything twice');
      const { faults, transitions } = await checkAll(server.sql);
      assert.deepEqual([faults, transitions], [[], lines.length]);
    });
  });
});

describe('the same upTo', () => {
  it('gives the same bytes after more has happened, corrections of what was exported too', async () => {
    const { server } = source;
    const size = (await server.get('/v1/audit/state', auditor)).body.size as number;
    const wanted = { upTo: size };
    const files = async () =>
      Promise.all(
        (['csv', 'ndjson', 'xes'] as const).map(async (name) => (await fileOf(server.sql, name, wanted)).text),
      );
    const first = await files();
    const { id } = (
      await server.open(
        { patient: { name: 'Ny Test', birthDate: '1950-05-05' }, planningArea: 'nord' },
        { role: 'gp', unit: 'GP_NORD' },
      )
    ).body as { id: string };
    assert.deepEqual(await files(), first, 'while it waits for its place');
    await source.signed();
    assert.deepEqual(await files(), first);
    const standing = entriesOf(first[1]!).filter(
      ({ event, standing: now, seq, actor }) =>
        now === 'stands' && seq > 1 && event.type !== 'log.corrected' && actor.role === 'gp',
    );
    const voided = [];
    for (const { pathway, seq, actor } of standing.reverse()) {
      const {
        body: { version },
      } = (await server.get(`/v1/pathways/${pathway}`, auditor)) as Reply;
      const reply = await server.post(
        `/v1/pathways/${pathway}/corrections`,
        { role: 'gp', unit: actor.unit },
        { kind: 'void', seq, reason: 'Registreret ved en fejl' },
        {
          'if-match': `"${version}"`,
          'idempotency-key': '0198c1a0-0000-7000-8000-' + String(seq + version * 1000).padStart(12, '0'),
        },
      );
      if (reply.status === 200) voided.push(`${pathway} ${seq}`);
      if (voided.length === 3) break;
    }
    assert.equal(voided.length, 3);
    await source.signed();
    assert.deepEqual(await files(), first);
    const now = entriesOf((await fileOf(server.sql, 'ndjson')).text);
    assert.ok(now.some(({ pathway }) => pathway === id));
    for (const one of voided)
      assert.equal(now.find(({ pathway, seq }) => `${pathway} ${seq}` === one)!.standing, 'voided');
  });

  it('is not more than the log has, and a period ends after it begins', async () => {
    for (const [wanted, pointer] of [
      [{ upTo: 1_000_000_000 }, '/upTo'],
      [{ from: '2022-02-01T00:00:00.000Z', to: '2022-02-01T00:00:00.000Z' }, '/to'],
    ] as const) {
      await assert.rejects(
        spanOf(source.server.sql, wanted),
        (error) => error instanceof Problem && (error.extra['errors'] as { pointer: string }[])[0]!.pointer === pointer,
      );
    }
  });

  it('is empty at nothing, and whole in every page', async () => {
    const { sql } = source.server;
    const all0 = await Promise.all((['csv', 'ndjson', 'xes'] as const).map((name) => fileOf(sql, name, { upTo: 0 })));
    assert.deepEqual(
      all0.map(({ manifest }) => manifest.files[0]!.entries),
      [0, 0, 0],
    );
    assert.deepEqual((await checked(all0[2]!.text)).errors, [[]]);
    const { upTo } = await spanOf(sql, {});
    const [byIndex, byPathway] = [await all(entriesByIndex(sql, { upTo })), await all(entriesByPathway(sql, { upTo }))];
    assert.deepEqual(await all(entriesByIndex(sql, { upTo, page: 3 })), byIndex);
    assert.deepEqual(await all(entriesByPathway(sql, { upTo, page: 1 })), byPathway);
  });

  it('can be of a period: its entries, and counted as such', async () => {
    const { sql } = source.server;
    const { upTo } = await spanOf(sql, {});
    const whole = await all(entriesByIndex(sql, { upTo }));
    const [from, to] = [whole[100]!.recordedAt, whole[300]!.recordedAt];
    const part = await all(entriesByIndex(sql, { upTo, from, to }));
    assert.deepEqual(part, whole.slice(100, 300));
    const { errors } = await checked((await fileOf(sql, 'xes', { upTo, from, to })).text);
    assert.deepEqual(errors, [[]]);
    const left = await leftOutUpTo(sql, { upTo, from, to });
    assert.equal(left.voided + left.amended + left.lapsed, part.filter(({ standing }) => isTakenBack(standing)).length);
  });
});

describe('the formats of a real log', () => {
  it('hold each transition once, in CSV and in NDJSON, and name nobody unless that is asked for', async () => {
    const { sql } = source.server;
    const [{ n }] = (await source.server.source.query('select count(*)::int as n from transition')) as [{ n: number }];
    const [csv, ndjson] = [await fileOf(sql, 'csv'), await fileOf(sql, 'ndjson')];
    assert.deepEqual(
      [csv.manifest.files[0]!.entries, ndjson.manifest.files[0]!.entries, entriesOf(ndjson.text).length],
      [n, n, n],
    );
    assert.equal(csv.text.split(/\r\n(?=\d+;[0-9a-f-]{36};)/).length, n + 1);
    for (const { text: file } of [csv, ndjson, await fileOf(sql, 'xes')])
      assert.ok(!file.includes('Tilde') && !file.includes(twice.cpr));
    assert.ok(text.includes('Tilde Test 4') && text.includes(twice.cpr));
    await assert.rejects(exported(sql, 'csv', await spanOf(sql, {}), { patients: true }), /NDJSON alone/);
  });

  it('are, as XES, valid by the schema, a trace a pathway, in the order in which things happened', async () => {
    const { sql } = source.server;
    const span = await spanOf(sql, {});
    const { text: file, manifest } = await fileOf(sql, 'xes');
    const { errors, read } = await checked(file);
    assert.deepEqual(errors, [[]]);
    const log = treeOf(read[0]!);
    const traces = named(log, 'trace').map((trace) => named(trace, 'event').map(valuesOf));
    const happened = await all(entriesByPathway(sql, span));
    assert.equal(traces.flat().length, manifest.files[0]!.entries);
    assert.deepEqual(
      traces
        .flat()
        .map((event) => [
          event['concept:name'],
          event['time:timestamp'],
          event['smertevejen:standing'],
          event['smertevejen:stage'],
          event['org:resource'],
        ]),
      happened
        .filter(({ standing }) => !isTakenBack(standing))
        .map(({ event, occurredAt, standing, to, actor }) => [event.type, occurredAt, standing, to.stage, actor.sub]),
    );
    for (const events of traces)
      assert.deepEqual(
        events.map((event) => event['time:timestamp']),
        events.map((event) => event['time:timestamp']).sort(),
      );
    const ids = traces.flat().map((event) => event['identity:id']);
    assert.equal(new Set(ids).size, ids.length);
    for (const standing of ['inserted', 'voided', 'amended'] as const)
      assert.ok(
        happened.some((entry) => entry.standing === standing),
        standing,
      );
    assert.ok(
      happened.some(({ event, standing }) => event.type === 'log.corrected' && standing === 'voided') &&
        happened.some(({ event, standing }) => event.type === 'log.corrected' && standing === 'stands'),
    );
  });

  it('tell, by pathway, each step of the corrected log once, with its own type, time and place, and lead to where the pathway is', async () => {
    const { server } = source;
    const happened = await all(entriesByPathway(server.sql, await spanOf(server.sql, {})));
    const steps = happened.filter(({ standing, event }) => !isTakenBack(standing) && event.type !== 'log.corrected');
    for (const id of new Set(steps.map(({ pathway }) => pathway))) {
      const { trail } = retraceOf(await server.app.get(Door).entries(id, 1_000_000));
      assert.deepEqual(
        steps
          .filter(({ pathway }) => pathway === id)
          .map(({ seq, event, occurredAt, to }) => [seq, event.type, occurredAt, to.stage, to.state, to.unit]),
        trail
          .filter(({ type }) => type !== 'correction.told')
          .map(({ seq, type, at, to }) => [seq, type, at, to.stage, to.state, to.unit]),
      );
    }
    const last = new Map(steps.map((entry) => [entry.pathway, entry.to]));
    const rows = (await server.source.query('select id, stage, unit from pathway')) as {
      id: string;
      stage: string;
      unit: string | null;
    }[];
    assert.equal(rows.length, last.size);
    for (const { id, stage, unit } of rows)
      assert.deepEqual([last.get(id)!.stage, last.get(id)!.unit], [stage, unit], id);
    const byIndex = await all(entriesByIndex(server.sql, await spanOf(server.sql, {})));
    assert.deepEqual(happened.filter(({ standing }) => standing !== 'inserted').length, byIndex.length);
    assert.deepEqual(
      new Set(
        happened.filter(({ standing }) => isTakenBack(standing)).map(({ hash, standing }) => `${hash} ${standing}`),
      ),
      new Set(
        byIndex.filter(({ standing }) => isTakenBack(standing)).map(({ hash, standing }) => `${hash} ${standing}`),
      ),
    );
  });
});

describe('an export by HTTP', () => {
  it('is the same bytes as the manifest says, for the size that both name', async () => {
    const { server } = source;
    for (const [name, media] of [
      ['csv', 'text/csv; charset=utf-8; header=present'],
      ['ndjson', 'application/x-ndjson; charset=utf-8'],
      ['xes', 'application/xml; charset=utf-8'],
    ] as const) {
      const response = await fetch(`${server.url}/v1/audit/exports/${name}`, {
        headers: { authorization: `Bearer ${await server.token(auditor)}` },
      });
      const bytes = Buffer.from(await response.arrayBuffer());
      const upTo = response.headers.get('log-size');
      assert.deepEqual(
        [
          response.status,
          response.headers.get('content-type'),
          response.headers.get('content-disposition'),
          response.headers.get('cache-control'),
        ],
        [200, media, `attachment; filename="log.${name}"`, 'no-store'],
      );
      await source.signed(); // the look-up itself gets its place
      const { status, body } = await server.get(`/v1/audit/exports/${name}/manifest?upTo=${upTo}`, auditor);
      assert.equal(status, 200);
      assert.deepEqual(
        [body.upTo, body.files[0].sha256, body.files[0].bytes],
        [Number(upTo), sha256(bytes), bytes.length],
      );
      assert.deepEqual(verifyManifest(body, [{ name: `log.${name}`, bytes: bytes.length, sha256: sha256(bytes) }]), []);
      const [origin, size] = String(body.checkpoint).split('\n');
      assert.ok(
        origin === 'smertevejen' && Number(size) >= Number(upTo),
        `a checkpoint of ${size} for a log of ${upTo}`,
      );
    }
  });

  it('is for auditors alone, and is written down before it begins', async () => {
    const { server } = source;
    const accesses = async () =>
      (
        (await server.source.query('select leaf, payload from access order by recorded_at, id')) as {
          leaf: string;
          payload: string;
        }[]
      ).map(readAccess);
    for (const [role, unit] of [
      ['gp', 'GP_MIDT'],
      ['physician', 'TSC_HEH'],
      ['manager', 'REGION'],
      ['admin', 'REGION'],
      ['system', 'SYSTEM'],
    ] as const) {
      for (const path of ['csv', 'csv/manifest'])
        assert.equal((await server.get(`/v1/audit/exports/${path}`, { role, unit })).status, 403, `${role} ${path}`);
    }
    const before = (await accesses()).length;
    later(server);
    const reply = await server.get('/v1/audit/exports/csv?upTo=5&from=2026-01-01T00:00:00Z', auditor);
    assert.equal(reply.status, 200);
    const [entry, ...more] = (await accesses()).slice(before);
    assert.equal(more.length, 0);
    assert.deepEqual(
      [entry!.action, entry!.outcome, entry!.actor, entry!.criterion],
      [
        'export',
        'answered',
        { sub: 'revisor', role: 'auditor', unit: 'REGION' },
        { format: 'csv', upTo: 5, from: '2026-01-01T00:00:00.000Z' },
      ],
    );
    const told = (await server.source.query(
      `select distinct entry_id::text as id from log_leaf where kind = 'transition' and idx < 5 order by 1`,
    )) as { id: string }[];
    assert.deepEqual(
      entry!.pathways,
      told.map(({ id }) => id),
      'each patient of whom it tells finds it in his own list',
    );
    await server.source.query('alter table access add constraint closed check (false) not valid');
    try {
      assert.equal((await server.get('/v1/audit/exports/csv', auditor)).status, 503);
    } finally {
      await server.source.query('alter table access drop constraint closed');
    }
  });

  it('refuses a format, a size and a time that there are not, and names the field', async () => {
    const { server } = source;
    for (const [path, pointer] of [
      ['pdf', '/format'],
      ['csv?upTo=999999999', '/upTo'],
      ['csv?upTo=-1', '/upTo'],
      ['xes/manifest?from=i-gaar', '/from'],
      ['csv?withPatients=true', '/url'],
    ] as const) {
      const { status, body } = await server.get(`/v1/audit/exports/${path}`, auditor);
      assert.deepEqual([status, body.errors?.[0]?.pointer], [400, pointer], path);
    }
  });

  it('is cut off, and not ended, when the log cannot be read on', async () => {
    const { server } = source;
    const { rows } = server.sql;
    const asked = async () =>
      fetch(`${server.url}/v1/audit/exports/csv`, {
        headers: { authorization: `Bearer ${await server.token(auditor)}` },
      });
    const ends = (last: object) =>
      async function failing(this: Sql, of: Parameters<typeof rows>[0], values: readonly unknown[]) {
        const found = await rows.call(this, of, values);
        return (
          of.text.includes('from log_leaf l join transition')
            ? [...found.slice(0, -1), { ...found.at(-1), ...last }]
            : found
        ) as never;
      };
    try {
      server.sql.rows = ends({ payload: '{"event":{"type":"half","text":"\\ud800"},"sub":"a","findings":[]}' });
      const response = await asked();
      assert.equal(response.status, 200);
      await assert.rejects(response.text());
      server.sql.rows = ends({ leaf: 'none' });
      const nothing = await asked();
      assert.deepEqual(
        [
          nothing.status,
          nothing.headers.get('content-disposition'),
          nothing.headers.get('log-size'),
          ((await nothing.json()) as { type: string }).type,
        ],
        [500, null, null, '/problems/internal'],
      );
    } finally {
      server.sql.rows = rows;
    }
  });
});

/** Lines as somebody writes them. */
const actor = { sub: 'dr.hansen', role: 'gp', unit: 'GP_NORD' };
const opening = (pathway: string, more: object = {}) => ({
  pathway,
  event: { type: 'pathway.opened', planningArea: 'nord' },
  actor,
  occurredAt: '2019-05-06T09:00:00+02:00',
  patient: { name: 'Hans Test', birthDate: '1955-05-05' },
  ...more,
});
const note = (pathway: string, more: object = {}) => ({
  pathway,
  event: { type: 'followUp.recorded', text: 'Uændret' },
  actor,
  occurredAt: '2019-06-06T09:00:00Z',
  ...more,
});
const ndjson = (...lines: (object | string)[]) =>
  lines.map((line) => `${typeof line === 'string' ? line : JSON.stringify(line)}\n`).join('');

const cli = join(import.meta.dirname, '..', '..', 'src', 'cli');
function command(
  url: string,
  name: 'export' | 'import',
  ...args: string[]
): Promise<{ code: number | null; out: string; err: string }> {
  const child = spawn(process.execPath, [join(cli, `${name}.js`), ...args], {
    env: { ...process.env, DATABASE_URL: url },
  });
  let [out, err] = ['', ''];
  child.stdout.on('data', (piece) => {
    out += String(piece);
  });
  child.stderr.on('data', (piece) => {
    err += String(piece);
  });
  return new Promise((resolve) => child.once('close', (code) => resolve({ code, out, err })));
}

describe('npm run export and npm run import', () => {
  it('write a file and its manifest, and who did it, and read it again', async () => {
    await source.signed();
    const dir = join(home, 'whole');
    mkdirSync(dir);
    writeFileSync(join(dir, 'log.ndjson.part'), 'what a kill left');
    const { code, out, err } = await command(
      source.url,
      'export',
      '--format',
      'ndjson',
      '--out',
      dir,
      '--as',
      'kontrollant',
      '--with-patients',
    );
    assert.equal(code, 0, err);
    assert.deepEqual([...readdirSync(dir)].sort(), ['log.ndjson', 'manifest.json']);
    const bytes = readFileSync(join(dir, 'log.ndjson'));
    const manifest = JSON.parse(readFileSync(join(dir, 'manifest.json'), 'utf8')) as Manifest;
    assert.deepEqual(
      verifyManifest(manifest, [{ name: 'log.ndjson', bytes: bytes.length, sha256: sha256(bytes) }]),
      [],
    );
    assert.ok(out.includes(`sha256 ${sha256(bytes)}`) && out.includes('keep it as you keep the log'));
    assert.equal(statSync(join(dir, 'log.ndjson')).mode & 0o077, 0);
    const last = (
      (await source.server.source.query('select leaf, payload from access')) as { leaf: string; payload: string }[]
    )
      .map(readAccess)
      .find(({ actor }) => actor.sub === 'kontrollant');
    assert.deepEqual(
      [last!.action, last!.actor, last!.criterion],
      [
        'export',
        { sub: 'kontrollant', role: 'auditor', unit: 'REGION' },
        { format: 'ndjson', upTo: manifest.upTo, patients: true },
      ],
    );
  });

  it('take what happened years ago, keep what was rejected, and do nothing twice', async () => {
    const database = await freshDatabase();
    try {
      const patient = { name: 'Hans Test', cpr: twice.cpr };
      const [path, rejects] = [join(home, 'past.ndjson'), join(home, 'rejects.ndjson')];
      writeFileSync(
        path,
        ndjson(opening('a'), note('a'), opening('b', { patient }), opening('c', { patient }), note('c'), note('b')),
      );
      const first = await command(database.url, 'import', path, '--rejects', rejects);
      assert.equal(first.code, 12, first.err);
      assert.match(first.out, /^line 4 \(c\): already-open: the patient has an open pathway already/);
      assert.match(
        first.out,
        /6 lines of 3 pathways: 4 taken, 0 already there, 1 rejected, 1 skipped after them; in .* a second/,
      );
      const told = readFileSync(rejects, 'utf8')
        .trimEnd()
        .split('\n')
        .map((line) => JSON.parse(line) as Reject);
      assert.deepEqual(
        told.map(({ line, pathway, type, entry }) => [line, pathway, type, entry]),
        [
          [4, 'c', 'already-open', opening('c', { patient })],
          [5, 'c', 'skipped', note('c')],
        ],
      );
      assert.equal(statSync(rejects).mode & 0o077, 0);
      assert.match(
        (await command(database.url, 'import', path)).out,
        / 0 taken, 4 already there, 1 rejected, 1 skipped/,
      );
      writeFileSync(path, ndjson(opening('a'), note('a'), opening('b', { patient }), note('b')));
      assert.deepEqual(
        (({ code, out }) => [code, / 0 taken, 4 already there, 0 rejected/.test(out)])(
          await command(database.url, 'import', path),
        ),
        [0, true],
      );
    } finally {
      await database.drop();
    }
  });

  it('say what is missing or wrong, and exit with 1', async () => {
    mkdirSync(join(home, 'full'));
    writeFileSync(join(home, 'full', 'log.csv'), '');
    const wrong: [name: 'export' | 'import', args: string[], said: RegExp][] = [
      ['export', ['--format', 'pdf', '--out', join(home, 'x'), '--as', 'k'], /--format: give one of csv, ndjson, xes/],
      ['export', ['--format', 'csv', '--out', join(home, 'x')], /--as <who>/],
      ['export', ['--format', 'csv', '--out', join(home, 'full'), '--as', 'k'], /is not empty/],
      [
        'export',
        ['--format', 'csv', '--out', join(home, 'x'), '--as', 'k', '--up-to', '99999999'],
        /--up-to is more than the log has/,
      ],
      ['import', [join(home, 'nowhere')], /is not there/],
      [
        'import',
        [join(home, 'whole', 'log.ndjson'), '--rejects', join(home, 'whole', 'log.ndjson')],
        /names the file that is imported/,
      ],
    ];
    await Promise.all(
      wrong.map(async ([name, args, said]) => {
        const { code, err } = await command(source.url, name, ...args);
        assert.equal(code, 1, `${name} ${args.join(' ')}`);
        assert.match(err, said);
      }),
    );
    for (const [bytes, said] of [
      ['', /is empty/],
      [Buffer.from('\ufeff{"pathway":"a"}', 'utf16le'), /UTF-16/],
      [Buffer.from([0x1f, 0x8b, 8, 0]), /compressed/],
      ['\0', /no text/],
    ] as const)
      assert.match(notText(Buffer.from(bytes))!, said);
    assert.ok(!existsSync(join(home, 'x', 'log.csv')));
  });
});

describe('a line by hand', () => {
  let log: TestLog;
  beforeAll(async () => {
    log = await TestLog.start();
  });
  afterAll(() => log.stop());

  it('needs no more than what happened, when, and by whom; with a BOM and Windows line ends too', async () => {
    const { rejects, taken, lines } = await imported(
      log.server,
      `\ufeff${ndjson(opening('hansen'), note('hansen'), '', note('hansen', { occurredAt: '2019-07-06T09:00:00Z' })).replaceAll('\n', '\r\n')}`,
    );
    assert.deepEqual([rejects, taken, lines], [[], 3, 3]);
    assert.deepEqual((await checkAll(log.server.sql)).faults, []);
  });

  it('is rejected with its number and every reason, the rest of its pathway is passed over, and others go on', async () => {
    const rules = { type: 'referral.submitted' };
    const cases: [what: string, line: object | string, type: string, reasons: RegExp[]][] = [
      ['no JSON', '{"pathway": "X", "event": {', 'unreadable', [/not well-formed/]],
      ['a key twice', '{"pathway":"X","pathway":"X"}', 'unreadable', [/key twice/]],
      ['no object', '[1]', 'unreadable', [/no JSON object/]],
      [
        'a field that is not known',
        note('X', { occuredAt: 'i går' }),
        'unreadable',
        [/\/occuredAt is not a field here/],
      ],
      ['no time', note('X', { occurredAt: 'i går' }), 'unreadable', [/\/occurredAt is no time/]],
      ['nobody', note('X', { actor: { ...actor, role: 'chef' } }), 'unreadable', [/\/actor\/role/]],
      [
        'a number too large',
        ndjson(note('X', { event: { type: 'followUp.recorded', text: 1 } }))
          .trim()
          .replace('"text":1', '"text":1e999'),
        'unreadable',
        [/too large/],
      ],
      ['an erased entry', note('X', { erased: true }), 'unreadable', [/erased: it cannot be imported/]],
      [
        'an event that is none',
        note('X', { event: { type: 'pathway.painted' } }),
        'invalid',
        [/\/event\/type is no event/],
      ],
      [
        'a field that is wrong',
        note('X', { event: { type: 'followUp.recorded', text: '' } }),
        'invalid',
        [/\/event\/text is empty/],
      ],
      [
        'before the last',
        note('X', { occurredAt: '2018-01-01T00:00:00Z' }),
        'invalid',
        [/^\/occurredAt lies before the pathway's last transition/],
      ],
      [
        'the future',
        note('X', { occurredAt: '2029-01-01T00:00:00Z' }),
        'invalid',
        [/^\/occurredAt lies in the future/],
      ],
      [
        'a patient in the middle',
        note('X', { patient: { name: 'Hans Test' } }),
        'invalid',
        [/\/patient stands with the opening/],
      ],
      ['rules', note('X', { event: rules }), 'rules-unmet', [/^[A-Z]\w* \((unmet|unknown)\): /, /^[A-Z]\w* \(/]],
      [
        'not here',
        note('X', {
          event: { type: 'medication.planned', text: 'Ja' },
          actor: { sub: 'dr', role: 'physician', unit: 'GP_NORD' },
        }),
        'event-not-possible',
        [/is not possible in generalPractice; possible there: .*referral\.submitted/],
      ],
      ['not by him', note('X', { actor: { ...actor, role: 'gpStaff' } }), 'not-allowed', [/another role/, /roles: gp/]],
      ['not of his unit', note('X', { actor: { ...actor, unit: 'GP_SYD' } }), 'not-found', [/neither has nor had/]],
      [
        'a seq that is ahead',
        note('X', { seq: 7 }),
        'order',
        [/\/seq is 7, and it would be entry 2: an entry before it is missing/],
      ],
      ['a seq that is taken', note('X', { seq: 1 }), 'order', [/\/seq is 1, and the pathway has that entry already/]],
      [
        'a second opening',
        opening('X', { occurredAt: '2020-01-01T00:00:00Z' }),
        'order',
        [/opened already, by an earlier line/],
      ],
      [
        'a correction of nothing',
        note('X', { event: { type: 'log.corrected', kind: 'void', seq: 9, reason: 'Det var ikke sådan' } }),
        'invalid',
        [/\/event\/seq is no entry of this log/],
      ],
      [
        'a correction that is none',
        note('X', { event: { type: 'log.corrected', kind: 'paint' } }),
        'invalid',
        [/\/event\/kind is no kind of correction/],
      ],
      [
        'another version',
        note('X', { event: { type: 'machine.moved', from: 1, to: 2 } }),
        'event-not-possible',
        [/another version of the machine/],
      ],
    ];
    const refusals = async () =>
      ((await log.server.source.query('select count(*)::int as n from refusal')) as [{ n: number }])[0].n;
    const before = await refusals();
    for (const [place, [what, line, type, reasons]] of cases.entries()) {
      const named = (given: object | string) =>
        JSON.parse(JSON.stringify([given]).replaceAll('"X', `"X${place}`)) as [object | string];
      const found = await imported(
        log.server,
        ndjson(
          opening(`X${place}`),
          ...named(line),
          note(`X${place}`, { occurredAt: '2019-08-08T08:00:00Z' }),
          opening(`Y${place}`),
        ),
      );
      const [reject, skipped, ...more] = found.rejects;
      assert.deepEqual(
        [reject?.line, reject?.type, more.length, found.taken],
        [2, type, 0, 2],
        `${what}: ${JSON.stringify(found)}`,
      );
      assert.ok(reject!.reasons.length >= reasons.length, what);
      reasons.forEach((reason, at) => assert.match(reject!.reasons[at]!, reason, what));
      if (reject!.pathway !== null)
        assert.deepEqual(
          [skipped!.line, skipped!.type, skipped!.reasons, reject!.pathway],
          [3, 'skipped', ['an earlier line (2) of this pathway was rejected'], `X${place}`],
          what,
        );
    }
    assert.equal(await refusals(), before, 'nobody attempts now what was refused of an import');
    assert.deepEqual((await checkAll(log.server.sql)).faults, []);
  });

  it('that opens says who the patient is: a number that is none, none at all, one who has an open pathway', async () => {
    const cpr = numbers.at(-1)!;
    const cases: [opening: object, type: string, reason: RegExp][] = [
      [{ patient: { name: 'Hans Test', cpr: '3113611234' } }, 'invalid', /^\/patient\/cpr .*no date/],
      [{ patient: { name: 'Hans Test', cpr: '12' } }, 'invalid', /^\/patient\/cpr /],
      [{ patient: { name: 'Hans Test' } }, 'invalid', /^\/patient has neither cpr nor birthDate/],
      [{ patient: undefined }, 'invalid', /^\/patient\/name is missing: export with --with-patients/],
      [
        { patient: { name: 'Hans Test', cpr, birthDate: '1990-01-01' } },
        'invalid',
        /^\/patient\/birthDate is not the birth date/,
      ],
      [{ event: { type: 'pathway.opened', planningArea: 'hjemme' } }, 'invalid', /^\/event\/planningArea/],
      [
        { event: { type: 'pathway.opened', planningArea: 'nord', ownGp: 'GP_INGEN' } },
        'invalid',
        /^\/event\/ownGp is no practice/,
      ],
      [{ actor: { ...actor, role: 'secretary' } }, 'not-allowed', /opened by a GP/],
      [{ occurredAt: '2030-01-01T00:00:00Z' }, 'invalid', /^\/occurredAt lies in the future/],
    ];
    for (const [more, type, reason] of cases) {
      const { rejects } = await imported(log.server, ndjson(opening(`P${JSON.stringify(more).length}${type}`, more)));
      assert.deepEqual(
        [rejects.length, rejects[0]?.line, rejects[0]?.type],
        [1, 1, type],
        JSON.stringify([more, rejects]),
      );
      assert.match(rejects[0]!.reasons[0]!, reason);
    }
    const patient = { name: 'Inger Test', cpr };
    const { rejects, taken } = await imported(
      log.server,
      ndjson(
        opening('first', { patient }),
        opening('second', { patient, occurredAt: '2019-05-07T00:00:00Z' }),
        note('second'),
        note('first'),
        note('nobody'),
      ),
    );
    assert.deepEqual(
      [taken, rejects.map(({ line, type }) => [line, type])],
      [
        2,
        [
          [2, 'already-open'],
          [3, 'skipped'],
          [5, 'order'],
        ],
      ],
    );
    assert.match(rejects[2]!.reasons[0]!, /not begun: its first line must be its opening/);
    assert.ok(!JSON.stringify(rejects.map(({ reasons }) => reasons)).includes(cpr));
  });

  it('that cannot be told apart from others is not guessed at, and one that is far too long takes no memory', async () => {
    const [long, enough] = ['x'.repeat(longestLine), `{"pathway":"${'y'.repeat(300_000)}`];
    const { rejects } = await imported(
      log.server,
      ndjson(opening('A'), `{"pathway":"A","event":"${long}"}`, note('A'), opening('B'), note('B'), enough),
    );
    assert.deepEqual(
      rejects.map(({ line, pathway, type }) => [line, pathway, type]),
      [
        [2, null, 'unreadable'],
        [3, 'A', 'order'],
        [6, null, 'unreadable'],
      ],
    );
    assert.match(rejects[0]!.reasons[0]!, /is longer than 1024 KiB/);
    assert.match(rejects[1]!.reasons[0]!, /line 2 cannot be read and may belong to this pathway/);
    const seqs = await imported(log.server, ndjson(opening('C', { seq: 1 }), 'æh', note('C', { seq: 2 })));
    assert.deepEqual([seqs.taken, seqs.rejected], [2, 1]);
    let most = 0;
    async function* endless(): AsyncGenerator<Buffer> {
      const piece = Buffer.alloc(1 << 20, 'x');
      for (let n = 0; n < 1_024; n += 1) {
        yield piece;
        if (n % 128 === 0) most = Math.max(most, process.memoryUsage().rss);
      }
    }
    const before = process.memoryUsage().rss;
    const rejected: Reject[] = [];
    await importLines(servicesOf(log.server), endless(), { rejected: (reject) => void rejected.push(reject) });
    assert.deepEqual([rejected.length, rejected[0]!.type], [1, 'unreadable']);
    assert.ok(most - before < 100 * 1024 * 1024, `${Math.round((most - before) / 2 ** 20)} MiB for a line of 1 GiB`);
  });

  it('that is repaired is taken by the next run, with the rest of its pathway', async () => {
    const lines = [
      opening('R'),
      note('R', { event: { type: 'followUp.recorded', text: '' } }),
      note('R', { occurredAt: '2019-09-09T09:00:00Z' }),
    ];
    assert.deepEqual(
      (({ taken, rejected, skipped }) => [taken, rejected, skipped])(await imported(log.server, ndjson(...lines))),
      [1, 1, 1],
    );
    const { taken, there, rejects } = await imported(log.server, ndjson(lines[0]!, note('R'), lines[2]!));
    assert.deepEqual([taken, there, rejects], [2, 1, []]);
    const { rejects: changed } = await imported(
      log.server,
      ndjson(lines[0]!, note('R', { event: { type: 'followUp.recorded', text: 'Noget andet' } }), lines[2]!),
    );
    assert.deepEqual(
      changed.map(({ line, type }) => [line, type]),
      [
        [2, 'stale-version'],
        [3, 'skipped'],
      ],
    );
  });
});

describe('an erased patient', () => {
  it('leaves an entry that says its type, when and where, in each format, and is not imported', async () => {
    await target(async (log) => {
      const { server } = log;
      await imported(server, text);
      await log.signed();
      const [{ id }] = (await server.source.query(
        `select pathway_id as id from transition where event_type = 'log.corrected' group by 1 order by count(*) desc limit 1`,
      )) as [{ id: string }];
      await server.source
        .query(`begin; set local session_replication_role = replica; update transition set payload = null where pathway_id = '${id}';
        delete from patient_key where patient_id = (select patient_id from pathway where id = '${id}'); commit`);
      const { text: file } = await fileOf(server.sql, 'ndjson', { patients: true });
      const erased = entriesOf(file).filter(({ pathway }) => pathway === id);
      assert.ok(erased.length > 5);
      for (const { erased: mark, event, actor, findings, patient, standing } of erased)
        assert.deepEqual(
          [mark, Object.keys(event), actor.sub, findings, patient, standing],
          [true, ['type'], '', [], undefined, 'stands'],
        );
      const rows = (await fileOf(server.sql, 'csv')).text.split('\r\n').filter((row) => row.includes(id));
      assert.ok(rows.length === erased.length && rows.every((row) => row.endsWith(';import;')));
      const { errors, read } = await checked((await fileOf(server.sql, 'xes')).text);
      assert.deepEqual(errors, [[]]);
      const trace = named(treeOf(read[0]!), 'trace').find((one) => valuesOf(one)['concept:name'] === id)!;
      assert.deepEqual(
        named(trace, 'event').map((event) => [
          valuesOf(event)['smertevejen:erased'],
          valuesOf(event)['org:resource'],
          valuesOf(event)['smertevejen:via'],
        ]),
        erased.map(() => ['true', '', 'import']),
      );
      await target(async (other) => {
        const { rejects } = await imported(other.server, file);
        assert.deepEqual([...new Set(rejects.map(({ pathway }) => pathway))], [id]);
        assert.match(rejects[0]!.reasons.join(), /erased: it cannot be imported/);
      });
    });
  });
});
