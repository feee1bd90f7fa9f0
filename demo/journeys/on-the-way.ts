/** What goes otherwise between the GP, the CVI and the centre. */
import { addMonths } from '../../machines/calendar/calendar.js';
import type { Course, Journey, Part } from '../course.js';
import { without } from '../facts.js';
import * as said from '../texts/between.js';
import { closedByGp, decided, planned } from './deciding.js';
import { discharged } from './ending.js';
import { drafted, forwarded, received, referred, submission, submitted, type Exceptions } from './referring.js';
import { inCentre, inClinic } from './treating.js';
import { accepted } from './visiting.js';

function* clinicAndAfter(c: Course): Journey {
  yield* inClinic(c);
  yield* discharged(c);
}
function* centreAndAfter(c: Course): Journey {
  yield* inCentre(c);
  yield* discharged(c);
}

/** The message is lost; the practice sees it on its list, or nobody does. */
export const lostOnTheWay = (then: 'sentAgain' | 'byHand' | 'unnoticed'): Part =>
  function* (c) {
    yield* drafted(c);
    c.lost.add('referral');
    yield* submitted(c);
    if (then === 'unnoticed') return;
    c.wait(2, 4);
    yield c.by(
      'gpStaff',
      then === 'sentAgain'
        ? { type: 'referral.resent' }
        : { type: 'referral.deliveredManually', channel: 'sikker e-mail', recipient: 'visitationens sekretær' },
    );
    yield* received(c);
    yield* forwarded(c);
    yield* decided(c, 'painClinic');
    yield* clinicAndAfter(c);
  };
/** Written and sent within the hour; received at once or the next day. */
export const sentAtOnce = (isReceived: boolean): Part =>
  function* (c) {
    yield c.by('gp', { type: 'referral.updated', facts: c.draft });
    yield c.by('gp', submission(c));
    if (isReceived) yield c.by('cvi', { type: 'referral.received' });
    c.wait(1);
    if (!isReceived) yield* received(c);
    yield* forwarded(c);
    yield* decided(c, 'painClinic');
    yield* clinicAndAfter(c);
  };
/** Received, and not forwarded. */
export function* lyingAtTheCvi(c: Course): Journey {
  yield* drafted(c);
  yield* submitted(c);
  yield* received(c);
}

export function* readdressed(c: Course): Journey {
  yield* drafted(c);
  yield* submitted(c);
  yield* received(c);
  yield c.by('cvi', {
    type: 'referral.readdressed',
    planningArea: c.view.planningArea === 'nord' ? 'byen' : 'midt',
    reason: 'Patienten bor i et andet planområde end angivet.',
  });
  yield* received(c);
  yield* forwarded(c);
  yield* decided(c, 'painClinic');
  yield* clinicAndAfter(c);
}
export const returnedBySender = (reason: 'duplicate' | 'wrongPathway' | 'unreadable'): Part =>
  function* (c) {
    yield* drafted(c);
    yield* submitted(c);
    yield* received(c);
    yield c.by('cvi', {
      type: 'referral.returnedToSender',
      reason,
      text: {
        duplicate: 'Samme henvisning er modtaget i forrige uge.',
        wrongPathway: 'Henvisningen er skrevet til reumatologisk ambulatorium.',
        unreadable: 'Felterne om medicin og EKG kan ikke læses.',
      }[reason],
    });
    c.wait(1, 4);
    if (reason !== 'unreadable')
      return yield* closedByGp(c, reason === 'duplicate' ? 'duplicate' : 'referredElsewhere', said.closings.elsewhere);
    yield* submitted(c);
    yield* received(c);
    yield* forwarded(c);
    yield* decided(c, 'painClinic');
    yield* clinicAndAfter(c);
  };

export function* movedToOtherCentre(c: Course): Journey {
  yield* referred(c);
  c.wait(0, 2);
  yield c.by('triager', {
    type: 'referral.movedToCentre',
    centre: c.view.route.centre === 'TSC_RH' ? 'TSC_HEH' : 'TSC_RH',
    reason: c.random.pick(['freeChoice', 'capacity', 'relation']),
    text: 'Aftalt med patienten og det modtagende center.',
  });
  yield* decided(c, 'painCentre');
  yield* centreAndAfter(c);
}
/** The clinic sees at once that it is the centre's patient. */
export function* returnedByClinic(c: Course): Journey {
  yield* referred(c);
  yield* decided(c, 'painClinic');
  yield* accepted(c);
  c.wait(0, 2);
  yield c.by('physician', { type: 'clinic.returned', reason: c.say(said.transfersUp) });
  yield* decided(c, 'painCentre');
  yield* centreAndAfter(c);
}
export function* reopened(c: Course): Journey {
  yield* referred(c);
  yield* decided(c, 'painCentre');
  c.wait(1, 3);
  yield c.by('triager', {
    type: 'triage.reopened',
    reason: 'Nye oplysninger fra egen læge: de sociale forhold er afklaret.',
  });
  yield* decided(c, 'painClinic');
  yield* clinicAndAfter(c);
}

