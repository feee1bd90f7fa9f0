import assert from 'node:assert/strict';
import { afterAll, beforeAll, describe, it } from '@jest/globals';
import { eventTypes, type EventType, type Wire } from '../../machines/pathway/events.js';
import { roleNames, type Actor } from '../../machines/pathway/roles.js';
import { restore, stateName, type Snapshot, type Stored } from '../../machines/engine/snapshot.js';
import { units } from '../../machines/pathway/routes.js';
import { checkAll } from '../../src/pathways/check.js';
import { drawing, laterBy, payloads, propose, seeded, system } from '../support/random-walk.js';
import { startServer, type Reply, type TestServer, type User } from '../support/server.js';

type Finding = { rule: string; status: string; severity: string };
type Action = { event: EventType; possible: boolean; mayI: boolean; findings: Finding[] };

const userOf = ({ sub, unit, roles }: Actor): User => ({ sub, unit, role: [...roles] });
const kind = ({ status, body }: Reply) => (status === 200 ? 'taken' : (body.type as string).split('/').at(-1)!);
const rulesIn = (findings: readonly Finding[]) => findings.map(({ rule, status }) => `${rule} ${status}`);

let server: TestServer;
beforeAll(async () => {
  server = await startServer({ now: '2026-01-05T08:00:00.000Z' });
});
afterAll(() => server.stop());

async function snapshotOf(id: string): Promise<Snapshot> {
  const [{ snapshot }] = (await server.source.query('select snapshot from pathway where id = $1', [id])) as [
    { snapshot: string },
  ];
  return restore(JSON.parse(snapshot) as Stored);
}

/** A well-formed payload; where the pathway has nothing that it could name, it names what is not there. */
function payloadOf(type: EventType, { value, context }: Snapshot, seed: number): object {
  if (type === 'deadline.passed' && context.clocks.length === 0) return { clock: 'decision' };
  const absent: Record<string, unknown> = { noteId: 999, entry: 999, messageId: '999.1', classes: ['analgesic'] };
  const drawn = payloads[type](drawing(seeded(seed)), context, server.clock.now().toISOString(), stateName(value));
  return Object.fromEntries(
    Object.entries(drawn).map(([field, given]) => [
      field,
      given === undefined || (Array.isArray(given) && given.length === 0) ? (absent[field] ?? given) : given,
    ]),
  );
}

/** What GET /actions says of an event must be what the door then answers. Returns how many were compared. */
async function compare(id: string, snapshot: Snapshot, version: number, actor: Actor, seed: number): Promise<number> {
  const user = userOf(actor);
  const listed = await server.get(`/v1/pathways/${id}/actions`, user);
  if (listed.status === 404) return 0;
  assert.equal(listed.status, 200, JSON.stringify(listed.body));
  const actions = new Map((listed.body.actions as Action[]).map((action) => [action.event, action]));
  assert.deepEqual([...actions.keys()], eventTypes, 'every event of the machine is listed');
  for (const type of eventTypes) {
    const event = { type, ...payloadOf(type, snapshot, seed) } as Wire & Record<string, unknown>;
    const { possible, mayI, findings } = actions.get(type)!;
    const dry = await server.send(id, user, event, { version, dryRun: true });
    const said = `${type} in ${stateName(snapshot.value)} by ${[user.role].flat().join()} of ${user.unit}, seed ${seed}: ${JSON.stringify(dry.body).slice(0, 400)}`;
    const answer = kind(dry);
    if (answer === 'invalid') continue;
    // A new GP may take the patient over himself: that hangs on the payload, which /actions does not know.
    // And so does which message it is, of those that others have sent.
    if (type.startsWith('message.')) assert.ok(answer === 'not-allowed' || mayI, said);
    else if (type !== 'gp.changed') assert.equal(answer !== 'not-allowed', mayI, said);
    if (answer !== 'not-allowed') assert.equal(answer !== 'event-not-possible', possible, said);
    const shown = (dry.body.findings ?? []) as Finding[];
    assert.deepEqual(
      shown.filter(({ rule }) => !findings.some((finding) => finding.rule === rule)),
      [],
      said,
    );
    if (answer === 'taken') continue;
    const real = await server.send(id, user, event, { version });
    assert.deepEqual(
      [real.status, real.body.type, rulesIn(real.body.findings ?? [])],
      [dry.status, dry.body.type, rulesIn(shown)],
      said,
    );
  }
  return eventTypes.length;
}

describe('what GET /actions says', () => {
  it('is what the door then answers, for every event in every state that walks reach, and a dry run names what the real one names', async () => {
    const visited = new Set<string>();
    let compared = 0;
    for (let walk = 1; walk <= 40 && visited.size < 18; walk++) {
      const draw = drawing(seeded(walk));
      const practice = draw.pick(['GP_NORD', 'GP_MIDT', 'GP_BYEN', 'GP_SYD'] as const);
      const area = { GP_NORD: 'nord', GP_MIDT: 'midt', GP_BYEN: 'byen', GP_SYD: 'syd' }[practice];
      const { id } = (
        await server.open(
          { patient: { name: `Karl Test ${walk}`, birthDate: '1962-04-14' }, planningArea: area },
          { role: 'gp', unit: practice },
        )
      ).body as { id: string };
      for (let version = 1; version < 40; version++) {
        const snapshot = await snapshotOf(id);
        const state = stateName(snapshot.value);
        server.clock.set(laterBy(draw, server.clock.now().toISOString(), null));
        const proposal = propose(draw, snapshot, server.clock.now().toISOString(), version + 1);
        if (!visited.has(state)) {
          visited.add(state);
          const holder = units.find(({ code }) => code === snapshot.context.units.at(-1))!.code;
          for (const actor of [
            proposal?.actor ?? system,
            { sub: 'all', unit: holder, roles: roleNames.filter((role) => role !== 'system') },
          ])
            compared += await compare(id, snapshot, version, actor, walk);
        }
        if (!proposal) continue;
        const dry = await server.send(id, userOf(proposal.actor), proposal.event as never, { version, dryRun: true });
        const real = await server.send(id, userOf(proposal.actor), proposal.event as never, { version });
        assert.equal(kind(real), kind(dry), JSON.stringify(real.body));
        if (real.status !== 200) {
          version -= 1;
          if (draw.chance(0.2)) break;
          continue;
        }
        const { items } = (
          await server.get(`/v1/pathways/${id}/transitions?cursor=${version}`, { role: 'auditor', unit: 'REGION' })
        ).body as { items: { findings: Finding[] }[] };
        assert.deepEqual(rulesIn(items[0]!.findings), rulesIn(dry.body.findings as Finding[]));
      }
    }
    for (const state of [
      'generalPractice',
      'referral.sent',
      'referral.atCvi',
      'visitation.assessing',
      'painClinic.treatment',
      'controlPhase.followUp',
      'dischargedToGp',
      'closed',
    ])
      assert.ok(visited.has(state), `${state} is not among ${[...visited].join(' ')}`);
    assert.ok(compared > 1_500, `${compared} compared in ${visited.size} states`);
  });

  it('has left a log that replays', async () => {
    assert.deepEqual((await checkAll(server.sql)).faults, []);
  });
});
