/** Each clock of pathway.md's table: when it starts, when it is due, when it stands still, begins anew and stops. 2026: Easter Sunday is 5 April. */
import assert from 'node:assert/strict';
import { describe, it } from '@jest/globals';

import fc from 'fast-check';

import { addDays, addWorkingDays, copenhagenDate, endOfDay, lastDayOf } from '../../machines/calendar/calendar.js';
import { dueAfter, earliestDue } from '../../machines/pathway/clocks.js';
import type { Uncounted } from '../../machines/pathway/context.js';
import { ruleSets, workingDaysOf } from '../../machines/pathway/routes.js';
import {
  attachedIn,
  begin,
  complexFacts,
  discharged,
  inControlPhase,
  letterOf,
  letterOut,
  visit,
  waitingFor,
  type Walk,
} from '../support/walk.js';

const due = (walk: Walk, clock: string) => walk.clock(clock)?.dueAt;
const started = (walk: Walk, clock: string) => walk.clock(clock)?.startedAt;
/** The last day that is in time: a clock is late from the end of that day in Denmark. */
const lastDay = (walk: Walk, clock: string) => {
  const at = due(walk, clock);
  return at === undefined ? 'does not run' : lastDayOf(at);
};
const runs = (walk: Walk, clock: string) => walk.clock(clock) !== undefined;
/** Runs, and its days count. */
const counts = (walk: Walk, clock: string) => walk.running.includes(clock);
const on = (day: string, time = '10:00') => ({
  at: `${day}T${time}:00+0${day >= '2026-03-29' && day < '2026-10-25' ? 2 : 1}:00`,
});
const rejected = {
  decision: 'rejected',
  reason: 'Ikke kronisk',
  adviceToGp: 'Fortsæt hos egen læge',
  patientInformedBy: 'gp',
} as const;
const reason = 'Aftalt med patienten';
const moved = (day: string, by: 'patient' | 'unit' = 'patient') => ({ at: on(day).at, by, reason });

/** Submitted, received and forwarded on days of one's choice. */
const submittedOn = (day: string) => begin({ at: on(day, '09:00').at }).send('referral.submitted', {}, on(day));
const receivedOn = (day: string) => submittedOn(day).send('referral.received', {}, on(day, '10:30'));
const forwardedOn = (day: string) => {
  const walk = receivedOn(day);
  return walk.send('referral.forwarded', { centre: walk.context.centre! }, on(day, '11:00'));
};
const decidedOn = (day: string, decision: 'painCentre' | 'painClinic') => {
  const walk = begin({ at: on(day, '09:00').at, ...(decision === 'painCentre' ? { facts: complexFacts } : {}) })
    .send('referral.submitted', {}, on(day))
    .send('referral.received', {}, on(day, '10:30'));
  return walk
    .send('referral.forwarded', { centre: walk.context.centre! }, on(day, '11:00'))
    .send(
      'triage.decided',
      { decision, patientInformedBy: 'unit', ...(decision === 'painClinic' ? { target: 'SK_HIH' } : {}) },
      on(day, '11:30'),
    );
};

describe('the clock of the receipt', () => {
  it('runs from the submission to the next working day, at the end of that day in Denmark', () => {
    assert.equal(due(submittedOn('2026-03-02'), 'receipt'), '2026-03-03T23:00:00.000Z', 'a Monday in winter time');
    assert.equal(
      due(submittedOn('2026-03-27'), 'receipt'),
      '2026-03-30T22:00:00.000Z',
      'a Friday, summer time begins on the Sunday',
    );
    assert.equal(
      due(submittedOn('2026-10-23'), 'receipt'),
      '2026-10-26T23:00:00.000Z',
      'a Friday, summer time ends on the Sunday',
    );
    assert.equal(due(submittedOn('2026-04-01'), 'receipt'), '2026-04-07T22:00:00.000Z', 'the Wednesday before Easter');
    assert.equal(due(submittedOn('2026-04-30'), 'receipt'), '2026-05-04T22:00:00.000Z', 'before 1 May, a Friday');
    assert.equal(
      due(submittedOn('2026-05-13'), 'receipt'),
      '2026-05-18T22:00:00.000Z',
      'before Ascension Day and the Friday after it',
    );
    assert.equal(due(submittedOn('2026-12-23'), 'receipt'), '2026-12-28T23:00:00.000Z', 'the day before Christmas Eve');
    assert.equal(
      due(submittedOn('2026-12-30'), 'receipt'),
      '2027-01-04T23:00:00.000Z',
      "the day before New Year's Eve",
    );
  });

  it('stops when the CVI has received the referral, and begins anew when another CVI is to', () => {
    const walk = receivedOn('2026-03-02');
    assert.ok(!runs(walk, 'receipt'));
    walk.send('referral.readdressed', { planningArea: 'byen', reason }, on('2026-03-04'));
    assert.equal(lastDay(walk, 'receipt'), '2026-03-05');
  });

  it('is not put off by sending the referral again', () => {
    const walk = submittedOn('2026-03-02').send('referral.resent', {}, on('2026-03-05'));
    assert.equal(lastDay(walk, 'receipt'), '2026-03-03');
  });
});