export function* withdrawn(c: Course): Journey {
  yield* referred(c);
  if (c.random.chance(0.6)) yield* decided(c, 'painClinic');
  c.wait(1, 5);
  yield c.by('gp', { type: 'referral.withdrawn', reason: c.say(said.withdrawals) });
  yield* planned(c);
  c.wait(40, 60);
  yield* closedByGp(c, 'managedInGeneralPractice');
}
export function* declinedBefore(c: Course): Journey {
  yield* referred(c);
  yield* decided(c, 'painCentre');
  c.wait(2, 6);
  yield c.by(c.random.pick(['secretary', 'gp']), {
    type: 'patient.declined',
    scope: 'course',
    text: c.say(said.declines.course),
  });
  yield* planned(c);
  c.wait(40, 60);
  yield* closedByGp(c, 'declined', said.closings.kept);
}

// ---- exceptions: what the GP and the triager take on themselves, each in his own words

type Exception = { rule: string; gp: string; triager: string; facts: (c: Course) => void };
export const exceptions: Record<'clarification' | 'misuse' | 'tooYoung', Exception> = {
  clarification: {
    rule: 'B1',
    gp: 'MR-svar ventes om to uger; patienten er så forpint, at henvisningen ikke bør vente.',
    triager: 'Svaret ændrer ikke behandlingen; patienten kan ses imens.',
    facts: (c) => {
      c.facts.clarified = false;
    },
  },
  misuse: {
    rule: 'X4',
    gp: 'I substitutionsbehandling og stabil gennem to år; misbruget er ikke aktivt i daglig forstand.',
    triager: 'Drøftet med misbrugscentret, som deltager i forløbet.',
    facts: (c) => {
      c.facts.exclusions = { ...c.facts.exclusions, substanceMisuse: true };
    },
  },
  tooYoung: {
    rule: 'C1',
    gp: 'Fylder 18 år inden første fremmøde og er færdigbehandlet i børneregi.',
    triager: 'Modtages efter aftale med børneafdelingen; fylder snart 18 år.',
    facts: () => undefined,
  },
};
export const byException = (name: keyof typeof exceptions): Part =>
  function* (c) {
    const { rule, gp, triager, facts } = exceptions[name];
    facts(c);
    const own = (reason: string): Exceptions => [{ rule, reason }];
    yield* referred(c, { overrides: own(gp) });
    yield* decided(c, 'painCentre', { overrides: own(triager) });
    yield* centreAndAfter(c);
  };
/** At the limit, not beyond it: acknowledged by both (C1 at 18, C2 at six months). */
export const atTheLimit = (rule: 'C1' | 'C2'): Part =>
  function* (c) {
    c.borderline = [rule];
    if (rule === 'C2') c.facts.onset = addMonths(c.today, -6).slice(0, 7);
    yield* referred(c);
    yield* decided(c, 'painClinic');
    yield* clinicAndAfter(c);
  };
/** Hardly anything was tried: warnings, and it goes through (acceptance case A8). */
export function* littleTried(c: Course): Journey {
  c.gaps = ['H4'];
  c.facts = {
    ...without(c.facts, []),
    medicationTried: false,
    trigger: { psychosocial: true, insufficientEffect: false },
  };
  yield* referred(c);
  yield* decided(c, 'painClinic');
  yield* clinicAndAfter(c);
}

// ---- what is tried and refused, and then done rightly

export function* sentTooEarly(c: Course): Journey {
  c.facts.clarified = false;
  c.facts.priorTreatmentCompleted = false;
  yield* drafted(c);
  yield c.by('gpStaff', submission(c), { refused: 'not-allowed' });
  yield c.by('gp', submission(c), { refused: 'rules-unmet' });
  c.wait(12, 20);
  yield c.by('gp', { type: 'referral.updated', facts: { clarified: true, priorTreatmentCompleted: true } });
  yield* submitted(c);
  yield* received(c);
  yield* forwarded(c);
  yield* decided(c, 'painClinic');
  yield* clinicAndAfter(c);
}
/** HeH has one clinic only, and another centre's clinic is refused (V3, V4). */
export function* sentToWrongClinic(c: Course): Journey {
  yield* referred(c);
  c.wait(0, 1);
  const other = c.view.route.centre === 'TSC_HEH' ? 'SK_HVH' : 'SK_HIH';
  yield c.by(
    'triager',
    { type: 'triage.decided', decision: 'painClinic', target: other, patientInformedBy: 'unit' },
    { refused: 'rules-unmet' },
  );
  yield* decided(c, 'painClinic');
  yield* clinicAndAfter(c);
}
