/**
 * Units, routes, telephone hours and limits: effective-dated data under a rule set, never constants in a guard.
 * To add a unit, a route or a limit is to add an entry with its `validFrom`; an entry is ended, never deleted.
 */
import { z } from 'zod';
import { planningAreas, unitCode, type PlanningArea, type Text } from './fields.js';
import { gln } from '../calendar/identifiers.js';
import {
  addDays,
  closedDays,
  copenhagenDate,
  dayOff,
  holidayName,
  isWorkingDay,
  localInstant,
  weekday,
  type CalendarDate,
  type Instant,
  type WorkingDayRules,
} from '../calendar/calendar.js';

const hours = z.strictObject({
  weekdays: z.array(z.int().min(1).max(7)).min(1),
  from: z.string().regex(/^\d\d:\d\d$/),
  to: z.string().regex(/^\d\d:\d\d$/),
});
const unit = z.strictObject({
  code: unitCode(),
  kind: z.enum(['practice', 'cvi', 'centre', 'clinic']),
  name: z.strictObject({ da: z.string(), en: z.string() }),
  gln: gln.optional(),
  /** Days that are no public holidays and on which it is closed: they count in no length in working days of its own, and nobody answers its telephone. */
  closedDays: closedDays.optional(),
  /** A clinic's centre, which triages for it (L129–133). */
  centre: unitCode().optional(),
  /** Professional advice line of a centre (L136–138): national number and hours, half-open, Europe/Copenhagen. */
  adviceLine: z.strictObject({ phone: z.string(), hours: z.array(hours) }).optional(),
  validFrom: z.iso.date(),
  validTo: z.iso.date().optional(),
  lines: z.string().optional(),
});
export type Unit = z.infer<typeof unit>;

const route = z.strictObject({
  planningArea: z.enum(planningAreas),
  cvi: unitCode(),
  centre: unitCode(),
  validFrom: z.iso.date(),
  validTo: z.iso.date().optional(),
  lines: z.string(),
});
export type Route = z.infer<typeof route>;

const since = '2014-09-01';
/** As the centre at RH publishes them (domain.md Q17); taken as the rule for every unit, until one says otherwise. */
const closed: Unit['closedDays'] = [
  { name: { da: 'juleaftensdag', en: 'Christmas Eve' }, date: '12-24' },
  { name: { da: 'nytårsaftensdag', en: "New Year's Eve" }, date: '12-31' },
  { name: { da: '1. maj', en: '1 May' }, date: '05-01' },
  { name: { da: 'fredagen efter Kristi himmelfartsdag', en: 'the Friday after Ascension Day' }, date: 'ascension+1' },
];
const practice = (code: string, area: string): Unit => ({
  code,
  kind: 'practice',
  name: { da: `Testlægehuset ${area}`, en: `Testlægehuset ${area} (test practice)` },
  validFrom: since,
  closedDays: closed,
});

export const units: readonly Unit[] = z.array(unit).parse([
  {
    code: 'CVI_MIDT',
    kind: 'cvi',
    name: { da: 'CVI Midt', en: 'CVI Midt (central referral office)' },
    gln: '5790000203628',
    validFrom: since,
    closedDays: closed,
    lines: '125',
  },
  {
    code: 'CVI_BYEN',
    kind: 'cvi',
    name: { da: 'CVI Byen', en: 'CVI Byen (central referral office)' },
    gln: '5790000188604',
    validFrom: since,
    closedDays: closed,
    lines: '128',
  },
  {
    code: 'TSC_HEH',
    kind: 'centre',
    name: { da: 'Tværfagligt Smertecenter, HeH', en: 'Multidisciplinary Pain Centre, HeH' },
    validFrom: since,
    closedDays: closed,
    lines: '125, 136',
    adviceLine: { phone: '+4538684623', hours: [{ weekdays: [1, 2, 3, 4, 5], from: '09:00', to: '14:00' }] },
  },
  {
    code: 'TSC_RH',
    kind: 'centre',
    name: { da: 'Tværfagligt Smertecenter, RH', en: 'Multidisciplinary Pain Centre, RH' },
    validFrom: since,
    closedDays: closed,
    lines: '128, 138',
    adviceLine: {
      phone: '+4535457612',
      hours: [
        { weekdays: [1, 2, 4, 5], from: '09:00', to: '12:00' },
        { weekdays: [3], from: '11:00', to: '13:00' },
      ],
    },
  },
  {
    code: 'SK_HIH',
    kind: 'clinic',
    centre: 'TSC_HEH',
    name: { da: 'Smerteklinikken, HiH', en: 'Pain clinic, HiH' },
    validFrom: since,
    closedDays: closed,
    lines: '131',
  },
  {
    code: 'SK_HVH',
    kind: 'clinic',
    centre: 'TSC_RH',
    name: { da: 'Smerteklinikken, HvH', en: 'Pain clinic, HvH' },
    validFrom: since,
    closedDays: closed,
    lines: '133',
  },
  {
    code: 'SK_BBH',
    kind: 'clinic',
    centre: 'TSC_RH',
    name: { da: 'Smerteklinikken, BBH', en: 'Pain clinic, BBH' },
    validFrom: since,
    closedDays: closed,
    lines: '133',
  },
  {
    code: 'SK_GLOH',
    kind: 'clinic',
    centre: 'TSC_RH',
    name: { da: 'Smerteklinikken, GloH', en: 'Pain clinic, GloH' },
    validFrom: since,
    closedDays: closed,
    lines: '133',
  },
  practice('GP_NORD', 'Nord'),
  practice('GP_MIDT', 'Midt'),
  practice('GP_BYEN', 'Byen'),
  practice('GP_SYD', 'Syd'),
]);

