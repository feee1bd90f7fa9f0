/**
 * npm run bench [-- --json] [--seconds 8] [--rounds 3] [--transitions 1000000] [--entries 200000] [--pathways 1000000, for worklists: many minutes]
 * Speed is a ratio in one run: the product, with its sequencer, against a bare Fastify + pg server doing the same two statements on a database beside it, whose entries nobody sequences.
 */
import 'reflect-metadata';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { SingleBar } from 'cli-progress';
import pg from 'pg';
import { lagOf } from '../src/audit/tree/store.js';
import { demoIssuer } from '../demo/issuer.js';
import { SystemClock } from '../src/database/clock.js';
import { createDataSource, migrate } from '../src/data-source.js';
import { throwAwayCluster } from '../src/postgres/throw-away.js';
import { Sql, type Statement } from '../src/database/sql.js';
import { RandomIds } from '../src/database/ids.js';
import { Door } from '../src/pathways/door.js';
import { Openings } from '../src/pathways/openings.js';
import { commit } from '../src/pathways/statements.js';
import { alone } from './alone.js';
import { verifySpeed, type Verified } from './verify.js';
import { counts } from './counts.js';
import { worklists } from './worklists.js';
import { end, opened, round, serve, tokensOf, walked, type Round } from './http.js';

const { values } = parseArgs({
  options: {
    json: { type: 'boolean' },
    seconds: { type: 'string', default: '8' },
    rounds: { type: 'string', default: '3' },
    transitions: { type: 'string', default: '1000000' },
    entries: { type: 'string', default: '200000' },
    connections: { type: 'string', default: '16' },
    pathways: { type: 'string', default: '0' },
  },
});
const [seconds, rounds, transitions, connections, entries] = [
  values.seconds,
  values.rounds,
  values.transitions,
  values.connections,
  values.entries,
].map(Number) as [number, number, number, number, number];

const bar = new SingleBar({
  format: '{what} [{bar}] {percentage}%',
  stream: process.stderr,
  clearOnComplete: true,
  noTTYOutput: false,
});
const progress = (what: string, share: number) => {
  bar.update(Math.round(share * 100), { what: what.padEnd(28) });
};
const median = (of: Round[], field: keyof Round) =>
  of.map((one) => one[field]).sort((a, b) => a - b)[Math.floor(of.length / 2)]!;

async function databaseFor(url: string, name: string): Promise<string> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    await client.query(`create database ${name}`);
  } finally {
    await client.end();
  }
  const address = new URL(url);
  address.pathname = `/${name}`;
  await migrate(address.href);
  return address.href;
}

/** Asks four times a second how long the oldest entry has been waiting; resolves to the worst, once it is called. */
function watched(sql: Sql): () => Promise<number> {
  let [worst, ended] = [0, false];
  const watching = (async () => {
    for (; !ended; await new Promise((resolve) => setTimeout(resolve, 250)))
      worst = Math.max(worst, (await lagOf(sql)).seconds);
  })();
  return async () => {
    ended = true;
    await watching;
    return worst;
  };
}

