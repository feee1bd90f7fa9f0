/** The log is verified: by the program, by its command line, by HTTP and from a bundle; what was changed is found where it is, and what was not raises no alarm. */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, it } from '@jest/globals';
import { createApp } from '../../src/app.js';
import { entriesFile, readManifest, sealManifest, textOf, writeBundle } from '../../src/audit/verify/bundle.js';
import { Keep } from '../../src/audit/tree/keep.js';
import { verifierKeyFile } from '../../src/audit/tree/keys.js';
import { readCheckpoint, signCheckpoint } from '../../src/audit/tree/note.js';
import { verifyConsistency, verifyInclusion } from '../../src/audit/tree/proofs.js';
import { bundleLog } from '../../src/audit/verify/source-bundle.js';
import { databaseLog } from '../../src/audit/verify/source-database.js';
import { leafHash } from '../../src/audit/tree/tree.js';
import { verify, type Report } from '../../src/audit/verify/verify.js';
import { lineOf } from '../../src/audit/verify/verify-faults.js';
import { localIssuer } from '../../src/auth/tokens.js';
import { createDataSource } from '../../src/data-source.js';
import { Sql } from '../../src/database/sql.js';
import { createLogger } from '../../src/logging.js';
import { canonical, hashOfLeaf } from '../../src/pathways/log.js';
import { foreignSigner, TestLog, Tampering } from '../support/audit.js';
import {
  BundleFiles,
  bundleMutations,
  databaseMutations,
  known,
  OutsideFiles,
  outsideMutations,
  Random,
  type Known,
} from '../support/mutations.js';
import { opened, staffOf } from '../support/referral.js';
import { TestServer, type User } from '../support/server.js';

const auditor: User = { role: 'auditor', unit: 'REGION' };
const admin: User = { role: 'admin', unit: 'REGION' };
const manager: User = { role: 'manager', unit: 'REGION' };

let log: TestLog;
let tampering: Tampering;
let there: Known;
let home: string;
beforeAll(async () => {
  home = mkdtempSync(join(tmpdir(), 'smertevejen-verify-'));
  log = await TestLog.start();
  await log.grow(22);
  tampering = await Tampering.of(log.url);
});
afterAll(async () => {
  await tampering.end();
  await log.stop();
  rmSync(home, { recursive: true, force: true });
});

const isWell = (report: Report) =>
  assert.deepEqual([report.outcome, report.faults.map(lineOf), report.reasons], ['intact', [], []]);

type Ran = { code: number | null; out: string; err: string };
function ran(command: 'verify' | 'bundle', args: string[], env: Record<string, string> = {}): Promise<Ran> {
  const { DATABASE_URL: _url, AUDIT_DIR: _audit, TEST_CLUSTER_URL: _cluster, ...rest } = process.env;
  const child = spawn(
    process.execPath,
    [join(import.meta.dirname, '..', '..', 'src', 'cli', `${command}.js`), ...args],
    { env: { ...rest, DATA_DIR: join(home, 'nothing-here'), ...env } },
  );
  const said: Ran = { code: null, out: '', err: '' };
  child.stdout.on('data', (text: Buffer) => {
    said.out += text.toString();
  });
  child.stderr.on('data', (text: Buffer) => {
    said.err += text.toString();
  });
  return new Promise((resolve) => child.once('close', (code) => resolve({ ...said, code })));
}
const withDatabase = () => ({ DATABASE_URL: log.url, AUDIT_DIR: log.dir });

