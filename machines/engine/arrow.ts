/** How an arrow of the chart is written: where to, for whom it is meant, which rules it asks, what it means, who is told. All of it is data. */
import { assign, setup } from 'xstate';
import { conditions, type ConditionName } from '../pathway/conditions.js';
import { firstContext, type Context, type Opening } from '../pathway/context.js';
import type { PathwayEvent } from '../pathway/events.js';
import type { LetterName } from '../pathway/letters.js';
import { passes } from './passing.js';
import { remembered, type Moment } from '../pathway/memory.js';
import type { RuleId } from '../pathway/rules.js';
import type { Owner, StageName } from '../pathway/stages.js';

/** `shows`: rules that are judged for the reader alone and stop nothing. */
export type Judged = { when: readonly ConditionName[]; rules: readonly RuleId[]; shows: readonly RuleId[] };
type Written = {
  to?: string;
  reenter?: true;
  when?: ConditionName | readonly ConditionName[];
  rules?: readonly RuleId[];
  shows?: readonly RuleId[];
  means?: readonly Moment[];
  tell?: readonly LetterName[];
};

/** Which stage a state counts in, whose desk it lies on, and, where it differs, whose move is next. The deepest state wins. */
export type StateMeta = { stage?: StageName; owner?: Owner; nextMove?: Owner };

/** Does an arrow hold for an event? False as soon as one condition is; undefined while one cannot be told without the payload. */
export function meant(
  when: readonly ConditionName[],
  context: Context,
  event: PathwayEvent | undefined,
): boolean | undefined {
  const answers = when.map((name) => conditions[name](context, event));
  return answers.includes(false) ? false : answers.includes(undefined) ? undefined : true;
}

export const chart = setup({
  types: { context: {} as Context, events: {} as PathwayEvent, input: {} as Opening, meta: {} as StateMeta },
  guards: {
    judged: ({ context, event }, { when, rules }: Judged) =>
      meant(when, context, event) === true &&
      rules.every((id) => passes(id, { context, event, at: event.sent.at, by: event.sent.by })),
  },
  actions: {
    remember: assign(({ context, event }, { means }: { means: readonly Moment[] }) =>
      remembered(context, event, means),
    ),
    /** Data for `advance`, which knows where the pathway was and where it is now. */
    tell: (_, _params: { letters: readonly LetterName[] }) => undefined,
  },
});
export const initialContext = ({ input }: { input: Opening }): Context => firstContext(input);

const listed = (when: Written['when']): readonly ConditionName[] =>
  when === undefined ? [] : typeof when === 'string' ? [when] : when;

/** One arrow. Without `to` the pathway stays where it is and only remembers. */
export const arrow = ({ to, reenter, when, rules = [], shows = [], means = [], tell = [] }: Written = {}) => ({
  ...(to === undefined ? {} : { target: to }),
  ...(reenter ? { reenter } : {}),
  guard: { type: 'judged' as const, params: { when: listed(when), rules, shows } },
  actions: [
    { type: 'remember' as const, params: { means } },
    ...(tell.length === 0 ? [] : [{ type: 'tell' as const, params: { letters: tell } }]),
  ],
});
export type Arrow = ReturnType<typeof arrow>;
