import assert from 'node:assert/strict';
import { afterAll, beforeAll, describe, it } from '@jest/globals';
import '../machines/acceptance.test.js';
import '../machines/stories.test.js';
import { Walk, type Attempt } from '../support/walk.js';
import { checkAll } from '../../src/pathways/check.js';
import type { PathwayView } from '../../src/pathways/wire.js';
import { startServer, type Reply, type TestServer } from '../support/server.js';

/** The acceptance cases and the stories are imported, and so walked without a database first; then each is walked again by HTTP. */
let server: TestServer;
beforeAll(async () => {
  server = await startServer({ now: '2020-01-01T08:00:00.000Z' });
});
afterAll(() => server.stop());

const statuses = { invalid: [400], 'not-allowed': [403, 404], 'not-possible': [409], 'rules-unmet': [422] } as const;
const prescriber = ({ prescribing }: PathwayView) => {
  const by = Object.values(prescribing).map((one) => one.by);
  return new Set(by).size === 1 ? by[0]! : by.join(', ');
};

async function again(id: string, { event, actor, at, refused, then }: Attempt, version: number): Promise<number> {
  server.clock.set(at);
  const user = { sub: actor.sub, unit: actor.unit, role: [...actor.roles] };
  const said = (reply: Reply) =>
    `${event.type} by ${user.role.join()} of ${user.unit} at version ${version}: ${reply.status} ${JSON.stringify(reply.body).slice(0, 600)}`;
  const dry = await server.send(id, user, event, { version, dryRun: true });
  const reply = await server.send(id, user, event, { version });
  assert.equal(reply.status, dry.status, said(dry));
  if (refused) {
    assert.ok((statuses[refused.kind] as readonly number[]).includes(reply.status), said(reply));
    if (refused.kind === 'rules-unmet') assert.deepEqual(reply.body.unanswered, refused.rules, said(reply));
    return version;
  }
  assert.equal(reply.status, 200, said(reply));
  const view = reply.body as PathwayView;
  const { stage, state, unit, nextMove } = view;
  assert.deepEqual(
    { version: view.version, stage, state, unit, nextMove, prescribing: prescriber(view) },
    then,
    said(reply),
  );
  return view.version;
}

describe('by HTTP', () => {
  it('every acceptance case and story goes the same way, refusal by refusal, step by step', async () => {
    const walks = Walk.walked.filter(
      ({ beginning, journal }) => beginning.birthDate !== undefined && journal.length > 0,
    );
    assert.ok(walks.length > 40, `${walks.length} walks`);
    for (const [
      index,
      {
        beginning: { area, gp, birthDate, at },
        journal,
      },
    ] of walks.entries()) {
      server.clock.set(at);
      const opened = await server.open(
        { patient: { name: `Test ${index}`, birthDate }, planningArea: area },
        { role: 'gp', unit: gp },
      );
      assert.equal(opened.status, 201, JSON.stringify(opened.body));
      let version = 1;
      for (const attempt of journal) version = await again(opened.body.id as string, attempt, version);
      const { items } = (
        await server.get(`/v1/pathways/${opened.body.id}/transitions?limit=200`, { role: 'auditor', unit: 'REGION' })
      ).body as { items: unknown[] };
      assert.equal(items.length, version);
    }
  });

  it('leaves a log that replays to every stored snapshot', async () => {
    assert.deepEqual((await checkAll(server.sql)).faults, []);
  });
});
