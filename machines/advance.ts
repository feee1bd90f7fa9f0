/** The chart in motion: state in, event in; state out, effects out as data. The only place that calls XState's `transition`. */
import { initialTransition, transition } from 'xstate';
import type { Opening } from './context.js';
import type { PathwayEvent } from './events.js';
import { reconcile } from './clocks.js';
import { compose, type Composed, type LetterName } from './letters.js';
import { pathwayMachine } from './pathway.js';
import { restore, stateName, toStored, type Snapshot, type Stored } from './snapshot.js';

export type Advanced = { stored: Stored; messages: Composed[] };

/** The log's first entry: a pathway in general practice. */
export const begin = (opening: Opening): Stored => toStored(initialTransition(pathwayMachine, opening)[0]);

/**
 * One event taken. Undefined when the chart does not take it: the door asks `explain` first, so that this is a fault and no answer.
 * XState returns the same snapshot for an event that it does not take, and says nothing.
 */
export function advance(snapshot: Snapshot, event: PathwayEvent): Advanced | undefined {
  const [next, actions] = transition(pathwayMachine, snapshot, event);
  if (next === snapshot) return undefined;
  const stored = toStored(next);
  const clocks = reconcile({ context: stored.context, state: stateName(stored.value), event }, snapshot.context);
  // Through JSON's eyes: what is forgotten (undefined) is gone, as it will be once stored.
  const context = JSON.parse(JSON.stringify({ ...stored.context, clocks })) as Stored['context'];
  const letters = actions.flatMap((action) => (action.type === 'tell' ? (action.params as { letters: readonly LetterName[] }).letters : []));
  const messages = letters.flatMap((letter) => compose(letter, { before: snapshot.context, after: context, event }));
  return { stored: { ...stored, context }, messages };
}

/** The fold of a log. Throws at the first event that the chart does not take, naming its seq. */
export function replay(opening: Opening, events: readonly PathwayEvent[]): Stored {
  return events.reduce((stored, event) => {
    const next = advance(restore(stored), event);
    if (!next) throw new Error(`event ${event.type} at seq ${event.sent.seq} is not taken in the state that the log leads to`);
    return next.stored;
  }, begin(opening));
}
