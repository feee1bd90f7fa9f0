/**
 * The pathway for chronic non-malignant pain: states and arrows, nothing else. Read it beside the source document and
 * pathway.md, "The course". An arrow's rules are in rules.ts, what it leaves behind in memory.ts, whom it tells in letters.ts.
 */
import { arrow, chart, initialContext } from '../engine/arrow.js';
import type { Moment } from './memory.js';
import type { RuleId } from './rules.js';

export const machineVersion = 1;

const inclusion = [
  'B1',
  'B2',
  'C1',
  'C2',
  'C3',
  'C4',
  'X1',
  'X2',
  'X3',
  'X4',
  'X5',
] as const satisfies readonly RuleId[];
const contents = [
  'H1',
  'H1a',
  'H1b',
  'H1c',
  'H1d',
  'H1e',
  'H2',
  'H3',
  'H3a',
  'H4',
  'H5',
  'H6',
  'H7',
  'H8',
] as const satisfies readonly RuleId[];
const submission = [
  'V1',
  'P1',
  'P2',
  ...inclusion,
  'O3.4',
  'B3',
  'G1',
  'G3',
  ...contents,
  'Q2',
] as const satisfies readonly RuleId[];
const signing = [
  'D2',
  'handoverComplete',
  'D3',
  'S6',
  'G1',
  'followUpForHandover',
] as const satisfies readonly RuleId[];

const generalPractice = '#pathway.open.generalPractice';
const assessing = '#pathway.open.visitation.assessing';
const followUp = '#pathway.open.controlPhase.followUp';
const discharged = '#pathway.open.dischargedToGp';
const closed = '#pathway.closed';

const withdrawn = {
  'referral.withdrawn': arrow({
    to: generalPractice,
    when: 'notAttached',
    means: ['returned'],
    tell: ['referralWithdrawn'],
  }),
};
const unasked = {
  'information.supplied': arrow({ rules: ['staffSupplies'], shows: inclusion, means: ['unseen'] }),
  'information.seen': arrow({ when: 'hasUnseen' }),
};
const declining = {
  'patient.declined': [
    arrow({ to: generalPractice, when: 'declinesCourse', means: ['returned'], tell: ['outcomeToGp', 'outcomeToUnit'] }),
    arrow({
      to: followUp,
      when: 'declinesCourseAttached',
      means: ['toControlPhase'],
      tell: ['outcomeToGp', 'outcomeToUnit'],
    }),
    arrow({ when: 'declinesPart', tell: ['outcomeToGp', 'outcomeToUnit'] }),
  ],
};
const endingForNoShow = {
  'course.endedForNoShow': [
    arrow({
      to: generalPractice,
      when: 'notAttached',
      rules: ['missedTwice'],
      means: ['returned'],
      tell: ['outcomeToGp', 'outcomeToUnit'],
    }),
    arrow({
      to: followUp,
      when: 'attached',
      rules: ['missedTwice'],
      means: ['toControlPhase'],
      tell: ['outcomeToGp', 'outcomeToUnit'],
    }),
  ],
};
const moving = {
  'patient.moved': [
    arrow({ when: 'courseStays', tell: ['outcomeToGp', 'outcomeToUnit'] }),
    arrow({ to: assessing, when: 'courseToCentre', means: ['movedOn'], tell: ['outcomeToGp', 'outcomeToUnit'] }),
    arrow({ to: generalPractice, when: 'courseToGp', means: ['returned'], tell: ['outcomeToGp', 'outcomeToUnit'] }),
    arrow({ to: followUp, when: 'courseToControl', means: ['toControlPhase'], tell: ['outcomeToGp', 'outcomeToUnit'] }),
  ],
};

const bookings = (...tell: 'appointment'[]) => ({
  'appointment.booked': arrow({ rules: ['appointmentAhead', 'H8.arranged'], tell }),
  'appointment.moved': arrow({ rules: ['appointmentStands', 'appointmentAhead'], tell }),
  'appointment.cancelled': arrow({ rules: ['appointmentStands'], tell }),
  'appointment.missed': arrow({ rules: ['appointment', 'appointmentPassed'] }),
});
const booking = bookings();
/** Whoever waits for the first visit is told when it will be: the GP too. */
const firstBooking = bookings('appointment');
const visiting = { 'visit.attended': arrow({ rules: ['appointmentOrWalkIn'] }) };
const firstVisit = (to: string, means: Moment) => ({
  'visit.attended': arrow({ to, rules: ['appointmentOrWalkIn'], means: [means], tell: ['attached'] }),
});
const reopening = { 'triage.reopened': arrow({ to: assessing, when: 'notAttached' }) };

