import 'reflect-metadata';
import { createApp } from '../../src/app.js';
import { demoIssuer } from '../../demo/issuer.js';
import { localIssuer } from '../../src/auth/tokens.js';
import { Keep } from '../../src/audit/tree/keep.js';
import { SystemClock } from '../../src/database/clock.js';
import { createDataSource } from '../../src/data-source.js';
import { Sql } from '../../src/database/sql.js';
import { createLogger } from '../../src/logging.js';

/**
 * The application with its sequencer, in a process of its own, to be killed. DIES names the point at which it kills itself: `before` or `after` a statement, by the statement's
 * name, or the keeping of a checkpoint, and at which time it comes there, e.g. "after append_leaves 2".
 */
const [keys] = process.argv.slice(2) as [string];
const [when, what, time] = (process.env['DIES'] ?? '').split(' ');
let left = Number(time ?? 1);
const point = (at: string, name: string): void => {
  if (at === when && name === what && --left === 0) process.kill(process.pid, 'SIGKILL');
};

const { rows } = Sql.prototype;
Sql.prototype.rows = async function dying(this: Sql, of, values) {
  point('before', of.name ?? '');
  const answer = await rows.call(this, of, values);
  point('after', of.name ?? '');
  return answer as never;
};
const { put } = Keep.prototype;
Keep.prototype.put = function dying(this: Keep, kept) {
  point('before', 'keep');
  put.call(this, kept);
  point('after', 'keep');
};

const database = process.env['DATABASE_URL']!;
const [source, sequencing] = await Promise.all([
  createDataSource(database, 'serving', 10).initialize(),
  createDataSource(database, 'sequencing', 2).initialize(),
]);
const app = await createApp({
  source,
  clock: new SystemClock(),
  logger: createLogger('silent'),
  issuer: localIssuer(await demoIssuer(keys)),
  audience: 'smertevejen',
  audit: { dir: keys, sequencing },
});
await app.listen(0, '127.0.0.1');
const url = await app.getUrl();
const end = async (): Promise<void> => {
  await app.close();
  process.exit(0);
};
process.once('SIGTERM', () => void end());
// When the test ends without a word, this process does too.
process.once('disconnect', () => process.exit(0));
// Last: whoever hears this may end the process at once.
process.send?.({ url });
