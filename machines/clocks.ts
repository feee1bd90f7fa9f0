/**
 * Deadlines as data (pathway.md, "Clocks"): after each transition the running clocks are reconciled with this table. Clocks are
 * informative: they refuse nothing. A clock is late from `dueAt` on: the end of its last day in Denmark.
 */
import { addDays, addWorkingDays, copenhagenDate, endOfDay, isWorkingDay, type CalendarDate, type Instant } from './calendar.js';
import type { Clock, Context, Standstill, Uncounted } from './context.js';
import type { EventType, PathwayEvent } from './events.js';
import type { Text } from './fields.js';
import { appointmentMeant } from './rules-structural.js';
import { ruleSet } from './routes.js';
import type { Owner } from './stages.js';

/** After a transition: where the pathway is, what it remembered and remembers, what happened. The clocks of the memory are still those of before. */
export type Moment = { before: Context; context: Context; state: string; event: PathwayEvent };
/** One clock that is to run: since when, where the memory says so (else since it is first asked for), what for, and another length than its own. */
type Run = { since?: Instant; of?: string; length?: string };
type ClockDefinition = {
  label: Text;
  onTheListOf: readonly Owner[];
  /** What it is to run for at this moment: nothing, once, or once for each entry of a list. */
  runs: (moment: Moment) => boolean | readonly Run[];
  /** Does it begin anew, though it runs? */
  beginsAnew?: (moment: Moment) => boolean;
  /** Why this day is not counted, where it is not. */
  standsStill?: (moment: Moment) => Standstill | undefined;
  /** A day that somebody has set instead of the length; asked when it begins. */
  setFor?: (moment: Moment) => CalendarDate | undefined;
  /** With an appointment ahead it counts from there: nobody is forgotten after a time that came and went. */
  afterAppointments?: true;
};

const within = (...states: string[]) => ({ state }: Moment) => states.some((name) => state === name || state.startsWith(`${name}.`));
const on = (...events: EventType[]) => ({ event }: Moment) => events.includes(event.type);
const atAnyUnit = within('painClinic', 'painCentre', 'medicationAssessment');
const waiting = within('painClinic.intake', 'painClinic.waiting', 'painCentre.waiting', 'medicationAssessment.waiting');
const paused = within('painClinic.paused', 'painCentre.paused');
const awaitingInformation = within('visitation.awaitingInformation');
const answers = on('information.supplied', 'information.recorded', 'information.unobtainable');

/** A wait that begins when a CVI has received the referral, ends with the first visit or back at the GP, and survives a correction of the address. */
const beforeFirstVisit = (clock: string) => (moment: Moment): boolean => {
  if (moment.context.attachedAt !== undefined) return false;
  return within('referral.atCvi', 'visitation')(moment) || waiting(moment) || (within('referral.sent')(moment) && moment.context.clocks.some((running) => running.clock === clock));
};
/** He cancelled and has no new time (`patientCausedSince`). Nobody would notice him while the wait stands still, so the next step is clocked. */
const patientHasNoTime = (moment: Moment): boolean => moment.context.patientCausedSince !== undefined && moment.context.attachedAt === undefined && waiting(moment);

/** The GP's own day, as long as it lies ahead: a plan that is over is none. */
const plannedByGp = ({ context: { planNextAt }, event }: Moment): CalendarDate | undefined => (planNextAt !== undefined && planNextAt >= copenhagenDate(event.sent.at) ? planNextAt : undefined);

