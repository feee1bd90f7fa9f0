/** npm run check: says what is wrong and where. Exit code 0 when nothing is, 10 when something is, 1 when it could not be looked at. */
import 'reflect-metadata';
import { SingleBar } from 'cli-progress';
import { readConfig } from '../config.js';
import { checkAll } from '../pathways/check.js';
import { withDatabase } from './database.js';

try {
  const bar = process.stderr.isTTY ? new SingleBar({ format: 'pathways [{bar}] {value}/{total} {eta_formatted}' }) : undefined;
  const { pathways, transitions, faults } = await withDatabase(readConfig(process.env, { demo: true }), async (sql) => {
    bar?.start(1, 0);
    return checkAll(sql, (done, of) => { bar?.setTotal(of); bar?.update(done); });
  });
  bar?.stop();
  for (const { pathway, seq, what } of faults) console.log(`${pathway}${seq === undefined ? '' : ` seq ${seq}`}: ${what}`);
  console.log(`${pathways} pathways, ${transitions} transitions: ${faults.length === 0 ? 'each replays to its stored snapshot, no gap, chain unbroken' : `${faults.length} faults`}`);
  process.exitCode = faults.length === 0 ? 0 : 10;
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
}
