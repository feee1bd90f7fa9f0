/** A second version of the machine (test/support/machine-v2.ts): every running pathway is rehearsed, moved by an entry of its own, served by its version, and moved back. */
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, it } from '@jest/globals';
import { events, type Wire } from '../../machines/pathway/events.js';
import { noTally, tally } from '../../machines/engine/rehearsal.js';
import type { Actor } from '../../machines/pathway/roles.js';
import { moveBetween } from '../../machines/engine/versions.js';
import { checkAll } from '../../src/pathways/check.js';
import { Corrections } from '../../src/pathways/corrections.js';
import { Door } from '../../src/pathways/door.js';
import { howMany, mayMove, moveAll, rehearseAll, type Rehearsed } from '../../src/pathways/machine-moves.js';
import type { PathwayView } from '../../src/pathways/wire.js';
import { Problem } from '../../src/http/problem.js';
import { twoVersions as versions } from '../support/machine-v2.js';
import { drawing, laterBy, propose, seeded } from '../support/random-walk.js';
import { startServer, type TestServer, type User } from '../support/server.js';
import { complexFacts } from '../support/walk.js';

const gp: User = { role: 'gp', unit: 'GP_NORD' };
const cvi: User = { role: 'cvi', unit: 'CVI_MIDT' };
const centre = (role: User['role']): User => ({ role, unit: 'TSC_HEH' });
const auditor: Actor = { sub: 'auditor', unit: 'REGION', roles: ['auditor'] };

let server: TestServer;
let door: Door;
beforeAll(async () => {
  server = await startServer({ now: '2026-01-05T08:00:00.000Z' });
  door = new Door(server.sql, server.clock, versions);
});
afterAll(() => server.stop());

const later = (hours = 1): void => {
  server.clock.set(new Date(server.clock.now().getTime() + hours * 3600_000));
};
async function waiting(): Promise<string> {
  const { id } = (
    await server.open({ patient: { name: 'Nina Test', birthDate: '1970-05-05' }, planningArea: 'nord' }, gp)
  ).body as { id: string };
  const steps: [User, { type: string } & Record<string, unknown>][] = [
    [gp, { type: 'referral.updated', facts: complexFacts }],
    [gp, { type: 'referral.submitted' }],
    [cvi, { type: 'referral.received' }],
    [cvi, { type: 'referral.forwarded', centre: 'TSC_HEH' }],
    [centre('triager'), { type: 'triage.decided', decision: 'painCentre', patientInformedBy: 'unit' }],
  ];
  for (const [user, event] of steps) {
    later();
    await server.sent(id, user, event);
  }
  return id;
}
/** Handed over without being asked, which version 2 does not allow. */
async function handedOver(): Promise<string> {
  const id = await waiting();
  later();
  await server.sent(id, centre('nurse'), {
    type: 'visit.attended',
    at: server.clock.now().toISOString(),
    walkInReason: 'Kom uden tid',
  });
  later();
  await server.sent(id, centre('triager'), {
    type: 'unit.transferred',
    to: 'SK_HIH',
    reason: 'Skal behandles monofagligt',
  });
  return id;
}
async function wanders(seed: number): Promise<string> {
  const draw = drawing(seeded(seed));
  const { id } = (
    await server.open(
      { patient: { name: 'Nina Test', birthDate: '1970-05-05' }, planningArea: 'byen' },
      { role: 'gp', unit: 'GP_BYEN' },
    )
  ).body as { id: string };
  const own = server.app.get(Door);
  for (let step = 0; step < 25; step += 1) {
    const { row, snapshot } = await own.read(id, auditor);
    server.clock.set(laterBy(draw, server.clock.now().toISOString(), null));
    const proposal = propose(draw, snapshot, server.clock.now().toISOString(), row.version + 1);
    if (!proposal) continue;
    await own
      .send({
        pathway: id,
        event: events[proposal.event.type].schema.parse(proposal.event) as Wire,
        actor: proposal.actor,
        version: row.version,
        key: randomUUID(),
      })
      .catch((error: unknown) => {
        if (!(error instanceof Problem)) throw error;
      });
  }
  return id;
}
const all = async <T>(of: AsyncIterable<T>): Promise<T[]> => {
  const list: T[] = [];
  for await (const one of of) list.push(one);
  return list;
};
const view = async (id: string, through = door): Promise<PathwayView> =>
  through.past(id, auditor, { knownAt: server.clock.now().toISOString() });
const snapshotOf = async (id: string) =>
  (
    (await server.source.query('select snapshot, machine_version from pathway where id = $1', [id])) as [
      { snapshot: string; machine_version: number },
    ]
  )[0];
const isSound = async () => assert.deepEqual((await checkAll(server.sql, undefined, versions)).faults, []);

