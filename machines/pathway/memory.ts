/**
 * What each event leaves in the pathway's memory. One pure function an event: (context, event) → what changes.
 * An arrow that means more than its event (a first visit, a return to the GP, a discharge) names that too; see `moments`.
 */
import { newArea, newRoute } from './moves.js';
import { noProgress, prescribedByGp, type Context, type NewPain, type Undelivered } from './context.js';
import type { EventType, PathwayEvent } from './events.js';
import { drugClasses, type DrugClass, type Offer } from './fields.js';
import { mergeFacts, offeredFacts } from './facts.js';
import type { LetterName } from './letters.js';
import { centreOf, clinicsOf, kindOf, routeFor, routeOfCentre } from './routes.js';
import { copenhagenDate } from '../calendar/calendar.js';
import { appointmentMeant, transferTo } from './rules-structural.js';

type Change = Partial<Context>;
type Memory = { [K in EventType]?: (context: Context, event: PathwayEvent<K>) => Change };

const joined = (context: Context, ...codes: (string | undefined)[]): string[] => [
  ...new Set([...context.units, ...codes.filter((code) => code !== undefined)]),
];

/** From now by somebody else; who prescribed it already has done so since he began. */
const issuedBy = (
  { prescribing }: Context,
  classes: readonly DrugClass[],
  by: string,
  { sent }: PathwayEvent,
): Context['prescribing'] => ({
  ...prescribing,
  ...Object.fromEntries(
    classes.map((name) => [
      name,
      prescribing[name].by === by ? prescribing[name] : { by, since: sent.at, seq: sent.seq },
    ]),
  ),
});

const withoutAppointment = (context: Context, named: number | undefined, now?: string) => {
  const meant = appointmentMeant(context, named, now);
  return context.appointments.filter((entry) => entry !== meant);
};
const sorted = (appointments: Context['appointments']) =>
  [...appointments].sort((a, b) => (a.at < b.at ? -1 : a.at > b.at ? 1 : a.seq - b.seq));

const pain = (context: Context, entry: number, change: Partial<NewPain>): Change => ({
  newPain: context.newPain.map((known) => (known.entry === entry ? { ...known, ...change } : known)),
});

const noteIs = (context: Context, noteId: number, status: Context['notes'][string]): Change => ({
  notes: { ...context.notes, [noteId]: status },
});

const supplied = (
  context: Context,
  event: PathwayEvent<'information.supplied'> | PathwayEvent<'information.recorded'>,
): Change => ({
  facts: event.facts ? mergeFacts(context.facts, event.facts) : context.facts,
  referralVersion: context.referralVersion + 1,
});

/** The route of an area on a day: no route leaves the pathway where it was addressed. */
function addressed(context: Context, area: Context['planningArea'], at: string): Change {
  const route =
    context.chosenCentre === undefined
      ? routeFor(area, copenhagenDate(at))
      : routeOfCentre(context.chosenCentre, copenhagenDate(at));
  return route ? { cvi: route.cvi, centre: route.centre, units: joined(context, route.cvi) } : {};
}

/** Delivered means no longer owed by its sender, whoever says so. */
export function arrived(context: Context, ...messages: readonly string[]): Change {
  return {
    undelivered: Object.fromEntries(Object.entries(context.undelivered).filter(([id]) => !messages.includes(id))),
  };
}
const noLongerFailed = ({ failed: _, ...entry }: Undelivered): Undelivered => entry;
/** Sent anew: under way again, and on its sender's list from now. */
const requeued = (
  context: Context,
  { sent }: PathwayEvent,
  meant: (id: string, entry: Undelivered) => boolean,
): Change => ({
  undelivered: Object.fromEntries(
    Object.entries(context.undelivered).map(([id, entry]) => [
      id,
      meant(id, entry) ? { ...noLongerFailed(entry), at: sent.at } : entry,
    ]),
  ),
});
const arrivedAbout = (context: Context, letter: LetterName, about?: number): Change =>
  arrived(
    context,
    ...Object.entries(context.undelivered)
      .filter(([, entry]) => entry.letter === letter && entry.about === about)
      .map(([id]) => id),
  );

