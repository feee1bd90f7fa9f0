/**
 * Whoever gets, loses or waits for the patient is told (pathway.md, "Messages"). One entry a letter: to whom, from whom,
 * subject and body in Danish from the facts. What is missing is said, never left blank. The patient's name is added where the letter is
 * delivered: the chart knows none.
 */
import { copenhagenDate } from '../calendar/calendar.js';
import { answeringGp, type Appointment, type Context } from './context.js';
import type { EventType, PathwayEvent } from './events.js';
import { drugClasses } from './fields.js';
import {
  areaWords,
  assessment,
  atTime,
  attachment,
  chosenWords,
  classWords,
  contactWords,
  deadlines,
  diagnoses,
  dueDay,
  exceptions,
  followUp,
  followUpMarking,
  given,
  handoverLines,
  informationAwaited,
  informationLetter,
  inWords,
  mechanismWords,
  medicationStatus,
  noteWords,
  offerWords,
  onDay,
  openPain,
  ownGpWords,
  patientHasNoTime,
  personWords,
  places,
  practicalWords,
  prescribers,
  reasonWords,
  referralLines,
  request,
  scopeWords,
  timeWords,
  unitWords,
  wishWords,
} from './letter-words.js';
import { appointmentMeant } from './rules-structural.js';
import { kindOf } from './routes.js';
import type { StageName } from './stages.js';

/** At whose desk the pathway lies, whose move is next, and in which stage it is, where that is known. */
type Desk = { unit: string | null; nextMove: string | null; stage?: StageName };
/** Before and after the event that the letter tells of: what was remembered, and where the pathway lay. */
export type Occasion = { before: Context; after: Context; from: Desk; to: Desk; event: PathwayEvent };
type Addressee = { to: string | null; about?: number };
/**
 * As what a letter would go through MedCom: in a category of its CareCommunication, or as a draft of a standard of its own (null: none is for it).
 * A CareCommunication is only for what has no standard, and never for what is acute.
 */
export type Medcom =
  | { care: 'regarding-referral' | 'outpatient' | 'medicine' | 'carecoordination' | 'discharge' | 'decease' | 'other' }
  | { draft: 'XREF01' | 'XDIS02' | 'XDIS13' | null };
type Letter = {
  to: (occasion: Occasion) => Addressee[];
  subject: string;
  /** What stands over it on an occasion, where `subject` names the kind of letter only. */
  subjectOn?: (occasion: Occasion) => string;
  medcom: Medcom;
  body: (occasion: Occasion) => string[];
};
export type Addressed = { letter: LetterName; to: string | null; from: string; about?: number };

const toGp = ({ after }: Occasion): Addressee[] => [{ to: after.ownGp }];
/** Whoever sent the event knows of it. */
const toGpUnlessHis = (occasion: Occasion): Addressee[] =>
  occasion.event.sent.by.unit === occasion.after.ownGp ? [] : toGp(occasion);
const toUnit = (code: string | null | undefined): Addressee[] => (code ? [{ to: code }] : []);
/** Offices, centres and clinics that have, get or lose the patient, still prescribe for him or wrote his last letter. Practices are told as the own GP, and whoever sent the event knows of it. */
function concerned({ before, from, to, event }: Occasion): Addressee[] {
  const units = new Set([
    from.unit,
    from.nextMove,
    to.unit,
    to.nextMove,
    before.attachedAt === undefined ? before.letter?.unit : before.treated?.unit,
  ]);
  return [...units].filter((code) => code !== event.sent.by.unit && kindOf(code) !== 'practice').flatMap(toUnit);
}
const toReceiver = ({ to, event }: Occasion): Addressee[] => (to.unit === event.sent.by.unit ? [] : toUnit(to.unit));

const taken = <K extends EventType>(event: PathwayEvent, type: K): Partial<PathwayEvent<K>> =>
  event.type === type ? (event as PathwayEvent<K>) : {};

// ---- Where the pathway is, and who goes on

function nextStep({ after, to }: Occasion): string[] {
  if (to.nextMove === null) return [];
  return [
    `${to.nextMove === after.ownGp ? `Egen læge (${unitWords(to.nextMove)})` : unitWords(to.nextMove)} har det næste skridt.`,
  ];
}
const placed = ({ after, to }: Occasion): string[] =>
  to.stage === undefined ? [] : [places[to.stage](to.unit, after)];
