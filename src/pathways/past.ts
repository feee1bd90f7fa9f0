/** A pathway as its log tells it: as it is, as it was on a day, as it was known on another. */
import { retrace, sequenceOf, type Retraced, type Step, type Trace } from '../../machines/engine/corrections.js';
import { fold, type Charts } from '../../machines/engine/fold.js';
import type { Chart } from '../../machines/engine/chart.js';
import type { Stored } from '../../machines/engine/snapshot.js';
import type { Versions } from '../../machines/engine/versions.js';
import { openingOf, type Entry } from './log.js';

/** `asOf`: only what had happened by then; `knownAt`: only what had been recorded by then. Both RFC 3339 UTC. */
export type Times = { asOf?: string | undefined; knownAt?: string | undefined };

const known = (entries: readonly Entry[], { knownAt }: Times): readonly Entry[] =>
  knownAt === undefined ? entries : entries.filter(({ recordedAt }) => recordedAt <= knownAt);
export const stepsOf = (entries: readonly Entry[]): Step[] => sequenceOf(entries as never);

/** The snapshot that the log folds to, with the number of entries that say so; undefined before the pathway began. Throws when the log does not fold. */
export function foldOf(
  entries: readonly Entry[],
  times: Times = {},
  versions?: Versions,
): { stored: Stored; chart: Chart; version: number } | undefined {
  const { asOf } = times;
  const told = known(entries, times);
  const [first] = told;
  if (!first || (asOf !== undefined && first.occurredAt > asOf)) return undefined;
  const steps = stepsOf(told).filter(({ event }) => asOf === undefined || event.sent.at <= asOf);
  return {
    ...fold(
      openingOf(first),
      steps.map(({ event }) => event),
      chartsOf(first, versions),
    ),
    version: told.length,
  };
}

/** The same, step by step. */
export const retraceOf = (entries: readonly Entry[], versions?: Versions): Retraced =>
  retrace(openingOf(entries[0]!), stepsOf(entries), chartsOf(entries[0]!, versions));
export const chartsOf = ({ machineVersion: version }: Entry, versions?: Versions): Charts => ({
  version,
  ...(versions ? { versions } : {}),
});

/** A row of the ledger of movements (docs/adr/0006): what came, what went, and from when on it was overdue. */
export type Movement = {
  at: string;
  stage: string;
  unit: string | null;
  area: string;
  present: number;
  overdue: number;
};

const later = (a: string, b: string): string => (a > b ? a : b);
/** What the ledger of a pathway sums to, by its steps; the same as record_movements writes step by step (migrations). */
export function movementsOf(trail: readonly Trace[]): Movement[] {
  return trail.flatMap((step, index) => {
    const was = trail[index - 1];
    const place = ({ to, area }: Trace) => ({ stage: to.stage, unit: to.unit, area });
    const [from, now] = [was && place(was), place(step)];
    const moved = !from || from.stage !== now.stage || from.unit !== now.unit || from.area !== now.area;
    const { at } = step;
    return [
      ...(moved
        ? [...(from ? [{ at, ...from, present: -1, overdue: 0 }] : []), { at, ...now, present: 1, overdue: 0 }]
        : []),
      ...(moved || was?.due !== step.due
        ? [
            ...(from && was?.due ? [{ at: later(was.due, at), ...from, present: 0, overdue: -1 }] : []),
            ...(step.due ? [{ at: later(step.due, at), ...now, present: 0, overdue: 1 }] : []),
          ]
        : []),
    ];
  });
}

/** Since when it has been in its stage. */
export function stageSince(trail: readonly Trace[]): string {
  const stage = trail.at(-1)!.to.stage;
  const left = trail.findLastIndex(({ to }) => to.stage !== stage);
  return trail[left + 1]!.at;
}
