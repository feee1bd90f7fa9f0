/**
 * npm run generate: what must exist twice is made here and compared in CI: the OpenAPI document, the dump of the schema, the pages made from the machine.
 * With --check nothing is written; the exit code is 1 when a file differs.
 */
import 'reflect-metadata';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { createApp } from '../app.js';
import { demoIssuer } from '../../demo/issuer.js';
import { localIssuer } from '../auth/tokens.js';
import { SystemClock } from '../database/clock.js';
import { createDataSource, migrate } from '../data-source.js';
import { throwAwayCluster } from '../postgres/throw-away.js';
import { dumpRights, dumpSchema } from '../database/dump.js';
import { pages, readmePicture, replaceBetween } from '../docs/pages.js';
import { createLogger } from '../logging.js';
import { openApiOf } from '../http/openapi.js';

const root = join(import.meta.dirname, '..', '..', '..');
const check = process.argv.includes('--check');
const differing: string[] = [];

function write(file: string, content: string): void {
  const path = join(root, file);
  if (existsSync(path) && readFileSync(path, 'utf8') === content) return;
  differing.push(file);
  if (check) return;
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, content);
}

const home = mkdtempSync(join(tmpdir(), 'smertevejen-generate-'));
const cluster = await throwAwayCluster();
try {
  await migrate(cluster.url);
  const source = await createDataSource(cluster.url, 'serving', 2).initialize();
  write('schema.sql', await dumpSchema(source));
  write('rights.txt', await dumpRights(source));
  const app = await createApp({
    source,
    clock: new SystemClock(),
    logger: createLogger('silent'),
    issuer: localIssuer(await demoIssuer(home)),
    audience: 'smertevejen',
  });
  write('openapi.json', `${JSON.stringify(openApiOf(app), null, 2)}\n`);
  await app.close();
  for (const { file, render } of pages) write(file, render());
  write('README.md', replaceBetween(readFileSync(join(root, 'README.md'), 'utf8'), 'picture', readmePicture()));
} finally {
  await cluster.stop();
  rmSync(home, { recursive: true, force: true });
}
for (const file of differing) console.log(`${check ? 'differs' : 'written'}: ${file}`);
if (check && differing.length > 0) {
  console.error('run npm run generate and commit what it writes');
  process.exitCode = 1;
}