const goesOn = (occasion: Occasion): string[] => [...placed(occasion), ...nextStep(occasion)];
/** Who prescribes need not be said before a unit has had the patient, nor after the end. */
const prescribedNow = ({ before, after }: Occasion): string[] =>
  after.closure || (before.attachedAt ?? after.attachedAt) === undefined ? [] : prescribers(after);
/** Times ahead that the event has taken away. */
function lapsedTimes({ before, after, event }: Occasion): string[] {
  const lapsed = before.appointments.filter(
    ({ seq, at }) => at >= event.sent.at && !after.appointments.some((entry) => entry.seq === seq),
  );
  return lapsed.length === 0
    ? []
    : ['Tider, som bortfalder og skal aflyses', ...lapsed.map((entry) => `– ${timeWords(entry)}`)];
}

// ---- What has happened to the course

const outcomes: Partial<Record<EventType, readonly [subject: string, sentence: string]>> = {
  'patient.declined': ['Patienten har takket nej', 'Patienten har takket nej.'],
  'course.endedForNoShow': ['Afsluttet på grund af udeblivelser', 'Forløbet er afsluttet på grund af udeblivelser.'],
  'patient.moved': ['Patienten er flyttet', 'Patienten er flyttet.'],
  'patient.died': ['Patienten er død', 'Patienten er død.'],
  'patient.deathRevoked': [
    'Dødsfald tilbagekaldt',
    'Meddelelsen om patientens død var en fejl: forløbet fortsætter, hvor det var.',
  ],
  'gp.changed': ['Skift af egen læge', 'Patienten har skiftet egen læge.'],
  'referral.returnedToSender': ['Henvisning returneret', 'Henvisningen er returneret af Central Visitation (CVI).'],
  'referral.withdrawn': ['Henvisning trukket tilbage', 'Henvisningen er trukket tilbage.'],
  'referral.readdressed': [
    'Henvisning sendt til anden Central Visitation',
    'Henvisningen er sendt videre til en anden Central Visitation (CVI).',
  ],
  'referral.movedToCentre': [
    'Henvisning flyttet til andet smertecenter',
    'Henvisningen er flyttet til det andet smertecenter, som visiterer på ny.',
  ],
  'pathway.enteredInError': ['Forløb fejloprettet', 'Forløbet var oprettet ved en fejl og er lukket.'],
  'clinic.returned': ['Returneret til visitation', 'Klinikken har returneret patienten til visitation.'],
  'unit.transferred': ['Patienten er overflyttet', 'Patienten er overflyttet.'],
  'triage.decided': ['Afvist ved visitation', 'Patienten er afvist ved visitationen og er fortsat tilknyttet jer.'],
};
const outcomeSubject = ({ event }: Occasion): string => outcomes[event.type]?.[0] ?? 'Meddelelse om forløbet';
const outcomeSentence = (event: PathwayEvent): string => outcomes[event.type]?.[1] ?? 'Forløbet er ændret.';

const owed = ({ before, after }: Occasion): string[] =>
  before.attachedAt === undefined
    ? []
    : [`Lægenotater${after.letter ? '' : ' og epikrise'}, som mangler, sendes fortsat til egen læge.`];
/** What the sender said of it, and what follows from it by itself. */
function details(occasion: Occasion): string[] {
  const { before, after, event } = occasion;
  const because = `Begrundelse: ${reasonWords(event)}`;
  if (event.type === 'patient.moved')
    return [
      `Ny bopæl: ${areaWords[event.planningArea ?? 'outsideRegion']}`,
      `Patientens ønske: ${wishWords[event.wish]}`,
    ];
  if (event.type === 'patient.died')
    return [`Dødsdato: ${inWords(event.date)}`, 'Der sendes ikke mere til patienten.', ...owed(occasion)];
  if (event.type === 'patient.deathRevoked')
    return [because, 'Tider, som blev aflyst ved meddelelsen, skal bookes igen.'];
  if (event.type === 'gp.changed')
    return [
      after.ownGp === null ? 'Patienten har nu ingen egen læge.' : `Egen læge er nu ${unitWords(after.ownGp)}.`,
      because,
    ];
  if (event.type === 'patient.declined') return [`Det gælder: ${scopeWords[event.scope]}`, because];
  if (event.type === 'course.endedForNoShow') return [`Udeblivelser siden sidste fremmøde: ${before.missed}`, because];
  if (event.type === 'referral.readdressed')
    return [`Planområde: ${areaWords[event.planningArea]}`, `Ny modtager: ${unitWords(after.cvi)}`, because];
  if (event.type === 'referral.movedToCentre')
    return [`Fra ${unitWords(before.centre)} til ${unitWords(after.centre)}`, because];
  if (event.type === 'triage.decided') return [because, `Råd: ${given(event.adviceToGp, 'ingen')}`];
  return [because];
}
const outcome = (occasion: Occasion): string[] => [
  outcomeSentence(occasion.event),
  ...details(occasion),
  ...lapsedTimes(occasion),
  '',
  ...goesOn(occasion),
  ...prescribedNow(occasion),
];