const home = mkdtempSync(join(tmpdir(), 'smertevejen-bench-'));
const cluster = await throwAwayCluster({ durable: true });
const urls = { app: await databaseFor(cluster.url, 'app'), bare: await databaseFor(cluster.url, 'bare') };
const [source, beside] = await Promise.all([
  createDataSource(urls.app, 'serving', 16).initialize(),
  createDataSource(urls.bare, 'serving', 16).initialize(),
]);
bar.start(100, 0, { what: 'starting'.padEnd(28) });
try {
  const sql = new Sql(source);
  const written: unknown[][] = [];
  const listening = Object.assign(Object.create(sql) as Sql, {
    row: (of: Statement, given: readonly unknown[]) => {
      if (of === commit) written.push([...given]);
      return sql.row(of, given);
    },
  });
  const clock = new SystemClock();
  const door = new Door(listening, clock);
  const openings = new Openings(sql, clock, door, new RandomIds());
  const opens = {
    app: openings,
    bare: new Openings(new Sql(beside), clock, new Door(new Sql(beside), clock), new RandomIds()),
  };
  const issuer = await demoIssuer(home);
  const tokens = await tokensOf(issuer);
  const templates = await walked(door, (await opened(openings, 1))[0]!, written);

  const servers = {
    app: await serve('app-server.js', urls.app, home),
    bare: await serve('bare-server.js', urls.bare, home),
  };
  servers.bare.process.send(templates);
  const results: Record<'app' | 'bare', Round[]> = { app: [], bare: [] };
  let worstLag = 0;
  const perRound = Math.ceil((seconds * 4000) / templates.length);
  // A server runs for weeks: what its first seconds cost, while its code is still being compiled, is not measured.
  for (const name of ['app', 'bare'] as const) {
    progress(`${name}, warming up`, name === 'app' ? 0 : 0.5);
    await round(servers[name].url, await opened(opens[name], 500), tokens, connections, 10);
  }
  for (let index = 0; index < rounds; index++) {
    for (const name of ['app', 'bare'] as const) {
      progress(`${name}, round ${index + 1} of ${rounds}`, (index + (name === 'bare' ? 0.5 : 0)) / rounds);
      const pathways = await opened(opens[name], perRound);
      const lag = name === 'app' ? watched(sql) : undefined;
      results[name].push(await round(servers[name].url, pathways, tokens, connections, seconds));
      if (lag) worstLag = Math.max(worstLag, await lag());
    }
  }
  await end(servers.app);
  await end(servers.bare);
  progress('the machine alone', 0.5);
  const machine = alone(3);
  const counted = await counts(urls.app, transitions, (share) => progress('a million transitions', share));
  const verified = await verifySpeed(await databaseFor(cluster.url, 'verified'), entries, (share) =>
    progress('verifying a long log', share),
  );
  progress('worklists', 0);
  const lists =
    Number(values.pathways) > 0
      ? await worklists(await databaseFor(cluster.url, 'worklists'), Number(values.pathways))
      : [];
  const http = Object.fromEntries(
    (['app', 'bare'] as const).map((name) => [
      name,
      {
        perSecond: median(results[name], 'perSecond'),
        p50: median(results[name], 'p50'),
        p99: median(results[name], 'p99'),
      },
    ]),
  ) as Record<'app' | 'bare', Round>;
  const ratios = results.app.map((one, index) => one.perSecond / results.bare[index]!.perSecond);
  const report = {
    connections,
    ratio: [...ratios].sort((a, b) => a - b)[Math.floor(ratios.length / 2)]!,
    ratios,
    http,
    machineAlone: machine,
    sequencerLagSeconds: worstLag,
    verify: verified,
    stageCounts: counted,
    worklists: lists,
  };
  bar.stop();
  if (values.json) console.log(JSON.stringify(report, null, 2));
  else {
    const line = ({ perSecond, p50, p99 }: Round) =>
      `${perSecond.toFixed(0)} transitions/s, p50 ${p50.toFixed(1)} ms, p99 ${p99.toFixed(1)} ms`;
    console.log(
      `HTTP at ${connections} connections\n  the product   ${line(http.app)}\n  bare server   ${line(http.bare)}\n  ratio         ${report.ratio.toFixed(2)} (rounds: ${ratios.map((ratio) => ratio.toFixed(2)).join(', ')})`,
    );
    console.log(`the sequencer was at most ${worstLag.toFixed(1)} s behind at full load`);
    for (const { reader, list, milliseconds, way } of lists)
      console.log(`worklist of ${values.pathways}: ${reader}, ${list}: ${milliseconds.toFixed(1)} ms by ${way}`);
    for (const [what, of] of Object.entries(verified) as [string, Verified][])
      console.log(
        `verify of ${of.entries} entries in a ${what}: ${of.outcome}, ${of.perSecond.toFixed(0)} entries/s, memory at 10 %, 50 %, 100 %: ${of.rss.tenth.toFixed(0)}, ${of.rss.half.toFixed(0)}, ${of.rss.whole.toFixed(0)} MiB`,
      );
    console.log(`the machine alone (restore, judge, transition, serialise): ${machine.toFixed(0)} transitions/s`);
    console.log(
      `stage counts at ${counted.transitions} transitions (${counted.movements} movements): now ${counted.now.toFixed(1)} ms, as of a past instant ${counted.asOf.toFixed(1)} ms (worst ${counted.asOfWorst.toFixed(1)}), as known in the past ${counted.knownAt.toFixed(1)} ms; before folding ${counted.unfolded.toFixed(0)} ms`,
    );
  }
} finally {
  bar.stop();
  await source.destroy();
  await beside.destroy();
  await cluster.stop();
  rmSync(home, { recursive: true, force: true });
}
