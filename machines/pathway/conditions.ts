/** What an arrow is for: which of an event's arrows is meant. `undefined` while the payload that decides it is missing. */
import { careBegan, type Context } from './context.js';
import type { EventType, PathwayEvent } from './events.js';
import { afterAcceptance, beforeAcceptance, type Destination } from './moves.js';
import { routeFor, routeOfCentre } from './routes.js';
import { transferTo } from './rules-structural.js';
import { copenhagenDate } from '../calendar/calendar.js';

type Condition = (context: Context, event: PathwayEvent | undefined) => boolean | undefined;

const about =
  <K extends EventType>(type: K, holds: (event: PathwayEvent<K>, context: Context) => boolean): Condition =>
  (context, event) =>
    event === undefined ? undefined : event.type === type && holds(event as PathwayEvent<K>, context);

const decides =
  (decision: PathwayEvent<'triage.decided'>['decision'], attached?: boolean): Condition =>
  (context, event) => {
    if (attached !== undefined && attached !== (context.attachedAt !== undefined)) return false;
    return about('triage.decided', (taken) => taken.decision === decision)(context, event);
  };

/** The CVI that a corrected area leads to; an area without one is judged by V1 and stays. */
const readdressedTo = (event: PathwayEvent<'referral.readdressed'>, context: Context): string | undefined =>
  (context.chosenCentre === undefined
    ? routeFor(event.planningArea, copenhagenDate(event.sent.at))
    : routeOfCentre(context.chosenCentre, copenhagenDate(event.sent.at))
  )?.cvi;
const goesToOtherCvi = about('referral.readdressed', (event, context) => {
  const cvi = readdressedTo(event, context);
  return cvi !== undefined && cvi !== context.cvi;
});

const not =
  (condition: Condition): Condition =>
  (context, event) => {
    const answer = condition(context, event);
    return answer === undefined ? undefined : !answer;
  };

const moves = (
  destinationOf: (context: Context, event: PathwayEvent<'patient.moved'>) => Destination,
  ...to: Destination[]
): Condition => about('patient.moved', (event, context) => to.includes(destinationOf(context, event)));
const addressed =
  (to: 'newCvi' | 'newCentre') =>
  (context: Context, event: PathwayEvent<'patient.moved'>): Destination =>
    context.attachedAt === undefined ? beforeAcceptance(context, event, to) : afterAcceptance(context, event);

const attached: Condition = (context) => context.attachedAt !== undefined;
const died: Condition = (context) => context.death !== undefined;
const treatedHere =
  (course: 'painClinic' | 'painCentre'): Condition =>
  (context) =>
    context.treated?.course === course;
const scope =
  (course: boolean, isAttached?: boolean): Condition =>
  (context, event) => {
    if (isAttached !== undefined && course && isAttached !== attached(context, event)) return false;
    return about('patient.declined', (taken) => (taken.scope === 'course') === course)(context, event);
  };
const transfers = (kind: 'centre' | 'clinic' | 'otherCentre' | undefined): Condition =>
  about('unit.transferred', ({ to }, context) => transferTo(context, to) === kind);
const has =
  (present: (context: Context) => boolean): Condition =>
  (context) =>
    present(context);

export const conditions = {
  attached,
  notAttached: not(attached),
  died,
  attachedOrDied: (context) =>
    context.attachedAt !== undefined && (context.closure === undefined || context.death !== undefined),
  noCareYet: not(careBegan),
  otherCvi: goesToOtherCvi,
  sameCvi: not(goesToOtherCvi),
  toCentre: decides('painCentre'),
  toClinic: decides('painClinic'),
  toAssessment: decides('medicationAssessment'),
  rejected: decides('rejected', false),
  rejectedAttached: decides('rejected', true),
  treatedInClinic: treatedHere('painClinic'),
  treatedInCentre: treatedHere('painCentre'),
  declinesCourse: scope(true, false),
  declinesCourseAttached: scope(true, true),
  declinesPart: scope(false),
  transfersToCentre: transfers('centre'),
  transfersToClinic: transfers('clinic'),
  transfersToOtherCentre: transfers('otherCentre'),
  transfersNowhere: transfers(undefined),
  referralStays: moves(addressed('newCvi'), 'stays'),
  referralToCvi: moves(addressed('newCvi'), 'newCvi'),
  referralToGp: moves(addressed('newCvi'), 'generalPractice'),
  visitationStays: moves(addressed('newCentre'), 'stays'),
  visitationToCentre: moves(addressed('newCentre'), 'newCentre'),
  visitationToGp: moves(addressed('newCentre'), 'generalPractice'),
  visitationToControl: moves(addressed('newCentre'), 'controlPhase'),
  courseStays: moves(afterAcceptance, 'stays'),
  courseToCentre: moves(afterAcceptance, 'newCentre'),
  courseToGp: moves(afterAcceptance, 'generalPractice'),
  courseToControl: moves(afterAcceptance, 'controlPhase'),
  /** A unit that answers where there is no own GP neither receives nor reads its own letter: that waits, or goes to a named doctor by hand. */
  hasOwnGp: has(({ ownGp }) => ownGp !== null),
  hasNotes: has(({ notes }) => Object.keys(notes).length > 0),
  hasNewPain: has(({ newPain }) => newPain.length > 0),
  hasNewPainAttached: has(({ newPain, attachedAt }) => newPain.length > 0 && attachedAt !== undefined),
  hasUnseen: has(({ unseen }) => unseen.length > 0),
  hasLetter: has(({ letter }) => letter !== undefined),
  hasMessages: has(({ undelivered }) => Object.keys(undelivered).length > 0),
  hasClocks: has(({ clocks }) => clocks.length > 0),
} as const satisfies Record<string, Condition>;
export type ConditionName = keyof typeof conditions;