describe('the clock of the forwarding', () => {
  it('runs from the receipt to the next working day, and stops when the centre has the referral', () => {
    const walk = receivedOn('2026-04-30');
    assert.equal(due(walk, 'forwarding'), '2026-05-04T22:00:00.000Z');
    walk.send('referral.forwarded', { centre: 'TSC_HEH' }, on('2026-05-04'));
    assert.ok(!runs(walk, 'forwarding'));
  });
});

describe('the clock of the decision', () => {
  it('gives three working days from the forwarding', () => {
    assert.equal(due(forwardedOn('2026-03-02'), 'decision'), '2026-03-05T23:00:00.000Z');
    assert.equal(
      due(forwardedOn('2026-12-22'), 'decision'),
      '2026-12-29T23:00:00.000Z',
      'only the 23rd, 28th and 29th are working days',
    );
  });

  it('stands still while information is awaited, and begins anew when it has been supplied, recorded, or cannot be had', () => {
    for (const answer of ['information.supplied', 'information.recorded', 'information.unobtainable'] as const) {
      const walk = forwardedOn('2026-03-02').send('information.requested', { items: ['H3a'] }, on('2026-03-04'));
      assert.equal(walk.clock('decision')?.pausedSince, '2026-03-04T09:00:00.000Z');
      assert.equal(walk.clock('decision')?.pausedBecause, 'informationAwaited');
      if (answer === 'information.supplied')
        walk.send(answer, { facts: { content: { ecg: 'normal' } } }, on('2026-03-20'));
      if (answer === 'information.recorded')
        walk.send(answer, { source: 'phone', facts: { content: { ecg: 'normal' } } }, on('2026-03-20'));
      if (answer === 'information.unobtainable')
        walk.send(answer, { items: ['H3a'], text: 'Findes ikke' }, on('2026-03-20'));
      assert.ok(counts(walk, 'decision'));
      assert.equal(lastDay(walk, 'decision'), '2026-03-25', answer);
    }
  });

  it('is not put off by information that nobody had asked for', () => {
    const walk = forwardedOn('2026-03-02').send('information.supplied', { text: 'Ny adresse' }, on('2026-03-04'));
    assert.equal(lastDay(walk, 'decision'), '2026-03-05');
  });

  it('begins anew when the clinic returns the patient, the triage is reopened, or the other centre gets him', () => {
    const returned = decidedOn('2026-03-02', 'painClinic').send('clinic.returned', { reason }, on('2026-03-10'));
    assert.equal(lastDay(returned, 'decision'), '2026-03-13');
    const reopened = decidedOn('2026-03-02', 'painCentre').send('triage.reopened', { reason }, on('2026-03-10'));
    assert.equal(lastDay(reopened, 'decision'), '2026-03-13');
    const other = forwardedOn('2026-03-02').send(
      'referral.movedToCentre',
      { centre: 'TSC_RH', reason: 'capacity', text: 'Plads' },
      on('2026-03-05'),
    );
    assert.equal(lastDay(other, 'decision'), '2026-03-10');
  });

  it('keeps its start when the patient moves house, less the days on which information was awaited', () => {
    const walk = forwardedOn('2026-03-02');
    const start = started(walk, 'decision');
    walk
      .send('information.requested', { items: ['H3a'] }, on('2026-03-03'))
      .send('patient.moved', { planningArea: 'byen', wish: 'move' }, on('2026-03-10'));
    assert.equal(walk.state, 'visitation.assessing');
    assert.equal(started(walk, 'decision'), start);
    assert.equal(
      lastDay(walk, 'decision'),
      '2026-03-12',
      'one of three days had gone when it stood still; the other two follow the 10th',
    );
    assert.deepEqual(walk.clock('decision')?.uncounted, [
      { from: '2026-03-04', to: '2026-03-10', because: 'informationAwaited' },
    ]);
  });

  it('is stopped by the decision', () => {
    assert.ok(!runs(decidedOn('2026-03-02', 'painCentre'), 'decision'));
    assert.ok(!runs(forwardedOn('2026-03-02').send('triage.decided', rejected), 'decision'));
  });
});

describe("the clock of the clinic's intake", () => {
  it('gives three working days from the decision, and stops when the clinic has accepted the patient', () => {
    const walk = decidedOn('2026-03-31', 'painClinic');
    assert.equal(due(walk, 'intake'), '2026-04-08T22:00:00.000Z', 'over Easter');
    assert.ok(!runs(walk.send('clinic.accepted', {}), 'intake'));
  });

  it('begins anew at the clinic to which the patient is transferred', () => {
    const walk = attachedIn('painCentre').send('unit.transferred', { to: 'SK_HIH', reason }, on('2026-04-20'));
    assert.equal(lastDay(walk, 'intake'), '2026-04-23');
    assert.ok(counts(walk, 'nextStep'), 'attached, so the next step is watched as well');
  });
});

