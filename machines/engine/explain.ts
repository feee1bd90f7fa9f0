/** Why an event is possible or not: for a snapshot, an event and somebody, all findings, never only the first. */
import { getNextTransitions } from 'xstate';
import { meant, type Judged } from './arrow.js';
import { askedIn, mayI, rolesOf, type Place } from '../pathway/desks.js';
import { contentItems, events, eventTypes, type EventType, type PathwayEvent } from '../pathway/events.js';
import type { Text } from '../pathway/fields.js';
import type { Finding, Question, Rule } from './judging.js';
import { answered, judge, remedyFor } from './passing.js';
import { rules, type RuleId } from '../pathway/rules.js';
import type { Actor, Role, Sender } from '../pathway/roles.js';
import { whereIs, type Snapshot } from './snapshot.js';

/**
 * The arrows of one event out of a snapshot that may be meant, with what they ask. XState's getNextTransitions lists those of all
 * events; for one it is several times faster to ask the active states.
 */
function arrowsFor(snapshot: Snapshot, type: EventType, event: PathwayEvent | undefined): Judged[] {
  return snapshot._nodes
    .flatMap((node) => node.transitions.get(type) ?? [])
    .map((arrow) => (arrow.guard as unknown as { params: Judged }).params)
    .filter(({ when }) => meant(when, snapshot.context, event) !== false);
}

const suppliers = ['gp', 'gpStaff'] as const satisfies readonly Role[];
function findingOf(id: RuleId, question: Question, type: EventType): Finding {
  const rule: Rule = rules[id];
  const judgement = judge(id, question);
  const remedy = remedyFor(id, judgement);
  const document = rule.source === 'structural' ? undefined : rule.source;
  return {
    rule: id,
    ...judgement,
    text: rule.text,
    quote: document?.quote ?? null,
    lines: document?.lines ?? null,
    source: document ? 'document' : 'structural',
    facts: rule.facts,
    reasoned: rule.reasoned ?? false,
    remedy,
    by: remedy === 'none' ? [] : remedy === 'supply' && rule.supply ? suppliers : rolesOf(type),
  };
}

export type Explanation = {
  possible: boolean;
  /** Who would be sending, and undefined when this user may not. */
  sender: Sender | undefined;
  roles: readonly Role[];
  findings: Finding[];
  /** Those that stand in the way of this very event. */
  unanswered: Finding[];
};

export const placeOf = (snapshot: Snapshot): Place => ({ context: snapshot.context, unit: whereIs(snapshot).unit });

type Asked = {
  type: EventType;
  actor: Actor;
  at: string;
  /** absent while it is only asked what would be possible */ event?: PathwayEvent;
};

export function explain(snapshot: Snapshot, { type, actor, at, event }: Asked, place = placeOf(snapshot)): Explanation {
  const sender = mayI(type, actor, place, askedIn(event));
  const arrows = arrowsFor(snapshot, type, event);
  const ids = [...new Set(arrows.flatMap((arrow) => arrow.rules))];
  const question: Question = {
    context: snapshot.context,
    at,
    ...(event ? { event } : {}),
    ...(sender ? { by: sender } : {}),
  };
  const shown = [...new Set(arrows.flatMap((arrow) => arrow.shows))].filter((id) => !ids.includes(id));
  const findings = [
    ...ids.map((id) => findingOf(id, question, type)),
    ...shown.map(
      (id) => ({ ...findingOf(id, question, type), severity: 'info', remedy: 'none', by: [] }) satisfies Finding,
    ),
  ];
  return {
    possible: arrows.length > 0,
    sender,
    roles: rolesOf(type),
    findings,
    unanswered: findings.filter((finding) => !answered(finding.rule as RuleId, finding, event)),
  };
}

export type Action = {
  event: EventType;
  label: Text;
  possible: boolean;
  mayI: boolean;
  roles: readonly Role[];
  findings: Finding[];
};

/** Every event of the chart for one user, in the order of events.ts. */
export function explainAll(snapshot: Snapshot, actor: Actor, at: string): Action[] {
  const place = placeOf(snapshot);
  return eventTypes.map((type) => {
    const { possible, sender, roles, findings } = explain(snapshot, { type, actor, at }, place);
    return { event: type, label: events[type].label, possible, mayI: sender !== undefined, roles, findings };
  });
}

/** What the state takes, for the answer to somebody who asked for something else. An arrow without an event (`always`) is nobody's to send. */
export const possibleEvents = (snapshot: Snapshot): EventType[] => {
  const sendable = getNextTransitions(snapshot).filter(({ eventType }) => (eventType as string) !== '');
  const taken = new Set(
    sendable
      .filter(
        (arrow) =>
          meant((arrow.guard as unknown as { params: Judged }).params.when, snapshot.context, undefined) !== false,
      )
      .map((arrow) => arrow.eventType as string),
  );
  return eventTypes.filter((type) => taken.has(type));
};

/** What the referral should contain and does not (H*): shown on the worklist. */
export const missingContent = (context: Snapshot['context']): RuleId[] =>
  contentItems.filter((id) => judge(id, { context, at: context.lastAt }).status !== 'met');