export const clocks = {
  receipt: { label: { da: 'Modtagelse af henvisningen', en: 'Receipt of the referral' }, onTheListOf: ['gp'], runs: within('referral.sent') },
  forwarding: { label: { da: 'Videresendelse', en: 'Forwarding' }, onTheListOf: ['cvi'], runs: within('referral.atCvi') },
  decision: {
    label: { da: 'Visitationsbeslutning', en: 'Triage decision' }, onTheListOf: ['centre'], runs: within('visitation'),
    standsStill: (moment) => (awaitingInformation(moment) ? 'informationAwaited' : undefined),
    // Information that nobody had asked for changes no deadline.
    beginsAnew: (moment) => on('referral.movedToCentre')(moment) || (answers(moment) && moment.before.requested !== undefined),
  },
  intake: { label: { da: 'Klinikkens modtagelse', en: "Clinic's intake" }, onTheListOf: ['clinic', 'centre'], runs: within('painClinic.intake') },
  informationLetter: {
    label: { da: 'Oplysningsbrev (8 hverdage)', en: 'Information letter' }, onTheListOf: ['centre', 'clinic'],
    runs: (moment) => !moment.context.informationLetterSent && beforeFirstVisit('informationLetter')(moment),
  },
  firstVisit: {
    label: { da: 'Første fremmøde', en: 'First visit' }, onTheListOf: ['centre', 'clinic'], runs: beforeFirstVisit('firstVisit'),
    standsStill: (moment) => (awaitingInformation(moment) ? 'informationAwaited' : patientHasNoTime(moment) ? 'patientCaused' : undefined),
  },
  requestedInformation: {
    label: { da: 'Supplerende oplysninger', en: 'Requested information' }, onTheListOf: ['gp', 'centre'], runs: awaitingInformation, beginsAnew: on('information.requested'),
  },
  pauseReview: {
    label: { da: 'Vurdering af pausen', en: 'Pause review' }, onTheListOf: ['clinic', 'centre'], runs: paused,
    setFor: ({ event }) => (event.type === 'treatment.paused' ? event.until : undefined),
  },
  nextStep: {
    label: { da: 'Næste skridt', en: 'Next step' }, onTheListOf: ['clinic', 'centre'],
    runs: (moment) => (moment.context.attachedAt !== undefined && atAnyUnit(moment) && !paused(moment)) || patientHasNoTime(moment),
    // What the system notes (a deadline, an acknowledgement) is nobody's step.
    beginsAnew: ({ event }) => event.sent.by.role !== 'system', afterAppointments: true,
  },
  letter: {
    label: { da: 'Epikrise', en: 'Discharge letter' }, onTheListOf: ['treated'], runs: within('controlPhase.followUp'),
    // Each of these may leave no control ahead: from then on the letter is owed.
    beginsAnew: on('control.held', 'visit.attended', 'appointment.cancelled', 'appointment.missed', 'patient.deathRevoked'), afterAppointments: true,
  },
  delivery: {
    label: { da: 'Aflevering af besked', en: 'Delivery of a message' }, onTheListOf: ['treated'],
    runs: ({ context }) => Object.entries(context.undelivered).map(([id, { at }]) => ({ of: id, since: at })),
  },
  gpPlan: {
    label: { da: 'Egen læges plan', en: "The GP's plan" }, onTheListOf: ['gp'],
    runs: (moment) => within('generalPractice')(moment) && (moment.context.returnedAt !== undefined || moment.context.planNextAt !== undefined),
    beginsAnew: on('followUp.recorded'), setFor: plannedByGp,
  },
  letterRead: {
    label: { da: 'Epikrise læst', en: 'Letter read' }, onTheListOf: ['gp', 'treated'],
    runs: (moment) => within('dischargedToGp')(moment) && (moment.context.letter?.followUpRecommended ?? false) && moment.context.letter?.acknowledged === undefined,
  },
  followUp: {
    label: { da: 'Opfølgning hos egen læge', en: 'Follow-up at the GP' }, onTheListOf: ['gp'], runs: within('dischargedToGp'),
    beginsAnew: on('letter.acknowledged', 'followUp.recorded'), setFor: plannedByGp,
  },
  newPain: {
    label: { da: 'Ny smertetilstand', en: 'New pain' }, onTheListOf: ['gp', 'treated'],
    runs: ({ context }) => context.newPain.filter(({ acknowledgedAt, outcome }) => acknowledgedAt === undefined && outcome === undefined)
      .map(({ entry, at, urgent }) => ({ of: String(entry), since: at, length: urgent ? 'newPainUrgent' : 'newPain' })),
  },
  transfer: {
    label: { da: 'Anmodning om overflytning', en: 'Transfer asked for' }, onTheListOf: ['centre'],
    runs: ({ context: { transferRequest } }) => (transferRequest ? [{ since: transferRequest.at }] : false),
  },
} as const satisfies Record<string, ClockDefinition>;
export type ClockName = keyof typeof clocks;

/**
 * The end of a length's last day. The day of the start never counts; on a length in working days neither do the others, and on
 * a clock that stood still not the days of the standstill.
 */
export function dueAfter(context: Context, length: string, startedAt: Instant, uncounted: readonly Uncounted[] = []): Instant {
  const { clocks: lengths, workingDays } = ruleSet(context.ruleSet);
  const wanted = lengths[length]!;
  const start = copenhagenDate(startedAt);
  const [days, everyDay] = 'days' in wanted ? [wanted.days, true] : [wanted.workingDays, false];
  if (uncounted.length === 0) return endOfDay(everyDay ? addDays(start, days) : addWorkingDays(start, days, workingDays));
  let day = start;
  for (let left = days; left > 0;) {
    day = addDays(day, 1);
    // Past the whole stretch at once: a time may have been put off by centuries.
    const stretch = uncounted.find(({ from, to }) => from <= day && day <= to);
    if (stretch) day = stretch.to;
    else if (everyDay || isWorkingDay(day, workingDays)) left -= 1;
  }
  return endOfDay(day);
}

