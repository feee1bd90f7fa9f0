/**
 * Whoever gets, loses or waits for the patient is told (pathway.md, "Messages"). One entry a letter: to whom, from whom,
 * subject and body in Danish from the facts. What is missing is said, never left blank. The patient's name is added where the letter is
 * delivered: the chart knows none.
 */
import { drugClasses } from './fields.js';
import { answeringGp, type Context } from './context.js';
import { addDays, copenhagenDate } from './calendar.js';
import type { EventType, PathwayEvent } from './events.js';
import { kindOf, unitName } from './routes.js';

/** At whose desk the pathway lies, and whose move is next. */
type Desk = { unit: string | null; nextMove: string | null };
/** Before and after the event that the letter tells of: what was remembered, and where the pathway lay. */
export type Occasion = { before: Context; after: Context; from: Desk; to: Desk; event: PathwayEvent };
type Addressee = { to: string | null; about?: number };
type Letter = { to: (occasion: Occasion) => Addressee[]; subject: string; body: (occasion: Occasion) => string[] };
export type Addressed = { letter: LetterName; to: string | null; from: string; about?: number };

const toGp = ({ after }: Occasion): Addressee[] => [{ to: after.ownGp }];
const toUnit = (code: string | null | undefined): Addressee[] => (code ? [{ to: code }] : []);
/** Offices, centres and clinics that have, get or lose the patient, still prescribe for him or wrote his last letter. Practices are told as the own GP, and whoever sent the event knows of it. */
function concerned({ before, from, to, event }: Occasion): Addressee[] {
  const units = new Set([from.unit, from.nextMove, to.unit, to.nextMove, before.attachedAt === undefined ? before.letter?.unit : before.treated?.unit]);
  return [...units].filter((code) => code !== event.sent.by.unit && kindOf(code) !== 'practice').flatMap(toUnit);
}
const toReceiver = ({ to, event }: Occasion): Addressee[] => (to.unit === event.sent.by.unit ? [] : toUnit(to.unit));

const da = (code: string | null | undefined) => unitName(code).da;
const on = (instant: string) => copenhagenDate(instant);
const given = (value: string | undefined, missing = 'ikke oplyst') => value ?? missing;
const taken = <K extends EventType>(event: PathwayEvent, type: K): Partial<PathwayEvent<K>> => (event.type === type ? (event as PathwayEvent<K>) : {});
const classWords = { analgesic: 'analgetika', sedative: 'beroligende medicin', hypnotic: 'sovemedicin' } as const;
const who = (context: Context): string[] => drugClasses.map((name) => {
  const { by, since } = context.prescribing[name];
  return `Recepter på ${classWords[name]} udstedes af ${by === 'gp' ? 'egen læge' : da(by)} (siden ${on(since)}).`;
});
const offerWords = { painClinic: 'monofaglig smerteklinik', painCentre: 'tværfagligt smertecenter', medicationAssessment: 'enkeltstående lægelig medicinvurdering', rejected: 'ikke modtaget' } as const;

