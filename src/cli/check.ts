/**
 * npm run check: is what is stored what the log says (each pathway replays to its snapshot, the counts to theirs), and is the log itself genuine? Says what is wrong and where. Exit code 0 when
 * nothing is, 10 when something is, 1 when it could not be looked at.
 */
import 'reflect-metadata';
import { SingleBar } from 'cli-progress';
import { Keep } from '../audit/tree/keep.js';
import { databaseLog } from '../audit/verify/source-database.js';
import { lineOf } from '../audit/verify/verify-faults.js';
import { verify } from '../audit/verify/verify.js';
import { readConfig } from '../config.js';
import { checkAll } from '../pathways/check.js';
import { withDatabase } from './database.js';
import { verifiersIn } from './verify-database.js';

try {
  const bar = process.stderr.isTTY
    ? new SingleBar({ format: '{what} [{bar}] {percentage}% {eta_formatted}' })
    : undefined;
  const seen = (what: string) => (done: number, of: number) => {
    bar?.setTotal(of);
    bar?.update(done, { what });
  };
  const config = readConfig(process.env, { demo: true });
  bar?.start(1, 0, { what: 'pathways' });
  const [stored, log] = await withDatabase(
    config,
    async (sql) =>
      [
        await checkAll(sql, seen('pathways')),
        await verify(databaseLog(sql), {
          verifiers: verifiersIn(config.auditDir),
          outside: new Keep(config.auditDir),
          seen: seen('the log '),
        }),
      ] as const,
  );
  bar?.stop();
  for (const { pathway, seq, what } of stored.faults)
    console.log(`${pathway === undefined ? '' : `${pathway}${seq === undefined ? '' : ` seq ${seq}`}: `}${what}`);
  for (const fault of log.faults) console.log(lineOf(fault));
  console.log(
    `${stored.pathways} pathways, ${stored.transitions} transitions: ${stored.faults.length === 0 ? 'each replays to its stored snapshot, and the counts to theirs' : `faults: ${stored.faults.length}`}`,
  );
  console.log(
    `the log of ${log.size} entries, ${log.covered} of them signed, is ${log.outcome}${log.faults.length > 0 ? `, faults: ${log.faults.length + log.more}` : log.reasons.length > 0 ? `: ${log.reasons.join('; ')}` : ''}`,
  );
  process.exitCode = stored.faults.length === 0 && log.outcome !== 'broken' ? 0 : 10;
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
}
