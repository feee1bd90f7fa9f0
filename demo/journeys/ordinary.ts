/** The courses that most patients have, each from the draft to the GP's follow-up; `turns` are what comes in between. */
import type { Course, Journey, Part } from '../course.js';
import type { Gap } from '../facts.js';
import {
  closedByGp,
  decided,
  informationRecorded,
  informationRequested,
  informationSupplied,
  informationUnobtainable,
  planned,
  rejected,
  reminded,
} from './deciding.js';
import { afterDischarge, discharged, letterSigned, recordConfirmed } from './ending.js';
import { drafted, forwarded, received, referred, submitted } from './referring.js';
import { firstVisit, inAssessment, inCentre, inClinic, type Turns } from './treating.js';
import { accepted, firstBooked } from './visiting.js';
import * as said from '../texts/between.js';

export const clinicCourse = (turns: Turns = {}, end: Part = discharged): Part =>
  function* (c) {
    yield* referred(c);
    yield* decided(c, 'painClinic');
    yield* inClinic(c, turns);
    yield* end(c);
  };

export const centreCourse = (turns: Turns = {}, end: Part = discharged): Part =>
  function* (c) {
    yield* referred(c);
    yield* decided(c, 'painCentre');
    yield* inCentre(c, turns);
    yield* end(c);
  };

export const assessmentCourse = (end: Part = discharged): Part =>
  function* (c) {
    yield* referred(c);
    yield* decided(c, 'medicationAssessment');
    yield* inAssessment(c);
    yield* end(c);
  };
/** A letter without a control before it. */
export function* letterAndAfter(c: Course): Journey {
  yield* recordConfirmed(c);
  yield* letterSigned(c);
  yield* afterDischarge(c);
}

type Answer = 'supplied' | 'recorded' | 'unobtainable' | 'remindedThenSupplied' | 'none' | 'reminded';
/** The centre lacks something and asks; then it goes on in the clinic. */
export const informationFirst = (answer: Answer, gaps: readonly Gap[]): Part =>
  function* (c) {
    c.gaps = gaps;
    yield* referred(c);
    yield* informationRequested(c);
    if (answer === 'none') return;
    if (answer === 'reminded' || answer === 'remindedThenSupplied') yield* reminded(c);
    if (answer === 'reminded') return;
    yield* {
      supplied: informationSupplied,
      recorded: informationRecorded,
      unobtainable: informationUnobtainable,
      remindedThenSupplied: informationSupplied,
    }[answer](c);
    const centre = c.story.about.kind === 'complex';
    yield* decided(c, centre ? 'painCentre' : 'painClinic');
    yield* (centre ? inCentre : inClinic)(c);
    yield* discharged(c);
  };

/** Not accepted, with advice: the GP follows it, and either keeps the patient or refers again when it did not help. */
export const rejection = (then: 'kept' | 'sentAgain'): Part =>
  function* (c) {
    yield* referred(c);
    yield* rejected(c);
    yield* planned(c);
    c.wait(45, 62);
    if (then === 'kept') {
      yield* closedByGp(c, c.random.chance(0.8) ? 'managedInGeneralPractice' : 'referredElsewhere', said.closings.kept);
      return;
    }
    yield c.by('gp', {
      type: 'referral.updated',
      facts: {
        content: { problemStatement: 'Centrets råd er fulgt i to måneder uden tilstrækkelig effekt. Henvises på ny.' },
      },
    });
    yield* submitted(c);
    yield* received(c);
    yield* forwarded(c);
    yield* decided(c, 'painClinic');
    yield* inClinic(c);
    yield* discharged(c);
  };

/** Not accepted, and the GP has made no plan. */
export function* rejectedWithoutPlan(c: Course): Journey {
  yield* referred(c);
  yield* rejected(c);
}
/** Accepted, and nobody gives a time. */
export function* noTimeGiven(c: Course): Journey {
  yield* referred(c);
  yield* decided(c, 'painClinic');
  yield* accepted(c);
}
/** Seen for the first time, and no next time. */
export function* noNextTime(c: Course): Journey {
  yield* noTimeGiven(c);
  yield* firstBooked(c);
  yield* firstVisit(c);
}
/** Nothing more: what is owed stays owed. */
export function* nothing(): Journey {
  /* nobody does anything */
}
/** A draft that is still being written. */
export function* draftInTheMaking(c: Course): Journey {
  yield* drafted(c);
}
/** A draft that was never sent: the pain was manageable after all. */
export function* draftGivenUp(c: Course): Journey {
  yield* drafted(c);
  c.wait(20, 60);
  yield* closedByGp(c, 'managedInGeneralPractice', said.closings.kept);
}