const transferred = [
  arrow({
    to: '#pathway.open.painCentre.waiting',
    when: 'transfersToCentre',
    rules: ['transferTarget'],
    tell: ['unitTransferred', 'handedOver'],
  }),
  arrow({
    to: '#pathway.open.painClinic.intake',
    when: 'transfersToClinic',
    rules: ['transferTarget'],
    tell: ['unitTransferred', 'handedOver'],
  }),
  arrow({ when: 'transfersNowhere', rules: ['transferTarget'] }),
];
const transferring = {
  'transfer.requested': arrow(),
  'transfer.declined': arrow({ rules: ['transferAsked'] }),
  'unit.transferred': [
    ...transferred,
    arrow({
      to: assessing,
      when: 'transfersToOtherCentre',
      rules: ['transferTarget'],
      tell: ['unitTransferred', 'handedOver'],
    }),
  ],
};
const completing = (...rules: RuleId[]) => ({
  'treatment.completed': arrow({ to: followUp, rules, means: ['toControlPhase'] }),
});
const pausing = { 'treatment.paused': arrow({ to: 'paused', rules: ['reviewAhead'], tell: ['treatmentPaused'] }) };
const paused = (...rules: RuleId[]) => ({
  on: {
    'treatment.resumed': arrow({ to: 'treatment.memory' }),
    'appointment.moved': booking['appointment.moved'],
    'appointment.cancelled': booking['appointment.cancelled'],
    ...transferring,
    ...completing(...rules),
  },
});

const diagnosis = chart.createStateConfig({
  initial: 'undiagnosed',
  states: {
    undiagnosed: { on: { 'diagnosis.recorded': arrow({ to: 'diagnosed' }) } },
    diagnosed: { on: { 'diagnosis.recorded': arrow() } },
  },
});
const medication = chart.createStateConfig({
  initial: 'baseline',
  states: {
    baseline: {
      on: {
        'medication.planned': arrow({ to: 'optimising' }),
        'medication.adjusted': arrow({ to: 'optimising', rules: ['delegated'] }),
        'medication.optimised': arrow({ to: 'optimised', rules: ['delegated'] }),
      },
    },
    optimising: {
      on: {
        'medication.adjusted': arrow({ rules: ['delegated'] }),
        'medication.optimised': arrow({ to: 'optimised', rules: ['delegated'] }),
      },
    },
    optimised: {
      on: {
        'medication.planned': arrow({ to: 'optimising' }),
        'medication.adjusted': arrow({ to: 'optimising', rules: ['delegated'] }),
      },
    },
  },
});
const multidisciplinary = chart.createStateConfig({
  initial: 'notStarted',
  states: {
    notStarted: { on: { 'team.planned': arrow({ to: 'active' }) } },
    active: { on: { 'team.sessionHeld': arrow(), 'team.completed': arrow({ to: 'completed' }) } },
    completed: { on: { 'team.planned': arrow({ to: 'active' }) } },
  },
});

/** Back to the treatment that the unit had left, where it was; not after a medication assessment, which has none. */
const resuming = (means: 'recalled'[], tell: 'treatmentResumed'[]) => ({
  'treatment.resumed': [
    arrow({
      to: '#pathway.open.painClinic.treatment.memory',
      when: 'treatedInClinic',
      rules: ['resumeReason'],
      means,
      tell,
    }),
    arrow({
      to: '#pathway.open.painCentre.treatment.memory',
      when: 'treatedInCentre',
      rules: ['resumeReason'],
      means,
      tell,
    }),
  ],
});

