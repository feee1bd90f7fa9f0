/** The chart as it is drawn, and as one gets about in it: nothing unreachable, no way that ends, nothing that is there and used by nobody. */
import assert from 'node:assert/strict';
import { beforeAll, describe, it } from '@jest/globals';

import fc from 'fast-check';
import type { AnyStateNode } from 'xstate';

import { meant, type Judged } from '../../machines/engine/arrow.js';
import { conditions } from '../../machines/pathway/conditions.js';
import { senderUnits } from '../../machines/pathway/desks.js';
import { eventTypes, type EventType, type PathwayEvent } from '../../machines/pathway/events.js';
import { placeOf, possibleEvents } from '../../machines/engine/explain.js';
import { drugClasses } from '../../machines/pathway/fields.js';
import { letters, type LetterName } from '../../machines/pathway/letters.js';
import { moments, type Moment } from '../../machines/pathway/memory.js';
import { pathwayMachine } from '../../machines/pathway/pathway.js';
import { units } from '../../machines/pathway/routes.js';
import { rules } from '../../machines/pathway/rules.js';
import { legalValues, restore, stateName, whereOf } from '../../machines/engine/snapshot.js';
import { stageNames, stateLabels, stages } from '../../machines/pathway/stages.js';
import { explore, statesOf, type Found, type Step } from '../support/explore.js';
import { asSent, drawing, payloads, seeded } from '../support/random-walk.js';

/**
 * The course of pathway.md as a table: what happens, in which states, and where the pathway is then. "stays" where it stays,
 * "where it was" after a name where a treatment goes on as it was left. Only this table and pathway.md need to be read side by
 * side. Who may send an event is in events.ts; which of several ways is taken hangs on what the text beside it says.
 */
