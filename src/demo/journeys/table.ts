/**
 * Who there is in the demo: of 299 patients (the 300th is a draft just begun) so many go each way, having come to their GP so many days ago, between the two numbers. Where they
 * are today follows from their journey: one begun last week is on its way, one begun last year is long closed. Journeys that stop by themselves ("nobody
 * decides") are those of the overdue.
 */
import type { Part } from '../course.js';
import type { Kind } from '../facts.js';
import type { Wanted } from '../people.js';
import { changesGp, deathRevoked, declinedAttached, diesAfterDischarge, diesInTreatment, diesWaiting, endedForNoShow, leavesRegion, movesAlong, movesAndStays, practiceCloses } from './leaving.js';
import { adviceAfterwards, enteredInError, handoverForgotten, letterBroughtAlong, letterByHand, letterDisagreed, letterRecalled, letterRefused, letterSentAgain, letterUnacknowledged, letterUnread, notFollowedUp, reReferred, resumedAfterControl } from './lettering.js';
import { atTheLimit, byException, declinedBefore, littleTried, lostOnTheWay, lyingAtTheCvi, movedToOtherCentre, readdressed, reopened, returnedByClinic, returnedBySender, sentAtOnce, sentToWrongClinic, sentTooEarly, withdrawn } from './on-the-way.js';
import { assessmentCourse, centreCourse, clinicCourse, draftGivenUp, draftInTheMaking, informationFirst, noNextTime, noTimeGiven, nothing, rejectedWithoutPlan, rejection } from './ordinary.js';
import { referred } from './referring.js';
import { assessmentEndedEarly, assessmentProvesComplex, assessmentTakesOver, centreToClinic, clinicToCentre, transferDeclined, transferUnanswered } from './transferring.js';
import { medicationDeclined, messageRefused, newPain, newPainIncluded, newPainUnanswered, noteByHand, noteCorrected, noteSentAgain, pausedAndResumed, pausedStill, teamDeclined, toldUnasked, urgentPain, withoutDelegation } from './turns.js';
import { cancelledAndRebooked, missedAndRebooked, movedByPatient, movedByUnit, walkedIn } from './visiting.js';

export type Row = readonly [of299: number, daysAgo: readonly [number, number], kind: Kind, name: string, journey: Part, wanted?: Wanted];

