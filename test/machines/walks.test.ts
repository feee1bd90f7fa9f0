/**
 * Random walks with real payloads, each event judged and taken as the one door would: after every step the promise of
 * pathway.md holds. WALK_EVENTS sets how many events in all (`npm run test:long` walks 100,000), WALK_SEED where the seeds begin.
 */
import assert from 'node:assert/strict';
import { describe, it } from '@jest/globals';

import { advance, begin, replay } from '../../machines/engine/advance.js';
import { endOfDay } from '../../machines/calendar/calendar.js';
import { daysOf, earliestDue } from '../../machines/pathway/clocks.js';
import type { Context, Opening } from '../../machines/pathway/context.js';
import { mayI, rolesOf, senderUnits } from '../../machines/pathway/desks.js';
import { events, type PathwayEvent } from '../../machines/pathway/events.js';
import { explain, placeOf, possibleEvents } from '../../machines/engine/explain.js';
import { drugClasses, type DrugClass } from '../../machines/pathway/fields.js';
import {
  faultOf,
  legalValues,
  restore,
  stateName,
  toStored,
  whereOf,
  type Snapshot,
  type Stored,
} from '../../machines/engine/snapshot.js';
import { stageNames } from '../../machines/pathway/stages.js';
import { desksOf, tasksOf, type Task } from '../../machines/pathway/tasks.js';
import {
  asSent,
  drawing,
  drawOpening,
  laterBy,
  propose,
  proposeWrong,
  seeded,
  type Draw,
  type Proposal,
} from '../support/random-walk.js';

const EVENTS = Number(process.env['WALK_EVENTS'] ?? 3_000);
const FIRST_SEED = Number(process.env['WALK_SEED'] ?? 1);
const STEPS = 80;

type Prescribed = Record<DrugClass, Context['prescribing'][DrugClass][]>;
/** A walk under way, with a memory of its own that is kept from the events alone. */
type Walk = {
  opening: Opening;
  events: PathwayEvent[];
  stored: Stored;
  snapshot: Snapshot;
  at: string;
  attached: boolean;
  submitted: boolean;
  prescribed: Prescribed;
  visited: Set<string>;
};

function oneDesk({ stored: { value, context } }: Walk): void {
  const { stage, unit, nextMove } = whereOf(value, context);
  assert.ok(stageNames.includes(stage));
  assert.equal(unit !== null, stage !== 'closed', 'a unit is responsible exactly while the pathway is open');
  assert.equal(nextMove !== null, stage !== 'closed', 'somebody has the next move exactly while the pathway is open');
}

const hasDesk = (type: PathwayEvent['type'], snapshot: Snapshot) =>
  type !== 'advice.logged' && type !== 'patient.died' && senderUnits(type, placeOf(snapshot)).length > 0;
function somebodyMayAct({ stored, snapshot }: Walk): void {
  if (stateName(stored.value) === 'closed') return;
  assert.ok(
    possibleEvents(snapshot).some((type) => hasDesk(type, snapshot)),
    'nobody at a unit may do anything',
  );
}

function clockRuns({ stored: { value, context }, submitted }: Walk): void {
  const running = context.clocks.filter(({ pausedSince }) => pausedSince === undefined);
  if (stateName(value) === 'closed') return assert.deepEqual(context.clocks, [], 'a closed pathway has no clock');
  if (submitted) assert.ok(running.length > 0, 'no clock runs');
  assert.equal(new Set(context.clocks.map(({ clock }) => clock)).size, context.clocks.length, 'a clock is there twice');
  assert.equal(
    earliestDue(context.clocks),
    running.reduce<string | null>((first, { dueAt }) => (first === null || dueAt < first ? dueAt : first), null),
  );
  for (const { startedAt, dueAt, missedAt } of context.clocks)
    assert.ok(
      startedAt < dueAt && (missedAt === undefined || missedAt >= dueAt),
      'a clock is due before it starts, or was missed before it was due',
    );
}

function onePrescriber({ stored: { value, context }, prescribed }: Walk): void {
  const { stage } = whereOf(value, context);
  for (const name of drugClasses) {
    const now = context.prescribing[name];
    if (stage === 'generalPractice' || stage === 'dischargedToGp' || (stage === 'closed' && !context.death))
      assert.equal(now.by, 'gp', `a unit prescribes in ${stage}`);
    if (now.by !== 'gp') assert.ok(context.units.includes(now.by), 'a unit that never had the patient prescribes');
    const last = prescribed[name].at(-1)!;
    if (JSON.stringify(now) === JSON.stringify(last)) continue;
    assert.notEqual(now.by, last.by, 'the prescriber begins again without having ended');
    assert.equal(now.since, context.lastAt, 'a prescriber begins at another time than the event that made him one');
    assert.ok(now.since >= last.since && now.seq > last.seq, 'the prescribers overlap');
    prescribed[name].push(now);
  }
}

