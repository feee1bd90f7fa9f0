/** Who does not come, does not want to, dies, moves away or changes the own GP. */
import { copenhagenDate } from '../../machines/calendar/calendar.js';
import type { Course, Journey, Part } from '../course.js';
import * as said from '../texts/between.js';
import { visitNote } from '../texts/treatment.js';
import { closedByGp, decided, planned } from './deciding.js';
import { acknowledged, discharged, letterSent } from './ending.js';
import { begunInCentre, begunInClinic } from './begun.js';
import { letterAndAfter } from './ordinary.js';
import { referred } from './referring.js';
import { completed, inCentre, inClinic, treatedFurther } from './treating.js';
import { accepted, attended, booked, firstBooked, missed, missedAndRebooked, noted } from './visiting.js';

const otherCentre = (c: Course) => (c.view.route.centre === 'TSC_RH' ? 'TSC_HEH' : 'TSC_RH');

/** Two missed, and a physician decides; attached patients still get their letter. */
export const endedForNoShow = (attached: boolean): Part =>
  function* (c) {
    if (attached) yield* begunInClinic(c);
    else {
      yield* referred(c);
      yield* decided(c, 'painClinic');
      yield* accepted(c);
      yield* firstBooked(c);
    }
    yield* missedAndRebooked(c);
    yield* missed(c);
    c.wait(1, 4);
    yield c.by('physician', {
      type: 'course.endedForNoShow',
      text: 'Udeblevet to gange uden afbud; har ikke svaret på opkald og brev.',
    });
    if (attached) return yield* letterAndAfter(c);
    yield* planned(c);
    c.wait(30, 55);
    yield* closedByGp(c, 'noShow', [
      'Patienten ønsker ikke ny henvisning nu.',
      'Har ikke kunnet få kontakt med patienten.',
    ]);
  };
export function* declinedAttached(c: Course): Journey {
  yield* begunInClinic(c);
  yield* attended(c);
  yield* noted(c, visitNote(c.story));
  c.wait(3, 9);
  yield c.by('nurse', { type: 'patient.declined', scope: 'course', text: c.say(said.declines.course) });
  yield* letterAndAfter(c);
}
const died = (c: Course, role: 'gp' | 'secretary'): ReturnType<Course['by']> =>
  c.by(role, (now) => ({ type: 'patient.died', date: copenhagenDate(now) }));
export function* diesWaiting(c: Course): Journey {
  yield* referred(c);
  yield* decided(c, 'painCentre');
  yield* firstBooked(c);
  c.wait(2, 5);
  yield died(c, 'gp');
}
/** What is owed is still written: the last note, and a letter without a handover. */
export function* diesInTreatment(c: Course): Journey {
  yield* begunInCentre(c);
  c.wait(4, 10);
  yield died(c, 'secretary');
  c.wait(1, 3);
  yield* noted(c, 'Telefonisk besked fra pårørende om dødsfald efter kort indlæggelse. Forløbet afsluttes.');
  c.wait(1, 2);
  yield c.by('physician', {
    type: 'letter.signed',
    forwardPlan: 'Patienten er død; ingen plan.',
    followUpRecommended: false,
    handover: [],
  });
}
export function* diesAfterDischarge(c: Course): Journey {
  yield* referred(c);
  yield* decided(c, 'painClinic');
  yield* inClinic(c);
  yield* letterSent(c);
  yield* acknowledged(c);
  c.wait(15, 40);
  yield died(c, 'gp');
}
/** Recorded on the wrong patient; the next day it is taken back, and everything is where it was. */
export function* deathRevoked(c: Course): Journey {
  yield* begunInClinic(c);
  c.wait(3, 5);
  yield died(c, 'secretary');
  c.wait(1);
  yield c.by('secretary', {
    type: 'patient.deathRevoked',
    reason: 'Registreret på forkert patient; rettet efter opringning.',
  });
  c.wait(1, 2);
  yield* booked(c, 8, 15);
  yield* treatedFurther(c);
  yield* completed(c);
  yield* discharged(c);
}

// ---- moves and the own GP

const movesTo = (c: Course, planningArea: 'nord' | 'midt' | 'byen' | 'syd', wish: 'stay' | 'move') =>
  c.by('secretary', { type: 'patient.moved', planningArea, wish });
/** A turn: the patient moves house and stays with the unit. */
export function* movesAndStays(c: Course): Journey {
  c.wait(3, 7);
  yield movesTo(c, c.view.planningArea === 'syd' ? 'nord' : 'syd', 'stay');
}
/** Attached, and wishes to be treated near the new home: the other centre decides anew, the old unit prescribes until the first visit there. */
export function* movesAlong(c: Course): Journey {
  yield* begunInCentre(c);
  c.wait(3, 8);
  yield movesTo(c, otherCentre(c) === 'TSC_RH' ? 'byen' : 'midt', 'move');
  yield* decided(c, 'painCentre');
  yield* inCentre(c);
  yield* discharged(c);
}
export const leavesRegion = (attached: boolean): Part =>
  function* (c) {
    if (attached) yield* begunInClinic(c);
    else {
      yield* referred(c);
      yield* decided(c, 'painClinic');
    }
    c.wait(3, 8);
    yield c.by('secretary', { type: 'patient.moved', outsideRegion: true, wish: 'move' });
    if (attached) return yield* letterAndAfter(c);
    c.wait(2, 8);
    yield* closedByGp(c, 'movedAway', [
      'Flyttet til Aarhus; henvises derfra.',
      'Flyttet til Fyn; ny læge er orienteret.',
    ]);
  };
export function* changesGp(c: Course): Journey {
  c.wait(2, 6);
  const next = c.random.pick(['GP_NORD', 'GP_MIDT', 'GP_BYEN', 'GP_SYD'].filter((code) => code !== c.view.ownGp));
  yield c.by('gp', { type: 'gp.changed', gp: next, reason: 'Patienten har valgt ny læge.' }, { unit: next });
}
/** The practice closes; for a day or two the unit answers where the GP would. */
export function* practiceCloses(c: Course): Journey {
  c.wait(2, 5);
  const next = c.view.ownGp === 'GP_BYEN' ? 'GP_SYD' : 'GP_BYEN';
  yield c.by('secretary', { type: 'gp.changed', none: true, reason: 'Lægehuset er lukket.' });
  c.wait(1);
  yield c.by('secretary', { type: 'gp.changed', gp: next, reason: 'Regionen har anvist ny læge.' });
}