const COURSE = `
General practice
  referral.updated            | generalPractice | stays
  referral.submitted          | generalPractice | referral.sent
  followUp.recorded           | generalPractice, dischargedToGp | stays
  pathway.closed              | generalPractice, dischargedToGp | closed
Referral
  referral.received           | referral.sent | referral.atCvi
  referral.resent             | referral.sent | stays
  referral.deliveredManually  | referral.sent | stays
  referral.forwarded          | referral.atCvi | visitation.assessing
  referral.readdressed        | referral.atCvi | referral.sent; stays                                      another CVI; the same
  referral.returnedToSender   | referral.atCvi | generalPractice
Visitation
  information.requested       | visitation.assessing | visitation.awaitingInformation
  information.requested       | visitation.awaitingInformation | stays                                      asked again
  information.reminded        | visitation.awaitingInformation | stays
  information.supplied        | visitation.awaitingInformation | visitation.assessing
  information.recorded        | visitation.awaitingInformation | visitation.assessing
  information.unobtainable    | visitation.awaitingInformation | visitation.assessing
  information.supplied        | referral, visitation.assessing, painClinic, painCentre, medicationAssessment, controlPhase.followUp | stays
  information.seen            | referral, visitation, painClinic, painCentre, medicationAssessment, controlPhase.followUp | stays
  triage.decided              | visitation | painCentre.waiting; painClinic.intake; medicationAssessment.waiting; generalPractice
  referral.movedToCentre      | visitation | visitation.assessing                                           of the other centre
Clinic and centre
  clinic.accepted             | painClinic.intake | painClinic.waiting
  clinic.returned             | painClinic.intake, painClinic.waiting | visitation.assessing                not attached
  triage.reopened             | painCentre.waiting, medicationAssessment.waiting | visitation.assessing     not attached
  appointment.booked          | waiting, treatment, assessment, controlPhase.followUp | stays
  appointment.moved           | waiting, treatment, assessment, controlPhase.followUp | stays
  appointment.cancelled       | waiting, treatment, assessment, controlPhase.followUp | stays
  appointment.missed          | waiting, treatment, assessment, controlPhase.followUp | stays
  visit.attended              | painClinic.waiting | painClinic.treatment                                   attached from here on
  visit.attended              | painCentre.waiting | painCentre.treatment
  visit.attended              | medicationAssessment.waiting | medicationAssessment.assessment
  visit.attended              | treatment, assessment, controlPhase.followUp | stays
Treatment, in the clinic and in the centre
  diagnosis.recorded          | diagnosis.undiagnosed | diagnosis.diagnosed
  diagnosis.recorded          | diagnosis.diagnosed | stays                                                 each is kept
  medication.planned          | medication.baseline, medication.optimised | medication.optimising
  medication.adjusted         | medication.baseline, medication.optimised | medication.optimising
  medication.adjusted         | medication.optimising | stays
  medication.optimised        | medication.baseline, medication.optimising | medication.optimised
  team.planned                | multidisciplinary.notStarted, multidisciplinary.completed | multidisciplinary.active
  team.sessionHeld            | multidisciplinary.active | stays
  team.completed              | multidisciplinary.active | multidisciplinary.completed
  treatment.paused            | painClinic.treatment | painClinic.paused
  treatment.paused            | painCentre.treatment | painCentre.paused
  treatment.resumed           | painClinic.paused | painClinic.treatment where it was
  treatment.resumed           | painCentre.paused | painCentre.treatment where it was
  transfer.requested          | treatment, paused | stays
  transfer.declined           | treatment, paused | stays
  unit.transferred            | treatment, paused | painCentre.waiting; painClinic.intake; visitation.assessing   still attached
  treatment.completed         | treatment, paused | controlPhase.followUp
Medication assessment
  assessment.partRecorded     | assessment | stays
  assessment.completed        | assessment | controlPhase.followUp
  assessment.endedEarly       | assessment | controlPhase.followUp
  unit.transferred            | assessment | painCentre.waiting; painClinic.intake
Attached, in every state
  note.signed                 | open | stays
  note.corrected              | open | stays
  note.resent                 | open | stays
  note.deliveredManually      | open | stays
  note.sent                   | open | stays
  note.delivered              | open | stays
  prescribing.takenOver       | open | stays
  prescribing.handedBack      | open | stays
  newPain.identified          | open | stays
  newPain.acknowledged        | open | stays
  newPain.resolved            | open | stays
  newPain.includedInCourse    | open | stays
Control phase
  control.held                | controlPhase.followUp | stays
  medicationRecord.confirmed  | controlPhase.followUp | stays
  medicationRecord.unavailable| controlPhase.followUp | stays
  letter.drafted              | controlPhase.followUp | stays
  letter.signed               | controlPhase.followUp | controlPhase.letterSent
  treatment.resumed           | controlPhase | painClinic.treatment where it was; painCentre.treatment where it was
  letter.delivered            | controlPhase.letterSent | dischargedToGp
  letter.deliveredManually    | controlPhase.letterSent | dischargedToGp
  letter.receivedByGp         | controlPhase.letterSent | dischargedToGp
  letter.resent               | controlPhase.letterSent | stays
  letter.amended              | controlPhase.letterSent, dischargedToGp, closed | stays
Discharged
  letter.acknowledged         | dischargedToGp | stays
  reReferral.started          | dischargedToGp | generalPractice                                            episode n+1
Closed: after a death, what professionals still owe each other
  letter.signed               | closed | stays
  letter.delivered            | closed | stays
  letter.deliveredManually    | closed | stays
  letter.receivedByGp         | closed | stays
  note.signed                 | closed | stays
  note.resent                 | closed | stays
  note.deliveredManually      | closed | stays
  note.sent                   | closed | stays
  note.delivered              | closed | stays
  patient.deathRevoked        | closed | open where it was
From every open state, unless said otherwise
  patient.declined            | referral, visitation, painClinic, painCentre, medicationAssessment, controlPhase.followUp | generalPractice; controlPhase.followUp; stays
  referral.withdrawn          | referral, visitation, painClinic.intake, waiting | generalPractice          not attached
  course.endedForNoShow       | visitation, painClinic, painCentre, medicationAssessment, controlPhase.followUp | generalPractice; controlPhase.followUp
  patient.moved               | generalPractice, dischargedToGp | stays                                     only the area changes
  patient.moved               | referral | stays; referral.sent; generalPractice
  patient.moved               | visitation, painClinic, painCentre, medicationAssessment, controlPhase.followUp | stays; visitation.assessing; generalPractice; controlPhase.followUp
  patient.died                | open | closed
  gp.changed                  | open | stays
  advice.logged               | open, closed | stays
  pathway.enteredInError      | open | closed                                                               before any care
  deadline.passed             | open | stays
`;