// ---- Referral and visitation

function referral({ before, after, event }: Occasion): string[] {
  const { chosenCentre } = taken(event, 'referral.submitted');
  const chosen = chosenCentre
    ? `${chosenWords[chosenCentre.reason]}. ${chosenCentre.text}`
    : 'står i den henvisning, som først blev sendt';
  return [
    ...(after.episode > 1 ? [`Genhenvisning: forløb nr. ${after.episode}`] : []),
    ...(after.referralVersion > 1 ? [`Version ${after.referralVersion} af henvisningen`] : []),
    `Bopæl: ${areaWords[after.planningArea]}`,
    ...(after.chosenCentre === undefined
      ? []
      : [`Valgt smertecenter: ${unitWords(after.chosenCentre)}`, `Begrundelse for valget: ${chosen}`]),
    ...referralLines(after.facts),
    ...exceptions(before, event),
  ];
}

const informationRequest = ({ after, event }: Occasion): string[] => [
  ...(event.type === 'information.reminded' ? ['Rykker: de supplerende oplysninger er ikke modtaget.'] : []),
  `${unitWords(after.centre)} har brug for supplerende oplysninger til visitationen.`,
  ...request(after, copenhagenDate(event.sent.at)),
  '',
  ...informationAwaited(after),
  'Kan oplysningerne ikke skaffes, bedes det meldt tilbage: så visiteres der uden dem.',
];

function triageAnswer(occasion: Occasion): string[] {
  const { before, after, event, to } = occasion;
  const { decision, reason, adviceToGp, patientInformedBy } = taken(event, 'triage.decided');
  const rejected = decision === 'rejected';
  const willPrescribe =
    !rejected &&
    decision !== 'medicationAssessment' &&
    drugClasses.some((name) => after.prescribing[name].by !== to.unit);
  return [
    `Beslutning: ${decision === undefined ? 'ikke oplyst' : rejected ? 'afvist' : offerWords[decision]}`,
    rejected ? `Visiteret af: ${unitWords(before.centre)}` : `Enhed: ${unitWords(to.unit)}`,
    `Begrundelse: ${given(reason)}`,
    `Råd til egen læge: ${given(adviceToGp, 'ingen')}`,
    `Patienten underrettes af ${patientInformedBy === 'gp' ? 'egen læge' : unitWords(event.sent.by.unit)}.`,
    '',
    ...goesOn(occasion),
    ...prescribers(after),
    ...(willPrescribe ? [`Fra første fremmøde udstedes de af ${unitWords(to.unit)}.`] : []),
    ...(rejected ? [] : exceptions(before, event)),
  ];
}

/** With what the clinic needs to call the patient in: the decision, the days, the referral. */
function triagedOn({ before, after, event }: Occasion): string[] {
  const { reason, patientInformedBy } = taken(event, 'triage.decided');
  return [
    `${unitWords(after.centre)} har viderevisiteret patienten til ${unitWords(after.clinic)}.`,
    `Begrundelse: ${given(reason)}`,
    `Patienten underrettes af ${patientInformedBy === 'gp' ? 'egen læge' : unitWords(event.sent.by.unit)}.`,
    ownGpWords(after),
    attachment(after),
    ...deadlines(after),
    ...exceptions(before, event),
    '',
    `Henvisningen (version ${after.referralVersion})`,
    ...referralLines(after.facts),
  ];
}

