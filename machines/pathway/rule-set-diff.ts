/** What differs between two rule sets, in sentences for those who answer for them: each names what holds now and what held before. */
import { z } from 'zod';
import { clocks } from './clocks.js';
import type { Text } from './fields.js';
import type { RuleSet } from './routes.js';

/** One difference: where in the rule set, and the sentence in both languages. */
export type RuleSetLine = { path: string } & Text;

/** Lengths that a clock takes instead of its own. */
const otherLengths: Record<string, Text> = { newPainUrgent: { da: 'Ny smertetilstand, akut', en: 'New pain, urgent' } };
const labels: Record<string, Text> = {
  ...Object.fromEntries(Object.entries(clocks).map(([name, { label }]) => [name, label])),
  ...otherLengths,
};
/** Every length that a rule set may set; one that it leaves out is switched off. */
export const lengthNames = Object.keys(labels);

const whole = (least: number) => {
  const error = `is no whole number from ${least} up`;
  return z.int(error).min(least, error);
};
const length = z.union(
  [z.strictObject({ days: whole(0) }), z.strictObject({ workingDays: whole(0) })],
  'is no length: write {"days": 30} or {"workingDays": 5}',
);
const named = z
  .string()
  .refine((name) => Object.hasOwn(labels, name), { error: `is no clock: there are ${lengthNames.join(', ')}` });
/** A rule set as it is written in a file. */
export const ruleSetSchema = z.strictObject({
  id: z.string('is no text').min(1, 'is empty'),
  validFrom: z.iso.date('is no day: write YYYY-MM-DD'),
  age: whole(0),
  months: whole(0),
  missedBeforeEnding: whole(1),
  workingDays: z.strictObject({ saturdayCounts: z.boolean('is neither true nor false') }),
  recording: z.strictObject({ backdatingDays: whole(0), undoHours: whole(0) }),
  clocks: z.record(named, length),
}) satisfies z.ZodType<RuleSet>;

const months: readonly Text[] = [
  ['januar', 'January'],
  ['februar', 'February'],
  ['marts', 'March'],
  ['april', 'April'],
  ['maj', 'May'],
  ['juni', 'June'],
  ['juli', 'July'],
  ['august', 'August'],
  ['september', 'September'],
  ['oktober', 'October'],
  ['november', 'November'],
  ['december', 'December'],
].map(([da, en]) => ({ da: da!, en: en! }));
function dayInWords(date: string): Text {
  const { da, en } = months[Number(date.slice(5, 7)) - 1]!;
  const day = Number(date.slice(8));
  return { da: `${day}. ${da} ${date.slice(0, 4)}`, en: `${day} ${en} ${date.slice(0, 4)}` };
}

const counted = (n: number, da: readonly [string, string], en: readonly [string, string]): Text => ({
  da: `${n} ${n === 1 ? da[0] : da[1]}`,
  en: `${n} ${n === 1 ? en[0] : en[1]}`,
});
type Length = RuleSet['clocks'][string];
function lengthInWords(given: Length): Text {
  const [n, { da, en }] =
    'days' in given
      ? ([given.days, counted(given.days, ['dag', 'dage'], ['day', 'days'])] as const)
      : ([
          given.workingDays,
          counted(given.workingDays, ['hverdag', 'hverdage'], ['working day', 'working days']),
        ] as const);
  return n === 0 ? { da: `${da} (samme dag)`, en: `${en} (the same day)` } : { da, en };
}

/** One value, where it differs. */
const line = <T>(path: string, before: T, now: T, words: () => Text): RuleSetLine[] =>
  before === now ? [] : [{ path, ...words() }];

function clockLine(name: string, before: Length | undefined, now: Length | undefined): RuleSetLine[] {
  const [was, is] = [before && lengthInWords(before), now && lengthInWords(now)];
  if (was?.en === is?.en) return [];
  const { da, en } = labels[name] ?? { da: name, en: name };
  const [dansk, english] = [`Fristen »${da}«`, `The deadline “${en}”`];
  const path = `clocks.${name}`;
  if (!is)
    return [
      {
        path,
        da: `${dansk} er slået fra; før var den ${was!.da}.`,
        en: `${english} is switched off; formerly ${was!.en}.`,
      },
    ];
  if (!was)
    return [
      {
        path,
        da: `${dansk} er slået til med ${is.da}; før var den slået fra.`,
        en: `${english} is switched on with ${is.en}; formerly switched off.`,
      },
    ];
  return [
    { path, da: `${dansk} er ${is.da}; før var den ${was.da}.`, en: `${english} is ${is.en}; formerly ${was.en}.` },
  ];
}