const outcomes: Partial<Record<EventType, string>> = {
  'patient.declined': 'Patienten har takket nej.', 'course.endedForNoShow': 'Forløbet er afsluttet på grund af udeblivelser.', 'patient.moved': 'Patienten er flyttet.',
  'patient.died': 'Patienten er død.', 'patient.deathRevoked': 'Meddelelsen om patientens død var en fejl: forløbet fortsætter, hvor det var.', 'gp.changed': 'Patienten har skiftet egen læge.',
  'referral.returnedToSender': 'Henvisningen er returneret af Central Visitation.', 'referral.withdrawn': 'Henvisningen er trukket tilbage.', 'referral.readdressed': 'Henvisningen er sendt videre til en anden Central Visitation.',
  'referral.movedToCentre': 'Henvisningen er flyttet til det andet smertecenter.', 'pathway.enteredInError': 'Forløbet var oprettet ved en fejl og er lukket.',
};
const scopeWords = { course: 'hele forløbet', medication: 'medicinsk behandling', team: 'det tværfaglige forløb' } as const;
const areaWords = { nord: 'planområde Nord', midt: 'planområde Midt', byen: 'planområde Byen', syd: 'planområde Syd', bornholm: 'Bornholm' } as const;
/** What the sender said of it. */
function details(event: PathwayEvent): string[] {
  if (event.type === 'patient.moved') return [`Ny bopæl: ${event.planningArea ? areaWords[event.planningArea] : 'uden for regionen'}`];
  if (event.type === 'patient.died') return [`Dato: ${event.date}`];
  const reason = 'text' in event && event.text ? event.text : 'reason' in event && event.reason ? event.reason : undefined;
  return [...(event.type === 'patient.declined' ? [`Det gælder: ${scopeWords[event.scope]}`] : []), `Begrundelse: ${given(reason)}`];
}
const nextStep = ({ to }: Occasion): string[] => (to.nextMove === null ? [] : [`${da(to.nextMove)} har det næste skridt.`]);
const outcome = (occasion: Occasion): string[] =>
  [outcomes[occasion.event.type] ?? 'Forløbet er ændret.', ...details(occasion.event), ...(occasion.after.closure ? [] : [...nextStep(occasion), ...who(occasion.after)])];

const item = (facts: Context['facts'], field: keyof NonNullable<Context['facts']['content']>): string => {
  const value = facts.content?.[field];
  if (value === undefined) return 'ikke oplyst';
  if (typeof value === 'string') return value;
  if (Array.isArray(value)) return value.map((row) => `${row.drug}: ${row.effect}; bivirkninger: ${row.sideEffects}`).join(' · ') || 'ikke oplyst';
  if ('notRelevant' in value) return `ikke relevant: ${value.notRelevant}`;
  if ('none' in value) return 'ingen kendte';
  return `tolk: ${value.interpreter === undefined ? 'ikke oplyst' : value.interpreter ? given(value.language, 'ja, sprog ikke oplyst') : 'nej'}; transport: ${value.transport === undefined ? 'ikke oplyst' : value.transport ? 'ja' : 'nej'}`;
};
const contents = [
  ['Anamnese', 'history'], ['Psykologiske forhold', 'psychologicalFactors'], ['Social situation', 'socialSituation'], ['Erhvervsmæssig status', 'occupation'], ['Erstatningssager', 'compensationCase'],
  ['Problemformulering', 'problemStatement'], ['Objektiv undersøgelse', 'objectiveExamination'], ['Parakliniske undersøgelser', 'investigations'], ['EKG', 'ecg'], ['Forsøgt medicin', 'medicationsTried'],
  ['Komorbiditet', 'comorbidity'], ['Allergi', 'allergy'], ['Sagt til patienten', 'toldToPatient'], ['Praktisk', 'practical'],
] as const;

function discharge({ after, event }: Occasion): string[] {
  const { forwardPlan, followUpRecommended, followUpText, handover = [] } = taken(event, 'letter.signed');
  const openPain = after.newPain.filter((entry) => entry.outcome === undefined);
  const { painAnalysis, currentTreatment, proposal, endedEarly } = after.assessment;
  return [
    `Smertediagnose: ${given(after.diagnoses.at(-1)?.text, 'ikke stillet')}`,
    ...(after.treated?.course === 'medicationAssessment' ? [`Smerteanalyse: ${given(painAnalysis, 'mangler')}`, `Vurdering af den aktuelle behandling: ${given(currentTreatment, 'mangler')}`, `Forslag til fortsat behandling: ${given(proposal, 'mangler')}`, ...(endedEarly === undefined ? [] : [`Vurderingen er afbrudt: ${endedEarly}`])] : []),
    `Fremadrettet plan: ${given(forwardPlan || undefined)}`,
    `Opfølgning hos egen læge: ${followUpRecommended ? given(followUpText, 'anbefales') : 'anbefales ikke'}`,
    after.medicationRecord?.status === undefined ? `Medicinstatus: se FMK${after.medicationRecord ? `, bekræftet ajourført ${on(after.medicationRecord.at)}` : ''}` : `Medicinstatus: ${after.medicationRecord.status}`,
    ...handover.map((line) => ('plan' in line ? `${classWords[line.drugClass]}: egen læge udsteder fra ${line.gpPrescribesFrom}${line.suppliedUntil ? `, dækket til ${line.suppliedUntil}` : ''}. ${line.plan}` : `${classWords[line.drugClass]}: intet ordineret`)),
    ...openPain.map((entry) => `Uafklaret ny smertetilstand (${on(entry.at)}): ${entry.text}`),
  ];
}

