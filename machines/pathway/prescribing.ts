/** Who issues prescriptions of each drug class, on any date (pathway.md "Prescribing"; S5, L100): read from the corrected sequence, so that it is what the log says and nothing else. */
import type { Instant } from '../calendar/calendar.js';
import type { Prescriber } from './context.js';
import type { Trace } from '../engine/corrections.js';
import { drugClasses, type DrugClass } from './fields.js';

/**
 * Half-open: from `from` on, and no longer at `until`, which is null where nothing has ended it. `practice` is the own GP's when the GP prescribes: whoever phones for a
 * prescription needs to know which, so another own GP begins another interval. It is null at a unit, and while there is no own GP. `seq` is the transition that began it.
 */
export type Prescribing = {
  drugClass: DrugClass;
  by: Prescriber['by'];
  practice: string | null;
  from: Instant;
  until: Instant | null;
  seq: number;
};

/**
 * The intervals of each class, in the order of the classes and of time: one after the other from the opening on, without gap or overlap. Of steps at one instant the last
 * one holds. A death ends nothing: what a unit prescribed it answers for, and the death may turn out to be somebody else's.
 */
export function ledgerOf(trail: readonly Trace[]): Prescribing[] {
  return drugClasses.flatMap((drugClass) => {
    const intervals: Prescribing[] = [];
    for (const {
      seq,
      at,
      stored: { context },
    } of trail) {
      const { by } = context.prescribing[drugClass];
      const practice = by === 'gp' ? context.ownGp : null;
      const last = intervals.at(-1);
      if (last?.by === by && last.practice === practice) continue;
      if (last?.from === at) intervals.pop();
      else if (last) last.until = at;
      intervals.push({ drugClass, by, practice, from: at, until: null, seq });
    }
    return intervals;
  });
}

/** Undefined before the opening. */
export const prescriberOn = (
  ledger: readonly Prescribing[],
  drugClass: DrugClass,
  instant: Instant,
): Prescribing | undefined =>
  ledger.find(
    (interval) =>
      interval.drugClass === drugClass &&
      interval.from <= instant &&
      (interval.until === null || instant < interval.until),
  );

/** Those that hold at some instant from `from` on and before `until`. */
export const prescribersWithin = (
  ledger: readonly Prescribing[],
  { from, until }: { from: Instant; until: Instant },
): Prescribing[] =>
  ledger.filter((interval) => interval.from < until && (interval.until === null || from < interval.until));
