/**
 * Days, answers and choices as a Danish clinician writes them (terms: the glossary of the console). What is not known is said in words.
 * Months and weekdays by a table: a letter reads the same on every machine, whatever language data that has. A user's own text always ends its line.
 */
import {
  copenhagenDate,
  copenhagenTime,
  lastDayOf,
  weekday,
  type CalendarDate,
  type Instant,
} from '../calendar/calendar.js';
import type { Appointment, Context, Standstill } from './context.js';
import type { EventType, PathwayEvent } from './events.js';
import type { Facts, Mechanism } from './facts.js';
import { drugClasses, type DrugClass, type Offer, type PlanningArea } from './fields.js';
import { judge } from '../engine/passing.js';
import { unitName } from './routes.js';
import { isRuleId, rules } from './rules.js';
import type { StageName } from './stages.js';

const months = [
  'januar',
  'februar',
  'marts',
  'april',
  'maj',
  'juni',
  'juli',
  'august',
  'september',
  'oktober',
  'november',
  'december',
] as const;
const weekdays = ['mandag', 'tirsdag', 'onsdag', 'torsdag', 'fredag', 'lørdag', 'søndag'] as const;
const two = (n: number) => String(n).padStart(2, '0');

/** '2026-03-02' → '2. marts 2026'; a date known to its month or year only (an onset) as far as it is known. */
export function inWords(date: string): string {
  const [year, month, day] = date.split('-');
  return [...(day ? [`${Number(day)}.`] : []), ...(month ? [months[Number(month) - 1]] : []), year].join(' ');
}
const withWeekday = (date: CalendarDate) => `${weekdays[weekday(date) - 1]} den ${inWords(date)}`;
export const onDay = (instant: Instant): string => inWords(copenhagenDate(instant));
/** 'torsdag den 12. marts 2026 kl. 09.30' in Denmark. */
export function atTime(instant: Instant): string {
  const { date, minutes } = copenhagenTime(instant);
  return `${withWeekday(date)} kl. ${two(Math.floor(minutes / 60))}.${two(minutes % 60)}`;
}
/** The last day of a running clock, in words; undefined when it does not run or stands still. */
export function dueDay({ clocks }: Context, name: string): { words: string; date: CalendarDate } | undefined {
  const running = clocks.find(({ clock, pausedSince }) => clock === name && pausedSince === undefined);
  return running && { words: withWeekday(lastDayOf(running.dueAt)), date: lastDayOf(running.dueAt) };
}

export const unitWords = (code: string | null | undefined): string => (code ? unitName(code).da : 'ikke oplyst');
export const given = (value: string | undefined, missing = 'ikke oplyst'): string => value || missing;
const answer = (value: boolean | undefined): string => (value === undefined ? 'ikke oplyst' : value ? 'ja' : 'nej');

export const classWords = {
  analgesic: 'analgetika',
  sedative: 'beroligende medicin',
  hypnotic: 'sovemedicin',
} as const satisfies Record<DrugClass, string>;
export const offerWords = {
  painClinic: 'monofaglig smerteklinik',
  painCentre: 'tværfagligt smertecenter',
  medicationAssessment: 'enkeltstående lægelig medicinvurdering',
} as const satisfies Record<Offer, string>;
export const areaWords = {
  nord: 'planområde Nord',
  midt: 'planområde Midt',
  byen: 'planområde Byen',
  syd: 'planområde Syd',
  bornholm: 'Bornholm',
  outsideRegion: 'uden for regionen',
} as const satisfies Record<PlanningArea, string>;
export const scopeWords = {
  course: 'hele forløbet',
  medication: 'medicinsk behandling',
  team: 'det tværfaglige forløb',
} as const;
export const wishWords = { stay: 'at blive i forløbet, hvor det er', move: 'at forløbet flytter med' } as const;
export const contactWords = {
  gp: 'egen læge',
  onCall: 'lægevagten',
  emergency: 'akutmodtagelse eller alarmcentral',
} as const;
export const personWords = { patient: 'patienten', unit: 'enheden' } as const;
export const chosenWords = { freeChoice: 'frit sygehusvalg', residence: 'bopæl' } as const;
export const noteWords = {
  queued: 'ikke sendt endnu',
  sent: 'sendt',
  delivered: 'modtaget',
  byHand: 'afleveret manuelt',
} as const satisfies Record<Context['notes'][string], string>;
const mechanisms = {
  nociceptive: 'nociceptiv',
  neuropathic: 'neuropatisk',
  mixed: 'blandet (nociceptiv og neuropatisk)',
  undetermined: 'ikke klassificeret',
} as const satisfies Record<Mechanism, string>;
export const mechanismWords = (mechanism: string | undefined): string =>
  mechanisms[mechanism as Mechanism] ?? 'ikke oplyst';
