/** Clinic to centre, centre to clinic, and assessments that turn out otherwise. */
import type { Course, Journey, Part } from '../course.js';
import * as said from '../texts/between.js';
import { visitNote } from '../texts/treatment.js';
import { clinicNear, decided } from './deciding.js';
import { discharged } from './ending.js';
import { begunInCentre, begunInClinic } from './begun.js';
import { letterAndAfter } from './ordinary.js';
import { referred } from './referring.js';
import { assessed, completed, inCentre, inClinic, treatedFurther, treatedInCentre } from './treating.js';
import { attended, booked, firstBooked, noted } from './visiting.js';

function* askedForCentre(c: Course): Journey {
  yield* begunInClinic(c);
  yield* attended(c);
  yield* noted(c, visitNote(c.story));
  yield c.by('physician', { type: 'transfer.requested', reason: c.say(said.transfersUp) });
}
/** The clinic finds the patient complex; the centre takes over, and prescribes from the first visit there. */
export function* clinicToCentre(c: Course): Journey {
  yield* askedForCentre(c);
  c.wait(1, 4);
  yield c.by('triager', {
    type: 'unit.transferred',
    to: c.view.route.centre!,
    reason: 'Tværfaglig indsats er nødvendig.',
  });
  c.wait(0, 2);
  yield* booked(c, 9, 18);
  yield* treatedInCentre(c);
  yield* completed(c);
  yield* discharged(c);
}
export function* transferDeclined(c: Course): Journey {
  yield* askedForCentre(c);
  c.wait(1, 4);
  yield c.by('triager', {
    type: 'transfer.declined',
    reason: 'Kan behandles i klinikken med støtte fra kommunens tilbud; konference er aftalt.',
  });
  yield* booked(c, 10, 16);
  yield* treatedFurther(c);
  yield* completed(c);
  yield* discharged(c);
}
/** Nobody answers the request. */
export const transferUnanswered: Part = askedForCentre;
export function* centreToClinic(c: Course): Journey {
  yield* begunInCentre(c);
  yield* attended(c);
  yield* noted(c, visitNote(c.story));
  c.wait(0, 2);
  yield c.by('triager', { type: 'unit.transferred', to: clinicNear(c), reason: c.say(said.transfersDown) });
  yield* inClinic(c);
  yield* discharged(c);
}
export function* assessmentProvesComplex(c: Course): Journey {
  yield* referred(c);
  yield* decided(c, 'medicationAssessment');
  yield* firstBooked(c);
  yield* attended(c);
  yield c.by('physician', {
    type: 'assessment.partRecorded',
    part: 'painAnalysis',
    text: 'Smerteanalysen viser psykosociale belastninger, som ikke fremgik af henvisningen.',
  });
  c.wait(0, 2);
  yield c.by('triager', {
    type: 'unit.transferred',
    to: c.view.route.centre!,
    reason: 'Tilstanden er kompleks og kræver et tværfagligt forløb.',
  });
  yield* inCentre(c);
  yield* discharged(c);
}
export function* assessmentEndedEarly(c: Course): Journey {
  yield* referred(c);
  yield* decided(c, 'medicationAssessment');
  yield* firstBooked(c);
  yield* attended(c);
  yield c.by('physician', {
    type: 'assessment.endedEarly',
    reason: 'Patienten er netop opereret',
    text: 'Smerterne har ændret karakter efter operationen; vurdering giver ikke mening nu.',
  });
  yield* letterAndAfter(c);
}
export function* assessmentTakesOver(c: Course): Journey {
  yield* referred(c);
  yield* decided(c, 'medicationAssessment');
  yield* firstBooked(c);
  yield* attended(c);
  yield c.by('physician', {
    type: 'prescribing.takenOver',
    classes: ['analgesic'],
    reason: 'Metadon omlægges under vurderingen; enheden udsteder imens.',
  });
  yield* assessed(c);
  yield* discharged(c);
}
