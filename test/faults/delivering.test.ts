/**
 * Messages under two instances that are killed again and again, to receivers that misbehave, each of which answers once it has a message: every one arrives, has one effect and one answer in
 * the log, and each pathway's arrive in their order. MESSAGES says how many.
 */
import assert from 'node:assert/strict';
import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, it } from '@jest/globals';
import { demoIssuer, type DemoIssuer } from '../../demo/issuer.js';
import { startReceiver, type Behaviour, type TestReceiver } from '../support/receiver.js';
import { startServer, type TestServer, type User } from '../support/server.js';
import { completeFacts } from '../support/walk.js';

const messages = Number(process.env['MESSAGES'] ?? 400);
/** Of each cloned pathway, each to another unit's system but the last two, which go to the same. */
const eachPathway = 4;
const gp: User = { role: 'gp', unit: 'GP_NORD' };
const cvi: User = { role: 'cvi', unit: 'CVI_MIDT' };
const triager: User = { role: 'triager', unit: 'TSC_HEH' };
const paused = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));
const between = (least: number, most: number): number => least + Math.random() * (most - least);

let server: TestServer;
let address: string;
let keys: string;
let issuer: DemoIssuer;
let walked: string;
let owed: string[];
let receivers: Record<string, TestReceiver>;
const children = new Set<ChildProcess>();
/** Where each instance answers at present. */
const addresses = new Map<ChildProcess, string>();

async function started(): Promise<ChildProcess> {
  const listed = Object.fromEntries(Object.entries(receivers).map(([unit, { url }]) => [unit, { url }]));
  const child = fork(join(import.meta.dirname, 'instance-child.js'), [keys], {
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
    env: { ...process.env, DATABASE_URL: address, RECEIVERS: JSON.stringify(listed) },
  });
  children.add(child);
  const [said] = (await Promise.race([once(child, 'message'), once(child, 'exit')])) as [unknown];
  assert.equal(typeof said, 'string', 'the application did not start');
  addresses.set(child, said as string);
  return child;
}
async function ended(child: ChildProcess, signal: NodeJS.Signals): Promise<void> {
  children.delete(child);
  addresses.delete(child);
  if (child.exitCode !== null || child.signalCode !== null) return;
  const exit = once(child, 'exit');
  child.kill(signal);
  await exit;
}

beforeAll(async () => {
  keys = mkdtempSync(join(tmpdir(), 'smertevejen-keys-'));
  // Made before the instances, which then all believe it.
  issuer = await demoIssuer(keys);
  receivers = {
    CVI_MIDT: await startReceiver({ slowMs: 300 }),
    GP_NORD: await startReceiver({ slowMs: 300 }),
    TSC_HEH: await startReceiver({ slowMs: 300 }),
  };
  server = await startServer({ now: new Date(Date.now() - 2 * 3_600_000).toISOString() });
  const [{ name }] = (await server.source.query('select current_database() as name')) as [{ name: string }];
  address = Object.assign(new URL(process.env['TEST_CLUSTER_URL']!), { pathname: `/${name}` }).href;
  walked = (await server.open({ patient: { name: 'Nina Test', birthDate: '1970-05-05' }, planningArea: 'nord' }, gp))
    .body.id as string;
  await server.sent(walked, gp, { type: 'referral.updated', facts: completeFacts });
  await server.sent(walked, gp, { type: 'referral.submitted' });
  await server.sent(walked, cvi, { type: 'referral.received' });
  await server.sent(walked, cvi, { type: 'referral.forwarded', centre: 'TSC_HEH' });
  await server.sent(walked, triager, { type: 'information.requested', items: ['H3a'] });
  await server.sent(walked, triager, { type: 'information.reminded' });
  await server.sent(walked, triager, { type: 'information.requested', items: ['H6'] });
  const { undelivered } = await server.sent(walked, gp, { type: 'patient.moved', planningArea: 'midt', wish: 'stay' });
  owed = undelivered.map(({ messageId }) => messageId);
  assert.equal(owed.length, eachPathway, JSON.stringify(undelivered));
});
afterEach(async () => {
  for (const child of children) await ended(child, 'SIGKILL');
});
afterAll(async () => {
  await server.stop();
  await Promise.all(Object.values(receivers).map((receiver) => receiver.stop()));
  rmSync(keys, { recursive: true, force: true });
});

/** As many pathways like the walked one, with all that is owed by them. */
async function populated(pathways: number): Promise<void> {
  const columnsOf = async (table: string) => {
    const [{ columns }] = (await server.source.query(
      `select string_agg(attname, ', ' order by attnum) as columns from pg_attribute where attrelid = $1::regclass and attnum > 0 and not attisdropped and attgenerated = ''`,
      [table],
    )) as [{ columns: string }];
    return {
      columns,
      copied: columns
        .split(', ')
        .map((column) => `copy.${column}`)
        .join(', '),
    };
  };
  const [pathway, transition, message] = await Promise.all(['pathway', 'transition', 'message'].map(columnsOf));
  await server.source.query(/* sql */ `
    create table made as select gen_random_uuid() as id, gen_random_uuid() as patient_id from generate_series(1, ${pathways});
    insert into patient (id, birth_date, name, created_at) select m.patient_id, p.birth_date, p.name, p.created_at from made m, patient p where p.id = (select patient_id from pathway where id = '${walked}');
    insert into patient_key (patient_id, key) select patient_id, sha256(patient_id::text::bytea) from made;
    insert into pathway (${pathway!.columns}) select ${pathway!.copied} from made m, pathway p, jsonb_populate_record(p, jsonb_build_object('id', m.id, 'patient_id', m.patient_id, 'sweep_at', null)) as copy where p.id = '${walked}';
    insert into transition (${transition!.columns}) select ${transition!.copied} from made m, transition t, jsonb_populate_record(t, jsonb_build_object('pathway_id', m.id)) as copy where t.pathway_id = '${walked}';
    insert into message (${message!.columns}) select ${message!.copied} from made m, message t, jsonb_populate_record(t, jsonb_build_object('pathway_id', m.id)) as copy where t.pathway_id = '${walked}';
    update message set state = 'settled' where pathway_id = '${walked}';
    update pathway set sweep_at = null where id = '${walked}';
    analyze pathway; analyze message; analyze transition`);
}
const count = async (sql: string): Promise<number> =>
  ((await server.source.query(`select count(*)::int as n from ${sql}`)) as [{ n: number }])[0].n;