const heh = { cvi: 'CVI_MIDT', centre: 'TSC_HEH', validFrom: since, lines: '123-125' };
const rh = { cvi: 'CVI_BYEN', centre: 'TSC_RH', validFrom: since, lines: '127-128' };
export const routes: readonly Route[] = z.array(route).parse([
  { planningArea: 'nord', ...heh },
  { planningArea: 'midt', ...heh },
  { planningArea: 'byen', ...rh },
  { planningArea: 'syd', ...rh },
]);

/** What the document puts a number on, and the lengths of clocks, which are ours (domain.md A5, Q5; pathway.md "Clocks"). */
export type RuleSet = {
  id: string;
  validFrom: CalendarDate;
  /** Over this age, in completed years (L36). */
  age: number;
  /** Pain for longer than this, in calendar months (L36). */
  months: number;
  missedBeforeEnding: number;
  workingDays: { saturdayCounts: boolean };
  /** So many days back a step may be recorded as it happened, and so many hours its last step may be undone by whoever could have sent it; the rest is corrected in the log. */
  recording: { backdatingDays: number; undoHours: number };
  /** Lengths in calendar days or working days. */
  clocks: Record<string, { days: number } | { workingDays: number }>;
};

export const ruleSets: readonly RuleSet[] = [
  {
    id: '2014-09',
    validFrom: '2014-09-01',
    age: 18,
    months: 6,
    missedBeforeEnding: 2,
    recording: { backdatingDays: 30, undoHours: 24 },
    workingDays: { saturdayCounts: false },
    clocks: {
      receipt: { workingDays: 1 },
      forwarding: { workingDays: 1 },
      decision: { workingDays: 3 },
      intake: { workingDays: 3 },
      informationLetter: { workingDays: 8 },
      firstVisit: { days: 30 },
      requestedInformation: { days: 14 },
      pauseReview: { days: 30 },
      nextStep: { days: 30 },
      letter: { workingDays: 5 },
      delivery: { workingDays: 1 },
      gpPlan: { workingDays: 10 },
      letterRead: { workingDays: 5 },
      followUp: { days: 90 },
      newPain: { workingDays: 5 },
      newPainUrgent: { days: 0 },
      transfer: { workingDays: 5 },
    },
  },
];

const at =
  <T extends { validFrom: string; validTo?: string | undefined }>(date: CalendarDate) =>
  (entry: T) =>
    entry.validFrom <= date && (entry.validTo === undefined || date < entry.validTo);

const unitByCode = new Map(units.map((entry) => [entry.code, entry]));
const ruleSetById = new Map(ruleSets.map((entry) => [entry.id, entry]));

export const unitOf = (code: string | null | undefined): Unit | undefined => (code ? unitByCode.get(code) : undefined);
export const kindOf = (code: string | null | undefined) => unitOf(code)?.kind;
/** A unit as a user reads it; a code that is in no registry is shown as it is. */
export const unitName = (code: string | null | undefined): Text =>
  unitOf(code)?.name ?? { da: code ?? '–', en: code ?? '–' };
export const unitsAt = (date: CalendarDate): Unit[] => units.filter(at(date));
export const clinicsOf = (centre: string | undefined, date: CalendarDate): string[] =>
  unitsAt(date)
    .filter((entry) => entry.kind === 'clinic' && entry.centre === centre)
    .map((entry) => entry.code);
