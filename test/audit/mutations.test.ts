/**
 * A thousand times something of a log is changed, as somebody would who may do everything in the database, or in a bundle of it: each time it is found, and the first place that
 * is named is where the change was. MUTATIONS_SEED repeats a run; MUTATIONS is how many.
 */
import assert from 'node:assert/strict';
import { afterAll, beforeAll, describe, it } from '@jest/globals';
import { databaseLog } from '../../src/audit/verify/source-database.js';
import { bundleLog } from '../../src/audit/verify/source-bundle.js';
import { verify, type Report } from '../../src/audit/verify/verify.js';
import { lineOf } from '../../src/audit/verify/verify-faults.js';
import { Tampering, TestLog } from '../support/audit.js';
import {
  BundleFiles,
  bundleMutations,
  databaseMutations,
  known,
  OutsideFiles,
  outsideMutations,
  Random,
  type Known,
  type Mutation,
} from '../support/mutations.js';

const count = Number(process.env['MUTATIONS'] ?? 1_000);
const seed = Number(process.env['MUTATIONS_SEED'] ?? Date.now() % 1_000_000);

let log: TestLog;
let tampering: Tampering;
let there: Known;
let bundle: BundleFiles;
beforeAll(async () => {
  log = await TestLog.start();
  await log.grow(22);
  await log.unsigned();
  tampering = await Tampering.of(log.url);
  there = await known(log, tampering.client);
  bundle = await BundleFiles.of(log);
});
afterAll(async () => {
  await tampering.end();
  bundle.remove();
  await log.stop();
});

const options = () => ({
  verifiers: log.verifiers,
  outside: log.keep,
  now: log.server.clock.now(),
  graceSeconds: 3600,
});
const ofDatabase = () => verify(databaseLog(tampering.sql), options());
const ofBundle = () =>
  verify(bundleLog(bundle.dir), { verifiers: log.verifiers, now: log.server.clock.now(), graceSeconds: 3600 });

async function looked(mutation: Mutation): Promise<Report> {
  if ('database' in mutation) return tampering.during(mutation.database, ofDatabase);
  const files = 'outside' in mutation ? new OutsideFiles(log.dir) : bundle;
  try {
    if ('outside' in mutation) mutation.outside(files as OutsideFiles);
    else mutation.bundle(files as BundleFiles);
    return await ('outside' in mutation ? tampering.during(async () => undefined, ofDatabase) : ofBundle());
  } finally {
    files.restore();
  }
}

describe('a changed log', () => {
  it('is intact before anything is changed, in the database and as a bundle', async () => {
    for (const report of [await ofDatabase(), await ofBundle()])
      assert.deepEqual([report.outcome, report.faults, report.reasons], ['intact', [], []]);
    assert.ok(there.size > 256 && there.checkpoints.length > 9, 'it has a node, and checkpoints');
  });

  it(`is found broken ${count} times of ${count}, and at the place that was changed`, async () => {
    const kinds = [...databaseMutations, ...outsideMutations, ...bundleMutations];
    const [seen, missed]: [Set<string>, string[]] = [new Set(), []];
    const tried = async (index: number): Promise<void> => {
      const [name, make] = kinds[index % kinds.length]!;
      const mutation = make(new Random(seed + index), there, log, bundle);
      const report = await looked(mutation);
      const found = report.faults
        .slice(0, 3)
        .map((fault) => `\n    ${lineOf(fault)}`)
        .join('');
      if (report.outcome !== 'broken' || !mutation.isAt(report.faults[0]!.where))
        missed.push(`${name} at ${mutation.place}, number ${index}: ${report.outcome}${found}`);
      seen.add(name);
    };
    // A bundle needs no database: it is looked at while that one answers.
    const isOfBundle = (index: number) => index % kinds.length >= kinds.length - bundleMutations.length;
    const all = [...Array(count).keys()];
    await Promise.all(
      [all.filter((index) => !isOfBundle(index)), all.filter(isOfBundle)].map(async (indexes) => {
        for (const index of indexes) await tried(index);
      }),
    );
    assert.ok(
      missed.length === 0,
      `MUTATIONS_SEED=${seed}: ${missed.length} of ${count} are not found, or elsewhere:\n${missed.slice(0, 20).join('\n')}`,
    );
    assert.equal(seen.size, Math.min(kinds.length, count));
  });

  it('is intact again once everything is put back', async () => {
    for (const report of [await ofDatabase(), await ofBundle()])
      assert.deepEqual([report.outcome, report.faults], ['intact', []]);
  });
});