export const table: readonly Row[] = [
  // the ordinary courses
  [30, [12, 364], 'simple', 'clinic', clinicCourse()],
  [5, [30, 300], 'between', 'clinic, though not clearly simple', clinicCourse()],
  [23, [12, 364], 'complex', 'centre', centreCourse()],
  [3, [30, 300], 'between', 'centre, though not clearly complex', centreCourse()],
  [9, [30, 300], 'assessment', 'medication assessment', assessmentCourse()],
  [11, [6, 34], 'assessment', 'medication assessment, lately', assessmentCourse()],
  [4, [2, 9], 'simple', 'clinic, just referred', clinicCourse()],
  [3, [1, 1], 'simple', 'clinic, sent yesterday', sentAtOnce(false)],
  [2, [1, 1], 'simple', 'clinic, received yesterday', sentAtOnce(true)],
  [5, [1, 9], 'complex', 'centre, just referred', centreCourse()],
  [5, [12, 30], 'simple', 'clinic, waiting', clinicCourse()],

  // general practice and the referral
  [5, [2, 20], 'simple', 'a draft in the making', draftInTheMaking],
  [2, [40, 340], 'simple', 'a draft given up', draftGivenUp],
  [1, [5, 8], 'simple', 'sent, and lying at the CVI', lyingAtTheCvi],
  [1, [5, 8], 'complex', 'sent, and not received', lostOnTheWay('unnoticed')],
  [1, [40, 300], 'simple', 'lost on the way, sent again', lostOnTheWay('sentAgain')],
  [1, [40, 300], 'simple', 'lost on the way, by hand', lostOnTheWay('byHand')],
  [2, [40, 200], 'simple', 'the planning area was wrong', readdressed, { area: 'nord' }],
  [2, [60, 300], 'simple', 'unreadable, sent anew', returnedBySender('unreadable')],
  [1, [90, 300], 'simple', 'returned: a duplicate', returnedBySender('duplicate')],
  [1, [90, 300], 'between', 'returned: another pathway', returnedBySender('wrongPathway')],
  [2, [50, 250], 'simple', 'sent too early, and refused', sentTooEarly],
  [1, [120, 200], 'simple', 'entered in error', enteredInError],

  // visitation
  [5, [20, 330], 'simple', 'information supplied', informationFirst('supplied', ['H3a', 'H6'])],
  [3, [20, 330], 'complex', 'information supplied by staff', informationFirst('supplied', ['H3', 'H3a'])],
  [2, [40, 300], 'simple', 'information obtained by the centre', informationFirst('recorded', ['H4', 'H7'])],
  [2, [40, 300], 'complex', 'information not to be had', informationFirst('unobtainable', ['H3a'])],
  [2, [60, 300], 'simple', 'reminded, then supplied', informationFirst('remindedThenSupplied', ['H6', 'H7', 'H8'])],
  [4, [7, 15], 'simple', 'information awaited', informationFirst('none', ['H3a', 'H7'])],
  [2, [26, 32], 'complex', 'information awaited for too long', informationFirst('reminded', ['H5', 'H6'])],
  [2, [9, 13], 'complex', 'nobody decides', referred],
  [9, [14, 340], 'between', 'rejected, kept by the GP', rejection('kept')],
  [3, [30, 340], 'simple', 'rejected, referred again', rejection('sentAgain')],
  [2, [28, 45], 'between', 'rejected, and no plan made', rejectedWithoutPlan],
  [2, [40, 300], 'complex', 'to the other centre', movedToOtherCentre],
  [3, [14, 300], 'simple', 'withdrawn', withdrawn],
  [3, [18, 300], 'complex', 'declined before the first visit', declinedBefore],
  [2, [40, 300], 'complex', 'exception: not clarified', byException('clarification')],
  [1, [100, 250], 'complex', 'exception: misuse', byException('misuse')],
  [1, [60, 150], 'complex', 'exception: under 18', byException('tooYoung'), { age: 17 }],
  [1, [60, 200], 'simple', 'exactly 18', atTheLimit('C1'), { age: 18 }],
  [1, [60, 200], 'simple', 'exactly six months', atTheLimit('C2')],
  [1, [60, 200], 'simple', 'hardly anything tried', littleTried],
  [2, [40, 250], 'simple', 'sent to the wrong clinic, and refused', sentToWrongClinic],

  // in between: moved, missed, new pain
  [3, [50, 330], 'simple', 'moved by the patient', clinicCourse({ 1: movedByPatient, 3: movedByUnit })],
  [3, [50, 330], 'complex', 'moved by the unit', centreCourse({ 2: movedByUnit, 4: movedByPatient })],
  [3, [50, 330], 'simple', 'cancelled and booked anew', clinicCourse({ 2: cancelledAndRebooked })],
  [4, [60, 330], 'simple', 'missed once', clinicCourse({ 2: missedAndRebooked })],
  [2, [60, 330], 'complex', 'missed twice, in different months', centreCourse({ 2: missedAndRebooked, 5: missedAndRebooked })],
  [2, [60, 330], 'simple', 'walked in', clinicCourse({ 2: walkedIn })],
  [3, [90, 340], 'simple', 'paused in the clinic', clinicCourse({ 2: pausedAndResumed })],
  [3, [90, 340], 'complex', 'paused in the centre', centreCourse({ 3: pausedAndResumed })],
  [3, [80, 92], 'simple', 'pausing now', clinicCourse({ 2: pausedStill })],
  [2, [80, 92], 'complex', 'pausing now, in the centre', centreCourse({ 2: pausedStill })],
  [3, [80, 330], 'simple', 'new pain, treated', clinicCourse({ 2: newPain('treated') })],
  [2, [80, 330], 'complex', 'new pain, passing', centreCourse({ 3: newPain('selfLimiting') })],
  [2, [80, 330], 'simple', 'new pain, urgent', clinicCourse({ 3: urgentPain })],
  [2, [80, 330], 'complex', 'new pain, taken into the course', centreCourse({ 2: newPainIncluded })],
  [2, [50, 56], 'complex', 'new pain, unanswered', centreCourse({ 1: newPainUnanswered })],
  [2, [60, 300], 'simple', 'declines the medication', clinicCourse({ 2: medicationDeclined })],
  [2, [90, 300], 'complex', 'declines the team', centreCourse({ 3: teamDeclined })],
  [1, [60, 300], 'simple', 'a note corrected', clinicCourse({ 1: noteCorrected })],
  [1, [60, 300], 'simple', 'a nurse without delegation, and refused', clinicCourse({ 3: withoutDelegation })],
  [1, [60, 300], 'complex', 'a note by hand', centreCourse({ 1: noteByHand })],
  [1, [60, 300], 'simple', 'a note sent again', clinicCourse({ 2: noteSentAgain })],
  [3, [40, 300], 'complex', 'information unasked', centreCourse({ 1: toldUnasked, 3: toldUnasked })],
  [1, [60, 300], 'complex', 'some prescribing handed back, and the message of it refused', centreCourse({ 3: messageRefused })],
  [3, [38, 50], 'simple', 'no time given', noTimeGiven],
  [3, [62, 84], 'simple', 'no next time', noNextTime],

  // from unit to unit, and out
  [5, [60, 330], 'complex', 'clinic to centre', clinicToCentre],
  [1, [80, 300], 'between', 'transfer declined', transferDeclined],
  [1, [62, 68], 'complex', 'transfer unanswered', transferUnanswered],
  [3, [60, 330], 'simple', 'centre to clinic', centreToClinic],
  [2, [40, 300], 'complex', 'the clinic returns', returnedByClinic],
  [1, [40, 300], 'simple', 'triage reopened', reopened],
  [1, [40, 200], 'assessment', 'assessment proves complex', assessmentProvesComplex],
  [1, [60, 300], 'assessment', 'assessment ended early', assessmentEndedEarly],
  [1, [40, 300], 'assessment', 'assessment takes over prescribing', assessmentTakesOver],
  [2, [70, 300], 'simple', 'ended for no-show, before the first visit', endedForNoShow(false)],
  [2, [70, 300], 'simple', 'ended for no-show', endedForNoShow(true)],
  [2, [70, 300], 'simple', 'declines the course', declinedAttached],
  [1, [30, 300], 'complex', 'dies waiting', diesWaiting, { age: 84 }],
  [2, [60, 300], 'complex', 'dies in treatment', diesInTreatment, { age: 77 }],
  [1, [280, 330], 'simple', 'dies after the discharge', diesAfterDischarge, { age: 81 }],
  [1, [90, 250], 'simple', 'death recorded on the wrong patient', deathRevoked],
  [2, [60, 300], 'simple', 'moves house and stays', clinicCourse({ 1: movesAndStays })],
  [2, [70, 300], 'complex', 'moves house, to the other centre', movesAlong],
  [1, [60, 300], 'simple', 'leaves the region', leavesRegion(true)],
  [1, [60, 300], 'simple', 'leaves the region, waiting', leavesRegion(false)],
  [3, [60, 300], 'simple', 'changes the own GP', clinicCourse({ 2: changesGp })],
  [1, [60, 250], 'complex', 'the practice closes', centreCourse({ 2: practiceCloses })],

  // letters and afterwards
  [2, [160, 330], 'simple', 'the letter by hand', clinicCourse({}, letterByHand), { identity: 'replacement' }],
  [2, [70, 330], 'assessment', 'without any number', assessmentCourse(letterByHand), { identity: 'none' }],
  [1, [60, 330], 'assessment', 'the letter sent again', assessmentCourse(letterSentAgain)],
  [1, [60, 330], 'assessment', 'the letter brought along', assessmentCourse(letterBroughtAlong)],
  [1, [220, 330], 'simple', 'the letter recalled', clinicCourse({}, letterRecalled)],
  [1, [180, 330], 'simple', 'resumed after a control', clinicCourse({}, resumedAfterControl)],
  [3, [170, 340], 'simple', 'the GP does not agree', clinicCourse({}, letterDisagreed)],
  [1, [160, 330], 'simple', 'a handover forgotten, and refused', clinicCourse({}, handoverForgotten)],
  [2, [58, 66], 'assessment', 'the letter owed', assessmentCourse(nothing)],
  [1, [55, 62], 'assessment', 'the letter not acknowledged', assessmentCourse(letterUnacknowledged)],
  [1, [55, 62], 'assessment', 'the letter refused', assessmentCourse(letterRefused)],
  [4, [60, 95], 'assessment', 'the letter not read', assessmentCourse(letterUnread)],
  [3, [175, 210], 'assessment', 'not followed up', assessmentCourse(notFollowedUp)],
  [2, [90, 330], 'assessment', 'advice afterwards', assessmentCourse(adviceAfterwards)],
  [4, [330, 364], 'simple', 'again: a new pain', clinicCourse({ 2: newPain('becameChronic') }, reReferred('newPainProblem', 'complex'))],
  [1, [330, 364], 'simple', 'again: another complexity', clinicCourse({}, reReferred('changedComplexity', 'complex'))],
  [2, [200, 364], 'assessment', 'again: the same pain', assessmentCourse(reReferred('other', 'simple'))],
];