const problemWords = {
  none: 'ingen',
  notSignificant: 'til stede, men ikke væsentlige',
  significant: 'væsentlige',
} as const;

/** Reasons that are chosen from a list; all others are in the sender's own words. */
const chosenReasons: Partial<Record<EventType, Record<string, string>>> = {
  'referral.returnedToSender': {
    duplicate: 'der er allerede en henvisning',
    wrongPathway: 'henvisningen hører til et andet forløb',
    outsideRegion: 'patienten bor uden for regionen',
    unreadable: 'henvisningen kan ikke læses',
  },
  'referral.movedToCentre': {
    freeChoice: 'frit sygehusvalg',
    capacity: 'kapacitet',
    relation: 'særlig tilknytning til centret',
  },
};
export function reasonWords(event: PathwayEvent): string {
  const chosen = chosenReasons[event.type];
  const reason = 'reason' in event ? event.reason : undefined;
  const said = 'text' in event ? event.text : undefined;
  return given([...(reason ? [chosen ? given(chosen[reason]) : reason] : []), ...(said ? [said] : [])].join('. '));
}

/** Who issues what, a sentence a class (S5). */
export const prescribers = (context: Context): string[] =>
  drugClasses.map((name) => {
    const { by, since } = context.prescribing[name];
    return `Recepter på ${classWords[name]} udstedes af ${by !== 'gp' ? unitWords(by) : context.ownGp === null ? 'egen læge (ingen kendt)' : 'egen læge'} siden ${onDay(since)}.`;
  });

/** Exceptions taken on and warnings seen with a reason, as long as they are of something that was not met: the next reader is to see them. */
export function exceptions(context: Context, event: PathwayEvent, besides: readonly string[] = []): string[] {
  const question = { context, event, at: event.sent.at, by: event.sent.by };
  const lines = [...(event.overrides ?? []), ...(event.acknowledged ?? [])].flatMap(({ rule, reason }) => {
    if (!isRuleId(rule) || reason === undefined || besides.includes(rule)) return [];
    const { status } = judge(rule, question);
    return status === 'met'
      ? []
      : [`– ${rules[rule].text.da} (${status === 'unmet' ? 'ikke opfyldt' : 'ikke oplyst'}): ${reason}`];
  });
  return lines.length === 0 ? [] : ['', 'Begrundede fravigelser', ...lines];
}

// ---- What a referral says

type Content = NonNullable<Facts['content']>;
const contents = [
  ['H1', 'Anamnese', 'history'],
  ['H1a', 'Psykologiske forhold', 'psychologicalFactors'],
  ['H1b', 'Social situation', 'socialSituation'],
  ['H1c', 'Erhvervsmæssig status', 'occupation'],
  ['H1d', 'Verserende erstatningssager', 'compensationCase'],
  ['H1e', 'Problemformulering', 'problemStatement'],
  ['H2', 'Objektiv undersøgelse', 'objectiveExamination'],
  ['H3', 'Parakliniske undersøgelser', 'investigations'],
  ['H3a', 'EKG', 'ecg'],
  ['H4', 'Forsøgt medicin med effekt og bivirkninger', 'medicationsTried'],
  ['H5', 'Komorbiditet', 'comorbidity'],
  ['H6', 'Allergi', 'allergy'],
  ['H7', 'Sagt til patienten', 'toldToPatient'],
] as const satisfies readonly (readonly [string, string, Exclude<keyof Content, 'practical'>])[];
const itemNames = new Map<string, string>([
  ...contents.map(([id, label]) => [id, label] as const),
  ['H8', 'Praktisk (tolk med sprog, transport)'],
]);
/** An item that is asked for, by its name in the referral. */
export const itemWords = (id: string): string => itemNames.get(id) ?? 'andet punkt (se spørgsmålet)';

