/**
 * Deadlines as data (pathway.md, "Clocks"): one entry a clock, asked anew after each transition. Clocks are informative: they refuse
 * nothing. A clock is late from `dueAt` on: the end of its last day in Denmark.
 */
import { addDays, addWorkingDays, copenhagenDate, daysBetween, endOfDay } from './calendar.js';
import type { Clock, Context } from './context.js';
import type { EventType, PathwayEvent } from './events.js';
import type { Text } from './fields.js';
import { ruleSet } from './routes.js';
import type { Owner } from './stages.js';

/** After a transition: where the pathway is, what it remembers, what happened. */
export type Moment = { context: Context; state: string; event: PathwayEvent };
/** One clock that should run: where it starts counting, what for, and whether its days count now. */
type Wanted = { startedAt: string; dueAt: string; of?: string; standsStill?: boolean };
type ClockDefinition = {
  label: Text;
  onTheListOf: readonly Owner[];
  /** Events that start it (anew); a clock that should run and has no start begins now. */
  restartedBy: readonly EventType[];
  /** What should run at this moment; `since` is when the running one began, if it is not to begin anew. */
  wanted: (moment: Moment, since: (of?: string) => string, running?: Clock) => Wanted[];
};

const lengthOf = (context: Context, clock: string) => ruleSet(context.ruleSet).clocks[clock];
/** The end of the last day of a clock's length, counted from the day of its start. */
export function dueAfter(context: Context, clock: string, startedAt: string): string {
  const length = lengthOf(context, clock)!;
  const start = copenhagenDate(startedAt);
  return endOfDay('days' in length ? addDays(start, length.days) : addWorkingDays(start, length.workingDays, ruleSet(context.ruleSet).workingDays));
}

const within = (state: string, ...states: string[]) => states.some((name) => state === name || state.startsWith(`${name}.`));
const waiting = ['painClinic.intake', 'painClinic.waiting', 'painCentre.waiting', 'medicationAssessment.waiting'];
const later = (a: string, b: string | undefined) => (b !== undefined && b > a ? b : a);

/** A clock that runs in some states and has nothing else to look at. */
const runsIn = (clock: string, states: string[], more: { standsStillIn?: string[] } = {}): ClockDefinition['wanted'] => ({ context, state }, since) => {
  const standsStill = within(state, ...(more.standsStillIn ?? []));
  if (!standsStill && !within(state, ...states)) return [];
  return [{ startedAt: since(), dueAt: dueAfter(context, clock, since()), standsStill }];
};
const untilDay = (day: string | undefined, context: Context, clock: string, startedAt: string) => (day === undefined ? dueAfter(context, clock, startedAt) : endOfDay(day));