/** What the GP is asked for, and by when; the last day, since a clock is late from the instant after it. */
function request({ requested, clocks }: Context): string[] {
  if (requested === undefined) return [];
  const due = clocks.find(({ clock }) => clock === 'requestedInformation')?.dueAt;
  return [`Punkter: ${requested.items.join(', ') || 'ingen'}`, `Spørgsmål: ${given(requested.question, 'intet')}`, `Senest: ${due === undefined ? 'ingen frist' : addDays(copenhagenDate(due), -1)}`];
}

function handedToNewGp(occasion: Occasion): string[] {
  const { after } = occasion;
  const open = after.newPain.filter(({ outcome: ended }) => ended === undefined);
  return [
    'Patienten er i et forløb for kroniske smerter, og du er nu egen læge.', ...nextStep(occasion), ...who(after),
    ...(after.requested ? ['Der afventes oplysninger.', ...request(after)] : []), ...open.map(({ at, text }) => `Ny smertetilstand, ikke afklaret (${on(at)}): ${text}`),
    after.letter ? `Epikrise af ${on(after.letter.signedAt)}: besked ${after.letter.messages.join(', ')}` : 'Epikrise: ingen',
    `Lægenotater: ${Object.keys(after.notes).join(', ') || 'ingen'}`,
  ];
}

