/** Contenders in turns, round by round, so that whatever else the machine does meets all of them; what counts is the ratio within a round. */
import type { Contender } from './contenders.js';
import { round, type Round } from './http.js';
import { script } from './script.js';

export type Speed<Name extends string> = { rounds: Record<Name, Round[]>; median: Record<Name, Round> };
type Options = { connections: number; seconds: number; rounds: number; warmUp: number };

export const middle = (of: readonly number[]): number => [...of].sort((a, b) => a - b)[Math.floor(of.length / 2)]!;
const median = (of: readonly Round[], field: keyof Round) => middle(of.map((one) => one[field]));

/** A server runs for weeks: what its first seconds cost, while its code is still being compiled, is not measured. */
export async function speed<Name extends string>(
  contenders: Record<Name, Contender>,
  tokens: Record<string, string>,
  { connections, seconds, rounds, warmUp }: Options,
  progress: (what: string, share: number) => void,
  during: (name: Name) => () => Promise<void> = () => async () => undefined,
): Promise<Speed<Name>> {
  const names = Object.keys(contenders) as Name[];
  const results = Object.fromEntries(names.map((name) => [name, [] as Round[]])) as Record<Name, Round[]>;
  const run = async (name: Name, howLong: number) =>
    round(
      contenders[name].url,
      await contenders[name].open(Math.ceil((contenders[name].atMost * howLong) / script.length) + connections),
      tokens,
      connections,
      howLong,
    );
  for (const name of names) {
    progress(`${name}, warming up`, 0);
    await run(name, warmUp);
  }
  for (let index = 0; index < rounds; index++) {
    // Whoever comes first in a round comes last in the next.
    for (const name of index % 2 === 0 ? names : [...names].reverse()) {
      progress(`${name}, round ${index + 1} of ${rounds}`, index / rounds);
      const ended = during(name);
      results[name].push(await run(name, seconds));
      await ended();
    }
  }
  const medians = names.map((name) => {
    const [perSecond, p50, p99, transitions] = (['perSecond', 'p50', 'p99', 'transitions'] as const).map((field) =>
      median(results[name], field),
    ) as [number, number, number, number];
    return [name, { perSecond, p50, p99, transitions }];
  });
  return { rounds: results, median: Object.fromEntries(medians) as Record<Name, Round> };
}

/** One's rate as a share of the other's, round by round. */
export const ratios = (of: readonly Round[], to: readonly Round[]): number[] =>
  of.map(({ perSecond }, index) => perSecond / to[index]!.perSecond);
