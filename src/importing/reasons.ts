/** A refusal in words, for whoever repairs the file. */
import type { Finding } from '../../machines/engine/judging.js';
import type { FieldError, Problem } from '../http/problem.js';

/** `at`: where the field that a pointer names stands in the line. */
export const errorsOf = (
  errors: readonly FieldError[],
  at: (pointer: string) => string = (pointer) => pointer,
): string[] => errors.map(({ pointer, message }) => `${at(pointer) === '' ? '' : `${at(pointer)} `}${message}`);

const shown = (value: unknown): string => (typeof value === 'string' ? value : JSON.stringify(value));
const listed = (value: unknown): string => (value as readonly string[]).join(', ');

/** Every reason, never only the first. */
export function reasonsOf({ type, detail, extra }: Problem, seq: number, at?: (pointer: string) => string): string[] {
  if (type === 'invalid') return errorsOf(extra['errors'] as FieldError[], at);
  if (type === 'rules-unmet') {
    const unanswered = extra['unanswered'] as readonly string[];
    return (extra['findings'] as Finding[])
      .filter(({ rule }) => unanswered.includes(rule))
      .map(({ rule, status, text }) => `${rule} (${status}): ${text.en}`);
  }
  if (type === 'correction-not-possible' && extra['because'] === 'rules-unmet') {
    return [
      detail.en,
      ...(extra['findings'] as Finding[]).map(({ rule, status, text }) => `${rule} (${status}): ${text.en}`),
    ];
  }
  if (type === 'event-not-possible')
    return [`is not possible in ${shown(extra['state'])}; possible there: ${listed(extra['possible'])}`];
  if (type === 'not-allowed') return [detail.en, `roles: ${listed(extra['roles'])}`];
  if (type === 'not-found') return ['this unit neither has nor had the pathway: see actor.unit'];
  if (type === 'already-open')
    return ['the patient has an open pathway already: it goes on there, and this one cannot begin'];
  if (type === 'stale-version')
    return [
      `the pathway is at ${String(extra['version'])} and this would be its entry ${seq}: it was imported otherwise before, or somebody has gone on with it since`,
    ];
  return [detail.en];
}