describe('the clock of the information letter', () => {
  it('gives eight working days from the receipt and stops with the letter', () => {
    const walk = receivedOn('2026-03-27');
    assert.equal(due(walk, 'informationLetter'), '2026-04-13T22:00:00.000Z', 'over Easter');
    const sent = decidedOn('2026-03-02', 'painCentre').send(
      'appointment.booked',
      { at: on('2026-03-20').at, place: 'HeH' },
      on('2026-03-03'),
    );
    assert.equal(lastDay(sent, 'informationLetter'), '2026-03-12');
    sent.send(
      'appointment.booked',
      { at: on('2026-03-25').at, place: 'HeH', informationLetterSentAt: on('2026-03-04').at },
      on('2026-03-04', '11:00'),
    );
    assert.ok(!runs(sent, 'informationLetter'));
  });

  it('survives a return to the triage and stops with the visit or a rejection', () => {
    const walk = decidedOn('2026-03-02', 'painCentre').send('triage.reopened', { reason }, on('2026-03-05'));
    assert.equal(lastDay(walk, 'informationLetter'), '2026-03-12');
    assert.ok(!runs(walk.send('triage.decided', rejected), 'informationLetter'));
    assert.ok(!runs(attachedIn('painCentre'), 'informationLetter'));
  });
});

