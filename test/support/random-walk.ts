/**
 * Plausible and deliberately wrong events for a pathway as it stands. Everything is drawn from one seeded source, so that a
 * number is enough to walk the same way again; nothing here decides whether an event is right: the chart does.
 */
import { addDays, copenhagenDate, localInstant, type Instant } from '../../machines/calendar/calendar.js';
import { answeringGp, type Context, type Opening } from '../../machines/pathway/context.js';
import { askedIn, mayI, rolesOf, senderUnits, type Asked } from '../../machines/pathway/desks.js';
import {
  contentItems,
  eventTypes,
  type EventType,
  type PathwayEvent,
  type Wire,
} from '../../machines/pathway/events.js';
import { explain, placeOf, possibleEvents } from '../../machines/engine/explain.js';
import { drugClasses, failures, offers, planningAreas, type DrugClass } from '../../machines/pathway/fields.js';
import { mechanisms, type Facts, type FactsPatch } from '../../machines/pathway/facts.js';
import type { Finding } from '../../machines/engine/judging.js';
import { roleNames, type Actor, type Role, type Sender } from '../../machines/pathway/roles.js';
import { clinicsOf, kindOf, routeFor, unitOf, units } from '../../machines/pathway/routes.js';
import { stateName, type Snapshot } from '../../machines/engine/snapshot.js';

/** A number from 0 up to, not including, 1: a PRNG, or fast-check's numbers. */
export type Random = () => number;

/** mulberry32: small, fast, good enough to walk with, and the same on every machine. */
export function seeded(seed: number): Random {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}

export type Draw = {
  chance: (share: number) => boolean;
  /** A whole number from `from` to `to`, both included. */
  whole: (from: number, to: number) => number;
  pick: <T>(list: readonly T[]) => T;
  /** At least one of them, in their order. */
  some: <T>(list: readonly T[]) => T[];
};
export function drawing(random: Random): Draw {
  const whole = (from: number, to: number) => from + Math.floor(random() * (to - from + 1));
  const pick = <T>(list: readonly T[]): T => list[whole(0, list.length - 1)]!;
  return {
    whole,
    pick,
    chance: (share) => random() < share,
    some: (list) => {
      const chosen = list.filter(() => random() < 0.5);
      return chosen.length > 0 ? chosen : [pick(list)];
    },
  };
}

const DAY_MS = 86_400_000;
const later = (at: Instant, ms: number): Instant => new Date(Date.parse(at) + ms).toISOString();
const texts = [
  'Aftalt med patienten.',
  'Uændret siden sidst.',
  'Tiltagende smerter ved gang.',
  'Plan drøftet; æ ø å 👩‍⚕️.',
  'Se notat.',
] as const;
const practices = units.filter(({ kind }) => kind === 'practice').map(({ code }) => code);
const centres = units.filter(({ kind }) => kind === 'centre').map(({ code }) => code);

export function drawOpening(draw: Draw, at: Instant): Opening {
  const birthDate = draw.chance(0.9)
    ? `${draw.whole(1940, 2006)}-0${draw.whole(1, 9)}-1${draw.whole(0, 9)}`
    : addDays(copenhagenDate(at), -draw.whole(6_500, 6_600));
  return {
    patient: { identified: draw.chance(0.98), ...(draw.chance(0.97) ? { birthDate } : {}) },
    planningArea: draw.chance(0.93) ? draw.pick(['nord', 'midt', 'byen', 'syd'] as const) : draw.pick(planningAreas),
    ownGp: draw.pick(practices),
    at,
    ruleSet: '2014-09',
  };
}