/** What the chart has beyond the course as pathway.md tells it, each with its reason. */
const OURS = `
  message.delivered           | open, closed | stays                      a message that is neither the letter nor a note has arrived
  message.deliveredManually   | open, closed | stays                      and such a message is handed over in another way
  message.resent              | open, closed | stays                      whatever could not be delivered is tried again when a person says so
  message.failed              | open, closed | stays                      the receiver will not have it, or it cannot be handed over: its sender sees to it
  note.corrected              | closed | stays                            a note's mistake is corrected after a death too
  triage.decided              | visitation | controlPhase.followUp        rejected by the other centre while attached: the unit that treated owes the letter
  letter.delivered            | dischargedToGp | stays                    the amended letter, or the same letter again
  information.seen            | controlPhase.letterSent | stays            what came in before the letter was signed is still somebody's to see
  patient.moved               | controlPhase.letterSent | stays           the course is over: the letter goes to the GP
  appointment.moved           | paused | stays                            a pause may leave an appointment standing
  appointment.cancelled       | paused | stays
  unit.transferred            | treatment, paused, assessment | stays     never taken: there to say which units can take the patient
`;

const nodes = (node: AnyStateNode): AnyStateNode[] => [node, ...Object.values(node.states).flatMap(nodes)];
const all = nodes(pathwayMachine.root).filter(({ type }) => type !== 'history');
/** Without the wrapper that holds all open states. */
const nameOf = ({ path }: AnyStateNode) => (path[0] === 'open' && path.length > 1 ? path.slice(1) : path).join('.');
/** A state, or a place in one region of a treatment by the region's name. */
const places = all.filter(
  (node) => Object.values(node.states).every(({ type }) => type === 'history') || node.type === 'parallel',
);
const placeName = (node: AnyStateNode) => {
  const name = nameOf(node);
  return name.includes('.treatment.') ? name.split('.').slice(2).join('.') : name;
};
const openStates = places
  .filter((node) => node.path[0] === 'open' && !nameOf(node).includes('.treatment.'))
  .map(nameOf);

const groups: Record<string, string[]> = {
  open: openStates,
  waiting: ['painClinic.waiting', 'painCentre.waiting', 'medicationAssessment.waiting'],
  treatment: ['painClinic.treatment', 'painCentre.treatment'],
  paused: ['painClinic.paused', 'painCentre.paused'],
  assessment: ['medicationAssessment.assessment'],
};
const ofGroup = (name: string): string[] =>
  groups[name] ??
  (stageNames.some((stage) => stage === name)
    ? openStates
        .filter((state) => state === name || state.startsWith(`${name}.`))
        .concat(name === 'closed' ? ['closed'] : [])
    : [name]);

/** Of a table: "event, in a state, to" for each arrow. */
function rows(table: string): string[] {
  return table
    .split('\n')
    .filter((line) => line.includes('|'))
    .flatMap((line) => {
      const [event = '', from = '', rest = ''] = line.split('|').map((cell) => cell.trim());
      const to = rest
        .split(/ {3,}/)[0]!
        .split(';')
        .map((target) => target.trim());
      return from
        .split(',')
        .flatMap((group) => ofGroup(group.trim()))
        .flatMap((state) => to.map((target) => `${event} in ${state}: ${target}`));
    });
}

type Params = {
  when?: Judged['when'];
  rules?: Judged['rules'];
  shows?: readonly string[];
  means?: readonly Moment[];
  letters?: readonly LetterName[];
};
const transitionsOf = (node: AnyStateNode) => [...node.transitions.values()].flat();
const paramsOf = (transition: ReturnType<typeof transitionsOf>[number]): Params[] =>
  [transition.guard, ...transition.actions].map((part) => (part as unknown as { params?: Params }).params ?? {});
const judgedOf = (transition: ReturnType<typeof transitionsOf>[number]) =>
  (transition.guard as unknown as { params: Judged }).params;

/** Where an arrow leads, seen from a state below the one that it is drawn on. */
function targetOf(transition: ReturnType<typeof transitionsOf>[number]): string {
  const [target] = transition.target ?? [];
  if (!target) return 'stays';
  const initial = (node: AnyStateNode): AnyStateNode =>
    node.type === 'compound' ? initial(node.initial.target[0]! as AnyStateNode) : node;
  if (target.type === 'history') return `${nameOf(target.parent!)} where it was`;
  return placeName(initial(target));
}
const branch = (node: AnyStateNode | undefined): AnyStateNode[] => (node ? [node, ...branch(node.parent)] : []);
/** A region's own arrows only: what the treatment does is in the treatment's rows. */
const arrowsIn = (place: AnyStateNode) =>
  branch(place)
    .filter((node) => !nameOf(place).includes('.treatment.') || nameOf(node).includes('.treatment.'))
    .flatMap(transitionsOf);