const handedOver = (occasion: Occasion): string[] => {
  const { after, from, to } = occasion;
  return [
    `${unitWords(from.unit)} har givet patienten videre til ${unitWords(to.unit)}.`,
    outcomeSentence(occasion.event),
    ...details(occasion),
    ...lapsedTimes(occasion),
    '',
    ...goesOn(occasion),
    ...prescribedNow(occasion),
    '',
    attachment(after),
    ownGpWords(after),
    practicalWords(after.facts),
    ...deadlines(after),
    ...openPain(after),
  ];
};

// ---- Appointments

const appointmentSubjects: Partial<Record<EventType, string>> = {
  'appointment.booked': 'Patienten har fået en tid',
  'appointment.moved': 'Patientens tid er flyttet',
  'appointment.cancelled': 'Patientens tid er aflyst',
};
const wherePlaced = ({ after, to }: Occasion, place: string | undefined, told: Partial<Appointment>): string[] => [
  `Sted: ${given(place)}`,
  `Enhed: ${unitWords(to.unit)}`,
  practicalWords(after.facts),
  informationLetter(told, after),
];

function moved(occasion: Occasion, event: PathwayEvent<'appointment.moved'>): string[] {
  const { before, after } = occasion;
  const was = appointmentMeant(before, event.appointment, event.sent.at);
  const uncounted =
    event.by === 'patient' &&
    was !== undefined &&
    copenhagenDate(was.at) < copenhagenDate(event.at) &&
    after.clocks.some(({ clock }) => clock === 'firstVisit');
  return [
    `Patientens tid ${was ? atTime(was.at) : 'på et ikke oplyst tidspunkt'} er flyttet til ${atTime(event.at)}.`,
    `Flyttet af: ${personWords[event.by]}`,
    `Begrundelse: ${reasonWords(event)}`,
    ...wherePlaced(occasion, was?.place, was ?? {}),
    ...(uncounted ? ['Dagene mellem de to tider tæller ikke med i ventetiden til første fremmøde.'] : []),
  ];
}
function cancelled({ before, after, to }: Occasion, event: PathwayEvent<'appointment.cancelled'>): string[] {
  const was = appointmentMeant(before, event.appointment, event.sent.at);
  const next = after.appointments.find(({ at }) => at >= event.sent.at);
  return [
    `Patientens tid ${was ? timeWords(was) : 'på et ikke oplyst tidspunkt'} er aflyst.`,
    `Aflyst af: ${personWords[event.by]}`,
    `Begrundelse: ${reasonWords(event)}`,
    next ? `Næste tid: ${timeWords(next)}` : `Patienten har ingen ny tid: ${unitWords(to.unit)} booker en.`,
    ...patientHasNoTime(after),
  ];
}
function appointment(occasion: Occasion): string[] {
  const { event } = occasion;
  const said =
    event.type === 'appointment.booked'
      ? [`Patienten har fået en tid ${atTime(event.at)}.`, ...wherePlaced(occasion, event.place, event)]
      : event.type === 'appointment.moved'
        ? moved(occasion, event)
        : event.type === 'appointment.cancelled'
          ? cancelled(occasion, event)
          : ['Patientens tid er ændret.'];
  return [...said, '', ...nextStep(occasion)];
}

// ---- The course

function attached(occasion: Occasion): string[] {
  const { after, event } = occasion;
  const { unit, course } = after.treated ?? {};
  const earlier =
    after.attachedAt !== undefined && after.attachedAt < event.sent.at
      ? ` Patienten har været i forløb siden ${onDay(after.attachedAt)}.`
      : '';
  return [
    `Patienten har haft første fremmøde og er tilknyttet ${unitWords(unit)} siden ${onDay(event.sent.at)}.${earlier}`,
    `Forløb: ${course ? offerWords[course] : 'ikke oplyst'}`,
    '',
    ...prescribers(after),
    ...nextStep(occasion),
  ];
}

