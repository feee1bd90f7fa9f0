/** How fast a long log is verified, and whether that takes more memory the longer it is: of the database, and of a bundle of it; in a process of its own. */
import { fork } from 'node:child_process';
import { randomBytes, randomUUID } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import { createLogger } from '../src/logging.js';
import { writeBundle } from '../src/audit/verify/bundle.js';
import { Keep } from '../src/audit/tree/keep.js';
import { openSigner, readVerifiers, verifierKeyFile } from '../src/audit/tree/keys.js';
import { logName } from '../src/audit/tree/note.js';
import { Sequencer } from '../src/audit/tree/sequencer.js';
import { bundleLog } from '../src/audit/verify/source-bundle.js';
import { databaseLog } from '../src/audit/verify/source-database.js';
import { verify, type Report } from '../src/audit/verify/verify.js';
import { SystemClock } from '../src/database/clock.js';
import { createDataSource } from '../src/data-source.js';
import { Sql } from '../src/database/sql.js';
import { sealEntry, type Entry } from '../src/pathways/log.js';

/** `rss`: MiB in use at a tenth, a half and the end of the entries. */
export type Verified = {
  outcome: Report['outcome'];
  entries: number;
  perSecond: number;
  seconds: number;
  rss: { tenth: number; half: number; whole: number };
};
export type VerifySpeed = { database: Verified; bundle: Verified };

const perPathway = 20;
const batch = 100;

/** Of a migrated database without entries, whose user may do everything. Says how far it is. */
export async function verifySpeed(
  url: string,
  entries = 200_000,
  progress: (share: number) => void = () => undefined,
): Promise<VerifySpeed> {
  const dir = mkdtempSync(join(tmpdir(), 'smertevejen-verify-'));
  try {
    await filled(url, entries, (share) => progress(share * 0.4));
    await sequenced(url, dir, (share) => progress(0.4 + share * 0.1));
    const source = await createDataSource(url, 'serving', 2).initialize();
    try {
      await writeBundle(databaseLog(new Sql(source)), join(dir, 'bundle'), {
        payloads: true,
        verifierKeys: readFileSync(join(dir, verifierKeyFile), 'utf8').trim().split('\n'),
      });
    } finally {
      await source.destroy();
    }
    progress(0.6);
    const database = await verifiedApart('database', url, dir);
    progress(0.8);
    return { database, bundle: await verifiedApart('bundle', join(dir, 'bundle'), dir) };
  } finally {
    rmSync(dir, { recursive: true, force: true });
  }
}

/** Pathways whose steps are told in turns, as many clerks at once would. Written past the door, and sealed as the door seals. */
async function filled(url: string, entries: number, progress: (share: number) => void): Promise<void> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    await client.query('set session_replication_role = replica');
    for (let done = 0; done < entries; done += batch * perPathway) {
      await client.query('begin');
      await insertPathways(
        client,
        Math.min(batch, Math.ceil((entries - done) / perPathway)),
        Math.min(batch * perPathway, entries - done),
      );
      await client.query('commit');
      progress(done / entries);
    }
    await client.query('analyze');
  } finally {
    await client.end();
  }
}