const drawn = () => [
  ...new Set(
    places.flatMap((place) =>
      arrowsIn(place).map((transition) => `${transition.eventType} in ${placeName(place)}: ${targetOf(transition)}`),
    ),
  ),
];

describe('the chart as it is drawn', () => {
  it('has the arrows of pathway.md and the few of ours, and no others', () => {
    const table = rows(COURSE + OURS);
    assert.deepEqual(
      table.filter((row, index) => table.indexOf(row) !== index),
      [],
      'the table says something twice',
    );
    const chart = drawn();
    assert.deepEqual(
      chart.filter((arrow) => !table.includes(arrow)),
      [],
      'the chart has arrows that the table has not',
    );
    assert.deepEqual(
      table.filter((arrow) => !chart.includes(arrow)),
      [],
      'the chart lacks arrows of the table',
    );
  });

  it('takes every event of events.ts and no other', () => {
    assert.deepEqual([...pathwayMachine.events].sort(), [...eventTypes].sort());
  });

  it('uses every condition, moment, letter and rule that there is, and every action and guard', () => {
    const params = all.flatMap(transitionsOf).flatMap(paramsOf);
    const unused = (names: object, used: readonly string[]) =>
      Object.keys(names).filter((name) => !used.includes(name));
    assert.deepEqual(
      unused(
        conditions,
        params.flatMap(({ when = [] }) => when),
      ),
      [],
    );
    assert.deepEqual(
      unused(
        moments,
        params.flatMap(({ means = [] }) => means),
      ),
      [],
    );
    assert.deepEqual(
      unused(
        letters,
        params.flatMap((param) => param.letters ?? []),
      ),
      [],
    );
    assert.deepEqual(
      unused(
        rules,
        params.flatMap(({ rules: asked = [], shows = [] }) => [...asked, ...shows]),
      ),
      [],
    );
    const actions = all
      .flatMap(transitionsOf)
      .flatMap((transition) => transition.actions.map((action) => (action as { type: string }).type));
    assert.deepEqual(unused(pathwayMachine.implementations.actions, actions), []);
    assert.deepEqual(unused(pathwayMachine.implementations.guards, ['judged']), []);
  });

  it('asks the same of an event wherever it is taken, but for the few that differ by their state', () => {
    const differs: EventType[] = ['treatment.completed', 'treatment.resumed', 'pathway.closed', 'letter.signed'];
    const asked = new Map<string, string>();
    for (const transition of all.flatMap(transitionsOf)) {
      if (differs.includes(transition.eventType as EventType)) continue;
      const { when, rules: rulesAsked } = judgedOf(transition);
      const key = transition.eventType === 'triage.decided' ? `triage.decided ${when.join(' ')}` : transition.eventType;
      assert.equal(
        rulesAsked.join(' '),
        asked.get(key) ?? rulesAsked.join(' '),
        `${key} asks something else in another state`,
      );
      asked.set(key, rulesAsked.join(' '));
    }
  });

  it('handles an event on one level of a branch only: a refusal below would fall through to the arrow above', () => {
    for (const place of places) {
      const levels = branch(place).filter((node) => node.type !== 'history');
      for (const event of eventTypes) {
        const handling = levels.filter((node) => node.transitions.has(event)).map(nameOf);
        assert.ok(handling.length < 2, `${event} is handled by ${handling.join(' and ')}`);
      }
    }
    for (const treatment of all.filter(({ type }) => type === 'parallel')) {
      const regions = Object.values(treatment.states).filter(({ type }) => type !== 'history');
      for (const event of eventTypes)
        assert.ok(
          regions.filter((region) => nodes(region).some((node) => node.transitions.has(event))).length < 2,
          `${event} is handled by two regions of ${nameOf(treatment)}`,
        );
    }
  });

  it('has every stage, and a name in both languages for every state', () => {
    const staged = new Set(
      places.filter((node) => !nameOf(node).includes('.treatment.')).map((node) => nameOf(node).split('.')[0]),
    );
    assert.deepEqual([...staged].sort(), [...stageNames].sort());
    for (const state of openStates)
      assert.ok(stateLabels[state] ?? (stages as Record<string, object>)[state], `${state} has no name`);
    for (const state of Object.keys(stateLabels))
      assert.ok(openStates.includes(state), `${state} has a name and does not exist`);
    for (const { da, en } of [...Object.values(stages), ...Object.values(stateLabels)])
      assert.ok(da.length > 0 && en.length > 0);
  });
});