/** The days after one up to another; none when the other is not later. */
const daysAfter = (from: Instant, to: Instant, because: Standstill): Uncounted[] => {
  const [first, last] = [addDays(copenhagenDate(from), 1), copenhagenDate(to)];
  return first <= last ? [{ from: first, to: last, because }] : [];
};
/** What is left of stretches of the patient's when he takes days of them back. */
const without = (stretches: readonly Uncounted[], taken: Uncounted): Uncounted[] => stretches.flatMap((stretch) => {
  if (stretch.because !== taken.because || stretch.to < taken.from || taken.to < stretch.from) return [stretch];
  return [{ ...stretch, to: addDays(taken.from, -1) }, { ...stretch, from: addDays(taken.to, 1) }].filter(({ from, to }) => from <= to);
});

/** A time moved at the patient's wish: the days between do not count, and count again when he comes earlier after all. */
function movedByPatient(stretches: readonly Uncounted[], { event, before }: Moment): readonly Uncounted[] {
  if (event.type !== 'appointment.moved' || event.by !== 'patient') return stretches;
  const old = appointmentMeant(before, event.appointment, event.sent.at)!;
  const [earlier] = daysAfter(event.at, old.at, 'patientCaused');
  return earlier ? without(stretches, earlier) : [...stretches, ...daysAfter(old.at, event.at, 'patientCaused')];
}

/** What a clock does not count: what it did not count before, the days of a standstill that ends now, the patient's wish for another time. */
function uncountedBy(known: Clock | undefined, because: Standstill | undefined, moment: Moment): readonly Uncounted[] {
  const before = known?.uncounted ?? [];
  const ends = known?.pausedBecause !== undefined && known.pausedBecause !== because;
  return movedByPatient(ends ? [...before, ...daysAfter(known.pausedSince!, moment.event.sent.at, known.pausedBecause!)] : before, moment);
}

/** One clock after a transition: as it was, or begun, or with another end. A deadline that has moved may be missed again. */
function reconciled(name: ClockName, { since, of, length = name }: Run, moment: Moment): Clock {
  const { beginsAnew, standsStill, setFor, afterAppointments }: ClockDefinition = clocks[name];
  const { context, event } = moment;
  const clock = of === undefined ? name : `${name}:${of}`;
  const running = context.clocks.find((entry) => entry.clock === clock);
  const known = beginsAnew?.(moment) || (since !== undefined && since !== running?.startedAt) ? undefined : running;
  if (known && !standsStill && !afterAppointments) return known;

  const startedAt = known?.startedAt ?? since ?? event.sent.at;
  const because = standsStill?.(moment);
  const uncounted = standsStill ? uncountedBy(known, because, moment) : [];
  const ahead = afterAppointments ? context.appointments.at(-1)?.at ?? startedAt : startedAt;
  const day = setFor?.(moment);
  const dueAt = day === undefined ? dueAfter(context, length, ahead > startedAt ? ahead : startedAt, uncounted) : endOfDay(day);
  return {
    clock, startedAt, dueAt, ...(uncounted.length === 0 ? {} : { uncounted: [...uncounted] }),
    ...(because === undefined ? {} : { pausedSince: known?.pausedBecause === because ? known.pausedSince! : event.sent.at, pausedBecause: because }),
    ...(known?.missedAt !== undefined && known.dueAt === dueAt ? { missedAt: known.missedAt } : {}),
  };
}

const once: readonly Run[] = [{}];
/** The clocks after a transition. A closed pathway has none. */
export function reconcile(moment: Moment): Clock[] {
  if (moment.state === 'closed') return [];
  const { clocks: lengths } = ruleSet(moment.context.ruleSet);
  return (Object.keys(clocks) as ClockName[]).flatMap((name) => {
    const runs = (clocks[name] as ClockDefinition).runs(moment);
    // A length that the rule set leaves out switches its clock off.
    return runs === false ? [] : (runs === true ? once : runs).filter(({ length = name }) => lengths[length] !== undefined).map((run) => reconciled(name, run, moment));
  });
}

/** The earliest deadline of those that run; null when none does. */
export const earliestDue = (running: readonly Clock[]): string | null =>
  running.filter(({ pausedSince }) => pausedSince === undefined).map(({ dueAt }) => dueAt).sort()[0] ?? null;