/** A referral with everything answered, mostly as the document wants it. */
function completeFacts(draw: Draw, at: Instant): Facts {
  const mostly = (value: boolean) => (draw.chance(0.93) ? value : !value);
  const says = () => (draw.chance(0.9) ? draw.pick(texts) : { none: true as const });
  const problems = draw.pick(['none', 'notSignificant', 'significant'] as const);
  return {
    onset: draw.pick([addDays(copenhagenDate(at), -draw.whole(100, 2_000)), '2023-02', '2019']),
    mechanism: draw.pick(mechanisms),
    outpatient: mostly(true),
    nonMalignant: mostly(true),
    clarified: mostly(true),
    priorTreatmentCompleted: mostly(true),
    medicationTried: mostly(true),
    trigger: { psychosocial: draw.chance(0.5), insufficientEffect: draw.chance(0.8) },
    exclusions: {
      acutePain: mostly(false),
      activeCancer: mostly(false),
      headache: mostly(false),
      substanceMisuse: mostly(false),
      severeUnstablePsychiatricDisorder: mostly(false),
    },
    psychosocialProblems: problems,
    psychosocialDominant: draw.chance(0.5),
    hindersTreatment: draw.chance(0.6),
    somaticallyDominated: problems === 'none',
    medicationAssessmentStatement: draw.chance(0.8),
    ...(draw.chance(0.7) ? { requestedOffer: draw.pick(offers) } : {}),
    content: {
      history: says(),
      psychologicalFactors: says(),
      socialSituation: says(),
      occupation: says(),
      compensationCase: says(),
      problemStatement: says(),
      objectiveExamination: says(),
      investigations: says(),
      ecg: draw.chance(0.5) ? draw.pick(texts) : { notRelevant: 'Ingen hjertesygdom.' },
      medicationsTried: [{ drug: 'Morfin', effect: 'let', sideEffects: 'kvalme' }],
      comorbidity: says(),
      allergy: says(),
      toldToPatient: draw.pick(texts),
      practical: { interpreter: draw.chance(0.1), language: 'tyrkisk', transport: draw.chance(0.1) },
    },
  };
}

function drawPatch(draw: Draw, context: Context, at: Instant): FactsPatch {
  if (draw.chance(context.facts.clarified === undefined ? 0.9 : 0.2)) return completeFacts(draw, at);
  return draw.pick<FactsPatch>([
    { mechanism: draw.pick(mechanisms) },
    { mechanism: null },
    { content: { ecg: draw.pick(texts), allergy: { none: true } } },
    { content: { investigations: draw.pick(texts) } },
    { trigger: { psychosocial: true } },
    { exclusions: { activeCancer: draw.chance(0.3) } },
    { content: { history: null } },
    { clarified: true, priorTreatmentCompleted: true },
    { psychosocialProblems: 'significant', psychosocialDominant: true, hindersTreatment: true },
    { onset: '2022' },
  ]);
}

type Payloads = {
  [K in EventType]: (
    draw: Draw,
    context: Context,
    at: Instant,
    state: string,
  ) => Omit<Wire<K>, 'type' | 'occurredAt' | 'overrides' | 'acknowledged'>;
};

const text = (draw: Draw) => ({ text: draw.pick(texts) });
const reason = (draw: Draw) => ({ reason: draw.pick(texts) });
const nothing = () => ({});
const appointmentOf = (draw: Draw, { appointments }: Context) =>
  appointments.length > 0 && draw.chance(0.5) ? { appointment: draw.pick(appointments).seq } : {};
/** A day's hour in the next weeks, within or beyond the first visit's thirty days. */
const someTime = (draw: Draw, at: Instant) =>
  localInstant(
    addDays(copenhagenDate(at), draw.whole(1, 45)),
    `${draw.pick(['08', '10', '13'])}:${draw.pick(['00', '30'])}`,
  );
const openEntry = (draw: Draw, { newPain }: Context) => {
  const open = newPain.filter(({ outcome }) => outcome === undefined);
  return { entry: open.length > 0 ? draw.pick(open).entry : 1 };
};
const noteOf = (draw: Draw, { notes }: Context) => {
  const ids = Object.keys(notes).map(Number);
  return { noteId: ids.length > 0 ? draw.pick(ids) : 1 };
};
const byHand = { channel: 'telefon', recipient: 'Lægesekretæren' } as const;
const areaOrOutside = (draw: Draw) =>
  draw.chance(0.75)
    ? { planningArea: draw.pick(['nord', 'midt', 'byen', 'syd'] as const) }
    : draw.chance(0.5)
      ? { planningArea: 'bornholm' as const }
      : { outsideRegion: true as const };