describe('the chart as one gets about in it', () => {
  let found: Map<string, Found[]>;
  let steps: Step[];
  let examples: Found[];
  beforeAll(() => {
    ({ found, steps } = explore());
    examples = [...found.values()].flat();
  });
  const isOpen = ({ stored }: Found) => stateName(stored.value) !== 'closed';

  it('is reached everywhere, by events that people really send', () => {
    assert.deepEqual([...statesOf(found)].sort(), [...openStates, 'closed'].sort());
    const values = new Set(examples.map(({ stored }) => JSON.stringify(stored.value)));
    assert.deepEqual(
      legalValues.map((value) => JSON.stringify(value)).filter((value) => !values.has(value)),
      [],
      "a combination of the treatment's regions is not reached",
    );
  });

  it('has a stage, a unit, somebody who may act, a running clock and one prescriber a class wherever a pathway is open', () => {
    for (const example of examples.filter(isOpen)) {
      const {
        stored: { value, context },
        key,
        events,
      } = example;
      const { stage, unit, nextMove } = whereOf(value, context);
      assert.ok(stageNames.includes(stage) && unit !== null && nextMove !== null, `nobody has the pathway in ${key}`);
      const place = placeOf(restore(example.stored));
      const actors = possibleEvents(restore(example.stored)).filter(
        (type) => type !== 'patient.died' && type !== 'advice.logged' && senderUnits(type, place).length > 0,
      );
      assert.ok(actors.length > 0, `nobody may do anything in ${key}`);
      if (events.some(({ type }) => type === 'referral.submitted'))
        assert.ok(
          context.clocks.some(({ pausedSince }) => pausedSince === undefined),
          `no clock runs in ${key}`,
        );
      for (const name of drugClasses)
        assert.ok(
          context.prescribing[name].by === 'gp' || context.units.includes(context.prescribing[name].by),
          `a stranger prescribes in ${key}`,
        );
    }
  });

  it('leads on from everywhere: to the GP, and to a close that is no death and no error', () => {
    const onward = steps.filter(({ event }) => event !== 'patient.died' && event !== 'pathway.enteredInError');
    const leadingTo = (goal: (state: string) => boolean): Set<string> => {
      const reaching = new Set(
        [...found].filter(([, list]) => list.some(({ stored }) => goal(stateName(stored.value)))).map(([key]) => key),
      );
      for (let size = -1; size !== reaching.size;) {
        size = reaching.size;
        for (const { from, to } of onward) if (reaching.has(to)) reaching.add(from);
      }
      return reaching;
    };
    const [toGp, toClose] = [
      leadingTo((state) => state === 'generalPractice' || state === 'dischargedToGp'),
      leadingTo((state) => state === 'closed'),
    ];
    for (const { key } of examples.filter(isOpen)) {
      assert.ok(toGp.has(key), `no way leads from ${key} to the GP`);
      assert.ok(toClose.has(key), `no way leads from ${key} to a close`);
    }
  });

  it('takes one arrow for an event and no second, whatever the event says; and one at least, where the event is possible at all', () => {
    fc.assert(
      fc.property(fc.nat({ max: examples.length - 1 }), fc.nat(), (index, seed) => {
        const { stored, at } = examples[index]!;
        const snapshot = restore(stored);
        const draw = drawing(seeded(seed));
        for (const type of possibleEvents(snapshot)) {
          const payload =
            type === 'unit.transferred'
              ? { to: draw.pick(units).code, reason: 'hvor som helst hen' }
              : payloads[type](draw, stored.context, at, stateName(stored.value));
          const event = asSent({ type, ...payload } as never, at, 1_000, {
            unit: 'TSC_HEH',
            role: 'triager',
          }) as PathwayEvent<EventType>;
          const taken = snapshot._nodes
            .flatMap((node) => node.transitions.get(type) ?? [])
            .map((transition) => meant(judgedOf(transition).when, stored.context, event));
          assert.deepEqual(
            taken.filter((answer) => answer !== false),
            [true],
            `${type} ${JSON.stringify(payload)} in ${stateName(stored.value)}`,
          );
        }
      }),
      { seed: 2014, numRuns: 300 },
    );
  });
});