describe('a log as it was written', () => {
  it('is intact, in pages of any size, and says how much was looked at', async () => {
    const [{ entries, pathways }] = (await log.server.source.query(
      'select (select count(*)::int from log_leaf) as entries, (select count(*)::int from pathway) as pathways',
    )) as [{ entries: number; pathways: number }];
    const root = readCheckpoint(log.keep.last()!.note, log.verifiers).root.toString('hex');
    for (const pageSize of [1, 7, 64, 256, 1_000]) {
      const seen: number[] = [];
      const report = await log.verify({ seen: (done, of) => seen.push(done / of) }, pageSize);
      isWell(report);
      assert.deepEqual(
        [
          report.entries,
          report.size,
          report.covered,
          report.pathways,
          report.checkpoints,
          report.root,
          report.erased,
          report.pending,
        ],
        [entries, entries, entries, pathways, 11, root, 0, 0],
      );
      assert.deepEqual(
        seen,
        [...seen].sort((a, b) => a - b),
      );
      assert.ok(seen.at(-1)! <= 1 && seen.at(-1)! > 0.9);
    }
    assert.ok(entries > 256, 'there is a node');
  });

  it('is intact when a patient is erased, whose entries then tell nothing, and when what a look-up told is', async () => {
    const one = (await known(log, tampering.client)).entries.find(
      ({ kind, seq }) => kind === 'transition' && seq === 3,
    )!;
    const report = await tampering.during(
      async (client) => {
        await client.query('update transition set payload = null where pathway_id = $1', [one.id]);
        await client.query('update refusal set payload = null where pathway_id = $1', [one.id]);
        await client.query('delete from patient_key where patient_id = $1', [one.patient]);
        await client.query(`update access set payload = null, salt = '' where id = (select id from access limit 1)`);
      },
      (sql) => verify(databaseLog(sql), { verifiers: log.verifiers, outside: log.keep, now: log.server.clock.now() }),
    );
    isWell(report);
    assert.ok(report.erased > 3);
  });

  it('is intact when the last checkpoint has not come into the database yet; the sequencer makes up for one that it was kept from storing', async () => {
    const [{ size: last }] = (await log.server.source.query('select max(size)::int as size from checkpoint')) as [
      { size: number },
    ];
    const without = (client: { query(text: string, values: unknown[]): Promise<unknown> }) =>
      client.query('delete from checkpoint where size = $1', [last]);
    isWell(
      await tampering.during(without, (sql) =>
        verify(databaseLog(sql), { verifiers: log.verifiers, outside: log.keep, now: log.server.clock.now() }),
      ),
    );
    await without(tampering.client);
    await opened(log.server);
    const again = await TestLog.sequencerOf(log);
    try {
      await again.sequencer.append();
      await again.sequencer.sign();
    } finally {
      await again.end();
    }
    isWell(await log.verify());
  });
});