function attachment(walk: Walk, event: PathwayEvent): void {
  const { value, context } = walk.stored;
  const { stage } = whereOf(value, context);
  if (event.type === 'visit.attended') walk.attached = true;
  if (stage === 'dischargedToGp') walk.attached = false;
  assert.equal(
    context.attachedAt !== undefined,
    walk.attached,
    'attached from the first visit until the discharge, and only then',
  );
  if (walk.attached) assert.ok(stage !== 'generalPractice' && stage !== 'referral', `attached in ${stage}`);
}

type Regions = { diagnosis: string; medication: string; multidisciplinary?: string };
function progress({
  stored: {
    value,
    context: { progress: remembered },
  },
}: Walk): void {
  if (!stateName(value).endsWith('.treatment')) return;
  const [course] = Object.values((value as { open: Record<string, { treatment: Regions }> }).open);
  const { diagnosis, medication, multidisciplinary = 'notStarted' } = course!.treatment;
  assert.deepEqual(
    remembered,
    { diagnosed: diagnosis === 'diagnosed', optimised: medication === 'optimised', team: multidisciplinary },
    'the memory of the progress is not what the regions say',
  );
}

/** Nothing that JSON would leave out: what is forgotten is gone, never `undefined`. */
const storable = (value: unknown): boolean =>
  value !== null && typeof value === 'object' ? Object.values(value).every(storable) : value !== undefined;

/** Stored, read back and restored: nothing is lost, and the same is possible. */
function survivesStoring(walk: Walk): void {
  const text = JSON.stringify(walk.stored);
  const read = JSON.parse(text) as Stored;
  assert.ok(storable(walk.stored), 'something is remembered that cannot be stored');
  assert.equal(faultOf(read), undefined);
  const restored = restore(read);
  assert.equal(JSON.stringify(toStored(restored)), text, 'what is restored is not what was stored');
  walk.snapshot = restored;
  walk.stored = read;
}

/** The explanation and the chart say the same. */
function judged(
  { snapshot, events: taken, at }: Walk,
  { actor, event: wire }: Proposal,
): { event: PathwayEvent; next: Stored } | undefined {
  assert.ok(events[wire.type].schema.safeParse(wire).success, `a ${wire.type} that the schema refuses is proposed`);
  const asked = explain(snapshot, { type: wire.type, actor, at });
  const event = asSent(wire, at, taken.length + 2, asked.sender ?? { unit: actor.unit, role: actor.roles[0]! });
  const { possible, sender, findings, unanswered } = explain(snapshot, { type: wire.type, actor, at, event });
  const before = new Set(asked.findings.map(({ rule }) => rule));
  for (const { rule } of findings) assert.ok(before.has(rule), `${rule} is asked of the event and was not announced`);
  assert.ok(asked.possible || !possible, 'an event becomes possible by its payload');
  // Who may not is refused before the rules are asked, whose answers may hang on the sender.
  if (!sender) return undefined;
  const next = advance(snapshot, event);
  assert.equal(
    next !== undefined,
    possible && unanswered.length === 0,
    `explain says ${possible ? unanswered.map(({ rule }) => rule).join(', ') || 'yes' : 'not possible'}, the chart ${next ? 'takes it' : 'does not'}`,
  );
  return next && { event, next: next.stored };
}

function step(walk: Walk, draw: Draw): void {
  walk.at = laterBy(draw, walk.at, earliestDue(walk.stored.context.clocks));
  const wrong = draw.chance(0.1) ? proposeWrong(draw, walk.snapshot, walk.at, walk.events.length + 2) : undefined;
  if (wrong?.problem === 'invalid')
    assert.ok(
      !events[wrong.event.type].schema.safeParse(wrong.event).success,
      `a malformed ${wrong.event.type} passes its schema`,
    );
  else if (wrong)
    assert.equal(judged(walk, wrong), undefined, `a wrong ${wrong.event.type} goes through (${wrong.problem})`);
  const proposal = propose(draw, walk.snapshot, walk.at, walk.events.length + 2);
  const taken = proposal && judged(walk, proposal);
  if (!taken) return;
  const { event, next } = taken;
  walk.events.push(event);
  walk.stored = next;
  walk.visited.add(stateName(next.value));
  walk.submitted ||= event.type === 'referral.submitted';
  oneDesk(walk);
  clockRuns(walk);
  onePrescriber(walk);
  attachment(walk, event);
  progress(walk);
  survivesStoring(walk);
  somebodyMayAct(walk);
  // Dearer than all the others together.
  if (walk.events.length % 8 === 0) daysAddUp(walk);
  if (walk.events.length % 4 === 0) nothingIsStuck(walk);
}

