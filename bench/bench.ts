/**
 * npm run bench [-- <parts>] [--against <checkout>] [--json] [--seconds 8] [--rounds 5] [--connections 16] [--transitions 1000000] [--entries 200000] [--pathways 1000000]
 * Parts, all but worklists (many minutes) when none is named: http, machine, flatness, counts, verify, worklists.
 * Speed is a ratio in one run, round by round: the product, with its sequencer, against a thin server that does the least, a bare one that does the product's own two
 * statements, and, with --against, the product as another checkout has built it.
 */
import 'reflect-metadata';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { SingleBar } from 'cli-progress';
import { lagOf } from '../src/audit/tree/store.js';
import { demoIssuer } from '../demo/issuer.js';
import { createDataSource } from '../src/data-source.js';
import { throwAwayCluster } from '../src/postgres/throw-away.js';
import { Sql } from '../src/database/sql.js';
import { aloneIn } from './alone.js';
import { bare, databaseFor, product, thin, type Contender, type Place } from './contenders.js';
import { counts } from './counts.js';
import { flatness } from './flatness.js';
import { tokensOf, type Round } from './http.js';
import { middle, ratios, speed } from './speed.js';
import { verifySpeed, type Verified } from './verify.js';
import { worklists } from './worklists.js';

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    json: { type: 'boolean' },
    against: { type: 'string' },
    seconds: { type: 'string', default: '8' },
    rounds: { type: 'string', default: '5' },
    transitions: { type: 'string', default: '1000000' },
    entries: { type: 'string', default: '200000' },
    connections: { type: 'string', default: '16' },
    pathways: { type: 'string', default: '1000000' },
  },
});
const [seconds, rounds, transitions, connections, entries, pathways] = [
  values.seconds,
  values.rounds,
  values.transitions,
  values.connections,
  values.entries,
  values.pathways,
].map(Number) as [number, number, number, number, number, number];
const { against } = values;
const parts = positionals.length > 0 ? positionals : ['http', 'machine', 'flatness', 'counts', 'verify'];
const measures = {
  http: overHttp,
  machine: theMachineAlone,
  flatness: theFlatness,
  counts: stageCounts,
  verify: verification,
  worklists: theWorklists,
};
const isPart = (part: string): part is keyof typeof measures => Object.hasOwn(measures, part);
const strange = parts.find((part) => !isPart(part));
if (strange !== undefined) {
  console.error(`${strange} is not a part of the bench: ${Object.keys(measures).join(', ')}`);
  process.exit(1);
}

const bar = new SingleBar({
  format: '{what} [{bar}] {percentage}%',
  stream: process.stderr,
  clearOnComplete: true,
  noTTYOutput: false,
});
const progress = (what: string, share: number) => {
  bar.update(Math.round(share * 100), { what: what.padEnd(28) });
};
/** What a part found, as figures and in words. */
type Found = { figures: unknown; lines: string[] };

/** Asks four times a second how long the oldest entry has been waiting. */
function watchedLag(sql: Sql, seen: (seconds: number) => void): () => Promise<void> {
  let ended = false;
  const watching = (async () => {
    for (; !ended; await new Promise((resolve) => setTimeout(resolve, 250))) seen((await lagOf(sql)).seconds);
  })();
  return async () => {
    ended = true;
    await watching;
  };
}

async function overHttp(place: Place, tokens: Record<string, string>): Promise<Found> {
  const contenders: Record<string, Contender> = {
    product: await product(place, 'app'),
    ...(against === undefined ? {} : { against: await product(place, 'against', { dir: against }) }),
    bare: await bare(place),
    thin: await thin(place),
  };
  const source = await createDataSource(contenders['product']!.database, 'serving', 2).initialize();
  let worstLag = 0;
  const seen = (lag: number) => {
    worstLag = Math.max(worstLag, lag);
  };
  const options = { connections, seconds, rounds, warmUp: 10 };
  const measured = await speed(contenders, tokens, options, progress, (name) =>
    name === 'product' ? watchedLag(new Sql(source), seen) : async () => undefined,
  );
  await source.destroy();
  for (const contender of Object.values(contenders)) await contender.end();
  const shares = Object.keys(contenders)
    .filter((name) => name !== 'product')
    .map((name) => [name, ratios(measured.rounds['product']!, measured.rounds[name]!)] as const);
  const line = (name: string, { perSecond, p50, p99 }: Round) =>
    `  ${name.padEnd(12)} ${perSecond.toFixed(0)} transitions/s, p50 ${p50.toFixed(1)} ms, p99 ${p99.toFixed(1)} ms`;
  return {
    figures: {
      connections,
      ratios: Object.fromEntries(shares.map(([name, of]) => [name, { median: middle(of), rounds: of }])),
      ...measured.median,
      sequencerLagSeconds: worstLag,
    },
    lines: [
      `HTTP at ${connections} connections, median of ${rounds} rounds`,
      ...Object.entries(measured.median).map(([name, of]) => line(name, of)),
      ...shares.map(
        ([name, of]) =>
          `  product / ${name.padEnd(8)} ${middle(of).toFixed(2)} (rounds: ${of.map((ratio) => ratio.toFixed(2)).join(', ')})`,
      ),
      `  the sequencer was at most ${worstLag.toFixed(1)} s behind`,
    ],
  };
}

