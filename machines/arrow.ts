/** How an arrow of the chart is written: where to, for whom it is meant, which rules it asks, what it means, who is told. All of it is data. */
import { assign, setup } from 'xstate';
import { conditions, type ConditionName } from './conditions.js';
import { firstContext, type Context, type Opening } from './context.js';
import type { PathwayEvent } from './events.js';
import { addressees, type LetterName } from './letters.js';
import { passes } from './passing.js';
import { remembered, type Moment } from './memory.js';
import type { RuleId } from './rules.js';
import type { Owner, StageName } from './stages.js';

export type Judged = { when: readonly ConditionName[]; rules: readonly RuleId[] };
type Means = { means: readonly Moment[]; tell: readonly LetterName[] };
type Written = { to?: string; reenter?: true; when?: ConditionName | readonly ConditionName[]; rules?: readonly RuleId[]; means?: readonly Moment[]; tell?: readonly LetterName[] };

/** Which stage a state counts in, whose desk it lies on, and, where it differs, whose move is next. The deepest state wins. */
export type StateMeta = { stage?: StageName; owner?: Owner; nextMove?: Owner };

/** Does an arrow hold for an event? False as soon as one condition is; undefined while one cannot be told without the payload. */
export function meant(when: readonly ConditionName[], context: Context, event: PathwayEvent | undefined): boolean | undefined {
  const answers = when.map((name) => conditions[name](context, event));
  return answers.includes(false) ? false : answers.includes(undefined) ? undefined : true;
}

/** What is to be sent because of an arrow: numbered within its transition, so that a replay gives the same names. */
function posted(before: Context, after: Context, event: PathwayEvent, tell: readonly LetterName[]): Context['undelivered'] {
  const entries = tell.flatMap((letter) => addressees(letter, { before, after, event })).map((entry, index) =>
    [`${event.sent.seq}.${index + 1}`, { ...entry, at: event.sent.at }] as const);
  return { ...after.undelivered, ...Object.fromEntries(entries) };
}

export const chart = setup({
  types: { context: {} as Context, events: {} as PathwayEvent, input: {} as Opening, meta: {} as StateMeta },
  guards: {
    judged: ({ context, event }, { when, rules }: Judged) =>
      meant(when, context, event) === true && rules.every((id) => passes(id, { context, event, at: event.sent.at, by: event.sent.by })),
  },
  actions: {
    remember: assign(({ context, event }, { means, tell }: Means) => {
      const change = remembered(context, event, means);
      return tell.length === 0 ? change : { ...change, undelivered: posted(context, { ...context, ...change }, event, tell) };
    }),
    tell: (_, _params: { letters: readonly LetterName[] }) => undefined,
  },
});
export const initialContext = ({ input }: { input: Opening }): Context => firstContext(input);

const listed = (when: Written['when']): readonly ConditionName[] => (when === undefined ? [] : typeof when === 'string' ? [when] : when);

/** One arrow. Without `to` the pathway stays where it is and only remembers. */
export const arrow = ({ to, reenter, when, rules = [], means = [], tell = [] }: Written = {}) => ({
  ...(to === undefined ? {} : { target: to }),
  ...(reenter ? { reenter } : {}),
  guard: { type: 'judged' as const, params: { when: listed(when), rules } },
  actions: [
    { type: 'remember' as const, params: { means, tell } },
    ...(tell.length === 0 ? [] : [{ type: 'tell' as const, params: { letters: tell } }]),
  ],
});
export type Arrow = ReturnType<typeof arrow>;