export function practicalWords({ content }: Facts): string {
  const { interpreter, language, transport } = content?.practical ?? {};
  return `Tolk: ${interpreter ? given(language && `ja, ${language}`, 'ja, sprog ikke oplyst') : answer(interpreter)}; transport: ${answer(transport)}`;
}
function contentLines(label: string, value: Content[(typeof contents)[number][2]]): string[] {
  if (value === undefined || (Array.isArray(value) && value.length === 0)) return [`${label}: ikke oplyst`];
  if (typeof value === 'string') return [`${label}: ${value}`];
  if (Array.isArray(value))
    return [
      label,
      ...value.map(({ drug, effect, sideEffects }) => `– ${drug}; effekt: ${effect}; bivirkninger: ${sideEffects}`),
    ];
  return [`${label}: ${'notRelevant' in value ? `ikke relevant: ${value.notRelevant}` : 'ingen kendte'}`];
}

const inclusion = [
  ['Diagnostisk afklaret', 'clarified'],
  ['Færdigbehandlet i relevante specialer', 'priorTreatmentCompleted'],
  ['Relevant medicinsk smertebehandling er forsøgt', 'medicationTried'],
  ['Kan behandles ambulant', 'outpatient'],
  ['Smerten er non-malign', 'nonMalignant'],
] as const;
const exclusion = [
  ['Akutte smerter', 'acutePain'],
  ['Aktiv kræftsygdom', 'activeCancer'],
  ['Hovedpine eller migræne', 'headache'],
  ['Alkohol- eller stofmisbrug', 'substanceMisuse'],
  ['Svær ustabil psykiatrisk lidelse', 'severeUnstablePsychiatricDisorder'],
] as const;
function exclusionLines({ exclusions = {} }: Facts): string[] {
  const standing = exclusion.filter(([, field]) => exclusions[field] !== false);
  return standing.length === 0
    ? ['Forhold, der taler imod henvisning: ingen']
    : [
        'Forhold, der taler imod henvisning',
        ...standing.map(([label, field]) => `– ${label}: ${answer(exclusions[field])}`),
      ];
}

/** Of the referral all that the doctor at the other end reads; absent is said. */
export function referralLines(facts: Facts): string[] {
  const { requestedOffer, onset, mechanism, trigger, psychosocialProblems: problems, content } = facts;
  return [
    `Ønsket tilbud: ${requestedOffer ? offerWords[requestedOffer] : 'ikke oplyst'}`,
    ...(requestedOffer === 'medicationAssessment'
      ? [
          `Henvises til vurdering af den igangværende medicinske behandling af en ikke-kompleks tilstand: ${answer(facts.medicationAssessmentStatement)}`,
        ]
      : []),
    '',
    `Smertens begyndelse: ${onset === undefined ? 'ikke oplyst' : inWords(onset)}`,
    `Smertemekanisme: ${mechanismWords(mechanism)}`,
    `Psykologiske og/eller sociale årsager: ${answer(trigger?.psychosocial)}`,
    `Utilstrækkelig effekt af gængse medikamenter: ${answer(trigger?.insufficientEffect)}`,
    ...inclusion.map(([label, field]) => `${label}: ${answer(facts[field])}`),
    ...exclusionLines(facts),
    '',
    `Psykologiske og sociale problemer: ${problems ? problemWords[problems] : 'ikke oplyst'}`,
    `Dominerer i forhold til den somatiske andel: ${answer(facts.psychosocialDominant)}`,
    `Hindrer effektiv smertebehandling: ${answer(facts.hindersTreatment)}`,
    `Somatisk domineret tilstand: ${answer(facts.somaticallyDominated)}`,
    '',
    ...contents.flatMap(([, label, field]) => contentLines(label, content?.[field])),
    practicalWords(facts),
  ];
}

// ---- Where a pathway is, what stands ahead, what is open

const ownGpPlans = (after: Context): string => {
  const due = dueDay(after, 'gpPlan');
  return due ? `, som lægger en plan senest ${due.words}` : ', som lægger en plan';
};
/** A course begins with the first visit; after a transfer with the first one there. */
const inCourse =
  (course: Offer) =>
  (unit: string | null, { attachedAt, treated }: Context): string =>
    `Patienten ${attachedAt !== undefined && treated?.unit === unit && treated.course === course ? 'er i forløb' : 'venter på første fremmøde'} hos ${unitWords(unit)} (${offerWords[course]}).`;