export const letters = {
  referral: {
    to: ({ after }) => toUnit(after.cvi), subject: 'Henvisning til smertebehandling',
    body: ({ after }) => [`Ønsket tilbud: ${after.facts.requestedOffer ? offerWords[after.facts.requestedOffer] : 'ikke oplyst'}`, `Smertens begyndelse: ${given(after.facts.onset)}`, ...contents.map(([label, field]) => `${label}: ${item(after.facts, field)}`)],
  },
  referralWithdrawn: { to: concerned, subject: 'Henvisning trukket tilbage', body: (occasion) => [...outcome(occasion), 'Eventuelle tider bedes aflyst.'] },
  referralReturned: { to: toGp, subject: 'Henvisning returneret', body: outcome },
  informationRequest: {
    to: toGp, subject: 'Anmodning om supplerende oplysninger',
    body: ({ after, event }) => [...(event.type === 'information.reminded' ? ['Rykker: oplysningerne er ikke kommet.'] : []), ...request(after), 'Ventetiden står stille, til oplysningerne er givet.'],
  },
  triageAnswer: {
    to: toGp, subject: 'Visitationsbeslutning',
    body: ({ after, event }) => {
      const { decision, reason, adviceToGp, patientInformedBy } = taken(event, 'triage.decided');
      return [`Beslutning: ${decision ? offerWords[decision] : 'ikke oplyst'}${after.clinic ? ` (${da(after.clinic)})` : ''}`, `Begrundelse: ${given(reason)}`, `Råd til egen læge: ${given(adviceToGp, 'ingen')}`, `Patienten underrettes af ${patientInformedBy === 'gp' ? 'egen læge' : 'enheden'}.`];
    },
  },
  /** To whoever has the patient now by another's act. */
  handedOver: { to: toReceiver, subject: 'Patienten er nu hos jer', body: (occasion) => [`${da(occasion.from.unit)} har givet patienten videre til ${da(occasion.to.unit)}.`, ...details(occasion.event), ...who(occasion.after)] },
  triagedOn: { to: ({ after }) => toUnit(after.clinic), subject: 'Patient viderevisiteret', body: ({ after }) => [`${da(after.centre)} har viderevisiteret patienten til ${da(after.clinic)}.`] },
  attached: {
    to: toGp, subject: 'Patienten er tilknyttet',
    body: ({ after, event }) => [`Patienten er tilknyttet ${da(after.treated?.unit)} siden ${on(event.sent.at)}.`, ...who(after)],
  },
  prescribing: { to: toGp, subject: 'Hvem udsteder recepter', body: ({ after }) => who(after) },
  unitTransferred: { to: toGp, subject: 'Patienten er overflyttet', body: ({ after }) => [`Patienten er overflyttet til ${da(after.clinic ?? after.centre)}.`, ...who(after)] },
  treatmentPaused: { to: toGp, subject: 'Behandlingen er sat på pause', body: ({ after, event }) => [`Grund: ${given(taken(event, 'treatment.paused').reason)}. Til: ${given(taken(event, 'treatment.paused').until)}.`, 'Patienten er fortsat tilknyttet.', ...who(after)] },
  treatmentResumed: { to: toGp, subject: 'Behandlingen er genoptaget', body: ({ after, event }) => [`Grund: ${given(taken(event, 'treatment.resumed').reason)}.`, 'Patienten er fortsat tilknyttet; enheden udsteder recepterne som nedenfor. En eventuel sendt epikrise gælder ikke.', ...who(after)] },
  outcomeToGp: { to: (occasion) => (occasion.event.sent.by.unit === occasion.after.ownGp ? [] : toGp(occasion)), subject: 'Meddelelse om forløbet', body: outcome },
  outcomeToUnit: { to: concerned, subject: 'Meddelelse om forløbet', body: outcome },
  /** The new GP takes over whatever was the old one's. */
  newGp: {
    to: (occasion) => (occasion.after.ownGp === null ? [] : toGp(occasion)), subject: 'Ny patient i smerteforløb', body: handedToNewGp,
  },
  gpReplaced: { to: ({ before, after, event }) => (after.ownGp === null || before.ownGp === event.sent.by.unit ? [] : toUnit(before.ownGp)), subject: 'Patienten har fået en anden egen læge', body: ({ after }) => [`Egen læge er nu ${da(after.ownGp)}.`] },
  newPain: { to: toGp, subject: 'Ny smertetilstand til udredning', body: ({ event }) => { const { text, urgent } = taken(event, 'newPain.identified'); return [urgent ? 'Akut: der er ringet.' : 'Ikke akut.', given(text), 'Egen læge har udredning og behandling; smerteforløbet fortsætter imens.']; } },
  note: {
    to: ({ after, event }) => [{ to: after.ownGp, about: event.type === 'note.corrected' ? event.noteId : event.sent.seq }], subject: 'Lægenotat',
    body: ({ event }) => [...(event.type === 'note.corrected' ? [`Rettelse: ${event.reason}`] : []), 'text' in event && event.text ? event.text : 'ikke oplyst'],
  },
  dischargeLetter: { to: toGp, subject: 'Epikrise', body: discharge },
  letterAmended: { to: toGp, subject: 'Rettet epikrise', body: ({ event }) => { const { text, reason } = taken(event, 'letter.amended'); return [`Rettelse: ${given(reason)}`, given(text)]; } },
} as const satisfies Record<string, Letter>;
export type LetterName = keyof typeof letters;

const ownLetters: readonly LetterName[] = ['referral', 'referralWithdrawn'];
/** Who gets a letter, and on whose list it stands until it has arrived. */
export function addressees(letter: LetterName, occasion: Occasion): Addressed[] {
  const { before, event, from: desk } = occasion;
  const written: Letter = letters[letter];
  // What the system notes is the holder's to follow up.
  const from = ownLetters.includes(letter) && event.sent.by.role !== 'cvi' ? answeringGp(before) : event.sent.by.role === 'system' ? desk.unit ?? answeringGp(before) : event.sent.by.unit;
  return written.to(occasion).map((addressee) => ({ letter, from, ...addressee }));
}

export type Composed = Addressed & { subject: string; body: string };
export const compose = (addressed: Addressed, occasion: Occasion): Composed => {
  const { subject, body }: Letter = letters[addressed.letter];
  return { ...addressed, subject, body: body(occasion).join('\n') };
};