const decided = {
  'triage.decided': [
    arrow({
      to: '#pathway.open.painCentre.waiting',
      when: 'toCentre',
      rules: ['V2', 'ownCentre', ...inclusion, 'O2'],
      tell: ['triageAnswer'],
    }),
    arrow({
      to: '#pathway.open.painClinic.intake',
      when: 'toClinic',
      rules: ['V2', 'V3', 'V4', ...inclusion, 'O1'],
      tell: ['triageAnswer', 'triagedOn'],
    }),
    arrow({
      to: '#pathway.open.medicationAssessment.waiting',
      when: 'toAssessment',
      rules: ['V2', 'ownCentre', ...inclusion, 'O3.4', 'O3'],
      tell: ['triageAnswer'],
    }),
    arrow({
      to: generalPractice,
      when: 'rejected',
      rules: ['V2', 'rejectionExplained'],
      means: ['returned'],
      tell: ['triageAnswer'],
    }),
    arrow({
      to: followUp,
      when: 'rejectedAttached',
      rules: ['V2', 'rejectionExplained'],
      means: ['toControlPhase'],
      tell: ['triageAnswer', 'handedOver'],
    }),
  ],
};

const deliveries = {
  'note.resent': arrow({ when: 'hasNotes', rules: ['note'] }),
  'note.deliveredManually': arrow({ when: 'hasNotes', rules: ['note'] }),
  'note.sent': arrow({ when: 'hasNotes', rules: ['note'] }),
  'note.delivered': arrow({ when: 'hasNotes', rules: ['note'] }),
  'message.resent': arrow({ when: 'hasMessages', rules: ['underWay'] }),
  'message.failed': arrow({ when: 'hasMessages', rules: ['underWay'] }),
  'message.delivered': arrow({ when: 'hasMessages', rules: ['message'] }),
  'message.deliveredManually': arrow({ when: 'hasMessages', rules: ['message'] }),
};