const messageIn = (draw: Draw, { undelivered }: Context, wanted: (letter: string) => boolean) => {
  const ids = Object.entries(undelivered)
    .filter(([, { letter }]) => wanted(letter))
    .map(([id]) => id);
  return { messageId: ids.length > 0 ? draw.pick(ids) : '1.1' };
};
const handover = (draw: Draw, context: Context, at: Instant): Wire<'letter.signed'>['handover'] =>
  drugClasses
    .filter((name) => context.prescribing[name].by !== 'gp' || draw.chance(0.1))
    .map((name) =>
      draw.chance(0.3)
        ? { drugClass: name, nothingPrescribed: true as const }
        : { drugClass: name, gpPrescribesFrom: addDays(copenhagenDate(at), 7), plan: draw.pick(texts) },
    );

/** Some of the classes of which it makes sense, or any, where it makes sense of none. */
function classesBy(draw: Draw, sensible: (name: DrugClass) => boolean): DrugClass[] {
  const some = drugClasses.filter(sensible);
  return draw.some(some.length > 0 ? some : drugClasses);
}

function decision(
  draw: Draw,
  context: Context,
): Omit<Wire<'triage.decided'>, 'type' | 'occurredAt' | 'overrides' | 'acknowledged'> {
  const patientInformedBy = draw.pick(['unit', 'gp'] as const);
  const decided = draw.chance(0.15) ? ('rejected' as const) : draw.pick(offers);
  if (decided === 'rejected')
    return { decision: decided, reason: draw.pick(texts), adviceToGp: draw.pick(texts), patientInformedBy };
  const clinics = clinicsOf(context.centre, '2026-01-01');
  return {
    decision: decided,
    patientInformedBy,
    ...(decided === 'painClinic' && clinics.length > 0 ? { target: draw.pick(clinics) } : {}),
    ...(draw.chance(0.3) ? reason(draw) : {}),
  };
}

const closing = {
  generalPractice: ['managedInGeneralPractice', 'referredElsewhere', 'declined', 'noShow', 'movedAway', 'duplicate'],
  dischargedToGp: ['completed', 'referredElsewhere', 'declined', 'movedAway'],
} as const;

