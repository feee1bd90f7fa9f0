/**
 * A recorded pathway: its opening and its events, each with the hash of what the machine makes of it. Replayed by
 * machines/golden-logs.test.ts, recorded by record-logs.ts.
 */
import { createHash } from 'node:crypto';

import canonicalize from 'canonicalize';
import type { AnyStateMachine, AnyStateNode } from 'xstate';

import type { Judged } from '../../machines/engine/arrow.js';
import { currentChart, type Chart } from '../../machines/engine/chart.js';
import { isTold } from '../../machines/engine/fold.js';
import type { Rule } from '../../machines/engine/judging.js';
import type { Stored } from '../../machines/engine/snapshot.js';
import { clocks } from '../../machines/pathway/clocks.js';
import { conditions } from '../../machines/pathway/conditions.js';
import type { Opening } from '../../machines/pathway/context.js';
import type { PathwayEvent, Told } from '../../machines/pathway/events.js';
import { letters } from '../../machines/pathway/letters.js';
import { rules } from '../../machines/pathway/rules.js';

export type Recorded = PathwayEvent | Told;
/** A line of a log: the opening or an event, and the hash of the snapshot and the letters after it. */
export type Line = ({ opening: Opening } | { event: Recorded }) & { sha256: string };

const hashOf = (stored: Stored, messages: readonly object[]): string =>
  createHash('sha256').update(canonicalize({ stored, messages })!).digest('hex');

/** What the machine makes of an opening and its events, line by line. Throws at the first event that it does not take. */
export function linesOf(opening: Opening, events: readonly Recorded[], chart: Chart = currentChart): Line[] {
  let stored = chart.begin(opening);
  const lines: Line[] = [{ opening, sha256: hashOf(stored, []) }];
  for (const event of events) {
    const next = isTold(event)
      ? { stored: chart.owe(stored, event), messages: [] }
      : chart.advance(chart.restore(stored), event);
    if (!next) throw new Error(`${event.type} at seq ${event.sent.seq} is not taken`);
    stored = next.stored;
    lines.push({ event, sha256: hashOf(stored, next.messages) });
  }
  return lines;
}

export const parseLog = (text: string): Line[] =>
  text
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as Line);
export const eventsIn = (lines: readonly Line[]): Recorded[] =>
  lines.flatMap((line) => ('event' in line ? [line.event] : []));
export function openingIn([first]: readonly Line[]): Opening {
  if (!first || !('opening' in first)) throw new Error('a log begins with its opening');
  return first.opening;
}

type Wired = {
  guard?: { params: Judged };
  target?: readonly AnyStateNode[];
  actions: readonly unknown[];
  reenter: boolean;
};
const wiredOf = (node: AnyStateNode): [string, number, Wired][] =>
  [...node.transitions].flatMap(([type, arrows]) =>
    (arrows as unknown as Wired[]).map((arrow, index): [string, number, Wired] => [type, index, arrow]),
  );
const nodesOf = (node: AnyStateNode): AnyStateNode[] => [node, ...Object.values(node.states).flatMap(nodesOf)];
export const arrowName = (node: AnyStateNode, type: string, index: number): string =>
  `${node.id} ${type} #${index + 1}`;

/** Every arrow of a machine by the state that it leaves, its event and its place among the arrows of that event. */
export const arrowsOf = (machine: AnyStateMachine): string[] =>
  nodesOf(machine.root).flatMap((node) => wiredOf(node).map(([type, index]) => arrowName(node, type, index)));

function lineOfArrow(node: AnyStateNode, [type, index, { guard, target, actions, reenter }]: [string, number, Wired]) {
  const to = target?.map(({ id }) => id) ?? [];
  return `arrow ${arrowName(node, type, index)} ${canonicalize({ to, reenter, ...guard?.params, actions })}`;
}
/** The structure of the machine as data, a line a thing: an arrow that no log walks is seen here. */
export function structureOf(machine: AnyStateMachine): string[] {
  const states = nodesOf(machine.root).flatMap((node) => [
    `state ${node.id} ${canonicalize({ type: node.type, initial: node.initial?.target.map(({ id }) => id), meta: node.meta as unknown })}`,
    ...wiredOf(node).map((arrow) => lineOfArrow(node, arrow)),
  ]);
  const named = <T extends object>(kind: string, entries: Record<string, T>, data: (entry: T) => unknown) =>
    Object.entries(entries).map(([name, entry]) => `${kind} ${name} ${canonicalize(data(entry))}`);
  return [
    ...states,
    // What a rule says may be worded anew; what it asks, and how severely, may not.
    ...named<Rule>('rule', rules, ({ text: _, judge: _asked, source, ...rule }) => ({
      ...rule,
      lines: source === 'structural' ? null : source.lines,
    })),
    ...named('letter', letters, ({ medcom }) => ({ medcom })),
    ...named('clock', clocks, ({ onTheListOf, stoppedBy }) => ({ onTheListOf, stoppedBy })),
    ...Object.keys(conditions).map((name) => `condition ${name}`),
  ];
}