describe('a second version of the machine', () => {
  let split: string;
  let stays: string;
  let others: string[];
  const move = moveBetween(1, 2, versions);
  let rehearsed: Rehearsed[];

  beforeAll(async () => {
    split = await waiting();
    stays = await handedOver();
    others = [];
    for (let seed = 1; seed <= 10; seed += 1) others.push(await wanders(seed));
  });

  it('is rehearsed for every pathway, and nothing is written', async () => {
    const stock = async () =>
      (
        await server.source.query(
          'select (select count(*) from transition)::int as t, (select sum(version) from pathway)::int as v',
        )
      )[0] as object;
    const was = await stock();
    rehearsed = await all(rehearseAll(server.sql, move));
    assert.deepEqual(await stock(), was);
    assert.equal(rehearsed.length, 12);
    assert.equal(await howMany(server.sql, move), 12);
    const of = (id: string) =>
      rehearsed.find(({ pathway }) => pathway === id) as Extract<Rehearsed, { rehearsal: object }>;
    assert.deepEqual(
      [of(split).rehearsal.changes, of(split).rehearsal.before.state, of(split).rehearsal.after?.state],
      ['state', 'painCentre.waiting', 'painCentre.waiting.toBeBooked'],
    );
    const { illegal } = of(stays).rehearsal;
    assert.deepEqual(
      [illegal?.event, illegal?.seq, illegal?.rules.map(({ rule }) => rule)],
      ['unit.transferred', 8, ['transferAsked']],
    );
    const counted = rehearsed.reduce(
      (known, one) => ('rehearsal' in one ? tally(known, one.rehearsal) : known),
      noTally,
    );
    assert.equal(counted.pathways, 12);
    assert.ok(Object.keys(counted.illegal).includes('unit.transferred: transferAsked'));
  });

  it('takes over whom nothing stands in the way of, by an entry of the log each; the others stay and are served by their own', async () => {
    later(24);
    const moved = await all(moveAll(server.sql, door, server.clock, { from: 1, to: 2 }, 'drift.adm'));
    assert.deepEqual(
      moved.map(({ pathway, moved: done }) => [pathway, done]),
      rehearsed.map((one) => [one.pathway, mayMove(one)]),
    );
    assert.deepEqual([(await snapshotOf(split)).machine_version, (await snapshotOf(stays)).machine_version], [2, 1]);
    const [entry] = (await server.source.query(
      `select leaf::jsonb as leaf, payload::jsonb as payload from transition where pathway_id = $1 order by seq desc limit 1`,
      [split],
    )) as [{ leaf: Record<string, unknown>; payload: { sub: string; event: object } }];
    assert.deepEqual(
      [entry.leaf['type'], entry.leaf['machineVersion'], entry.payload.sub, entry.payload.event],
      ['machine.moved', 2, 'drift.adm', { type: 'machine.moved', from: 1, to: 2 }],
    );
    await isSound();
    later();
    const after = await door
      .send({
        pathway: stays,
        event: { type: 'diagnosis.recorded', mechanism: 'neuropathic', text: 'Neuropatiske smerter' } as Wire,
        actor: { sub: 'x', unit: 'SK_HIH', roles: ['physician'] },
        version: (await view(stays)).version,
        key: randomUUID(),
      })
      .catch((error: unknown) => error);
    assert.ok(
      !(after instanceof Error) ||
        (after as Problem).type === 'event-not-possible' ||
        (after as Problem).type === 'rules-unmet',
      String(after),
    );
    // Nothing is left to do.
    assert.deepEqual(
      (await all(moveAll(server.sql, door, server.clock, { from: 1, to: 2 }, 'drift.adm'))).filter(
        ({ moved: done }) => done,
      ),
      [],
    );
  });

  it('is the one that the moved ones go on by; a program that does not know it refuses them and no others', async () => {
    later();
    const { version } = await view(split);
    const { view: booked } = await door.send({
      pathway: split,
      event: {
        type: 'appointment.booked',
        at: new Date(server.clock.now().getTime() + 7 * 86_400_000).toISOString(),
        place: 'Ambulatoriet',
      } as Wire,
      actor: { sub: 'x', unit: 'TSC_HEH', roles: ['secretary'] },
      version,
      key: randomUUID(),
    });
    assert.deepEqual(
      [booked.state, booked.machineVersion, booked.stage],
      ['painCentre.waiting.booked', 2, 'painCentre'],
    );
    await isSound();
    const reply = await server.get(`/v1/pathways/${split}`, centre('secretary'));
    assert.deepEqual([reply.status, reply.body.type], [409, '/problems/quarantined']);
    assert.equal((await server.get(`/v1/pathways/${stays}`, centre('secretary'))).status, 200);
  });

  it('keeps a log that is corrected over the move', async () => {
    later();
    const corrections = new Corrections(door, server.clock);
    const { version } = await view(split);
    const { view: corrected } = await corrections.correct({
      pathway: split,
      version,
      key: randomUUID(),
      actor: { sub: 'x', unit: 'GP_NORD', roles: ['gp'] },
      request: {
        kind: 'amend',
        seq: 2,
        event: { type: 'referral.updated', facts: { ...complexFacts, onset: '2022-05' } } as Wire,
        reason: 'Forkert årstal for begyndelsen',
      },
    });
    assert.deepEqual(
      [corrected.state, corrected.machineVersion, corrected.referral.facts.onset],
      ['painCentre.waiting.booked', 2, '2022-05'],
    );
    await isSound();
  });

  it('is moved back from, each to where he was', async () => {
    later();
    const was = await snapshotOf(others[0]!);
    const before = await view(split);
    const back = await all(moveAll(server.sql, door, server.clock, { from: 2, to: 1 }, 'drift.adm'));
    assert.deepEqual(
      back.filter(({ moved: done }) => !done).map((one) => ('rehearsal' in one ? one.rehearsal : one)),
      [],
    );
    const after = await view(split);
    assert.deepEqual([after.state, after.machineVersion, after.deadlines], ['painCentre.waiting', 1, before.deadlines]);
    assert.equal((await server.get(`/v1/pathways/${split}`, centre('secretary'))).status, 200);
    assert.equal((await snapshotOf(others[0]!)).machine_version, 1);
    assert.ok(was.machine_version === 2 || was.machine_version === 1);
    await isSound();
  });
});