/** What each event may well say here. Entries are those that the pathway has; where it has none, number 1, which is none. */
export const payloads: Payloads = {
  'referral.updated': (draw, context, at) => ({ facts: drawPatch(draw, context, at) }),
  'referral.submitted': (draw) => ({
    ...(draw.chance(0.3) ? { requestedOffer: draw.pick(offers) } : {}),
    ...(draw.chance(0.12)
      ? { chosenCentre: { centre: draw.pick(centres), reason: 'freeChoice' as const, text: draw.pick(texts) } }
      : {}),
  }),
  'followUp.recorded': (draw, _, at) => ({
    ...text(draw),
    ...(draw.chance(0.5) ? { nextAt: addDays(copenhagenDate(at), draw.whole(0, 60)) } : {}),
  }),
  'pathway.closed': (draw, _, __, state) => ({
    reason: draw.pick(state === 'dischargedToGp' ? closing.dischargedToGp : closing.generalPractice),
    ...text(draw),
  }),
  'referral.received': nothing,
  'referral.resent': nothing,
  'referral.deliveredManually': () => byHand,
  'referral.forwarded': (_, { centre }) => ({ centre: centre ?? 'TSC_HEH' }),
  'referral.readdressed': (draw) => ({ planningArea: draw.pick(planningAreas), ...reason(draw) }),
  'referral.returnedToSender': (draw) => ({
    reason: draw.pick(['duplicate', 'wrongPathway', 'outsideRegion', 'unreadable'] as const),
    ...text(draw),
  }),
  'referral.withdrawn': reason,
  'information.requested': (draw) => ({
    items: draw.some(contentItems),
    ...(draw.chance(0.5) ? { question: draw.pick(texts) } : {}),
  }),
  'information.reminded': nothing,
  'information.supplied': (draw, context, at) =>
    draw.chance(0.2)
      ? text(draw)
      : { facts: draw.chance(0.4) ? { content: { ecg: draw.pick(texts) } } : drawPatch(draw, context, at) },
  'information.recorded': (draw, context, at) => ({
    source: draw.pick(['patient', 'hospital', 'phone'] as const),
    facts: drawPatch(draw, context, at),
  }),
  'information.unobtainable': (draw) => ({ items: draw.some(contentItems), ...text(draw) }),
  'information.seen': nothing,
  'triage.decided': decision,
  'triage.reopened': reason,
  'referral.movedToCentre': (draw, { centre }) => ({
    centre: centres.find((code) => code !== centre) ?? 'TSC_RH',
    reason: draw.pick(['freeChoice', 'capacity', 'relation'] as const),
    ...text(draw),
  }),
  'clinic.accepted': nothing,
  'clinic.returned': reason,
  'appointment.booked': (draw, _, at) => ({
    at: someTime(draw, at),
    place: 'Ambulatoriet',
    ...(draw.chance(0.5) ? { informationLetterSentAt: at } : {}),
  }),
  'appointment.moved': (draw, context, at) => ({
    at: someTime(draw, at),
    by: draw.pick(['patient', 'unit'] as const),
    ...reason(draw),
    ...appointmentOf(draw, context),
  }),
  'appointment.cancelled': (draw, context) => ({
    by: draw.pick(['patient', 'unit'] as const),
    ...reason(draw),
    ...appointmentOf(draw, context),
  }),
  'appointment.missed': (draw, context) => ({ late: draw.chance(0.5), ...appointmentOf(draw, context) }),
  'visit.attended': (draw, context, at) => ({
    at,
    ...(context.appointments.length === 0 || draw.chance(0.1)
      ? { walkInReason: draw.pick(texts) }
      : appointmentOf(draw, context)),
  }),
  'course.endedForNoShow': text,
  'diagnosis.recorded': (draw) => ({
    mechanism: draw.pick(mechanisms),
    ...text(draw),
    ...(draw.chance(0.5) ? { code: 'DR522' } : {}),
  }),
  'medication.planned': text,
  'medication.adjusted': (draw) => ({
    drugClass: draw.pick([...drugClasses, 'other'] as const),
    change: draw.pick(texts),
    delegatedBy: 'Overlægen',
  }),
  'medication.optimised': (draw) => ({ summary: draw.pick(texts), delegatedBy: 'Overlægen' }),
  'team.planned': (draw) => ({
    disciplines: draw.some(['nurse', 'psychologist', 'socialWorker', 'diætist']),
    goals: draw.some(['qualityOfLife', 'physical', 'mental', 'social'] as const),
  }),
  'team.sessionHeld': (draw) => ({
    discipline: draw.pick(['nurse', 'psychologist', 'diætist']),
    summary: draw.pick(texts),
  }),
  'team.completed': (draw) => ({ outcomes: draw.pick(texts), acceptance: draw.pick(texts) }),
  'treatment.paused': (draw, _, at) => ({
    ...reason(draw),
    ...(draw.chance(0.5) ? { until: addDays(copenhagenDate(at), draw.whole(0, 90)) } : {}),
  }),
  'treatment.resumed': reason,
  'treatment.completed': (draw) => ({
    reason: draw.pick(['completed', 'noFurtherBenefit', 'other'] as const),
    ...text(draw),
  }),
  'transfer.requested': reason,
  'transfer.declined': reason,
  'unit.transferred': (draw, { centre, clinic }) => ({
    to: draw.pick(
      [...clinicsOf(unitOf(clinic)?.centre ?? centre, '2026-01-01'), ...centres].filter(
        (code) => code !== (clinic ?? centre),
      ),
    ),
    ...reason(draw),
  }),
  'assessment.partRecorded': (draw, { assessment }) => ({
    part:
      (['painAnalysis', 'currentTreatment', 'proposal'] as const).find((part) => assessment[part] === undefined) ??
      'proposal',
    ...text(draw),
  }),
  'assessment.completed': nothing,
  'assessment.endedEarly': (draw) => ({ ...reason(draw), ...text(draw) }),
  'prescribing.takenOver': (draw, { prescribing }) => ({
    classes: classesBy(draw, (name) => prescribing[name].by === 'gp'),
    ...reason(draw),
  }),
  'prescribing.handedBack': (draw, { prescribing }) => ({
    classes: classesBy(draw, (name) => prescribing[name].by !== 'gp'),
    ...reason(draw),
    agreedWith: 'egen læge',
  }),
  'newPain.identified': (draw, _, at) =>
    draw.chance(0.3)
      ? { ...text(draw), urgent: true, contact: { who: draw.pick(['gp', 'onCall', 'emergency'] as const), at } }
      : { ...text(draw), urgent: false },
  'newPain.acknowledged': (draw, context) => ({ ...openEntry(draw, context), plan: draw.pick(texts) }),
  'newPain.resolved': (draw, context) => ({
    ...openEntry(draw, context),
    outcome: draw.pick(['treated', 'selfLimiting', 'referredElsewhere', 'becameChronic'] as const),
    ...text(draw),
  }),
  'newPain.includedInCourse': (draw, context) => ({ ...openEntry(draw, context), ...reason(draw) }),
  'note.signed': text,
  'note.corrected': (draw, context) => ({ ...noteOf(draw, context), ...text(draw), ...reason(draw) }),
  'note.resent': (draw, context) => noteOf(draw, context),
  'note.deliveredManually': (draw, context) => ({ ...noteOf(draw, context), ...byHand, ...reason(draw) }),
  'note.sent': (draw, context) => noteOf(draw, context),
  'note.delivered': (draw, context) => noteOf(draw, context),
  'control.held': (draw, _, at) => ({ at, ...text(draw) }),
  'medicationRecord.confirmed': (_, __, at) => ({ at }),
  'medicationRecord.unavailable': (draw) => ({
    reason: draw.pick(['noFmkIdentity', 'fmkDown'] as const),
    medicationStatus: draw.pick(texts),
  }),
  'letter.drafted': (draw) => ({ sections: { plan: draw.pick(texts), status: '' } }),
  'letter.signed': (draw, context, at) => ({
    forwardPlan: draw.chance(0.97) ? draw.pick(texts) : '',
    followUpRecommended: draw.chance(0.6),
    handover: handover(draw, context, at),
  }),
  'letter.delivered': (draw, { letter }) => ({ messageId: letter ? draw.pick(letter.messages) : '1.1' }),
  'letter.deliveredManually': (draw) => ({ ...byHand, confirmedBy: 'Sekretær N.', ...reason(draw) }),
  'letter.receivedByGp': () => ({ how: 'på papir' }),
  'letter.resent': nothing,
  'letter.amended': (draw) => ({ ...text(draw), ...reason(draw) }),
  'letter.acknowledged': (draw) => (draw.chance(0.8) ? { agrees: true } : { agrees: false, ...text(draw) }),
  'reReferral.started': (draw) => ({
    reason: draw.pick([
      'newPainProblem',
      'changedComplexity',
      'newTreatmentOption',
      'courseInterrupted',
      'other',
    ] as const),
    ...text(draw),
  }),
  'patient.declined': (draw) => ({ scope: draw.pick(['course', 'medication', 'team'] as const), ...text(draw) }),
  'patient.moved': (draw) => ({ ...areaOrOutside(draw), wish: draw.pick(['stay', 'move'] as const) }),
  'patient.died': (_, __, at) => ({ date: copenhagenDate(at) }),
  'patient.deathRevoked': reason,
  'gp.changed': (draw, { ownGp }) => ({
    ...(draw.chance(0.25) && ownGp !== null
      ? { none: true as const }
      : { gp: draw.pick(practices.filter((code) => code !== ownGp)) }),
    ...reason(draw),
  }),
  'advice.logged': (draw) => ({
    unit: draw.pick(centres),
    counterpart: 'praktiserende læge',
    topic: 'Nedtrapning',
    advice: draw.pick(texts),
  }),
  'pathway.enteredInError': reason,
  'message.delivered': (draw, context) =>
    messageIn(draw, context, (letter) => !['note', 'dischargeLetter', 'letterAmended'].includes(letter)),
  'message.resent': (draw, context) => messageIn(draw, context, () => true),
  'message.deliveredManually': (draw, context) => ({
    ...messageIn(draw, context, (letter) => !['note', 'dischargeLetter', 'letterAmended'].includes(letter)),
    channel: 'telefon',
    recipient: 'vagthavende',
    reason: draw.pick(texts),
  }),
  'message.failed': (draw, context) => ({
    ...messageIn(draw, context, () => true),
    because: draw.pick(failures),
    text: draw.pick(texts),
  }),
  'deadline.passed': (draw, { clocks }, at) => {
    const due = clocks.filter(
      ({ dueAt, missedAt, pausedSince }) => dueAt <= at && missedAt === undefined && pausedSince === undefined,
    );
    return { clock: draw.pick(due.length > 0 ? due : clocks).clock };
  },
};