export const memory: Memory = {
  'referral.updated': (context, { facts }) => ({ facts: mergeFacts(context.facts, facts) }),
  'referral.submitted': (context, event) => {
    const facts = event.requestedOffer ? { ...context.facts, requestedOffer: event.requestedOffer } : context.facts;
    const { chosenCentre: _before, ...rest } = context;
    const chosen = event.chosenCentre?.centre;
    return {
      ...addressed({ ...rest, ...(chosen ? { chosenCentre: chosen } : {}) }, context.planningArea, event.sent.at),
      chosenCentre: chosen,
      facts,
      offeredFacts: undefined,
      referralVersion: context.referralVersion + 1,
      clinic: undefined,
      triage: undefined,
      missed: 0,
      informationLetterSent: false,
      returnedAt: undefined,
      planNextAt: undefined,
    };
  },
  'followUp.recorded': (_, { nextAt }) => ({ planNextAt: nextAt }),
  'pathway.closed': (_, { reason, sent }) => ({ closure: { reason, at: sent.at } }),
  'referral.received': (context) => arrivedAbout(context, 'referral'),
  'referral.resent': (context, event) => requeued(context, event, (_, { letter }) => letter === 'referral'),
  'referral.deliveredManually': (context) => arrivedAbout(context, 'referral'),
  'referral.forwarded': (context, { centre }) => ({ centre, units: joined(context, centre) }),
  'referral.readdressed': (context, { planningArea, sent }) => ({
    planningArea,
    ...addressed({ ...context, planningArea }, planningArea, sent.at),
  }),
  'referral.movedToCentre': (context, { centre }) => ({ centre, units: joined(context, centre) }),

  'information.requested': (_, { items, question, sent }) => ({
    requested: { seq: sent.seq, at: sent.at, items, ...(question === undefined ? {} : { question }) },
  }),
  'information.supplied': supplied,
  'information.recorded': supplied,
  'information.seen': () => ({ unseen: [] }),
  'triage.decided': (context, { decision, target, sent }) => {
    const clinic =
      decision === 'painClinic' ? (target ?? clinicsOf(context.centre, copenhagenDate(sent.at))[0]) : undefined;
    return {
      triage: { decision, at: sent.at, by: sent.by },
      requested: undefined,
      clinic,
      units: joined(context, clinic),
    };
  },
  'triage.reopened': () => ({ triage: undefined, appointments: [], patientCausedSince: undefined }),
  'clinic.returned': () => ({ clinic: undefined, triage: undefined, appointments: [], patientCausedSince: undefined }),

  'appointment.booked': (context, { at, place, informationLetterSentAt, sent }) => ({
    appointments: sorted([
      ...context.appointments,
      { seq: sent.seq, at, place, ...(informationLetterSentAt ? { informationLetterSentAt } : {}) },
    ]),
    informationLetterSent: context.informationLetterSent || informationLetterSentAt !== undefined,
    patientCausedSince: undefined,
  }),
  'appointment.moved': (context, { at, appointment, sent }) => {
    const meant = appointmentMeant(context, appointment, sent.at);
    return { appointments: sorted(context.appointments.map((entry) => (entry === meant ? { ...entry, at } : entry))) };
  },
  'appointment.cancelled': (context, { by, appointment, sent }) => {
    const appointments = withoutAppointment(context, appointment, sent.at);
    return { appointments, ...(by === 'patient' && appointments.length === 0 ? { patientCausedSince: sent.at } : {}) };
  },
  'appointment.missed': (context, { appointment }) => ({
    appointments: withoutAppointment(context, appointment),
    missed: context.missed + 1,
  }),
  // Who walks in keeps the time that he has, unless it is that one which he came for.
  'visit.attended': (context, { appointment, walkInReason }) => ({
    appointments:
      walkInReason !== undefined && appointment === undefined
        ? context.appointments
        : withoutAppointment(context, appointment),
    missed: 0,
    patientCausedSince: undefined,
  }),

  'diagnosis.recorded': (context, { mechanism, code, text, sent }) => ({
    diagnoses: [...context.diagnoses, { seq: sent.seq, mechanism, text, ...(code === undefined ? {} : { code }) }],
    progress: { ...context.progress, diagnosed: true },
  }),
  'medication.planned': (context) => ({ progress: { ...context.progress, optimised: false } }),
  'medication.adjusted': (context, { sent }) => ({
    progress: { ...context.progress, optimised: false },
    medicationRecord: undefined,
    medicationChangedAt: sent.at,
  }),
  'medication.optimised': (context) => ({ progress: { ...context.progress, optimised: true } }),
  'team.planned': (context) => ({ progress: { ...context.progress, team: 'active' } }),
  'team.completed': (context) => ({ progress: { ...context.progress, team: 'completed' } }),
  'transfer.requested': (_, { reason, sent }) => ({ transferRequest: { seq: sent.seq, at: sent.at, reason } }),
  'transfer.declined': () => ({ transferRequest: undefined }),
  'unit.transferred': (context, { to }) => {
    const kind = transferTo(context, to);
    return {
      transferRequest: undefined,
      appointments: [],
      units: joined(context, to),
      clinic: kind === 'clinic' ? to : undefined,
      centre: centreOf(to),
      ...(kind === 'otherCentre' ? { triage: undefined } : {}),
    };
  },
  'assessment.partRecorded': (context, { part, text }) => ({ assessment: { ...context.assessment, [part]: text } }),
  'assessment.endedEarly': (context, { reason, text }) => ({
    assessment: { ...context.assessment, endedEarly: `${reason}: ${text}` },
  }),

  'prescribing.takenOver': (context, event) => ({
    prescribing: issuedBy(context, event.classes, event.sent.by.unit, event),
  }),
  'prescribing.handedBack': (context, event) => ({ prescribing: issuedBy(context, event.classes, 'gp', event) }),
  'newPain.identified': (context, { text, urgent, sent }) => ({
    newPain: [...context.newPain, { entry: sent.seq, at: sent.at, unit: sent.by.unit, text, urgent }],
  }),
  'newPain.acknowledged': (context, { entry, sent }) => pain(context, entry, { acknowledgedAt: sent.at }),
  'newPain.resolved': (context, { entry, outcome, sent }) => pain(context, entry, { outcome, endedAt: sent.at }),
  'newPain.includedInCourse': (context, { entry, sent }) =>
    pain(context, entry, { outcome: 'includedInCourse', endedAt: sent.at }),
  'note.signed': (context, { sent }) => noteIs(context, sent.seq, 'queued'),
  'note.corrected': (context, { noteId }) => noteIs(context, noteId, 'queued'),
  'note.resent': (context, event) =>
    requeued(context, event, (_, { letter, about }) => letter === 'note' && about === event.noteId),
  'note.sent': (context, { noteId }) => (context.notes[noteId] === 'queued' ? noteIs(context, noteId, 'sent') : {}),
  'note.delivered': (context, { noteId }) => ({
    ...noteIs(context, noteId, 'delivered'),
    ...arrivedAbout(context, 'note', noteId),
  }),
  'note.deliveredManually': (context, { noteId }) => ({
    ...noteIs(context, noteId, 'byHand'),
    ...arrivedAbout(context, 'note', noteId),
  }),

  // The time that was booked for it is used, as are those that passed without a word.
  'control.held': (context, { at }) => ({
    appointments: context.appointments.filter((booked) => copenhagenDate(booked.at) > copenhagenDate(at)),
  }),
  'medicationRecord.confirmed': (_, { at }) => ({ medicationRecord: { at } }),
  'medicationRecord.unavailable': (_, { medicationStatus, reason, sent }) => ({
    medicationRecord: { at: sent.at, status: medicationStatus, because: reason },
  }),
  'letter.signed': (context, { followUpRecommended, sent }) => ({
    letter: {
      seq: sent.seq,
      unit: context.treated?.unit ?? sent.by.unit,
      signedAt: sent.at,
      followUpRecommended,
      messages: [`${sent.seq}.1`],
    },
  }),
  'letter.resent': (context, event) => requeued(context, event, (id) => context.letter?.messages.includes(id) ?? false),
  // Amended, it is another letter: the GP reads it anew, and what he had asked is answered.
  'letter.amended': ({ letter }, { sent }) => {
    if (!letter) return {};
    const { acknowledged: _read, disagreement: _asked, ...kept } = letter;
    return { letter: { ...kept, messages: [...letter.messages, `${sent.seq}.1`] } };
  },
  'letter.delivered': (context, { messageId }) => arrived(context, messageId),
  'letter.deliveredManually': (context) => arrived(context, ...(context.letter?.messages ?? [])),
  'letter.receivedByGp': (context) => arrived(context, ...(context.letter?.messages ?? [])),
  'letter.acknowledged': ({ letter }, { agrees, text, sent }) => {
    if (!letter) return {};
    const { disagreement: _before, ...kept } = letter;
    return {
      letter: { ...kept, acknowledged: true, ...(agrees ? {} : { disagreement: { at: sent.at, text: text ?? '' } }) },
    };
  },
  'message.resent': (context, event) => requeued(context, event, (id) => id === event.messageId),
  'message.delivered': (context, { messageId }) => arrived(context, messageId),
  'message.deliveredManually': (context, { messageId }) => arrived(context, messageId),
  'message.failed': (context, { messageId, because, text, sent }) => ({
    undelivered: {
      ...context.undelivered,
      [messageId]: { ...context.undelivered[messageId]!, failed: { at: sent.at, because, text } },
    },
  }),

  'reReferral.started': (context, { sent }) => ({
    episode: context.episode + 1,
    facts: {},
    offeredFacts: offeredFacts(context.facts),
    progress: noProgress,
    declined: [],
    diagnoses: [],
    appointments: [],
    informationLetterSent: false,
    missed: 0,
    assessment: {},
    medicationRecord: undefined,
    medicationChangedAt: undefined,
    triage: undefined,
    clinic: undefined,
    centre: undefined,
    cvi: undefined,
    chosenCentre: undefined,
    letter: undefined,
    requested: undefined,
    transferRequest: undefined,
    unseen: [],
    patientCausedSince: undefined,
    planNextAt: undefined,
    returnedAt: sent.at,
  }),
  // Who ends the course comes to no time of it.
  'patient.declined': (context, { scope }) =>
    scope === 'course' ? { appointments: [] } : { declined: [...new Set([...context.declined, scope])] },
  'course.endedForNoShow': () => ({ appointments: [] }),
  'patient.moved': (_, event) => ({ planningArea: newArea(event) }),
  'patient.died': (context, { date, sent }) => ({
    death: { date, by: sent.by, seq: sent.seq, clocks: context.clocks },
    appointments: [],
    closure: { reason: 'died', at: sent.at },
  }),
  'patient.deathRevoked': ({ death }) => ({ death: undefined, closure: undefined, clocks: death?.clocks ?? [] }),
  'gp.changed': (context, { gp }) => ({
    ownGp: gp ?? null,
    lastGp: gp ?? context.ownGp ?? context.lastGp,
    units: joined(context, gp),
    undelivered: Object.fromEntries(
      Object.entries(context.undelivered).map(([id, entry]) => [
        id,
        entry.to === context.ownGp || entry.to === null ? { ...noLongerFailed(entry), to: gp ?? null } : entry,
      ]),
    ),
  }),
  'pathway.enteredInError': (_, { sent }) => ({ closure: { reason: 'enteredInError', at: sent.at } }),
  'deadline.passed': (context, { clock, sent }) => ({
    clocks: context.clocks.map((entry) => (entry.clock === clock ? { ...entry, missedAt: sent.at } : entry)),
  }),
};