export const places: Record<StageName, (unit: string | null, after: Context) => string> = {
  generalPractice: (_, after) => `Forløbet er fortsat åbent og ligger hos egen læge${ownGpPlans(after)}.`,
  referral: (_, { cvi }) =>
    `Henvisningen ligger til modtagelse og videresendelse i Central Visitation (${unitWords(cvi)}).`,
  visitation: (unit) => `Patienten visiteres af ${unitWords(unit)}.`,
  painClinic: inCourse('painClinic'),
  painCentre: inCourse('painCentre'),
  medicationAssessment: inCourse('medicationAssessment'),
  controlPhase: (unit, { letter }) =>
    `Forløbet er i kontrolfasen hos ${unitWords(unit)}, som ${letter ? 'har sendt' : 'skriver'} epikrise til egen læge.`,
  dischargedToGp: () => 'Forløbet er afsluttet til egen læge.',
  closed: () => 'Forløbet er lukket.',
};
export const ownGpWords = ({ ownGp }: Context): string =>
  `Egen læge: ${ownGp === null ? 'ingen kendt' : unitWords(ownGp)}`;
export const attachment = ({ attachedAt, treated }: Context): string =>
  attachedAt === undefined
    ? 'Patienten er ikke tilknyttet: der har ikke været et fremmøde.'
    : `Patienten er tilknyttet siden ${onDay(attachedAt)} (${unitWords(treated?.unit)}).`;
export const openPain = ({ newPain }: Context): string[] =>
  newPain
    .filter(({ outcome }) => outcome === undefined)
    .map(
      ({ at, text, urgent }) =>
        `Uafklaret ny smertetilstand (${onDay(at)}${urgent ? ', meldt som akut' : ''}): ${text}`,
    );

const deadlineWords = {
  decision: 'Visitationsbeslutning',
  intake: 'Modtagelse i klinikken',
  informationLetter: 'Oplysningsbrev til patienten',
  firstVisit: 'Første fremmøde',
} as const;
export const deadlines = (after: Context): string[] =>
  Object.entries(deadlineWords).flatMap(([name, label]) => {
    const due = dueDay(after, name);
    return due ? [`${label}: senest ${due.words}`] : [];
  });

export const timeWords = ({ at, place }: Appointment): string => `${atTime(at)}, ${place}`;
export const informationLetter = (
  { informationLetterSentAt: sentAt }: Partial<Appointment>,
  { informationLetterSent }: Context,
): string =>
  `Oplysningsbrev: ${sentAt ? `sendt ${onDay(sentAt)}` : informationLetterSent ? 'sendt med en tidligere tid' : 'ikke noteret sendt'}`;

/** What the GP is asked for, and by when. */
export function request(context: Context, today: CalendarDate): string[] {
  const { items = [], question } = context.requested ?? {};
  const due = dueDay(context, 'requestedInformation');
  return [
    ...(items.length === 0 ? ['Punkter: ingen'] : ['Der ønskes oplyst', ...items.map((id) => `– ${itemWords(id)}`)]),
    `Spørgsmål: ${given(question, 'intet ud over punkterne')}`,
    due === undefined ? 'Frist: ingen' : due.date < today ? `Fristen var ${due.words}.` : `Senest ${due.words}.`,
  ];
}
const standstillWords = {
  firstVisit: 'ventetiden til første fremmøde',
  decision: 'fristen for visitationsbeslutningen',
} as const;
const standsStill = ({ clocks }: Context, name: string, because: Standstill): boolean =>
  clocks.some(({ clock, pausedBecause }) => clock === name && pausedBecause === because);
export function informationAwaited(context: Context): string[] {
  const still = Object.entries(standstillWords).flatMap(([name, words]) =>
    standsStill(context, name, 'informationAwaited') ? [words] : [],
  );
  return still.length === 0 ? [] : [`Imens står ${still.join(' og ')} stille, til oplysningerne er modtaget.`];
}
export const patientHasNoTime = (context: Context): string[] =>
  standsStill(context, 'firstVisit', 'patientCaused')
    ? ['Ventetiden til første fremmøde står stille, til patienten har en ny tid.']
    : [];

