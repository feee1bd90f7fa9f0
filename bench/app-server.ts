import 'reflect-metadata';
import { createApp } from '../src/app.js';
import { demoIssuer } from '../demo/issuer.js';
import { localIssuer } from '../src/auth/tokens.js';
import { SystemClock } from '../src/database/clock.js';
import { createDataSource } from '../src/data-source.js';
import { createLogger } from '../src/logging.js';

/** The product as it is served, with everything on: tokens, rules, log, sequencer, checkpoints, messages, clocks, counts. */
const [keys] = process.argv.slice(2) as [string];
const source = await createDataSource(process.env['DATABASE_URL']!, 'serving', 16).initialize();
const sequencing = await createDataSource(process.env['DATABASE_URL']!, 'sequencing', 2).initialize();
const app = await createApp({
  source,
  clock: new SystemClock(),
  logger: createLogger('warn'),
  issuer: localIssuer(await demoIssuer(keys)),
  audience: 'smertevejen',
  jobs: true,
  audit: { dir: keys, sequencing },
});
await app.listen(0, '127.0.0.1');
process.send?.({ url: await app.getUrl() });
