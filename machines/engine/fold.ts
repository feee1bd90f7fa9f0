/** The fold of a sequence of steps, each by the chart that was in force: a move to another version of the machine is a step too (versions.ts). */
import type { Chart } from './chart.js';
import type { Opening } from '../pathway/context.js';
import type { PathwayEvent, Sent, Told } from '../pathway/events.js';
import { machineVersion } from '../pathway/pathway.js';
import type { Stored } from './snapshot.js';
import { carried, carries, chartFor, charts, moveBetween, type Versions } from './versions.js';

/** As it stands in the log: from then on another version of the machine holds. */
export type Moved = { type: 'machine.moved'; from: number; to: number };
export type Taken = PathwayEvent | Told | (Moved & { sent: Sent });
export const isTold = (event: { type: string }): event is Told => event.type === 'correction.told';
export const isMove = (event: { type: string }): event is Moved & { sent: Sent } => event.type === 'machine.moved';

/** Where a fold begins: the version of the log's first entry, and all versions that are known. */
export type Charts = { version?: number; versions?: Versions };
export const known: Versions = { charts, carries };

export function begun(
  opening: Opening,
  { version = machineVersion, versions = known }: Charts = {},
): { chart: Chart; stored: Stored } {
  const chart = chartFor(version, versions.charts);
  return { chart, stored: chart.begin(opening) };
}

/** Throws when the pathway cannot be carried over. Nothing that comes later is dated before it: it would be judged by the wrong version. */
export function movedBy(
  { from, to, sent }: Moved & { sent: Sent },
  stored: Stored,
  versions: Versions = known,
): { chart: Chart; stored: Stored } {
  const move = moveBetween(from, to, versions);
  const next = carried(stored, move);
  if ('fault' in next) throw new Error(`it cannot be moved to machine version ${to}: ${next.fault}`);
  return { chart: move.to, stored: { ...next.stored, context: { ...next.stored.context, lastAt: sent.at } } };
}

/** Throws at the first step that is not taken, naming its seq. */
export function fold(opening: Opening, events: readonly Taken[], from: Charts = {}): { chart: Chart; stored: Stored } {
  return events.reduce(
    ({ chart, stored }, event) => {
      if (isMove(event)) return movedBy(event, stored, from.versions);
      if (isTold(event)) return { chart, stored: chart.owe(stored, event) };
      const next = chart.advance(chart.restore(stored), event);
      if (!next)
        throw new Error(`event ${event.type} at seq ${event.sent.seq} is not taken in the state that the log leads to`);
      return { chart, stored: next.stored };
    },
    begun(opening, from),
  );
}