describe('the clock of the first visit', () => {
  it('gives thirty days from the receipt, whatever summer time does', () => {
    assert.equal(due(receivedOn('2026-03-02'), 'firstVisit'), '2026-04-01T22:00:00.000Z');
    assert.equal(due(receivedOn('2026-10-20'), 'firstVisit'), '2026-11-19T23:00:00.000Z');
  });

  it('stands still while information is awaited; the days of the wait do not count', () => {
    const walk = forwardedOn('2026-03-02').send('information.requested', { items: ['H3a'] }, on('2026-03-04'));
    assert.ok(!counts(walk, 'firstVisit') && counts(walk, 'requestedInformation'));
    walk.send('information.supplied', { facts: { content: { ecg: 'normal' } } }, on('2026-03-14'));
    assert.equal(lastDay(walk, 'firstVisit'), '2026-04-11', 'ten days more');
    assert.deepEqual(walk.clock('firstVisit')?.uncounted, [
      { from: '2026-03-05', to: '2026-03-14', because: 'informationAwaited' },
    ]);
    walk
      .send('information.requested', { items: ['H6'] }, on('2026-03-16'))
      .send('information.unobtainable', { items: ['H6'], text: 'Findes ikke' }, on('2026-03-18'));
    assert.equal(lastDay(walk, 'firstVisit'), '2026-04-13', 'two more for the second wait');
    walk
      .send('triage.decided', { decision: 'painClinic', target: 'SK_HIH', patientInformedBy: 'unit' }, on('2026-03-19'))
      .send('clinic.accepted', {}, on('2026-03-20'));
    assert.equal(lastDay(walk, 'firstVisit'), '2026-04-13', 'and they stay uncounted');
    assert.equal(started(walk, 'firstVisit'), '2026-03-02T09:30:00.000Z');
  });

  it('loses no day by a question that is answered on the same day', () => {
    const walk = forwardedOn('2026-03-02')
      .send('information.requested', { items: ['H3a'] }, on('2026-03-04', '08:00'))
      .send('information.supplied', { text: 'Se vedlagt' }, on('2026-03-04', '15:00'));
    assert.equal(lastDay(walk, 'firstVisit'), '2026-04-01');
    assert.equal(walk.clock('firstVisit')?.uncounted, undefined);
  });

  it('is never begun anew: not by a return to the triage, the other centre, or a corrected address', () => {
    const walk = decidedOn('2026-03-02', 'painClinic')
      .send('clinic.accepted', {}, on('2026-03-03'))
      .send('clinic.returned', { reason }, on('2026-03-10'));
    assert.equal(lastDay(walk, 'firstVisit'), '2026-04-01');
    walk.send('referral.movedToCentre', { centre: 'TSC_RH', reason: 'relation', text: 'Kendt der' }, on('2026-03-11'));
    assert.equal(lastDay(walk, 'firstVisit'), '2026-04-01');
    const readdressed = receivedOn('2026-03-02')
      .send('referral.readdressed', { planningArea: 'syd', reason }, on('2026-03-04'))
      .send('referral.received', {}, on('2026-03-06'));
    assert.equal(lastDay(readdressed, 'firstVisit'), '2026-04-01');
    assert.equal(lastDay(readdressed, 'informationLetter'), '2026-03-12');
  });

  it('keeps its start when the patient moves house', () => {
    const walk = decidedOn('2026-03-02', 'painCentre').send(
      'patient.moved',
      { planningArea: 'byen', wish: 'move' },
      on('2026-03-20'),
    );
    assert.equal(walk.unit, 'TSC_RH');
    assert.equal(lastDay(walk, 'firstVisit'), '2026-04-01');
    assert.equal(lastDay(walk, 'decision'), '2026-03-25', 'whereas the new centre has its own days to decide');
  });

  const booked = () =>
    decidedOn('2026-03-02', 'painCentre').send(
      'appointment.booked',
      { at: on('2026-03-20').at, place: 'HeH' },
      on('2026-03-04'),
    );

  it('does not count the days by which the patient puts a time off', () => {
    const walk = booked().send('appointment.moved', moved('2026-04-03'), on('2026-03-10'));
    assert.equal(lastDay(walk, 'firstVisit'), '2026-04-15', 'fourteen days between the old time and the new');
    assert.deepEqual(walk.clock('firstVisit')?.uncounted, [
      { from: '2026-03-21', to: '2026-04-03', because: 'patientCaused' },
    ]);
  });

  it('counts them again when he comes earlier after all', () => {
    const walk = booked()
      .send('appointment.moved', moved('2026-04-03'), on('2026-03-10'))
      .send('appointment.moved', moved('2026-03-25'), on('2026-03-12'));
    assert.equal(lastDay(walk, 'firstVisit'), '2026-04-06', 'five days are left');
    walk.send('appointment.moved', moved('2026-03-19'), on('2026-03-13'));
    assert.equal(lastDay(walk, 'firstVisit'), '2026-04-01');
    assert.equal(walk.clock('firstVisit')?.uncounted, undefined);
  });

  it('counts every day by which the unit puts a time off, and days after the deadline excuse nothing', () => {
    const walk = booked().send('appointment.moved', moved('2026-04-10', 'unit'), on('2026-03-10'));
    assert.equal(lastDay(walk, 'firstVisit'), '2026-04-01');
    walk.send('appointment.moved', moved('2026-04-20'), on('2026-03-11'));
    assert.equal(lastDay(walk, 'firstVisit'), '2026-04-01', 'the thirty days were over before the patient put it off');
  });

  it("stands still from the patient's cancellation until he has a new time, and the next step is watched meanwhile", () => {
    const walk = booked().send('appointment.cancelled', { by: 'patient', reason }, on('2026-03-10'));
    assert.ok(!counts(walk, 'firstVisit'));
    assert.equal(walk.clock('firstVisit')?.pausedBecause, 'patientCaused');
    assert.equal(lastDay(walk, 'nextStep'), '2026-04-09');
    walk.send('appointment.booked', { at: on('2026-04-07').at, place: 'HeH' }, on('2026-03-16'));
    assert.equal(lastDay(walk, 'firstVisit'), '2026-04-07', 'six days');
    assert.ok(!runs(walk, 'nextStep'));
  });

  it("runs on when the unit cancels, or when another time of the patient's stands", () => {
    assert.ok(counts(booked().send('appointment.cancelled', { by: 'unit', reason }, on('2026-03-10')), 'firstVisit'));
    const two = booked()
      .send('appointment.booked', { at: on('2026-03-27').at, place: 'HeH' }, on('2026-03-05'))
      .send('appointment.cancelled', { by: 'patient', reason }, on('2026-03-10'));
    assert.ok(counts(two, 'firstVisit'));
  });

  it('runs on after a return to the triage, though the patient had cancelled', () => {
    const walk = booked()
      .send('appointment.cancelled', { by: 'patient', reason }, on('2026-03-10'))
      .send('triage.reopened', { reason }, on('2026-03-12'));
    assert.ok(counts(walk, 'firstVisit'));
    assert.equal(lastDay(walk, 'firstVisit'), '2026-04-03');
  });

  it('is stopped by the visit and by a rejection; a new referral begins a new one', () => {
    assert.ok(!runs(attachedIn('painCentre'), 'firstVisit'));
    const walk = forwardedOn('2026-03-02').send('triage.decided', rejected, on('2026-03-04'));
    assert.ok(!runs(walk, 'firstVisit') && !runs(walk, 'decision'));
    walk.send('referral.submitted', {}, on('2026-04-20')).send('referral.received', {}, on('2026-04-21'));
    assert.equal(lastDay(walk, 'firstVisit'), '2026-05-21');
  });
});

describe('the clock of the requested information', () => {
  it('gives fourteen days, anew when asked again, and stops with the answer', () => {
    const walk = forwardedOn('2026-03-16').send('information.requested', { items: ['H3a'] }, on('2026-03-17'));
    assert.equal(due(walk, 'requestedInformation'), '2026-03-31T22:00:00.000Z');
    walk.send('information.reminded', {}, on('2026-03-25'));
    assert.equal(lastDay(walk, 'requestedInformation'), '2026-03-31', 'a reminder grants no days');
    walk.send('information.requested', { items: ['H6'] }, on('2026-03-26'));
    assert.equal(lastDay(walk, 'requestedInformation'), '2026-04-09');
    assert.equal(
      walk.clock('firstVisit')?.pausedSince,
      '2026-03-17T09:00:00.000Z',
      'what stood still goes on standing still',
    );
    assert.ok(!runs(walk.send('information.supplied', { text: 'Se vedlagt' }), 'requestedInformation'));
  });
});

