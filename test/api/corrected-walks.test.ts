/** Random pathways with random corrections: what is stored is the fold of the corrected log, what a preview says comes true, and no number that was known once changes. */
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, it } from '@jest/globals';
import { whereOf } from '../../machines/engine/snapshot.js';
import { stageNames } from '../../machines/pathway/stages.js';
import { Keep } from '../../src/audit/tree/keep.js';
import { openSigner } from '../../src/audit/tree/keys.js';
import { logName, verifierOf } from '../../src/audit/tree/note.js';
import { Sequencer } from '../../src/audit/tree/sequencer.js';
import { databaseLog } from '../../src/audit/verify/source-database.js';
import { verify } from '../../src/audit/verify/verify.js';
import { Sql } from '../../src/database/sql.js';
import { createLogger } from '../../src/logging.js';
import { checkAll } from '../../src/pathways/check.js';
import { Door } from '../../src/pathways/door.js';
import { foldOf } from '../../src/pathways/past.js';
import { Flow } from '../../src/overview/flow.js';
import { StageCounts } from '../../src/overview/stage-counts.js';
import { Fold } from '../../src/overview/fold.js';
import { CorrectedWalk } from '../support/corrected-walk.js';
import { drawing, seeded } from '../support/random-walk.js';
import { startServer, type TestServer } from '../support/server.js';

const walks = Number(process.env['CORRECTED_WALKS'] ?? 10);
const steps = 30;
let server: TestServer;
beforeAll(async () => {
  server = await startServer({ now: '2026-01-05T08:00:00.000Z' });
});
afterAll(() => server.stop());

const numbers = async (asOf: string, knownAt: string): Promise<string> => {
  const { stages } = await server.app.get(StageCounts).count({ asOf, knownAt });
  return stages.map(({ stage, count, overdue }) => `${stage} ${count} ${overdue}`).join(', ');
};

describe('random pathways with random corrections', () => {
  it(`keep every promise over ${walks} pathways`, async () => {
    const done = { void: 0, amend: 0, insert: 0, refused: 0 };
    const known: { at: string; said: string }[] = [];
    const ids: string[] = [];
    for (let seed = 1; seed <= walks; seed += 1) {
      const walking = new CorrectedWalk(server, drawing(seeded(seed)));
      try {
        await walking.begin();
        for (let step = 0; step < steps; step += 1) {
          await walking.step();
          const at = server.clock.now().toISOString();
          if (step % 5 === 0) known.push({ at, said: await numbers(at, at) });
          // No two are recorded at one instant, so that "as known at" cuts between them.
          server.clock.set(new Date(Date.parse(at) + 60_000));
        }
        assert.deepEqual((await checkAll(server.sql)).faults, []);
      } catch (error) {
        throw new Error(
          `seed ${seed}, pathway ${walking.id}: ${error instanceof Error ? error.stack : String(error)}`,
          { cause: error },
        );
      }
      ids.push(walking.id);
      for (const kind of ['void', 'amend', 'insert', 'refused'] as const) done[kind] += walking.done[kind];
      if (seed % 4 === 0) await server.app.get(Fold).fold();
    }
    await isGenuine();
    for (const { at, said } of known)
      assert.equal(await numbers(at, at), said, `what was known at ${at} is another now`);
    await agreesWithTheLogs(
      ids,
      known.map(({ at }) => at),
    );
    await balances(known.map(({ at }) => at));
    for (const kind of ['void', 'amend', 'insert', 'refused'] as const)
      assert.ok(done[kind] >= walks / 4, `${kind}: ${done[kind]}`);
  });
});

/** The chains of corrected logs are chains, and all of it goes into one tree that is signed. */
async function isGenuine(): Promise<void> {
  const dir = mkdtempSync(join(tmpdir(), 'smertevejen-audit-'));
  try {
    const keep = new Keep(dir);
    const signer = openSigner(dir, logName);
    const sequencer = new Sequencer(new Sql(server.source), keep, signer, server.clock, createLogger('silent'));
    while ((await sequencer.append()) > 0);
    await sequencer.sign();
    const { outcome, faults, size } = await verify(databaseLog(server.sql), {
      verifiers: [verifierOf(signer.verifierKey)],
      outside: keep,
    });
    assert.deepEqual([outcome, faults], ['intact', []]);
    assert.ok(size > (walks * steps) / 3);
  } finally {
    rmSync(dir, { recursive: true, force: true });
  }
}

/** From each of these days to the next, as known then and as known now: opening + in − out = closing, and both ends are what the counts say. */
async function balances(days: readonly string[]): Promise<void> {
  const [flow, counts, now] = [server.app.get(Flow), server.app.get(StageCounts), server.clock.now().toISOString()];
  for (const [index, to] of days.slice(1).entries()) {
    const from = days[index]!;
    for (const knownAt of [to, now]) {
      const { stages, total } = await flow.of({ from, to, knownAt });
      for (const { stage, opening, in: came, out: left, closing } of [...stages, { stage: 'all', ...total }])
        assert.equal(opening + came - left, closing, `${stage} from ${from} to ${to}, known at ${knownAt}`);
      const of = async (asOf: string) => (await counts.count({ asOf, knownAt })).stages.map(({ count }) => count);
      assert.deepEqual(
        [stages.map(({ opening }) => opening), stages.map(({ closing }) => closing)],
        [await of(from), await of(to)],
      );
    }
  }
}

/** As of any of these days, as known now: the ledger's numbers and those of the folded logs, one by one; and the pathway's own view. */
async function agreesWithTheLogs(ids: readonly string[], days: readonly string[]): Promise<void> {
  const door = server.app.get(Door);
  const logs = await Promise.all(ids.map(async (id) => door.entries(id, 1_000_000)));
  const now = server.clock.now().toISOString();
  for (const day of days) {
    const places = logs.flatMap((entries) => {
      const found = foldOf(entries, { asOf: day });
      return found ? [whereOf(found.stored.value, found.stored.context).stage] : [];
    });
    const { stages } = await server.app.get(StageCounts).count({ asOf: day, knownAt: now });
    assert.deepEqual(
      stages.map(({ stage, count }) => [stage, count]),
      stageNames.map((stage) => [stage, places.filter((one) => one === stage).length]),
      `as of ${day}`,
    );
  }
}
