/**
 * What a move to another version would do to one pathway, before it is done: where it would be, and whether all that has
 * happened to it would have been taken there. Nothing is written and nobody is told.
 */
import type { Chart } from './chart.js';
import type { Opening } from '../pathway/context.js';
import type { EventType, PathwayEvent, Told } from '../pathway/events.js';
import { isTold } from './fold.js';
import { explain } from './explain.js';
import type { Finding } from './judging.js';
import { historiesNeeded, whereIs, type Stored, type Where } from './snapshot.js';
import { carried, type Move } from './versions.js';

/** A pathway as it is stored, and how it came there: its opening and its events, each with who sent it. */
export type Log = { opening: Opening; events: readonly (PathwayEvent | Told)[]; stored: Stored };

/** What changes most, of what somebody would notice: each word includes the ones before it. */
export const changes = ['nothing', 'state', 'nextMove', 'stage', 'unit'] as const;
export type Change = (typeof changes)[number];

/** A rule that would have stood in the way; without its value, which may tell about the patient. */
export type Unmet = Pick<Finding, 'rule' | 'severity' | 'status' | 'text' | 'quote' | 'lines'>;
/** The first step that the other version would have refused, where it would have been then, and why: not possible there, not this sender's, or by rules. */
export type Illegal = {
  seq: number;
  event: EventType;
  state: Where['state'];
  possible: boolean;
  allowed: boolean;
  rules: Unmet[];
};
/** In what the carried snapshot is not what its own log leads to: the carry had to guess, or is wrong. Names of fields and histories only. */
export type Difference = {
  state?: { carried: Where['state']; replayed: Where['state'] };
  memory: string[];
  histories: string[];
};

export type Rehearsal = {
  before: Where;
  /** Null with a `fault`: it cannot be moved. */
  after: Where | null;
  changes: Change;
  fault?: string;
  illegal?: Illegal;
  differs?: Difference;
};

type Replayed = { stored: Stored } | { illegal: Illegal };

function step(chart: Chart, stored: Stored, event: PathwayEvent): Replayed {
  const snapshot = chart.restore(stored);
  const { unit, role } = event.sent.by;
  const { possible, sender, unanswered } = explain(snapshot, {
    type: event.type,
    actor: { sub: '', unit, roles: [role] },
    at: event.sent.at,
    event,
  });
  const next = possible && sender && unanswered.length === 0 ? chart.advance(snapshot, event) : undefined;
  if (next) return { stored: next.stored };
  const rules = unanswered.map(({ rule, severity, status, text, quote, lines }) => ({
    rule,
    severity,
    status,
    text,
    quote,
    lines,
  }));
  // An arrow with a condition that explain cannot read is not taken, though nothing seems to stand in its way.
  const refusedInSilence = sender !== undefined && rules.length === 0;
  return {
    illegal: {
      seq: event.sent.seq,
      event: event.type,
      state: whereIs(snapshot).state,
      possible: possible && !refusedInSilence,
      allowed: sender !== undefined,
      rules,
    },
  };
}

function replayed(chart: Chart, { opening, events }: Log): Replayed {
  let stored = chart.begin(opening);
  for (const event of events) {
    const taken = isTold(event) ? { stored: chart.owe(stored, event) } : step(chart, stored, event);
    if ('illegal' in taken) return taken;
    stored = taken.stored;
  }
  return { stored };
}

/** As JSON, whatever the order of the keys. */
const sorted = (value: unknown): unknown => {
  if (Array.isArray(value)) return value.map(sorted);
  if (value === null || typeof value !== 'object') return value;
  return Object.fromEntries(
    Object.entries(value)
      .filter(([, inner]) => inner !== undefined)
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([key, inner]) => [key, sorted(inner)]),
  );
};
const same = (a: unknown, b: unknown): boolean => a === b || JSON.stringify(sorted(a)) === JSON.stringify(sorted(b));
const differing = (a: Record<string, unknown>, b: Record<string, unknown>, keys: readonly string[]): string[] =>
  [...new Set(keys)].filter((key) => !same(a[key], b[key])).sort();

