/**
 * npm run verify [-- --bundle <dir>] [--key <file>] [--checkpoints <dir>] [--grace <seconds>] [--json] [--out <file>]
 * Is the log genuine? Of the database, or of a bundle (then without database and network). Exit code 0 intact, 10 broken, 11 incomplete, 12 nothing there, 1 when it could not be looked at.
 */
import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { SingleBar } from 'cli-progress';
import { Keep } from '../audit/tree/keep.js';
import { readVerifiers } from '../audit/tree/keys.js';
import { bundleLog } from '../audit/verify/source-bundle.js';
import { lineOf } from '../audit/verify/verify-faults.js';
import { verify, type Outcome, type Report, type Verifying } from '../audit/verify/verify.js';
import { readConfig } from '../config.js';

const codes: Record<Outcome, number> = { intact: 0, broken: 10, incomplete: 11, nothing: 12 };

function summary({
  outcome,
  entries,
  pathways,
  checkpoints,
  covered,
  size,
  root,
  faults,
  more,
  erased,
  pending,
  seconds,
  perSecond,
}: Report): string {
  const said: Record<Outcome, string> = {
    intact: `Intact: ${size} entries of ${pathways} pathways are as they were written, the first ${covered} signed by ${checkpoints} checkpoints.`,
    broken: `Broken: ${faults.length + more === 1 ? '1 fault' : `${faults.length + more} faults`}; the first is at ${faults[0] ? lineOf(faults[0]) : 'an unknown place'}.`,
    incomplete: `Incomplete: nothing is wrong with the ${size} entries that are there, the first ${covered} signed; but not all could be vouched for.`,
    nothing: 'Nothing to verify: the log is empty.',
  };
  const besides = [
    erased > 0 ? `${erased} entries are erased` : '',
    pending > 0 ? `${pending} wait for their place` : '',
  ].filter((text) => text !== '');
  return [
    said[outcome],
    ...(outcome === 'nothing'
      ? []
      : [
          `Root ${root}. ${[`${entries} entries in ${seconds.toFixed(1)} s, ${Math.round(perSecond)} a second`, ...besides].join('; ')}.`,
        ]),
  ].join('\n');
}

async function run(): Promise<Report> {
  const { values } = parseArgs({
    options: {
      bundle: { type: 'string' },
      key: { type: 'string' },
      checkpoints: { type: 'string' },
      grace: { type: 'string' },
      json: { type: 'boolean' },
      out: { type: 'string' },
    },
  });
  const { bundle, key, checkpoints, grace = '60', json, out } = values;
  if (!/^\d+$/.test(grace)) throw new Error('--grace: give a number of seconds.');
  if (checkpoints !== undefined && !existsSync(join(checkpoints, 'checkpoints')))
    throw new Error(
      `--checkpoints ${checkpoints}: there is no directory checkpoints in it. Give the AUDIT_DIR of the log, or a copy of it.`,
    );
  const bar =
    process.stderr.isTTY && !json
      ? new SingleBar({ format: 'verifying [{bar}] {percentage}% {eta_formatted}' })
      : undefined;
  const seen = (done: number, of: number) => {
    bar?.setTotal(of);
    bar?.update(done);
  };
  bar?.start(1, 0);
  try {
    const options: Verifying = {
      verifiers: key === undefined ? undefined : readVerifiers(key),
      outside: checkpoints === undefined ? undefined : new Keep(checkpoints),
      graceSeconds: Number(grace),
      seen,
    };
    const report = bundle === undefined ? await ofDatabase(options) : await verify(bundleLog(bundle), options);
    bar?.stop();
    tell(report, json ?? false, out);
    return report;
  } finally {
    bar?.stop();
  }
}

/** What is kept outside is the application's own directory, unless another is given. */
async function ofDatabase(options: Verifying): Promise<Report> {
  const config = readConfig(process.env, { demo: true });
  const { auditDir } = config;
  // A bundle is verified without it.
  const { verifiersIn, withLog } = await import('./verify-database.js');
  const verifiers = options.verifiers ?? verifiersIn(auditDir);
  return withLog(config, (log) =>
    verify(log, { ...options, verifiers, outside: options.outside ?? new Keep(auditDir) }),
  );
}

function tell(report: Report, json: boolean, out: string | undefined): void {
  const text = JSON.stringify(report, null, 2);
  if (out !== undefined) writeFileSync(out, `${text}\n`);
  if (json) return console.log(text);
  console.log(summary(report));
  for (const reason of report.reasons) console.log(`  ${reason}`);
  for (const fault of report.faults) console.log(`  ${lineOf(fault)}`);
  if (report.more > 0) console.log(`  and ${report.more} more`);
}

try {
  process.exitCode = codes[(await run()).outcome];
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
}
