/**
 * Deadlines as data (pathway.md, "Clocks"): after each transition the running clocks are reconciled with this table. Clocks are
 * informative: they refuse nothing. A clock is late from `dueAt` on: the end of its last day in Denmark.
 */
import {
  addDays,
  addWorkingDays,
  copenhagenDate,
  dayOff,
  endOfDay,
  isWorkingDay,
  type CalendarDate,
  type Instant,
  type WorkingDayRules,
} from '../calendar/calendar.js';
import type { Clock, Context, Standstill, Uncounted } from './context.js';
import type { EventType, PathwayEvent, Told } from './events.js';
import type { Text } from './fields.js';
import { appointmentMeant } from './rules-structural.js';
import { ruleSet, workingDaysOf } from './routes.js';
import { unitOfOwner } from './stages.js';

/** After a transition: where the pathway is, what it remembered and remembers, what happened. The clocks of the memory are still those of before. */
export type Moment = { before: Context; context: Context; state: string; event: PathwayEvent | Told };
/** One clock that is to run: since when, where the memory says so (else since it is first asked for), what for, and another length than its own, or when it is late whatever its length. */
type Run = { since?: Instant; of?: string; length?: string; late?: Instant };
/** On whose list it stands: an owner of stages, the unit that has the patient or is to have him, the sender of the message that it is about. */
type Listed = 'gp' | 'cvi' | 'centre' | 'clinic' | 'treated' | 'unit' | 'sender';
type ClockDefinition = {
  label: Text;
  onTheListOf: readonly Listed[];
  /** What stops it, or brings the patient nearer to what does. */
  stoppedBy: readonly EventType[];
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

const within =
  (...states: string[]) =>
  ({ state }: Moment) =>
    states.some((name) => state === name || state.startsWith(`${name}.`));
const on =
  (...events: EventType[]) =>
  ({ event }: Moment) =>
    (events as string[]).includes(event.type);
const atAnyUnit = within('painClinic', 'painCentre', 'medicationAssessment');
const waiting = within('painClinic.intake', 'painClinic.waiting', 'painCentre.waiting', 'medicationAssessment.waiting');
const paused = within('painClinic.paused', 'painCentre.paused');
const awaitingInformation = within('visitation.awaitingInformation');
const answers = on('information.supplied', 'information.recorded', 'information.unobtainable');

/** A wait that begins when a CVI has received the referral, ends with the first visit or back at the GP, and survives a correction of the address. */
const beforeFirstVisit =
  (clock: string) =>
  (moment: Moment): boolean => {
    if (moment.context.attachedAt !== undefined) return false;
    return (
      within('referral.atCvi', 'visitation')(moment) ||
      waiting(moment) ||
      (within('referral.sent')(moment) && moment.context.clocks.some((running) => running.clock === clock))
    );
  };
/** He cancelled and has no new time (`patientCausedSince`). Nobody would notice him while the wait stands still, so the next step is clocked. */
const patientHasNoTime = (moment: Moment): boolean =>
  moment.context.patientCausedSince !== undefined && moment.context.attachedAt === undefined && waiting(moment);

/** The GP's own day, as long as it lies ahead: a plan that is over is none. */
const plannedByGp = ({ context: { planNextAt }, event }: Moment): CalendarDate | undefined =>
  planNextAt !== undefined && planNextAt >= copenhagenDate(event.sent.at) ? planNextAt : undefined;

export const clocks = {
  receipt: {
    label: { da: 'Modtagelse af henvisningen', en: 'Receipt of the referral' },
    onTheListOf: ['gp'],
    stoppedBy: ['referral.received'],
    runs: within('referral.sent'),
  },
  forwarding: {
    label: { da: 'Videresendelse', en: 'Forwarding' },
    onTheListOf: ['cvi'],
    stoppedBy: ['referral.forwarded', 'referral.returnedToSender', 'referral.readdressed'],
    runs: within('referral.atCvi'),
  },
  decision: {
    label: { da: 'Visitationsbeslutning', en: 'Triage decision' },
    onTheListOf: ['centre'],
    stoppedBy: ['triage.decided', 'referral.movedToCentre'],
    runs: within('visitation'),
    standsStill: (moment) => (awaitingInformation(moment) ? 'informationAwaited' : undefined),
    // Information that nobody had asked for changes no deadline.
    beginsAnew: (moment) =>
      on('referral.movedToCentre')(moment) || (answers(moment) && moment.before.requested !== undefined),
  },
  intake: {
    label: { da: 'Klinikkens modtagelse', en: "Clinic's intake" },
    onTheListOf: ['clinic', 'centre'],
    stoppedBy: ['clinic.accepted', 'clinic.returned'],
    runs: within('painClinic.intake'),
  },
  informationLetter: {
    label: { da: 'Oplysningsbrev (8 hverdage)', en: 'Information letter' },
    onTheListOf: ['unit'],
    stoppedBy: [
      'appointment.booked',
      'visit.attended',
      'clinic.accepted',
      'triage.decided',
      'referral.forwarded',
      'referral.received',
    ],
    runs: (moment) => !moment.context.informationLetterSent && beforeFirstVisit('informationLetter')(moment),
  },
  firstVisit: {
    label: { da: 'Første fremmøde', en: 'First visit' },
    onTheListOf: ['unit'],
    stoppedBy: ['visit.attended', 'clinic.accepted', 'triage.decided', 'referral.forwarded', 'referral.received'],
    runs: beforeFirstVisit('firstVisit'),
    standsStill: (moment) =>
      awaitingInformation(moment) ? 'informationAwaited' : patientHasNoTime(moment) ? 'patientCaused' : undefined,
  },
  requestedInformation: {
    label: { da: 'Supplerende oplysninger', en: 'Requested information' },
    onTheListOf: ['gp', 'centre'],
    stoppedBy: ['information.supplied', 'information.recorded', 'information.unobtainable'],
    runs: awaitingInformation,
    beginsAnew: on('information.requested'),
  },
  pauseReview: {
    label: { da: 'Vurdering af pausen', en: 'Pause review' },
    onTheListOf: ['unit'],
    stoppedBy: ['treatment.resumed', 'treatment.completed'],
    runs: paused,
    setFor: ({ event }) => (event.type === 'treatment.paused' ? event.until : undefined),
  },
  nextStep: {
    label: { da: 'Næste skridt', en: 'Next step' },
    onTheListOf: ['unit'],
    stoppedBy: ['appointment.booked', 'visit.attended', 'clinic.accepted'],
    runs: (moment) =>
      (moment.context.attachedAt !== undefined && atAnyUnit(moment) && !paused(moment)) || patientHasNoTime(moment),
    // What the system notes (a deadline, an acknowledgement) is nobody's step.
    beginsAnew: ({ event }) => event.sent.by.role !== 'system',
    afterAppointments: true,
  },
  letter: {
    label: { da: 'Epikrise', en: 'Discharge letter' },
    onTheListOf: ['treated'],
    stoppedBy: ['letter.signed', 'appointment.booked', 'treatment.resumed'],
    runs: within('controlPhase.followUp'),
    // Each of these may leave no control ahead: from then on the letter is owed.
    beginsAnew: on(
      'control.held',
      'visit.attended',
      'appointment.cancelled',
      'appointment.missed',
      'patient.deathRevoked',
    ),
    afterAppointments: true,
  },
  delivery: {
    label: { da: 'Aflevering af besked', en: 'Delivery of a message' },
    onTheListOf: ['sender'],
    stoppedBy: ['message.deliveredManually', 'note.deliveredManually', 'letter.deliveredManually', 'message.resent'],
    // What cannot be delivered is late at once: it is a person's to see to.
    runs: ({ context }) =>
      Object.entries(context.undelivered).map(([id, { at, failed }]) => ({
        of: id,
        since: at,
        ...(failed ? { late: failed.at } : {}),
      })),
  },
  gpPlan: {
    label: { da: 'Egen læges plan', en: "The GP's plan" },
    onTheListOf: ['gp'],
    stoppedBy: ['followUp.recorded', 'referral.submitted', 'pathway.closed'],
    runs: (moment) =>
      within('generalPractice')(moment) &&
      (moment.context.returnedAt !== undefined || moment.context.planNextAt !== undefined),
    beginsAnew: on('followUp.recorded'),
    setFor: plannedByGp,
  },
  letterRead: {
    label: { da: 'Epikrise læst', en: 'Letter read' },
    onTheListOf: ['gp', 'treated'],
    stoppedBy: ['letter.acknowledged'],
    runs: (moment) =>
      within('dischargedToGp')(moment) &&
      (moment.context.letter?.followUpRecommended ?? false) &&
      moment.context.letter?.acknowledged === undefined,
  },
  followUp: {
    label: { da: 'Opfølgning hos egen læge', en: 'Follow-up at the GP' },
    onTheListOf: ['gp'],
    stoppedBy: ['followUp.recorded', 'reReferral.started', 'pathway.closed'],
    runs: within('dischargedToGp'),
    beginsAnew: on('letter.acknowledged', 'followUp.recorded'),
    setFor: plannedByGp,
  },
  newPain: {
    label: { da: 'Ny smertetilstand', en: 'New pain' },
    onTheListOf: ['gp', 'treated'],
    stoppedBy: ['newPain.acknowledged', 'newPain.resolved'],
    runs: ({ context }) =>
      context.newPain
        .filter(({ acknowledgedAt, outcome }) => acknowledgedAt === undefined && outcome === undefined)
        .map(({ entry, at, urgent }) => ({
          of: String(entry),
          since: at,
          ...(urgent ? { length: 'newPainUrgent' } : {}),
        })),
  },
  transfer: {
    label: { da: 'Anmodning om overflytning', en: 'Transfer asked for' },
    onTheListOf: ['centre'],
    stoppedBy: ['unit.transferred', 'transfer.declined'],
    runs: ({ context: { transferRequest } }) => (transferRequest ? [{ since: transferRequest.at }] : false),
  },
} as const satisfies Record<string, ClockDefinition>;
export type ClockName = keyof typeof clocks;

/** The units on whose list a running clock stands, the one whose calendar it goes by first. */
export function listOf(clock: string, context: Context): string[] {
  const [name, of] = clock.split(':') as [ClockName, string | undefined];
  // Until the centre has the patient, the CVI has him: a list that nobody there can open would be no list.
  const has =
    [context.clinic, context.centre].find((unit) => unit !== undefined && context.units.includes(unit)) ?? context.cvi;
  const unitOf = (listed: Listed) =>
    listed === 'sender' ? context.undelivered[of!]?.from : listed === 'unit' ? has : unitOfOwner(listed, context);
  return [...new Set((clocks[name] as ClockDefinition).onTheListOf.map(unitOf))].filter(
    (unit) => unit !== undefined && unit !== null,
  );
}

/** Why a day does not count in a length, or nothing where it does. */
type Counting = {
  length: { days: number } | { workingDays: number };
  rules: WorkingDayRules;
  uncounted: readonly Uncounted[];
};
const standstillWords: Record<Standstill, Text> = {
  informationAwaited: { da: 'oplysninger afventes', en: 'information is awaited' },
  patientCaused: { da: 'patientens ønske', en: "the patient's wish" },
};
function whyNot(day: CalendarDate, { length, rules, uncounted }: Counting): Text | undefined {
  const stretch = uncounted.find(({ from, to }) => from <= day && day <= to);
  return stretch ? standstillWords[stretch.because] : 'days' in length ? undefined : dayOff(day, rules);
}

/**
 * The end of a length's last day. The day of the start never counts; on a length in working days neither do the others, and on
 * a clock that stood still not the days of the standstill.
 */
export function dueAfter(startedAt: Instant, { length, rules, uncounted }: Counting): Instant {
  const start = copenhagenDate(startedAt);
  const [days, everyDay] = 'days' in length ? [length.days, true] : [length.workingDays, false];
  if (uncounted.length === 0) return endOfDay(everyDay ? addDays(start, days) : addWorkingDays(start, days, rules));
  let day = start;
  for (let left = days; left > 0;) {
    day = addDays(day, 1);
    // Past the whole stretch at once: a time may have been put off by centuries.
    const stretch = uncounted.find(({ from, to }) => from <= day && day <= to);
    if (stretch) day = stretch.to;
    else if (everyDay || isWorkingDay(day, rules)) left -= 1;
  }
  return endOfDay(day);
}

/** The days after one up to another; none when the other is not later. */
const daysAfter = (from: Instant, to: Instant, because: Standstill): Uncounted[] => {
  const [first, last] = [addDays(copenhagenDate(from), 1), copenhagenDate(to)];
  return first <= last ? [{ from: first, to: last, because }] : [];
};
/** What is left of stretches of the patient's when he takes days of them back. */
const without = (stretches: readonly Uncounted[], taken: Uncounted): Uncounted[] =>
  stretches.flatMap((stretch) => {
    if (stretch.because !== taken.because || stretch.to < taken.from || taken.to < stretch.from) return [stretch];
    return [
      { ...stretch, to: addDays(taken.from, -1) },
      { ...stretch, from: addDays(taken.to, 1) },
    ].filter(({ from, to }) => from <= to);
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
  return movedByPatient(
    ends ? [...before, ...daysAfter(known.pausedSince!, moment.event.sent.at, known.pausedBecause!)] : before,
    moment,
  );
}

/** With an appointment ahead such a clock counts from there. */
const countsFrom = (name: ClockName, startedAt: Instant, { appointments }: Context): Instant => {
  const ahead = (clocks[name] as ClockDefinition).afterAppointments ? appointments.at(-1)?.at : undefined;
  return ahead !== undefined && ahead > startedAt ? ahead : startedAt;
};
const countingOf = (
  context: Context,
  length: string,
  unit: string | undefined,
  uncounted: readonly Uncounted[],
): Counting => ({
  length: ruleSet(context.ruleSet).clocks[length]!,
  rules: workingDaysOf(context.ruleSet, unit),
  uncounted,
});

/** One clock after a transition: as it was, or begun, or with another end. A deadline that has moved may be missed again. */
function reconciled(name: ClockName, { since, of, length = name, late }: Run, moment: Moment): Clock {
  const { beginsAnew, standsStill, setFor, afterAppointments }: ClockDefinition = clocks[name];
  const { context, event } = moment;
  const clock = of === undefined ? name : `${name}:${of}`;
  const running = context.clocks.find((entry) => entry.clock === clock);
  const known = beginsAnew?.(moment) || (since !== undefined && since !== running?.startedAt) ? undefined : running;
  if (known && !standsStill && !afterAppointments && (late === undefined || known.dueAt === late)) return known;

  const startedAt = known?.startedAt ?? since ?? event.sent.at;
  const because = standsStill?.(moment);
  const uncounted = standsStill ? uncountedBy(known, because, moment) : [];
  // A deadline does not move because the patient has come to a unit with another calendar.
  const calendar = known?.calendar ?? listOf(clock, context)[0];
  const counting = countingOf(context, length, calendar, uncounted);
  const day = setFor?.(moment);
  const dueAt = late ?? (day === undefined ? dueAfter(countsFrom(name, startedAt, context), counting) : endOfDay(day));
  return {
    clock,
    startedAt,
    dueAt,
    ...(length === name ? {} : { length }),
    ...(late !== undefined || day !== undefined ? { set: true } : {}),
    ...('workingDays' in counting.length && calendar !== undefined ? { calendar } : {}),
    ...(uncounted.length === 0 ? {} : { uncounted: [...uncounted] }),
    ...(because === undefined
      ? {}
      : { pausedSince: known?.pausedBecause === because ? known.pausedSince! : event.sent.at, pausedBecause: because }),
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
    return runs === false
      ? []
      : (runs === true ? once : runs)
          .filter(({ length = name }) => lengths[length] !== undefined)
          .map((run) => reconciled(name, run, moment));
  });
}

const running = (clocks: readonly Clock[]) => clocks.filter(({ pausedSince }) => pausedSince === undefined);
const earliest = (clocks: readonly Clock[]): Clock | undefined =>
  clocks.reduce<Clock | undefined>(
    (least, clock) => (least === undefined || clock.dueAt < least.dueAt ? clock : least),
    undefined,
  );
/** The earliest deadline of those that run; undefined when none does. */
export const firstDue = (all: readonly Clock[]): Clock | undefined => earliest(running(all));
export const earliestDue = (all: readonly Clock[]): string | null => firstDue(all)?.dueAt ?? null;
/** The earliest that nobody has been told of yet: when the pathway is to be looked at again. */
export const sweepAt = (all: readonly Clock[]): string | null =>
  earliest(running(all).filter(({ missedAt }) => missedAt === undefined))?.dueAt ?? null;
/** Those that have passed by an instant and have not been noted, the earliest first. */
export const passedBy = (all: readonly Clock[], at: Instant): Clock[] =>
  running(all)
    .filter(({ missedAt, dueAt }) => missedAt === undefined && dueAt <= at)
    .sort((a, b) => (a.dueAt < b.dueAt ? -1 : a.dueAt > b.dueAt ? 1 : 0));

/** A day of a clock: the how-manieth of its length, or why it does not count. */
export type CountedDay = { date: CalendarDate; number: number | null; because: Text | null };
/** `length` is null where somebody has set the day, or what it is about has failed; then nothing is counted. `dueAt` is that of the clock; of one that stands still, as it would be if it went on from `now`. */
export type Counted = {
  length: { days: number } | { workingDays: number } | null;
  calendar: string | null;
  dueAt: Instant;
  days: CountedDay[];
};
const startDay: Text = {
  da: 'dagen, hvor fristen begynder, tæller ikke',
  en: 'the day on which the clock starts does not count',
};
/** Lists after a standstill of centuries would be as long; what is left out is said by the last day. */
const listedDays = 2_000;

/** Each day of a running clock, from its start to its last day in time, counted or not and why. Exactly as many count as its length says. */
export function daysOf(
  context: Context,
  { clock, startedAt, dueAt, length: other, calendar, uncounted: before = [], pausedSince, pausedBecause, set }: Clock,
  now: Instant,
): Counted {
  if (set) return { length: null, calendar: calendar ?? null, dueAt, days: [] };
  const name = clock.split(':')[0] as ClockName;
  const uncounted = pausedSince === undefined ? before : [...before, ...daysAfter(pausedSince, now, pausedBecause!)];
  const counting = countingOf(context, other ?? name, calendar, uncounted);
  const from = countsFrom(name, startedAt, context);
  const due = pausedSince === undefined ? dueAt : dueAfter(from, counting);
  const days: CountedDay[] = [{ date: copenhagenDate(from), number: null, because: startDay }];
  let number = 0;
  for (
    let date = addDays(copenhagenDate(from), 1);
    endOfDay(date) <= due && days.length < listedDays;
    date = addDays(date, 1)
  ) {
    const because = whyNot(date, counting) ?? null;
    days.push({ date, number: because ? null : (number += 1), because });
  }
  return { length: counting.length, calendar: calendar ?? null, dueAt: due, days };
}