/** The first attended visit at a unit: attached from now, and (but for an assessment) the unit prescribes from now (S5, Q10, Q19). */
const firstVisit =
  (course: Offer) =>
  (context: Context, event: PathwayEvent): Change => {
    const unit = (course === 'painClinic' ? context.clinic : context.centre)!;
    return {
      attachedAt: context.attachedAt ?? event.sent.at,
      treated: { unit, course },
      progress: noProgress,
      prescribing:
        course === 'medicationAssessment' ? context.prescribing : issuedBy(context, drugClasses, unit, event),
    };
  };

/** What an arrow means beyond its event. */
export const moments = {
  firstVisitInClinic: firstVisit('painClinic'),
  firstVisitInCentre: firstVisit('painCentre'),
  firstVisitForAssessment: firstVisit('medicationAssessment'),
  /** Back with the GP, not attached: he makes a plan, and nothing of the unit's is left standing. */
  returned: (context: Context, event: PathwayEvent): Change => ({
    returnedAt: event.sent.at,
    planNextAt: undefined,
    requested: undefined,
    appointments: [],
    unseen: [],
    missed: 0,
    patientCausedSince: undefined,
    clinic: undefined,
    transferRequest: undefined,
    prescribing: prescribedByGp(context, event.sent.at, event.sent.seq),
  }),
  /** The unit that treated owes the letter, also when another had just taken the patient over, whose times are then no controls of its own; treatment can be resumed there. */
  toControlPhase: (context: Context): Change => {
    const holder = context.clinic ?? context.centre;
    const unit = context.treated?.unit ?? holder;
    return {
      transferRequest: undefined,
      requested: undefined,
      clinic: kindOf(unit) === 'clinic' ? unit : undefined,
      centre: centreOf(unit),
      ...(unit === holder ? {} : { appointments: [] }),
    };
  },
  /** The letter has reached the GP: the attachment ends and every class is his again (S5, D1). */
  discharged: (context: Context, event: PathwayEvent): Change => ({
    attachedAt: undefined,
    appointments: [],
    prescribing: prescribedByGp(context, event.sent.at, event.sent.seq),
    unseen: [],
    transferRequest: undefined,
    planNextAt: undefined,
  }),
  /** Information came in unasked: the holder has it on his list until he has seen it. */
  unseen: (context: Context, event: PathwayEvent): Change => ({ unseen: [...context.unseen, event.sent.seq] }),
  /** The letter no longer stands: the unit still has the patient. */
  recalled: (context: Context): Change => ({
    ...arrived(context, ...(context.letter?.messages ?? [])),
    letter: undefined,
  }),
  /** The pathway goes with the patient: the new home's CVI and centre, which decide anew. */
  movedOn: (context: Context, event: PathwayEvent): Change => {
    const route = event.type === 'patient.moved' ? newRoute(context, event) : undefined;
    return {
      cvi: route?.cvi,
      centre: route?.centre,
      clinic: undefined,
      triage: undefined,
      appointments: [],
      patientCausedSince: undefined,
      transferRequest: undefined,
      requested: undefined,
      units: joined(context, route?.centre),
    };
  },
  /** The referral goes to the new home's CVI, before any centre has it. */
  readdressed: (context: Context, event: PathwayEvent): Change =>
    addressed(context, context.planningArea, event.sent.at),
  answered: (): Change => ({ requested: undefined }),
} as const satisfies Record<string, (context: Context, event: PathwayEvent) => Change>;
export type Moment = keyof typeof moments;

/** The memory of one event and of what its arrow means, in that order. An `undefined` forgets the field. */
export function remembered(context: Context, event: PathwayEvent, meaning: readonly Moment[]): Change {
  const recall = memory[event.type] as ((known: Context, taken: PathwayEvent) => Change) | undefined;
  let change: Change = { ...(recall ? recall(context, event) : {}), lastAt: event.sent.at };
  for (const moment of meaning) change = { ...change, ...moments[moment]({ ...context, ...change }, event) };
  const { by } = event.sent;
  const units = change.units ?? context.units;
  // Whoever does something, were it for another's patient, answers for what he has sent and sees what becomes of it.
  return by.role === 'system' || units.includes(by.unit) ? change : { ...change, units: [...units, by.unit] };
}