describe('a change', () => {
  let bundle: BundleFiles;
  beforeAll(async () => {
    await log.unsigned();
    there = await known(log, tampering.client);
    bundle = await BundleFiles.of(log);
  });
  afterAll(async () => {
    bundle.remove();
    await log.signed();
  });
  const options = () => ({
    verifiers: log.verifiers,
    outside: log.keep,
    now: log.server.clock.now(),
    graceSeconds: 3600,
  });
  const found = (
    report: Report,
    name: string,
    place: string,
    isAt: (where: Report['faults'][number]['where']) => boolean,
  ) => {
    assert.equal(report.outcome, 'broken', name);
    assert.ok(isAt(report.faults[0]!.where), `${name} at ${place}, but found ${lineOf(report.faults[0]!)}`);
  };

  for (const [name, make] of databaseMutations) {
    it(`of ${name}, is found where it is`, async () => {
      const mutation = make(new Random(7), there, log, bundle);
      assert.ok('database' in mutation);
      found(
        await tampering.during(mutation.database, (sql) => verify(databaseLog(sql), options())),
        name,
        mutation.place,
        mutation.isAt,
      );
    });
  }
  for (const [name, make] of outsideMutations) {
    it(`of ${name}, is found where it is`, async () => {
      const mutation = make(new Random(7), there, log, bundle);
      assert.ok('outside' in mutation);
      const files = new OutsideFiles(log.dir);
      try {
        mutation.outside(files);
        found(await verify(databaseLog(tampering.sql), options()), name, mutation.place, mutation.isAt);
      } finally {
        files.restore();
      }
    });
  }
  for (const [name, make] of bundleMutations) {
    it(`of ${name}, is found where it is`, async () => {
      const mutation = make(new Random(7), there, log, bundle);
      assert.ok('bundle' in mutation);
      try {
        mutation.bundle(bundle);
        found(await verify(bundleLog(bundle.dir), { verifiers: log.verifiers }), name, mutation.place, mutation.isAt);
      } finally {
        bundle.restore();
      }
    });
  }

  it('of a bundle that is consistent in itself, and signed by a key of its own, is found by the checkpoints of somebody else', async () => {
    const [, make] = bundleMutations.find(
      ([name]) => name === 'a history of a bundle, rewritten and signed by another key',
    )!;
    const mutation = make(new Random(3), there, log, bundle);
    assert.ok('bundle' in mutation);
    try {
      mutation.bundle(bundle);
      assert.equal((await verify(bundleLog(bundle.dir), { verifiers: log.verifiers })).outcome, 'broken');
      const report = await verify(bundleLog(bundle.dir), { verifiers: log.verifiers, outside: log.keep });
      const { first, last } = report.faults[0]!.where;
      assert.ok(
        report.outcome === 'broken' && first !== undefined && last! - first < 60,
        `the checkpoints outside say between which: ${report.faults.slice(0, 3).map(lineOf).join('; ')}`,
      );
      const believed = await verify(bundleLog(bundle.dir), {});
      assert.equal(believed.outcome === 'intact', false, 'its own key alone is never enough');
    } finally {
      bundle.restore();
    }
  });

  it('is told in the words of what is wrong', async () => {
    const one = there.entries.find(
      ({ kind, seq, id }) =>
        kind === 'transition' && seq === 3 && there.entries.some((later) => later.id === id && later.seq === 5),
    )!;
    const at = `pathway_id = '${one.id}' and seq = 3`;
    const rehashed = (leaf: string) =>
      tampering.during(
        (client) => client.query(`update transition set leaf = $1, hash = $2 where ${at}`, [leaf, hashOfLeaf(leaf)]),
        (sql) => verify(databaseLog(sql), options()),
      );
    const told = async (looking: Promise<Report>) =>
      (await looking).faults.map(({ what, where }) =>
        `${where.index === undefined ? '' : there.entries[where.index]!.seq} ${what}`.trim(),
      );
    const another = '3 the tree has another hash than the entry';
    const broken = '4 it does not continue the entry before it: one of the two was changed';
    const leaf = JSON.parse(one.leaf) as object;
    assert.deepEqual(await told(rehashed(one.leaf.replace('{', '{ '))), [
      '3 its bytes are not canonical JSON',
      another,
      broken,
    ]);
    assert.deepEqual(await told(rehashed(one.leaf.replace(/"v":1\}$/, '"v":1,"a":2}'))), [
      '3 its bytes are not a leaf of a transition',
      another,
      broken,
    ]);
    assert.deepEqual(await told(rehashed(canonical({ ...leaf, seq: 7 }))), [
      '3 its leaf is that of another place',
      another,
      broken,
    ]);
    assert.deepEqual(await told(rehashed(canonical({ ...leaf, unit: 'GP_X' }))), [another, broken]);
    assert.deepEqual(
      await told(
        tampering.during(
          (client) => client.query(`delete from transition where ${at}`),
          (sql) => verify(databaseLog(sql), options()),
        ),
      ),
      [
        '3 the tree has this place, and its entry is not there',
        '4 the entries of its pathway before it are missing from seq 3 on',
      ],
    );
  });

  it('of a checkpoint that adds a signature to one side is found, although both are believed', async () => {
    const { size, note } = there.checkpoints[2]!;
    const [, foreign] = signCheckpoint(readCheckpoint(note, log.verifiers), foreignSigner()).split('\n\n');
    const report = await tampering.during(
      (client) => client.query('update checkpoint set note = $2 where size = $1', [size, `${note}${foreign}`]),
      (sql) => verify(databaseLog(sql), options()),
    );
    assert.deepEqual(report.faults.map(lineOf), [
      `checkpoint ${size}: the one kept with the log and the one kept outside are not the same`,
    ]);
  });

  it('of many entries lists them all, the first first, and counts those beyond a thousand', async () => {
    const report = await tampering.during(
      (client) => client.query(`update transition set payload = payload || ' ' where seq > 1`),
      (sql) => verify(databaseLog(sql), options()),
    );
    const changed = there.entries.filter(({ kind, seq }) => kind === 'transition' && seq > 1);
    assert.deepEqual(
      report.faults.filter(({ where }) => where.index !== undefined).map(({ where }) => where.index),
      changed.map(({ index }) => index),
    );
    const gone = await tampering.during(
      (client) =>
        client.query(
          `insert into pathway (id, patient_id, version, stage, state, unit, next_move, planning_area, units, stage_since, due_at, last_at, missing, machine_version, rule_set, snapshot, head_hash) select gen_random_uuid(), patient_id, 1, 'closed', state, unit, next_move, planning_area, units, stage_since, due_at, last_at, missing, machine_version, rule_set, snapshot, head_hash from pathway, generate_series(1, 100)`,
        ),
      (sql) => verify(databaseLog(sql), options()),
    );
    assert.deepEqual([gone.faults.length, gone.more], [1_000, 100 * (await pathwayCount()) - 1_000]);
  });
  const pathwayCount = async () =>
    ((await log.server.source.query('select count(*)::int as n from pathway')) as [{ n: number }])[0].n;
});