describe('the clock of the pause', () => {
  it('asks for a review on the day that was named, else after thirty days, and stops when treatment goes on', () => {
    const named = attachedIn('painCentre').send('treatment.paused', { reason, until: '2026-05-15' }, on('2026-04-01'));
    assert.equal(due(named, 'pauseReview'), '2026-05-15T22:00:00.000Z', 'a named day needs not be a working day');
    assert.ok(!runs(named, 'nextStep'));
    named.send('note.signed', { text: 'Telefonisk kontakt' }, on('2026-04-20'));
    assert.equal(lastDay(named, 'pauseReview'), '2026-05-15');
    named.send('treatment.resumed', {}, on('2026-05-01'));
    assert.ok(!runs(named, 'pauseReview') && counts(named, 'nextStep'));
    const open = attachedIn('painClinic').send('treatment.paused', { reason }, on('2026-04-01'));
    assert.equal(lastDay(open, 'pauseReview'), '2026-05-01');
    assert.equal(
      lastDay(
        open.send('treatment.resumed', {}, on('2026-04-10')).send('treatment.paused', { reason }, on('2026-04-11')),
        'pauseReview',
      ),
      '2026-05-11',
      'each pause has its own',
    );
  });
});

describe('the clock of the next step', () => {
  it('is due thirty days after the last event, or after the appointment that stands', () => {
    const walk = attachedIn('painCentre').send('medication.planned', { text: 'Optrapning' }, on('2026-03-20'));
    assert.equal(lastDay(walk, 'nextStep'), '2026-04-19');
    walk.send('appointment.booked', { at: on('2026-05-04').at, place: 'HeH' }, on('2026-03-21'));
    assert.equal(lastDay(walk, 'nextStep'), '2026-06-03');
    walk.send('appointment.cancelled', { by: 'unit', reason }, on('2026-03-25'));
    assert.equal(lastDay(walk, 'nextStep'), '2026-04-24');
  });

  it('is not put off by what the system notes', () => {
    const walk = attachedIn('painCentre').send('note.signed', { text: 'Første notat' }, on('2026-03-20'));
    const note = walk.seq;
    walk
      .send('note.sent', { noteId: note }, on('2026-03-25'))
      .send('note.delivered', { noteId: note }, on('2026-03-26'));
    for (const id of Object.keys(walk.context.undelivered))
      walk.send('message.delivered', { messageId: id }, on('2026-04-01'));
    assert.equal(lastDay(walk, 'nextStep'), '2026-04-19');
    walk.send('deadline.passed', { clock: 'nextStep' }, on('2026-04-20'));
    assert.equal(lastDay(walk, 'nextStep'), '2026-04-19');
    assert.equal(walk.clock('nextStep')?.missedAt, '2026-04-20T08:00:00.000Z');
    walk.send('medication.adjusted', { drugClass: 'analgesic', change: 'Mere' }, on('2026-04-21'));
    assert.equal(walk.clock('nextStep')?.missedAt, undefined, 'somebody has done something');
    assert.equal(lastDay(walk, 'nextStep'), '2026-05-21');
  });

  it('runs while somebody is attached at a unit, and neither before nor in the control phase', () => {
    assert.ok(!runs(waitingFor('painCentre'), 'nextStep'));
    assert.ok(counts(attachedIn('medicationAssessment'), 'nextStep'));
    assert.ok(!runs(inControlPhase('painCentre'), 'nextStep'));
  });
});

describe('the clock of the letter', () => {
  it('gives five working days from the control phase on, or from the control that stands', () => {
    const walk = inControlPhase('painCentre');
    const from = copenhagenDate(walk.now);
    assert.equal(due(walk, 'letter'), endOfDay(addWorkingDays(from, 5, workingDaysOf('2014-09', 'TSC_HEH'))));
    walk.send('appointment.booked', { at: on('2026-05-04').at, place: 'HeH' }, on('2026-03-23'));
    assert.equal(lastDay(walk, 'letter'), '2026-05-11');
  });

  it('counts from the day on which no control stands any more', () => {
    const booked = () =>
      inControlPhase('painCentre').send(
        'appointment.booked',
        { at: on('2026-05-04').at, place: 'HeH' },
        on('2026-03-23'),
      );
    assert.equal(
      lastDay(booked().send('appointment.cancelled', { by: 'patient', reason }, on('2026-04-20')), 'letter'),
      '2026-04-27',
    );
    assert.equal(
      lastDay(
        booked()
          .send('visit.attended', { at: on('2026-05-04').at }, on('2026-05-04'))
          .send('control.held', { at: on('2026-05-04').at, text: 'Stabil' }, on('2026-05-04', '12:00')),
        'letter',
      ),
      '2026-05-11',
    );
    assert.equal(
      lastDay(booked().send('appointment.missed', { late: false }, on('2026-05-05')), 'letter'),
      '2026-05-12',
    );
  });

  it('is put off by nothing else, and stops when the letter is signed', () => {
    const walk = inControlPhase('painCentre');
    const day = lastDay(walk, 'letter');
    walk
      .send('letter.drafted', { sections: { plan: 'Fortsæt' } }, { at: walk.inDays(2) })
      .send('patient.declined', { scope: 'course', text: 'Vil ikke mere' }, { at: walk.inDays(2) });
    assert.equal(lastDay(walk, 'letter'), day);
    assert.ok(!runs(letterOut('painCentre'), 'letter'));
  });
});