type Made = { id: string; patient: string; key: Buffer; entries: { leaf: string; payload: string; hash: Buffer }[] };
async function insertPathways(client: pg.Client, pathways: number, entries: number): Promise<void> {
  const made: Made[] = Array.from({ length: pathways }, () => ({
    id: randomUUID(),
    patient: randomUUID(),
    key: randomBytes(32),
    entries: [],
  }));
  const rows: [pathway: string, seq: number, leaf: string, payload: string, hash: Buffer][] = [];
  for (let index = 0; index < entries; index++) {
    const pathway = made[index % pathways]!;
    const sealed = sealEntry(entryOf(pathway, index), pathway.key);
    pathway.entries.push(sealed);
    rows.push([pathway.id, pathway.entries.length, sealed.leaf, sealed.payload, sealed.hash]);
  }
  const column = (at: number) => rows.map((row) => row[at]);
  await client.query(
    `insert into patient (id, birth_date, name, created_at) select id, '1970-01-01', 'Patient', now() from unnest($1::uuid[]) as id`,
    [made.map(({ patient }) => patient)],
  );
  await client.query('insert into patient_key (patient_id, key) select * from unnest($1::uuid[], $2::bytea[])', [
    made.map(({ patient }) => patient),
    made.map(({ key }) => key),
  ]);
  await client.query(
    `
    insert into pathway (id, patient_id, version, stage, state, unit, next_move, planning_area, units, stage_since, due_at, last_at, missing, machine_version, rule_set, snapshot, head_hash) select id, patient, version, 'generalPractice', 'generalPractice', 'GP_MIDT', 'GP_MIDT', 'midt', '{GP_MIDT}', now(), null, now(), '{}', 1, '2014-09', '{}', head
    from unnest($1::uuid[], $2::uuid[], $3::integer[], $4::bytea[]) as p(id, patient, version, head)`,
    [
      made.map(({ id }) => id),
      made.map(({ patient }) => patient),
      made.map((one) => one.entries.length),
      made.map((one) => one.entries.at(-1)!.hash),
    ],
  );
  await client.query(
    `
    insert into transition (pathway_id, seq, event_type, occurred_at, recorded_at, leaf, hash, payload) select pathway, seq, 'gp.noteAdded', $6, $6, leaf, hash, payload from unnest($1::uuid[], $2::integer[], $3::text[], $4::text[], $5::bytea[]) as t(pathway, seq, leaf, payload, hash)`,
    [column(0), column(1), column(2), column(3), column(4), at],
  );
  await client.query(
    `insert into log_pending (kind, entry_id, seq, hash) select 'transition', pathway, seq, hash from unnest($1::uuid[], $2::integer[], $3::bytea[]) as t(pathway, seq, hash)`,
    [column(0), column(1), column(4)],
  );
}

const at = '2026-03-02T08:00:00.000Z';
const place = { stage: 'generalPractice', state: 'generalPractice', unit: 'GP_MIDT' } as const;
const text = 'En tekst, så lang som de fleste, der skrives. '.repeat(4);
const entryOf = ({ id, entries }: Made, index: number): Entry => ({
  pathway: id,
  seq: entries.length + 1,
  event: { type: 'gp.noteAdded', text: `${text}${index}` } as never,
  actor: { sub: 'gp.GP_MIDT', role: 'gp', unit: 'GP_MIDT' },
  occurredAt: at,
  recordedAt: at,
  from: entries.length === 0 ? null : place,
  to: place,
  findings: [],
  machineVersion: 1,
  ruleSet: '2014-09',
  prev: entries.at(-1)?.hash.toString('hex') ?? null,
});

async function sequenced(url: string, dir: string, progress: (share: number) => void): Promise<void> {
  const source = await createDataSource(url, 'sequencing', 2).initialize();
  try {
    const sequencer = new Sequencer(
      new Sql(source),
      new Keep(dir),
      openSigner(dir, logName),
      new SystemClock(),
      createLogger('silent'),
    );
    for (let round = 1; (await sequencer.append()) > 0; round++) {
      await sequencer.sign();
      progress(1 - 1 / round);
    }
  } finally {
    await source.destroy();
  }
}

const asked =
  process.argv[2] === 'verified-apart' ? (process.argv.slice(3) as ['database' | 'bundle', string, string]) : undefined;
function verifiedApart(what: 'database' | 'bundle', of: string, dir: string): Promise<Verified> {
  const child = fork(import.meta.filename, ['verified-apart', what, of, dir]);
  return new Promise((resolve, reject) => {
    child.once('message', (verified) => resolve(verified as Verified));
    child.once('exit', (code) => reject(new Error(`the verifying process ended with ${code}`)));
  });
}
if (asked) {
  const [what, of, dir] = asked;
  const rss: number[] = [];
  const seen = (done: number, total: number) => {
    if (done / total >= [0.1, 0.5, 1][rss.length]!) rss.push(Math.round(process.memoryUsage.rss() / 2 ** 20));
  };
  const options = { verifiers: readVerifiers(dir), outside: new Keep(dir), seen };
  const source = what === 'database' ? await createDataSource(of, 'serving', 2).initialize() : undefined;
  const { outcome, entries, perSecond, seconds } = await verify(
    source ? databaseLog(new Sql(source)) : bundleLog(of),
    options,
  );
  await source?.destroy();
  const [tenth, half, whole] = rss as [number, number, number];
  process.send?.({ outcome, entries, perSecond, seconds, rss: { tenth, half, whole } } satisfies Verified);
}