describe('a log that cannot be vouched for', () => {
  it('is incomplete while an entry waits longer than is allowed, and names how long', async () => {
    await opened(log.server);
    isWell(await log.verify({ graceSeconds: 3600 }));
    const report = await log.verify({ graceSeconds: 0 });
    assert.deepEqual([report.outcome, report.pending], ['incomplete', 1]);
    assert.match(report.reasons.join(), /1 entries wait for their place in the tree, the oldest for \d+ seconds/);
  });

  it('is incomplete while an entry is unsigned for longer than is allowed', async () => {
    while ((await log.sequencer.append()) > 0);
    const { size, covered } = await log.verify();
    assert.equal(size, covered + 1);
    const later = new Date(log.server.clock.now().getTime() + 61_000);
    const report = await log.verify({ now: later });
    assert.equal(report.outcome, 'incomplete');
    assert.match(report.reasons.join(), /the last 1 entries are not signed/);
    isWell(await log.verify({ now: later, graceSeconds: 62 }));
    await log.signed();
    isWell(await log.verify({ now: later }));
  });

  it('is incomplete without a key, and without a checkpoint outside', async () => {
    for (const options of [{ verifiers: [] }, { outside: undefined }, { outside: new Keep(join(home, 'empty')) }])
      assert.equal((await log.verify(options)).outcome, 'incomplete', JSON.stringify(options));
  });

  it('is nothing when it is empty; but broken when something was signed', async () => {
    const empty = (client: { query(text: string): Promise<unknown> }) =>
      client.query(
        'truncate transition, refusal, access, pathway, log_leaf, log_node, log_pending, checkpoint cascade; update log_head set size = 0',
      );
    const nothing = await tampering.during(empty, (sql) =>
      verify(databaseLog(sql), { verifiers: log.verifiers, outside: new Keep(join(home, 'empty')) }),
    );
    assert.deepEqual(
      [nothing.outcome, nothing.reasons, nothing.root],
      ['nothing', [], 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855'],
    );
    const rolledBack = await tampering.during(empty, (sql) =>
      verify(databaseLog(sql), { verifiers: log.verifiers, outside: log.keep }),
    );
    assert.deepEqual([rolledBack.outcome, rolledBack.faults[0]!.where.index], ['broken', 0]);
  });
});

describe('a bundle', () => {
  it('is verified without database and network, by the key that was given; by its own it is incomplete', async () => {
    const dir = join(home, 'whole');
    assert.equal((await ran('bundle', ['--out', dir], withDatabase())).code, 0);
    const key = join(log.dir, verifierKeyFile);
    const own = await ran('verify', ['--bundle', dir]);
    assert.deepEqual([own.code, /its own key|own key was used/.test(own.out)], [11, true], own.out + own.err);
    const given = await ran('verify', ['--bundle', dir, '--key', key]);
    assert.deepEqual([given.code, given.err], [0, '']);
    assert.match(
      given.out,
      /^Intact: \d+ entries of \d+ pathways are as they were written, the first \d+ signed by \d+ checkpoints\.\nRoot [0-9a-f]{64}\. \d+ entries in [\d.]+ s, \d+ a second\.\n$/,
    );
    assert.equal((await ran('verify', ['--bundle', dir, '--key', key, '--checkpoints', log.dir])).code, 0);
    const there = await log.verify();
    const here = await verify(bundleLog(dir), { verifiers: log.verifiers });
    assert.deepEqual(
      [here.root, here.size, here.pathways, here.checkpoints],
      [there.root, there.size, there.pathways, there.checkpoints],
    );
  });

  it('may be written without payloads and keys: then it tells less, and is verified as well', async () => {
    const dir = join(home, 'without');
    assert.equal((await ran('bundle', ['--out', dir, '--without-payloads'], withDatabase())).code, 0);
    const text = readFileSync(join(dir, entriesFile), 'utf8');
    assert.ok(!text.includes('payload') && !text.includes('"key"') && !text.includes('gp.GP_MIDT'));
    isWell(await verify(bundleLog(dir), { verifiers: log.verifiers }));
  });

  it('may begin where another ended: what is before is held by its roots, which a checkpoint vouches for', async () => {
    const sizes = [...log.keep.all()].map(({ size }) => size);
    const [from, to] = [sizes[3]!, sizes.at(-2)!];
    const dir = join(home, 'part');
    const manifest = await writeBundle(databaseLog(log.server.sql), dir, {
      from,
      to,
      payloads: true,
      verifierKeys: [log.signer.verifierKey],
    });
    const report = await verify(bundleLog(dir), { verifiers: log.verifiers });
    isWell(report);
    assert.deepEqual([report.entries, report.covered, report.checkpoints], [to - from, to, sizes.length - 4]);
    const { sha256: _own, ...told } = manifest;
    const peaks = told.peaks.map((peak, index) =>
      index === 0 ? { ...peak, hash: peak.hash.replace(/^./, (digit) => (digit === '0' ? '1' : '0')) } : peak,
    );
    writeFileSync(join(dir, 'manifest.json'), textOf(sealManifest({ ...told, peaks })));
    const broken = await verify(bundleLog(dir), { verifiers: log.verifiers });
    assert.deepEqual([broken.outcome, broken.faults[0]!.where.checkpoint], ['broken', from]);
    writeFileSync(join(dir, 'manifest.json'), textOf(sealManifest({ ...told, peaks: told.peaks.slice(1) })));
    assert.equal(
      readManifest(readFileSync(join(dir, 'manifest.json'), 'utf8')),
      undefined,
      'peaks that do not fit to the size are no manifest',
    );
    assert.equal((await verify(bundleLog(dir), { verifiers: log.verifiers })).outcome, 'broken');
    writeFileSync(join(dir, 'manifest.json'), `${textOf(manifest)} `);
    assert.deepEqual(
      (await verify(bundleLog(dir), { verifiers: log.verifiers })).faults.at(-1)?.where,
      { file: 'manifest.json' },
      'a manifest in another form is none',
    );
    writeFileSync(join(dir, 'manifest.json'), textOf(manifest));
    isWell(await verify(bundleLog(dir), { verifiers: log.verifiers }));
  });

  it('is not written over something, nor of sizes that there are not', async () => {
    const dir = join(home, 'whole');
    const over = await ran('bundle', ['--out', dir], withDatabase());
    assert.deepEqual([over.code, over.err], [1, `${dir} is not empty: give a directory that is not there yet.\n`]);
    const wrong = [
      ['--to', '99999'],
      ['--from', '20', '--to', '10'],
      ['--from', 'x'],
    ].map((args) => ['--out', join(home, 'no'), ...args]);
    const all = await Promise.all([...wrong, []].map((args) => ran('bundle', args, withDatabase())));
    assert.deepEqual(
      all.map(({ code }) => code),
      [1, 1, 1, 1],
    );
    assert.match(all[0]!.err, /the log has \d+ entries\. Give two sizes, the first smaller than the second\.\n$/);
    assert.ok(!existsSync(join(home, 'no')));
  });
});

describe('npm run verify', () => {
  it('ends with 0 for an intact log, and tells how fast', async () => {
    const { code, out, err } = await ran('verify', [], withDatabase());
    assert.deepEqual([code, err], [0, ''], out);
    assert.match(out, /^Intact: .* a second\.\n$/s);
  });

  it('ends with 10 for a broken one, with a line a fault, and the same as JSON', async () => {
    await tampering.client.query(
      `update transition set payload = payload || ' ' where (pathway_id, seq) = (select entry_id, seq from log_leaf where idx = 2)`,
    );
    try {
      const { code, out } = await ran('verify', [], withDatabase());
      assert.equal(code, 10);
      const [, line] =
        /\n( {2}index 2, transition [0-9a-f-]{36} seq \d+: what it told is not what was sealed)\n/.exec(out) ?? [];
      assert.ok(line && /^Broken: 1 fault; the first is at index 2/.test(out), out);
      const file = join(home, 'report.json');
      const json = await ran('verify', ['--json', '--out', file], withDatabase());
      const report = JSON.parse(json.out) as Report;
      assert.deepEqual(
        [json.code, report.outcome, report.faults.length, report.faults[0]!.where.index],
        [10, 'broken', 1, 2],
      );
      assert.deepEqual(JSON.parse(readFileSync(file, 'utf8')), report);
    } finally {
      await tampering.client.query(
        `update transition set payload = left(payload, -1) where (pathway_id, seq) = (select entry_id, seq from log_leaf where idx = 2)`,
      );
    }
  });

  it('ends with 11 where there is nothing outside to compare with, and 12 where there is nothing at all', async () => {
    const { code, out } = await ran('verify', [], { DATABASE_URL: log.url, AUDIT_DIR: join(home, 'empty') });
    assert.equal(code, 11, out);
    assert.match(out, /^Incomplete: .*no verifier key was given.*no checkpoint outside the database/s);
    const other = await TestLog.start();
    try {
      assert.deepEqual(await ran('verify', [], { DATABASE_URL: other.url, AUDIT_DIR: other.dir }), {
        code: 12,
        out: 'Nothing to verify: the log is empty.\n',
        err: '',
      });
    } finally {
      await other.stop();
    }
  });

  it('ends with 1 and the remedy when the log cannot be looked at', async () => {
    const refusals: [string[], Record<string, string>, RegExp][] = [
      [[], {}, /There is no database in .*: set DATABASE_URL/],
      [[], { DATABASE_URL: 'postgres://127.0.0.1:1/x' }, /The database does not answer/],
      [['--bundle', home], {}, /is no bundle: it has no entries\.ndjson/],
      [['--key', join(home, 'none')], {}, /no verifier key is there/],
      [['--checkpoints', home], {}, /there is no directory checkpoints in it/],
      [['--grace', 'long'], {}, /give a number of seconds/],
      [['--fast'], {}, /--fast/],
    ];
    for (const [answer, remedy] of await Promise.all(
      refusals.map(async ([args, env, remedy]) => [await ran('verify', args, env), remedy] as const),
    )) {
      const { code, out, err } = answer;
      assert.deepEqual([code, out], [1, ''], err);
      assert.match(err, remedy);
      assert.ok(!err.includes('    at '), err);
    }
    assert.ok(!existsSync(join(home, 'nothing-here')), 'no database is made to be found empty');
  });
});

describe('/v1/audit', () => {
  let server: TestServer;
  beforeAll(async () => {
    await log.signed();
    const source = await createDataSource(log.url, 'serving', 6).initialize();
    const app = await createApp({
      source,
      clock: log.server.clock,
      logger: createLogger('silent'),
      issuer: localIssuer(log.server.issuer),
      audience: 'smertevejen',
      audit: { dir: log.dir },
    });
    await app.listen(0, '127.0.0.1');
    server = new TestServer(
      await app.getUrl(),
      app,
      log.server.source,
      app.get(Sql),
      log.server.clock,
      log.server.issuer,
      () => app.close(),
    );
  });
  afterAll(() => server.stop());

  it('verifies for auditors and administrators, one at a time', async () => {
    for (const user of [auditor, admin]) {
      const { status, body } = await server.post('/v1/audit/verifications', user, {});
      assert.deepEqual(
        [status, body.outcome, body.faults, body.size],
        [200, 'intact', [], body.covered],
        JSON.stringify(body),
      );
    }
    const answers = await Promise.all(
      [1, 2, 3].map(() => server.raw('POST', '/v1/audit/verifications', { user: auditor })),
    );
    assert.deepEqual(answers.map(({ status }) => status).sort(), [200, 503, 503]);
    const busy = answers.find(({ status }) => status === 503)!;
    assert.deepEqual([busy.headers.get('retry-after'), busy.body.type], ['1', '/problems/busy']);
    assert.equal((await server.post('/v1/audit/verifications', auditor, {})).status, 200);
    for (const user of [manager, { role: 'gp', unit: 'GP_MIDT' } as const]) {
      const { status, body } = await server.post('/v1/audit/verifications', user, {});
      assert.deepEqual([status, body.roles], [403, ['auditor', 'admin']]);
    }
  });

  it('tells of faults by their places, without a word of what the log says', async () => {
    const change = (from: string, to: string) =>
      tampering.client.query(
        'update transition set payload = replace(payload, $1, $2) where (pathway_id, seq) = (select entry_id, seq from log_leaf where idx = 1)',
        [from, to],
      );
    await change('"sub":"', '"sub":"x');
    try {
      const { body } = await server.post('/v1/audit/verifications', admin, {});
      assert.deepEqual(
        [body.outcome, body.faults.length, body.faults[0].what, body.faults[0].where.index, body.faults[0].where.kind],
        ['broken', 1, 'what it told is not what was sealed', 1, 'transition'],
      );
    } finally {
      await change('"sub":"x', '"sub":"');
    }
  });

  it('tells managers too how long the log is, what waits, and its checkpoints, page by page', async () => {
    const { body } = await server.get('/v1/audit/state', manager);
    const last = log.keep.last()!;
    assert.deepEqual(
      [body.size, body.pending, body.checkpoint.size, body.checkpoint.note],
      [last.size, 0, last.size, last.note],
    );
    const sizes: number[] = [];
    for (let cursor: string | null = ''; cursor !== null;) {
      const page = await server.get(
        `/v1/audit/checkpoints?limit=3${cursor === '' ? '' : `&cursor=${cursor}`}`,
        manager,
      );
      assert.equal(page.status, 200, JSON.stringify(page.body));
      sizes.push(...(page.body.items as { size: number }[]).map(({ size }) => size));
      cursor = page.body.nextCursor as string | null;
    }
    assert.deepEqual(sizes, [...log.keep.all()].map(({ size }) => size).reverse());
    assert.equal((await server.get('/v1/audit/state', { role: 'gp', unit: 'GP_MIDT' })).status, 403);
  });

  it('proves of every entry that it is in the log that a checkpoint signs', async () => {
    const { size } = log.keep.last()!;
    for (let index = 0; index < size; index += index < 20 || index > size - 20 ? 1 : 17) {
      const { status, body } = await server.get(`/v1/audit/proofs?index=${index}`, auditor);
      assert.equal(status, 200, JSON.stringify(body));
      const { root, size: signed } = readCheckpoint(body.checkpoint as string, log.verifiers);
      const leaf = leafHash(body.leaf as string);
      assert.equal(leaf.toString('hex'), body.leafHash);
      const inclusion = {
        index: body.index as number,
        size: signed,
        leaf,
        proof: (body.proof as string[]).map((hash) => Buffer.from(hash, 'hex')),
        root,
      };
      assert.ok(body.index === index && body.size === signed && verifyInclusion(inclusion));
      assert.ok(!verifyInclusion({ ...inclusion, leaf: leafHash(`${body.leaf as string} `) }));
    }
  });

  it('proves an entry of a pathway, also in an earlier log, and writes down that somebody looked', async () => {
    const sizes = [...log.keep.all()].map(({ size }) => size);
    const { body: first } = await server.get('/v1/audit/proofs?index=0', auditor);
    const id = (JSON.parse(first.leaf as string) as { pathway: string }).pathway;
    const looks = async () =>
      (await server.get(`/v1/pathways/${id}/accesses`, auditor)).body.items.filter(
        ({ action }: { action: string }) => action === 'proof',
      ).length as number;
    const before = await looks();
    const { body } = await server.get(`/v1/audit/proofs?pathway=${id}&seq=1&size=${sizes[0]}`, auditor);
    assert.deepEqual([body.index, body.size, body.leaf, body.pathways], [0, sizes[0], first.leaf, [id]]);
    assert.equal(await looks(), before + 1);
    assert.deepEqual((await server.get(`/v1/audit/proofs?index=0`, admin)).body.roles, ['auditor']);
  });

  it('proves that the log of each checkpoint is the beginning of that of every later one', async () => {
    const sizes = [...log.keep.all()]
      .map(({ size }) => size)
      .filter((_size, index, all) => index % 4 === 0 || index === all.length - 1);
    for (const from of sizes)
      for (const to of sizes.filter((size) => size >= from)) {
        const { status, body } = await server.get(`/v1/audit/consistency?from=${from}&to=${to}`, auditor);
        assert.equal(status, 200, JSON.stringify(body));
        const [first, last] = [
          readCheckpoint(body.fromCheckpoint as string, log.verifiers),
          readCheckpoint(body.toCheckpoint as string, log.verifiers),
        ];
        assert.ok(
          verifyConsistency({
            from: first.size,
            to: last.size,
            fromRoot: first.root,
            toRoot: last.root,
            proof: (body.proof as string[]).map((hash) => Buffer.from(hash, 'hex')),
          }),
          `${from} to ${to}`,
        );
      }
    assert.equal((await server.get(`/v1/audit/consistency?from=${sizes[0]}`, manager)).body.to, sizes.at(-1));
  });

  it('refuses what cannot be asked, naming the field and the remedy', async () => {
    const { size } = log.keep.last()!;
    const { body: first } = await server.get('/v1/audit/proofs?index=0', auditor);
    const id = (JSON.parse(first.leaf as string) as { pathway: string }).pathway;
    const wrong: [string, string][] = [
      ['proofs', '/index'],
      ['proofs?index=x', '/index'],
      ['proofs?index=-1', '/index'],
      [`proofs?pathway=${id}`, '/seq'],
      [`proofs?index=1&seq=2`, '/index'],
      ['proofs?pathway=x&seq=1', '/pathway'],
      ['proofs?index=0&size=3', '/size'],
      [`proofs?index=${size - 1}&size=${[...log.keep.all()][0]!.size}`, '/size'],
      ['consistency', '/from'],
      ['consistency?from=3', '/from'],
      [`consistency?from=${size}&to=${[...log.keep.all()][0]!.size}`, '/from'],
      ['checkpoints?limit=0', '/limit'],
      ['checkpoints?cursor=x', '/cursor'],
    ];
    for (const [address, pointer] of wrong) {
      const { status, body } = await server.get(`/v1/audit/${address}`, auditor);
      assert.deepEqual([status, body.errors?.[0]?.pointer], [400, pointer], `${address}: ${JSON.stringify(body)}`);
      assert.ok(body.errors[0].message.length > 10, JSON.stringify(body.errors));
    }
    for (const address of [`proofs?index=${size + 1_000}`, `proofs?pathway=${id}&seq=999`])
      assert.equal((await server.get(`/v1/audit/${address}`, auditor)).status, 404, address);
    assert.equal((await server.get('/v1/audit/state?x=1', auditor)).status, 400);
    assert.equal((await server.raw('GET', '/v1/audit/state')).status, 401);
  });
});

describe('a log that grows', () => {
  it('is intact while others write, and the sequencer gives places and signs', async () => {
    let writing = true;
    const write = async (index: number) => {
      const { gp } = staffOf('nord');
      while (writing) {
        const { id } = await opened(log.server, {
          area: 'nord',
          patient: { name: `Skriver ${index}`, birthDate: '1960-01-01' },
        });
        await log.server.send(id, gp, { type: 'referral.submitted' }, { version: 1 });
        await log.server.sent(
          id,
          gp,
          { type: 'pathway.closed', reason: 'declined', text: 'Ønsker det ikke' },
          { version: 1 },
        );
        await log.server.get(`/v1/pathways/${id}`, gp);
      }
    };
    const sequence = async () => {
      while (writing) {
        await log.sequencer.append();
        await log.sequencer.sign();
        await new Promise((resolve) => setTimeout(resolve, 3));
      }
    };
    const working = Promise.all([write(1), write(2), write(3), sequence()]);
    const before = (await log.verify()).size;
    try {
      for (let round = 0; round < 20; round++)
        isWell(await log.verify({ graceSeconds: 3600 }, [20, 100, 1_000][round % 3]));
    } finally {
      writing = false;
      await working;
    }
    await log.signed();
    const report = await log.verify();
    isWell(report);
    assert.ok(report.size > before + 20, `it grew meanwhile, from ${before} to ${report.size}`);
  });
});