describe('the clock of a delivery', () => {
  it('runs for each message that is queued, to the next working day, until it has arrived', () => {
    const walk = attachedIn('painCentre').deliverAll().send('note.signed', { text: 'Notat' }, on('2026-04-30'));
    const message = `delivery:${walk.seq}.1`;
    assert.equal(due(walk, message), '2026-05-04T22:00:00.000Z');
    const note = walk.seq;
    walk.send('note.sent', { noteId: note }, on('2026-04-30', '11:00'));
    assert.ok(counts(walk, message), 'sent is not arrived');
    walk.send('note.delivered', { noteId: note }, on('2026-04-30', '12:00'));
    assert.ok(!runs(walk, message));
  });

  it('begins anew when the message is sent again', () => {
    const walk = letterOut('painCentre');
    const message = `delivery:${walk.context.letter!.messages[0]}`;
    walk.send('letter.resent', {}, on('2026-05-04'));
    assert.equal(lastDay(walk, message), '2026-05-05');
  });

  it('is what watches a letter that nobody acknowledges', () => {
    const walk = letterOut('painCentre').deliverAll();
    assert.deepEqual(walk.running, [`delivery:${walk.context.letter!.messages[0]}`]);
  });
});

describe('the clocks of the GP', () => {
  it("ask for a plan ten working days after a return, or on the GP's own day", () => {
    const walk = forwardedOn('2026-03-23').send('triage.decided', rejected, on('2026-03-25'));
    assert.equal(due(walk, 'gpPlan'), '2026-04-13T22:00:00.000Z', 'over Easter');
    walk.send('followUp.recorded', { text: 'Ses igen', nextAt: '2026-06-01' }, on('2026-03-26'));
    assert.equal(lastDay(walk, 'gpPlan'), '2026-06-01');
    walk.send('followUp.recorded', { text: 'Set' }, on('2026-06-01'));
    assert.equal(lastDay(walk, 'gpPlan'), '2026-06-15', '5 June is no public holiday');
    assert.ok(!runs(walk.send('referral.submitted', {}), 'gpPlan'));
  });

  it('do not run for a draft that was never sent, and do for every other', () => {
    assert.deepEqual(begin().clocks, []);
    assert.deepEqual(
      submittedOn('2026-03-02')
        .deliverAll()
        .send('referral.withdrawn', { reason })
        .running.filter((clock) => !clock.startsWith('delivery')),
      ['gpPlan'],
    );
    assert.ok(
      counts(discharged('painCentre').send('reReferral.started', { reason: 'newPainProblem', text: 'Knæ' }), 'gpPlan'),
    );
  });

  it('have the letter read within five working days when follow-up is recommended', () => {
    const walk = letterOut('painCentre').deliverAll();
    walk.send('letter.delivered', { messageId: walk.context.letter!.messages[0]! }, on('2026-04-30'));
    assert.equal(due(walk, 'letterRead'), '2026-05-08T22:00:00.000Z', 'not on 1 May');
    assert.ok(!runs(walk.send('letter.acknowledged', { agrees: true }), 'letterRead'));
    const silent = inControlPhase('painCentre').deliverAll();
    silent.send('medicationRecord.confirmed', { at: silent.now });
    silent
      .send('letter.signed', {
        ...letterOf(silent),
        followUpRecommended: false,
        acknowledged: [{ rule: 'followUpForHandover', reason }],
      })
      .send('letter.receivedByGp', { how: 'på papir' });
    assert.ok(!runs(silent, 'letterRead') && counts(silent, 'followUp'));
  });

  it("follow the patient up ninety days after the acknowledgement, or on the GP's own day", () => {
    const walk = discharged('painCentre');
    assert.ok(counts(walk, 'followUp'), 'also before the letter is acknowledged');
    walk.send('letter.acknowledged', { agrees: true }, on('2026-05-04'));
    assert.equal(lastDay(walk, 'followUp'), '2026-08-02');
    walk.send('followUp.recorded', { text: 'Ses igen', nextAt: '2026-06-05' }, on('2026-05-05'));
    assert.equal(lastDay(walk, 'followUp'), '2026-06-05');
  });

  it('forget a day that is over when the letter is acknowledged after it', () => {
    const walk = discharged('painCentre')
      .send('followUp.recorded', { text: 'Ses igen', nextAt: '2026-06-05' }, on('2026-05-05'))
      .send('letter.acknowledged', { agrees: true }, on('2026-06-15'));
    assert.equal(lastDay(walk, 'followUp'), '2026-09-13');
  });
});

