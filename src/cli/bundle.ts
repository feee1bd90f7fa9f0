/**
 * npm run bundle -- --out <dir> [--without-payloads] [--from <size>] [--to <size>] [--key <file>]
 * The log, or the part of it between two sizes, as files that npm run verify -- --bundle <dir> checks anywhere. Exit code 0, or 1 with the remedy.
 */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { SingleBar } from 'cli-progress';
import { writeBundle } from '../audit/verify/bundle.js';
import { readVerifiers, verifierKeyFile } from '../audit/tree/keys.js';
import { readConfig } from '../config.js';
import { withLog } from './verify-database.js';

function sizeIn(name: string, value: string | undefined): number | undefined {
  if (value === undefined) return undefined;
  if (!/^\d{1,15}$/.test(value)) throw new Error(`--${name} ${value}: give a size of the log, a whole number.`);
  return Number(value);
}

async function run(): Promise<void> {
  const { values } = parseArgs({
    options: {
      out: { type: 'string' },
      'without-payloads': { type: 'boolean' },
      from: { type: 'string' },
      to: { type: 'string' },
      key: { type: 'string' },
    },
  });
  const { out, key } = values;
  if (out === undefined) throw new Error('Give the directory that the bundle is to be written to: --out <dir>.');
  const config = readConfig(process.env, { demo: true });
  const keyFile = key ?? join(config.auditDir, verifierKeyFile);
  if (key !== undefined || existsSync(keyFile)) readVerifiers(keyFile);
  const verifierKeys = existsSync(keyFile)
    ? readFileSync(keyFile, 'utf8')
        .split('\n')
        .map((line) => line.trim())
        .filter((line) => line !== '')
    : [];
  const payloads = !values['without-payloads'];
  const bar = process.stderr.isTTY
    ? new SingleBar({ format: 'writing [{bar}] {percentage}% {eta_formatted}' })
    : undefined;
  bar?.start(1, 0);
  try {
    const manifest = await withLog(config, (log) =>
      writeBundle(log, out, {
        from: sizeIn('from', values.from),
        to: sizeIn('to', values.to),
        payloads,
        verifierKeys,
        seen: (done, of) => {
          bar?.setTotal(of);
          bar?.update(done);
        },
      }),
    );
    bar?.stop();
    console.log(
      `${manifest.size - manifest.from} entries and ${manifest.checkpoints} checkpoints are in ${out}.${payloads ? ' It tells who did what, and no erasure reaches it: keep it as you keep the log.' : ''}`,
    );
    console.log(
      `Verify it with: npm run -s verify -- --bundle ${out} --key <the verifier-key.txt that you were given>`,
    );
  } finally {
    bar?.stop();
  }
}

try {
  await run();
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
}
