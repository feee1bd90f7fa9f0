/** The chart in motion: state in, event in; state out, effects out as data. The only place that calls XState's `transition`. */
import { initialTransition, transition, type AnyStateMachine } from 'xstate';
import type { Opening } from '../pathway/context.js';
import type { PathwayEvent, Told } from '../pathway/events.js';
import { reconcile } from '../pathway/clocks.js';
import { addressees, compose, type Addressed, type Composed, type LetterName } from '../pathway/letters.js';
import { pathwayMachine, type PathwayMachine } from '../pathway/pathway.js';
import { formOf, stateName, type Snapshot, type Stored } from './snapshot.js';

export type Advanced = { stored: Stored; messages: Composed[] };

/** A machine in motion. */
export type Motion = {
  /** The log's first entry: a pathway in general practice. */
  begin: (opening: Opening) => Stored;
  /**
   * One event taken. Undefined when the chart does not take it: the door asks `explain` first, so that this is a fault and no answer.
   * XState returns the same snapshot for an event that it does not take, and says nothing. Throws for another machine's snapshot.
   */
  advance: (snapshot: Snapshot, event: PathwayEvent) => Advanced | undefined;
  /** Letters of a correction are owed from now, instead of the messages whose words they bring. */
  owe: (stored: Stored, told: Told) => Stored;
  /** The fold of a log. Throws at the first event that the chart does not take, naming its seq. */
  replay: (opening: Opening, events: readonly PathwayEvent[]) => Stored;
};

const nobody: Opening = {
  patient: { identified: false },
  planningArea: 'outsideRegion',
  ownGp: 'NOBODY',
  at: '2014-09-01T00:00:00.000Z',
  ruleSet: '2014-09',
};
/**
 * XState makes an actor for each transition, and with it a first snapshot that nobody looks at: a third of a transition's time.
 * This one has that snapshot ready.
 */
function prepared(machine: AnyStateMachine): PathwayMachine {
  const [ready] = initialTransition(machine, nobody);
  return Object.create(machine, { getInitialSnapshot: { value: () => ready } }) as PathwayMachine;
}

function made(machine: AnyStateMachine): Motion {
  const { restore, toStored, whereOf } = formOf(machine);
  const chart = prepared(machine);
  const begin = (opening: Opening): Stored => toStored(initialTransition(machine, opening)[0] as Snapshot);

  function advance(snapshot: Snapshot, event: PathwayEvent): Advanced | undefined {
    if ((snapshot.machine as AnyStateMachine) !== machine)
      throw new Error('the snapshot is of another machine: carry it over first');
    const [next, actions] = transition(chart, snapshot, event);
    if (next === snapshot) return undefined;
    const stored = toStored(next);
    const letters = actions.flatMap((action) =>
      action.type === 'tell' ? (action.params as { letters: readonly LetterName[] }).letters : [],
    );
    const occasion = {
      before: snapshot.context,
      after: stored.context,
      event,
      from: whereOf(snapshot.value, snapshot.context),
      to: whereOf(stored.value, stored.context),
    };
    const posted = letters.flatMap((letter) => addressees(letter, occasion));
    const context = settled(snapshot, stored, event, posted);
    return {
      stored: { ...stored, context },
      messages: posted.map((addressed) => compose(addressed, { ...occasion, after: context })),
    };
  }

  const replay = (opening: Opening, events: readonly PathwayEvent[]): Stored =>
    events.reduce((stored, event) => {
      const next = advance(restore(stored), event);
      if (!next)
        throw new Error(`event ${event.type} at seq ${event.sent.seq} is not taken in the state that the log leads to`);
      return next.stored;
    }, begin(opening));
  const owe = (stored: Stored, told: Told): Stored => {
    const { letters: owed, instead, sent } = told;
    const kept = Object.entries(stored.context.undelivered).filter(([id]) => !instead.includes(id));
    const undelivered = Object.fromEntries([
      ...kept,
      ...owed.map(
        ({ message, to }) => [message, { letter: 'correction', to, from: sent.by.unit, at: sent.at }] as const,
      ),
    ]);
    const context = { ...stored.context, undelivered, lastAt: sent.at };
    return {
      ...stored,
      context: known({
        ...context,
        clocks: reconcile({ before: stored.context, context, state: stateName(stored.value), event: told }),
      }),
    };
  };
  return { begin, advance, owe, replay };
}

/** What the pathway remembers once all is said: messages on their way, named by their place in the transition so that a replay gives the same names, and the clocks that follow. */
function settled(
  before: Snapshot,
  { value, context }: Stored,
  event: PathwayEvent,
  posted: readonly Addressed[],
): Stored['context'] {
  const sent = posted.map(
    (addressed, index) => [`${event.sent.seq}.${index + 1}`, { ...addressed, at: event.sent.at }] as const,
  );
  const after = { ...context, undelivered: { ...context.undelivered, ...Object.fromEntries(sent) } };
  const clocks = reconcile({ before: before.context, context: after, state: stateName(value), event });
  return known({ ...after, clocks });
}

/** What is forgotten (undefined) is gone, as it will be once stored: the fold of a log is the stored snapshot, byte for byte. */
function known(context: Stored['context']): Stored['context'] {
  const kept: Record<string, unknown> = {};
  for (const [field, value] of Object.entries(context)) if (value !== undefined) kept[field] = value;
  return kept as Stored['context'];
}

const motions = new WeakMap<AnyStateMachine, Motion>();
/** Worked out once for a machine, as its form is. */
export function motionOf(machine: AnyStateMachine): Motion {
  const known = motions.get(machine);
  if (known) return known;
  const motion = made(machine);
  motions.set(machine, motion);
  return motion;
}

/** Those of the current version. */
export const { begin, advance, replay } = motionOf(pathwayMachine);