describe('the clock of a new pain', () => {
  it('runs for each entry: five working days, or the same day when it is urgent, until the GP has it in hand', () => {
    const walk = attachedIn('painCentre').send('newPain.identified', { text: 'Knæ', urgent: false }, on('2026-04-01'));
    const knee = walk.seq;
    walk.send(
      'newPain.identified',
      { text: 'Bryst', urgent: true, contact: { who: 'onCall', at: on('2026-04-02').at } },
      on('2026-04-02', '11:00'),
    );
    const chest = walk.seq;
    assert.equal(due(walk, `newPain:${knee}`), '2026-04-13T22:00:00.000Z', 'over Easter');
    assert.equal(due(walk, `newPain:${chest}`), '2026-04-02T22:00:00.000Z', 'urgent: also on a public holiday');
    walk.send('newPain.acknowledged', { entry: chest, plan: 'Indlægges' }, on('2026-04-02', '12:00'));
    assert.ok(!runs(walk, `newPain:${chest}`) && counts(walk, `newPain:${knee}`));
    walk.send('newPain.resolved', { entry: knee, outcome: 'treated', text: 'Slidgigt' }, on('2026-04-07'));
    assert.ok(!runs(walk, `newPain:${knee}`));
  });
});

describe('the clock of a transfer that is asked for', () => {
  it('gives the centre five working days, and stops with its answer', () => {
    const walk = attachedIn('painClinic').send('transfer.requested', { reason }, on('2026-04-30'));
    assert.equal(due(walk, 'transfer'), '2026-05-08T22:00:00.000Z');
    walk.send('treatment.paused', { reason }, on('2026-05-01'));
    assert.ok(counts(walk, 'transfer'), 'also while the treatment is paused');
    assert.ok(!runs(walk.send('transfer.declined', { reason }), 'transfer'));
    assert.ok(
      !runs(
        attachedIn('painClinic')
          .send('transfer.requested', { reason })
          .send('unit.transferred', { to: 'TSC_HEH', reason }),
        'transfer',
      ),
    );
  });
});

describe('a deadline that has passed', () => {
  it('is noted once, and not before it is due', () => {
    const walk = submittedOn('2026-03-02');
    assert.deepEqual(walk.refused('deadline.passed', { clock: 'receipt' }, { at: '2026-03-03T22:59:59.999Z' }).rules, [
      'due',
    ]);
    walk.send('deadline.passed', { clock: 'receipt' }, { at: '2026-03-03T23:00:00.000Z' });
    assert.equal(walk.clock('receipt')?.missedAt, '2026-03-03T23:00:00.000Z');
    assert.equal(walk.state, 'referral.sent', 'a clock is informative');
    assert.deepEqual(walk.refused('deadline.passed', { clock: 'receipt' }, on('2026-03-09')).rules, ['due']);
    assert.equal(
      walk.send('referral.resent', {}, on('2026-03-09')).clock('receipt')?.missedAt,
      '2026-03-03T23:00:00.000Z',
      'and stays noted',
    );
  });

  it('is refused for a clock that stands still, or does not run', () => {
    const walk = forwardedOn('2026-03-02').send('information.requested', { items: ['H3a'] }, on('2026-03-03'));
    assert.deepEqual(walk.refused('deadline.passed', { clock: 'decision' }, on('2026-05-01')).rules, ['due']);
    assert.deepEqual(walk.refused('deadline.passed', { clock: 'firstVisit' }, on('2026-05-01')).rules, ['due']);
    assert.deepEqual(walk.refused('deadline.passed', { clock: 'forwarding' }, on('2026-05-01')).rules, ['due']);
    assert.deepEqual(walk.refused('deadline.passed', { clock: 'newPain:3' }, on('2026-05-01')).rules, ['due']);
    assert.equal(begin().refused('deadline.passed', { clock: 'receipt' }).kind, 'not-possible');
  });

  it('may be missed anew once the deadline has moved', () => {
    const walk = forwardedOn('2026-03-02')
      .send('information.requested', { items: ['H3a'] }, on('2026-03-03'))
      .send('deadline.passed', { clock: 'requestedInformation' }, on('2026-03-18'));
    walk.send('information.requested', { items: ['H3a'] }, on('2026-03-19'));
    assert.equal(walk.clock('requestedInformation')?.missedAt, undefined);
    walk.send('deadline.passed', { clock: 'requestedInformation' }, on('2026-04-07'));
    assert.equal(walk.clock('requestedInformation')?.missedAt, '2026-04-07T08:00:00.000Z');
  });

  it("is the earliest of those that run, where the pathway's row shows one", () => {
    const walk = forwardedOn('2026-03-02');
    assert.equal(earliestDue(walk.clocks), [...walk.clocks].map(({ dueAt }) => dueAt).sort()[0]);
    walk.deliverAll().send('information.requested', { items: ['H3a'] }, on('2026-03-03'));
    walk.deliverAll();
    assert.equal(
      earliestDue(walk.clocks),
      due(walk, 'informationLetter'),
      'the decision was due before, but stands still',
    );
    assert.equal(earliestDue([]), null);
  });
});

