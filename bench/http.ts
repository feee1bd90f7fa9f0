/** Transitions over HTTP at a number of connections, each walking one pathway after the other. */
import { fork, type ChildProcess } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { Client } from 'undici';
import { events, type Wire } from '../machines/pathway/events.js';
import type { DemoIssuer } from '../demo/issuer.js';
import type { Door } from '../src/pathways/door.js';
import type { Openings } from '../src/pathways/openings.js';
import { actors, script } from './script.js';

export type Server = { url: string; process: ChildProcess };
/** The address of the database holds a password, which the list of processes must not show. */
export async function serve(file: string, database: string, keys: string): Promise<Server> {
  const child = fork(file, [keys], {
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
    execArgv: ['--max-semi-space-size=64'],
    env: { ...process.env, DATABASE_URL: database },
  });
  const [{ url }] = (await once(child, 'message')) as [{ url: string }];
  return { url, process: child };
}
export async function end({ process: child }: Server): Promise<void> {
  const gone = once(child, 'exit');
  child.kill('SIGTERM');
  await gone;
}

/** Throws for every other answer than one that says that it is done. */
export async function post<Answer>(
  client: Client,
  path: string,
  said: object,
  { token, version }: { token: string; version?: number },
): Promise<Answer> {
  const { statusCode, body } = await client.request({
    method: 'POST',
    path,
    body: JSON.stringify(said),
    headers: {
      'content-type': 'application/json',
      authorization: `Bearer ${token}`,
      'idempotency-key': randomUUID(),
      ...(version === undefined ? {} : { 'if-match': `"${version}"` }),
    },
  });
  const answer = await body.text();
  if (statusCode >= 300) throw new Error(`${path} was answered ${statusCode}: ${answer.slice(0, 500)}`);
  return JSON.parse(answer) as Answer;
}

export type Round = { perSecond: number; p50: number; p99: number; transitions: number };
const percentile = (sorted: readonly number[], share: number) =>
  sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))]!;

/** `pathways` are taken by whichever connection is free; the round ends after `seconds`, or when there are none left. Times in milliseconds. */
export async function round(
  url: string,
  pathways: string[],
  tokens: Record<string, string>,
  connections: number,
  seconds: number,
): Promise<Round> {
  const times: number[] = [];
  const until = performance.now() + seconds * 1000;
  const started = performance.now();
  await Promise.all(
    Array.from({ length: connections }, async () => {
      const client = new Client(url);
      for (let id = pathways.pop(); id !== undefined && performance.now() < until; id = pathways.pop()) {
        for (const [index, { type, by, payload }] of script.entries()) {
          const before = performance.now();
          const said = { type, ...payload(new Date().toISOString()) };
          await post(client, `/v1/pathways/${id}/events`, said, { token: tokens[by]!, version: index + 1 });
          times.push(performance.now() - before);
        }
      }
      await client.close();
    }),
  );
  const elapsed = (performance.now() - started) / 1000;
  times.sort((a, b) => a - b);
  return {
    perSecond: times.length / elapsed,
    p50: percentile(times, 0.5),
    p99: percentile(times, 0.99),
    transitions: times.length,
  };
}

const draft = { patient: { name: 'Bench Test', birthDate: '1970-05-05' }, planningArea: 'byen' } as const;
/** Patients without a number: the number is of no matter here, and none is used up. */
export async function opened(openings: Openings, howMany: number): Promise<string[]> {
  const ids: string[] = [];
  for (let index = 0; index < howMany; index++) {
    const { view } = await openings.open(draft, actors.gp, randomUUID());
    ids.push(view.id);
  }
  return ids;
}
/** The same by whoever serves, four at a time. */
export async function openedOverHttp(url: string, howMany: number, token: string): Promise<string[]> {
  const ids: string[] = [];
  let left = howMany;
  const opening = async () => {
    const client = new Client(url);
    for (; left > 0;) {
      left -= 1;
      const { id } = await post<{ id: string }>(client, '/v1/pathways', draft, { token });
      ids.push(id);
    }
    await client.close();
  };
  await Promise.all(Array.from({ length: 4 }, opening));
  return ids;
}

/** One real walk through the door, for the values that the bare server is to write. */
export async function walked(
  door: Door,
  id: string,
  written: unknown[][],
): Promise<{ values: unknown[]; answer: string }[]> {
  const answers: string[] = [];
  for (const [index, { type, by, payload }] of script.entries()) {
    const { view } = await door.send({
      pathway: id,
      event: events[type].schema.parse({ type, ...payload(new Date().toISOString()) }) as Wire,
      actor: actors[by],
      version: index + 1,
      key: randomUUID(),
    });
    answers.push(JSON.stringify(view));
  }
  return answers.map((answer, index) => ({
    answer,
    values: written[index]!.map((value) => (Buffer.isBuffer(value) ? { hex: value.toString('hex') } : value)),
  }));
}

export async function tokensOf(issuer: DemoIssuer): Promise<Record<string, string>> {
  return Object.fromEntries(
    await Promise.all(Object.entries(actors).map(async ([name, actor]) => [name, await issuer.sign(actor)] as const)),
  );
}
