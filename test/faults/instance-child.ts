import 'reflect-metadata';
import { createApp } from '../../src/app.js';
import { demoIssuer } from '../../demo/issuer.js';
import { localIssuer } from '../../src/auth/tokens.js';
import { DatabaseClock } from '../../src/database/clock.js';
import { createDataSource } from '../../src/data-source.js';
import { Sql } from '../../src/database/sql.js';
import { createLogger } from '../../src/logging.js';
import { Receivers } from '../../src/messages/receivers.js';

/** The application as `main` starts it, with its rounds, in a process of its own, to be killed. Says its address when it is ready. `RECEIVERS`, as JSON: whom it sends to. */
const [keys] = process.argv.slice(2) as [string];
const source = await createDataSource(process.env['DATABASE_URL']!, 'serving', 10).initialize();
const logger = createLogger(process.env['LOG_LEVEL'] ?? 'silent');
const receivers =
  process.env['RECEIVERS'] === undefined ? {} : { receivers: Receivers.of(JSON.parse(process.env['RECEIVERS'])) };
const app = await createApp({
  source,
  clock: await DatabaseClock.of(new Sql(source), logger),
  logger,
  issuer: localIssuer(await demoIssuer(keys)),
  audience: 'smertevejen',
  jobs: true,
  ...receivers,
});
await app.listen(0, '127.0.0.1');
process.once('SIGTERM', () => void app.close().then(() => process.exit(0)));
// When the test ends without a word, this process does too.
process.once('disconnect', () => process.exit(0));
// Last: whoever hears this may end the process at once.
process.send?.(await app.getUrl());