export const clocks = {
  receipt: { label: { da: 'Modtagelse af henvisningen', en: 'Receipt of the referral' }, onTheListOf: ['gp'], restartedBy: ['referral.submitted', 'referral.readdressed'], wanted: runsIn('receipt', ['referral.sent']) },
  forwarding: { label: { da: 'Videresendelse', en: 'Forwarding' }, onTheListOf: ['cvi'], restartedBy: ['referral.received'], wanted: runsIn('forwarding', ['referral.atCvi']) },
  decision: {
    label: { da: 'Visitationsbeslutning', en: 'Triage decision' }, onTheListOf: ['centre'],
    restartedBy: ['referral.forwarded', 'information.supplied', 'information.recorded', 'information.unobtainable', 'clinic.returned', 'triage.reopened', 'referral.movedToCentre', 'unit.transferred'],
    wanted: runsIn('decision', ['visitation.assessing'], { standsStillIn: ['visitation.awaitingInformation'] }),
  },
  intake: { label: { da: 'Klinikkens modtagelse', en: "Clinic's intake" }, onTheListOf: ['clinic', 'centre'], restartedBy: ['triage.decided', 'unit.transferred'], wanted: runsIn('intake', ['painClinic.intake']) },
  informationLetter: {
    label: { da: 'Oplysningsbrev (8 hverdage)', en: 'Information letter' }, onTheListOf: ['centre', 'clinic'], restartedBy: ['referral.received'],
    wanted: ({ context, state }, since) => (context.informationLetterSent || context.attachedAt !== undefined || !within(state, 'referral.atCvi', 'visitation', ...waiting)
      ? [] : [{ startedAt: since(), dueAt: dueAfter(context, 'informationLetter', since()) }]),
  },
  firstVisit: {
    label: { da: 'Første fremmøde', en: 'First visit' }, onTheListOf: ['centre', 'clinic'], restartedBy: ['referral.received'],
    wanted: ({ context, state }, since) => (context.attachedAt !== undefined || !within(state, 'referral.atCvi', 'visitation', ...waiting)
      ? [] : [{ startedAt: since(), dueAt: dueAfter(context, 'firstVisit', since()), standsStill: within(state, 'visitation.awaitingInformation') || context.patientCausedSince !== undefined }]),
  },
  requestedInformation: { label: { da: 'Supplerende oplysninger', en: 'Requested information' }, onTheListOf: ['gp', 'centre'], restartedBy: ['information.requested'], wanted: runsIn('requestedInformation', ['visitation.awaitingInformation']) },
  pauseReview: {
    label: { da: 'Vurdering af pausen', en: 'Pause review' }, onTheListOf: ['clinic', 'centre'], restartedBy: ['treatment.paused'],
    wanted: ({ context, state, event }, since, running) => (within(state, 'painClinic.paused', 'painCentre.paused')
      ? [{ startedAt: since(), dueAt: event.type === 'treatment.paused' ? untilDay(event.until, context, 'pauseReview', since()) : running?.dueAt ?? dueAfter(context, 'pauseReview', since()) }] : []),
  },
  /** With an appointment ahead it counts from the appointment: nobody is forgotten after a time that came and went. */
  nextStep: {
    label: { da: 'Næste skridt', en: 'Next step' }, onTheListOf: ['clinic', 'centre'], restartedBy: [],
    wanted: ({ context, state, event }, since, running) => {
      const attached = context.attachedAt !== undefined && within(state, 'painClinic', 'painCentre', 'medicationAssessment') && !within(state, 'painClinic.paused', 'painCentre.paused');
      const patientWaits = context.patientCausedSince !== undefined && within(state, ...waiting);
      if (!attached && !patientWaits) return [];
      const startedAt = event.type === 'deadline.passed' ? since() : event.sent.at;
      return [{ startedAt, dueAt: event.type === 'deadline.passed' && running ? running.dueAt : dueAfter(context, 'nextStep', later(startedAt, context.appointments.at(-1)?.at)) }];
    },
  },
  letter: {
    label: { da: 'Epikrise', en: 'Discharge letter' }, onTheListOf: ['treated'], restartedBy: ['treatment.completed', 'assessment.completed', 'assessment.endedEarly', 'control.held'],
    wanted: ({ context, state }, since) => (within(state, 'controlPhase.followUp') ? [{ startedAt: since(), dueAt: dueAfter(context, 'letter', later(since(), context.appointments.at(-1)?.at)) }] : []),
  },
  delivery: {
    label: { da: 'Aflevering af besked', en: 'Delivery of a message' }, onTheListOf: ['treated'], restartedBy: [],
    wanted: ({ context }) => Object.entries(context.undelivered).map(([id, { at }]) => ({ of: id, startedAt: at, dueAt: dueAfter(context, 'delivery', at) })),
  },
  gpPlan: {
    label: { da: 'Egen læges plan', en: "The GP's plan" }, onTheListOf: ['gp'], restartedBy: ['followUp.recorded', 'reReferral.started'],
    wanted: ({ context, state }, since) => (within(state, 'generalPractice') && (context.returnedAt !== undefined || context.planNextAt !== undefined)
      ? [{ startedAt: since(), dueAt: untilDay(context.planNextAt, context, 'gpPlan', since()) }] : []),
  },
  letterRead: {
    label: { da: 'Epikrise læst', en: 'Letter read' }, onTheListOf: ['gp', 'treated'], restartedBy: [],
    wanted: ({ context, state }, since) => (within(state, 'dischargedToGp') && context.letter?.followUpRecommended && !context.letter.acknowledged
      ? [{ startedAt: since(), dueAt: dueAfter(context, 'letterRead', since()) }] : []),
  },
  followUp: {
    label: { da: 'Opfølgning hos egen læge', en: 'Follow-up at the GP' }, onTheListOf: ['gp'], restartedBy: ['letter.acknowledged', 'followUp.recorded'],
    wanted: ({ context, state }, since) => (within(state, 'dischargedToGp') ? [{ startedAt: since(), dueAt: untilDay(context.planNextAt, context, 'followUp', since()) }] : []),
  },
  newPain: {
    label: { da: 'Ny smertetilstand', en: 'New pain' }, onTheListOf: ['gp', 'treated'], restartedBy: [],
    wanted: ({ context }) => context.newPain.filter(({ acknowledgedAt, outcome }) => acknowledgedAt === undefined && outcome === undefined)
      .map(({ entry, at, urgent }) => ({ of: String(entry), startedAt: at, dueAt: dueAfter(context, urgent ? 'newPainUrgent' : 'newPain', at) })),
  },
  transfer: {
    label: { da: 'Anmodning om overflytning', en: 'Transfer asked for' }, onTheListOf: ['centre'], restartedBy: ['transfer.requested'],
    wanted: ({ context }) => (context.transferRequest ? [{ startedAt: context.transferRequest.at, dueAt: dueAfter(context, 'transfer', context.transferRequest.at) }] : []),
  },
} as const satisfies Record<string, ClockDefinition>;
export type ClockName = keyof typeof clocks;

