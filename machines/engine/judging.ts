/** The words that rules are written in: what a rule is asked, what it may answer, and small predicates over three values. */
import type { Context } from '../pathway/context.js';
import type { PathwayEvent, EventType } from '../pathway/events.js';
import type { Text } from '../pathway/fields.js';
import { mergeFacts, type Facts } from '../pathway/facts.js';
import type { Role, Sender } from '../pathway/roles.js';

export type Severity = 'integrity' | 'block' | 'warn' | 'info';
export type Status = 'met' | 'unmet' | 'unknown';

/** What a rule is asked: about this pathway, at this moment, for this event; `event` is absent when one asks before writing it. */
export type Question = { context: Context; at: string; event?: PathwayEvent; by?: Sender };

/** An answer; a rule may say how severe its own "unmet" is (C1 at exactly 18), and what it looked at. */
export type Verdict = Status | { status: Status; severity?: Severity; value?: string | number | boolean };

export type Rule = {
  severity: Severity;
  text: Text;
  /** The document's words and their lines; a rule of ours has none. An ellipsis in the quote leaves words out. */
  source: { quote: string; lines: string } | 'structural';
  /** The facts and payload fields that it reads, as a client names them. */
  facts: readonly string[];
  /** Acknowledging wants a reason († in pathway.md). */
  reasoned?: true;
  /** When unknown it is to be supplied; nobody can override what nobody has asked (B, C, X). */
  supply?: true;
  judge: (question: Question) => Verdict;
};

export const yes = (value: boolean | undefined): Status => (value === undefined ? 'unknown' : value ? 'met' : 'unmet');
export const no = (value: boolean | undefined): Status => (value === undefined ? 'unknown' : value ? 'unmet' : 'met');
export const holds = (condition: boolean): Status => (condition ? 'met' : 'unmet');
/** The worst of several: unmet before unknown before met. */
export const all = (...answers: Status[]): Status =>
  answers.includes('unmet') ? 'unmet' : answers.includes('unknown') ? 'unknown' : 'met';

/** A rule about the payload: unknown until there is one, met for events that it is not about. */
export const payload =
  <K extends EventType>(type: K, judge: (event: PathwayEvent<K>, question: Question) => Verdict) =>
  (question: Question): Verdict =>
    question.event === undefined
      ? 'unknown'
      : question.event.type === type
        ? judge(question.event as PathwayEvent<K>, question)
        : 'met';

/** The facts as they stand once the event has been taken: what it supplies counts, and an offer given on submission wins. */
export function factsOf({ context, event }: Question): Facts {
  if (event?.type === 'referral.submitted' && event.requestedOffer)
    return { ...context.facts, requestedOffer: event.requestedOffer };
  return event !== undefined && 'facts' in event && event.facts !== undefined
    ? mergeFacts(context.facts, event.facts)
    : context.facts;
}

/** A finding as every user reads it (api.md): which rule, how severe, what it said, and who can do what about it. */
export type Finding = {
  rule: string;
  severity: Severity;
  status: Status;
  text: Text;
  quote: string | null;
  lines: string | null;
  source: 'document' | 'structural';
  value: string | number | boolean | null;
  facts: readonly string[];
  reasoned: boolean;
  remedy: 'supply' | 'override' | 'acknowledge' | 'none';
  by: readonly Role[];
};