const left = () => count(`message m join made on made.id = m.pathway_id where m.state <> 'settled'`);

/** Each unit's system answers what it has, once, by whichever instance answers. */
async function answering(unit: string, receiver: TestReceiver, stopped: () => boolean): Promise<void> {
  const role = unit.startsWith('GP')
    ? ('gpStaff' as const)
    : unit.startsWith('CVI')
      ? ('cvi' as const)
      : ('secretary' as const);
  const token = await issuer.sign({ sub: `system.${unit}`, unit, roles: [role] });
  const answered = new Set<string>();
  while (!stopped()) {
    const open = [...receiver.effects.keys()].filter((id) => !answered.has(id));
    if (open.length === 0) await paused(50);
    await Promise.all(
      [0, 1, 2, 3].map(async () => {
        for (let id = open.shift(); id !== undefined && !stopped(); id = open.shift()) {
          const [url] = [...addresses.values()].slice(Math.floor(Math.random() * addresses.size));
          if (url === undefined) {
            await paused(100);
            continue;
          }
          const reply = await fetch(`${url}/v1/messages/${id}/acknowledgments`, {
            method: 'POST',
            headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
            body: '{"outcome":"accepted"}',
          }).catch(() => undefined);
          await reply?.arrayBuffer().catch(() => undefined);
          if (reply?.status === 200) answered.add(id);
        }
      }),
    );
  }
}

describe('two instances that send', () => {
  it('deliver each message once and in order, though they are killed again and again and the receivers misbehave', async () => {
    const pathways = Math.ceil(messages / eachPathway);
    await populated(pathways);
    // A fault closes the lane for some seconds, so they are few.
    const faults: readonly Behaviour[] = ['slow', 'lost', 'cutAfter200', 'reset', 503, 'html'];
    for (const receiver of Object.values(receivers))
      receiver.behave(() => (Math.random() < 0.02 ? faults[Math.floor(Math.random() * faults.length)]! : 'ok'));
    let done = false;
    const answers = Object.entries(receivers).map(([unit, receiver]) => answering(unit, receiver, () => done));
    const begun = performance.now();
    let kills = 0;
    const most = messages >= 10_000 ? 24 : 4;
    await Promise.all(
      [0, 1].map(async () => {
        for (let child = await started(); kills < most && (await left()) > 0; child = await started()) {
          await paused(between(1_500, 4_000));
          await ended(child, 'SIGKILL');
          kills += 1;
        }
      }),
    );
    for (const receiver of Object.values(receivers)) receiver.behave('ok');
    // A lane that closed on a fault opens after a while: this is what is waited for, and a killed instance's lease.
    while ((await left()) > 0) await paused(500);
    done = true;
    await Promise.all(answers);
    const seconds = (performance.now() - begun) / 1_000;

    const arrived = Object.values(receivers).flatMap(({ effects }) => [...effects.keys()]);
    assert.equal(arrived.length, pathways * eachPathway, 'as many as were owed');
    assert.equal(new Set(arrived).size, arrived.length);
    for (const { received } of Object.values(receivers)) {
      const texts = new Map<string, string>();
      const last = new Map<string, number>();
      for (const { id, bundle } of received) {
        assert.equal(texts.get(id) ?? bundle, bundle, 'sent again, it says the same');
        if (texts.has(id)) continue;
        texts.set(id, bundle);
        const [pathway, seq] = id.split('.') as [string, string];
        assert.ok((last.get(pathway) ?? 0) < Number(seq), `${id} overtook an earlier one`);
        last.set(pathway, Number(seq));
      }
    }
    assert.deepEqual(
      {
        unanswered: await left(),
        owed: await count(
          `pathway p join made on made.id = p.id where p.snapshot::jsonb #> '{context,undelivered}' <> '{}'`,
        ),
        twice: await count(
          `(select from transition t join made on made.id = t.pathway_id where t.event_type = 'message.delivered' group by t.pathway_id, t.payload::jsonb #>> '{event,messageId}' having count(*) > 1) as again`,
        ),
        answers: await count(
          `transition t join made on made.id = t.pathway_id where t.event_type = 'message.delivered'`,
        ),
      },
      { unanswered: 0, owed: 0, twice: 0, answers: pathways * eachPathway },
    );
    const attempts = Object.values(receivers).reduce((sum, { received }) => sum + received.length, 0);
    console.log(
      `${arrived.length} messages, ${attempts} attempts, killed ${kills} times: all answered in ${seconds.toFixed(0)} s, ${Math.round(arrived.length / seconds)} a second`,
    );
  }, 590_000);
});