type Told<T> = { [K in keyof T]-?: (before: T[K], now: T[K]) => RuleSetLine[] };
const toldOfDays: Told<RuleSet['workingDays']> = {
  saturdayCounts: (before, now) =>
    line('workingDays.saturdayCounts', before, now, () =>
      now
        ? {
            da: 'Lørdag tæller som hverdag; før talte den ikke.',
            en: 'Saturday counts as a working day; formerly it did not.',
          }
        : {
            da: 'Lørdag tæller ikke som hverdag; før talte den.',
            en: 'Saturday does not count as a working day; formerly it did.',
          },
    ),
};
const toldOfRecording: Told<RuleSet['recording']> = {
  backdatingDays: (before, now) =>
    line('recording.backdatingDays', before, now, () => {
      const [is, was] = [now, before].map((n) => counted(n, ['dag', 'dage'], ['day', 'days']));
      return {
        da: `Et skridt kan registreres som sket op til ${is!.da} tilbage; før op til ${was!.da}.`,
        en: `A step may be recorded as it happened up to ${is!.en} back; formerly up to ${was!.en}.`,
      };
    }),
  undoHours: (before, now) =>
    line('recording.undoHours', before, now, () => {
      const [is, was] = [now, before].map((n) => counted(n, ['time', 'timer'], ['hour', 'hours']));
      return {
        da: `Det sidste skridt kan fortrydes i ${is!.da}; før i ${was!.da}.`,
        en: `The last step may be undone for ${is!.en}; formerly for ${was!.en}.`,
      };
    }),
};
/** In the order in which they are told. A new field of a rule set does not compile before it has its sentence here. */
const told: Told<RuleSet> = {
  id: (before, now) =>
    line('id', before, now, () => ({
      da: `Regelsættet hedder ${now}; før hed det ${before}.`,
      en: `The rule set is called ${now}; formerly ${before}.`,
    })),
  validFrom: (before, now) =>
    line('validFrom', before, now, () => {
      const [is, was] = [dayInWords(now), dayInWords(before)];
      return {
        da: `Det gælder fra ${is.da}; før gjaldt det fra ${was.da}.`,
        en: `It holds from ${is.en}; formerly from ${was.en}.`,
      };
    }),
  age: (before, now) =>
    line('age', before, now, () => ({
      da: `Patienten skal være over ${now} år; før over ${before} år.`,
      en: `The patient must be over ${now} years old; formerly over ${before}.`,
    })),
  months: (before, now) =>
    line('months', before, now, () => {
      const [is, was] = [now, before].map((n) => counted(n, ['måned', 'måneder'], ['month', 'months']));
      return {
        da: `Smerterne skal have varet mere end ${is!.da}; før mere end ${was!.da}.`,
        en: `The pain must have lasted more than ${is!.en}; formerly more than ${was!.en}.`,
      };
    }),
  missedBeforeEnding: (before, now) =>
    line('missedBeforeEnding', before, now, () => {
      const [is, was] = [now, before].map((n) =>
        counted(n, ['udeblivelse', 'udeblivelser'], ['missed appointment', 'missed appointments']),
      );
      return {
        da: `Et forløb kan afsluttes efter ${is!.da}; før efter ${was!.da}.`,
        en: `A course may be ended after ${is!.en}; formerly after ${was!.en}.`,
      };
    }),
  workingDays: (before, now) => linesOf(toldOfDays, before, now),
  recording: (before, now) => linesOf(toldOfRecording, before, now),
  clocks: (before, now) =>
    [...new Set([...lengthNames, ...Object.keys(before), ...Object.keys(now)])].flatMap((name) =>
      clockLine(name, before[name], now[name]),
    ),
};

function linesOf<T extends object>(table: Told<T>, before: T, now: T): RuleSetLine[] {
  return (Object.keys(table) as (keyof T)[]).flatMap((field) => table[field](before[field], now[field]));
}

/** From the first to the second; none when they say the same. */
export const diffRuleSets = (before: RuleSet, now: RuleSet): RuleSetLine[] => linesOf(told, before, now);