async function theMachineAlone(): Promise<Found> {
  const builds = { product: join(import.meta.dirname, '..'), ...(against && { against: join(against, 'dist') }) };
  const rates: Record<string, number[]> = Object.fromEntries(Object.keys(builds).map((name) => [name, []]));
  for (let index = 0; index < rounds; index++)
    for (const [name, built] of Object.entries(builds)) {
      progress(`the machine alone, ${name}`, index / rounds);
      rates[name]!.push(await aloneIn(built, 3));
    }
  const [own, other] = [rates['product']!, rates['against']];
  return {
    figures: rates,
    lines: [
      `the machine alone (restore, judge, transition, serialise): ${middle(own).toFixed(0)} transitions/s`,
      ...(other
        ? [
            `  ${middle(other).toFixed(0)} transitions/s of the other checkout: ${middle(own.map((rate, index) => rate / other[index]!)).toFixed(2)} times as fast`,
          ]
        : []),
    ],
  };
}

async function theFlatness(place: Place, tokens: Record<string, string>): Promise<Found> {
  const figures = await flatness(place, tokens, { rounds, seconds }, progress);
  const events = Object.entries(figures.events).map(([length, ratio]) => `${length}: ${ratio.toFixed(2)}`);
  return {
    figures,
    lines: [
      `rate of transitions by events in the pathway, as a share of that at 10: ${events.join(', ')}`,
      `  at 100,000 pathways as a share of that at 1,000: ${figures.pathways.toFixed(2)}`,
    ],
  };
}

async function stageCounts({ cluster }: Place): Promise<Found> {
  const of = await counts(await databaseFor(cluster, 'counted'), transitions, (share) =>
    progress('a million transitions', share),
  );
  return {
    figures: of,
    lines: [
      `stage counts at ${of.transitions} transitions (${of.movements} movements): now ${of.now.toFixed(1)} ms, as of a past instant ${of.asOf.toFixed(1)} ms (worst ${of.asOfWorst.toFixed(1)}), as known in the past ${of.knownAt.toFixed(1)} ms; before folding ${of.unfolded.toFixed(0)} ms`,
    ],
  };
}

async function verification({ cluster }: Place): Promise<Found> {
  const found = await verifySpeed(await databaseFor(cluster, 'verified'), entries, (share) =>
    progress('verifying a long log', share),
  );
  return {
    figures: found,
    lines: (Object.entries(found) as [string, Verified][]).map(
      ([what, of]) =>
        `verify of ${of.entries} entries in a ${what}: ${of.outcome}, ${of.perSecond.toFixed(0)} entries/s, memory at 10 %, 50 %, 100 %: ${of.rss.tenth.toFixed(0)}, ${of.rss.half.toFixed(0)}, ${of.rss.whole.toFixed(0)} MiB`,
    ),
  };
}

async function theWorklists({ cluster }: Place): Promise<Found> {
  progress('worklists', 0);
  const lists = await worklists(await databaseFor(cluster, 'worklists'), pathways);
  return {
    figures: lists,
    lines: lists.map(
      ({ reader, list, milliseconds, way }) =>
        `worklist of ${pathways}: ${reader}, ${list}: ${milliseconds.toFixed(1)} ms by ${way}`,
    ),
  };
}

const keys = mkdtempSync(join(tmpdir(), 'smertevejen-bench-'));
const cluster = await throwAwayCluster({ durable: true });
bar.start(100, 0, { what: 'starting'.padEnd(28) });
try {
  const tokens = await tokensOf(await demoIssuer(keys));
  const report: Record<string, unknown> = {};
  const lines: string[] = [];
  for (const part of parts.filter(isPart)) {
    const found = await measures[part]({ cluster: cluster.url, keys, token: tokens['gp']! }, tokens);
    report[part] = found.figures;
    lines.push(...found.lines);
  }
  bar.stop();
  console.log(values.json ? JSON.stringify(report, null, 2) : lines.join('\n'));
} finally {
  bar.stop();
  await cluster.stop();
  rmSync(keys, { recursive: true, force: true });
}
