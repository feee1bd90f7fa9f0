/** Does a rule let an event through? The one place where severity, overrides and acknowledgements meet; guard and explanation both ask here. */
import type { PathwayEvent } from '../pathway/events.js';
import type { Finding, Question, Rule, Severity, Status, Verdict } from './judging.js';
import { rules, type RuleId } from '../pathway/rules.js';

export type Judgement = { status: Status; severity: Severity; value: string | number | boolean | null };

const ruleOf = (id: RuleId): Rule => rules[id];

export function judge(id: RuleId, question: Question): Judgement {
  const rule = ruleOf(id);
  const verdict: Verdict = rule.judge(question);
  return typeof verdict === 'string'
    ? { status: verdict, severity: rule.severity, value: null }
    : { status: verdict.status, severity: verdict.severity ?? rule.severity, value: verdict.value ?? null };
}

/** What somebody can do about a finding: supply the answer, take the exception on himself, say that he has seen it, or nothing. */
export function remedyFor(id: RuleId, { status, severity }: Judgement): Finding['remedy'] {
  if (status === 'met' || severity === 'info') return 'none';
  if (severity === 'integrity') return status === 'unknown' ? 'supply' : 'none';
  if (status === 'unknown' && ruleOf(id).supply) return 'supply';
  return severity === 'block' ? 'override' : 'acknowledge';
}

export function answered(id: RuleId, judgement: Judgement, event: PathwayEvent | undefined): boolean {
  if (judgement.status === 'met' || judgement.severity === 'info') return true;
  const remedy = remedyFor(id, judgement);
  if (remedy === 'override') return event?.overrides?.some(({ rule }) => rule === id) ?? false;
  if (remedy !== 'acknowledge') return false;
  return (
    event?.acknowledged?.some(({ rule, reason }) => rule === id && (!ruleOf(id).reasoned || reason !== undefined)) ??
    false
  );
}

export const passes = (id: RuleId, question: Question): boolean => answered(id, judge(id, question), question.event);
