/**
 * What there is to do about a pathway, and at which unit: the next step of its course, deadlines that have passed, and whatever waits for an answer beside the course.
 * Everything that is stuck stands on somebody's list, with the events that take it off (pathway.md, "Messages", "Clocks", "New pain").
 */
import { clocks, listOf, type ClockName } from './clocks.js';
import { answeringGp, type Context } from './context.js';
import type { EventType } from './events.js';
import type { Text } from './fields.js';
import { centreOf } from './routes.js';
import type { Where } from '../engine/snapshot.js';

/** `ways`: what somebody at the unit may send to see to it. `about` names the entry: a message, a new pain, a clock. */
export type Task = { unit: string; what: TaskName; since: string; about: string | null; ways: readonly EventType[] };
type Found = Omit<Task, 'what'>;
type Place = Pick<Where, 'unit' | 'nextMove'>;
type Definition = {
  label: Text;
  of: (context: Context, place: Place) => (Omit<Found, 'unit'> & { unit: string | null | undefined })[];
};

const undelivered = (context: Context, meant: (entry: Context['undelivered'][string]) => boolean) =>
  Object.entries(context.undelivered)
    .filter(([, entry]) => meant(entry))
    .map(([id, { from, at, failed, letter }]) => ({
      unit: from,
      since: failed?.at ?? at,
      about: id,
      ways: waysOut(context, id, letter),
    }));
/** A note, and the letter that a discharge waits for, are handed over as what they are. */
const waysOut = ({ letter: signed, attachedAt }: Context, id: string, letter: string): EventType[] => [
  'message.resent',
  letter === 'note'
    ? 'note.deliveredManually'
    : attachedAt !== undefined && signed?.messages.includes(id)
      ? 'letter.deliveredManually'
      : 'message.deliveredManually',
];

/** What stops a running clock, or brings the patient nearer to what does; of a delivery, by what the message is. */
export function waysOff(clock: string, context: Context): readonly EventType[] {
  const [name, of] = clock.split(':') as [ClockName, string | undefined];
  const entry = name === 'delivery' ? context.undelivered[of!] : undefined;
  return entry ? waysOut(context, of!, entry.letter) : clocks[name].stoppedBy;
}

export const tasks = {
  deadlineMissed: {
    label: { da: 'Frist overskredet', en: 'Deadline missed' },
    of: (context) =>
      context.clocks
        .filter(({ missedAt, clock }) => missedAt !== undefined && !clock.startsWith('delivery:'))
        .flatMap(({ clock, dueAt }) =>
          listOf(clock, context).map((unit) => ({ unit, since: dueAt, about: clock, ways: waysOff(clock, context) })),
        ),
  },
  messageFailed: {
    label: { da: 'Besked ikke afleveret', en: 'Message not delivered' },
    of: (context) => undelivered(context, ({ failed }) => failed !== undefined),
  },
  messageWithoutReceiver: {
    label: {
      da: 'Besked uden modtager: patienten har ingen egen læge',
      en: 'Message without a receiver: the patient has no own GP',
    },
    of: (context) => undelivered(context, ({ to, failed }) => to === null && failed === undefined),
  },
  messageLate: {
    label: { da: 'Besked ikke kvitteret i tide', en: 'Message not acknowledged in time' },
    of: (context) => {
      const late = new Set(
        context.clocks
          .filter(({ missedAt, clock }) => missedAt !== undefined && clock.startsWith('delivery:'))
          .map(({ clock }) => clock.slice('delivery:'.length)),
      );
      return undelivered(context, ({ to, failed }) => to !== null && failed === undefined).filter(({ about }) =>
        late.has(about),
      );
    },
  },
  informationUnseen: {
    label: { da: 'Nye oplysninger ikke set', en: 'New information not seen' },
    of: ({ unseen, lastAt }, { unit }) =>
      unseen.length === 0 ? [] : [{ unit, since: lastAt, about: String(unseen[0]), ways: ['information.seen'] }],
  },
  transferAsked: {
    label: { da: 'Overflytning ønsket', en: 'Transfer asked for' },
    of: ({ transferRequest: asked, centre, closure }, { unit }) =>
      asked && !closure
        ? [
            {
              unit: centreOf(unit ?? undefined) ?? centre,
              since: asked.at,
              about: String(asked.seq),
              ways: ['unit.transferred', 'transfer.declined'],
            },
          ]
        : [],
  },
  newPain: {
    label: { da: 'Ny smertetilstand til udredning', en: 'New pain to be worked up' },
    of: (context, { unit }) =>
      context.newPain
        .filter(({ outcome }) => outcome === undefined && context.closure === undefined)
        .map(({ entry, at, acknowledgedAt }) => ({
          unit: answeringGp(context, unit),
          since: acknowledgedAt ?? at,
          about: String(entry),
          ways: acknowledgedAt === undefined ? ['newPain.acknowledged', 'newPain.resolved'] : ['newPain.resolved'],
        })),
  },
  letterQuestioned: {
    label: { da: 'Egen læge er ikke enig i epikrisen', en: 'The GP does not agree with the letter' },
    of: ({ letter }) =>
      letter?.disagreement
        ? [
            {
              unit: letter.unit,
              since: letter.disagreement.at,
              about: letter.messages.at(-1) ?? null,
              ways: ['letter.amended'],
            },
          ]
        : [],
  },
} as const satisfies Record<string, Definition>;
export type TaskName = keyof typeof tasks;
export const taskNames = Object.keys(tasks) as TaskName[];

/** Everything that waits for somebody beside the next step, the oldest first. */
export function tasksOf(context: Context, place: Place): Task[] {
  const found = taskNames.flatMap((what) =>
    (tasks[what] as Definition)
      .of(context, place)
      .flatMap(({ unit, ...one }): Task[] => (unit ? [{ what, unit, ...one }] : [])),
  );
  return found.sort((a, b) => (a.since < b.since ? -1 : a.since > b.since ? 1 : 0));
}

/** The units with something to do: who holds it, whose move is next, and everybody on whose list something stands. */
export const desksOf = (context: Context, place: Place): string[] =>
  [...new Set([place.unit, place.nextMove, ...tasksOf(context, place).map(({ unit }) => unit)])].filter(
    (unit) => unit !== null,
  );
/** The words by which its tasks are found: each as its name, and as "<unit> <name>". */
export const taskWordsOf = (context: Context, place: Place): string[] => [
  ...new Set(tasksOf(context, place).flatMap(({ unit, what }) => [what, `${unit} ${what}`])),
];