function prescribing(occasion: Occasion): string[] {
  const { event } = occasion;
  const { agreedWith } = taken(event, 'prescribing.handedBack');
  const classes = 'classes' in event ? event.classes.map((name) => classWords[name]).join(', ') : 'ikke oplyst';
  const back = event.type === 'prescribing.handedBack';
  return [
    `${unitWords(event.sent.by.unit)} har ${back ? 'givet receptudstedelsen tilbage til egen læge' : 'overtaget receptudstedelsen'}.`,
    `Det gælder: ${classes}`,
    `Begrundelse: ${reasonWords(event)}`,
    ...(back ? [`Aftalt med: ${given(agreedWith)}`] : []),
    '',
    ...prescribers(occasion.after),
    ...nextStep(occasion),
  ];
}

function unitTransferred(occasion: Occasion): string[] {
  const { after, from, to } = occasion;
  const until = drugClasses.every((name) => after.prescribing[name].by === to.unit)
    ? []
    : [`Recepterne udstedes uændret, til patienten er mødt hos ${unitWords(to.unit)}.`];
  return [
    `Patienten er overflyttet fra ${unitWords(from.unit)} til ${unitWords(to.unit)}.`,
    ...details(occasion),
    'Patienten er fortsat tilknyttet.',
    ...lapsedTimes(occasion),
    '',
    ...goesOn(occasion),
    ...prescribers(after),
    ...until,
  ];
}

function treatmentPaused(occasion: Occasion): string[] {
  const { until } = taken(occasion.event, 'treatment.paused');
  const review = dueDay(occasion.after, 'pauseReview');
  return [
    `Behandlingen hos ${unitWords(occasion.to.unit)} er sat på pause.`,
    `Begrundelse: ${reasonWords(occasion.event)}`,
    `Pausen varer til: ${until ? inWords(until) : 'ikke fastsat'}`,
    ...(review ? [`Pausen vurderes senest ${review.words}.`] : []),
    'Patienten er fortsat tilknyttet.',
    '',
    ...nextStep(occasion),
    ...prescribers(occasion.after),
  ];
}
const treatmentResumed = (occasion: Occasion): string[] => [
  `Behandlingen hos ${unitWords(occasion.to.unit)} er genoptaget.`,
  `Begrundelse: ${reasonWords(occasion.event)}`,
  'Patienten er fortsat tilknyttet.',
  ...(occasion.before.letter ? [`Epikrisen af ${onDay(occasion.before.letter.signedAt)} gælder ikke længere.`] : []),
  '',
  ...nextStep(occasion),
  ...prescribers(occasion.after),
];

function newPain({ after, event, to }: Occasion): string[] {
  const { text, urgent, mechanism, contact } = taken(event, 'newPain.identified');
  const due = dueDay(after, `newPain:${event.sent.seq}`);
  return [
    urgent ? 'Akut ny smertetilstand.' : 'Ny smertetilstand, ikke akut.',
    ...(urgent || contact
      ? [`Kontaktet pr. telefon: ${contact ? `${contactWords[contact.who]}, ${atTime(contact.at)}` : 'ikke oplyst'}`]
      : []),
    `Beskrivelse: ${given(text)}`,
    `Smertemekanisme: ${mechanismWords(mechanism)}`,
    `Meldt af: ${unitWords(event.sent.by.unit)}`,
    '',
    `Egen læge har udredning og behandling og bedes kvittere med en plan${due ? ` senest ${due.words}` : ''}.`,
    `Smerteforløbet hos ${unitWords(to.unit)} fortsætter imens.`,
  ];
}

const corrected = ({ noteId, reason, sent }: PathwayEvent<'note.corrected'>): string[] => [
  `Rettet lægenotat (nr. ${noteId}). Den tidligere tekst kan fortsat læses hos ${unitWords(sent.by.unit)}.`,
  `Begrundelse for rettelsen: ${reason}`,
  '',
];
const note = ({ event }: Occasion): string[] => [
  ...(event.type === 'note.corrected' ? corrected(event) : []),
  'text' in event && event.text ? event.text : 'Teksten er ikke oplyst.',
];

// ---- Discharge