export const pathwayMachine = chart.createMachine({
  id: 'pathway',
  context: initialContext,
  initial: 'open',
  states: {
    open: {
      initial: 'generalPractice',
      states: {
        generalPractice: {
          meta: { stage: 'generalPractice', owner: 'gp' },
          on: {
            'referral.updated': arrow(),
            'referral.submitted': arrow({ to: 'referral.sent', rules: submission, tell: ['referral'] }),
            'followUp.recorded': arrow({ rules: ['planAhead'] }),
            'pathway.closed': arrow({ to: closed, rules: ['closureFromPractice', 'S4'] }),
            'patient.moved': arrow({ tell: ['outcomeToGp'] }),
          },
        },
        referral: {
          meta: { stage: 'referral' },
          initial: 'sent',
          on: {
            ...withdrawn,
            ...unasked,
            ...declining,
            'patient.moved': [
              arrow({ when: 'referralStays', tell: ['outcomeToGp', 'outcomeToUnit'] }),
              arrow({
                to: '.sent',
                when: 'referralToCvi',
                means: ['readdressed'],
                tell: ['referral', 'outcomeToGp', 'outcomeToUnit'],
              }),
              arrow({
                to: generalPractice,
                when: 'referralToGp',
                means: ['returned'],
                tell: ['outcomeToGp', 'outcomeToUnit'],
              }),
            ],
          },
          states: {
            sent: {
              meta: { owner: 'gp', nextMove: 'cvi' },
              on: {
                'referral.received': arrow({ to: 'atCvi' }),
                'referral.resent': arrow(),
                'referral.deliveredManually': arrow(),
              },
            },
            atCvi: {
              meta: { owner: 'cvi' },
              on: {
                'referral.forwarded': arrow({ to: assessing, rules: ['V1'] }),
                'referral.readdressed': [
                  arrow({ to: 'sent', when: 'otherCvi', rules: ['V1'], tell: ['referral', 'outcomeToGp'] }),
                  arrow({ when: 'sameCvi', rules: ['V1'] }),
                ],
                'referral.returnedToSender': arrow({
                  to: generalPractice,
                  means: ['returned'],
                  tell: ['referralReturned'],
                }),
              },
            },
          },
        },
        visitation: {
          meta: { stage: 'visitation', owner: 'centre' },
          initial: 'assessing',
          on: {
            ...withdrawn,
            ...declining,
            ...endingForNoShow,
            ...decided,
            'referral.movedToCentre': arrow({
              to: '.assessing',
              reenter: true,
              rules: ['otherCentre'],
              means: ['answered'],
              tell: ['handedOver', 'outcomeToGp'],
            }),
            'patient.moved': [
              arrow({ when: 'visitationStays', tell: ['outcomeToGp', 'outcomeToUnit'] }),
              arrow({
                to: '.assessing',
                reenter: true,
                when: 'visitationToCentre',
                means: ['movedOn'],
                tell: ['outcomeToGp', 'outcomeToUnit'],
              }),
              arrow({
                to: generalPractice,
                when: 'visitationToGp',
                means: ['returned'],
                tell: ['outcomeToGp', 'outcomeToUnit'],
              }),
              arrow({
                to: followUp,
                when: 'visitationToControl',
                means: ['toControlPhase'],
                tell: ['outcomeToGp', 'outcomeToUnit'],
              }),
            ],
          },
          states: {
            assessing: {
              on: {
                ...unasked,
                'information.requested': arrow({
                  to: 'awaitingInformation',
                  rules: ['askedForSomething'],
                  tell: ['informationRequest'],
                }),
              },
            },
            awaitingInformation: {
              meta: { nextMove: 'gp' },
              on: {
                'information.supplied': arrow({ to: 'assessing', rules: ['staffSupplies'], means: ['answered'] }),
                'information.recorded': arrow({ to: 'assessing', means: ['answered'] }),
                'information.unobtainable': arrow({ to: 'assessing', means: ['answered'] }),
                'information.reminded': arrow({ tell: ['informationRequest'] }),
                'information.requested': arrow({ rules: ['askedForSomething'], tell: ['informationRequest'] }),
                'information.seen': arrow({ when: 'hasUnseen' }),
              },
            },
          },
        },
        painClinic: {
          meta: { stage: 'painClinic', owner: 'clinic' },
          initial: 'intake',
          on: { ...unasked, ...declining, ...moving, ...endingForNoShow },
          states: {
            intake: {
              on: {
                ...withdrawn,
                'clinic.accepted': arrow({ to: 'waiting' }),
                'clinic.returned': arrow({ to: assessing, when: 'notAttached', tell: ['handedOver'] }),
              },
            },
            waiting: {
              on: {
                ...withdrawn,
                ...firstBooking,
                ...firstVisit('treatment', 'firstVisitInClinic'),
                'clinic.returned': arrow({ to: assessing, when: 'notAttached', tell: ['handedOver'] }),
              },
            },
            treatment: {
              type: 'parallel',
              on: { ...booking, ...visiting, ...pausing, ...transferring, ...completing('S1') },
              states: { diagnosis, medication, memory: { type: 'history', history: 'deep' } },
            },
            paused: paused('S1'),
          },
        },
        painCentre: {
          meta: { stage: 'painCentre', owner: 'centre' },
          initial: 'waiting',
          on: { ...unasked, ...declining, ...moving, ...endingForNoShow },
          states: {
            waiting: {
              on: { ...withdrawn, ...firstBooking, ...firstVisit('treatment', 'firstVisitInCentre'), ...reopening },
            },
            treatment: {
              type: 'parallel',
              on: { ...booking, ...visiting, ...pausing, ...transferring, ...completing('S1', 'S2') },
              states: { diagnosis, medication, multidisciplinary, memory: { type: 'history', history: 'deep' } },
            },
            paused: paused('S1', 'S2'),
          },
        },
        medicationAssessment: {
          meta: { stage: 'medicationAssessment', owner: 'centre' },
          initial: 'waiting',
          on: { ...unasked, ...declining, ...moving, ...endingForNoShow },
          states: {
            waiting: {
              on: {
                ...withdrawn,
                ...firstBooking,
                ...firstVisit('assessment', 'firstVisitForAssessment'),
                ...reopening,
              },
            },
            assessment: {
              on: {
                ...booking,
                ...visiting,
                'assessment.partRecorded': arrow(),
                'assessment.completed': arrow({ to: followUp, rules: ['O3.2'], means: ['toControlPhase'] }),
                'assessment.endedEarly': arrow({ to: followUp, means: ['toControlPhase'] }),
                'unit.transferred': transferred,
              },
            },
          },
        },
        controlPhase: {
          meta: { stage: 'controlPhase', owner: 'treated' },
          initial: 'followUp',
          states: {
            followUp: {
              on: {
                ...unasked,
                ...booking,
                ...visiting,
                ...declining,
                ...endingForNoShow,
                ...moving,
                ...resuming([], ['treatmentResumed']),
                'control.held': arrow(),
                'medicationRecord.confirmed': arrow(),
                'medicationRecord.unavailable': arrow(),
                'letter.drafted': arrow(),
                'letter.signed': arrow({ to: 'letterSent', rules: signing, tell: ['dischargeLetter'] }),
              },
            },
            letterSent: {
              on: {
                'information.seen': unasked['information.seen'],
                ...resuming(['recalled'], ['treatmentResumed']),
                'letter.delivered': arrow({ to: discharged, rules: ['letterMessage'], means: ['discharged'] }),
                'letter.deliveredManually': arrow({ to: discharged, means: ['discharged'] }),
                'letter.receivedByGp': arrow({ to: discharged, when: 'hasOwnGp', means: ['discharged'] }),
                'letter.resent': arrow(),
                'letter.amended': arrow({ tell: ['letterAmended'] }),
                'patient.moved': arrow({ tell: ['outcomeToGp', 'outcomeToUnit'] }),
              },
            },
          },
        },
        dischargedToGp: {
          meta: { stage: 'dischargedToGp', owner: 'gp' },
          on: {
            'letter.acknowledged': arrow({ when: ['hasLetter', 'hasOwnGp'] }),
            'letter.amended': arrow({ when: 'hasLetter', tell: ['letterAmended'] }),
            'letter.delivered': arrow({ when: 'hasLetter', rules: ['letterMessage'] }),
            'followUp.recorded': arrow({ rules: ['planAhead'] }),
            'reReferral.started': arrow({ to: generalPractice, rules: ['D4'] }),
            'pathway.closed': arrow({ to: closed, rules: ['closureAfterDischarge', 'S4'] }),
            'patient.moved': arrow({ tell: ['outcomeToGp'] }),
          },
        },
        memory: { type: 'history', history: 'deep' },
      },
      on: {
        ...deliveries,
        'note.signed': arrow({ when: 'attached', tell: ['note'] }),
        'note.corrected': arrow({ when: 'hasNotes', rules: ['note'], tell: ['note'] }),
        'prescribing.takenOver': arrow({ when: 'attached', rules: ['notYetPrescribing'], tell: ['prescribing'] }),
        'prescribing.handedBack': arrow({ when: 'attached', rules: ['prescribing', 'S5'], tell: ['prescribing'] }),
        'newPain.identified': arrow({ when: 'attached', rules: ['urgentReached'], tell: ['newPain'] }),
        'newPain.acknowledged': arrow({ when: 'hasNewPain', rules: ['openPain'] }),
        'newPain.resolved': arrow({ when: 'hasNewPain', rules: ['openPain'] }),
        'newPain.includedInCourse': arrow({ when: 'hasNewPainAttached', rules: ['openPain'] }),
        'patient.died': arrow({ to: closed, tell: ['outcomeToGp', 'outcomeToUnit'] }),
        'gp.changed': arrow({ rules: ['practice'], tell: ['newGp', 'gpReplaced', 'outcomeToUnit'] }),
        'advice.logged': arrow({ rules: ['adviser'] }),
        'pathway.enteredInError': arrow({ to: closed, when: 'noCareYet', tell: ['outcomeToGp', 'outcomeToUnit'] }),
        'deadline.passed': arrow({ when: 'hasClocks', rules: ['due'] }),
      },
    },
    closed: {
      meta: { stage: 'closed', owner: 'none' },
      on: {
        ...deliveries,
        'letter.amended': arrow({ when: 'hasLetter', tell: ['letterAmended'] }),
        'letter.delivered': arrow({ when: 'hasLetter', rules: ['letterMessage'] }),
        'letter.deliveredManually': arrow({ when: ['hasLetter', 'died'] }),
        'letter.receivedByGp': arrow({ when: ['hasLetter', 'died', 'hasOwnGp'] }),
        'letter.signed': arrow({ when: 'attachedOrDied', rules: ['D2', 'S6'], tell: ['dischargeLetter'] }),
        'note.signed': arrow({ when: 'attachedOrDied', tell: ['note'] }),
        'note.corrected': arrow({ when: ['hasNotes', 'died'], rules: ['note'], tell: ['note'] }),
        'advice.logged': arrow({ rules: ['adviser'] }),
        'patient.deathRevoked': arrow({
          to: '#pathway.open.memory',
          when: 'died',
          tell: ['outcomeToGp', 'outcomeToUnit'],
        }),
      },
    },
  },
});
export type PathwayMachine = typeof pathwayMachine;