/** How often an event that is possible is taken, beside the others: a walk is to get somewhere, and ends seldom. */
const weights: Partial<Record<EventType, number>> = {
  'referral.received': 8,
  'referral.forwarded': 8,
  'triage.decided': 6,
  'clinic.accepted': 8,
  'visit.attended': 4,
  'appointment.booked': 3,
  'treatment.paused': 2,
  'treatment.resumed': 3,
  'treatment.completed': 1.5,
  'letter.signed': 8,
  'letter.delivered': 3,
  'medicationRecord.confirmed': 2,
  'reReferral.started': 3,
  'assessment.partRecorded': 4,
  'deadline.passed': 1.5,
  'pathway.closed': 0.05,
  'pathway.enteredInError': 0.03,
  'patient.died': 0.2,
  'patient.deathRevoked': 8,
  'patient.declined': 0.5,
  'patient.moved': 0.7,
  'referral.withdrawn': 0.2,
  'referral.returnedToSender': 0.3,
  'note.signed': 0.7,
  'note.corrected': 0.4,
  'newPain.identified': 0.7,
  'advice.logged': 0.3,
  'information.supplied': 0.6,
  'transfer.requested': 0.7,
  'referral.readdressed': 0.5,
  'referral.resent': 0.3,
  'referral.deliveredManually': 0.3,
  'letter.resent': 0.5,
  'letter.amended': 0.5,
  'letter.drafted': 0.5,
  'control.held': 0.7,
  'note.resent': 0.3,
  'message.delivered': 2,
  'message.resent': 0.3,
  'message.deliveredManually': 0.3,
  'message.failed': 0.3,
  'note.delivered': 1.5,
  'medicationRecord.unavailable': 0.3,
  'team.planned': 2,
  'team.sessionHeld': 3,
  'team.completed': 3,
  'information.requested': 2,
};
const SELDOM = 0.1;
const draftReady = ({ facts, ownGp, patient, planningArea }: Context) =>
  facts.clarified !== undefined &&
  facts.onset !== undefined &&
  ownGp !== null &&
  patient.identified &&
  patient.birthDate !== undefined &&
  routeFor(planningArea, '2026-01-01') !== undefined;