function dischargeLetter({ before, after, event }: Occasion): string[] {
  const signed = taken(event, 'letter.signed');
  return [
    ...followUp(signed),
    '',
    ...(after.death ? [`Patienten er død ${inWords(after.death.date)}.`] : []),
    ...diagnoses(after),
    ...assessment(after),
    `Fremadrettet plan: ${given(signed.forwardPlan)}`,
    '',
    ...medicationStatus(after, event),
    ...handoverLines(before, signed.handover ?? []),
    ...openPain(after),
    ...exceptions(before, event, ['D3']),
  ];
}
function letterAmended({ before, event }: Occasion): string[] {
  const { text, reason } = taken(event, 'letter.amended');
  const { letter } = before;
  return [
    ...(letter?.followUpRecommended ? [followUpMarking, ''] : []),
    `Rettelse til epikrisen af ${letter ? onDay(letter.signedAt) : 'ikke oplyst dato'}. Den tidligere tekst kan fortsat læses hos ${unitWords(letter?.unit ?? event.sent.by.unit)}.`,
    `Begrundelse for rettelsen: ${given(reason)}`,
    `Rettet tekst: ${given(text)}`,
  ];
}

function newGp(occasion: Occasion): string[] {
  const { after, event } = occasion;
  const notes = Object.entries(after.notes).map(([seq, status]) => `nr. ${seq} (${noteWords[status]})`);
  return [
    'Patienten har et forløb for kroniske smerter, og jeres praksis er nu egen læge.',
    `Begrundelse for skiftet: ${reasonWords(event)}`,
    ...placed(occasion),
    ...nextStep(occasion),
    ...prescribers(after),
    ...(after.requested
      ? ['', 'Der afventes supplerende oplysninger fra egen læge.', ...request(after, copenhagenDate(event.sent.at))]
      : []),
    '',
    `Seneste epikrise: ${after.letter ? `${onDay(after.letter.signedAt)} fra ${unitWords(after.letter.unit)} (besked ${after.letter.messages.join(', ')})` : 'ingen'}`,
    ...(after.letter?.followUpRecommended ? ['Epikrisen anbefaler opfølgning hos egen læge.'] : []),
    `Lægenotater: ${notes.join(', ') || 'ingen'}`,
    ...openPain(after),
    ...after.appointments.filter(({ at }) => at >= event.sent.at).map((entry) => `Tid: ${timeWords(entry)}`),
  ];
}

function referralWithdrawn(occasion: Occasion): string[] {
  const lapsed = lapsedTimes(occasion);
  return [
    outcomeSentence(occasion.event),
    ...details(occasion),
    ...(lapsed.length === 0 ? ['Der er ingen tid at aflyse.'] : lapsed),
    '',
    ...goesOn(occasion),
  ];
}