/** Of the histories only those that somebody will go back by: an old one is written over before it is read. An earlier move dates the memory too (`lastAt`), and is no event that is replayed. */
function difference({ whereOf }: Chart, moved: Stored, fold: Stored): Difference | undefined {
  const state = same(moved.value, fold.value)
    ? undefined
    : { carried: whereOf(moved.value, moved.context).state, replayed: whereOf(fold.value, fold.context).state };
  const memory = differing(
    moved.context,
    fold.context,
    [...Object.keys(moved.context), ...Object.keys(fold.context)].filter((field) => field !== 'lastAt'),
  );
  const histories = differing(moved.historyValue, fold.historyValue, [
    ...historiesNeeded(moved),
    ...historiesNeeded(fold),
  ]);
  return state || memory.length > 0 || histories.length > 0
    ? { ...(state ? { state } : {}), memory, histories }
    : undefined;
}

function changeOf(before: Where, after: Where): Change {
  if (before.unit !== after.unit) return 'unit';
  if (before.stage !== after.stage) return 'stage';
  if (before.nextMove !== after.nextMove) return 'nextMove';
  return same(before.state, after.state) ? 'nothing' : 'state';
}

/** Throws for a pathway whose stored snapshot is not legal where it is now: it is in quarantine, and is rebuilt before it is moved. */
export function rehearseMove(log: Log, move: Move): Rehearsal {
  const quarantined = move.from.faultOf(log.stored);
  if (quarantined !== undefined) throw new Error(`${quarantined}: rebuild the pathway from its log before it is moved`);
  const before = move.from.whereOf(log.stored.value, log.stored.context);
  const moved = carried(log.stored, move);
  const fold = replayed(move.to, log);
  const illegal = 'illegal' in fold ? { illegal: fold.illegal } : {};
  if ('fault' in moved) return { before, after: null, changes: 'nothing', fault: moved.fault, ...illegal };

  const after = move.to.whereOf(moved.stored.value, moved.stored.context);
  const differs = 'illegal' in fold ? undefined : difference(move.to, moved.stored, fold.stored);
  return { before, after, changes: changeOf(before, after), ...illegal, ...(differs ? { differs } : {}) };
}

/** How many of a number of rehearsals: of each change, from where to where, illegal by which event and why, differing, not to be moved. */
export type Tally = {
  pathways: number;
  changes: Record<Change, number>;
  moves: Record<string, number>;
  illegal: Record<string, number>;
  differ: number;
  faults: Record<string, number>;
};
export const noTally: Tally = {
  pathways: 0,
  changes: { nothing: 0, state: 0, nextMove: 0, stage: 0, unit: 0 },
  moves: {},
  illegal: {},
  differ: 0,
  faults: {},
};

const plusOne = <T extends Record<string, number>>(counts: T, key: string | undefined): T =>
  key === undefined ? counts : { ...counts, [key]: (counts[key] ?? 0) + 1 };
const shown = (state: Where['state']): string => (typeof state === 'string' ? state : JSON.stringify(state));
const whyIllegal = ({ event, possible, allowed, rules }: Illegal): string =>
  `${event}: ${!possible ? 'not possible' : !allowed ? 'not this sender' : rules.map(({ rule }) => rule).join(', ')}`;

/** For a reduce: `rehearsals.reduce(tally, noTally)`. */
export function tally(known: Tally, { before, after, changes: change, fault, illegal, differs }: Rehearsal): Tally {
  const move = after === null || change === 'nothing' ? undefined : `${shown(before.state)} → ${shown(after.state)}`;
  return {
    pathways: known.pathways + 1,
    changes: plusOne(known.changes, change),
    moves: plusOne(known.moves, move),
    illegal: plusOne(known.illegal, illegal && whyIllegal(illegal)),
    differ: known.differ + (differs ? 1 : 0),
    faults: plusOne(known.faults, fault),
  };
}
