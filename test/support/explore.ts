/**
 * The states that a pathway really gets to, found by sending every possible event with real payloads, by somebody who may, from
 * each state found. XState's own graph tools walk the chart alone: without clocks, letters and whoever is asking.
 */
import { advance, begin } from '../../machines/engine/advance.js';
import type { Opening } from '../../machines/pathway/context.js';
import type { EventType, PathwayEvent } from '../../machines/pathway/events.js';
import { explain, possibleEvents } from '../../machines/engine/explain.js';
import { restore, stateName, type Snapshot, type Stored } from '../../machines/engine/snapshot.js';
import { asSent, drawing, payloads, proposeOf, seeded, type Draw } from './random-walk.js';

/** Found: what is stored there, and the log that leads to it. */
export type Found = { key: string; stored: Stored; at: string; events: PathwayEvent[] };
export type Step = { from: string; event: EventType; to: string };

/** A configuration, and whether the patient is attached, by which course he was treated and whether he is dead: what the way on hangs on. */
const keyOf = ({ value, context }: Stored): string =>
  [
    JSON.stringify(value),
    context.attachedAt ? 'attached' : '',
    context.treated?.course ?? '',
    context.death ? 'dead' : '',
  ]
    .join(' ')
    .trimEnd();

const complete = (draw: Draw, snapshot: Snapshot, at: string) => {
  for (let tries = 0; tries < 40; tries += 1) {
    const { facts } = payloads['referral.updated'](draw, snapshot.context, at, 'generalPractice');
    if (facts.clarified && facts.exclusions) return facts;
  }
  throw new Error('no complete facts were drawn');
};

const HOUR_MS = 3_600_000;
const DRAWS = 4;
const PER_KEY = 2;

/** All configurations that are found, some examples of each, and the steps between them. Seeded: the same on every run. */
export function explore(): { opening: Opening; found: Map<string, Found[]>; steps: Step[] } {
  const draw = drawing(seeded(2014));
  const found = new Map<string, Found[]>();
  const steps = new Map<string, Step>();
  const at = '2026-03-02T08:00:00.000Z';
  const patient = { identified: true, birthDate: '1968-07-05' };
  const opening: Opening = { patient, planningArea: 'midt', ownGp: 'GP_MIDT', at, ruleSet: '2014-09' };
  const first: Found = {
    key: '',
    stored: begin(opening),
    at,
    events: [],
  };
  const queue: Found[] = [];
  const known = (next: Found) => {
    const examples = found.get(next.key) ?? [];
    if (examples.length >= PER_KEY) return;
    found.set(next.key, [...examples, next]);
    queue.push(next);
  };
  known({ ...first, key: keyOf(first.stored) });
  for (let here = queue.shift(); here; here = queue.shift()) {
    const snapshot = restore(here.stored);
    const later = new Date(Date.parse(here.at) + draw.whole(1, 40) * HOUR_MS).toISOString();
    for (const type of possibleEvents(snapshot)) {
      const ways = snapshot._nodes.flatMap((node) => node.transitions.get(type) ?? []).length;
      for (let tries = 0; tries < DRAWS; tries += 1) {
        const proposal = proposeOf(draw, snapshot, type, later, here.events.length + 2);
        if (!proposal) break;
        if (proposal.event.type === 'referral.updated') proposal.event.facts = complete(draw, snapshot, later);
        const event = asSent(proposal.event, later, here.events.length + 2, {
          unit: proposal.actor.unit,
          role: proposal.actor.roles[0]!,
        });
        const { sender, unanswered } = explain(snapshot, { type, actor: proposal.actor, at: later, event });
        const next = sender && unanswered.length === 0 ? advance(snapshot, event) : undefined;
        if (!next) continue;
        const reached: Found = {
          key: keyOf(next.stored),
          stored: next.stored,
          at: later,
          events: [...here.events, event],
        };
        steps.set(`${here.key} ${type} ${reached.key}`, { from: here.key, event: type, to: reached.key });
        known(reached);
        if (ways === 1) break;
      }
    }
  }
  return { opening, found, steps: [...steps.values()] };
}

export const statesOf = (found: Map<string, Found[]>): Set<string> =>
  new Set([...found.values()].flat().map(({ stored }) => stateName(stored.value)));