/** The centre that triages for a unit: a centre's is itself. */
export const centreOf = (code: string | undefined): string | undefined =>
  kindOf(code) === 'centre' ? code : unitOf(code)?.centre;
export const routeFor = (area: PlanningArea, date: CalendarDate): Route | undefined =>
  routes.find((entry) => entry.planningArea === area && at<Route>(date)(entry));
/** A chosen centre brings its CVI (pathway.md, V1). */
export const routeOfCentre = (centre: string, date: CalendarDate): Route | undefined =>
  routes.find((entry) => entry.centre === centre && at<Route>(date)(entry));

/** Throws when a pathway names a rule set that this version does not know: never guess which rules held. */
export function ruleSet(id: string): RuleSet {
  const found = ruleSetById.get(id);
  if (!found) throw new Error(`rule set ${id} is not known to this version`);
  return found;
}
export const ruleSetAt = (date: CalendarDate): RuleSet =>
  ruleSets.filter((entry) => entry.validFrom <= date).at(-1) ?? ruleSets[0]!;

/** The days that count at a unit: Saturday by the rule set, closed days by the unit. */
export const workingDaysOf = (id: string, unit: string | null | undefined): WorkingDayRules => ({
  saturdayCounts: ruleSet(id).workingDays.saturdayCounts,
  closedDays: unitOf(unit)?.closedDays ?? [],
});

const entryOn = (code: string, date: CalendarDate, registry: readonly Unit[]): Unit | undefined =>
  registry.find((entry) => entry.code === code && at(date)(entry));
/** A line's hours say on which weekdays it is open, Saturday too. */
const openDays = (entry: Unit | undefined): WorkingDayRules => ({
  saturdayCounts: true,
  closedDays: entry?.closedDays ?? [],
});

/** The hours of a line on a day, in order; none while it is not in the registry, nor on a day on which its unit is closed (Q17). */
function lineHours(code: string, date: CalendarDate, registry: readonly Unit[]): { from: Instant; to: Instant }[] {
  const entry = entryOn(code, date, registry);
  if (!entry?.adviceLine || !isWorkingDay(date, openDays(entry))) return [];
  return entry.adviceLine.hours
    .filter(({ weekdays }) => weekdays.includes(weekday(date)))
    .map(({ from, to }) => ({ from: localInstant(date, from), to: localInstant(date, to) }))
    .sort((a, b) => (a.from < b.from ? -1 : 1));
}

/** Is a centre's advice line open? Half-open hours of that day in Copenhagen, closed on public holidays and the unit's closed days (Q17); undefined where there is no line. */
export function adviceLineOpen(code: string, instant: Instant, registry: readonly Unit[] = units): boolean | undefined {
  const date = copenhagenDate(instant);
  if (!entryOn(code, date, registry)?.adviceLine) return undefined;
  return lineHours(code, date, registry).some(({ from, to }) => from <= instant && instant < to);
}

/** `opensAt`: the next time, while it is closed; null also where that is more than 30 days ahead. `closesAt`: while it is open. `closedBecause`: the public holiday or closed day. */
export type AdviceLineState = {
  open: boolean;
  opensAt: Instant | null;
  closesAt: Instant | null;
  closedBecause: Text | null;
};
const daysAhead = 30;
/** How a line stands at an instant; undefined where there is none then. */
export function adviceLineState(
  code: string,
  instant: Instant,
  registry: readonly Unit[] = units,
): AdviceLineState | undefined {
  const open = adviceLineOpen(code, instant, registry);
  if (open === undefined) return undefined;
  const today = copenhagenDate(instant);
  if (open) {
    // Hours that follow on each other without a break are one.
    const closesAt = lineHours(code, today, registry).reduce(
      (until, { from, to }) => (from <= until && until < to ? to : until),
      instant,
    );
    return { open, opensAt: null, closesAt, closedBecause: null };
  }
  const ahead = Array.from({ length: daysAhead + 1 }, (_, days) => addDays(today, days)).flatMap((date) =>
    lineHours(code, date, registry),
  );
  return {
    open,
    opensAt: ahead.find(({ from }) => from > instant)?.from ?? null,
    closesAt: null,
    closedBecause: closedOn(today, entryOn(code, today, registry)),
  };
}
/** Why a line has no hours on a day, where it is not the weekday. */
const closedOn = (date: CalendarDate, entry: Unit | undefined): Text | null =>
  holidayName(date) ?? (weekday(date) === 7 ? null : (dayOff(date, openDays(entry)) ?? null));
