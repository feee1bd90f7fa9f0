/**
 * npm test [-- words]: one throw-away PostgreSQL for the run (or TEST_DATABASE_URL), one migrated template, then node's test runner on every
 * test/**\/*.test.ts whose path holds one of the words. Each file clones its own databases, so they run in any order and in parallel.
 */
import { spawn } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { join, relative } from 'node:path';
import { throwAwayCluster } from '../../src/postgres/throw-away.js';
import { makeTemplate } from './database.js';

const root = join(import.meta.dirname, '..', '..', '..');
const words = process.argv.slice(2);
const files = readdirSync(join(root, 'test'), { recursive: true, encoding: 'utf8' })
  .filter((name) => name.endsWith('.test.ts') && (words.length === 0 || words.some((word) => name.includes(word))))
  .map((name) => join(root, 'dist', 'test', name.replace(/\.ts$/, '.js')))
  .sort();
if (files.length === 0) {
  console.error(`no test file's path holds ${words.join(' or ')}`);
  process.exit(1);
}

const cluster = await throwAwayCluster();
let code = 1;
const end = async (signal: NodeJS.Signals) => {
  child?.kill(signal);
  await cluster.stop();
  process.exit(1);
};
let child: ReturnType<typeof spawn> | undefined;
process.once('SIGINT', () => void end('SIGINT')).once('SIGTERM', () => void end('SIGTERM'));
try {
  await makeTemplate(cluster.url);
  console.log(
    `${files.length} files: ${files.length > 12 ? 'all' : files.map((file) => relative(join(root, 'dist'), file)).join(' ')}`,
  );
  child = spawn(
    process.execPath,
    ['--enable-source-maps', '--test', '--test-concurrency=2', '--test-reporter=spec', ...files],
    {
      cwd: root,
      stdio: 'inherit',
      env: { ...process.env, TEST_CLUSTER_URL: cluster.url, LOG_LEVEL: 'silent', TZ: 'Asia/Tokyo' },
    },
  );
  code = await new Promise<number>((resolve) => child!.once('exit', (status) => resolve(status ?? 1)));
} finally {
  await cluster.stop();
}
process.exitCode = code;
