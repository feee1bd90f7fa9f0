/** What a referral says (api.md, "Referral facts"): absent means unknown, never "no". */
import { z } from 'zod';
import { offers, text } from './fields.js';
import { parsePartialDate } from '../calendar/calendar.js';

const none = z.strictObject({ none: z.literal(true) });
/** A text, or the explicit answer "none known", which differs from an empty field (domain.md A4.7). */
const textOrNone = () => z.union([text(20_000), none], { error: 'is neither a text nor {"none": true}' });

export const mechanisms = ['nociceptive', 'neuropathic', 'mixed', 'undetermined'] as const;
export type Mechanism = (typeof mechanisms)[number];

const onset = z
  .string()
  .refine((value) => parsePartialDate(value) !== undefined, 'is no date: use YYYY-MM-DD, YYYY-MM or YYYY');

const medicationTried = z.strictObject({ drug: text(200), effect: text(1_000), sideEffects: text(1_000) });

const trigger = { psychosocial: z.boolean(), insufficientEffect: z.boolean() };
const exclusions = {
  acutePain: z.boolean(),
  activeCancer: z.boolean(),
  headache: z.boolean(),
  substanceMisuse: z.boolean(),
  severeUnstablePsychiatricDisorder: z.boolean(),
};
const practical = { interpreter: z.boolean(), language: text(100), transport: z.boolean() };
const content = {
  history: textOrNone(),
  psychologicalFactors: textOrNone(),
  socialSituation: textOrNone(),
  occupation: textOrNone(),
  compensationCase: textOrNone(),
  problemStatement: textOrNone(),
  objectiveExamination: textOrNone(),
  investigations: textOrNone(),
  ecg: z.union([text(20_000), z.strictObject({ notRelevant: text(1_000) })], {
    error: 'is neither a text nor {"notRelevant": "because …"}',
  }),
  medicationsTried: z.union([z.array(medicationTried).max(100), none], {
    error: 'is neither a list of {drug, effect, sideEffects} nor {"none": true}',
  }),
  comorbidity: textOrNone(),
  allergy: textOrNone(),
  toldToPatient: textOrNone(),
};
const single = {
  onset,
  mechanism: z.enum(mechanisms),
  outpatient: z.boolean(),
  nonMalignant: z.boolean(),
  clarified: z.boolean(),
  priorTreatmentCompleted: z.boolean(),
  medicationTried: z.boolean(),
  psychosocialProblems: z.enum(['none', 'notSignificant', 'significant']),
  psychosocialDominant: z.boolean(),
  hindersTreatment: z.boolean(),
  somaticallyDominated: z.boolean(),
  requestedOffer: z.enum(offers),
  medicationAssessmentStatement: z.boolean(),
};

type Nullable<S extends Record<string, z.ZodType>> = { [K in keyof S]: z.ZodNullable<S[K]> };
/** Every field may be left out, or be null: "unknown again". */
function patchOf<S extends Record<string, z.ZodType>>(shape: S) {
  const nullable = Object.fromEntries(
    Object.entries(shape).map(([key, value]) => [key, value.nullable()]),
  ) as unknown as Nullable<S>;
  return z.strictObject(nullable).partial();
}

const factsShape = {
  ...single,
  trigger: z.strictObject(trigger).partial(),
  exclusions: z.strictObject(exclusions).partial(),
  content: z.strictObject({ ...content, practical: z.strictObject(practical).partial() }).partial(),
};
/** The facts as the pathway remembers them. */
export const facts = z.strictObject(factsShape).partial();
export type Facts = z.infer<typeof facts>;

/** What a client sends: any subset; null takes an answer back, a list replaces the list. */
export const factsPatch = z
  .strictObject({
    ...patchOf(single).shape,
    trigger: patchOf(trigger).nullable().optional(),
    exclusions: patchOf(exclusions).nullable().optional(),
    content: patchOf({ ...content })
      .extend({ practical: patchOf(practical).nullable().optional() })
      .nullable()
      .optional(),
  })
  .meta({ id: 'FactsPatch', title: 'Referral facts: any subset, merged deeply; null = unknown again' });
export type FactsPatch = z.infer<typeof factsPatch>;

type Tree = { [key: string]: unknown };
/** Only these hold fields of their own; everything else is one answer and is replaced whole. */
const containers = new Set(['trigger', 'exclusions', 'content', 'practical']);

function merged(into: Tree, patch: Tree): Tree {
  const result: Tree = { ...into };
  for (const [key, value] of Object.entries(patch)) {
    if (value === null) delete result[key];
    else if (value === undefined) continue;
    else result[key] = containers.has(key) ? merged((into[key] ?? {}) as Tree, value as Tree) : value;
  }
  return result;
}

export const mergeFacts = (known: Facts, patch: FactsPatch): Facts => merged(known, patch) as Facts;

/** What never follows a patient into a new episode, and what is offered answer by answer (pathway.md, `reReferral.started`). */
export const neverCarriedOver = [
  'onset',
  'mechanism',
  'clarified',
  'priorTreatmentCompleted',
  'medicationTried',
  'exclusions',
  'content.medicationsTried',
] as const;
export function offeredFacts(earlier: Facts): Facts {
  const {
    onset: _o,
    mechanism: _m,
    clarified: _c,
    priorTreatmentCompleted: _p,
    medicationTried: _t,
    exclusions: _x,
    content: said,
    ...offered
  } = earlier;
  if (said === undefined) return offered;
  const { medicationsTried: _h4, ...kept } = said;
  return { ...offered, content: kept };
}