/** Days that do not count: what the clock lost while it stood still, in whole Danish days. */
const extended = (clock: Clock, days: number): Clock => ({ ...clock, dueAt: endOfDay(addDays(copenhagenDate(clock.dueAt), days - 1)) });

function reconciled(name: string, wanted: Wanted, running: Clock | undefined, begunAnew: boolean, at: string): Clock {
  const known = running && !begunAnew ? running : undefined;
  const pausedFor = known?.pausedSince !== undefined && !wanted.standsStill ? daysBetween(copenhagenDate(known.pausedSince), copenhagenDate(at)) : 0;
  // What a stand-still has added stays added: only a clock that has never stood still may be told a new end.
  const base: Clock = { clock: name, startedAt: wanted.startedAt, dueAt: wanted.dueAt };
  const clock = known && known.startedAt === wanted.startedAt && known.dueAt > wanted.dueAt && name === 'firstVisit' ? { ...base, dueAt: known.dueAt } : base;
  return {
    ...(pausedFor > 0 ? extended(clock, pausedFor) : clock),
    ...(wanted.standsStill ? { pausedSince: known?.pausedSince ?? at } : {}),
    ...(known?.missedAt !== undefined && known.dueAt === clock.dueAt ? { missedAt: known.missedAt } : {}),
  };
}

/** A time moved at the patient's wish: the days between do not count in the wait. */
function movedByPatient({ event, context }: Moment, before: Context): number {
  if (event.type !== 'appointment.moved' || event.by !== 'patient' || context.attachedAt !== undefined) return 0;
  const old = event.appointment === undefined ? before.appointments[0] : before.appointments.find(({ seq }) => seq === event.appointment);
  return old ? Math.max(0, daysBetween(copenhagenDate(old.at), copenhagenDate(event.at))) : 0;
}

/** The clocks after a transition. A closed pathway has none. */
export function reconcile(moment: Moment, before: Context): Clock[] {
  const { context, state, event } = moment;
  if (state === 'closed') return [];
  const result = (Object.entries(clocks) as [ClockName, ClockDefinition][]).flatMap(([clock, definition]) => {
    const nameOf = (of?: string) => (of === undefined ? clock : `${clock}:${of}`);
    const runningOf = (of?: string) => context.clocks.find((entry) => entry.clock === nameOf(of));
    const begunAnew = definition.restartedBy.includes(event.type);
    const since = (of?: string) => (begunAnew ? event.sent.at : runningOf(of)?.startedAt ?? event.sent.at);
    return definition.wanted(moment, since, runningOf()).map((wanted) => reconciled(nameOf(wanted.of), wanted, runningOf(wanted.of), begunAnew, event.sent.at));
  });
  const moved = movedByPatient(moment, before);
  return moved === 0 ? result : result.map((entry) => (entry.clock === 'firstVisit' ? extended(entry, moved) : entry));
}

/** The earliest deadline of those that run; null when none does. */
export const earliestDue = (running: readonly Clock[]): string | null =>
  running.filter(({ pausedSince }) => pausedSince === undefined).map(({ dueAt }) => dueAt).sort()[0] ?? null;