export const letters = {
  referral: {
    to: ({ after }) => toUnit(after.cvi),
    subject: 'Henvisning til smertebehandling',
    medcom: { draft: 'XREF01' },
    body: referral,
  },
  referralWithdrawn: {
    to: concerned,
    subject: 'Henvisning trukket tilbage',
    medcom: { care: 'regarding-referral' },
    body: referralWithdrawn,
  },
  referralReturned: {
    to: toGp,
    subject: 'Henvisning returneret',
    medcom: { care: 'regarding-referral' },
    body: outcome,
  },
  informationRequest: {
    to: toGp,
    subject: 'Anmodning om supplerende oplysninger',
    subjectOn: ({ event }) =>
      `${event.type === 'information.reminded' ? 'Rykker: anmodning' : 'Anmodning'} om supplerende oplysninger`,
    medcom: { care: 'regarding-referral' },
    body: informationRequest,
  },
  triageAnswer: {
    to: toGp,
    subject: 'Visitationsbeslutning',
    medcom: { care: 'regarding-referral' },
    body: triageAnswer,
  },
  /** To whoever has the patient now by another's act. */
  handedOver: {
    to: toReceiver,
    subject: 'Patienten er nu hos jer',
    medcom: { care: 'regarding-referral' },
    body: handedOver,
  },
  triagedOn: {
    to: ({ after }) => toUnit(after.clinic),
    subject: 'Patient viderevisiteret',
    medcom: { care: 'regarding-referral' },
    body: triagedOn,
  },
  appointment: {
    to: toGpUnlessHis,
    subject: 'Besked om tid',
    subjectOn: ({ event }) => appointmentSubjects[event.type] ?? 'Besked om tid',
    medcom: { draft: 'XDIS13' },
    body: appointment,
  },
  attached: { to: toGp, subject: 'Patienten er tilknyttet', medcom: { care: 'outpatient' }, body: attached },
  prescribing: { to: toGp, subject: 'Hvem udsteder recepter', medcom: { care: 'medicine' }, body: prescribing },
  unitTransferred: {
    to: toGp,
    subject: 'Patienten er overflyttet',
    medcom: { care: 'carecoordination' },
    body: unitTransferred,
  },
  treatmentPaused: {
    to: toGp,
    subject: 'Behandlingen er sat på pause',
    medcom: { care: 'outpatient' },
    body: treatmentPaused,
  },
  treatmentResumed: {
    to: toGp,
    subject: 'Behandlingen er genoptaget',
    medcom: { care: 'outpatient' },
    body: treatmentResumed,
  },
  outcomeToGp: {
    to: toGpUnlessHis,
    subject: 'Meddelelse om forløbet',
    subjectOn: outcomeSubject,
    medcom: { care: 'carecoordination' },
    body: outcome,
  },
  outcomeToUnit: {
    to: concerned,
    subject: 'Meddelelse om forløbet',
    subjectOn: outcomeSubject,
    medcom: { care: 'carecoordination' },
    body: outcome,
  },
  /** The new GP takes over whatever was the old one's. */
  newGp: {
    to: (occasion) => (occasion.after.ownGp === null ? [] : toGp(occasion)),
    subject: 'Ny patient i smerteforløb',
    medcom: { care: 'carecoordination' },
    body: newGp,
  },
  gpReplaced: {
    to: ({ before, after, event }) =>
      after.ownGp === null || before.ownGp === event.sent.by.unit ? [] : toUnit(before.ownGp),
    subject: 'Patienten har fået en anden egen læge',
    medcom: { care: 'carecoordination' },
    body: ({ after, event }) => [
      `Egen læge er nu ${unitWords(after.ownGp)}.`,
      `Begrundelse: ${reasonWords(event)}`,
      'Anmodninger, uafklarede nye smertetilstande og beskeder undervejs går over til den nye læge.',
    ],
  },
  /** It may be acute: never a CareCommunication. */
  newPain: {
    to: toGp,
    subject: 'Ny smertetilstand til udredning',
    subjectOn: ({ event }) =>
      `${taken(event, 'newPain.identified').urgent ? 'Akut: ny' : 'Ny'} smertetilstand til udredning`,
    medcom: { draft: null },
    body: newPain,
  },
  note: {
    to: ({ after, event }) => [
      { to: after.ownGp, about: event.type === 'note.corrected' ? event.noteId : event.sent.seq },
    ],
    subject: 'Lægenotat',
    subjectOn: ({ event }) => (event.type === 'note.corrected' ? 'Rettet lægenotat' : 'Lægenotat'),
    medcom: { draft: 'XDIS02' },
    body: note,
  },
  dischargeLetter: {
    to: toGp,
    subject: 'Epikrise',
    subjectOn: ({ event }) =>
      taken(event, 'letter.signed').followUpRecommended ? 'Epikrise: opfølgning hos egen læge anbefales' : 'Epikrise',
    medcom: { draft: 'XDIS02' },
    body: dischargeLetter,
  },
  letterAmended: { to: toGp, subject: 'Rettet epikrise', medcom: { draft: 'XDIS02' }, body: letterAmended },
} as const satisfies Record<string, Letter>;
export type LetterName = keyof typeof letters;
export const medcomOf = (letter: LetterName): Medcom => letters[letter].medcom;

const ownLetters: readonly LetterName[] = ['referral', 'referralWithdrawn'];
/** Who gets a letter, and on whose list it stands until it has arrived. */
export function addressees(letter: LetterName, occasion: Occasion): Addressed[] {
  const { before, event, from: desk } = occasion;
  const written: Letter = letters[letter];
  // What the system notes is the holder's to follow up.
  const from =
    ownLetters.includes(letter) && event.sent.by.role !== 'cvi'
      ? answeringGp(before)
      : event.sent.by.role === 'system'
        ? (desk.unit ?? answeringGp(before))
        : event.sent.by.unit;
  return written.to(occasion).map((addressee) => ({ letter, from, ...addressee }));
}

export type Composed = Addressed & { subject: string; body: string };
export const compose = (addressed: Addressed, occasion: Occasion): Composed => {
  const { subject, subjectOn, body }: Letter = letters[addressed.letter];
  return { ...addressed, subject: subjectOn?.(occasion) ?? subject, body: body(occasion).join('\n') };
};