describe('a death', () => {
  it("stops every clock; when it was somebody else's, they run on as if nothing had been", () => {
    const walk = decidedOn('2026-03-02', 'painCentre').deliverAll();
    const before = walk.clocks;
    walk.send('patient.died', { date: '2026-03-06' }, { ...on('2026-03-06'), role: 'secretary', unit: 'TSC_HEH' });
    assert.deepEqual(walk.clocks, []);
    walk.send(
      'patient.deathRevoked',
      { reason: 'Forkert patient' },
      { ...on('2026-03-09'), role: 'secretary', unit: 'TSC_HEH' },
    );
    for (const clock of before) assert.deepEqual(walk.clock(clock.clock), clock);
  });
});

describe('a length', () => {
  const { clocks: lengths } = ruleSets[0]!;
  const rules = workingDaysOf('2014-09', 'TSC_HEH');
  const day = fc.integer({ min: 0, max: 3_000 }).map((n) => addDays('2024-01-01', n));
  const stretches = fc.array(fc.tuple(fc.integer({ min: -5, max: 60 }), fc.integer({ min: 0, max: 30 })), {
    maxLength: 4,
  });

  it('is as many counted days as it says, in whatever order they are lost', () => {
    fc.assert(
      fc.property(day, stretches, fc.constantFrom('firstVisit', 'decision'), (from, lost, clock) => {
        const uncounted = lost.map(([offset, days]): Uncounted => ({
          from: addDays(from, offset),
          to: addDays(from, offset + days),
          because: 'patientCaused',
        }));
        const counting = { length: lengths[clock]!, rules, uncounted };
        const end = dueAfter(`${from}T12:00:00.000Z`, counting);
        let counted = 0;
        for (let at = addDays(from, 1); endOfDay(at) <= end; at = addDays(at, 1)) {
          const works = clock === 'firstVisit' || addWorkingDays(addDays(at, -1), 1, rules) === at;
          if (works && !uncounted.some(({ from: first, to }) => first <= at && at <= to)) counted += 1;
        }
        assert.equal(counted, clock === 'firstVisit' ? 30 : 3);
        assert.equal(dueAfter(`${from}T12:00:00.000Z`, { ...counting, uncounted: [...uncounted].reverse() }), end);
      }),
      { seed: 2014, numRuns: 200 },
    );
  });

  it('is counted at once, however far ahead somebody has put a time', () => {
    const far = '2199-12-31T10:00:00.000Z';
    const walk = decidedOn('2026-03-02', 'painCentre').send(
      'appointment.booked',
      { at: on('2026-03-20').at, place: 'HeH' },
      on('2026-03-04'),
    );
    const begun = performance.now();
    walk
      .send('appointment.moved', { at: far, by: 'patient', reason }, on('2026-03-05'))
      .send('information.supplied', { text: 'Se vedlagt' }, on('2026-03-06'));
    assert.equal(lastDay(walk, 'firstVisit'), '2200-01-12');
    walk
      .send('visit.attended', { at: on('2026-03-07').at, walkInReason: 'Akut' }, on('2026-03-07'))
      .send('appointment.booked', { at: far, place: 'HeH' }, on('2026-03-08'));
    assert.equal(lastDay(walk, 'nextStep'), '2200-01-30');
    walk.send('treatment.paused', { reason, until: '2199-12-31' }, on('2026-03-09'));
    assert.equal(due(walk, 'pauseReview'), '2199-12-31T23:00:00.000Z');
    assert.ok(performance.now() - begun < 1_000);
  });

  it('that the rule set leaves out switches its clock off', () => {
    const { receipt, ...others } = lengths;
    const changed = ruleSets[0] as { clocks: typeof lengths };
    try {
      changed.clocks = others;
      assert.ok(!runs(submittedOn('2026-03-02'), 'receipt'));
    } finally {
      changed.clocks = { ...others, receipt: receipt! };
    }
    assert.ok(runs(submittedOn('2026-03-02'), 'receipt'));
  });
});

describe('a visit that begins a course', () => {
  it('leaves nothing of the wait behind', () => {
    const walk = visit(waitingFor('painClinic'));
    for (const clock of ['firstVisit', 'informationLetter', 'intake', 'decision']) assert.ok(!runs(walk, clock), clock);
  });
});
