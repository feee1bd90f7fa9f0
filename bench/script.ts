/** A pathway from draft to discharge as clients send it: what one transition costs is measured on all of them, in their proportions. */
import type { EventType } from '../machines/pathway/events.js';
import type { Actor, Role } from '../machines/pathway/roles.js';

type Payload = Record<string, unknown>;
export type Step = { type: EventType; by: keyof typeof actors; payload: (now: string) => Payload };

const actor = (role: Role, unit: string): Actor => ({ sub: `bench.${role}`, unit, roles: [role] });
export const actors = {
  gp: actor('gp', 'GP_BYEN'),
  cvi: actor('cvi', 'CVI_BYEN'),
  triager: actor('triager', 'TSC_RH'),
  physician: actor('physician', 'SK_HVH'),
  secretary: actor('secretary', 'SK_HVH'),
  system: actor('system', 'SYSTEM'),
};

const facts = {
  onset: '2024-03',
  mechanism: 'neuropathic',
  outpatient: true,
  nonMalignant: true,
  clarified: true,
  priorTreatmentCompleted: true,
  medicationTried: true,
  trigger: { psychosocial: false, insufficientEffect: true },
  exclusions: {
    acutePain: false,
    activeCancer: false,
    headache: false,
    substanceMisuse: false,
    severeUnstablePsychiatricDisorder: false,
  },
  psychosocialProblems: 'none',
  somaticallyDominated: true,
  requestedOffer: 'painClinic',
  content: {
    history: 'Smerter i lænd og højre ben siden foråret 2024 efter løft. Forværres af længere tids siddestilling.',
    psychologicalFactors: { none: true },
    socialSituation: 'Gift, to voksne børn',
    occupation: 'Deltidssygemeldt lagermedarbejder',
    compensationCase: { none: true },
    problemStatement: 'Utilstrækkelig effekt af gængse medikamenter',
    objectiveExamination: 'Positiv strakt benløftningstest, nedsat følesans svarende til L5',
    investigations: 'MR uden indikation for kirurgi',
    ecg: 'Normalt',
    medicationsTried: [
      { drug: 'paracetamol', effect: 'ringe', sideEffects: 'ingen' },
      { drug: 'gabapentin', effect: 'moderat', sideEffects: 'træthed' },
    ],
    comorbidity: 'Hypertension',
    allergy: { none: true },
    toldToPatient: 'Henvist til vurdering',
    practical: { interpreter: false, transport: false },
  },
};
const step = (by: Step['by'], type: EventType, payload: Payload | ((now: string) => Payload) = {}): Step => ({
  type,
  by,
  payload: typeof payload === 'function' ? payload : () => payload,
});

/** Version n takes step n − 1: an event names nothing that only its own pathway knows, but notes and messages by their seq. */
export const script: readonly Step[] = [
  step('gp', 'referral.updated', { facts }),
  step('gp', 'referral.submitted'),
  step('cvi', 'referral.received'),
  step('cvi', 'referral.forwarded', { centre: 'TSC_RH' }),
  step('triager', 'triage.decided', { decision: 'painClinic', target: 'SK_HVH', patientInformedBy: 'unit' }),
  step('secretary', 'clinic.accepted'),
  step('secretary', 'appointment.booked', { at: '2099-01-01T09:00:00Z', place: 'Ambulatoriet' }),
  step('secretary', 'visit.attended', (now) => ({ at: now })),
  step('physician', 'diagnosis.recorded', { mechanism: 'neuropathic', text: 'Neuropatisk smerte svarende til L5' }),
  step('physician', 'medication.planned', { text: 'Optrapning af gabapentin' }),
  step('physician', 'medication.adjusted', { drugClass: 'analgesic', change: 'Gabapentin 300 mg x 3' }),
  step('physician', 'note.signed', { text: 'Første konsultation. Patienten er informeret om planen og samtykker.' }),
  step('system', 'note.sent', { noteId: 13 }),
  step('system', 'note.delivered', { noteId: 13 }),
  step('physician', 'medication.adjusted', {
    drugClass: 'analgesic',
    change: 'Gabapentin 600 mg x 3',
    effect: 'bedring',
  }),
  step('physician', 'medication.adjusted', { drugClass: 'hypnotic', change: 'Seponeret' }),
  step('physician', 'medication.optimised', { summary: 'Stabil effekt uden væsentlige bivirkninger' }),
  step('physician', 'treatment.completed', { reason: 'completed', text: 'Behandlingsmål nået' }),
  step('physician', 'medicationRecord.confirmed', (now) => ({ at: now })),
  step('physician', 'letter.signed', {
    forwardPlan: 'Fortsætter gabapentin; egen læge følger op om tre måneder.',
    followUpRecommended: true,
    followUpText: 'Kontrol om tre måneder',
    handover: [
      { drugClass: 'analgesic', gpPrescribesFrom: '2099-01-01', plan: 'Uændret' },
      { drugClass: 'sedative', nothingPrescribed: true },
      { drugClass: 'hypnotic', nothingPrescribed: true },
    ],
  }),
  step('system', 'letter.delivered', { messageId: '21.1' }),
];