// ---- The parts of a discharge letter

export const followUpMarking = 'OPFØLGNING HOS EGEN LÆGE ANBEFALES';
type Signed = PathwayEvent<'letter.signed'>;
export function followUp({ followUpRecommended, followUpText }: Partial<Signed>): string[] {
  if (followUpRecommended)
    return [followUpMarking, `Anbefaling: ${given(followUpText, 'ikke uddybet, se den fremadrettede plan')}`];
  return ['Opfølgning hos egen læge: anbefales ikke', ...(followUpText ? [`Bemærkning: ${followUpText}`] : [])];
}
export function diagnoses({ diagnoses: made, declined, facts }: Context): string[] {
  const latest = made.at(-1);
  const now = latest
    ? [
        `Smertediagnose: ${latest.text}`,
        `Smertemekanisme: ${mechanismWords(latest.mechanism)}${latest.code ? `; diagnosekode: ${latest.code}` : ''}`,
      ]
    : ['Smertediagnose: ikke stillet', `Smertemekanisme ved henvisningen: ${mechanismWords(facts.mechanism)}`];
  const earlier = made
    .slice(0, -1)
    .map(({ text, mechanism }) => `Tidligere smertediagnose i forløbet (${mechanismWords(mechanism)}): ${text}`);
  return [...now, ...earlier, ...declined.map((scope) => `Patienten har takket nej til ${scopeWords[scope]}.`)];
}
export function assessment({
  treated,
  assessment: { painAnalysis, currentTreatment, proposal, endedEarly },
}: Context): string[] {
  if (treated?.course !== 'medicationAssessment') return [];
  const parts = [
    `Smerteanalyse: ${given(painAnalysis, 'mangler')}`,
    `Vurdering af den aktuelle behandling: ${given(currentTreatment, 'mangler')}`,
    `Forslag til fortsat behandling: ${given(proposal, 'mangler')}`,
  ];
  return [...parts, ...(endedEarly === undefined ? [] : [`Medicinvurderingen er afbrudt: ${endedEarly}`])];
}
/** FMK is referred to, never copied (Q21); an older confirmation is not passed off as one of now. */
export function medicationStatus(
  { medicationRecord: record, medicationChangedAt: changedAt }: Context,
  { overrides }: PathwayEvent,
): string[] {
  const exception = overrides?.find(({ rule }) => rule === 'D3');
  const more = [
    ...(record && changedAt && record.at < changedAt ? [`Medicinen er ændret siden, ${onDay(changedAt)}.`] : []),
    ...(exception ? [`Begrundelse: ${exception.reason}`] : []),
  ];
  if (record === undefined) return ['Medicinstatus: se FMK. Det er ikke bekræftet, at FMK er ajour.', ...more];
  if (record.status === undefined) return [`Medicinstatus: se FMK, bekræftet ajourført ${onDay(record.at)}`, ...more];
  return [
    `Medicinstatus: ${record.status}`,
    `Skrevet ${onDay(record.at)}, fordi ${record.because === 'noFmkIdentity' ? 'patienten ikke har nogen identitet i FMK' : 'FMK var ude af drift'}.`,
    ...more,
  ];
}
/** A line a class: what is handed over, what was never the unit's, and what nobody has said. */
export const handoverLines = ({ prescribing }: Context, lines: Signed['handover']): string[] =>
  drugClasses.flatMap((name) => {
    const found = lines.filter(({ drugClass }) => drugClass === name);
    const { by, since } = prescribing[name];
    const say = (words: string) => `Recepter på ${classWords[name]}: ${words}`;
    if (found.length === 0)
      return [
        say(
          by === 'gp'
            ? `egen læge udsteder som hidtil, siden ${onDay(since)}`
            : `udstedes af ${unitWords(by)}; overdragelsen er ikke oplyst`,
        ),
      ];
    return found.map((line) =>
      say(
        'plan' in line
          ? `egen læge udsteder fra ${inWords(line.gpPrescribesFrom)}; udleveret til: ${line.suppliedUntil ? inWords(line.suppliedUntil) : 'ikke oplyst'}; plan: ${line.plan}`
          : 'intet ordineret',
      ),
    );
  });