const standing = ({ appointments }: Context, times: number) => (appointments.length > 0 ? times : SELDOM);
const openPain = ({ newPain }: Context) => (newPain.some(({ outcome }) => outcome === undefined) ? 1 : SELDOM);
/** Where it hangs on the memory whether an event makes sense. */
const weightsHere: Partial<Record<EventType, (context: Context) => number>> = {
  'referral.updated': (context) => (context.facts.clarified === undefined ? 20 : 1),
  'referral.submitted': (context) => (draftReady(context) ? 12 : SELDOM),
  'gp.changed': ({ ownGp }) => (ownGp === null ? 6 : 0.4),
  'appointment.moved': (context) => standing(context, 2),
  'appointment.cancelled': (context) => standing(context, 1),
  'appointment.missed': (context) => standing(context, 2),
  'course.endedForNoShow': ({ missed }) => (missed > 1 ? 6 : SELDOM / 2),
  'transfer.declined': ({ transferRequest }) => (transferRequest ? 2 : SELDOM),
  'newPain.acknowledged': openPain,
  'newPain.resolved': openPain,
  'newPain.includedInCourse': openPain,
  'assessment.completed': ({ assessment }) => (Object.keys(assessment).length > 2 ? 4 : SELDOM),
};

function pickType(draw: Draw, types: readonly EventType[], context: Context): EventType | undefined {
  const scale = types.map((type) => weightsHere[type]?.(context) ?? weights[type] ?? 1);
  let left = (draw.whole(0, 999_999) / 1_000_000) * scale.reduce((sum, weight) => sum + weight, 0);
  return types.find((_, index) => (left -= scale[index]!) < 0) ?? types.at(-1);
}

