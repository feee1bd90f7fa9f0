import 'reflect-metadata';
import { startCluster, ClusterInUse, type Cluster } from './postgres/embedded.js';
import { createApp } from './app.js';
import { demoIssuer } from '../demo/issuer.js';
import { localIssuer, remoteIssuer, type Issuer } from './auth/tokens.js';
import { DatabaseClock, type Clock } from './database/clock.js';
import { readConfig, type Config } from './config.js';
import type { DataSource } from 'typeorm';
import { createDataSource, isOfThisVersion, migrate } from './data-source.js';
import { servesWithLittle, type Duty } from './database/duties.js';
import { Sql } from './database/sql.js';
import { inboxActor, startInbox, type Inbox } from '../demo/inbox/server.js';
import { seedDemo } from '../demo/seed.js';
import { createLogger } from './logging.js';
import { Receivers } from './messages/receivers.js';
import { join } from 'node:path';
import type { Logger } from 'pino';

/** What goes down in reverse order when the process is asked to end. */
const toStop: (() => Promise<unknown>)[] = [];
async function stopAll(): Promise<void> {
  for (const stop of toStop.splice(0).reverse()) await stop();
}

async function databaseOf(config: Config): Promise<string> {
  if (config.databaseUrl !== undefined) return config.databaseUrl;
  const cluster: Cluster = await startCluster({ dir: join(config.dataDir, 'pg'), log: (line) => console.error(line) });
  toStop.push(() => cluster.stop());
  return cluster.url;
}

async function issuerOf(config: Config): Promise<Issuer> {
  return config.issuer ? remoteIssuer(config.issuer) : localIssuer(await demoIssuer(config.dataDir));
}

/** The database of each duty: in the demo one user takes on every role; outside it each duty has a user of its own, and the one that serves could do nothing else. */
async function sourcesOf(config: Config): Promise<{ serving: DataSource; sequencing: DataSource | undefined }> {
  const url = await databaseOf(config);
  const opened = async (of: string, duty: Duty, poolSize: number): Promise<DataSource> => {
    const source = await createDataSource(of, duty, poolSize).initialize();
    toStop.push(async () => {
      if (source.isInitialized) await source.destroy();
    });
    return source;
  };
  const migrating = config.migrationUrl ?? (config.demo ? url : undefined);
  if (migrating !== undefined) await migrate(migrating);
  const serving = await opened(url, 'serving', config.poolSize);
  if (!config.demo) await servesWithLittle(new Sql(serving));
  await isOfThisVersion(serving);
  const sequencer = config.sequencerUrl ?? (config.demo ? url : undefined);
  return { serving, sequencing: sequencer === undefined ? undefined : await opened(sequencer, 'sequencing', 2) };
}

/** The systems of the demo's units. `url`: where they acknowledge, once the application listens there. */
async function inboxOf(config: Config, clock: Clock, logger: Logger, url: () => string): Promise<Inbox> {
  const issuer = await demoIssuer(config.dataDir);
  const tokenFor = (unit: string) => issuer.sign(inboxActor(unit), { audience: config.audience, seconds: 300 });
  const inbox = await startInbox({
    dir: join(config.dataDir, 'inbox'),
    port: config.inboxPort,
    acknowledge: { url, tokenFor },
    clock,
    logger,
  });
  toStop.push(() => inbox.stop());
  return inbox;
}

async function start(config: Config): Promise<void> {
  const logger = createLogger(config.logLevel);
  const listed = config.receivers === undefined ? undefined : Receivers.read(config.receivers);
  const { serving: source, sequencing } = await sourcesOf(config);
  if (config.demo && config.seed === 'demo') await seedDemo(source, { now: new Date(), progress: process.stderr });
  const clock = await DatabaseClock.of(new Sql(source), logger);
  toStop.push(async () => clock.stop());
  let address = '';
  const inbox = config.demo ? await inboxOf(config, clock, logger, () => address) : undefined;
  const receivers = listed ?? (inbox && Receivers.of(inbox.receivers));
  const app = await createApp({
    source,
    clock,
    logger,
    issuer: await issuerOf(config),
    audience: config.audience,
    jobs: true,
    ...(receivers ? { receivers } : {}),
    audit: { dir: config.auditDir, ...(sequencing ? { sequencing } : {}) },
  });
  toStop.push(() => app.close());
  await app.listen(config.port, config.host);
  address = await app.getUrl();
  logger.info({ address, demo: config.demo }, 'ready');
  if (inbox)
    console.error(
      `\nReady: ${address}/docs\nThe inbox of the demo's practices: ${inbox.url}\nA token: npm run -s token -- --role gp --unit GP_NORD\n`,
    );
}

/** A second signal does not wait. */
function stopOnSignals(): void {
  for (const signal of ['SIGTERM', 'SIGINT'] as const) {
    process.once(signal, () => {
      stopAll().then(
        () => process.exit(0),
        (error: unknown) => {
          console.error(`not stopped cleanly: ${messageOf(error)}`);
          process.exit(1);
        },
      );
    });
  }
}

const messageOf = (error: unknown): string => {
  if (error instanceof ClusterInUse) return error.message;
  if (error instanceof Error && (error as NodeJS.ErrnoException).code === 'EADDRINUSE')
    return `The port is taken: another program, or another start of this one, listens there. Set PORT to another.`;
  return error instanceof Error ? error.message : String(error);
};

stopOnSignals();
try {
  await start(readConfig(process.env, { demo: process.argv.includes('--demo') }));
} catch (error) {
  console.error(messageOf(error));
  await stopAll();
  process.exitCode = 1;
}