/** Exactly as many days of a clock count as its length says, and the last of them ends with it. */
function daysAddUp({ stored: { context }, at }: Walk): void {
  for (const clock of context.clocks) {
    const { length, days, dueAt } = daysOf(context, clock, at);
    if (length === null || days.length === 2_000) continue;
    assert.equal(
      days.filter(({ number }) => number !== null).length,
      'days' in length ? length.days : length.workingDays,
      `the days of ${clock.clock}`,
    );
    assert.equal(endOfDay(days.at(-1)!.date), dueAt, `the last day of ${clock.clock}`);
    assert.ok(
      clock.pausedSince !== undefined || dueAt === clock.dueAt,
      `${clock.clock} is due at another time than its days say`,
    );
    assert.ok(
      days.every(({ number, because }) => (number === null) === (because !== null)),
      'a day that does not count has its reason',
    );
  }
}

const mayBeSeenTo = (
  { stored, snapshot }: Pick<Walk, 'stored' | 'snapshot'>,
  { ways, unit, about, what }: Task,
): boolean => {
  const possible = possibleEvents(snapshot);
  return (
    ways.some(
      (way) =>
        possible.includes(way) &&
        (what === 'deadlineMissed'
          ? senderUnits(way, placeOf(snapshot)).length > 0
          : mayI(way, { sub: '', unit, roles: rolesOf(way) }, placeOf(snapshot), {
              ...(way.startsWith('message.') ? { messageId: about! } : {}),
            }) !== undefined),
    ) && desksOf(stored.context, whereOf(stored.value, stored.context)).includes(unit)
  );
};
/** Whatever waits stands on the list of a unit that has a way to see to it; and so would every message that is under way, if it failed (tried now and then: stuck.test.ts tries them all in each state). */
function nothingIsStuck(walk: Walk): void {
  const { stored, snapshot, at, events: taken } = walk;
  for (const unit of desksOf(stored.context, whereOf(stored.value, stored.context)))
    assert.ok(stored.context.units.includes(unit), `something lies at ${unit}, which neither has nor had the patient`);
  for (const task of tasksOf(stored.context, whereOf(stored.value, stored.context)))
    assert.ok(mayBeSeenTo(walk, task), `nobody can see to ${JSON.stringify(task)}`);
  if (taken.length % 16 !== 0) return;
  for (const messageId of Object.keys(stored.context.undelivered)) {
    const failing = asSent(
      { type: 'message.failed', messageId, because: 'undeliverable', text: 'Ingen forbindelse' },
      at,
      taken.length + 2,
      { unit: 'SYSTEM', role: 'system' },
    );
    const failed = advance(snapshot, failing)?.stored;
    assert.ok(failed, `${messageId} cannot fail`);
    const [task, ...others] = tasksOf(failed.context, whereOf(failed.value, failed.context)).filter(
      ({ what, about }) => what === 'messageFailed' && about === messageId,
    );
    assert.ok(
      task && others.length === 0 && task.unit === stored.context.undelivered[messageId]!.from,
      `${messageId} would be on nobody's list`,
    );
    assert.ok(mayBeSeenTo({ stored: failed, snapshot: restore(failed) }, task), `nobody could see to ${messageId}`);
  }
}

function walkOf(seed: number, visited: Set<string>): Walk {
  const draw = drawing(seeded(seed));
  const at = '2026-03-02T08:00:00.000Z';
  const opening = drawOpening(draw, at);
  const stored = begin(opening);
  const walk: Walk = {
    opening,
    events: [],
    stored,
    snapshot: restore(stored),
    at,
    visited,
    attached: false,
    submitted: false,
    prescribed: Object.fromEntries(drugClasses.map((name) => [name, [stored.context.prescribing[name]]])) as Prescribed,
  };
  try {
    for (let taken = 0; taken < STEPS; taken += 1) step(walk, draw);
    assert.equal(
      JSON.stringify(replay(opening, walk.events)),
      JSON.stringify(walk.stored),
      'the fold of the log is not what is stored',
    );
  } catch (error) {
    const told = walk.events
      .map(({ sent, ...event }) => `${sent.seq} ${sent.at} ${sent.by.role}@${sent.by.unit} ${JSON.stringify(event)}`)
      .join('\n');
    throw new Error(
      `seed ${seed}, in ${stateName(walk.stored.value)} after ${walk.events.length} events: ${error instanceof Error ? error.message : String(error)}\n${JSON.stringify(opening)}\n${told}`,
      { cause: error },
    );
  }
  return walk;
}

describe('a pathway, whatever happens to it', () => {
  it(`keeps its promise over ${EVENTS.toLocaleString('en')} random events`, () => {
    const visited = new Set<string>();
    for (let events = 0, seed = FIRST_SEED; events < EVENTS; seed += 1) {
      events += walkOf(seed, visited).events.length;
    }
    const states = new Set(legalValues.map((value) => stateName(value as Stored['value'])));
    if (EVENTS >= 3_000)
      assert.deepEqual(
        [...states].filter((state) => !visited.has(state)),
        [],
        'a state is never walked through',
      );
  });
});