export const system: Actor = { sub: 'system', unit: 'SYSTEM', roles: ['system'] };
const person = (unit: string, role: Role): Actor => ({ sub: `${role}.${unit.toLowerCase()}`, unit, roles: [role] });

/** Somebody who may send it here, or undefined when nobody may. */
export function actorFor(draw: Draw, snapshot: Snapshot, type: EventType, asked: Asked = {}): Actor | undefined {
  const place = placeOf(snapshot);
  const places = [...new Set(senderUnits(type, place, asked))];
  const may = (actor: Actor) => mayI(type, actor, place, asked);
  const roles = rolesOf(type);
  if (roles.includes('system') && (places.length === 0 || draw.chance(0.2)) && may(system)) return system;
  if (places.length === 0) return undefined;
  const unit = draw.pick(places);
  const drawn = person(unit, draw.pick(roles));
  if (may(drawn)) return drawn;
  const sender = places
    .map((code) => may({ sub: '', unit: code, roles: roleNames }))
    .find((found) => found !== undefined);
  return sender && person(sender.unit, sender.role);
}

export type Proposal = { actor: Actor; event: Wire };
export const asSent = (event: Wire, at: Instant, seq: number, by: Sender): PathwayEvent => ({
  ...event,
  sent: { at, seq, by },
});

const why = 'Særlige forhold for netop denne patient; drøftet med overlægen.';
/** The exceptions and acknowledgements that the findings ask for. What is to be supplied, and what is never let through, stays unanswered. */
export function answering(event: Wire, unanswered: readonly Finding[]): Wire {
  const overrides = unanswered.filter(({ remedy }) => remedy === 'override').map(({ rule }) => ({ rule, reason: why }));
  const acknowledged = unanswered
    .filter(({ remedy }) => remedy === 'acknowledge')
    .map(({ rule, reasoned }) => ({ rule, ...(reasoned ? { reason: why } : {}) }));
  return {
    ...event,
    ...(overrides.length > 0 ? { overrides } : {}),
    ...(acknowledged.length > 0 ? { acknowledged } : {}),
  };
}

/** One event, by somebody who may send it, with every exception and acknowledgement that it needs. It may still be refused for what must be supplied first. */
export function proposeOf(
  draw: Draw,
  snapshot: Snapshot,
  type: EventType,
  at: Instant,
  seq: number,
): Proposal | undefined {
  const bare = { type, ...payloads[type](draw, snapshot.context, at, stateName(snapshot.value)) } as Wire;
  const actor = actorFor(draw, snapshot, type, askedIn(bare));
  if (!actor) return undefined;
  if (bare.type === 'advice.logged' && kindOf(actor.unit) === 'centre') bare.unit = actor.unit;
  if (bare.type === 'information.supplied' && actor.roles.includes('gpStaff'))
    bare.facts = { content: { ecg: draw.pick(texts) } };
  const event = asSent(bare, at, seq, { unit: actor.unit, role: actor.roles[0]! });
  const { unanswered } = explain(snapshot, { type, actor, at, event });
  return { actor, event: answering(bare, unanswered) };
}

