/** Does a transition cost the same however long a pathway's log is, and however many pathways there are? As ratios of rates, the second of each in the first. */
import { Client } from 'undici';
import type pg from 'pg';
import { populate } from '../test/support/worklist-population.js';
import { product, type Contender, type Place } from './contenders.js';
import { post } from './http.js';
import { script } from './script.js';
import { middle, ratios, speed } from './speed.js';

const connections = 16;
/** Up to where treatment is going on; what then happens again and again. */
const untilTreated = script.findIndex(({ type }) => type === 'diagnosis.recorded');
const again = script.find(({ type }) => type === 'medication.adjusted')!;

/** Each its own pathway; resolves to the version that all are at by then. */
async function grow(
  { url }: Contender,
  ids: readonly string[],
  tokens: Record<string, string>,
  from: number,
  to: number,
): Promise<number> {
  await Promise.all(
    ids.map(async (id) => {
      const client = new Client(url);
      for (let version = from; version < to; version++) {
        const { type, by, payload } = script[version - 1 < untilTreated ? version - 1 : script.indexOf(again)]!;
        const said = { type, ...payload(new Date().toISOString()) };
        await post(client, `/v1/pathways/${id}/events`, said, { token: tokens[by]!, version });
      }
      await client.close();
    }),
  );
  return to;
}

export type Flatness = { events: Record<number, number>; pathways: number };

/** The rate at 100 and 1,000 events as a share of that at 10, in turns; each time a few more are sent. */
async function byEvents(served: Contender, tokens: Record<string, string>, rounds: number) {
  const lengths = [10, 100, 1_000];
  const more = 20;
  const groups = new Map<number, string[]>();
  for (const length of lengths) {
    groups.set(length, await served.open(connections));
    await grow(served, groups.get(length)!, tokens, 1, length);
  }
  const rates = new Map(lengths.map((length) => [length, [] as number[]]));
  for (let index = 0; index < rounds; index++) {
    for (const length of lengths) {
      // The short ones would no longer be short: new ones each time.
      const short = length === lengths[0];
      const ids = short ? await served.open(connections) : groups.get(length)!;
      const from = short ? await grow(served, ids, tokens, 1, length) : length + index * more;
      const started = performance.now();
      await grow(served, ids, tokens, from, from + more);
      rates.get(length)!.push((connections * more) / (performance.now() - started));
    }
  }
  const first = rates.get(lengths[0]!)!;
  return Object.fromEntries(
    lengths.map((length) => [length, middle(rates.get(length)!.map((rate, index) => rate / first[index]!))]),
  );
}

export async function flatness(
  place: Place,
  tokens: Record<string, string>,
  { rounds, seconds, few = 1_000, many = 100_000 }: { rounds: number; seconds: number; few?: number; many?: number },
  progress: (what: string, share: number) => void,
): Promise<Flatness> {
  const filled = (size: number) => (client: pg.Client) => populate(client, size, new Date());
  progress('pathways by the thousand', 0);
  const contenders = {
    few: await product(place, 'few', { filled: filled(few) }),
    many: await product(place, 'many', { filled: filled(many) }),
  };
  const options = { connections, seconds, rounds, warmUp: 5 };
  const { rounds: measured } = await speed(contenders, tokens, options, progress);
  progress('long logs', 0.5);
  const events = await byEvents(contenders.few, tokens, rounds);
  for (const one of Object.values(contenders)) await one.end();
  return { events, pathways: middle(ratios(measured.many, measured.few)) };
}