/** One of the events that the state takes; `seq` is the number that it will have in the log. Undefined in the rare case that nobody may send the drawn one. */
export function propose(
  draw: Draw,
  snapshot: Snapshot,
  at: Instant,
  seq: number,
  possible: readonly EventType[] = possibleEvents(snapshot),
): Proposal | undefined {
  const noDeadline = !snapshot.context.clocks.some(
    ({ dueAt, missedAt, pausedSince }) => dueAt <= at && missedAt === undefined && pausedSince === undefined,
  );
  const type = pickType(
    draw,
    noDeadline ? possible.filter((name) => name !== 'deadline.passed') : possible,
    snapshot.context,
  );
  return type && proposeOf(draw, snapshot, type, at, seq);
}

/** Which step of the door refuses a wrong event, by api.md's name of the problem. */
export type Wrong = Proposal & { problem: 'invalid' | 'not-allowed' | 'event-not-possible' | 'rules-unmet' };

const unknownEntry = 999_999;
const naming = ['entry', 'noteId', 'appointment', 'messageId', 'clock'] as const;
/** The same event about an entry that this pathway does not have. */
function misdirected(event: Wire): Wire | undefined {
  const field = naming.find((name) => name in event);
  if (field === undefined) return undefined;
  return {
    ...event,
    [field]: field === 'messageId' ? `${unknownEntry}.1` : field === 'clock' ? `newPain:${unknownEntry}` : unknownEntry,
  };
}

/** Of the events of those problems: a wrong one, and which problem it is. Undefined when the drawn event cannot be made wrong in the drawn way. */
export function proposeWrong(draw: Draw, snapshot: Snapshot, at: Instant, seq: number): Wrong | undefined {
  const problem = draw.pick(['invalid', 'not-allowed', 'event-not-possible', 'rules-unmet'] as const);
  const possible = possibleEvents(snapshot);
  if (problem === 'event-not-possible') {
    const type = draw.pick(eventTypes.filter((name) => !possible.includes(name) && name !== 'deadline.passed'));
    const proposal = proposeOf(draw, snapshot, type, at, seq);
    return proposal && { ...proposal, problem };
  }
  const proposal = propose(draw, snapshot, at, seq, possible);
  if (!proposal) return undefined;
  const { event, actor } = proposal;
  if (problem === 'invalid')
    return {
      actor,
      problem,
      event: draw.pick<object>([
        { ...event, unheardOf: true },
        { ...event, occurredAt: 'i går' },
        { ...event, overrides: [{ rule: 'B1', reason: 'kort' }] },
      ]) as Wire,
    };
  if (problem === 'not-allowed') {
    const role = draw.pick(roleNames.filter((name) => !rolesOf(event.type).includes(name)));
    const stranger = draw.chance(0.5) ? person(actor.unit, role) : person('SK_GLOH', actor.roles[0]!);
    return mayI(event.type, stranger, placeOf(snapshot), askedIn(event))
      ? undefined
      : { event, actor: stranger, problem };
  }
  const { overrides, acknowledged, ...bare } = event;
  const wrong = (overrides ?? acknowledged) ? (bare as Wire) : misdirected(event);
  if (wrong === undefined) return undefined;
  const { possible: taken, unanswered } = explain(snapshot, {
    type: wrong.type,
    actor,
    at,
    event: asSent(wrong, at, seq, { unit: actor.unit, role: actor.roles[0]! }),
  });
  return taken && unanswered.length > 0 ? { actor, event: wrong, problem } : undefined;
}

/** Some minutes, hours, days or weeks on; now and then just when the next deadline has passed. */
export function laterBy(draw: Draw, at: Instant, dueAt: Instant | null): Instant {
  if (dueAt !== null && dueAt > at && draw.chance(0.15)) return dueAt;
  return later(
    at,
    draw.chance(0.6)
      ? draw.whole(1, 600) * 60_000
      : draw.chance(0.9)
        ? draw.whole(1, 10) * DAY_MS
        : draw.whole(10, 60) * DAY_MS,
  );
}

/** Who holds the pathway's desk of the GP now; what a test asks for most. */
export const gpOf = (snapshot: Snapshot): Actor => person(answeringGp(snapshot.context), 'gp');
